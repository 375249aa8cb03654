"""The api role: the pages, the host API and the links on one port."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable, Iterator

import uvicorn

from oncue.engine.live import Agreement, Bus, Intake, RelayCard, end
from oncue.engine.live.hooks import Hooks
from oncue.engine.live.store import Store
from oncue.formats.registry import format_named

from .app import Services, create_app
from .auth import Tokens
from .keys import signing_secret
from .relays import Relays
from .rooms import Rooms
from .settings import Settings
from .socket import Front, link_protocol
from .tcp import TcpDoor
from .webhooks.door import Door
from .webhooks.office import Office

LOOK_S = 1.0


class _Server(uvicorn.Server):
    """Says when it takes connections."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.taking = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Called by uvicorn."""
        await super().startup(sockets)
        self.taking.set()

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
        self._relays = Relays(now)
        self._agreement = Agreement(bus, now, node)
        services = Services(
            settings=settings, bus=bus, intake=self._intake, store=self._store, tokens=tokens, now=now,
            relay=self._relays.of, studio=self._node, rooms=self._rooms, agreement=self._agreement,
        )  # fmt: skip
        self._office = Office(
            bus, Hooks(self._store), Door(private=settings.webhook_private, now=now), now=now, node=node
        )
        origins = (settings.public_url.rstrip("/"),) if settings.public_url else ()
        self._tcp = TcpDoor(tokens, self._studio, now=now)
        front = Front(self._rooms, origins=origins, proxies=settings.proxies, tcp=self._tcp)
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
        await self._tcp.start(self._bus)
        watching = asyncio.create_task(self._relays.watch(self._bus))
        agreeing = asyncio.create_task(self._agreement.run())
        mailing = asyncio.create_task(self._office.run())
        serving = asyncio.create_task(self._server.serve(sockets=[listener]))
        try:
            taking = asyncio.create_task(self._server.taking.wait())
            await asyncio.wait([taking, serving], return_when=asyncio.FIRST_COMPLETED)
            if self._server.taking.is_set():
                ready()
            await serving
        finally:
            await end(watching)
            await end(agreeing)
            await end(mailing)
            self._server.should_exit = True
            await self._tcp.close()
            await self._rooms.close()
            await self._intake.close()
            await self._store.close()

    def _node(self) -> str | None:
        found = self._relays.studio()
        return found[0] if found else None

    async def stop(self) -> None:
        """Give the receipts that are due, send everybody off to another node, and end."""
        await self._rooms.drain()
        self._server.should_exit = True

    def _studio(self) -> RelayCard | None:
        found = self._relays.studio()
        return found[1] if found else None
