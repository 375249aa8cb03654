"""An audience: many bots in one process, and their figures."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import sys
from collections import Counter
from collections.abc import Iterator
from copy import copy
from typing import Self

import msgspec

from oncue.engine.live import end
from oncue.engine.pacing import FINE, STEP, Audience, report
from oncue.engine.playout import Playout
from oncue.engine.structs import Micros
from oncue.engine.wire import PlayoutInfo

from .bot import Bot, Cast, Crew, Scenes
from .line import Deed
from .venue import Venue
from .watch import Gallery

SMALL = 40
"""A crowd of so many looks at each frame and each scene: what follows is for larger ones."""
LOOKED_INTO = 10
"""So many bots at a time count their frames one by one."""
LOOKS_PER_S = 300
"""Scenes that a crowd looks at in a second without a reason: who waits for nothing does so less often."""
CACHES, CACHE = 256 << 20, 1 << 20
"""Bytes of the picture that a crowd keeps, and that each keeps at the least: its last groups."""
ENTERED_S = 10.0
"""Who has not joined by then is not waited for."""
EVERYBODY = Cast()
SWITCH_S = 0.0001
"""The interpreter's lock is handed over this often: the thread of moq-rs waits for it with each frame."""


class Figures(msgspec.Struct, frozen=True):
    """What a crowd has come to so far. Times are in ms, None before there is any.

    `frames_least` came to the viewer with the fewest; `megabytes_per_viewer` came over QUIC, all told; each looked into a share
    `looked_into` of the groups frame by frame. Scene times are of `scenes_measured` actions that were not refused, joining aside.
    `over_moq` had their scenes through the relay, `absent` could not come or went away (`problems`, by code), `refusals` are by code.
    `playout` is how well they are in step, by what they know themselves.
    """

    viewers: int
    sent: int
    receipts: int
    refused: int
    frames_per_viewer: float
    frames_least: float
    megabytes_per_viewer: float
    receipt_p50_ms: float | None
    receipt_p95_ms: float | None
    scene_p50_ms: float | None
    scene_p95_ms: float | None
    scenes_measured: int
    over_moq: int
    reconnects: int
    absent: int
    problems: dict[str, int]
    refusals: dict[str, int]
    looked_into: float
    playout: PlayoutInfo


class Crowd:
    """So many viewers of the show of `venue`, who are as the `cast` says. An async context manager: leaving it sends them home."""

    def __init__(self, venue: Venue, size: int, *, seed: int = 0, cast: Cast = EVERYBODY) -> None:
        share, glance = (round(size / LOOKED_INTO), size / LOOKS_PER_S) if size > SMALL else (1, 0.0)
        gallery = Gallery(share, max(CACHES // max(size, 1), CACHE), glance)
        door = cast.door or (lambda _: venue.join())
        self._crew = Crew(door, cast, gallery, Scenes(), seed, asyncio.Event())
        self.bots = [Bot(index, self._crew) for index in range(size)]
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        sys.setswitchinterval(SWITCH_S)
        return self

    async def __aexit__(self, *_: object) -> None:
        await end(*self._tasks)

    async def enter(self, span: float) -> None:
        """Let them come in, evenly over `span` seconds; returns when all who can have joined."""
        loop = asyncio.get_running_loop()
        begun = loop.time()
        for i, bot in enumerate(self.bots):
            await asyncio.sleep(max(begun + span * i / len(self.bots) - loop.time(), 0))
            self._tasks.append(asyncio.create_task(bot.run()))
        await _all_set([bot.entered for bot in self.bots if not bot.late], ENTERED_S)
        # A full collection over a large crowd takes 100 ms, and finds nothing.
        gc.freeze()

    async def settle(self, patience: float) -> None:
        """Nobody acts any more; wait until all that is under way has its receipt. Raises what a bot has failed with."""
        for bot in self.bots:
            bot.rest()
        for task in self._tasks:
            if task.done():
                task.result()
        lines = [line for bot in self.bots if bot.line for line in (bot.line, *bot.others)]
        await _all_set([line.settled for line in lines], patience)

    def promised(self) -> dict[int, dict[int, Deed]]:
        """What each viewer knows of their actions at this moment, by number: a copy, because receipts may still come."""
        known = {bot.joined.viewer: bot.deeds for bot in self.bots if bot.joined}
        return {viewer: {number: copy(deed) for number, deed in own.items()} for viewer, own in known.items()}

    def refresh(self, promised: dict[int, dict[int, Deed]]) -> None:
        """Put in the refusals that were heard since."""
        for bot in self.bots:
            for number, deed in promised.get(bot.joined.viewer, {}).items() if bot.joined else ():
                deed.refused = bot.deeds[number].refused

    def figures(self) -> Figures:
        """What there is so far."""
        there = [bot for bot in self.bots if bot.in_show]
        deeds = list(self._deeds())
        receipts = [deed.receipt - deed.sent for deed in deeds if deed.receipt]
        scenes = [deed.scene - deed.sent for deed in deeds if deed.scene and not deed.refused]
        frames = [bot.watch.frames if bot.watch else 0.0 for bot in there]
        received = [bot.watch.received if bot.watch else 0 for bot in there]
        return Figures(
            viewers=len(there),
            sent=len(deeds),
            receipts=len(receipts),
            refused=sum(bool(deed.refused) for deed in deeds),
            frames_per_viewer=round(sum(frames) / len(frames), 1) if frames else 0.0,
            megabytes_per_viewer=round(sum(received) / len(received) / 1e6, 2) if received else 0.0,
            frames_least=round(min(frames, default=0.0), 1),
            receipt_p50_ms=percentile(receipts, 0.5),
            receipt_p95_ms=percentile(receipts, 0.95),
            scene_p50_ms=percentile(scenes, 0.5),
            scene_p95_ms=percentile(scenes, 0.95),
            scenes_measured=len(scenes),
            over_moq=sum(bot.door == "moq" for bot in there),
            reconnects=sum(max(bot.line.connections - 1, 0) for bot in there if bot.line),
            absent=len(self.bots) - len(there),
            problems=dict(Counter(bot.problem for bot in self.bots if bot.problem)),
            looked_into=round(1 / self._crew.gallery.share, 3),
            refusals=dict(Counter(deed.refused for deed in deeds if deed.refused)),
            playout=self._playout(there),
        )

    def _playout(self, there: list[Bot]) -> PlayoutInfo:
        targets = Counter(bot.target for bot in there)
        seeing = [bot for bot in there if bot.need]
        audience = Audience(
            needs=_steps([bot.need for bot in seeing], STEP),
            delays=_steps([bot.delay for bot in seeing], STEP),
            blind=len(there) - len(seeing),
            errors=_steps([bot.line.clock.error for bot in there if bot.line], FINE),
        )
        return report(Playout(target=max(targets, key=targets.__getitem__, default=0)), audience)

    def _deeds(self) -> Iterator[Deed]:
        for bot in self.bots:
            yield from bot.deeds.values()


def _steps(values: list[Micros], step: Micros) -> dict[int, int]:
    return Counter(-(-value // step) for value in values)


async def _all_set(events: list[asyncio.Event], patience: float) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(patience):
            for event in events:
                await event.wait()


def percentile(seconds: list[float], share: float) -> float | None:
    """By the nearest rank, in ms."""
    ranked = sorted(seconds)
    return round(1000 * ranked[min(int(len(ranked) * share), len(ranked) - 1)], 1) if ranked else None
