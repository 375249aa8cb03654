"""From the producer's click to the screens of the audience: `make bench NAME=stage`. About three minutes.

A whole node; a producer at the console, a guest with a camera that draws the time, and two viewers, each in a Chromium of their own. The
producer puts the guest on air and takes them off again, RUNS times, by the console's own button: first at the delay that the show finds by
itself, on this machine a very small one, then (`…_at_400`) at 400 ms, as audiences out there have it. What viewers see is read from the
pixels of their canvases in each animation frame (tests/watching.js).

promote_p50_ms, promote_p95_ms   from the click on "live" to the first frame of the guest on a viewer's canvas
demote_p50_ms, demote_p95_ms     from the click on "off" until the guest's tile is gone there
target_delay_ms                  D, the delay of all pictures, at the clicks; promote_over_d_p95_ms is what comes on top of it
sessions_reopened                sessions that the guest's page opened after its first one
black                            times that a tile stood there and its canvas had no frame in it
frozen, frozen_before            stalls of the viewers' programme (above 100 ms) for each promotion, in the STALL_S after a click, and in
                                 as long a time before it: what the machine does anyway
"""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import found
import numpy as np
from bench._sync_show import Show, on_air
from playwright.async_api import BrowserType, Page, async_playwright
from services import CHROMIUM_FLAGS
from watching import GONE, NONE, STILL_MS, Sight, sight, watch

PICTURE = "test:320x180@15"
CAMERA = Path(__file__).with_name("_stage_camera.js").read_text(encoding="utf-8")
RUNS = 10
WIDE_MS = 400
VIEWERS = 2
SETTLE_S = 20.0
ON_AIR_S = 2.5
OFF_AIR_S = 2.5
STALL_S = 2.0
SMALL, DESK = {"width": 360, "height": 560}, {"width": 1280, "height": 800}
CLICK = """(element) => { element.click(); return performance.timeOrigin + performance.now(); }"""


@dataclass
class Clicks:
    """When the producer pressed (wall, ms), by seat."""

    live: dict[str, float] = field(default_factory=dict)
    off: dict[str, float] = field(default_factory=dict)


@asynccontextmanager
async def page(
    chromium: BrowserType, url: str, size: dict[str, int], script: str = ""
) -> AsyncIterator[Page]:
    """Somebody with a browser of their own."""
    launched = await chromium.launch(executable_path=found.chromium(), args=list(CHROMIUM_FLAGS))
    try:
        context = await launched.new_context(
            viewport=size, color_scheme="dark", reduced_motion="reduce", permissions=["camera", "microphone"]
        )
        await watch(context)
        if script:
            await context.add_init_script(script)
        opened = await context.new_page()
        await opened.goto(url, timeout=60_000)
        yield opened
    finally:
        await launched.close()


async def plays(one: Page) -> None:
    """Wait until the picture moves."""
    await one.wait_for_function("() => window.watching.changes.length > 5", timeout=60_000)


async def comes_to_green(show: Show, host: Page, guest: Page) -> int:
    """The guest raises a hand, is invited, accepts, and passes the device check. Their viewer id."""
    await guest.get_by_test_id("join-name").fill("Grace")
    await guest.get_by_test_id("join-go").click()
    await host.get_by_test_id("hands").click()
    await guest.get_by_test_id("hand").click(timeout=30_000)
    await guest.get_by_test_id("topic").fill("Hello")
    await guest.get_by_test_id("raise").click()
    viewer = int(await guest.evaluate("() => window.oncue.store.session.viewer"))
    await host.get_by_test_id(f"hand-{viewer}").get_by_test_id("invite").click(timeout=30_000)
    await guest.get_by_test_id("accept").click(timeout=30_000)
    ready = guest.locator('[data-testid="ready"][data-passed="true"]')
    await ready.click(timeout=60_000)
    await guest.get_by_test_id("green").wait_for(timeout=30_000)
    return viewer


async def press(host: Page, viewer: int, state: str) -> float:
    """The guest's one button, which puts them on air and takes them off it. When it was pressed; returns once they are in this state."""
    strip = host.get_by_test_id(f"guest-{viewer}")
    button = strip.get_by_test_id("live")
    await button.wait_for()
    pressed: float = await button.evaluate(CLICK)
    await host.locator(f'[data-testid="guest-{viewer}"][data-state="{state}"]').wait_for(timeout=30_000)
    return pressed


