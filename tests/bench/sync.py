"""Whether everybody sees the same picture at the same time: `make bench NAME=sync`.

A real node and four real browsers behind networks of 10, 60, 120 and 200 ms one way, each give or take 20 ms and with 1 % of the packets
lost, joining some seconds apart. First all of them show our page (with the sound on), then, in the same run and on the same networks,
@moq/watch's element as it comes; so each has the machine to itself. What is measured is read off the picture's canvas in each animation
frame (tests/watching.js), once all of them have settled.

The playhead of a page is the show time that it is at: linear between the moments at which its canvas changed. The skew of two pages is
the difference of their playheads at the same instant; every 10 ms, all pairs.

skew_p50_ms, _p95_, _max_       of our pages; `peer_skew_p95_ms` of the peer's
apart_share                     of the instants at which two pages show frames that are more than one apart
glass_p50_ms, glass_p95_ms      show time now minus the playhead: how old the picture is that one sees
scene_skew_p95_ms, _frames      the frame on the canvas when a scene appears, against the scene's `at`
lips_p95_ms                     how far the tick in the sound is from the picture's whole second
target_delay_ms, need_slowest_ms    what the pages say: the delay that all are to have, and the smallest that the slowest could have
target_span_ms, target_changes  the largest target while it was measured minus the smallest; how often a page learned of another
settled_s                       how long it took after the last had joined until all were at the delay that they want, and 5 s more
stalls, fps                     frames that stayed longer than 100 ms; new frames per second and page
late_turns                      animation frames that came more than 50 ms after the one before: the machine was too busy
browsers_cpu, others_cpu        per cent of one core: all browsers, and what is not the bench's at all; above some 20 the figures say
                                more about the neighbours than about the product

The picture is `test:320x180@15`: four browsers without a GPU then leave two cores a third of their time. With `--picture
test:320x180@30` they leave a fifth, and the figures are as good or bad as the machine's neighbours are quiet.

ARGS="--pages 2 --seconds 20 --only ours --report FILE.html" for a quick look.
"""

from __future__ import annotations

import argparse
import asyncio
import math
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from bench._sync_pages import Hall, Used, Watched, ours, peer, peer_page
from bench._sync_report import write_report
from bench._sync_show import on_air, turning
from playwright.async_api import async_playwright
from watching import Floats, Sight, Span, apart, lips, percentile, playhead, shown, skews, stalls

from oncue.api.lab import Lab
from oncue.api.lab import Path as Network

DELAYS = (10, 200, 60, 120)
"""Of the networks in the order of joining: the first two differ most, so that two pages are a test."""
JITTER_MS, LOSS = 20, 0.01
APART_S = 3.0
SETTLE_S, CALM_S = 10.0, 5.0
"""How long pages have to settle at least, and how long they have to be settled."""
UNSETTLED_S = 90.0
"""Then they are measured as they are."""


@dataclass
class Run:
    """What the pages of one kind showed."""

    kind: str
    networks: list[Network]
    sights: list[Sight]
    settled: float
    span: Span
    offset: float
    frame_ms: float
    cpu: tuple[float, float]

    @property
    def heads(self) -> list[Floats]:
        """The playhead of each page at each instant."""
        return [playhead(sight.changes, self.span.instants()) for sight in self.sights]

    def figures(self) -> dict[str, Any]:
        """By name, times in ms."""
        at = self.span.instants()
        heads = self.heads
        skew = abs(skews(heads))
        glass = [at + self.offset - head for head in heads]
        still = [gap for sight in self.sights for gap in stalls(sight, self.span)]
        changes = [len(self.span.of(sight.changes)) for sight in self.sights]
        heard = [lips(sight, self.span) for sight in self.sights]
        return {
            "skew_p50_ms": percentile(skew, 50),
            "skew_p95_ms": percentile(skew, 95),
            "skew_max_ms": percentile(skew, 100),
            "apart_share": round(apart([shown(s.changes, at) for s in self.sights], self.frame_ms), 4),
            "glass_p50_ms": percentile(np.array(glass), 50),
            "glass_p95_ms": percentile(np.array(glass), 95),
            "glass_each_ms": [percentile(one, 50) for one in glass],
            "lips_p95_ms": percentile(abs(np.concatenate(heard)), 95),
            "lips_each_ms": [percentile(one, 50) for one in heard],
            "ticks": sum(len(one) for one in heard),
            "stalls": len(still),
            "stall_longest_ms": round(max(still, default=0.0)),
            "fps": round(sum(changes) / len(changes) / self.span.seconds, 1),
            "settled_s": round(self.settled),
            "late_turns": sum(len(self.span.of(sight.late)) for sight in self.sights),
            "browsers_cpu": self.cpu[0],
            "others_cpu": self.cpu[1],
        }

    def scenes(self) -> dict[str, Any]:
        """How far from its frame a scene appeared."""
        rows = np.concatenate([self.span.of(sight.scenes) for sight in self.sights])
        late = rows[:, 3] - rows[:, 2] / 1000
        return {
            "scene_skew_p50_ms": percentile(late, 50),
            "scene_skew_p95_ms": percentile(abs(late), 95),
            "scene_skew_p95_frames": round(percentile(abs(late), 95) / self.frame_ms, 2),
            "scenes": len(rows),
        }

    def said(self) -> dict[str, Any]:
        """What our pages say of themselves, and how far their delay is from what is seen."""
        playouts = [sight.extra.get("playout") or {} for sight in self.sights]
        known = [playout for playout in playouts if playout]
        targets = [self.span.of(sight.said)[:, 2] for sight in self.sights]
        return {
            "target_span_ms": round(float(np.ptp(np.concatenate(targets)))),
            "target_changes": max(int(np.count_nonzero(np.diff(one))) for one in targets),
            "target_delay_ms": max((round(one["target"]) for one in known), default=None),
            "need_slowest_ms": max((round(one["need"]) for one in known), default=None),
            "need_each_ms": [round(one["need"]) for one in known],
            "lanes": [one.get("lane") for one in known],
            "wall_off_ms": max(sight.extra["wall_off_ms"] for sight in self.sights),
            "clock_error_ms": [round(self._clock_error(sight), 1) for sight in self.sights],
        }

    def _clock_error(self, sight: Sight) -> float:
        """The page's estimate of show time minus the true one."""
        return float(sight.extra["offset"] - self.offset)


