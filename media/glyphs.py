"""Figures and letters drawn with a round pen, as bitmaps: for the time code in the test picture."""

from __future__ import annotations

from functools import cache
from itertools import pairwise
from math import cos, pi, sin

import numpy as np
import numpy.typing as npt

Mask = npt.NDArray[np.float32]
"""Coverage of each pixel from 0 to 1, rows first."""

Stroke = tuple[tuple[float, float], ...]

WIDE, HIGH = 10.0, 16.0
"""The box in which strokes are given; y grows downwards."""

PEN = 0.95
"""Half the width of a stroke, in the same unit."""

NARROW = {":": 4.4, ".": 4.4}
"""Letters that take less than the whole box."""


def _line(*points: tuple[float, float]) -> Stroke:
    return points


def _arc(centre: tuple[float, float], radii: tuple[float, float], start: float, end: float) -> Stroke:
    """Part of an ellipse; degrees clockwise from the right."""
    steps = max(4, int(abs(end - start) / 12))
    angles = (pi / 180 * (start + (end - start) * i / steps) for i in range(steps + 1))
    return tuple((centre[0] + radii[0] * cos(a), centre[1] + radii[1] * sin(a)) for a in angles)


def _turned(strokes: tuple[Stroke, ...]) -> tuple[Stroke, ...]:
    return tuple(tuple((WIDE - x, HIGH - y) for x, y in stroke) for stroke in strokes)


_SIX = (_arc((5, 10.9), (3.6, 3.9), 0, 360), _arc((10.6, 10.9), (9.2, 9.7), 180, 252))
_ROUND = ((5.0, 11.2), (3.4, 3.6))

STROKES: dict[str, tuple[Stroke, ...]] = {
    "0": (_arc((5, 8), (3.6, 6.8), 0, 360),),
    "1": (_line((2.4, 4.2), (5.6, 1.2), (5.6, 14.8)),),
    "2": (_arc((5, 4.8), (3.6, 3.6), 190, 400), _line((7.8, 7.1), (1.4, 14.8), (8.8, 14.8))),
    "3": (_arc((4.9, 4.5), (3.3, 3.3), 205, 450), _arc((4.9, 11.2), (3.7, 3.6), 270, 515)),
    "4": (_line((6.8, 14.8), (6.8, 1.2), (1.2, 10.8), (9, 10.8)),),
    "5": (_line((8.2, 1.2), (2.3, 1.2), (1.9, 7.6)), _arc((4.8, 10.5), (3.9, 4.3), 225, 510)),
    "6": _SIX,
    "7": (_line((1.4, 1.2), (8.8, 1.2), (4, 14.8)),),
    "8": (_arc((5, 4.5), (3.1, 3.3), 0, 360), _arc((5, 11.3), (3.7, 3.5), 0, 360)),
    "9": _turned(_SIX),
    ":": (_line((5, 5.2), (5, 5.3)), _line((5, 12.2), (5, 12.3))),
    ".": (_line((5, 14.7), (5, 14.8)),),
    "#": (
        _line((4, 2.2), (2.6, 13.8)),
        _line((7.6, 2.2), (6.2, 13.8)),
        _line((1.4, 5.8), (9, 5.8)),
        _line((1, 10.2), (8.6, 10.2)),
    ),
    "o": (_arc(*_ROUND, 0, 360),),
    "n": (_line((1.6, 7.6), (1.6, 14.8)), _arc((5, 11), (3.4, 3.4), 180, 360), _line((8.4, 11), (8.4, 14.8))),
    "c": (_arc(*_ROUND, 45, 315),),
    "u": (
        _line((1.6, 7.6), (1.6, 11.4)),
        _arc((5, 11.4), (3.4, 3.4), 180, 0),
        _line((8.4, 7.6), (8.4, 14.8)),
    ),
    "e": (_line((1.8, 11.2), (8.2, 11.2)), _arc(*_ROUND, 360, 50)),
    "U": (_line((1.6, 1.2), (1.6, 11)), _arc((5, 11), (3.4, 3.8), 180, 0), _line((8.4, 11), (8.4, 1.2))),
    "T": (_line((1, 1.2), (9, 1.2)), _line((5, 1.2), (5, 14.8))),
    "C": (_arc((5.4, 8), (4, 6.8), 50, 310),),
    " ": (),
}


def distance(shape: tuple[int, int], strokes: tuple[Stroke, ...], scale: float) -> Mask:
    """How far each pixel's centre lies from the nearest stroke, in pixels. `shape` is rows and columns, `scale` pixels per unit."""
    y, x = np.mgrid[: shape[0], : shape[1]].astype(np.float32) + np.float32(0.5)
    nearest = np.full(shape, np.float32(1e6))
    for stroke in strokes:
        for (ax, ay), (bx, by) in pairwise((px * scale, py * scale) for px, py in stroke):
            dx, dy = bx - ax, by - ay
            along = np.clip(((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy), 0, 1)
            nearest = np.minimum(nearest, np.hypot(x - ax - along * dx, y - ay - along * dy))
    return nearest


def inside(far: Mask, radius: float) -> Mask:
    """Coverage with soft edges of all that is nearer than `radius` pixels."""
    covered: Mask = np.clip(np.float32(radius + 0.5) - far, 0, 1)
    return covered


@cache
def glyph(letter: str, height: int) -> Mask:
    """The letter as a mask of `height` rows. All figures are of one width, so that running ones stand still."""
    scale, wide = height / HIGH, NARROW.get(letter, WIDE)
    shift = 0.5 + (wide - WIDE) / 2
    shifted = tuple(tuple((x + shift, y) for x, y in stroke) for stroke in STROKES[letter])
    far = distance((height, round((wide + 1) * scale)), shifted, scale)
    return inside(far, PEN * scale)


def word(text: str, height: int) -> Mask:
    """A line of letters as one mask."""
    return np.concatenate([glyph(letter, height) for letter in text], axis=1)
