"""`oncue demo`: a show on a running node, with a simulated audience and host if wanted, and a reckoning at the end."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import monotonic
from typing import Any

import msgspec
from msgspec.structs import asdict

from oncue.engine.errors import OncueError, Unavailable
from oncue.engine.wire import PlayoutInfo

from .autopilot import Autopilot
from .count import COUNTED, RECKONED, Count, Deeds, check_results, count
from .crowd import Crowd, Figures
from .guest import guests
from .script import TITLE, Script, script
from .terminal import Board, announce, report_for_people
from .venue import Venue

RECEIPTS_S = 10.0
CAUGHT_UP_S = 10.0
COMING_PER_S = 25
"""How many viewers come in each second, if there is time."""
MANY, SMALL = 60, "test:640x360@15"
"""A larger crowd on the same machine gets a smaller picture: every frame costs once per viewer, in the relay and again in the bots."""
SPARE = 0.96
"""The share of the given time that the rundown is cut to; the rest is for what takes longer than planned."""


class DemoOptions(msgspec.Struct, frozen=True, kw_only=True):
    """`bots` simulated viewers; `autopilot` plays the rundown and brings `guests` on stage, who else have their hands up for the host;
    ends after `seconds` (0: when the autopilot is through, else never); `json` says nothing but one line of JSON at the end. `picture`
    is a test picture (`test`: as large as the crowd allows; else `test:1280x720@30`) or an MP4 file. With the same `seed` the bots decide
    the same. `show` is what `POST /api/shows` takes, as far as it is given; else the demo's own is played, or what it has of `format`, or
    that format with its default settings."""

    bots: int = 0
    autopilot: bool = False
    seconds: float = 0.0
    json: bool = False
    picture: str = "test"
    guests: int = 0
    seed: int = 1
    show: dict[str, Any] = {}
    format: str = ""

    @property
    def source(self) -> str:
        """The picture, as the host API takes it."""
        picture: str = self.show.get("picture") or "test" if self.picture == "test" else self.picture
        return SMALL if picture == "test" and self.bots > MANY else picture

    def made(self, plan: Script) -> dict[str, Any]:
        """The show, as the host API takes it."""
        rundown = plan.rundown()
        if self.format:
            own = [line for line in rundown if line["format"] == self.format]
            rundown = own or [{"format": self.format}]
        return {"title": TITLE, "rundown": rundown, **self.show, "picture": self.source}


class Report(msgspec.Struct, frozen=True):
    """How the show went. `receipts` were given; `counted` of them stand in the log exactly once, as counted or as refused with the
    viewer's knowledge; the others are `doubled` or `lost`. Latencies run from sending an action until its receipt, and until a scene
    that reflects it has come to the same viewer through the relay.

    All pictures have the delay `target_ms` but those of viewers in the `late` lane and `beyond` it; `blind` ones have no picture.
    `playout` is what the show's owner knew of that at last (None without an autopilot). `promises` and `audience` have the details.
    """

    viewers: int
    sent: int
    receipts: int
    counted: int
    doubled: int
    lost: int
    frames_per_viewer: float
    receipt_p50_ms: float | None
    receipt_p95_ms: float | None
    scene_p50_ms: float | None
    scene_p95_ms: float | None
    target_ms: float
    in_step: int
    late: int
    beyond: int
    blind: int
    picture: str
    seconds: float
    pressed: int
    rundown_done: bool
    promises: Count
    audience: Figures
    playout: PlayoutInfo | None


async def run_demo(url: str, key: str, options: DemoOptions) -> int:
    """A demo show on the node at `url` with this API key. Returns the exit code: 1 if a promise was broken.

    Runs until `options.seconds` are over or, without, until the autopilot is through; else until cancelled.
    """
    async with Venue(url, key) as venue:
        plan = script(options.seconds * SPARE if options.autopilot else 0)
        made = await venue.make(options.made(plan))
        if not options.json:
            announce(made)
        report = await play(venue, plan, options)
    if options.json:
        sys.stdout.write(msgspec.json.encode(report).decode() + "\n")
        sys.stdout.flush()
    else:
        report_for_people(report)
    return 0 if report.promises.kept else 1


async def play(venue: Venue, plan: Script, options: DemoOptions) -> Report:
    """The show itself, from the first viewer to the reckoning."""
    await venue.staged()
    async with (
        Crowd(venue, options.bots, seed=options.seed) as crowd,
        guests(venue, options.guests, brought=options.autopilot),
    ):
        report = await perform(venue, crowd, plan, options)
    with contextlib.suppress(OncueError):
        await venue.close()
    return report


async def perform(venue: Venue, crowd: Crowd, plan: Script, options: DemoOptions) -> Report:
    """The show with this crowd, which is still there afterwards, and so is the show."""
    begun = monotonic()
    async with _board(crowd, options):
        pilot = Autopilot(await venue.host(), plan.pace, seed=options.seed) if options.autopilot else None
        await _until_over(crowd, pilot, plan, begun + options.seconds if options.seconds else None)
        await crowd.settle(RECEIPTS_S)
        promises = await reckon(venue, crowd)
        figures = crowd.figures()
    step = figures.playout
    known = {part: value for whole in (step, figures, promises) for part, value in asdict(whole).items()}
    return Report(
        **{name: known[name] for name in Report.__struct_fields__ if name in known and name != "playout"},
        target_ms=step.target / 1000,
        picture=options.source,
        seconds=round(monotonic() - begun, 1),
        pressed=pilot.pressed if pilot else 0,
        rundown_done=bool(pilot and pilot.over),
        promises=promises,
        audience=figures,
        playout=pilot.playout if pilot else None,
    )


async def _until_over(crowd: Crowd, pilot: Autopilot | None, plan: Script, end: float | None) -> None:
    """Let them play until the monotonic time `end`; without, until the autopilot is through; without one, until cancelled."""

    async def playing() -> None:
        if crowd.bots:
            await crowd.enter(min(plan.coming, len(crowd.bots) / COMING_PER_S))
        if pilot:
            await pilot.run()
        if end or not pilot:
            await asyncio.Event().wait()

    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(end and max(end - monotonic(), 0)):
            await playing()


async def reckon(venue: Venue, crowd: Crowd) -> Count:
    """Hold what the bots know against the log and the results.

    The show's owner may be behind the log for a moment, and a refusal on its way: what does not fit is looked at again for a while.
    """
    promised = crowd.promised()
    until = monotonic() + CAUGHT_UP_S
    while True:
        in_time = monotonic() < until
        try:
            total = await _reckoned(venue, promised)
        except Unavailable:
            if not in_time:
                raise
        else:
            if total.kept or not in_time:
                return total
        await asyncio.sleep(0.25)
        crowd.refresh(promised)


async def _reckoned(venue: Venue, promised: Deeds) -> Count:
    log = await venue.log()
    total = count(log, promised)
    others = Counter(
        line.segment
        for line in log
        if line.viewer and line.viewer not in promised and line.outcome == COUNTED
    )
    deeds = [deed for own in promised.values() for deed in own.values()]
    others.update(deed.segment for deed in deeds if not (deed.receipt or deed.refused))
    for segment in await venue.rundown():
        if segment.state != "ready" and segment.format in RECKONED:
            results = await venue.results(segment.id)
            for wrong in check_results(segment.id, results, promised, others[segment.id]):
                total.blame("wrong", wrong)
    return total


@asynccontextmanager
async def _board(crowd: Crowd, options: DemoOptions) -> AsyncIterator[None]:
    """A line of figures that stays up to date, where there is a terminal and a crowd."""
    if options.json or not crowd.bots or not sys.stdout.isatty():
        yield
        return
    board = asyncio.create_task(Board(crowd).run())
    try:
        yield
    finally:
        board.cancel()
        await asyncio.gather(board, return_exceptions=True)
