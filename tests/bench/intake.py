"""Durable actions for one show from four edge processes: `make bench NAME=intake`, with ARGS="--minutes 10".

Four edges, each with an `Intake` on a connection of its own, put votes of VIEWERS viewers into one show's log, as links do once they have
read and checked what came: what a WebSocket costs is in `bench/link.py`. Each edge has up to OUTSTANDING votes without a receipt, and
puts more as receipts come. nats-server flushes each batch to its disk before it acknowledges (`sync_interval: always`), and the receipt
comes after that. Meanwhile the owner, a process of its own, folds the same show, publishes its scenes and keeps snapshots. All of it shares
this machine's cores.

actions_per_s   receipts a second, over all the time; after each ten seconds the edges wait until the owner has folded all of it, at most
                `behind_s`, which is part of that time
receipt_p99_ms  from `put` to the receipt
rss_growth_mb   growth of the memory of edges, owner and nats-server together, from after the first tenth (at least ten seconds) to the end;
                viewers vote again and again, so nothing of it is to grow
lost, doubled   receipts for what is not in the log, and entries that are there twice; `uncounted` were not counted by the owner
cpu_us          of each kind of process, for each action
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import signal
import sys
import tempfile
import time
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import msgspec
import psutil
from bench._edge import SEGMENT, SHOW
from bench._evening import FORMATS

from oncue.engine.errors import Unavailable
from oncue.engine.house import Open, Start
from oncue.engine.live import Ask, Bus, Intake, NatsServer, ShowCard, ShowClock, put_card, read_log, subject
from oncue.engine.live.messages import encode, read_answer
from oncue.engine.log import Entry, decode_batch
from oncue.engine.segment import SegmentSpec
from oncue.engine.snapshot import load
from oncue.engine.structs import Role
from oncue.formats import poll

HERE = Path(__file__).parent
EDGES = 4
VIEWERS = 20_000
OUTSTANDING = 2000
"""Votes of an edge without a receipt."""
SLICE_S = 10.0
POLL = SegmentSpec(
    SEGMENT, "poll", "Poll", {"question": "Which?", "options": ["a", "b", "c", "d"], "show": "live"}
)


class Child:
    """A process of the bench, which takes orders and answers."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.pid = process.pid

    async def says(self) -> Any:
        """The next line of it."""
        assert self.process.stdout
        return (await self.process.stdout.readline()).decode().strip()

    async def order(self, **what: Any) -> Any:
        """Have it do something; the outcome."""
        assert self.process.stdin
        self.process.stdin.write(json.dumps(what).encode() + b"\n")
        return json.loads(await self.says())

    async def stop(self) -> None:
        """End it in good order."""
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGTERM)
        await self.process.wait()


