"""The audience of `bench/fanout.py`, as a process that takes orders, a JSON line each, and answers with one.

{"do": "join", "doors": [[url, fingerprint], …], "name"}  one more viewer at each of these; all of them get the picture
{"do": "watch", "seconds"}                                how late the frames were that its viewers looked at (ms), and how many are here
{"do": "leave"}                                           all go

With the word `look` each viewer looks at every frame; without it the frames come into the process, and Python does not see them.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from typing import Any

import moq

from oncue.engine.live import ShowClock

CACHE = 1 << 20
PICTURE = moq.Subscription(priority=60, max_age_us=2_000_000)
TOGETHER = 10


class Viewer:
    """One session with one subscription."""

    def __init__(self, url: str, fingerprint: str, name: str, late: list[float] | None) -> None:
        self._name = name
        self._late = late
        self._client = moq.connect(
            url, tls_fingerprints=[fingerprint], reconnect=False, websocket_enabled=False,
            publish=moq.OriginProducer(), subscribe=moq.OriginProducer(cache_capacity_bytes=CACHE),
        )  # fmt: skip
        self._now = ShowClock().now
        self.begun = asyncio.Event()

    async def run(self) -> None:
        """Watch until cancelled."""
        async with self._client as client:
            broadcast = await client.announced_broadcast(self._name)
            catalog = await broadcast.catalog()
            [(name, _)] = catalog.video.items()
            async with await broadcast.subscribe_track(name, PICTURE) as track:
                async for group in track:
                    self.begun.set()
                    if self._late is not None:
                        await self._look(group)

    async def _look(self, group: moq.GroupConsumer) -> None:
        assert self._late is not None
        with contextlib.suppress(moq.Error):
            async for frame in group:
                self._late.append((self._now() - frame.timestamp_us) / 1000)


class House:
    """All viewers of this process."""

    def __init__(self, look: bool) -> None:
        self.late: list[float] = []
        self._look = look
        self._tasks: list[asyncio.Task[None]] = []

    async def join(self, doors: list[list[str]], name: str) -> None:
        """More of them, until each has a picture."""
        for first in range(0, len(doors), TOGETHER):
            late = self.late if self._look else None
            fresh = [Viewer(url, mark, name, late) for url, mark in doors[first : first + TOGETHER]]
            self._tasks += [asyncio.create_task(viewer.run()) for viewer in fresh]
            async with asyncio.timeout(60):
                await asyncio.gather(*(viewer.begun.wait() for viewer in fresh))

    async def leave(self) -> None:
        """All go."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()

    async def obey(self, order: dict[str, Any]) -> dict[str, Any]:
        """One order."""
        do = order.pop("do")
        if do == "join":
            await self.join(**order)
        elif do == "leave":
            await self.leave()
        else:
            self.late.clear()
            await asyncio.sleep(order["seconds"])
        lost = sum(task.done() for task in self._tasks)
        return {"here": len(self._tasks) - lost, "late": sorted(self.late)}


async def main() -> None:
    """Until the orders end."""
    house = House("look" in sys.argv)
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        print(json.dumps(await house.obey(json.loads(line))), flush=True)


if __name__ == "__main__":
    asyncio.run(main())
