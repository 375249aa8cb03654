"""Plots as SVG, without any library: each a figure with a title, a description for who does not see it, and the table behind it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from math import ceil, floor, log10

import msgspec

WIDTH = 420
"""Units of a plot across; it is drawn as wide as there is room, so that words stay readable on a phone."""
LEFT, RIGHT, TOP, BOTTOM = 56, 14, 14, 30
ROW, TALL = 26, 40
"""Units of a line of a plot by rows, and of dots above one another at the most."""
COLOURS = 6
CLOSE = 66
"""Nearer than that two words below a plot would touch: the last one stays."""


class Series(msgspec.Struct, frozen=True):
    """A line or a column of bars: points `(x, y)`, None where there is nothing."""

    name: str
    points: Sequence[tuple[float, float | None]]


class Row(msgspec.Struct, frozen=True):
    """A line of a plot by rows: `marks` are the values that are marked, in the order of the plot's names."""

    name: str
    marks: Sequence[float | None]


class Scale:
    """Values to places, with round ticks. From 0 to `most` at the least."""

    def __init__(self, most: float, begin: float, end: float, ticks: int = 4) -> None:
        step = most / ticks if most > 0 else 1.0
        unit = 10.0 ** floor(log10(step))
        step = next(unit * n for n in (1, 2, 2.5, 5, 10) if unit * n >= step - 1e-9)
        self._top = step * max(ceil(most / step - 1e-9), 1)
        self._begin, self._end = begin, end
        self.ticks = [step * i for i in range(round(self._top / step) + 1)]

    def __call__(self, value: float) -> float:
        """The place of a value."""
        share = min(max(value / self._top, 0.0), 1.0)
        return round(self._begin + share * (self._end - self._begin), 1)


def figure(title: str, said: str, drawn: str, table: str, *, height: float, legend: str = "") -> str:
    """A plot with its words: `said` is a sentence on what is to be seen."""
    return (
        f"<figure><figcaption><h3>{escape(title)}</h3><p>{escape(said)}</p></figcaption>{legend}"
        f'<svg viewBox="0 0 {WIDTH} {height:g}" role="img" aria-label="{escape(title)}. {escape(said)}">{drawn}</svg>'
        f"<details><summary>Figures</summary>{table}</details></figure>"
    )


def legend(names: Sequence[str]) -> str:
    """Which colour is what, in the order of the series."""
    items = "".join(f'<li class="c{i % COLOURS}">{escape(name)}</li>' for i, name in enumerate(names))
    return f'<ul class="legend">{items}</ul>'


