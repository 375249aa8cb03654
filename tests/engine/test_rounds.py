"""What a fairness report says is what a slow and simple reading of the answers says."""

from array import array
from math import ceil
from typing import Any

import pytest
from evenings import Begin, Evening, Reply, Settle, batch, begun, formats
from hypothesis import given
from hypothesis import strategies as st

from oncue.engine import rounds as rounds_module
from oncue.engine import segment as segment_module
from oncue.engine import surfaces
from oncue.engine.cue import Settles
from oncue.engine.judge import POLICY, Policy, cap
from oncue.engine.log import encode_batch
from oncue.engine.replay import play, state_hash
from oncue.engine.rounds import ANSWER, FIELDS, Round, RoundRecord, settle
from oncue.engine.snapshot import load, save
from oncue.engine.structs import seconds
from oncue.engine.wire import Place, RoundInfo

OPENED = 1_750_000_000_000_000

answers = st.lists(
    st.tuples(st.integers(1, 12), st.integers(0, 40), st.integers(0, 30), st.integers(0, 2)), max_size=40
)
"""Viewer, age, delay, clipped: few values, so that many are equal."""


def settled(given: list[tuple[int, int, int, int]], span: int, right: set[int] | None) -> RoundRecord:
    return settle(
        asked(given, span), Settles(None if right is None else frozenset(right)), "s1", POLICY, named
    )


def asked(given: list[tuple[int, int, int, int]], span: int) -> Round:
    over = Round(3, "Which?", OPENED, span, 500)
    for i, (viewer, age, delay, clipped) in enumerate(given):
        over.fresh.extend((viewer, OPENED + age, OPENED + age + delay, clipped))
        if i % 7 == 6:
            over.pack()
    return over


def named(viewer: int) -> str:
    return f"viewer {viewer}"


def expected(given: list[tuple[int, int, int, int]], span: int, right: set[int] | None) -> dict[str, Any]:
    """The same, one thing after the other."""
    last = {viewer: (age, age + delay, clipped) for viewer, age, delay, clipped in given}
    good = {viewer: line for viewer, line in last.items() if right is None or viewer in right}
    delays = sorted(late - age for age, late, _ in last.values())
    in_time = {viewer: line for viewer, line in good.items() if not span or line[1] <= span}

    def place(viewer: int) -> int:
        return 1 + sum(other[0] < good[viewer][0] for other in good.values())

    def by_receipt(viewer: int) -> int:
        if viewer not in in_time:
            return 10**9
        return 1 + sum(other[1] < good[viewer][1] for other in in_time.values())

    def first(lines: dict[int, tuple[int, int, int]], column: int) -> Place | None:
        viewer = min(lines, key=lambda viewer: lines[viewer][column], default=None)
        return viewer and Place(viewer, named(viewer), lines[viewer][column])

    return {
        "answers": len(last),
        "right": len(good),
        "delay_p50": delays[ceil(len(delays) * 0.5) - 1] if delays else 0,
        "delay_p95": delays[ceil(len(delays) * 0.95) - 1] if delays else 0,
        "delay_least": min(delays, default=0),
        "delay_most": max(delays, default=0),
        "winner": first(good, 0),
        "by_receipt": first(in_time, 1),
        "robbed": sum(bool(span) and late > span for _, late, _ in last.values()),
        "gained": sum(by_receipt(viewer) < place(viewer) for viewer in good),
        "lost": sum(by_receipt(viewer) > place(viewer) for viewer in good),
        "clipped": sum(clipped > 0 for *_, clipped in last.values()),
        "clipped_most": max((clipped for *_, clipped in last.values()), default=0),
    }


@given(answers, st.integers(0, 40), st.none() | st.sets(st.integers(1, 12)))
def test_a_report_says_who_was_robbed_by_the_servers_clock_and_what_it_would_have_changed(given, span, right):
    report = settled(given, span, right).report
    wanted = expected(given, span, right)
    assert {name: getattr(report, name) for name in wanted} == wanted


@given(answers, st.integers(1, 60))
def test_a_round_keeps_only_the_last_answer_of_each_and_comes_to_the_same(given, loose):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rounds_module, "LOOSE", loose)
        gathered = asked(given, 30)
    plain = asked(given, 30)
    assert gathered.answers == plain.answers
    assert gathered.packed == plain.packed
    assert Round(3, "Which?", OPENED, 30, 500, plain.packed).answers == gathered.answers


@given(st.lists(st.integers(2, 6), max_size=30), st.integers(0, 32), st.integers(1, 40))
def test_a_snapshot_amid_a_round_changes_nothing_of_what_comes_of_it(viewers, cut, loose):
    evening = begun()
    evening.act(1, Begin(9))
    for i, viewer in enumerate(viewers):
        evening.now += seconds(0.1)
        evening.act(viewer, Reply(0), late=i * 1000)
    amid = len(evening.log)
    cut = min(cut, amid)
    evening.act(1, Settle(0))
    log = [(seq, encode_batch(batch([one]))) for seq, one in enumerate(evening.log, 1)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rounds_module, "LOOSE", loose)
        patch.setattr(segment_module, "PACK", 2)
        half = load(save(play(evening.show.id, formats, log[:cut])), formats)
        gathered = play(evening.show.id, formats, log[cut:amid], half)
    show = play(evening.show.id, formats, log[:amid])
    assert (save(gathered), state_hash(gathered)) == (save(show), state_hash(show))
    gathered = play(evening.show.id, formats, log[amid:], gathered)
    assert gathered.judged == evening.show.judged
    assert save(gathered) == save(evening.show)