async def perform(host: Page, viewer: int, begin: int) -> Clicks:
    """On air and off again, RUNS times; `begin` is the number of the first seat."""
    clicks = Clicks()
    for run in range(begin, begin + RUNS):
        clicks.live[f"g{run}"] = await press(host, viewer, "live")
        await asyncio.sleep(ON_AIR_S)
        clicks.off[f"g{run}"] = await press(host, viewer, "green")
        await asyncio.sleep(OFF_AIR_S)
        print(f"run {run} of {2 * RUNS}", flush=True)
    return clicks


def first(rows: np.ndarray, after: float, fits: np.ndarray) -> float:
    """ms from `after` to the first row (wall, …) that fits; NaN: none did."""
    walls = rows[fits & (rows[:, 0] >= after), 0]
    return float(walls[0] - after) if len(walls) else float("nan")


def stalls(seen: Sight, begin: float) -> int:
    """Stalls of the programme in the STALL_S from then on."""
    walls = seen.changes[:, 0]
    walls = walls[(walls >= begin) & (walls < begin + STALL_S * 1000)]
    return int((np.diff(walls) > STILL_MS).sum())


def reckon(sights: list[Sight], clicks: Clicks) -> dict[str, Any]:
    """The figures."""
    promoted, demoted, over, black, frozen, before = [], [], [], 0, 0, 0
    for seen in sights:
        for seat, pressed in clicks.live.items():
            rows = seen.seats.get(seat, np.empty((0, 2)))
            there = rows[:, 1] if len(rows) else np.empty(0)
            delay = float(np.interp(pressed, seen.said[:, 0], seen.said[:, 1]))
            promoted.append(first(rows, pressed, there >= 0))
            over.append(promoted[-1] - delay)
            demoted.append(first(rows, clicks.off[seat], there == GONE))
            black += int((there == NONE).sum())
            frozen += stalls(seen, pressed)
            before += stalls(seen, pressed - STALL_S * 1000)
    targets = [
        float(np.interp(at, seen.said[:, 0], seen.said[:, 2]))
        for seen in sights
        for at in clicks.live.values()
    ]
    count = len(sights) * len(clicks.live)

    def percentile(values: list[float], share: float) -> float:
        return round(float(np.nanpercentile(values, share)), 1)

    return {
        "promote_p50_ms": percentile(promoted, 50),
        "promote_p95_ms": percentile(promoted, 95),
        "promote_over_d_p50_ms": percentile(over, 50),
        "promote_over_d_p95_ms": percentile(over, 95),
        "demote_p50_ms": percentile(demoted, 50),
        "demote_p95_ms": percentile(demoted, 95),
        "target_delay_ms": percentile(targets, 50),
        "unseen": int(np.isnan(promoted).sum()),
        "black": black,
        "frozen": round(frozen / count, 2),
        "frozen_before": round(before / count, 2),
        "viewers": len(sights),
    }


async def main() -> dict[str, Any]:
    """All of it."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="oncue-bench-")))
        show = await stack.enter_async_context(on_air(folder, PICTURE))
        chromium = (await stack.enter_async_context(async_playwright())).chromium
        join = f"{show.node.url}/j/{show.code}"
        console = f"{show.node.url}/host/{show.id}#token={show.token}"
        host = await stack.enter_async_context(page(chromium, console, DESK))
        guest = await stack.enter_async_context(page(chromium, join, SMALL, CAMERA))
        viewers = [await stack.enter_async_context(page(chromium, join, SMALL)) for _ in range(VIEWERS)]
        for one in (guest, *viewers):
            await plays(one)
        viewer = await comes_to_green(show, host, guest)
        sessions = await guest.evaluate("() => window.opened")
        await asyncio.sleep(SETTLE_S)
        clicks = await perform(host, viewer, 1)
        await widen(show, viewers)
        wide = await perform(host, viewer, RUNS + 1)
        reopened = await guest.evaluate("() => window.opened") - sessions
        sights = [await sight(one) for one in viewers]
        at_400 = reckon(sights, wide)
        kept = {
            f"{name}_at_400": at_400[name]
            for name in at_400
            if name.startswith(("promote", "demote", "frozen"))
        }
        return (
            reckon(sights, clicks)
            | kept
            | {"sessions_reopened": reopened, "runs": RUNS, "cores": os.cpu_count()}
        )


async def widen(show: Show, viewers: list[Page]) -> None:
    """Another delay for all, and time to get there."""
    path, host = f"/api/shows/{show.id}/actions", {"Authorization": f"Bearer {show.token}"}
    dial = {"type": "dial", "share": 0.95, "fixed": WIDE_MS * 1000}
    (await show.http.post(path, json=dial, headers=host)).raise_for_status()
    for one in viewers:
        there = f"() => Math.abs(window.oncue.playout.delay - {WIDE_MS}) < 5"
        await one.wait_for_function(there, timeout=60_000)
