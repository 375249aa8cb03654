"""An entry whose handler never came to an end counts as refused, on a machine of any speed; too many of them suspend their segment."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oncue.engine import surfaces
from oncue.engine.errors import Conflict, Reject
from oncue.engine.house import Close, Finish, Join, Open, Owned, Start
from oncue.engine.log import NONCE, VERSION, Batch, Entry, Part, decode_batch, encode_batch, encode_entries
from oncue.engine.replay import play, same
from oncue.engine.segment import SegmentSpec
from oncue.engine.show import Show
from oncue.engine.snapshot import load, save
from oncue.engine.strikes import MOST, Overrun, Resume, Struck, Suspended
from oncue.engine.structs import ShowId
from oncue.formats import (
    Action,
    Cue,
    Format,
    Ledger,
    Role,
    Scene,
    State,
    ViewerId,
    blocks,
    on,
    scene,
    seconds,
)

SHOW = ShowId("strikes234")
VIEWERS = (1, 2, 3)
slow: set[tuple[int, int]] = set()
"""The entries, by viewer and number, that take too long on this machine."""


class Tap(Action, frozen=True):
    """Count one."""

    refused: bool = False


class Ring(Action, frozen=True):
    """The bell, by the clock."""


class Board(State):
    taps: Ledger[int]
    order: list[int]
    rings: int = 0

    @classmethod
    def empty(cls) -> "Board":
        return cls(Ledger(), [])


class Bell(Format[Board]):
    """Every third tap rings a bell in a moment."""

    def start(self) -> Board:
        return Board.empty()

    @on(Tap)
    def tap(self, board: Board, act: Tap, cue: Cue) -> None:
        board.taps[cue.by] = board.taps.get(cue.by, 0) + 1
        board.order.append(cue.random.randrange(100))
        if (cue.by, cue.number) in slow:
            raise Overrun("still at it after 250 ms", "bell.py:12")
        if act.refused:
            raise Reject("no")
        if len(board.order) % 3 == 0:
            cue.after(seconds(1), Ring())

    @on(Ring, by="clock")
    def ring(self, board: Board, act: Ring, cue: Cue) -> None:
        board.rings += 1
        if (0, cue.number) in slow:
            raise Overrun("still at it after 250 ms", "bell.py:20")

    def public(self, board: Board) -> Scene:
        return scene(blocks.Text(f"{sum(board.taps.values())} {board.rings} {board.order}"))

    def private(self, board: Board, viewer: ViewerId) -> Scene:
        return scene(blocks.Text(str(board.taps.get(viewer, 0))))


def bell(_: str) -> type[Format[Any, Any]]:
    return Bell


class Evening:
    """A show, its log, and an owner who writes down what it strikes."""

    def __init__(self) -> None:
        self.show = Show(SHOW, bell)
        self.log: list[tuple[int, bytes]] = []
        self.now = seconds(1)
        self.numbers = dict.fromkeys((0, 7, *VIEWERS), NONCE)
        self.epoch = 0
        self.system(Open("Show", "CODE23", "seed", (SegmentSpec("s1", "bell", "Bell"),)))
        for viewer in VIEWERS:
            self.does("", self.entry(viewer, Join(f"viewer {viewer}")))
        self.host(Start("s1"))

    def entry(self, viewer: int, action: Action, role: Role = Role.AUDIENCE) -> Entry[Any]:
        self.now += 1000
        self.numbers[viewer] += 1
        return Entry(viewer, self.numbers[viewer], int(role), self.now, 0, 0, 0, action)

    def does(self, segment: str, *entries: Entry[Any], epoch: int = 0) -> list[str]:
        """Codes of what was refused."""
        seq = len(self.log) + 1
        data = encode_batch(
            Batch(VERSION, "node", seq, [Part(segment, encode_entries(list(entries)))], epoch)
        )
        self.log.append((seq, data))
        self.show.fold(decode_batch(data), seq)
        codes = [refusal.code for refusal in self.show.refused]
        self.show.refused.clear()
        struck, self.show.struck = self.show.struck, []
        for one in struck:
            self.system(one, epoch=self.epoch)
        return codes

    def system(self, action: Action, *, epoch: int = 0) -> None:
        self.does("", self.entry(0, action, Role.SYSTEM), epoch=epoch)

    def host(self, action: Action) -> list[str]:
        return self.does("", self.entry(7, action, Role.HOST))

    def taps(self, *flags: str) -> list[str]:
        """Taps in one message, each `slow`, `no` (refused) or fine."""
        entries = []
        for i, flag in enumerate(flags):
            entries.append(self.entry(VIEWERS[i % 3], Tap(flag == "no")))
            if flag == "slow":
                slow.add((entries[-1].viewer, entries[-1].number))
        return self.does("s1", *entries)

    def rings(self, *, takes_long: bool) -> None:
        """Let the clock do what is due next."""
        if self.show.due:
            self.now, number = max(self.now, self.show.due[0]), self.show.due[1]
            if takes_long:
                slow.add((0, number))
            timer = self.show.timers[number]
            self.does(timer.segment, Entry(0, number, int(Role.CLOCK), self.now, 0, 0, 0, timer.action))

    @property
    def order(self) -> int:
        """How many taps counted."""
        return len(self.show.segments["s1"].state.order)


@pytest.fixture(autouse=True)
def fast_machine() -> Iterator[None]:
    slow.clear()
    yield
    slow.clear()


flags = st.lists(st.sampled_from(["fine", "fine", "fine", "slow", "no"]), min_size=1, max_size=12)
moves = st.lists(
    st.one_of(flags, st.sampled_from(["ring", "slow ring", "resume", "suspend", "close"])), max_size=12
)


def goes_on(evening: Evening, happens: list[Any]) -> None:
    for what in happens:
        if isinstance(what, list):
            evening.taps(*what)
        elif what.endswith("ring"):
            evening.rings(takes_long=what == "slow ring")
        elif what == "suspend":
            evening.system(Suspended("s1", "its state has grown too large"))
        else:
            evening.host(Resume("s1") if what == "resume" else Close())


@settings(max_examples=60, deadline=None)
@given(moves, moves)
def test_a_faster_machine_comes_to_the_same_state(before: list[Any], after: list[Any]) -> None:
    slow.clear()
    evening = Evening()
    goes_on(evening, before)
    saved, at = save(evening.show), len(evening.log)
    goes_on(evening, after)
    slow.clear()
    assert same(play(SHOW, bell, evening.log), evening.show)
    assert same(play(SHOW, bell, evening.log[at:], load(saved, bell)), evening.show)


@settings(max_examples=60, deadline=None)
@given(moves)
def test_who_does_not_know_the_strikes_before_plays_again_and_comes_to_the_same_state(
    happens: list[Any],
) -> None:
    slow.clear()
    evening = Evening()
    goes_on(evening, happens)
    slow.clear()
    show, other = Show(SHOW, bell), Show(SHOW, bell)
    for one in (show, other):
        other.strikes.update(show.strikes)
        for seq, data in evening.log:
            one.fold(decode_batch(data), seq)
    assert show.recount == bool(evening.show.strikes)
    assert (other.recount, same(other, evening.show)) == (False, True)


def test_what_took_too_long_leaves_no_trace_and_the_desk_says_where() -> None:
    evening = Evening()
    assert evening.taps("fine", "slow", "fine") == ["format/slow"]
    assert evening.order == 2
    (fault,) = surfaces.desk(evening.show, 1).faults
    assert (fault.action, fault.where, fault.message) == ("tap", "bell.py:12", "still at it after 250 ms")
    assert not evening.show.missed


def test_with_too_many_the_segment_takes_no_more_and_says_so_until_a_host_resumes_it() -> None:
    evening = Evening()
    codes = evening.taps(*["slow"] * MOST, "fine", "no")
    assert codes == ["format/slow"] * MOST + ["format/suspended"] * 2
    assert evening.taps("fine") == ["format/suspended"]
    assert "has a problem" in str(surfaces.public(evening.show, 1).scene)
    assert evening.host(Resume("s1")) == []
    assert evening.taps("fine") == []
    assert evening.order == 1
    assert evening.host(Resume("s1")) == ["segment/not-suspended"]


def test_timers_of_a_suspended_segment_do_nothing_and_it_can_be_finished() -> None:
    evening = Evening()
    evening.taps("fine", "fine", "fine")
    evening.system(Suspended("s1", "its state has grown too large"))
    evening.rings(takes_long=False)
    assert (evening.show.timers, evening.show.segments["s1"].state.rings) == ({}, 0)
    assert evening.host(Finish()) == []
    assert evening.show.segments["s1"].phase == "done"


def test_a_strike_of_what_this_show_has_played_otherwise_means_that_it_plays_again() -> None:
    evening = Evening()
    evening.taps("fine", "fine")
    entry = Struck(1, evening.numbers[1], "s1", "still at it", "bell.py:12")
    evening.system(entry)
    assert evening.show.recount
    again = play(SHOW, bell, evening.log)
    assert (again.recount, len(again.segments["s1"].state.order)) == (False, 1)


def test_a_snapshot_taken_before_such_a_strike_is_no_start() -> None:
    evening = Evening()
    evening.taps("fine", "fine")
    begun, at = load(save(evening.show), bell), len(evening.log)
    evening.system(Struck(1, evening.numbers[1], "s1", "still at it"))
    with pytest.raises(Conflict):
        play(SHOW, bell, evening.log[at:], begun)


def test_what_an_earlier_owner_strikes_does_not_count() -> None:
    evening = Evening()
    evening.system(Owned(2), epoch=2)
    evening.taps("fine")
    evening.system(Struck(1, evening.numbers[1], "s1", "still at it"), epoch=1)
    assert not evening.show.recount
    assert same(play(SHOW, bell, evening.log), evening.show)


def test_nobody_but_an_owner_can_strike_or_suspend() -> None:
    evening = Evening()
    evening.taps("fine")
    assert evening.host(Struck(1, evening.numbers[1], "s1", "not mine")) == ["auth/forbidden"]
    assert evening.host(Suspended("s1", "not mine")) == ["auth/forbidden"]
    assert same(play(SHOW, bell, evening.log), evening.show)


def test_no_more_memory_and_no_end_of_calls_are_strikes_as_well() -> None:
    class Deep(Bell):
        @on(Tap)
        def tap(self, board: Board, act: Tap, cue: Cue) -> None:
            self.tap(board, act, cue) if act.refused else [0] * (1 << 60)

    for refused, word in ((False, "MemoryError"), (True, "RecursionError")):
        evening = Evening()
        evening.show = play(SHOW, lambda _: Deep, evening.log)
        assert evening.does("s1", evening.entry(1, Tap(refused))) == ["format/slow"]
        (struck,) = evening.show.strikes.values()
        assert word in struck.why
        assert struck.where.startswith("test_strikes.py:")
