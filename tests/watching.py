"""What pages really show, read from their pixels and samples: see watching.js, which is injected into them.

Walls are host time in ms since the Unix epoch; shows are show time in ms; both float64.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from playwright.async_api import BrowserContext, Page

WATCHER = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")
WRAP = 2**32
"""The time code counts ms modulo this."""
NONE, CARD, GONE = -1.0, -2.0, -3.0
"""What a tile shows that shows no frame: nothing that can be read, the card with the name; or it is not there."""
STILL_MS = 100
"""A frame that stays longer is a stall."""

Floats = npt.NDArray[np.float64]


@dataclass
class Sight:
    """What one page showed. Rows: `changes` (wall, show), `scenes` (wall, seq, at in µs, show on the canvas or NaN), `ticks` (wall),
    `said` (wall; what the page says of itself: delay, target and need in ms, and 1 in the lane "step"), `late` (wall, gap between two
    animation frames of more than 50 ms). `seats` has for each seat's tile (wall, show): a frame's, or NONE, CARD, GONE. `frames` are
    animation frames, `unread` those of them without a code."""

    changes: Floats
    scenes: Floats
    ticks: Floats
    said: Floats
    late: Floats
    seats: dict[str, Floats] = field(default_factory=dict)
    frames: int = 0
    unread: int = 0
    extra: dict[str, Any] = field(default_factory=dict)


async def watch(context: BrowserContext) -> None:
    """Have every page of this context watched from its start."""
    await context.add_init_script(WATCHER)


async def sight(page: Page) -> Sight:
    """All that the page has shown so far."""
    return seen(await page.evaluate("() => window.watching"))


def seen(raw: dict[str, Any]) -> Sight:
    """What `window.watching` says."""
    changes, scenes = _rows(raw["changes"], 2), _rows(raw["scenes"], 4)
    return Sight(
        changes=np.column_stack([changes[:, 0], whole(changes[:, 1], changes[:, 0])]),
        scenes=np.column_stack([scenes[:, :3], whole(scenes[:, 3], scenes[:, 0])]),
        ticks=_rows(raw["ticks"], 1)[:, 0],
        said=_rows(raw["said"], 5),
        late=_rows(raw["turns"], 2),
        seats={seat: _tile(_rows(rows, 2)) for seat, rows in raw["seats"].items()},
        frames=raw["frames"],
        unread=raw["unread"],
    )


def whole(codes: Floats, walls: Floats) -> Floats:
    """Show times of time codes that were read at these walls: the nearest that fits. NaN for -1, which is no code."""
    shows = walls + (codes - walls + WRAP / 2) % WRAP - WRAP / 2
    return np.where(codes < 0, np.nan, shows)


async def wall_is_ours(page: Page) -> float:
    """How far (ms) the page's wall clock is from this process', beyond what the way there can explain; 0: they agree."""
    best, off = math.inf, 0.0
    for _ in range(20):
        sent = time.time() * 1000
        there = await page.evaluate("() => performance.timeOrigin + performance.now()")
        got = time.time() * 1000
        if got - sent < best:
            best, off = got - sent, there - (sent + got) / 2
    return max(0.0, abs(off) - best / 2)


@dataclass(frozen=True)
class Span:
    """From wall to wall (ms)."""

    begin: float
    end: float

    @property
    def seconds(self) -> float:
        """How long it is."""
        return (self.end - self.begin) / 1000

    def of(self, rows: Floats) -> Floats:
        """The rows whose first column, or which themselves, lie in it."""
        walls = rows if rows.ndim == 1 else rows[:, 0]
        return rows[(walls >= self.begin) & (walls < self.end)]

    def instants(self, step: float = 10) -> Floats:
        """Walls every `step` ms."""
        return np.arange(self.begin, self.end, step)


def playhead(changes: Floats, at: Floats) -> Floats:
    """Show time that a page was at: linear between the changes of its picture. A picture that stands longer than STILL_MS is where its
    frame is until the next one comes. NaN before the first and after the last change."""
    walls, shows = changes.T
    if len(walls) < 2:
        return np.full(len(at), np.nan)
    heads = np.interp(at, walls, shows, left=np.nan, right=np.nan)
    before = np.clip(np.searchsorted(walls, at, "right") - 1, 0, len(walls) - 2)
    stalled = walls[before + 1] - walls[before] > STILL_MS
    return np.where(stalled & ~np.isnan(heads), shows[before], heads)


def shown(changes: Floats, at: Floats) -> Floats:
    """Show time of the frame on the canvas; NaN before the first."""
    before = np.searchsorted(changes[:, 0], at, "right") - 1
    return np.where(before >= 0, changes[np.maximum(before, 0), 1], np.nan)


def skews(heads: Sequence[Floats]) -> Floats:
    """Difference of each two pages at each instant: (pairs, instants)."""
    pairs = [(i, j) for i in range(len(heads)) for j in range(i)]
    return np.array([heads[i] - heads[j] for i, j in pairs]).reshape(len(pairs), -1)


def in_step(sight: Sight, at: Floats) -> npt.NDArray[np.bool_]:
    """Whether the page says at these walls that it is in step: in that lane, and at the target."""
    if not len(sight.said):
        return np.zeros(len(at), bool)
    walls, delay, target, _, step = sight.said.T
    there = (step > 0) & (target > 0) & (abs(delay - target) < 1)
    return np.asarray(np.interp(at, walls, there.astype(np.float64), left=0, right=0) == 1)


def apart(frames: Sequence[Floats], frame_ms: float) -> float:
    """Share of the instants at which two pages show frames that are more than one apart."""
    numbers = np.rint(np.array(frames) / frame_ms)
    spread = numbers.max(axis=0) - numbers.min(axis=0)
    known = ~np.isnan(spread)
    return float((spread[known] > 1).mean()) if known.any() else math.nan


def lips(sight: Sight, span: Span) -> Floats:
    """For each tick how much later (ms) it was heard than the picture was at its whole second."""
    walls, shows = sight.changes.T
    ticks = span.of(sight.ticks)
    if not len(ticks) or len(walls) < 2:
        return np.empty(0)
    seconds = np.rint(np.interp(ticks, walls, shows) / 1000) * 1000
    return np.asarray(ticks - np.interp(seconds, shows, walls))


def stalls(sight: Sight, span: Span) -> Floats:
    """Lengths (ms) of the stalls that began in the span."""
    walls = span.of(sight.changes)[:, 0]
    gaps = np.diff(walls)
    return np.asarray(gaps[gaps > STILL_MS])


def percentile(values: Floats, share: float) -> float:
    """Rounded to 0.1; NaN of none. NaNs do not count."""
    known = values[~np.isnan(values)]
    return round(float(np.percentile(known, share)), 1) if len(known) else math.nan


def _tile(rows: Floats) -> Floats:
    frames = rows[:, 1] >= 0
    return np.column_stack([rows[:, 0], np.where(frames, whole(rows[:, 1], rows[:, 0]), rows[:, 1])])


def _rows(rows: list[list[float]], columns: int) -> Floats:
    return np.array(rows, np.float64).reshape(-1, columns)
