"""`oncue demo`: a show on a running node, with a simulated audience and host if wanted, and a reckoning at the end."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec

from oncue.engine.errors import OncueError

from .autopilot import Autopilot
from .count import COUNTED, Count, check_results, count
from .crowd import Crowd, Figures
from .script import TITLE, Script, script
from .show import Board, announce, report_for_people
from .venue import LogLine, Venue

RECEIPTS_S = 10.0
CAUGHT_UP_S = 5.0
ENDLESS = 10**9


class DemoOptions(msgspec.Struct, frozen=True, kw_only=True):
    """`bots` simulated viewers; `autopilot` plays the rundown; ends after `seconds` (0: when the autopilot is through, else never);
    `json` says nothing but one line of JSON at the end. `picture` is `test` or an MP4 file. With the same `seed` the bots decide the
    same."""

    bots: int = 0
    autopilot: bool = False
    seconds: float = 0.0
    json: bool = False
    picture: str = "test"
    seed: int = 1


class Report(msgspec.Struct, frozen=True):
    """How the show went. `receipts` were given, `counted` of them stand in the log exactly once (`refused` of those were refused there,
    and the viewer knows); `doubled` and `lost` do not, and are 0. Latencies run from sending an action until its receipt, and until a
    scene that reflects it has come to the same viewer through the relay."""

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
    refused: int
    unheard: int
    misled: int
    wrong: int
    broken: list[str]
    frames_least: float
    frames_looked_into: float
    scenes_measured: int
    over_moq: int
    reconnects: int
    absent: int
    pressed: int
    rundown_done: bool
    seconds: float

    @property
    def kept(self) -> bool:
        """Whether all that got a receipt was counted exactly once, and nobody was told otherwise."""
        return not (self.doubled or self.lost or self.unheard or self.misled or self.wrong)


async def run_demo(url: str, key: str, options: DemoOptions) -> int:
    """A demo show on the node at `url` with this API key. Returns the exit code: 1 if a promise was broken.

    Runs until `options.seconds` are over or, without, until the autopilot is through; else until cancelled.
    """
    async with Venue(url, key) as venue:
        plan = script(options.seconds if options.autopilot else 0)
        made = await venue.make({"title": TITLE, "rundown": plan.rundown(), "picture": options.picture})
        if not options.json:
            announce(made)
        report = await play(venue, plan, options)
    if report is None:
        return 0
    if options.json:
        sys.stdout.write(msgspec.json.encode(report).decode() + "\n")
        sys.stdout.flush()
    else:
        report_for_people(report)
    return 0 if report.kept else 1


async def play(venue: Venue, plan: Script, options: DemoOptions) -> Report | None:
    """The show itself, from the first viewer to the reckoning. None when there was nothing to reckon."""
    loop = asyncio.get_running_loop()
    begun = loop.time()
    await venue.staged()
    async with Crowd(venue, options.bots, seed=options.seed) as crowd, _board(crowd, options):
        pilot = Autopilot(await venue.host(), plan.pace, seed=options.seed)
        span = options.seconds or (ENDLESS if not options.autopilot else 0)
        done = await _until_over(crowd, pilot if options.autopilot else None, plan, begun + span if span else 0)
        await crowd.settle(RECEIPTS_S)
        figures = crowd.figures()
        if not crowd.bots:
            return None if not options.json else _report(figures, Count(), crowd, pilot, done, loop.time() - begun)
        counted = await reckon(venue, crowd)
        seconds = loop.time() - begun
    with contextlib.suppress(OncueError):
        await venue.close()
    return _report(figures, counted, crowd, pilot, done, seconds)


async def _until_over(crowd: Crowd, pilot: Autopilot | None, plan: Script, end: float) -> bool:
    """Let them play until the loop's time `end`, or (0) until the autopilot is through. Returns whether it is."""

    async def playing() -> None:
        if crowd.bots:
            await crowd.enter(plan.coming)
        if pilot:
            await pilot.run()

    task = asyncio.create_task(playing())
    try:
        async with asyncio.timeout_at(end or None):
            await task
            if end:
                await asyncio.Event().wait()
    except TimeoutError:
        pass
    finally:
        done = task.done() and not task.cancelled() and pilot is not None
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    return done


async def reckon(venue: Venue, crowd: Crowd) -> Count:
    """Hold what the bots know against the log and the results, once the fold has caught up with the log."""
    deeds = crowd.deeds
    log = [line async for line in venue.log()]
    total = count(log, deeds)
    strangers = [line for line in log if line.viewer and line.viewer not in deeds and line.outcome == COUNTED]
    for segment in await venue.rundown():
        if segment.state != "ready":
            others = sum(line.segment == segment.id for line in strangers)
            others += sum(d.segment == segment.id and not (d.receipt or d.refused) for own in deeds.values() for d in own.values())
            for wrong in await _results(venue, crowd, segment.id, others):
                total.blame("wrong", wrong)
    return total


async def _results(venue: Venue, crowd: Crowd, segment: str, others: int) -> list[str]:
    """What is wrong with the results; the show's owner may be a moment behind the log."""
    until = asyncio.get_running_loop().time() + CAUGHT_UP_S
    while True:
        wrong = check_results(segment, await venue.results(segment), crowd.deeds, others)
        if not wrong or asyncio.get_running_loop().time() > until:
            return wrong
        await asyncio.sleep(0.1)


def _report(figures: Figures, counted: Count, crowd: Crowd, pilot: Autopilot, done: bool, seconds: float) -> Report:
    said = {**msgspec.structs.asdict(figures), **msgspec.structs.asdict(counted)}
    said |= {"frames_looked_into": round(1 / crowd.share, 3), "pressed": pilot.pressed, "rundown_done": done, "seconds": round(seconds, 1)}
    return msgspec.convert(said, Report)


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
