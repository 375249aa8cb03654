"""How wrong a viewer's show time is: `make bench NAME=clock`.

A real node, and clients on networks of all kinds (oncue.api.lab, a process of its own): the link and the clock of simulated viewers
(Python), and on one network the real page in Chromium (TypeScript). All runs on one host, so the truth is known: the node's show time
and the bench's come from the same timer.

error_p95_ms, error_max_ms   by network, from SETTLING seconds after the welcome on, of all clients together; half of the ways' asymmetry
                             is in it, which no clock can know (`asymmetry_ms`)
best_round_trip_p95_ms       what the same exchanges give when the one with the shortest round trip of the last 16 counts
uncertainty_ms               what the clients say that they may be wrong by, at the most; never less than the error (`broken` counts
                             when it was)
good_after_s                 from the welcome until the error stays below GOOD_MS (and half the asymmetry), the slowest client's
pings_per_s                  of a client, in all; of the page it is not known, nor what the best round trip would give
late_p99_ms                  how much later than asked the bench's own timers came: above some 5 the machine was too busy

ARGS="--seconds 120 --clients 2 --no-page".
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from collections import deque
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from random import Random
from time import monotonic
from typing import Any

import found
from playwright.async_api import Page, async_playwright
from services import CHROMIUM_FLAGS

from oncue.api.bots.clock import Clock
from oncue.api.bots.line import Line
from oncue.api.bots.venue import Venue
from oncue.api.lab import Lab, Path
from oncue.api.serve import Node, node
from oncue.api.settings import Settings
from oncue.engine.live import ShowClock

NETWORKS: dict[str, Path] = {
    "straight": Path(),
    "20+-5ms": Path.of(20, 5),
    "40+-20ms": Path.of(40, 20),
    "120+-40ms": Path.of(120, 40),
    "60 up 20 down +-5ms": Path(60, 20, 5),
    "30+-5ms, 2% lost": Path.of(30, 5, loss=0.02),
    "30+-5ms, 10% lost": Path.of(30, 5, loss=0.1),
}
PAGE = "40+-20ms"
SETTLING = 3.0
GOOD_MS = 5.0
LOOK_S = 0.05
AT_ONCE = 300
"""A look that takes longer (µs) was interrupted, and says nothing."""
OLD_WAY = 16
SHOW = {
    "title": "Clocks",
    "rundown": [{"format": "poll", "settings": {"question": "?", "options": ["a", "b"]}}],
}
SAMPLER = """() => { window.looks = []; setInterval(() => {
    const { clock } = window.oncue.store;
    window.looks.push([performance.now() * 1000, clock.now() - performance.now() * 1000, clock.error]);
}, 50); }"""


@dataclass
class Client:
    """What a client said: seconds since its welcome, error of its show time (µs), and how wrong it said it may be (µs)."""

    looks: list[tuple[float, float, int]] = field(default_factory=list)
    old: list[float] = field(default_factory=list)
    pings: int = 0

    def errors(self) -> list[float]:
        return [abs(off) for at, off, _ in self.looks if at > SETTLING]

    def good_after(self, bound: float) -> float:
        return max((at for at, off, _ in self.looks if abs(off) > bound), default=0.0)


class Compared(Clock):
    """The clock, and what the best of the last few exchanges would say."""

    def __init__(self) -> None:
        super().__init__()
        self.exchanges: deque[tuple[float, float]] = deque(maxlen=OLD_WAY)
        self.pings = 0

    def add(self, t0: float, t1: int, t2: int, t3: float, *, datagram: bool = False) -> None:
        """One exchange."""
        super().add(t0, t1, t2, t3, datagram=datagram)
        self.pings += 1
        self.exchanges.append((t3 - t0 - (t2 - t1), (t1 - t0 + (t2 - t3)) / 2))

    @property
    def old(self) -> float:
        """Show time minus own time, the old way."""
        return min(self.exchanges)[1]


async def follow(line: Line, clock: Compared, seconds: float, late: list[float]) -> Client:
    """Look at a client's clock again and again."""
    truth, client = ShowClock(), Client()
    await line.welcome.wait()
    began = monotonic()
    while monotonic() - began < seconds:
        due = monotonic() + LOOK_S
        await asyncio.sleep(LOOK_S)
        late.append(monotonic() - due)
        if not clock.pings:
            continue
        before = truth.now()
        shown, old = clock.now(), clock.local() + clock.old
        after = truth.now()
        if after - before > AT_ONCE:
            continue
        client.looks.append((monotonic() - began, shown - after, clock.error))
        if monotonic() - began > SETTLING:
            client.old.append(abs(old - after))
    client.pings = clock.pings
    return client


