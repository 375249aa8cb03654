"""What was refused, or failed, was never there; and the engine knows exactly whose part of the state has changed."""

import msgspec
from evenings import Pad, batch, begun, moves, played
from hypothesis import given, settings
from hypothesis import strategies as st

from oncue.engine.keep import Keeper
from oncue.engine.ledger import Ledger
from oncue.engine.segment import KEEP
from oncue.engine.show import Show

several = settings(max_examples=60, deadline=None)


def states(show: Show) -> dict[str, object]:
    """The state of each segment, in plain data: also of one that could not be kept."""
    return {
        name: [(field, repr(getattr(segment.state, field))) for field in segment.state.__struct_fields__]
        for name, segment in show.segments.items()
    }


@several
@given(moves())
def test_a_refused_action_leaves_no_trace(happens):
    evening = begun()
    for move in happens:
        known = len(evening.log)
        refused, before, timers = len(evening.show.refused), states(evening.show), evening.show.timers.copy()
        evening.move(*move)
        if len(evening.log) == known + 1 and len(evening.show.refused) > refused and move[0] != "add":
            assert states(evening.show) == before
            assert evening.show.timers.items() <= timers.items()
            assert not evening.show.told


@several
@given(st.integers(0, 63), st.integers(0, 3 * KEEP))
def test_a_handler_that_fails_takes_nothing_that_others_did_with_it(how, many):
    evening = begun()
    for i in range(many):
        evening.move("tap" if i % 3 else "draw", 2 + i % 3, i)
    before = states(evening.show)
    evening.move("spill", 2, how)
    assert states(evening.show) == before
    assert evening.show.refused[-1].code == ("action/refused" if how & 1 else "format/fault")


def test_the_host_sees_which_line_of_the_format_failed():
    evening = played([("spill", 2, 0)])
    [fault] = evening.show.segments["s1"].faults
    assert (fault.segment, fault.format, fault.action) == ("s1", "pad", "spill")
    assert fault.where.startswith("evenings.py:")
    assert fault.message == "ZeroDivisionError: integer division or modulo by zero"


def test_the_host_sees_what_a_handler_put_where_it_does_not_belong():
    evening = played([("wrong", 2, 0)])
    segment = evening.show.segments["s1"]
    segment.save()
    assert segment.views["state"].message == "TypeError: Page.total cannot be kept: Expected `int`, got `str`"
    evening.move("wrong", 2, 2)
    segment.save()
    assert not segment.views


@several
@given(moves(without=["wrong"]), st.data())
def test_the_viewers_whose_part_changed_are_known_exactly(happens, data):
    evening = begun()
    segment = evening.show.segments["s1"]
    segment.changed()
    expected: set[int] = set()
    for move in happens:
        before = _own(segment.state)
        evening.move(*move)
        after = _own(segment.state)
        expected |= {
            viewer for viewer in before.keys() | after.keys() if before.get(viewer) != after.get(viewer)
        }
        if data.draw(st.booleans()):
            assert segment.changed() == expected
            expected = set()
    assert segment.changed() == expected


def _own(page):
    viewers = page.marks.keys() | page.turns.keys()
    return {viewer: (page.marks.get(viewer), page.turns.get(viewer)) for viewer in viewers}


steps = st.lists(
    st.tuples(
        st.sampled_from(
            ["set", "del", "pop", "popitem", "update", "ior", "setdefault", "clear", "wipe", "changed"]
        ),
        st.integers(0, 5),
        st.integers(0, 99),
    )
)


@several
@given(st.dictionaries(st.integers(0, 5), st.integers(0, 99)), steps, steps)
def test_a_ledger_is_a_dict_that_can_be_taken_back(items, first, then):
    ledger, plain, touched = Ledger(items), dict(items), set()
    for step in first:
        touched = set() if step[0] == "changed" else touched | _written(plain, step)
        assert _same(ledger, plain, step)
    assert (ledger, list(ledger.items())) == (plain, list(plain.items()))
    assert ledger.changed() == touched
    ledger.commit()
    for step in then:
        _same(ledger, dict(ledger), step)
    ledger.rollback()
    assert list(ledger.items()) == list(plain.items())


def _written(plain, step):
    kind, viewer, _ = step
    if kind in ("clear", "wipe"):
        return set(plain) if kind == "clear" else set()
    if kind == "popitem":
        return {next(reversed(plain))} if plain else set()
    if kind in ("del", "pop"):
        return {viewer} & plain.keys()
    return {viewer} - plain.keys() if kind == "setdefault" else {viewer}


def _same(ledger, plain, step):
    kind, viewer, value = step
    doing = {
        "set": lambda book: book.__setitem__(viewer, value),
        "del": lambda book: book.__delitem__(viewer),
        "pop": lambda book: book.pop(viewer, value),
        "popitem": lambda book: book.popitem(),
        "update": lambda book: book.update({viewer: value}),
        "ior": lambda book: book.__ior__({viewer: value}) is book,
        "setdefault": lambda book: book.setdefault(viewer, value),
        "clear": lambda book: book.clear(),
        "wipe": lambda book: book.wipe() if isinstance(book, Ledger) else book.clear(),
        "changed": lambda book: None,
    }[kind]
    if kind == "changed":
        ledger.changed()
    return _outcome(doing, ledger) == _outcome(doing, plain)


def _outcome(doing, book):
    try:
        return doing(book)
    except KeyError:
        return KeyError


@several
@given(moves(without=["wrong"]))
def test_a_state_is_the_same_after_it_was_kept(happens):
    state = played(happens).show.segments["s1"].state
    keeper: Keeper = Pad.keeper
    again = keeper.decode(keeper.encode(state))
    assert keeper.encode(again) == keeper.encode(state)
    assert repr(again) == repr(state)
    assert msgspec.structs.asdict(again) == msgspec.structs.asdict(state)


def test_undoing_is_not_repeated_for_what_was_undone():
    evening = begun()
    segment = evening.show.segments["s1"]
    evening.move("tap", 2, 0)
    segment.changed()
    evening.move("spill", 3, 1)
    assert segment.changed() == set()
    assert segment.since == []
    evening.show.fold(batch([]), 99)
