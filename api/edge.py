"""The api role: the pages, the host API and the links on one port."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable, Iterator

import msgspec
import uvicorn

from oncue.engine.live import Bus, Intake, RelayCard
from oncue.engine.live.bus import Gone
from oncue.engine.live.store import Store
from oncue.formats.registry import format_named

from .app import Services, create_app
from .auth import Tokens, signing_secret
from .programme import CARD_TTL_S
from .rooms import Rooms
from .settings import Settings
from .socket import Front, link_protocol

LOOK_S = 1.0


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """The process has handlers of its own."""
        yield


class Edge:
    """What faces the world on this node."""

    def __init__(self, bus: Bus, settings: Settings, *, now: Callable[[], int], node: str) -> None:
        self._bus = bus
        self._settings = settings
        self._intake = Intake(bus, node=node)
        tokens = Tokens(signing_secret(settings), settings=settings, now=now)
        self._rooms = Rooms(bus, self._intake, formats=format_named, verify=tokens.verify, now=now)
        self._store = Store(settings.database)
        self._relay: RelayCard | None = None
        services = Services(
            settings=settings, bus=bus, intake=self._intake, store=self._store, tokens=tokens, now=now,
            relay=lambda: self._relay, rooms=self._rooms,
        )  # fmt: skip
        origins = (settings.public_url.rstrip("/"),) if settings.public_url else ()
        front = Front(self._rooms, origins=origins, proxies=settings.proxies)
        self._server = _Server(
            uvicorn.Config(
                create_app(services), ws=link_protocol(front), loop="uvloop", http="httptools", lifespan="on", log_config=None,
                access_log=False, server_header=False, proxy_headers=False, backlog=4096, timeout_graceful_shutdown=5,
            )
        )  # fmt: skip

    async def run(self, listener: socket.socket, ready: Callable[[], None]) -> None:
        """Until `stop`, or cancelled."""
        await self._store.open()
        self._rooms.start()
        watching = asyncio.create_task(self._watch_relays())
        serving = asyncio.create_task(self._server.serve(sockets=[listener]))
        try:
            while not self._server.started and not serving.done():
                await asyncio.sleep(0.005)
            ready()
            await serving
        finally:
            watching.cancel()
            self._server.should_exit = True
            await self._rooms.close()
            await self._intake.close()
            await self._store.close()

    async def stop(self) -> None:
        """Give the receipts that are due, send everybody off to another node, and end."""
        await self._rooms.drain()
        self._server.should_exit = True

    async def _watch_relays(self) -> None:
        """Keep a relay to send viewers to: the newest card of those that are still there."""
        shelf = await self._bus.shelf("relays", ttl=CARD_TTL_S)
        while True:
            with contextlib.suppress(*Gone):
                keys = await shelf.keys()
                cards = [await shelf.get(key) for key in keys]
                newest = max(cards, key=lambda card: card.revision or 0)
                self._relay = msgspec.json.decode(newest.value or b"", type=RelayCard)
            await asyncio.sleep(LOOK_S)