async def child(script: str, *words: Any) -> Child:
    """Start one."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(HERE / script), *map(str, words),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=1 << 20,
    )  # fmt: skip
    return Child(process)


async def open_show(bus: Bus) -> None:
    """A show whose poll is open."""
    intake, at = Intake(bus, node="bench"), ShowClock().now()
    acts = [("", Open("Bench", "BENCHX", "seed", (POLL,)), Role.SYSTEM), ("", Start(SEGMENT), Role.HOST)]
    acts.append((SEGMENT, poll.Open(), Role.HOST))
    for number, (segment, act, role) in enumerate(acts, 1):
        await intake.record(SHOW, segment, Entry(1, number, int(role), at, 0, 0, 0, act))
    await put_card(bus, ShowCard(SHOW, "BENCHX", "Bench"))


class Costs:
    """Memory and CPU of processes by kind."""

    def __init__(self, kinds: dict[str, list[int]]) -> None:
        self.kinds = {kind: [psutil.Process(pid) for pid in pids] for kind, pids in kinds.items()}

    def rss(self) -> dict[str, float]:
        """MB."""
        return {kind: sum(one.memory_info().rss for one in of) / 1e6 for kind, of in self.kinds.items()}

    def cpu(self) -> dict[str, float]:
        """Seconds."""
        return {kind: sum(sum(one.cpu_times()[:2]) for one in of) for kind, of in self.kinds.items()}


async def load_it(bus: Bus, edges: list[Child], costs: Costs, minutes: float) -> dict[str, Any]:
    """Votes for so long, slice by slice; a slice is over when the owner has folded all of it."""
    slices = max(round(minutes * 60 / SLICE_S), 2)
    warm = max(slices // 10, 1)
    receipts, times, behind = 0, [], []
    first = rss = costs.rss()
    before, began = costs.cpu(), time.perf_counter()
    for number in range(1, slices + 1):
        done = await asyncio.gather(*(edge.order(seconds=SLICE_S, outstanding=OUTSTANDING) for edge in edges))
        assert all(one["put"] == one["got"] for one in done)
        got, at = sum(one["got"] for one in done), time.perf_counter()
        await folded(bus)
        behind.append(time.perf_counter() - at)
        receipts += got
        times += [one for of in done for one in of["times"]]
        rss = costs.rss()
        first = rss if number == warm else first
        taken = time.perf_counter() - began
        shown = ", ".join(f"{kind} {mb:.0f}" for kind, mb in rss.items())
        print(f"{taken:5.0f} s: {receipts / taken:9,.0f} actions/s; MB: {shown}", flush=True)
    cpu = costs.cpu()
    times.sort()
    return {
        "actions_per_s": round(receipts / taken),
        "receipt_p50_ms": times[len(times) // 2],
        "receipt_p99_ms": times[len(times) * 99 // 100],
        "rss_growth_mb": round(sum(rss.values()) - sum(first.values()), 1),
        "rss_growth_by": {kind: round(rss[kind] - first[kind], 1) for kind in rss},
        "cpu_us": {kind: round((cpu[kind] - before[kind]) / receipts * 1e6, 2) for kind in cpu},
        "behind_s": round(max(behind), 2),
        "receipts": receipts,
        "seconds": round(taken, 1),
    }


async def folded(bus: Bus) -> None:
    """Return when the owner has folded all of the log."""
    last = await bus.last(subject(SHOW, "log"))
    while True:
        with contextlib.suppress(Unavailable):
            if read_answer(await bus.request(subject(SHOW, "ask"), encode(Ask([])), timeout=5)).seq >= last:
                return
        await asyncio.sleep(0.02)


async def checked(bus: Bus, receipts: int) -> dict[str, int]:
    """The log against the receipts, and against what the owner has counted."""
    votes = doubled = skipped = entries = 0
    last: dict[int, int] = {}
    decode = msgspec.msgpack.Decoder(list[Entry[msgspec.Raw]]).decode
    async for _, data in read_log(bus, SHOW):
        for part in decode_batch(data).parts:
            some = decode(part.entries)
            entries += len(some)
            votes += len(some) if part.segment else 0
            for entry in some:
                if not entry.role & Role.AUDIENCE:
                    continue
                # A viewer's numbers come one after the other.
                number = last.get(entry.viewer, entry.number - 1)
                doubled += entry.number <= number
                skipped += entry.number > number + 1
                last[entry.viewer] = entry.number
    data = await bus.kept(SHOW)
    assert data
    show = load(data, FORMATS.__getitem__)
    return {
        "lost": receipts - (votes - doubled - 1) + skipped,  # the host has opened the vote
        "doubled": doubled,
        "uncounted": entries - show.counted,
    }


async def main() -> dict[str, Any]:
    """Ten minutes, or as many as are asked for."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=float, default=10)
    minutes = parser.parse_args().minutes
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="oncue-bench-")))
        server = NatsServer(folder)
        await server.start()
        stack.push_async_callback(server.stop)
        bus = await Bus.connect(server.url)
        stack.push_async_callback(bus.close)
        await open_show(bus)
        owner = await child("_owner.py", server.url)
        stack.push_async_callback(owner.stop)
        assert await owner.says() == "ready"
        each = VIEWERS // EDGES
        edges = [await child("_edge.py", server.url, 1000 + i * each, each) for i in range(EDGES)]
        for edge in edges:
            stack.push_async_callback(edge.stop)
        for edge in edges:
            assert json.loads(await edge.says())["joined"] == each
        await folded(bus)
        costs = Costs({"edges": [edge.pid for edge in edges], "owner": [owner.pid], "nats": [server.pid]})
        figures = await load_it(bus, edges, costs, minutes)
        await owner.stop()
        return figures | await checked(bus, figures["receipts"])
