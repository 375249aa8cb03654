"""The rehearsal itself: the audience comes in, the host plays the rundown, and what came of it is collected."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from time import monotonic
from typing import Any

import msgspec

from oncue.api.bots import Autopilot, Count, Crowd, Figures, Pace, Venue
from oncue.api.bots.bot import Bot, Cast
from oncue.api.bots.demo import reckon
from oncue.api.bots.venue import Answer, LogLine
from oncue.api.lab import Lab, Traffic
from oncue.engine.errors import OncueError, Unavailable
from oncue.engine.live import end
from oncue.engine.wire import DeskMsg, RoundInfo

from .ground import Ground, Said
from .meter import Meter, Process
from .neighbourhood import Neighbourhood
from .profiles import Place, Profile, places, spread
from .spool import Spool
from .trolls import Heckle, Heckles

COMING_PER_S = 15
"""How many viewers come in each second."""
RECEIPTS_S = 10.0
WRITTEN_S = 5.0
"""How long after a round its answers may take to be written down."""
PHASES = ("networks", "audience", "show", "receipts", "reckoning", "looking into it")


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """What is still good. `p99_ms`: of receipts, beyond the network's own round trip; `scene_p99_ms`: of the scene that reflects an action;
    `growth_mb`: of one process over the rehearsal; `in_step`: the share of the pictures that has the delay of all or is in the lane
    behind; `doubted`: the share of honest answers whose claim is not believed in full."""

    p99_ms: float = 1000.0
    scene_p99_ms: float = 3000.0
    growth_mb: float = 128.0
    in_step: float = 0.8
    doubted: float = 0.05


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """`what` is rehearsed, in words; `show` is what `POST /api/shows` takes. `bots` viewers of these `profiles`. Ends after `seconds`, or
    (0) when the rundown is over; the host plays at `pace`. With the same `seed` bots and networks decide the same."""

    what: str
    show: dict[str, Any]
    profiles: Sequence[Profile]
    bots: int = 50
    seconds: float = 0.0
    pace: Pace = Pace()
    seed: int = 1
    limits: Limits = Limits()


class Went(msgspec.Struct):
    """What came of it, before it is judged. `people` are the viewers with their places, `answers` those of all rounds by viewer, `messages`
    the log as it is written (none of a node that is not ours), `secrets` what nobody must receive, by what it is."""

    options: Options
    show: str
    started: str
    begun: float
    seconds: float
    done: bool
    interrupted: bool
    people: list[tuple[Place, Bot]]
    traffic: dict[str, list[Traffic]]
    rounds: list[RoundInfo]
    answers: dict[int, list[tuple[RoundInfo, Answer]]]
    log: list[LogLine]
    messages: list[tuple[int, bytes]]
    promises: Count
    figures: Figures
    desk: DeskMsg | None
    pressed: int
    pranks: list[Heckle]
    processes: list[Process]
    said: list[Said]
    failed: dict[str, int]
    secrets: dict[str, str]


class Evening:
    """A rehearsal that goes on. `phase` is one of PHASES; `stop` ends it early, in good order."""

    def __init__(self, ground: Ground, options: Options) -> None:
        self.ground = ground
        self.options = options
        self.places = places(spread(options.profiles, options.bots))
        self.spool = Spool(ground.folder / "received")
        self.meter = Meter(ground.pids)
        self.phase = PHASES[0]
        self.crowd: Crowd | None = None
        self.pilot: Autopilot | None = None
        self.begun = monotonic()
        self.interrupted = asyncio.Event()

    @property
    def age(self) -> float:
        """Seconds since it began."""
        return monotonic() - self.begun

    def stop(self) -> None:
        """Play no further; what there is is reported."""
        self.interrupted.set()

    async def run(self) -> Went:
        """From the first viewer to the last receipt. Raises what the node answers when the show cannot be made."""
        logged, started = self.ground.logged, datetime.now(UTC).isoformat(timespec="seconds")
        async with Venue(self.ground.url, self.ground.key) as venue:
            made = await venue.make(self.options.show)
            await venue.staged()
            homes = Neighbourhood(venue, self.places)
            async with Lab(seed=self.options.seed) as lab, self._metered():
                await homes.settle(lab)
                cast = Cast(homes.join, lambda index: self._habits(homes, index), self.spool.keep)
                async with Crowd(venue, self.options.bots, seed=self.options.seed, cast=cast) as crowd:
                    self.crowd = crowd
                    await self._play(venue, crowd)
                    promises = await reckon(venue, crowd)
                    figures, rounds = crowd.figures(), await venue.fairness()
                    traffic = await homes.traffic()
                    log, answers = await venue.log(), await _answers(venue, rounds)
            pilot = self.pilot
            assert pilot
            with contextlib.suppress(OncueError):
                await venue.close()
            return Went(
                options=self.options,
                show=made.id,
                started=started,
                begun=self.begun,
                seconds=round(self.age, 1),
                done=pilot.over,
                interrupted=self.interrupted.is_set(),
                people=list(zip(self.places, crowd.bots, strict=True)),
                traffic=traffic,
                rounds=rounds,
                answers=answers,
                log=log,
                messages=await self.ground.messages(made.id),
                promises=promises,
                figures=figures,
                desk=pilot.desk,
                pressed=pilot.pressed,
                pranks=[one for bot in crowd.bots for one in _pranks(bot)],
                processes=self.meter.processes(),
                said=self.ground.said(logged),
                failed=dict(venue.failed),
                secrets={"the host's token": made.token, "the API key": self.ground.key},
            )

    def _habits(self, homes: Neighbourhood, index: int) -> Any:
        place = self.places[index]
        return place.profile.habits(place.number, homes.homes[index])

    @asynccontextmanager
    async def _metered(self) -> AsyncIterator[None]:
        reading = asyncio.create_task(self.meter.run())
        try:
            yield
        finally:
            await end(reading)
            self.meter.read()

    async def _play(self, venue: Venue, crowd: Crowd) -> None:
        options = self.options
        self.pilot = pilot = Autopilot(await venue.host(), options.pace, seed=options.seed)
        until = self.begun + options.seconds if options.seconds else None

        async def playing() -> None:
            self.phase = PHASES[1]
            await crowd.enter(len(crowd.bots) / COMING_PER_S)
            self.meter.settled()
            self.phase = PHASES[2]
            await pilot.run()

        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(until and max(until - monotonic(), 0)):
                await _first(playing(), self.interrupted.wait())
        self.phase = PHASES[3]
        await crowd.settle(RECEIPTS_S)
        self.phase = PHASES[4]


def _pranks(bot: Bot) -> Iterable[Heckle]:
    return [one for habit in bot.habits if isinstance(habit, Heckles) for one in habit.said]


async def _first(work: Any, other: Any) -> None:
    """Until one of the two is done; raises what the first has raised."""
    tasks = [asyncio.ensure_future(work), asyncio.ensure_future(other)]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        if tasks[0].done():
            tasks[0].result()
    finally:
        await end(*tasks)


async def _answers(venue: Venue, rounds: Iterable[RoundInfo]) -> dict[int, list[tuple[RoundInfo, Answer]]]:
    """The answers of all rounds by viewer, once they are written down."""
    found: dict[int, list[tuple[RoundInfo, Answer]]] = {}
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(WRITTEN_S):
            for judged in rounds:
                for answer in await _written(venue, judged) if judged.answers else ():
                    found.setdefault(answer.viewer, []).append((judged, answer))
    return found


async def _written(venue: Venue, judged: RoundInfo) -> list[Answer]:
    while True:
        try:
            return await venue.answers(judged.segment, judged.number)
        except OncueError as error:
            if error.code != "fairness/none" and not isinstance(error, Unavailable):
                raise
        await asyncio.sleep(0.2)
