"""A whole node with one command: a nats-server if none is given, and the roles as processes, started again when they die."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import secrets
import socket
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from typing import IO, Any
from urllib.parse import urlsplit

import msgspec
import structlog

from oncue.engine.errors import BadInput, Conflict
from oncue.engine.live import NatsServer

from .keys import api_key, signing_secret
from .settings import Settings, variable
from .supervise import Child

log = structlog.get_logger()

ALL = ("api", "media", "engine")
"""The slowest to start comes first."""
SPARE = ("engine",)
"""Of these another process waits: nobody is to notice when one dies."""


class Node(msgspec.Struct, frozen=True):
    """A running node: where its pages are, the key of its host API, its processes, and its nats-server unless that is another's."""

    settings: Settings
    url: str
    key: str
    children: tuple[Child, ...]
    nats: NatsServer | None

    @property
    def pids(self) -> dict[str, int]:
        """The processes by role, as they are now."""
        return {child.name: child.pid for child in self.children}


def listen(settings: Settings) -> socket.socket:
    """The socket of the pages. Raises `Conflict` (`serve/port-taken`)."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
    except OSError as error:
        listener.close()
        hint = f"set {variable('port')} to a free port, or to 0"
        raise Conflict(
            f"cannot listen on {settings.host}:{settings.port}: {error}", code="serve/port-taken", hint=hint
        ) from error
    listener.listen(4096)
    listener.set_inheritable(True)
    return listener


def hold(settings: Settings) -> IO[str]:
    """Keep the data folder to ourselves. Raises `Conflict` (`serve/data-taken`)."""
    settings.folder.mkdir(parents=True, exist_ok=True)
    lock = (settings.folder / "lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        lock.close()
        hint = f"stop the other one, or set {variable('data')} to another folder"
        raise Conflict(
            f"another oncue works in {settings.folder}", code="serve/data-taken", hint=hint
        ) from error
    return lock


@asynccontextmanager
async def node(settings: Settings, roles: Collection[str] = ALL) -> AsyncIterator[Node]:
    """A node for as long as the block lasts, all of it ready. With some of the `roles` alone it is a part of one, whose others are
    elsewhere. Raises `BadInput`, `Conflict` or `Unavailable` with what to do."""
    _check(settings, roles)
    async with contextlib.AsyncExitStack() as stack:
        stack.enter_context(hold(settings))
        listener = stack.enter_context(listen(settings))
        signing_secret(settings)
        key = api_key(settings)
        server, own = None, not settings.nats_url
        settings = msgspec.structs.replace(
            settings,
            port=listener.getsockname()[1],
            nats_url=settings.nats_url or f"nats://127.0.0.1:{_free_port()}",
        )
        children = _children(settings, roles, listener.fileno())
        tasks = [asyncio.create_task(child.run()) for child in children]
        stack.push_async_callback(_end, tasks)
        if own:  # while the roles import what they need
            await asyncio.sleep(0)
            server = await stack.enter_async_context(_nats(settings))
            stack.push_async_callback(_end, tasks)  # they end before their NATS does
        await _ready(children, tasks)
        yield Node(settings, settings.base_url, key, tuple(children), server)


def _check(settings: Settings, roles: Collection[str]) -> None:
    strange = set(roles) - set(ALL)
    if strange:
        hint = f"one of {', '.join(ALL)}"
        raise BadInput(f"there is no role {min(strange)!r}", code="serve/role", hint=hint)
    if set(roles) != set(ALL) and not settings.nats_url:
        hint = "set NATS_URL to where the other roles meet, and ONCUE_SECRET to the same for all"
        raise BadInput("some roles alone need a NATS that all share", code="serve/no-nats", hint=hint)


def _children(settings: Settings, roles: Collection[str], fd: int) -> list[Child]:
    """A process for each role, and one for each relay besides the studio's."""
    environment = _environment(settings, fd)
    children = [
        Child(role, environment, (fd,) if role == "api" else (), spare=role in SPARE) for role in roles
    ]
    for i in range(2, settings.relays + 1 if "media" in roles else 2):
        # After the clock's port, which is the one after the first relay's.
        port = settings.relay_port + i if settings.relay_port else 0
        children.append(Child(f"relay-{i}", {**environment, variable("relay_port"): str(port)}, ()))
    return children


@asynccontextmanager
async def _nats(settings: Settings) -> AsyncIterator[NatsServer]:
    server = NatsServer(settings.folder.resolve() / "nats", port=urlsplit(settings.nats_url).port or 0)
    await server.start()
    try:
        yield server
    finally:
        await server.stop()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _environment(settings: Settings, fd: int) -> dict[str, str]:
    said = {variable(name): str(getattr(settings, name)) for name in settings.__struct_fields__}
    return {**os.environ, **said, "LISTEN_FD": str(fd), "NODE_LIFE": secrets.token_hex(5)}


async def _ready(children: list[Child], tasks: list[asyncio.Task[None]]) -> None:
    waiting = asyncio.gather(*(child.ready.wait() for child in children))
    try:
        both: list[asyncio.Future[Any]] = [waiting, *tasks]
        await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            if task.done():
                task.result()
    finally:
        waiting.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await waiting


async def _end(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
