"""The log is the truth: however an evening went, and however its log is cut, playing it gives the same show."""

import msgspec
import pytest
from evenings import batch, begun, folded, formats, moves, played, scenes
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from oncue.engine import surfaces
from oncue.engine.errors import Conflict
from oncue.engine.log import VERSION, Batch, Part, decode_batch, encode_batch
from oncue.engine.show import Show
from oncue.engine.snapshot import load, save
from oncue.engine.structs import ViewerId

several = settings(max_examples=60, deadline=None)


def state(show: Show) -> bytes:
    """All of a show but where in the log it stands, which depends on how the log is cut."""
    seq, show.seq = show.seq, 0
    try:
        return save(show)
    finally:
        show.seq = seq


def kept(show: Show) -> bytes:
    try:
        return state(show)
    except Conflict:
        assume(False)
        raise


@several
@given(moves())
def test_playing_a_log_again_gives_the_same_show(happens):
    evening = played(happens)
    assert kept(folded(evening.log, [1] * len(evening.log))) == kept(evening.show)


@several
@given(moves(), st.lists(st.integers(0, 20)))
def test_a_log_that_is_cut_into_other_batches_gives_the_same_show(happens, cuts):
    evening = played(happens)
    assert kept(folded(evening.log, cuts)) == kept(evening.show)


@several
@given(moves(), st.data())
def test_a_show_that_goes_on_from_a_snapshot_is_the_same_show(happens, data):
    evening = played(happens)
    show = Show(evening.show.id, formats)
    splits = data.draw(st.sets(st.integers(0, len(evening.log))))
    for at, entry in enumerate(evening.log):
        if at in splits:
            show = load(kept(show), formats)
            show.seq = at
        show.fold(batch([entry]), at + 1)
    assert kept(show) == kept(evening.show)
    assert scenes(show, 1, 2, 3, 4, 5, 6) == scenes(evening.show, 1, 2, 3, 4, 5, 6)


@several
@given(moves(most=30), st.data())
def test_looking_at_a_show_changes_nothing(happens, data):
    evening = played(happens)
    looked = Show(evening.show.id, formats)
    for at, entry in enumerate(evening.log):
        looked.fold(batch([entry]), at + 1)
        if data.draw(st.booleans()):
            surfaces.public(looked, 1)
            surfaces.desk(looked, 1)
            surfaces.private(looked, 1, ViewerId(2))
            for segment in looked.segments.values():
                segment.changed()
    assert kept(looked) == kept(evening.show)


@several
@given(moves(), st.data())
def test_an_entry_that_was_counted_is_not_counted_again(happens, data):
    evening = begun()
    counted: list[tuple[str, bytes]] = []
    for move in happens:
        known, before = len(evening.log), evening.show.counted
        evening.move(*move)
        if len(evening.log) == known + 1 and evening.show.counted == before + 1:
            counted.append(evening.log[-1])
        if counted and data.draw(st.booleans()):
            before = evening.show.counted
            evening.put(*data.draw(st.sampled_from(counted)))
            assert evening.show.counted == before


leaves = st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats() | st.text() | st.binary()
anything = st.recursive(
    leaves, lambda some: st.lists(some, max_size=8) | st.dictionaries(st.text(), some, max_size=3)
)


@several
@given(anything, st.sampled_from(["", "s1", "s2", "s9"]))
def test_what_is_no_list_of_entries_harms_nobody(nonsense, segment):
    evening = played([])
    before = [s.kind.keeper.encode(s.state) for s in evening.show.segments.values()]
    part = Part(segment, msgspec.Raw(msgspec.msgpack.encode(nonsense)))
    evening.show.fold(Batch(VERSION, "node", 1, [part]), 99)
    assert [s.kind.keeper.encode(s.state) for s in evening.show.segments.values()] == before


@several
@given(moves(), st.integers(1, 9), st.text(max_size=20))
def test_a_batch_is_the_same_after_its_way_through_the_log(happens, number, node):
    sent = batch(played(happens).log)
    sent.number, sent.node = number, node
    assert encode_batch(decode_batch(encode_batch(sent))) == encode_batch(sent)
    assert sent.message_id == f"{node}-{number}"


def test_a_batch_of_a_newer_layout_is_not_guessed_at():
    with pytest.raises(Exception, match="version"):
        decode_batch(encode_batch(Batch(VERSION + 1, "node", 1, [])))


def test_a_message_that_comes_twice_is_played_once():
    evening = played([("tap", 2, 0)])
    evening.show.fold(batch([evening.log[-1]]), len(evening.log))
    assert evening.show.segments["s1"].state.total == 1
    assert evening.show.repeats == 0


def test_a_snapshot_of_another_version_is_refused():
    evening = played([])
    kept = msgspec.msgpack.decode(save(evening.show))
    kept[0] += 1
    with pytest.raises(Conflict) as told:
        load(msgspec.msgpack.encode(kept), formats)
    assert told.value.code == "snapshot/unreadable"


def test_a_state_that_could_not_be_read_again_makes_no_snapshot():
    evening = played([("wrong", 2, 0)])
    with pytest.raises(Conflict) as told:
        save(evening.show)
    assert told.value.code == "snapshot/impossible"
    assert "Page.total" in told.value.message
