"""`oncue replay`: a show's log played again: verified, looked into, stepped through, or forked."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from datetime import time as time_of_day
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import typer

if TYPE_CHECKING:
    from oncue.engine.player import Player

    from .archive import Archive

CHECKED = 20_000
"""Logs with no more entries are put to all checks unless it is said otherwise: those play them again and again."""
FIRMLY = 1 << 62


class Verdict(msgspec.Struct, kw_only=True):
    """What came of a replay. `same`: whether the state is the one that the archive says (None: it says none)."""

    show: str
    messages: int
    entries: int
    seconds: float
    entries_per_s: int
    state_hash: str
    same: bool | None
    checked: bool
    findings: list[str]
    unreadable: dict[int, str]

    @property
    def good(self) -> bool:
        """Whether nothing is wrong."""
        return self.same is not False and not self.findings and not self.unreadable


def replay(  # noqa: PLR0913, PLR0917  # its arguments are the options
    target: Annotated[str, typer.Argument(metavar="FILE|SHOW", help="An archive, or a show's id or code.")],
    verify: Annotated[
        bool, typer.Option("--verify", help="Play all of it and compare: what is done by default.")
    ] = False,
    at: Annotated[
        str,
        typer.Option(
            metavar="MOMENT",
            help="The state there: 812, 812:3 (third entry), 20:31:07.5, or +12:30 since the opening.",
        ),
    ] = "",
    diff: Annotated[bool, typer.Option("--diff", help="With --at: what that entry has changed.")] = False,
    step: Annotated[
        bool, typer.Option("--step", help="Go through it entry by entry, with the keyboard.")
    ] = False,
    fork: Annotated[
        str, typer.Option(metavar="SEQ[:ENTRY]", help="A new show on the node that goes on from there.")
    ] = "",
    title: Annotated[str, typer.Option(help="With --fork: how the new show is called.")] = "",
    checks: Annotated[
        bool | None,
        typer.Option(
            "--checks/--no-checks",
            help=f"All checks of formats; else for up to {CHECKED:,} entries.",
            show_default=False,
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")] = False,
) -> None:
    """Play the log of a show again: the same log gives the same show. Exit code 1 if it does not."""
    from .files import opened

    if fork:
        _fork(target, fork, title, as_json)
        return
    with opened(target) as archive:
        if at:
            _look(archive, at, diff, as_json)
        elif step:
            from .screen import walk

            walk(_player(archive))
        else:
            verdict = verified(archive, checks, None if as_json else sys.stderr)
            _say(verdict, as_json)
            if not verdict.good:
                raise typer.Exit(1)
    del verify


def _player(archive: Archive, every: int = 10_000) -> Player:
    from oncue.engine.player import Player
    from oncue.engine.structs import ShowId
    from oncue.formats.registry import format_named

    return Player(ShowId(archive.show), format_named, archive.messages, every=every)


def verified(archive: Archive, checks: bool | None = None, out: Any = None) -> Verdict:
    """Play all of an archive's log. `out` is where a progress bar is drawn, if that is a terminal.

    Raises `Conflict` (`replay/version`) when it was played with what is not here.
    """
    from oncue.engine.replay import state_hash
    from oncue.engine.versions import whole

    player, state = _player(archive, FIRMLY), archive.finish.state
    begun = time.perf_counter()
    known = ""
    with _progress(archive.finish.entries, out) as moved:
        while player.message():
            moved(player.entries)
            if state and player.seq == state.seq:
                whole(player.show)
                known = state_hash(player.show)
    span = time.perf_counter() - begun
    whole(player.show)
    wanted = player.entries <= CHECKED if checks is None else checks
    return Verdict(
        show=archive.show,
        messages=archive.finish.messages,
        entries=player.entries,
        seconds=round(span, 3),
        entries_per_s=round(player.entries / span),
        state_hash=state_hash(player.show),
        same=known == state.hash if state else None,
        checked=wanted,
        findings=_findings(archive) if wanted else [],
        unreadable=player.unreadable,
    )


def _findings(archive: Archive) -> list[str]:
    from oncue.engine.structs import ShowId
    from oncue.formats.checks import check_log
    from oncue.formats.registry import format_named

    return [str(one) for one in check_log(ShowId(archive.show), format_named, list(archive.messages()))]


class _progress:  # noqa: N801  # used like a function
    """A bar on a terminal, nothing elsewhere."""

    def __init__(self, total: int, out: Any) -> None:
        self._total = total
        self._shown = out is not None and out.isatty()

    def __enter__(self) -> Callable[[int], None]:
        if not self._shown:
            return lambda _: None
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        self._bar = Progress(
            TextColumn("replay"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            transient=True,
        )
        self._bar.start()
        task = self._bar.add_task("replay", total=self._total)
        return lambda done: self._bar.update(task, completed=done)

    def __exit__(self, *_: object) -> None:
        if self._shown:
            self._bar.stop()


def _say(verdict: Verdict, as_json: bool) -> None:
    if as_json:
        typer.echo(msgspec.json.encode(verdict).decode())
        return
    from .look import plain

    told = {True: "as the archive says", False: "NOT as the archive says", None: "the archive names none"}[
        verdict.same
    ]
    typer.echo(
        f"{verdict.entries:,} entries in {verdict.messages:,} messages, {verdict.entries_per_s:,} a second"
    )
    typer.secho(f"state {verdict.state_hash}: {told}", fg="red" if verdict.same is False else None)
    for seq, why in verdict.unreadable.items():
        typer.secho(f"message {seq} is skipped: {why}", fg="red")
    for finding in verdict.findings:
        typer.secho("\n".join(map(plain, finding.splitlines())), fg="red")
    if not verdict.checked:
        typer.echo(f"more than {CHECKED:,} entries: --checks puts its formats to the test as well")
    elif not verdict.findings:
        typer.echo("all checks of its formats are good")


def _look(archive: Archive, at: str, diff: bool, as_json: bool) -> None:
    from oncue.engine.described import describe
    from oncue.engine.versions import whole

    from .look import change_lines, last_changes, plain, scene_lines, state_lines

    player = _player(archive)
    go_to(player, at, archive.header.since)
    whole(player.show)
    if diff:
        found = last_changes(player)
        lines = list(change_lines(found))
        told: Any = [{"where": one.where, "before": one.before, "after": one.after} for one in found]
    else:
        told = describe(player.show)
        lines = [*state_lines(told), "", *scene_lines(told["scene"])]
    typer.echo(
        msgspec.json.encode(told).decode()
        if as_json
        else "\n".join([f"after {player.seq}:{player.done}", *map(plain, lines)])
    )


def go_to(player: Player, at: str, since: int) -> None:
    """To a moment: `812`, `812:3`, `20:31:07.5`, an ISO time, or `+12:30` since the opening. Raises `BadInput` (`input/invalid`)."""
    from .forking import read_place
    from .look import seek_time

    moment = read_moment(at, since)
    if moment is None:
        place = read_place(at)
        player.seek(place.seq, place.place)
    else:
        seek_time(player, moment)


def read_moment(text: str, since: int) -> int | None:
    """Show time in µs; None for what is none. A time of day is the first one from `since` on, in the zone of this machine."""
    begun = datetime.fromtimestamp(since / 1e6, UTC).astimezone()
    try:
        if text.startswith("+"):
            parts = [float(part) for part in reversed(text[1:].split(":"))]
            found = begun + timedelta(seconds=sum(part * 60**i for i, part in enumerate(parts)))
        elif "-" in text[1:]:
            found = datetime.fromisoformat(text).astimezone()
        elif text.count(":") == 2 or "." in text:
            found = datetime.combine(
                date(begun.year, begun.month, begun.day), time_of_day.fromisoformat(text), begun.tzinfo
            )
            found += timedelta(days=1) if found < begun - timedelta(hours=1) else timedelta()
        else:
            return None
    except ValueError:
        return None
    return round(found.timestamp() * 1_000_000)


def _fork(target: str, at: str, title: str, as_json: bool) -> None:
    from .files import Carrier
    from .forking import read_place

    read_place(at)
    carrier, path = Carrier.here(), Path(target)
    show = carrier.bring(path, "")["id"] if path.is_file() else carrier.show(target)["id"]
    made = carrier.ask("POST", f"shows/{show}/fork", {"at": at, "title": title}).json()
    if as_json:
        typer.echo(msgspec.json.encode(made).decode())
        return
    typer.echo(f"{made['id']} goes on from {made['of']} at {at}, with {made['people']:,} people")
    for name in ("join_url", "host_url", "screen_url"):
        typer.echo(f"{name.removesuffix('_url'):<8} {made[name]}")
