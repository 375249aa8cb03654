"""The show that `bench/sync.py` measures: a whole node, a test picture, and a host who turns pages."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import urlsplit

import httpx

from oncue.api.bots.line import Line
from oncue.api.serve import Node, node
from oncue.api.settings import Settings

FLASH = Path(__file__).with_name("_flash.py")
PAUSE_S = (2.0, 3.0)
"""Between two pages, so that they fall on all phases of a frame."""
PINGS_S = 1.5


@dataclass
class Show:
    """A show on the air. `offset`: show time minus this process' wall clock, ms."""

    node: Node
    http: httpx.AsyncClient
    id: str
    code: str
    token: str
    offset: float

    async def join(self) -> dict[str, Any]:
        """What a new viewer gets."""
        return (await self.http.post("/api/join", json={"code": self.code})).raise_for_status().json()

    async def doors(self) -> list[int]:
        """The UDP ports that pages connect to."""
        joined = await self.join()
        urls = [door["url"] for door in (joined["relay"], joined.get("clock")) if door]
        return [port for url in urls if (port := urlsplit(url).port)]

    async def turn_pages(self) -> None:
        """One after another, for ever."""
        random = Random(1)
        headers = {"Authorization": f"Bearer {self.token}"}
        while True:
            path = f"/api/shows/{self.id}/segments/s1/actions"
            (await self.http.post(path, json={"type": "turn"}, headers=headers)).raise_for_status()
            await asyncio.sleep(random.uniform(*PAUSE_S))


@asynccontextmanager
async def on_air(folder: Path, picture: str) -> AsyncIterator[Show]:
    """A node of its own with a show whose one segment is live and whose picture plays."""
    settings = Settings(port=0, relay_port=0, data=str(folder), log="warning", formats=f"flash={FLASH}:Flash")
    async with node(settings) as running, httpx.AsyncClient(base_url=running.url, trust_env=False) as http:
        key = {"Authorization": f"Bearer {running.key}"}
        body = {"title": "In step", "picture": picture, "rundown": [{"format": "flash"}]}
        made = (await http.post("/api/shows", json=body, headers=key)).raise_for_status().json()
        host = {"Authorization": f"Bearer {made['token']}"}
        path = f"/api/shows/{made['id']}/segments/s1/start"
        (await http.post(path, headers=host)).raise_for_status()
        while not (here := (await http.get("/api/session", headers=host)).json())["relay"]:
            await asyncio.sleep(0.1)
        offset = await show_minus_wall(here["link"], made["token"])
        yield Show(running, http, made["id"], made["code"], made["token"], offset)


@asynccontextmanager
async def turning(show: Show) -> AsyncIterator[None]:
    """The host turns pages for as long as the block lasts."""
    async with asyncio.TaskGroup() as tasks:
        host = tasks.create_task(show.turn_pages())
        yield
        host.cancel()


async def show_minus_wall(link: str, token: str) -> float:
    """Show time minus this process' wall clock (ms), by pings over loopback: the best of them is exact to some 0.1 ms."""
    line = Line(link, token, Random(1), heard=lambda _: None, settled=lambda _: None)
    task = asyncio.create_task(line.run())
    try:
        await line.welcome.wait()
        await asyncio.sleep(PINGS_S)
        return (line.clock.offset / 1e6 - (time.time() - time.monotonic())) * 1000
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
