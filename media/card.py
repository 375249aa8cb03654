"""The test card: a calm picture with the time on it, for people and for machines."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import av
import numpy as np
import numpy.typing as npt

from .glyphs import Mask, glyph, inside, word
from .timecode import Luma, code_row, strip_height

Rgb = tuple[int, int, int]
Canvas = npt.NDArray[np.float32]

TOP: Rgb = (34, 40, 60)
BOTTOM: Rgb = (14, 17, 27)
PANEL: Rgb = (9, 11, 18)
PAPER: Rgb = (240, 238, 230)
AMBER: Rgb = (255, 184, 77)
BARS: tuple[Rgb, ...] = (
    PAPER,
    (236, 196, 92),
    (104, 196, 188),
    (112, 178, 104),
    (196, 104, 158),
    (214, 92, 80),
    (86, 112, 200),
    (26, 30, 44),
)
TO_YUV = np.array([[0.2126, 0.7152, 0.0722], [-0.1146, -0.3854, 0.5], [0.5, -0.4542, -0.0458]], np.float32)
"""BT.709 from R'G'B' (ITU-R BT.709-6, 3.2)."""

LAMP_US = 100_000
"""How long the lamp at the top right lights up at each whole second, with the tick in the sound."""

LAMP = 22
"""Its radius, at a height of 720."""


