"""The time code that machines read off the picture.

A strip over the whole width at the top, a sixteenth of the height, has 40 blocks from left to right, black (luma 16) or white (235):
32 bits of the frame's show time in ms, modulo 2**32, most significant first, then 8 bits of checksum. A block is read in its middle,
with 128 as the threshold, so the strip survives coding, scaling and a canvas.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Luma = npt.NDArray[np.uint8]
"""Brightness of each pixel, rows first."""

BLOCKS = 40
BLACK, WHITE, THRESHOLD = 16, 235, 128


def strip_height(height: int) -> int:
    """Rows of the strip in a picture of so many rows."""
    return height // 16


def code_row(at: int, width: int) -> Luma:
    """One row of the strip for show time `at` in µs."""
    ms = at // 1000 & 0xFFFFFFFF
    value = ms << 8 | _checksum(ms)
    bits = np.array([value >> (BLOCKS - 1 - block) & 1 for block in range(BLOCKS)], bool)
    return np.where(bits[np.arange(width) * BLOCKS // width], WHITE, BLACK).astype(np.uint8)


def read_time_code(luma: Luma) -> int | None:
    """Show time in ms modulo 2**32 of a decoded picture (its luma plane); None if there is no valid strip."""
    height, width = luma.shape
    columns = (2 * np.arange(BLOCKS) + 1) * width // (2 * BLOCKS)
    value = 0
    for bright in luma[strip_height(height) // 2, columns] >= THRESHOLD:
        value = value << 1 | int(bright)
    ms, check = value >> 8, value & 0xFF
    return ms if check == _checksum(ms) else None


def _checksum(ms: int) -> int:
    first, second, third, fourth = ms.to_bytes(4, "big")
    return (3 * first + 5 * second + 7 * third + 11 * fourth + 0x5A) & 0xFF
