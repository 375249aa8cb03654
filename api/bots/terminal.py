"""What `oncue demo` prints for people."""

from __future__ import annotations

import asyncio
import io
from typing import TYPE_CHECKING

import segno
from rich.console import Console
from rich.live import Live
from rich.text import Text

from .venue import Made

if TYPE_CHECKING:
    from .crowd import Crowd
    from .demo import Report

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