async def settle(pages: list[Watched], least: float) -> float:
    """Waits at least so many seconds, and until all pages are where they want to be for some time; how long that took."""
    began = calm = time.monotonic()
    while (now := time.monotonic()) < began + UNSETTLED_S:
        if not all([await page.settled() for page in pages]):
            calm = now
        if now - calm > CALM_S and now - began > least:
            break
        await asyncio.sleep(0.5)
    return now - began


async def measure(
    kind: str, opened: Callable[[Network], Any], offset: float, options: argparse.Namespace
) -> Run:
    """Let the pages come one after another, settle, and be watched."""
    networks = [Network.of(delay, min(JITTER_MS, delay), LOSS) for delay in DELAYS[: options.pages]]
    async with AsyncExitStack() as stack:
        pages: list[Watched] = []
        for network in networks:
            pages.append(await stack.enter_async_context(opened(network)))
            print(f"{kind}: a page behind {network.down_ms:g} ms plays", flush=True)
            await asyncio.sleep(APART_S)
        waited = await settle(pages, options.settle)
        used, begin = Used.now(), time.time()
        await asyncio.sleep(options.seconds)
        span = Span(begin * 1000, time.time() * 1000)
        cpu = Used.now().since(used, span.seconds)
        sights = [await page.sight() for page in pages]
    frame = 1000 / float(options.picture.partition("@")[2])
    run = Run(kind, networks, sights, waited, span, offset, frame, cpu)
    print(kind, run.figures(), flush=True)
    return run


def arguments() -> argparse.Namespace:
    """What follows the bench's name."""
    parser = argparse.ArgumentParser(prog="make bench NAME=sync")
    parser.add_argument("--pages", type=int, default=4, choices=range(2, 5))
    parser.add_argument("--seconds", type=float, default=40)
    parser.add_argument("--settle", type=float, default=SETTLE_S)
    parser.add_argument("--only", choices=("ours", "peer"))
    parser.add_argument("--picture", default="test:320x180@15")
    parser.add_argument("--report", type=Path, help="an HTML page with the playheads drawn")
    return parser.parse_args(sys.argv[1:])


async def main() -> dict[str, Any]:
    """About two and a half minutes."""
    options = arguments()
    runs: dict[str, Run] = {}
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="oncue-sync-")))
        chromium = (await stack.enter_async_context(async_playwright())).chromium
        show = await stack.enter_async_context(on_air(folder / "node", options.picture))
        address = stack.enter_context(peer_page(folder / "peer")) if options.only != "ours" else ""
        hall = Hall(show, chromium, await stack.enter_async_context(Lab()), address)
        if options.only != "peer":
            async with turning(show):
                runs["ours"] = await measure("ours", lambda way: ours(hall, way), show.offset, options)
        if options.only != "ours":
            runs["peer"] = await measure("peer", lambda way: peer(hall, way), show.offset, options)
    if options.report:
        write_report(options.report, list(runs.values()))
    return figures(runs, options.picture)


def figures(runs: dict[str, Run], picture: str) -> dict[str, Any]:
    """Ours as they are, the peer's with `peer_` before them."""
    told: dict[str, Any] = {"picture": picture}
    if "ours" in runs:
        told |= runs["ours"].figures() | runs["ours"].scenes() | runs["ours"].said()
    if "peer" in runs:
        told |= {f"peer_{name}": value for name, value in runs["peer"].figures().items()}
    if len(runs) == 2:
        told["times_better"] = round(told["peer_skew_p95_ms"] / max(told["skew_p95_ms"], 0.1), 1)
    return {
        name: None if isinstance(value, float) and math.isnan(value) else value
        for name, value in told.items()
    }
