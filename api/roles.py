"""The roles of a node, each a process of its own: `engine` folds, `media` shows, `relay` shows to more, `api` talks. They meet over NATS.

Started by `oncue serve` (serve.py) as `python -m oncue.api.roles ROLE`; ends when its standard input does, so that none outlives the node.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import secrets
import signal
import socket
import sys
from collections.abc import Awaitable, Callable

import structlog

from oncue.engine.errors import OncueError
from oncue.engine.live import Agreement, Bus, ShowClock, end

from .logs import set_up
from .settings import Settings

log = structlog.get_logger()

GRACE_S = 12
"""After so long a role that was told to stop is gone, whatever it waits for."""
ENDING_S = 8
"""What requests that are under way get to finish."""

Ready = Callable[[], None]
Role = Callable[[Settings, asyncio.Event, Ready], Awaitable[None]]


async def engine(settings: Settings, stop: asyncio.Event, ready: Ready) -> None:
    """Owns shows: folds their logs, and writes the results down."""
    from oncue.engine.live import Runner
    from oncue.formats.registry import format_named

    from .projection import Projection

    bus = await Bus.connect(settings.nats_url, name="oncue engine")
    projection = Projection(settings.database)
    now, node = ShowClock().now, name("engine")
    runner = Runner(bus, formats=format_named, now=now, node=node, records=projection)
    running = asyncio.create_task(runner.run())
    agreeing = asyncio.create_task(Agreement(bus, now, node).run())
    await runner.ready.wait()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    ready()
    await first(stop.wait(), running)
    await end(agreeing)
    await end(running, again=ENDING_S)
    await projection.close()
    await bus.close()


async def media(settings: Settings, stop: asyncio.Event, ready: Ready) -> None:
    """Serves pictures, sound and scenes."""
    from .programme import Programme

    bus = await Bus.connect(settings.nats_url, name="oncue media")
    now, node = ShowClock().now, name("media")
    programme = Programme(bus, settings, now=now, node=node)
    running = asyncio.create_task(programme.run(ready))
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

    bus = await Bus.connect(settings.nats_url, name="oncue api")
    edge = Edge(bus, settings, now=ShowClock().now, node=name("api"))
    running = asyncio.create_task(
        edge.run(listener or socket.socket(fileno=int(os.environ["LISTEN_FD"])), ready)
    )
    await first(stop.wait(), running)
    await edge.stop()
    await asyncio.wait([running], timeout=ENDING_S)
    await end(running, again=ENDING_S)
    await bus.close()


ROLES: dict[str, Role] = {"engine": engine, "media": media, "relay": relay, "api": api}


def name(role: str) -> str:
    """A name that no process had before."""
    return f"{role}-{secrets.token_hex(5)}"


async def first(waited: Awaitable[object], task: asyncio.Task[None]) -> None:
    """Return when one of the two is done. Raises what the task raised."""
    waiting = asyncio.ensure_future(waited)
    await asyncio.wait([waiting, task], return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    if task.done():
        task.result()


async def play(role: str, ready_fd: int) -> None:
    """One role, until told to stop by a signal or by the end of standard input."""
    settings = Settings.read(os.environ)
    set_up(settings, role)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for sign in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(sign, stop.set)
    with contextlib.suppress(PermissionError, OSError):  # standard input may be a file
        loop.add_reader(0, _read_life, stop)

    telling = [ready_fd] if ready_fd >= 0 else []

    def ready() -> None:
        while telling:  # once: the number may be another file's later
            os.write(telling[0], b"r")
            os.close(telling.pop())

    playing = asyncio.ensure_future(ROLES[role](settings, stop, ready))
    await asyncio.wait([playing, asyncio.ensure_future(stop.wait())], return_when=asyncio.FIRST_COMPLETED)
    # Whatever still waits then (for a NATS that is gone, say) can be left: nothing is promised that is not on disk.
    loop.call_later(GRACE_S, os._exit, 1)
    await playing


def _read_life(stop: asyncio.Event) -> None:
    """Standard input is a pipe of the node's: it ends when the node does."""
    if not os.read(0, 1024):
        asyncio.get_running_loop().remove_reader(0)
        stop.set()


def main() -> int:
    """Run the role that the command line names."""
    import uvloop

    try:
        uvloop.run(play(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else -1))
    except OncueError as error:
        log.error(error.message, code=error.code, hint=error.hint)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