class Card:
    """A picture of `width` by `height` pixels whose moving parts are repainted in place; I420, BT.709 in limited range."""

    def __init__(self, width: int, height: int) -> None:
        self.frame = av.VideoFrame(width, height, "yuv420p")
        self._unit = unit = height / 720
        self._panel = box = _Box(int(0.11 * width), int(0.29 * height), int(0.89 * width), int(0.66 * height))
        views = [_view(plane) for plane in self.frame.planes]
        for view, plane in zip(views, _planes(self._background(width, height)), strict=True):
            view[:] = plane
        self._luma = luma = views[0]
        inset, size, small = int(44 * unit), int(104 * unit), int(40 * unit)
        self._clock = _Line(luma, (box.top + inset, box.middle - _width("00:00:00.000", size) // 2), size)
        foot = box.bottom - int(88 * unit)
        self._number = _Line(luma, (foot, box.left + inset), small)
        _Line(luma, (foot, box.right - inset - _width("UTC", small)), small).show("UTC")
        under = slice(box.bottom - int(20 * unit), box.bottom - int(14 * unit))
        self._sweep = luma[under, box.left + inset : box.right - inset]
        self._lamp = luma[self._lamp_place(width, height)]
        self._lit = self._lamp.copy()
        self._dark = np.minimum(self._lit, DIM)

    def paint(self, at: int, number: int) -> av.VideoFrame:
        """The picture of show time `at` (µs), the `number`-th of its source. Encode it before the next: it is always the same frame."""
        since, rest = divmod(at, 1_000_000)
        self._luma[: strip_height(self.frame.height)] = code_row(at, self.frame.width)
        self._clock.show(f"{datetime.fromtimestamp(since, UTC):%H:%M:%S}.{rest // 1000:03}")
        self._number.show(f"#{number % 10**7:07}")
        reached = self._sweep.shape[1] * rest // 1_000_000
        self._sweep[:, :reached] = SHADE
        self._sweep[:, reached:] = INK + 24
        self._lamp[:] = self._lit if rest < LAMP_US else self._dark
        return self.frame

    def _background(self, width: int, height: int) -> Canvas:
        unit = self._unit
        fade = np.linspace(0, 1, height, dtype=np.float32)[:, None, None]
        canvas = np.array(TOP, np.float32) * (1 - fade) + np.array(BOTTOM, np.float32) * fade
        canvas = np.repeat(canvas, width, axis=1)
        step = int(80 * unit)
        canvas[step // 2 :: step, :] += 7
        canvas[:, step // 2 :: step] += 7
        y, x = np.mgrid[:height, :width].astype(np.float32)
        ring = abs(np.hypot(x - width / 2, y - height / 2) - 0.44 * height)
        _lay(canvas, PAPER, 0.16 * inside(ring, 1.5 * unit))
        _lay(canvas, PANEL, self._panel.rounded(x, y, 28 * unit))
        mark, size = word("oncue", int(64 * unit)), int(64 * unit)
        top, left = strip_height(height) + int(28 * unit), int(0.06 * width)
        _lay(canvas[top : top + size, left : left + mark.shape[1]], PAPER, mark)
        rows, columns = self._lamp_place(width, height)
        middle, radius = (rows.stop - rows.start) / 2, LAMP * unit
        spot = np.hypot(x[rows, columns] - columns.start - middle, y[rows, columns] - rows.start - middle)
        _lay(canvas[rows, columns], AMBER, inside(spot, radius))
        self._bars(canvas, x, y)
        return canvas

    def _bars(self, canvas: Canvas, x: Canvas, y: Canvas) -> None:
        height, width = x.shape
        box = _Box(int(0.11 * width), int(0.76 * height), int(0.89 * width), int(0.91 * height))
        shape = box.rounded(x, y, 20 * self._unit)
        edges = pairwise(int(edge) for edge in np.linspace(box.left, box.right, len(BARS) + 1))
        ramp = slice(int(0.935 * height), int(0.955 * height))
        for step, (colour, (left, right)) in enumerate(zip(BARS, edges, strict=True)):
            _lay(canvas[:, left:right], colour, shape[:, left:right])
            canvas[ramp, left:right] = 255 * step / (len(BARS) - 1)

    def _lamp_place(self, width: int, height: int) -> tuple[slice, slice]:
        side = 2 * int((LAMP + 2) * self._unit)
        top, left = strip_height(height) + int(36 * self._unit), int(0.94 * width) - side
        return slice(top, top + side), slice(left, left + side)


class _Box:
    """A rectangle of pixels."""

    def __init__(self, left: int, top: int, right: int, bottom: int) -> None:
        self.left, self.top, self.right, self.bottom = left, top, right, bottom
        self.middle = (left + right) // 2

    def rounded(self, x: Canvas, y: Canvas, radius: float) -> Mask:
        """Its coverage with round corners."""
        dx = np.maximum(np.maximum(self.left + radius - x, x - self.right + radius), 0)
        dy = np.maximum(np.maximum(self.top + radius - y, y - self.bottom + radius), 0)
        return inside(np.hypot(dx, dy), radius)


class _Line:
    """A line of letters on the panel; only those that change are painted."""

    def __init__(self, luma: Luma, corner: tuple[int, int], height: int) -> None:
        self._luma = luma
        self._top, self._left = corner
        self._height = height
        self._shown = ""
        self._tiles: dict[str, Luma] = {}

    def show(self, text: str) -> None:
        left, old = self._left, self._shown.ljust(len(text))
        for letter, before in zip(text, old, strict=False):
            tile = self._tile(letter)
            if letter != before:
                self._luma[self._top : self._top + self._height, left : left + tile.shape[1]] = tile
            left += tile.shape[1]
        self._shown = text

    def _tile(self, letter: str) -> Luma:
        if letter not in self._tiles:
            self._tiles[letter] = (INK + (SHADE - INK) * glyph(letter, self._height)).astype(np.uint8)
        return self._tiles[letter]


def _width(text: str, height: int) -> int:
    return sum(glyph(letter, height).shape[1] for letter in text)


def _view(plane: av.video.plane.VideoPlane) -> Luma:
    """The pixels of a plane, to be written in place."""
    pixels = np.frombuffer(memoryview(plane), np.uint8)
    return pixels.reshape(plane.height, plane.line_size)[:, : plane.width]


def _lay(canvas: Canvas, colour: Rgb, mask: Mask) -> None:
    canvas += (np.array(colour, np.float32) - canvas) * mask[:, :, None]


def _yuv(colour: Rgb) -> tuple[int, int, int]:
    y, u, v = TO_YUV @ np.array(colour, np.float32) / 255
    return round(16 + 219 * y), round(128 + 224 * u), round(128 + 224 * v)


INK, SHADE, DIM = _yuv(PANEL)[0], _yuv(PAPER)[0], 70
"""Luma of the panel, of the figures on it, and of the lamp when it is off."""


def _planes(canvas: Canvas) -> tuple[Luma, Luma, Luma]:
    """Y, U, V of a picture in R'G'B' from 0 to 255; U and V at half the size."""
    yuv = np.clip(canvas, 0, 255) / 255 @ TO_YUV.T
    y = 16 + 219 * yuv[:, :, 0]
    height, width = y.shape
    chroma = 128 + 224 * yuv[:, :, 1:].reshape(height // 2, 2, width // 2, 2, 2).mean(axis=(1, 3))
    return _whole(y), _whole(chroma[:, :, 0]), _whole(chroma[:, :, 1])


def _whole(plane: npt.NDArray[np.floating[Any]]) -> Luma:
    pixels: Luma = np.rint(plane).astype(np.uint8)
    return pixels
