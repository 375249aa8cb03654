"""A real nats-server that can be killed, and a small format to fold."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from oncue.engine.blocks import Scene, Stat, Stats, scene
from oncue.engine.cue import Cue
from oncue.engine.errors import Reject, Unavailable
from oncue.engine.format import Format, on
from oncue.engine.house import Join, Open, Start
from oncue.engine.ledger import Ledger
from oncue.engine.live import (
    Answer,
    Bus,
    Intake,
    NatsServer,
    Records,
    Runner,
    ShowCard,
    ShowClock,
    end,
    put_card,
    subject,
)
from oncue.engine.live import (
    Ask as AskOwner,
)
from oncue.engine.live.messages import encode, read_answer
from oncue.engine.live.owner import Owner
from oncue.engine.log import NONCE, Entry
from oncue.engine.rounds import RoundRecord
from oncue.engine.segment import SegmentSpec
from oncue.engine.show import Show
from oncue.engine.structs import Action, Role, Row, State, ViewerId, seconds
from oncue.formats.trivia import Trivia

SHOW = "abcdefghij"
FAREWELL_S = 5.0
"""After so long an engine has handed its shows over, or has not heard that it is to end."""


class Tap(Action, frozen=True):
    """Count one."""


class Arm(Action, frozen=True):
    """Ring in a moment."""


class Ring(Action, frozen=True):
    """The moment has come."""


class Ask(Action, frozen=True):
    """Who taps first?"""


class Judge(Action, frozen=True):
    """That was it."""


class Tally(State):
    taps: Ledger[int]
    rings: int = 0
    asked: bool = False


class Taps(Format[Tally]):
    """Counts taps; five are enough for anybody."""

    @on(Tap)
    def tap(self, tally: Tally, act: Tap, cue: Cue) -> None:
        if tally.taps.get(cue.by, 0) >= 5:
            raise Reject("five are enough", code="taps/enough")
        tally.taps[cue.by] = tally.taps.get(cue.by, 0) + 1

    @on(Arm, by="host")
    def arm(self, tally: Tally, act: Arm, cue: Cue) -> None:
        cue.after(seconds(0.3), Ring(), lanes=False)

    @on(Ring, by="clock")
    def ring(self, tally: Tally, act: Ring, cue: Cue) -> None:
        tally.rings += 1

    @on(Ask, by="host", when=lambda tally: not tally.asked)
    def ask(self, tally: Tally, act: Ask, cue: Cue) -> None:
        tally.asked = True
        cue.open(seconds(60), "Who taps first?")

    @on(Judge, by="host", when=lambda tally: tally.asked)
    def judge(self, tally: Tally, act: Judge, cue: Cue) -> None:
        tally.asked = False
        cue.settle()

    def public(self, tally: Tally) -> Scene:
        return scene(
            Stats(stats=(Stat("taps", str(sum(tally.taps.values()))), Stat("rings", str(tally.rings)))),
            mood="live" if tally.asked else "quiet",
        )

    def private(self, tally: Tally, viewer: ViewerId) -> Scene:
        return scene(Stats(stats=(Stat("yours", str(tally.taps.get(viewer, 0))),)))

    def results(self, tally: Tally) -> list[Row]:
        return [Row("taps", {"viewer": viewer, "taps": taps}) for viewer, taps in tally.taps.items()]


RUNDOWN = (SegmentSpec("s1", "taps", "Taps"), SegmentSpec("s2", "taps", "More taps"))
KINDS: dict[str, type[Format[Any, Any]]] = {"taps": Taps, "trivia": Trivia}


class Kept(Records):
    """Results of segments that have ended, staff's actions by sequence, rounds, and shows that are over."""

    def __init__(self) -> None:
        self.results: list[tuple[str, list[Row]]] = []
        self.acts: list[tuple[int, list[Entry[Any]]]] = []
        self.rounds: list[tuple[str, RoundRecord]] = []
        self.over: list[str] = []

    async def ended(self, show: Show, segment: str, rows: list[Row]) -> None:
        self.results.append((segment, rows))

    async def acted(self, show: Show, seq: int, acts: list[Entry[Any]]) -> None:
        self.acts.append((seq, acts))

    async def judged(self, show: Show, segment: str, record: RoundRecord) -> None:
        self.rounds.append((segment, record))

    async def closed(self, show: Show) -> None:
        self.over.append(show.id)


