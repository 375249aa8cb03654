"""`oncue rehearse`: one's own show or format before the evening, with an audience of all kinds."""

from __future__ import annotations

import asyncio
import signal
import sys
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from .rehearsal import Evening, Ground, Options, Rehearsed

INTERRUPTED = 130


def rehearse(  # noqa: PLR0913, PLR0917  # its arguments are the options
    what: Annotated[
        str,
        typer.Argument(
            metavar="FORMAT|FILE.py|RUNDOWN.json",
            help="A format, a file with one, or a show as for `oncue show create`; else the demo's rundown.",
            show_default=False,
        ),
    ] = "",
    bots: Annotated[int, typer.Option(min=1, max=500, help="Simulated viewers.")] = 50,
    profiles: Annotated[
        str,
        typer.Option(
            help="Who they are, with shares: home, mobile, stadium, sleepers, late, doubles, trolls, cheaters; else all of them.",
            metavar="NAME=SHARE,...",
        ),
    ] = "",
    networks: Annotated[
        str,
        typer.Option(
            help="Instead: viewers without habits on these networks: fibre, wifi, 4g, 3g, satellite, train, office, or 120+-20ms.",
            metavar="NAME=SHARE,...",
        ),
    ] = "",
    seconds: Annotated[
        float,
        typer.Option(
            "--for", min=0, help="End after so many seconds; 0: when the rundown is over, a format after 60."
        ),
    ] = 0,
    picture: Annotated[
        str, typer.Option(help="`test`, or an MP4 file that is looped; else as in the rundown.")
    ] = "",
    seed: Annotated[int, typer.Option(help="With the same one, viewers and networks decide the same.")] = 1,
    max_p99: Annotated[
        float, typer.Option(min=0, metavar="MS", help="Receipts' p99 beyond the network's round trip.")
    ] = 1000,
    max_scene_p99: Annotated[
        float, typer.Option(min=0, metavar="MS", help="The p99 until a scene reflects an action.")
    ] = 3000,
    max_growth: Annotated[
        float, typer.Option(min=0, metavar="MB", help="How much more memory a process may take in the end.")
    ] = 128,
    html: Annotated[Path | None, typer.Option(dir_okay=False, help="Write the report as a page.")] = None,
    junit: Annotated[
        Path | None, typer.Option(dir_okay=False, help="Write the checks as JUnit XML, for CI.")
    ] = None,
    json: Annotated[
        bool, typer.Option("--json", help="Print the report as one JSON line instead of tables.")
    ] = False,
    url: Annotated[
        str, typer.Option(help="Rehearse on the node that runs there (staging), instead of one of its own.")
    ] = "",
    key: Annotated[str, typer.Option(help="Its host API key; else ONCUE_API_KEY.")] = "",
) -> None:
    """Rehearse a show before the evening: simulated viewers on real people's networks, and a host who plays the rundown.

    Runs a node of its own, of which nothing is left. Says how it goes meanwhile, and at the end what was promised and kept: lost and
    doubled actions, receipts, fairness, leaks of secrets, errors, memory. Ctrl-C ends it early, with a report. Exit code 1 if any check
    failed.
    """
    from .rehearsal import Limits, Options, read_networks, read_profiles, read_what

    found = read_what(what, seconds)
    audience = read_networks(networks) if networks else read_profiles(profiles)
    show = {**found.show, "picture": picture or found.show.get("picture") or small(bots)}
    options = Options(
        what=found.title,
        show={"title": "Rehearsal", **show},
        profiles=audience,
        bots=bots,
        seconds=found.seconds,
        pace=found.pace,
        seed=seed,
        limits=Limits(p99_ms=max_p99, scene_p99_ms=max_scene_p99, growth_mb=max_growth),
    )
    report = _played(options, url, key, quiet=json)
    _written(report, html, junit, json=json)
    if report.interrupted:
        raise typer.Exit(INTERRUPTED)
    if not report.passed:
        raise typer.Exit(1)


MANY, SMALL = 20, "test:640x360@15"
"""A larger crowd on the same machine gets a smaller test picture: with networks every packet goes through one process more."""


def small(bots: int) -> str:
    """The test picture for so many."""
    return SMALL if bots > MANY else "test"


def _played(options: Options, url: str, key: str, *, quiet: bool) -> Rehearsed:
    """On a node of its own, or on the one at `url`."""
    import tempfile

    import uvloop
    from rich.console import Console

    from .cli import settings
    from .logs import set_up
    from .rehearsal import apart, captured, other_ground, own_ground

    config = settings()
    try:
        if url:
            console = Console(stderr=True, quiet=quiet and not sys.stderr.isatty())
            return uvloop.run(_rehearsed(other_ground(url, key or config.api_key), options, console))
        with tempfile.TemporaryDirectory(prefix="oncue-rehearsal-") as folder:
            own, log = apart(config, Path(folder)), Path(folder) / "node.log"
            with captured(log) as stderr:
                set_up(own, "rehearsal")
                console = Console(file=stderr, quiet=quiet and not stderr.isatty())
                return uvloop.run(_rehearsed(own_ground(own, log), options, console))
    except asyncio.CancelledError:
        raise typer.Exit(INTERRUPTED) from None


async def _rehearsed(
    place: AbstractAsyncContextManager[Ground], options: Options, console: Console
) -> Rehearsed:
    """With a board meanwhile. Ctrl-C ends the show in good order, a second one all of it."""
    from oncue.engine.live import end

    from .rehearsal import rehearse
    from .rehearsal.terminal import Board

    boards: list[asyncio.Task[None]] = []
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task

    def watch(evening: Evening) -> None:
        boards.append(asyncio.create_task(Board(evening, console).run()))

        def stop() -> None:
            if evening.interrupted.is_set():
                task.cancel()
            evening.stop()

        for sign in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(sign, stop)

    for sign in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(sign, task.cancel)
    async with place as ground:
        try:
            return await rehearse(ground, options, watch)
        finally:
            await end(*boards)


def _written(report: Rehearsed, html: Path | None, junit: Path | None, *, json: bool) -> None:
    """Say it, and write what was asked for."""
    import msgspec

    if html:
        from .rehearsal.page import page

        html.write_text(page(report), encoding="utf-8")
    if junit:
        from .rehearsal.junit import junit_xml

        junit.write_bytes(junit_xml(report))
    if json:
        typer.echo(msgspec.json.encode(report).decode())
        return
    from rich.console import Console

    from .rehearsal.terminal import show

    show(report, Console())
    for file in filter(None, (html, junit)):
        typer.echo(f"written: {file}", err=True)