async def simulated(place: Venue, link: str, seconds: float, late: list[float], seed: int) -> Client:
    """A simulated viewer by this link."""
    joined = await place.join()
    line = Line(link, joined.token, Random(seed), heard=lambda _: None, settled=lambda _: None)
    line.clock = clock = Compared()
    running = asyncio.create_task(line.run())
    try:
        return await follow(line, clock, seconds, late)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def real_page(url: str, seconds: float) -> Client:
    """The page in Chromium."""
    path = found.chromium()
    assert path, "no Chromium found"
    async with async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=path, args=list(CHROMIUM_FLAGS))
        page = await browser.new_page()
        await page.goto(url)
        await page.wait_for_function("() => window.oncue?.clock.error > 0", timeout=60_000)
        began = float(await page.evaluate("() => performance.now() * 1000"))
        await page.evaluate(SAMPLER)
        await asyncio.sleep(seconds)
        looks = await page.evaluate("() => window.looks")
        ahead = await ahead_of(page)
        await browser.close()
    return Client([((at - began) / 1e6, offset - ahead, error) for at, offset, error in looks])


async def ahead_of(page: Page) -> float:
    """Show time minus the page's own time (µs): calls into the page bound it as pings bound a clock."""
    truth, up, down = ShowClock(), float("inf"), float("-inf")
    for _ in range(100):
        before = truth.now()
        own = float(await page.evaluate("() => performance.now() * 1000"))
        up, down = min(up, truth.now() - own), max(down, before - own)
    return (up + down) / 2


@asynccontextmanager
async def on_air() -> AsyncIterator[tuple[Node, Venue]]:
    """A node with a show."""
    async with AsyncExitStack() as stack:
        data = stack.enter_context(tempfile.TemporaryDirectory(prefix="oncue-bench-"))
        running = await stack.enter_async_context(
            node(Settings(port=0, relay_port=0, data=f"{data}/oncue", log="error"))
        )
        place = await stack.enter_async_context(Venue(running.url, running.key))
        await place.make(SHOW)
        yield running, place


def figures(clients: dict[str, list[Client]], late: list[float]) -> dict[str, Any]:
    """By network."""

    def p95(values: list[float], share: float = 0.95) -> float | None:
        ordered = sorted(values)
        return round(ordered[int(share * len(ordered))] / 1000, 2) if ordered else None

    def of(name: str) -> dict[str, Any]:
        mine = clients[name]
        path = NETWORKS[name.removesuffix(", page")]
        asymmetry = abs(path.up_ms - path.down_ms) / 2
        errors = [error for client in mine for error in client.errors()]
        said = [look for client in mine for look in client.looks if look[0] > SETTLING]
        return {
            "error_p95_ms": p95(errors),
            "error_max_ms": round(max(errors) / 1000, 2),
            "asymmetry_ms": asymmetry,
            "best_round_trip_p95_ms": p95([error for client in mine for error in client.old]),
            "uncertainty_ms": round(max(error for _, _, error in said) / 1000, 1),
            "broken": sum(abs(off) > error + 500 for _, off, error in said),
            "good_after_s": round(max(c.good_after((asymmetry + GOOD_MS) * 1000) for c in mine), 1),
            "pings_per_s": round(sum(c.pings for c in mine) / sum(c.looks[-1][0] for c in mine), 2) or None,
        }

    tables = {name: of(name) for name in clients}
    for name, table in tables.items():
        print(f"{name:22}", table, flush=True)
    columns = next(iter(tables.values()))
    by_figure = {column: {name: table[column] for name, table in tables.items()} for column in columns}
    return by_figure | {"late_p99_ms": p95([one * 1e6 for one in late], 0.99)}


async def main() -> dict[str, Any]:
    """All networks at once."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=40)
    parser.add_argument("--clients", type=int, default=3)
    parser.add_argument("--no-page", action="store_true")
    given = parser.parse_args(sys.argv[1:])
    late: list[float] = []
    async with on_air() as (running, place), Lab() as lab:
        here = ("127.0.0.1", running.settings.port)
        assert place.show
        link = (await place.join()).link
        work: list[tuple[str, Any]] = []
        for name, path in NETWORKS.items():
            for seed in range(given.clients):
                phone = await lab.viewer(path, tcp=[here])
                work.append((name, simulated(place, phone.over(link), given.seconds, late, seed)))
        if not given.no_page:
            phone = await lab.viewer(NETWORKS[PAGE], tcp=[here])
            work.append((f"{PAGE}, page", real_page(phone.over(place.show.join_url), given.seconds)))
        done = await asyncio.gather(*(doing for _, doing in work))
    clients: dict[str, list[Client]] = {}
    for (name, _), client in zip(work, done, strict=True):
        clients.setdefault(name, []).append(client)
    return figures(clients, late)