class Still:
    """A clock that stands."""

    def __init__(self, at: int) -> None:
        self._at = at

    def now(self) -> int:
        return self._at


class House:
    """A node's engine and intake, and a host and viewers who speak straight to it. `ahead` is how far show time is set forward, in µs."""

    def __init__(self, bus: Bus) -> None:
        self.bus = bus
        self.clock: ShowClock | Still = ShowClock()
        self.ahead = 0
        self.intake = Intake(bus, node="node")
        self.runners: list[tuple[Runner, asyncio.Task[None]]] = []
        self.kept = Kept()
        self.counters: dict[int, int] = {}

    def now(self) -> int:
        return self.clock.now() + self.ahead

    async def run(self, node: str = "engine") -> Runner:
        runner = Runner(self.bus, formats=KINDS.__getitem__, now=self.now, node=node, records=self.kept)
        self.runners.append((runner, asyncio.create_task(runner.run())))
        await runner.ready.wait()
        return runner

    def entry(self, viewer: int, action: Action, role: Role = Role.AUDIENCE) -> Entry[Action]:
        self.counters[viewer] = self.counters.get(viewer, NONCE) + 1
        return Entry(viewer, self.counters[viewer], int(role), self.now(), 0, 0, 0, action)

    async def act(self, viewer: int, action: Action, segment: str = "s1", role: Role = Role.AUDIENCE) -> int:
        return await self.intake.record(SHOW, segment, self.entry(viewer, action, role))

    async def host(self, action: Action, segment: str = "s1") -> int:
        return await self.act(7, action, segment, Role.HOST)

    async def open(self, *viewers: int, rundown: tuple[SegmentSpec, ...] = RUNDOWN) -> None:
        opening = Entry(0, 0, int(Role.SYSTEM), self.now(), 0, 0, 0, Open("Show", "CODE23", "seed", rundown))
        await self.intake.record(SHOW, "", opening)
        await put_card(self.bus, ShowCard(SHOW, "CODE23", "Show"))
        await self.host(Start("s1"), "")
        await asyncio.gather(*(self.act(viewer, Join(f"viewer {viewer}"), "") for viewer in viewers))

    def show(self) -> Show | None:
        for runner, _ in self.runners:
            owner = runner.owner(SHOW)
            if owner is not None and owner.show.seq:
                return owner.show
        return None

    @property
    def owner(self) -> Owner:
        """Of the show; there must be one."""
        owners = [owner for runner, _ in self.runners if (owner := runner.owner(SHOW))]
        return owners[0]

    async def folded(self, seq: int) -> Show:
        """The show once its owner has folded up to `seq`."""

        def there() -> bool:
            show = self.show()
            return show is not None and show.seq >= seq

        await until(there)
        show = self.show()
        assert show
        return show

    async def end(self, runner: Runner) -> None:
        for found, task in self.runners:
            if found is runner:
                await end(task, again=FAREWELL_S)

    async def close(self) -> None:
        for runner, _ in self.runners:
            await self.end(runner)
        await self.intake.close()


async def told(house: House, ask: AskOwner) -> Answer:
    """What the owner answers, once there is one that has caught up."""
    while True:
        with contextlib.suppress(Unavailable):
            return read_answer(await house.bus.request(subject(SHOW, "ask"), encode(ask), timeout=0.2))


async def until(holds: Callable[[], bool]) -> None:
    """Return once it holds; the test's own time limit is the limit."""
    while not holds():
        await asyncio.sleep(0.005)


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[NatsServer]:
    server = NatsServer(tmp_path / "nats")
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
async def connect(server: NatsServer) -> AsyncIterator[Callable[[], Awaitable[Bus]]]:
    buses: list[Bus] = []

    async def new() -> Bus:
        buses.append(await Bus.connect(server.url))
        return buses[-1]

    yield new
    for bus in buses:
        await bus.close()


@pytest.fixture
async def house(connect: Callable[[], Awaitable[Bus]]) -> AsyncIterator[House]:
    house = House(await connect())
    yield house
    await house.close()
