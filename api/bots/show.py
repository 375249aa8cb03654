"""What `oncue demo` prints for people."""

from __future__ import annotations

import asyncio
import io
from typing import TYPE_CHECKING

import segno
from rich.console import Console, Group
from rich.live import Live
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from .venue import Made

if TYPE_CHECKING:
    from .crowd import Crowd
    from .demo import Report

BOARD_S = 0.5


def announce(made: Made, console: Console | None = None) -> None:
    """The links of a show, and the QR code of the one for the audience."""
    console = console or Console()
    links = Table.grid(padding=(0, 2))
    for name, link in (
        ("join", made.join_url),
        ("code", f"[bold]{made.code}[/]"),
        ("host", made.host_url),
        ("big screen", made.screen_url),
        ("overlay", made.overlay_url),
    ):
        links.add_row(f"[dim]{name}[/]", link)
    drawn = io.StringIO()
    segno.make(made.join_url, error="m").terminal(drawn, compact=True, border=2)
    console.print(Panel(Group(Text.from_ansi(drawn.getvalue()), links), title="the show is on", expand=False))


def report_for_people(report: Report, console: Console | None = None) -> None:
    """How it went, in words."""
    console = console or Console()
    verdict = "[green]every receipt was counted exactly once[/]" if report.kept else "[bold red]promises were broken[/]"
    lines = [
        f"{report.viewers} viewers, {report.sent} actions, {report.receipts} receipts: {verdict}",
        f"receipt p50 {_ms(report.receipt_p50_ms)}, p95 {_ms(report.receipt_p95_ms)}",
        f"scene p50 {_ms(report.scene_p50_ms)}, p95 {_ms(report.scene_p95_ms)}",
        f"{report.frames_per_viewer:g} frames per viewer, {report.refused} actions refused (late or twice)",
        *(f"[red]{line}[/]" for line in report.broken),
    ]
    console.print("\n".join(lines), highlight=False)


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
    return "–" if value is None else f"{value:g} ms"
