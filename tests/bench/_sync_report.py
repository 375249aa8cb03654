"""Draws what `bench/sync.py` saw, for people's eyes: over time how old the picture of each page is, what its network needs (dotted), and
the target that all are to have (grey)."""

from __future__ import annotations

import html
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from watching import Floats

if TYPE_CHECKING:
    from bench.sync import Run

WIDTH, HEIGHT, LEFT = 1100, 320, 60
COLOURS = ("#d6604d", "#4393c3", "#5aae61", "#9970ab")
STYLE = "body{font:14px sans-serif;background:#fff;color:#222;margin:24px}svg{background:#fafafa}text{font:12px sans-serif}"


def write_report(file: Path, runs: Sequence[Run]) -> None:
    """One chart for each run, in one HTML page."""
    most = max(float(np.nanmax(_glass(run))) for run in runs) * 1.05
    charts = "".join(_chart(run, most) for run in runs)
    file.write_text(f"<!doctype html><meta charset=utf-8><style>{STYLE}</style>{charts}", encoding="utf-8")
    print(f"drawn in {file}", flush=True)


def _glass(run: Run) -> Floats:
    return np.array([run.span.instants() + run.offset - head for head in run.heads])


def _chart(run: Run, most: float) -> str:
    at = (run.span.instants() - run.span.begin) / 1000
    x = _x(at, run)
    parts = [_ruler(ms, most) for ms in range(0, int(most), 100)]
    for glass, sight, colour in zip(_glass(run), run.sights, COLOURS, strict=False):
        parts.append(_line(x, _y(glass, most), f'stroke="{colour}"'))
        walls, _, targets, needs, _ = run.span.of(sight.said).T
        told_at = _x((walls - run.span.begin) / 1000, run)
        parts.append(_line(told_at, _y(targets, most), 'stroke="#000" stroke-opacity=".5"'))
        parts.append(_line(told_at, _y(needs, most), f'stroke="{colour}" stroke-dasharray="2 3"'))
    legend = " · ".join(
        f'<b style="color:{colour}">{network.down_ms:g} ms</b>'
        for network, colour in zip(run.networks, COLOURS, strict=False)
    )
    told = html.escape(str(run.figures()))
    head = f"<h2>{run.kind}: age of the picture (ms; dotted: need, grey: target), by network: {legend}</h2>"
    return f"{head}<svg width={WIDTH} height={HEIGHT}>{''.join(parts)}</svg><p>{told}</p>"


def _x(seconds: Floats, run: Run) -> Floats:
    return LEFT + seconds / run.span.seconds * (WIDTH - LEFT)


def _y(ms: Floats, most: float) -> Floats:
    return HEIGHT - ms / most * HEIGHT


def _line(x: Floats, y: Floats, stroke: str) -> str:
    points = " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x, y, strict=True) if b == b)
    return f'<polyline fill="none" {stroke} points="{points}"/>'


def _ruler(ms: int, most: float) -> str:
    y = HEIGHT - ms / most * HEIGHT
    return f'<line x1="{LEFT}" x2="{WIDTH}" y1="{y:.0f}" y2="{y:.0f}" stroke="#ddd"/><text x="4" y="{y + 4:.0f}">{ms}</text>'
