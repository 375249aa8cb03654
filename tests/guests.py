"""Guests without a browser: they publish over a session of their own, stamped in show time as a page does."""

from __future__ import annotations

import asyncio
import itertools
import struct
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from fractions import Fraction
from functools import cache

import av
import moq
import numpy as np
from av.video.frame import PictureType

RATE = 25
OPUS_HEAD = b"OpusHead" + struct.pack("<BBHIhB", 1, 2, 0, 48_000, 0, 0)


def now() -> int:
    """Show time in µs, as all in one process have it."""
    return time.time_ns() // 1000


@cache
def coded(
    codec: str = "libx264", width: int = 160, height: int = 90, length: int = RATE
) -> tuple[bytes, ...]:
    """A round of frames, the first a key frame: H.264 in Annex B, or VP8."""
    encoder = av.CodecContext.create(codec, "w")
    encoder.width, encoder.height, encoder.pix_fmt = width, height, "yuv420p"
    encoder.time_base, encoder.framerate, encoder.gop_size = Fraction(1, RATE), Fraction(RATE), length
    encoder.max_b_frames = 0
    encoder.options = (
        {"preset": "ultrafast", "tune": "zerolatency"} if codec == "libx264" else {"deadline": "realtime"}
    )
    frames = []
    for index in range(length):
        picture = av.VideoFrame.from_ndarray(
            np.full((height * 3 // 2, width), 5 * index, np.uint8), "yuv420p"
        )
        picture.pts = index
        picture.pict_type = PictureType.NONE if index else PictureType.I
        frames += [bytes(packet) for packet in encoder.encode(picture)]
    return tuple(frames)


class Camera:
    """A broadcast with a picture (`video/hd`) and sound (`audio`), whose packets are numbered: `sound 17`. What is turned on again has
    another name."""

    def __init__(self, client: moq.Client, path: str, *, video: bool = True, audio: bool = True) -> None:
        self.broadcast = client.create_broadcast(path)
        self.numbers: Iterator[int] = itertools.count()
        self.key = True
        self._frames: Iterator[bytes] = iter(())
        self._turns = -1
        self.turn(video=video, audio=audio)
        self.broadcast.announce()

    def turn(self, *, video: bool, audio: bool) -> None:
        """Turn the camera and the microphone on or off: the catalog changes."""
        self._turns += 1
        hint = moq.VideoHint(coded=moq.Dimensions(width=160, height=90), bitrate=1_000_000)
        for kind, on in (("video", video), ("audio", audio)):
            track = getattr(self, kind, None)
            if track and not on:
                track.finish()
            elif on and not track:
                track = (
                    self.broadcast.publish_video(
                        moq.VideoFormat.AVC3, hint=hint, track=f"video/hd{self._turns or ''}"
                    )
                    if kind == "video"
                    else self.broadcast.publish_audio(
                        moq.AudioFormat.OPUS, OPUS_HEAD, track=f"audio{self._turns or ''}"
                    )
                )
                self.key = self.key or kind == "video"
            setattr(self, kind, track if on else None)

    def shoot(self, stamp: int | None = None) -> None:
        """A frame and a packet, captured now."""
        stamp = now() if stamp is None else stamp
        if self.video:
            if self.key or not (frame := next(self._frames, b"")):
                self._frames, self.key = iter(coded()), False
                frame = next(self._frames)
            self.video.write_frame(frame, stamp)
        if self.audio:
            self.audio.write_frame(b"sound %d" % next(self.numbers), stamp)
            self.audio.cut()

    def close(self) -> None:
        self.broadcast.close()


@asynccontextmanager
async def rolling(camera: Camera, rate: float = RATE) -> AsyncIterator[Camera]:
    """The camera shoots all the while."""

    async def shoot() -> None:
        while True:
            camera.shoot()
            await asyncio.sleep(1 / rate)

    task = asyncio.create_task(shoot())
    try:
        yield camera
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
