"""The command `oncue`."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import typer

from oncue.engine.errors import OncueError

from .log.cli import app as log
from .log.replaying import replay
from .new import app as new
from .rehearse import rehearse
from .series.cli import results
from .webhooks.cli import app as webhook

if TYPE_CHECKING:
    from .serve import Node
    from .settings import Settings

CONTEXT = {"help_option_names": ["-h", "--help"]}
app = typer.Typer(
    name="oncue", no_args_is_help=True, context_settings=CONTEXT, pretty_exceptions_enable=False,
    help="The engine that interactive live shows run on.",
)  # fmt: skip
db = typer.Typer(no_args_is_help=True, help="The database: bring its tables up to date.")
app.add_typer(db, name="db")
app.add_typer(new, name="new")
app.add_typer(log, name="log")
app.add_typer(webhook, name="webhook")
app.command()(results)
app.command()(rehearse)
app.command()(replay)


def settings() -> Settings:
    """The settings in the environment."""
    from .settings import Settings

    return Settings.read(os.environ)


def main() -> None:
    """Run a command. An error of ours is one line on stderr and exit code 1, 2 when the words of the command are off."""
    if sys.argv[1:2] in (
        [],
        ["show"],
        ["--help"],
        ["-h"],
    ):  # its imports are slow, and a node should start fast
        from .remote import app as show

        app.add_typer(show, name="show")
    try:
        app()
    except OncueError as error:
        typer.secho(f"oncue: {error.message}", fg="red", err=True, nl=False)
        typer.secho(f" [{error.code}]", dim=True, err=True)
        if error.hint:
            typer.echo(f"  {error.hint}", err=True)
        sys.exit(1)


def run(work: Coroutine[Any, Any, int]) -> None:
    """Run until done; Ctrl-C ends it in good order with exit code 130."""
    import uvloop

    async def watched() -> int:
        task = asyncio.ensure_future(work)
        loop = asyncio.get_running_loop()
        for sign in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(sign, task.cancel)
        try:
            return await task
        except asyncio.CancelledError:
            return 130

    code = uvloop.run(watched())
    if code:
        raise typer.Exit(code)


Reload = Annotated[bool, typer.Option("--reload", help="Load formats anew when their files change.")]


Roles = Annotated[
    list[str] | None,
    typer.Option(
        "--role", help="Only this: api, media or engine; several times for more. They meet over NATS_URL."
    ),
]


@app.command()
def serve(reload: Reload = False, role: Roles = None) -> None:
    """Run a node: pages, host API, links, relay and engine. Settings come from the environment; see `oncue doctor`."""
    from .logs import set_up

    config = _reloading(settings(), reload)
    set_up(config, "node")
    run(_serve(config, role or []))


def _reloading(config: Settings, reload: bool) -> Settings:
    """Running shows follow formats that are being written."""
    return msgspec.structs.replace(config, reload=True) if reload else config


async def _serve(config: Settings, roles: list[str]) -> int:
    from .serve import ALL, node

    async with node(config, roles or ALL) as running:
        _greet(running)
        await asyncio.Event().wait()
    return 0


def _greet(running: Node) -> None:
    typer.echo(f"oncue is ready at {running.url}")
    if not running.settings.api_key:
        typer.echo(f"host API key: {running.settings.folder / 'api-key'}")
    for line in running.settings.warnings():
        typer.secho(f"note: {line}", fg="yellow", err=True)


@app.command()
def demo(  # noqa: PLR0913, PLR0917  # its arguments are the options
    bots: Annotated[
        int, typer.Option(min=0, max=2000, help="Simulated viewers, over the real network path.")
    ] = 0,
    autopilot: Annotated[bool, typer.Option("--autopilot", help="Play the rundown without a host.")] = False,
    seconds: Annotated[
        float, typer.Option("--for", min=0, help="End after so many seconds; 0: at Ctrl-C.")
    ] = 0,
    json: Annotated[bool, typer.Option("--json", help="Say nothing but one JSON line at the end.")] = False,
    picture: Annotated[str, typer.Option(help="`test`, or an MP4 file that is looped.")] = "test",
    guests: Annotated[
        int, typer.Option(min=0, max=4, help="Simulated people who want to come on stage: yours to invite.")
    ] = 0,
    keep: Annotated[
        bool, typer.Option("--keep", help="Use the data folder; else all is forgotten at the end.")
    ] = False,
    only: Annotated[
        str, typer.Option("--format", help="Play this format: its name, or its file, such as loudest.py.")
    ] = "",
    rundown: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="Play your show, as for `oncue show create`."),
    ] = None,
    reload: Reload = False,
) -> None:
    """Run a show with a picture and an audience: a poll and a round of trivia, or what you name.

    Without options it prints a join link and a QR code, and you are the host. Exit code 1 if anything that got a receipt was not
    counted exactly once.
    """
    import tempfile

    from .bots import DemoOptions
    from .logs import set_up
    from .rehearsal.rundown import read_show
    from .tryout import known

    name = known(only) if only else ""
    config = _reloading(_quiet(settings()), reload)
    set_up(config, "demo")
    options = DemoOptions(
        bots=bots,
        autopilot=autopilot,
        seconds=seconds,
        json=json,
        picture=picture,
        guests=guests,
        show=read_show(rundown) if rundown else {},
        format=name,
    )
    with tempfile.TemporaryDirectory(prefix="oncue-demo-") as folder:
        run(_demo(config if keep else msgspec.structs.replace(config, data=folder), options))


def _quiet(config: Settings) -> Settings:
    """For a demo: only what is wrong is logged, and another port is taken where somebody has the usual one."""
    import socket

    free = {}
    for field, kind in (("port", socket.SOCK_STREAM), ("relay_port", socket.SOCK_DGRAM)):
        with socket.socket(type=kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", getattr(config, field)))
            except OSError:
                free[field] = 0
    log = "warning" if config.log == "info" else config.log
    return msgspec.structs.replace(config, log=log, **free)


async def _demo(config: Settings, options: Any) -> int:
    from .bots import run_demo
    from .serve import node

    async with node(config) as running:
        return await run_demo(running.url, running.key, options)


@db.command("upgrade")
def db_upgrade() -> None:
    """Bring the tables of DATABASE_URL (or of SQLite in the data folder) up to date."""
    from oncue.engine.live.store import upgrade

    config = settings()
    config.folder.mkdir(parents=True, exist_ok=True)
    typer.echo(f"the database is at revision {asyncio.run(upgrade(config.database))}")


@db.command("current")
def db_current() -> None:
    """Say which revision the tables are at."""
    from oncue.engine.live.store import current

    typer.echo(
        asyncio.run(current(settings().database)) or "the database has no tables yet: run `oncue db upgrade`"
    )


@app.command()
def doctor() -> None:
    """Look at this machine and these settings, and say what is wrong."""
    from .doctor import examine

    if not examine(os.environ):
        raise typer.Exit(1)


@app.command()
def version() -> None:
    """Print the version."""
    from importlib.metadata import version as installed

    typer.echo(installed("oncue"))


if __name__ == "__main__":
    main()
