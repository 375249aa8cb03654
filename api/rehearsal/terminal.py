"""What `oncue rehearse` shows on the terminal: how it goes, and how it went."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from time import monotonic

from rich import box
from rich.console import Console, Group
from rich.live import Live
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from .evening import PHASES, Evening
from .figures import spread_of
from .report import Check, Fared, Rehearsed, Spread

BOARD_S, PLAIN_S = 0.4, 5.0
MARKS = {"pass": "[green]✓[/]", "fail": "[bold red]✗[/]", "skip": "[dim]-[/]"}


class Board:
    """A bar and live figures of a rehearsal; where the console is no terminal, a plain line now and then."""

    def __init__(self, evening: Evening, console: Console) -> None:
        self._evening = evening
        self._console = console
        self._sent, self._looked = 0, monotonic()
        self._bar = Progress(
            TextColumn("[bold]{task.description}"), BarColumn(), TextColumn("{task.fields[state]}"),
            TimeElapsedColumn(), console=console,
        )  # fmt: skip
        self._task: TaskID = self._bar.add_task(evening.options.what, total=None, state="")

    async def run(self) -> None:
        """Until cancelled."""
        if not self._console.is_terminal:
            await self._lines()
        with Live(self._drawn(), console=self._console, refresh_per_second=4, transient=True) as live:
            while True:
                await asyncio.sleep(BOARD_S)
                live.update(self._drawn())

    async def _lines(self) -> None:
        said, last = "", 0.0
        while True:
            phase = self._evening.phase
            if phase != said or monotonic() - last >= PLAIN_S:
                said, last = phase, monotonic()
                line = f"{self._evening.age:5.0f} s  {self._state()}: {', '.join(self._words())}"
                self._console.print(escape(line), soft_wrap=True, highlight=False)
            await asyncio.sleep(BOARD_S)

    def _drawn(self) -> Group:
        done, total = self._share()
        self._bar.update(self._task, completed=done, total=total, state=self._state())
        return Group(self._bar, Text("  " + " · ".join(self._words()), style="dim"))

    def _state(self) -> str:
        """Where it is, in words."""
        phase, desk = self._evening.phase, self._evening.pilot.desk if self._evening.pilot else None
        if phase != PHASES[2] or desk is None:
            return phase
        live = next((one for one in desk.rundown if one.id == desk.segment), None)
        done = sum(one.state == "done" for one in desk.rundown)
        return f"{live.title if live else 'between two parts'} ({done} of {len(desk.rundown)} done)"

    def _share(self) -> tuple[float, float | None]:
        """How far it is, of how much: by the time that is given, else by the parts of the rundown, if there are some."""
        evening = self._evening
        if evening.options.seconds:
            return min(evening.age, evening.options.seconds), evening.options.seconds
        desk = evening.pilot.desk if evening.pilot else None
        if desk is None or len(desk.rundown) < 2:
            return 0, None
        return sum(one.state == "done" for one in desk.rundown), len(desk.rundown)

    def _words(self) -> list[str]:
        crowd = self._evening.crowd
        if crowd is None:
            return [f"{len(self._evening.places)} viewers on their way"]
        deeds = [deed for bot in crowd.bots for deed in bot.deeds.values()]
        span, self._looked = monotonic() - self._looked, monotonic()
        rate, self._sent = (len(deeds) - self._sent) / max(span, 0.01), len(deeds)
        receipt = spread_of(deed.receipt - deed.sent for deed in deeds if deed.receipt and not deed.cut)
        rss = {
            name: readings[-1].rss_mb for name, readings in self._evening.meter.readings.items() if readings
        }
        words = [
            f"{sum(bot.in_show for bot in crowd.bots)} viewers",
            f"{rate:.0f} actions/s",
            f"{len(deeds)} actions",
            f"{sum(bool(deed.refused) for deed in deeds)} refused",
            f"receipts p50 {_ms(receipt.p50)}, p99 {_ms(receipt.p99)}",
        ]
        if node := sum(rss.values()) - rss.get("audience", 0.0):
            words.append(f"node {node:.0f} MB")
        return words


def show(report: Rehearsed, console: Console) -> None:
    """The whole report."""
    console.print()
    console.print(_checks(report), highlight=False)
    console.print(_profiles(report), highlight=False)
    if report.rounds:
        console.print(_rounds(report), highlight=False)
    if report.tricks:
        console.print(_tricks(report), highlight=False)
    if report.handlers:
        console.print(_handlers(report), highlight=False)
    console.print(_processes(report), highlight=False)
    console.print(_end(report), highlight=False)


def _end(report: Rehearsed) -> str:
    failed = [one for one in report.checks if one.verdict == "fail"]
    looked = sum(one.verdict != "skip" for one in report.checks)
    if failed:
        return (
            f"[bold red]failed[/]: {len(failed)} of {looked} checks ({', '.join(one.name for one in failed)})"
        )
    stopped = ", stopped early" if report.interrupted else ""
    return f"[bold green]passed[/]: all {looked} checks{stopped}"


def _checks(report: Rehearsed) -> Table:
    table = Table(
        box=None, padding=(0, 1), show_header=False, title_justify="left",
        title=f"[bold]{escape(report.what)}[/]: {report.bots} viewers, {report.seconds:.0f} s, seed {report.seed}",
    )  # fmt: skip
    for one in report.checks:
        table.add_row(MARKS[one.verdict], escape(one.title), _said(one))
    return table


def _said(check: Check) -> Text:
    words = Text(check.said, style="dim" if check.verdict == "skip" else "")
    for line in check.details:
        words.append(f"\n  {line}", style="red" if check.verdict == "fail" else "dim")
    return words


def _profiles(report: Rehearsed) -> Table:
    heads = (
        *("viewers", "picture\np50", "\np95", "actions", "refused", "receipt\np50", "\np99", "scene\np95"),
        *("mean\nage", "by\nreceipt"),
    )
    table = _table("how each profile fared (times in ms)", "profile", heads)
    for one in report.profiles:
        table.add_row(escape(one.profile), *_profile(one))
    return table


def _profile(one: Fared) -> list[str]:
    away = f" [red]({one.absent} away)[/]" if one.absent else ""
    return [
        f"{one.viewers}{away}",
        *_two(one.delay, "p50", "p95"),
        *map(str, (one.actions, sum(one.refused.values()))),
        *_two(one.receipt, "p50", "p99"),
        *map(_whole, (one.scene.p95, one.age_ms, one.received_ms)),
    ]


def _two(spread: Spread, *names: str) -> list[str]:
    return [_whole(getattr(spread, name)) for name in names]


def _rounds(report: Rehearsed) -> Table:
    heads = ("answers", "right", "robbed", "gained", "lost", "clipped", "winner", "by receipt")
    table = _table("how fair each round was", "round", heads)
    for one in report.rounds:
        table.add_row(
            escape(one.title or f"{one.segment} {one.number}"),
            *map(str, (one.answers, one.right, one.robbed, one.gained, one.lost, one.clipped)),
            *(escape(place.name) if place else "-" for place in (one.winner, one.by_receipt)),
        )
    table.caption = (
        "robbed: in time on their picture, too late by the server's clock; gained, lost: places that the server's clock would have"
        f" given and taken; a cheater could have gained {(report.cap_ms or 0) / 1000:.1f} s at the most"
    )
    return table


def _tricks(report: Rehearsed) -> Table:
    table = _table("what cheaters tried", "trick", ("answers", "clipped", "gained at most"))
    for one in report.tricks:
        gain = "-" if one.gain_most_ms is None else f"{one.gain_most_ms:.0f} ms"
        table.add_row(one.trick, str(one.answers), str(one.clipped), gain)
    return table


def _handlers(report: Rehearsed) -> Table:
    table = _table("what handlers take (ms)", "handler", ("times", "mean", "most", "over budget"))
    for one in report.handlers[:6]:
        table.add_row(
            escape(f"{one.segment}/{one.action}"), str(one.count), f"{one.mean_ms:.2f}", f"{one.most_ms:.1f}", str(one.over)
        )  # fmt: skip
    return table


def _processes(report: Rehearsed) -> Table:
    table = _table("what it took", "process", ("MB at first", "at the end", "most", "processor"))
    for one in report.processes:
        table.add_row(
            one.name, f"{one.begin_mb:.0f}", f"{one.end_mb:.0f}", f"{one.most_mb:.0f}", f"{one.cpu:.0%}"
        )
    return table


def _table(title: str, first: str, heads: Iterable[str]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, padding=0, title=title, title_justify="left", caption_justify="left")
    table.add_column(first, vertical="bottom", min_width=9)
    for head in heads:
        table.add_column(head, justify="right")
    return table


def _ms(value: float | None) -> str:
    return "-" if value is None else f"{value:.0f} ms"


def _whole(value: float | None) -> str:
    return "-" if value is None else f"{value:.0f}"
