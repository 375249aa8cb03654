"""A format that is broken, slow or huge hurts neither the other parts of its show nor other shows. What is planted here never ends, so no
machine is too fast or too slow for it."""

import asyncio
import re
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from small_show import KINDS, SHOW, House, Tap, Taps, until

from oncue.engine import limits, replay
from oncue.engine.ahead import Ahead
from oncue.engine.cue import Cue
from oncue.engine.format import Format, on
from oncue.engine.house import Finish, Join, Open, Start
from oncue.engine.live import ShowCard, care, put_card, read_log, subject
from oncue.engine.live.guard import guard
from oncue.engine.live.lease import Lease
from oncue.engine.live.owner import Owner
from oncue.engine.log import Entry
from oncue.engine.segment import SegmentSpec
from oncue.engine.show import Show
from oncue.engine.strikes import Resume
from oncue.engine.structs import Role, ShowId
from oncue.engine.wire import DeskMsg, SceneMsg
from oncue.formats import Action, Ledger, Row, Ruling, Scene, State, ViewerId, blocks, scene

OTHER = "otherother"


@pytest.fixture(autouse=True)
def forgiven() -> Iterator[None]:
    """What a view has done in one test is not held against the shows of others, which have the same name."""
    yield
    care._interrupted.clear()


class Hurt(Action, frozen=True):
    """Do something that never ends, or takes all there is."""

    how: str


class Board(State):
    good: Ledger[int]
    heap: list[str] = []


class Harm(Format[Board]):
    """A format with all that can be wrong."""

    ends = False

    @on(Tap)
    def tap(self, board: Board, act: Tap, cue: Cue) -> None:
        board.good[cue.by] = board.good.get(cue.by, 0) + 1

    @on(Hurt)
    def hurt(self, board: Board, act: Hurt, cue: Cue) -> None:
        board.good.clear()
        board.heap.append("half done")
        if not self.ends:
            getattr(self, act.how)(board, cue)

    def loop(self, board: Board, cue: Cue) -> None:
        while True:
            pass

    def swallow(self, board: Board, cue: Cue) -> None:
        while True:
            try:
                while True:
                    board.heap.append("more")
                    board.heap.pop()
            except BaseException:  # noqa: BLE001  # what an author should not do
                pass

    def ask(self, board: Board, cue: Cue) -> None:
        while True:
            cue.emit("much", n=1)
            cue.effects.clear()

    def recurse(self, board: Board, cue: Cue) -> None:
        self.recurse(board, cue)

    def regex(self, board: Board, cue: Cue) -> None:
        re.match(r"(a|a)*$", "a" * 60 + "b")

    def allocate(self, board: Board, cue: Cue) -> None:
        board.heap.append("x" * (1 << 60))

    def settle(self, board: Board, cue: Cue) -> None:
        cue.open(0)
        cue.settle()

    def rulings(self, board: Board, number: int) -> list[Ruling]:
        while not self.ends:
            pass
        return []

    def grow(self, board: Board, cue: Cue) -> None:
        board.heap += ["x" * 1024 * 1024] * 65

    def spin(self, board: Board, cue: Cue) -> None:
        board.heap.append("spin")

    def public(self, board: Board) -> Scene:
        while "spin" in board.heap:
            pass
        if len(board.heap) > 1:
            return scene(blocks.Text("large " * 100_000))
        return scene(blocks.Text(f"{sum(board.good.values())}"))

    def private(self, board: Board, viewer: ViewerId) -> Scene:
        while "spin" in board.heap:
            pass
        return scene(blocks.Text(str(board.good.get(viewer, 0))))

    def results(self, board: Board) -> list[Row]:
        while "spin" in board.heap:
            pass
        return [Row("good", {"viewer": viewer, "good": good}) for viewer, good in board.good.items()]


class Mended(Harm):
    """The same on a machine on which all of it ends at once."""

    ends = True


def kinds(harm: type[Format[Any, Any]]) -> Any:
    return {"taps": Taps, "harm": harm}.__getitem__


@pytest.fixture(autouse=True)
def harmful() -> Iterator[None]:
    KINDS["harm"] = Harm
    yield
    del KINDS["harm"]