def table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Rows of words and figures; the first of each is its head."""
    top = "".join(f'<th scope="col">{escape(head)}</th>' for head in heads)
    body = "".join(
        f'<tr><th scope="row">{escape(str(row[0]))}</th>{"".join(f"<td>{cell(one)}</td>" for one in row[1:])}</tr>'
        for row in rows
    )
    return f'<div class="wide"><table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>'


def cell(value: object) -> str:
    """A value as people write it."""
    if value is None:
        return "–"  # noqa: RUF001
    return escape(short(value) if isinstance(value, float) else str(value))


def short(value: float) -> str:
    """A figure with as many digits as are worth reading."""
    if abs(value) >= 10_000:
        return f"{value / 1000:,.0f}k"
    return f"{value:,.0f}" if abs(value) >= 100 or value == int(value) else f"{value:.3g}"


def lines(series: Sequence[Series], *, unit: str, height: float = 190) -> str:
    """Lines over seconds, each with its end marked."""
    x, y = _plane(series, height)
    out = [_grid(x, y, height, unit)]
    for i, one in enumerate(series):
        parts: list[str] = []
        pen = "M"
        for at, value in one.points:
            if value is None:
                pen = "M"
                continue
            parts.append(f"{pen}{x(at):g} {y(value):g}")
            pen = "L"
        out.append(f'<path class="line c{i % COLOURS}" d="{"".join(parts)}"/>')
        if last := next(((at, value) for at, value in reversed(one.points) if value is not None), None):
            out.append(
                f'<circle class="dot c{i % COLOURS}" cx="{x(last[0]):g}" cy="{y(last[1]):g}" r="2.5"/>'
            )
    return "".join(out)


def bars(series: Sequence[Series], *, unit: str, height: float = 150) -> str:
    """Bars over seconds, the series before one another: the first is the whole."""
    x, y = _plane(series, height)
    count = max((len(one.points) for one in series), default=1)
    wide = max((WIDTH - LEFT - RIGHT) / max(count, 1) * 0.8, 0.6)
    out = [_grid(x, y, height, unit)]
    for i, one in enumerate(series):
        out += [
            f'<rect class="bar c{i % COLOURS}" x="{x(at):.1f}" y="{y(value):g}" width="{wide:.1f}"'
            f' height="{y(0) - y(value):.1f}"/>'
            for at, value in one.points
            if value
        ]
    return "".join(out)


def rows(
    listed: Sequence[Row], *, unit: str, line: float | None = None, linked: bool = True
) -> tuple[str, float]:
    """Marks on a line for each name, with a `line` across all where it is given; and the height that it needs."""
    left = 12 + 6.4 * max((min(len(row.name), 24) for row in listed), default=0)
    values = [mark for row in listed for mark in row.marks if mark is not None]
    x = Scale(max([*values, line or 0.0, 1e-9]), left, WIDTH - RIGHT)
    height = TOP + ROW * len(listed) + BOTTOM
    out = [_ticks(x, TOP, height - BOTTOM, unit)]
    for i, row in enumerate(listed):
        middle = TOP + ROW * (i + 0.5)
        out.append(f'<text class="name" x="{left - 8:g}" y="{middle + 4:g}">{escape(_cut(row.name))}</text>')
        there = [x(mark) for mark in row.marks if mark is not None]
        if linked and len(there) > 1:
            out.append(f'<path class="span" d="M{min(there):g} {middle:g}H{max(there):g}"/>')
        out += [
            f'<circle class="dot c{j % COLOURS}" cx="{x(mark):g}" cy="{middle:g}" r="4.5"/>'
            for j, mark in enumerate(row.marks)
            if mark is not None
        ]
    if line is not None:
        out.append(_mark(x(line), height - BOTTOM))
    return "".join(out), height


def strips(listed: Sequence[Row], *, unit: str, line: float | None = None) -> tuple[str, float]:
    """Each value a dot, those that are near each other above one another."""
    left = 12 + 6.4 * max((min(len(row.name), 24) for row in listed), default=0)
    values = [mark for row in listed for mark in row.marks if mark is not None]
    x = Scale(max([*values, line or 0.0, 1e-9]), left, WIDTH - RIGHT)
    out, top = [], float(TOP)
    for row in listed:
        stacks: dict[int, int] = {}
        dots = []
        for mark in row.marks:
            if mark is not None:
                place = round(x(mark) / 5)
                stacks[place] = stacks.get(place, 0) + 1
                dots.append((x(mark), stacks[place]))
        step = min(5.0, TALL / max([*stacks.values(), 1]))
        tall = max(ROW, step * max([*stacks.values(), 1]) + 8)
        out.append(
            f'<text class="name" x="{left - 8:g}" y="{top + tall - 6:g}">{escape(_cut(row.name))}</text>'
        )
        out += [
            f'<circle class="dot c0" cx="{at:g}" cy="{top + tall - 4 - step * n:.1f}" r="2.4"/>'
            for at, n in dots
        ]
        top += tall
    height = top + BOTTOM
    behind = _ticks(x, TOP, height - BOTTOM, unit)
    across = _mark(x(line), height - BOTTOM) if line else ""
    return behind + across + "".join(out), height


def _plane(series: Sequence[Series], height: float) -> tuple[Scale, Scale]:
    xs = [at for one in series for at, _ in one.points]
    ys = [value for one in series for _, value in one.points if value is not None]
    return Scale(max(xs, default=1), LEFT, WIDTH - RIGHT, 5), Scale(max(ys, default=1), height - BOTTOM, TOP)


def _grid(x: Scale, y: Scale, height: float, unit: str) -> str:
    out = [_ticks(x, height - BOTTOM, height - BOTTOM, "s")]
    for tick in y.ticks:
        out.append(f'<path class="grid" d="M{LEFT} {y(tick):g}H{WIDTH - RIGHT}"/>')
        words = short(tick) if tick != y.ticks[-1] else f"{short(tick)} {unit}"
        out.append(f'<text class="tick y" x="{LEFT - 6}" y="{y(tick) + 4:g}">{escape(words)}</text>')
    return "".join(out)


def _ticks(x: Scale, top: float, bottom: float, unit: str) -> str:
    out = []
    for i, tick in enumerate(x.ticks):
        if bottom > top:
            out.append(f'<path class="grid" d="M{x(tick):g} {top:g}V{bottom:g}"/>')
        last = i == len(x.ticks) - 1
        words = f"{short(tick)} {unit}" if last else short(tick)
        side = "end" if last else "middle"
        if i == len(x.ticks) - 2 and x(x.ticks[-1]) - x(tick) < CLOSE:
            continue
        out.append(
            f'<text class="tick" x="{x(tick):g}" y="{bottom + 16:g}" text-anchor="{side}">{escape(words)}</text>'
        )
    return "".join(out)


def _mark(at: float, bottom: float) -> str:
    return f'<path class="limit" d="M{at:g} {TOP - 6}V{bottom:g}"/>'


def _cut(text: str, most: int = 24) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
