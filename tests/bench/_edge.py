"""An edge process of `bench/intake.py`: `python _edge.py NATS_URL FIRST SEEDS`, one order a line on its input, one outcome a line on its
output. It puts entries into an `Intake` as links do, and keeps `outstanding` of them without a receipt: each receipt makes room for one
more."""

from __future__ import annotations

import asyncio
import gc
import json
import secrets
import sys
import time
from array import array
from typing import Any

import msgspec
import uvloop

from oncue.engine.house import Join
from oncue.engine.live import Bus, Intake, ShowClock, subject
from oncue.engine.live.messages import read_news
from oncue.engine.log import NONCE, Entry
from oncue.engine.structs import Role

SHOW, SEGMENT = "benchinta2", "s1"
CHUNK = 64
"""Entries that are put at once, as a loop's turn over many links does."""
AUDIENCE = int(Role.AUDIENCE)


class Edge:
    """Viewers of this process, who act in turn."""

    def __init__(self, bus: Bus, first: int, viewers: int) -> None:
        self.intake = Intake(bus, node=secrets.token_hex(6))
        self.now = ShowClock().now
        self.viewers = range(first, first + viewers)
        self.counts = array("q", [NONCE]) * viewers
        self.turn = 0
        self.put = self.got = 0
        self.sent_at: list[tuple[int, float]] = []
        self.times = array("d")
        # As links have it: the action stays encoded as it came.
        self.votes = [msgspec.Raw(msgspec.msgpack.encode({"type": "vote", "choice": n})) for n in range(4)]
        self.room = asyncio.Event()

    def heard(self, _: str, data: bytes) -> None:
        """News of the show's owner, as a node's room hears them."""
        self.intake.behind(SHOW, read_news(data).lag)

    def entry(self, action: Any) -> Entry[Any]:
        """The next viewer's action."""
        i = self.turn
        self.turn = (i + 1) % len(self.viewers)
        self.counts[i] += 1
        at = self.now()
        return Entry(self.viewers[i], self.counts[i], AUDIENCE, at, at - 500_000, 500_000, 20_000, action)

    async def join(self) -> None:
        """All of them."""
        for viewer in self.viewers:
            self.intake.put(SHOW, "", self.entry(Join(f"Viewer {viewer}")), self.joined)
            if viewer % 1000 == 0:
                await asyncio.sleep(0)
        await self.intake.drain()

    def joined(self, seq: int) -> None:
        """A receipt for having joined."""

    async def run(self, seconds: float, outstanding: int) -> dict[str, Any]:
        """Actions for so long; how many got receipts, and how long these took."""
        put, clock, votes = self.intake.put, time.perf_counter, self.votes
        self.times = times = array("d")
        got = 0

        def done(begun: float) -> Any:
            def receipt(seq: int) -> None:
                nonlocal got
                got += 1
                times.append(clock() - begun)
                self.room.set()

            return receipt

        began, sent = clock(), 0
        while (now := clock()) - began < seconds:
            if sent - got > outstanding - CHUNK:
                self.room.clear()
                await self.room.wait()
                continue
            receipt = done(now)
            for i in range(CHUNK):
                put(SHOW, SEGMENT, self.entry(votes[i & 3]), receipt)
            sent += CHUNK
            await asyncio.sleep(0)
        await self.intake.drain()
        ordered = sorted(times)
        return {
            "put": sent,
            "got": got,
            "seconds": clock() - began,
            "p50_ms": round(ordered[len(ordered) // 2] * 1e3, 2),
            "times": [round(one * 1e3, 2) for one in ordered[:: max(len(ordered) // 1000, 1)]],
        }


async def main(nats: str, first: int, viewers: int) -> None:
    """Orders until the input ends."""
    bus = await Bus.connect(nats)
    edge = Edge(bus, first, viewers)
    await bus.subscribe(subject(SHOW, "news"), edge.heard)
    await edge.join()
    gc.freeze()
    print(json.dumps({"joined": viewers}), flush=True)
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        print(json.dumps(await edge.run(**json.loads(line))), flush=True)
    await bus.close()


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
