"""`oncue doctor`: is all there, and does it make sense?"""

from __future__ import annotations

import asyncio
import shutil
import socket
from collections.abc import Callable, Mapping

from rich.console import Console
from rich.table import Table

from oncue.engine.errors import Conflict, OncueError

from .settings import Settings

Check = tuple[str, Callable[[Settings], str]]


def examine(environment: Mapping[str, str]) -> bool:
    """Print the settings and what was found; whether all is well."""
    console = Console()
    try:
        settings = Settings.read(environment)
    except OncueError as error:
        console.print(f"[red]✗[/] settings: {error.message}")
        settings = Settings()
        _settings(console, settings)
        return False
    _settings(console, settings)
    well = [_check(console, settings, name, look) for name, look in CHECKS]
    for line in settings.warnings():
        console.print(f"[yellow]![/] {line}")
    return all(well)


def _settings(console: Console, settings: Settings) -> None:
    table = Table("variable", "value", "meaning", box=None, pad_edge=False)
    for line in settings.describe():
        table.add_row(f"[bold]{line.name}[/]" if line.given else line.name, line.value, line.meaning)
    console.print(table)
    console.print()


def _check(console: Console, settings: Settings, name: str, look: Callable[[Settings], str]) -> bool:
    try:
        console.print(f"[green]✓[/] {name}: {look(settings)}")
    except (OncueError, OSError) as error:
        hint = error.hint if isinstance(error, OncueError) else ""
        console.print(f"[red]✗[/] {name}: {error}{f' ({hint})' if hint else ''}")
        return False
    return True


def _nats(settings: Settings) -> str:
    from oncue.engine.live.server import binary

    return settings.nats_url or binary()


def _database(settings: Settings) -> str:
    from oncue.engine.live.store import current

    if not settings.database_url and not (settings.folder / "oncue.db").exists():
        return "SQLite, made at the first start"
    return f"revision {asyncio.run(current(settings.database)) or 'none yet: run `oncue db upgrade`'}"


def _port(settings: Settings) -> str:
    udp = [(socket.SOCK_DGRAM, port) for port in (settings.relay_port, settings.clock_port)]
    for kind, port in ((socket.SOCK_STREAM, settings.port), *udp):
        with socket.socket(type=kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((settings.host if ":" not in settings.host else "127.0.0.1", port))
    return f"TCP {settings.port} and UDP {settings.relay_port} and {settings.clock_port} are free"


def _clocks(settings: Settings) -> str:
    """Whether all nodes have the same time as this machine, as far as there are others that can be asked."""
    if not settings.nats_url:
        return "one machine, one clock"
    from oncue.engine.live.agreement import TOLERATED

    ahead = asyncio.run(_ahead(settings.nats_url))
    wrong = [f"{node} {by / 1000:+.0f} ms" for node, by in ahead.items() if abs(by) > TOLERATED]
    if wrong:
        raise Conflict(
            f"nodes disagree with this machine: {', '.join(wrong)}",
            code="node/clock",
            hint="does NTP run on both?",
        )
    return f"{len(ahead)} processes agree with this machine"


async def _ahead(url: str) -> dict[str, int]:
    from oncue.engine.live import Bus, ShowClock
    from oncue.engine.live.agreement import compare

    bus = await Bus.connect(url, name="oncue doctor")
    try:
        return await compare(bus, ShowClock().now, "doctor")
    finally:
        await bus.close()


def _pages(_: Settings) -> str:
    from .pages import bundle

    return str(bundle())


def _formats(_: Settings) -> str:
    from oncue.formats.registry import broken, formats

    names = ", ".join(sorted(formats()))
    for error in broken().values():
        raise error
    return names


def _disk(settings: Settings) -> str:
    folder = next(path for path in (settings.folder, *settings.folder.resolve().parents) if path.exists())
    free = shutil.disk_usage(folder).free
    if free < 1 << 30:
        raise OSError(f"only {free >> 20} MB are free for the log in {settings.data}")
    return f"{free >> 30} GB free"


CHECKS: tuple[Check, ...] = (
    ("nats-server", _nats),
    ("database", _database),
    ("ports", _port),
    ("clocks", _clocks),
    ("pages", _pages),
    ("formats", _formats),
    ("disk", _disk),
)
