"""Clips of a known bit rate for `bench/fanout.py`: what every server under measurement sends on, unchanged."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np

RATE = 30
SECONDS = 8
SIZES = {2_000: (1280, 720), 300: (640, 360)}
"""Width and height by kbit/s."""


def make_clip(path: Path, kbits: int) -> int:
    """H.264 with a key frame a second and no B-frames, of about `kbits` kbit/s. Returns what it has really become."""
    width, height = SIZES[kbits]
    noise = np.random.default_rng(1).integers(0, 255, (height // 8 + 64, width // 8 + 64), np.uint8)
    with av.open(str(path), "w", format="mp4") as container:
        video = container.add_stream("libx264", rate=RATE, options=_options(kbits))
        video.width, video.height, video.pix_fmt = width, height, "yuv420p"
        video.time_base = Fraction(1, RATE)
        for i in range(RATE * SECONDS):
            # What moves in steps that no motion vector follows costs bits in each frame.
            part = noise[i % 61 : i % 61 + height // 8, (i * 7) % 59 : (i * 7) % 59 + width // 8]
            grey = np.kron(part, np.ones((8, 8), np.uint8))
            frame = av.VideoFrame.from_ndarray(grey, format="gray").reformat(format="yuv420p")
            frame.pts = i
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
    return path.stat().st_size * 8 // SECONDS // 1000


def _options(kbits: int) -> dict[str, str]:
    return {
        "preset": "ultrafast", "tune": "zerolatency", "g": str(RATE), "bf": "0", "b": f"{kbits}k", "maxrate": f"{kbits}k",
        "bufsize": f"{kbits // 4}k", "x264-params": "nal-hrd=cbr:force-cfr=1:filler=1",
    }  # fmt: skip
