"""What `oncue demo` prints for people."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Iterable
from typing import TYPE_CHECKING

import segno
from rich import box
from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from .venue import Made

if TYPE_CHECKING:
    from .crowd import Crowd
    from .demo import Report
    from .rehearse import Rehearsed

BOARD_S = 0.5


def announce(made: Made, console: Console | None = None) -> None:
    """The links of a show, whole, and the QR code of the one for the audience."""
    console = console or Console()
    drawn = io.StringIO()
    segno.make(made.join_url, error="m").terminal(drawn, compact=True, border=2)
    console.print(Text.from_ansi(drawn.getvalue()))
    links = {
        "join": f"[bold]{made.join_url}[/]",
        "code": f"[bold]{made.code}[/]",
        "host": made.host_url,
        "big screen": made.screen_url,
        "overlay": made.overlay_url,
    }
    for name, link in links.items():
        console.print(f"[dim]{name:<11}[/]{link}", highlight=False, soft_wrap=True)
    console.print()


def report_for_people(report: Report, console: Console | None = None) -> None:
    """How it went, in words."""
    console = console or Console()
    verdict = (
        "[green]every receipt was counted exactly once[/]"
        if report.promises.kept
        else "[bold red]promises were broken[/]"
    )
    lines = [
        f"{report.viewers} viewers, {report.sent} actions, {report.receipts} receipts: {verdict}",
        f"receipt p50 {_ms(report.receipt_p50_ms)}, p95 {_ms(report.receipt_p95_ms)}",
        f"scene p50 {_ms(report.scene_p50_ms)}, p95 {_ms(report.scene_p95_ms)}",
        f"in step at {report.target_ms:g} ms: {report.in_step}, late: {report.late}, beyond: {report.beyond}, blind: {report.blind}",
        f"{report.frames_per_viewer:g} frames per viewer, {report.audience.refused} actions refused (late, or twice)",
        *(f"[red]{line}[/]" for line in report.promises.broken),
    ]
    console.print("\n".join(lines), highlight=False)


def rehearsed_for_people(went: Rehearsed, console: Console | None = None) -> None:
    """How a rehearsal went, in words and tables."""
    console = console or Console()
    report_for_people(went.show, console)
    console.print(_networks(went), _rounds(went) if went.rounds else "", sep="\n", highlight=False)


def _networks(went: Rehearsed) -> Table:
    heads = (
        "viewers",
        "picture\np50",
        "\np95",
        "late",
        "blind",
        "answers",
        "refused",
        "mean\nage",
        "by\nreceipt",
        "receipt\np95",
    )
    table = _table("how each network fared (times in ms)", "network", heads)
    for one in went.networks:
        away = f" [red]({one.absent} away)[/]" if one.absent else ""
        table.add_row(
            one.network,
            f"{one.viewers}{away}",
            *map(_whole, (one.delay_p50_ms, one.delay_p95_ms)),
            *map(str, (one.late, one.blind, one.answers, sum(one.refused.values()))),
            *map(_whole, (one.age_ms, one.received_ms, one.receipt_p95_ms)),
        )
    return table


def _rounds(went: Rehearsed) -> Table:
    heads = ("answers", "right", "robbed", "gained", "lost", "clipped", "winner", "by receipt")
    table = _table("how fair each round was", "round", heads)
    for one in went.rounds:
        table.add_row(
            one.title or f"{one.segment} {one.number}",
            *map(str, (one.answers, one.right, one.robbed, one.gained, one.lost, one.clipped)),
            *(place.name if place else "-" for place in (one.winner, one.by_receipt)),
        )
    cap = max(one.cap for one in went.rounds) / 1e6
    table.caption = (
        "robbed: in time on their picture, too late by the server's clock; gained, lost: places that the server's clock would have"
        f" given and taken; a cheater could have gained {cap:.1f} s at the most"
    )
    return table


def _table(title: str, first: str, heads: Iterable[str]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, padding=0, title=title, title_justify="left", caption_justify="left")
    table.add_column(first, vertical="bottom")
    for head in heads:
        table.add_column(head, justify="right")
    return table


class Board:
    """Figures of a crowd, on the terminal, while it plays."""

    def __init__(self, crowd: Crowd) -> None:
        self._crowd = crowd
        self._sent = 0

    async def run(self) -> None:
        """Until cancelled."""
        with Live(self._line(), refresh_per_second=1 / BOARD_S, transient=True) as live:
            while True:
                await asyncio.sleep(BOARD_S)
                live.update(self._line())

    def _line(self) -> str:
        now = self._crowd.figures()
        rate, self._sent = (now.sent - self._sent) / BOARD_S, now.sent
        return (
            f"{now.viewers} viewers · {rate:.0f} actions/s · receipt p95 {_ms(now.receipt_p95_ms)}"
            f" · scene p95 {_ms(now.scene_p95_ms)} · {now.frames_per_viewer:.0f} frames each"
        )


def _ms(value: float | None) -> str:
    return "-" if value is None else f"{value:g} ms"


def _whole(value: float | None) -> str:
    return "-" if value is None else f"{value:.0f}"