class Watched:
    """A show with a harmful part, another show beside it, and what their owners say."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.desk = DeskMsg(0, 0, 0, "", Scene())
        self.scene = SceneMsg(0, 0, 0, "", "", "", Scene(), 0)
        self.number = 0

    async def begin(self) -> None:
        house = self.house
        await house.bus.subscribe(subject(SHOW, "desk"), self._desk)
        await house.bus.subscribe(subject(SHOW, "scene"), self._scene)
        await house.run()
        await house.open(1, 2, rundown=(SegmentSpec("s1", "harm", "Harm"), SegmentSpec("s2", "taps", "Taps")))
        rundown = (SegmentSpec("s1", "taps", "Taps"),)
        await self.other(0, Open("Other", "OTHER2", "seed", rundown), "", Role.SYSTEM)
        await put_card(house.bus, ShowCard(OTHER, "OTHER2", "Other"))
        await self.other(7, Start("s1"), "", Role.HOST)
        await self.other(1, Join("Ada"), "")

    def _desk(self, _: str, data: bytes) -> None:
        self.desk = msgspec.json.decode(data, type=DeskMsg)

    def _scene(self, _: str, data: bytes) -> None:
        self.scene = msgspec.json.decode(data, type=SceneMsg)

    async def other(
        self, viewer: int, action: Action, segment: str = "s1", role: Role = Role.AUDIENCE
    ) -> int:
        self.number += 1
        number = (viewer << 20) + self.number
        entry: Entry[Any] = Entry(viewer, number, int(role), self.house.now(), 0, 0, 0, action)
        return await self.house.intake.record(OTHER, segment, entry)

    async def others_go_on(self) -> None:
        """The other show counts what its viewers do."""
        seq = await self.other(1, Tap())
        owner = self.house.runners[-1][0].owner

        def there() -> bool:
            found = owner(OTHER)
            return found is not None and found.show.seq >= seq

        await until(there)

    async def show(self, seq: int) -> Show:
        return await self.house.folded(seq)


@pytest.fixture
async def watched(house: House) -> Watched:
    watched = Watched(house)
    await watched.begin()
    return watched


async def as_replayed(house: House, harm: type[Format[Any, Any]]) -> Show:
    messages = [message async for message in read_log(house.bus, SHOW)]
    show = house.show()
    assert show is None or Ahead.of(messages).strikes.keys() >= show.strikes.keys()  # else this never ends
    return replay.play(ShowId(SHOW), kinds(harm), messages)


async def settled(house: House) -> Show:
    """The show once its owner has folded all that it has written."""
    while True:
        end = await house.bus.last(subject(SHOW, "log"))
        show = await house.folded(end)
        if not show.struck and await house.bus.last(subject(SHOW, "log")) == end:
            return show


@pytest.mark.parametrize("how", ["loop", "swallow", "ask", "recurse", "regex", "allocate", "settle"])
async def test_what_never_ends_is_refused_and_all_else_goes_on(watched: Watched, how: str) -> None:
    house = watched.house
    await house.act(1, Tap())
    hurting = asyncio.create_task(house.act(2, Hurt(how)))
    await watched.others_go_on()
    await house.act(1, Tap())
    await hurting
    show = await settled(house)
    state = show.segments["s1"].state
    assert (dict(state.good), state.heap) == ({1: 2}, [])
    (struck,) = show.strikes.values()
    assert (struck.viewer, struck.segment) == (2, "s1")
    (fault,) = show.segments["s1"].faults
    # What cannot be taken back any more ends the owner, and the one after the next knows which entry it was.
    assert (fault.action, fault.where.partition(":")[0]) == (
        "hurt",
        "" if how == "settle" else "test_guard.py",
    )
    for harm in (Harm, Mended):
        assert replay.same(await as_replayed(house, harm), show)
    await house.end(house.runners[0][0])
    await house.run("second")
    again = await settled(house)
    assert replay.same(await as_replayed(house, Mended), again)
    assert dict(again.segments["s1"].state.good) == {1: 2}


async def test_a_strike_that_was_found_by_an_owner_who_could_not_write_it_down_is_written_by_the_next(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await house.run("first")
    await house.open(1, 2, rundown=(SegmentSpec("s1", "harm", "Harm"),))
    await house.folded(await house.act(1, Tap()))
    await house.end(first)
    await house.act(2, Hurt("loop"))
    lease = Lease(house.bus, SHOW, "second")
    assert await lease.take()
    now, records = house.now, house.kept
    owner = Owner(house.bus, lease, ShowId(SHOW), formats=KINDS.__getitem__, now=now, records=records)

    async def until_it_is_found() -> bool:
        owner._stopping = bool(owner.show.struck)
        return not owner._stopping

    monkeypatch.setattr(owner._snapshots, "due", lambda seq: seq > owner._snapshots.kept)
    monkeypatch.setattr(owner, "_goes_on", until_it_is_found)
    await owner.run()
    assert owner.show.struck
    await house.run("third")
    await until(lambda: house.show() is not None and house.show().epoch > owner.show.epoch)
    show = await settled(house)
    assert replay.same(await as_replayed(house, Mended), show)


async def test_three_of_them_suspend_the_part_until_a_host_resumes_or_finishes_it(watched: Watched) -> None:
    house = watched.house
    for _ in range(3):
        await house.act(2, Hurt("recurse"))
    await house.act(1, Tap())
    await until(lambda: any(line.suspended for line in watched.desk.rundown))
    (line,) = [line for line in watched.desk.rundown if line.suspended]
    assert (line.id, "RecursionError" in line.problem) == ("s1", True)
    await until(lambda: "has a problem" in str(watched.scene.scene))
    await house.host(Resume("s1"), "")
    show = await house.folded(await house.act(1, Tap()))
    assert dict(show.segments["s1"].state.good) == {1: 1}
    await house.host(Finish(), "")
    await house.host(Start("s2"), "")
    show = await house.folded(await house.act(1, Tap(), "s2"))
    assert show.segments["s2"].state.taps[1] == 1
    show = await settled(house)
    assert replay.same(await as_replayed(house, Mended), show)


async def test_a_state_that_grows_without_end_suspends_its_part(watched: Watched) -> None:
    house = watched.house
    await house.act(2, Hurt("grow"))
    await until(lambda: any(line.suspended for line in watched.desk.rundown))
    assert "65 MB" in next(line.problem for line in watched.desk.rundown if line.suspended)
    await watched.others_go_on()


async def test_a_scene_that_is_too_large_is_a_fault_of_the_view(watched: Watched) -> None:
    house = watched.house
    KINDS["harm"].ends = True
    try:
        await house.act(2, Hurt("more"))
        await house.act(2, Hurt("more"))
        await until(lambda: any(fault.action == "public" for fault in watched.desk.faults))
    finally:
        KINDS["harm"].ends = False
    (fault,) = watched.desk.faults
    assert "more than 256" in fault.message
    assert "has a problem" in str(watched.scene.scene)


async def test_views_that_never_end_are_interrupted_and_then_left_alone(watched: Watched) -> None:
    house, overruns = watched.house, guard.overruns
    await house.act(1, Hurt("spin"))
    await until(lambda: any("after" in fault.message for fault in watched.desk.faults))
    for _ in range(4):
        before = watched.scene.seq
        await house.act(1, Tap())
        await until(lambda before=before: watched.scene.seq > before)
    await watched.others_go_on()
    await house.act(1, Tap())
    await watched.others_go_on()
    await house.host(Finish(), "")
    await until(lambda: bool(house.kept.results))
    # Public, private and results.
    assert guard.overruns - overruns <= 3 * limits.OVERRUNS
    show = house.show()
    assert show
    assert dict(show.segments["s1"].state.good) == {1: 5}


async def test_the_desk_says_what_each_action_and_view_takes(watched: Watched) -> None:
    house = watched.house
    await house.act(1, Tap())
    await house.act(1, Tap())
    await until(lambda: any(cost.name == "tap" for cost in watched.desk.costs))
    costs = {cost.name: cost for cost in watched.desk.costs if cost.segment == "s1"}
    assert {"tap", "public"} <= costs.keys()
    assert costs["tap"].most >= costs["tap"].mean
