"""The roles of a node, each a process of its own: `engine` folds, `media` shows, `relay` shows to more, `api` talks. They meet over NATS.

Started by `oncue serve` (supervise.py) as `python -m oncue.api.roles ROLE FD [wait]`; ends when its standard input does, so that none
outlives the node.
"""

from __future__ import annotations

import asyncio
import contextlib
import faulthandler
import gc
import importlib
import os
import secrets
import signal
import socket
import sys
from collections.abc import Awaitable, Callable
from typing import Any

import structlog

from oncue.engine.errors import OncueError
from oncue.engine.live import Agreement, Bus, Lease, ShowClock, end, in_turn

from .logs import set_up
from .settings import Settings
from .supervise import BEAT, BEAT_S, READY

log = structlog.get_logger()

GRACE_S = 12
"""After so long a role that was told to stop is gone, whatever it waits for."""
ENDING_S = 8
"""What requests that are under way get to finish."""

IMPORTS = {
    "engine": (
        "oncue.engine.live", "oncue.formats.registry", "oncue.formats.trivia", "oncue.formats.poll",
        "oncue.formats.buzzer", "oncue.api.projection", "oncue.engine.live.database",
    )
}  # fmt: skip
"""What takes time when a role begins."""

Ready = Callable[[], None]
Role = Callable[[Settings, asyncio.Event, Ready], Awaitable[None]]


async def engine(settings: Settings, stop: asyncio.Event, ready: Ready) -> None:
    """Owns shows: folds their logs, and writes the results down."""
    from oncue.engine.live import Runner
    from oncue.engine.live.guard import bound
    from oncue.formats.registry import format_named

    from .projection import Projection
    from .reloading import reloading

    bound(settings.folder / "crumbs", settings.engine_memory)
    bus = await Bus.connect(settings.nats_url, name="oncue engine")
    projection = Projection(settings.database)
    now, node = ShowClock().now, name("engine")
    runner = Runner(bus, formats=format_named, now=now, node=lasting("engine"), records=projection)
    running = asyncio.create_task(runner.run())
    agreeing = asyncio.create_task(Agreement(bus, now, node).run())
    await runner.ready.wait()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    ready()
    async with reloading(settings, runner.troubled):
        await first(stop.wait(), running)
    await end(agreeing)
    await end(running, again=ENDING_S)
    await projection.close()
    await bus.close()


async def media(settings: Settings, stop: asyncio.Event, ready: Ready) -> None:
    """Serves pictures, sound and scenes, while nobody else on this NATS does."""
    from .programme import Programme

    bus = await Bus.connect(settings.nats_url, name="oncue media")
    now, node = ShowClock().now, name("media")
    studio = Lease(bus, "studio", lasting("media"))
    running = asyncio.create_task(
        in_turn(studio, lambda: Programme(bus, settings, now=now, node=node).run(ready), ready)
    )
    agreeing = asyncio.create_task(Agreement(bus, now, node).run())
    await first(stop.wait(), running)
    await end(agreeing)
    await end(running, again=ENDING_S)
    await bus.close()


async def relay(settings: Settings, stop: asyncio.Event, ready: Ready) -> None:
    """Serves what the studio's relay has to more viewers."""
    from .branch import Branch

    bus = await Bus.connect(settings.nats_url, name="oncue relay")
    branch = Branch(bus, settings, now=ShowClock().now, node=name("relay"))
    running = asyncio.create_task(branch.run(ready))
    await first(stop.wait(), running)
    await end(running)
    await bus.close()


async def api(
    settings: Settings, stop: asyncio.Event, ready: Ready, listener: socket.socket | None = None
) -> None:
    """Serves the pages, the host API and the links."""
    from .edge import Edge
    from .reloading import reloading

    bus = await Bus.connect(settings.nats_url, name="oncue api")
    edge = Edge(bus, settings, now=ShowClock().now, node=name("api"))
    running = asyncio.create_task(
        edge.run(listener or socket.socket(fileno=int(os.environ["LISTEN_FD"])), ready)
    )
    async with reloading(settings):
        await first(stop.wait(), running)
    await edge.stop()
    await asyncio.wait([running], timeout=ENDING_S)
    await end(running, again=ENDING_S)
    await bus.close()


ROLES: dict[str, Role] = {"engine": engine, "media": media, "relay": relay, "api": api}


def name(role: str) -> str:
    """A name that no process had before."""
    return f"{role}-{secrets.token_hex(5)}"


def lasting(role: str) -> str:
    """A name that is the same for the next process of this node that has this role: what this one has leased it may take over at once,
    because it begins when this one is gone."""
    life = os.environ.get("NODE_LIFE")
    return f"{role}-{life}" if life else name(role)


async def first(waited: Awaitable[object], task: asyncio.Task[None]) -> None:
    """Return when one of the two is done. Raises what the task raised."""
    waiting = asyncio.ensure_future(waited)
    await asyncio.wait([waiting, task], return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    if task.done():
        task.result()


async def play(role: str, ready_fd: int, *, waits: bool = False) -> None:
    """One role, until told to stop by a signal or by the end of standard input. One that `waits` begins when it is told to."""
    settings = Settings.read(os.environ)
    set_up(settings, role)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for sign in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(sign, stop.set)
    begin = asyncio.Event()
    with contextlib.suppress(PermissionError, OSError):  # standard input may be a file
        loop.add_reader(0, _read_life, begin, stop)
    stopping = asyncio.ensure_future(stop.wait())
    if waits:
        await _begins(role, begin, stopping)
        if stop.is_set():
            return
    alive = asyncio.Event()
    beating = asyncio.create_task(_beat(ready_fd, alive))
    playing = asyncio.ensure_future(ROLES[role](settings, stop, alive.set))
    await asyncio.wait([playing, stopping], return_when=asyncio.FIRST_COMPLETED)
    # Whatever still waits then (for a NATS that is gone, say) can be left: nothing is promised that is not on disk.
    loop.call_later(GRACE_S, os._exit, 1)
    await playing
    await end(beating)


async def _begins(role: str, begin: asyncio.Event, stopping: asyncio.Future[Any]) -> None:
    """Import what the role needs, at leisure, and wait for the word."""
    for module in IMPORTS.get(role, ()):
        importlib.import_module(module)
        await asyncio.sleep(0)
    beginning = asyncio.ensure_future(begin.wait())
    await asyncio.wait([beginning, stopping], return_when=asyncio.FIRST_COMPLETED)
    beginning.cancel()


async def _beat(fd: int, alive: asyncio.Event) -> None:
    """Tell who has started this role that it is ready, and from then on that it is not stuck."""
    await alive.wait()
    said = READY
    while fd >= 0:
        with contextlib.suppress(BrokenPipeError):
            os.write(fd, said)
        said = BEAT
        await asyncio.sleep(BEAT_S)


def _read_life(begin: asyncio.Event, stop: asyncio.Event) -> None:
    """Standard input is a pipe of the node's: it ends when the node does."""
    if os.read(0, 1024):
        begin.set()
    else:
        asyncio.get_running_loop().remove_reader(0)
        stop.set()


def main() -> int:
    """Run the role that the command line names."""
    import uvloop

    faulthandler.enable()  # whoever is ended because it is stuck says where

    try:
        uvloop.run(play(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else -1, waits="wait" in sys.argv))
    except OncueError as error:
        log.error(error.message, code=error.code, hint=error.hint)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