def test_a_round_does_not_grow_with_those_who_answer_again_and_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rounds_module, "LOOSE", 400)
    over = Round(1, "", OPENED, 0, 0)
    sizes = []
    for i in range(20_000):
        over.fresh += (i % 10, OPENED + i, OPENED + i, 0)
        if i % 50 == 49:
            over.pack()
            sizes.append(sum(map(len, over._packed)))
    assert max(sizes[200:]) == max(sizes[:200])
    assert over.answers[1::ANSWER] == [OPENED + 19_990 + viewer for viewer in range(10)]


@given(answers, st.none() | st.sets(st.integers(1, 12)))
def test_a_record_has_each_viewers_last_answer(given, right):
    numbers = array("q", settled(given, 30, right).answers).tolist()
    lines = [tuple(numbers[i : i + FIELDS]) for i in range(0, len(numbers), FIELDS)]
    last = {viewer: (age, age + delay, clipped) for viewer, age, delay, clipped in given}
    assert lines == [(v, *line, int(right is None or v in right)) for v, line in last.items()]


def test_a_round_is_as_long_as_it_was_in_the_end_and_says_what_could_be_gained():
    report = settle(asked([(1, 20, 5, 0)], 30), Settles(span=22, void=True), "s1", POLICY, named).report
    assert (report.span, report.robbed, report.void, report.number, report.title) == (
        22,
        1,
        True,
        3,
        "Which?",
    )
    assert report.cap == cap(500) == 500 + POLICY.lane + POLICY.way
    assert settle(Round(1, "", 0, 0, 7), Settles(), "s1", Policy(1, 2), str).report.cap == 10


def rounds(evening: Evening) -> tuple[RoundInfo, ...]:
    return surfaces.reports(evening.show)


def test_who_is_refused_is_not_in_the_report_and_what_they_undid_is_not_either():
    evening = begun()
    evening.act(1, Begin(9))
    for viewer, how in ((2, 0), (3, 0), (4, 1), (2, 3)):
        evening.now += seconds(1)
        evening.act(viewer, Reply(how), late=seconds(0.5))
    evening.act(1, Settle(0))
    [report] = rounds(evening)
    assert (report.answers, report.winner.age, report.delay_most) == (2, seconds(0.5), seconds(0.5))
    assert [fault.message for fault in evening.show.segments["s1"].faults] == [
        "ZeroDivisionError: integer division or modulo by zero"
    ]


def test_who_answers_and_settles_at_once_is_in_the_report():
    evening = begun()
    evening.act(1, Begin(9))
    evening.now += seconds(1)
    evening.act(2, Reply(2))
    assert [(report.answers, report.number) for report in rounds(evening)] == [(1, 1)]
    [(segment, record)] = evening.show.judged
    assert (segment, record.number, record.report) == ("s1", 1, rounds(evening)[0])
    assert record.report.rulings[0].changes == {"/x": 1}


@pytest.mark.parametrize(("moves", "code"), [([], "judge/closed"), ([("begin", 1, 0)], "judge/early")])
def test_there_is_nothing_to_answer_before_a_round_is_open_on_ones_own_picture(moves, code):
    evening = begun()
    for move in moves:
        evening.move(*move)
    evening.act(2, Reply(0), late=1)
    assert [no.code for no in evening.show.refused] == [code]


def test_a_round_that_is_not_open_cannot_be_settled_and_nothing_of_that_is_kept():
    evening = begun()
    evening.act(1, Settle(0))
    evening.act(1, Begin(9))
    evening.act(2, Reply(4))
    segment = evening.show.segments["s1"]
    assert [fault.message for fault in segment.faults] == ["TypeError: cue.settle: no round is open"] * 2
    assert (rounds(evening), evening.show.busy) == ((), True)


def test_a_segment_that_ends_drops_its_round_without_a_report():
    evening = begun()
    evening.act(1, Begin(9))
    assert evening.show.busy
    evening.move("finish", 1, 0)
    assert not evening.show.busy
    assert evening.show.segments["s1"].round is None
    assert rounds(evening) == ()


def test_the_desk_has_the_latest_rounds_of_the_whole_show():
    evening = begun()
    for _ in range(21):
        evening.now += 1
        evening.act(1, Begin(1))
        evening.act(1, Settle(0))
    evening.move("start", 1, 2)
    evening.now += 1
    evening.act(1, Begin(1))
    evening.act(1, Settle(41))
    shown = surfaces.desk(evening.show, 1).rounds
    assert len(shown) == surfaces.ROUNDS
    assert (shown[0].number, shown[-1].segment, shown[-1].number, shown[-1].void) == (3, "s2", 1, True)
