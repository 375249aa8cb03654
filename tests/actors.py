"""Sources that do what the test picture does not: several renditions of one picture with the time on it, and a voice that goes on."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import av
import moq
import numpy as np
from av.video.frame import PictureType

from oncue.media.card import Card
from oncue.media.pace import Now, Pace, play

RATE = 15
GROUP = 15
SAMPLES, HZ = 960, 48_000
LOUD = 0.3


class Actor:
    """A source of H.264 in these sizes, 15 frames a second with a key frame on each second, and of a tone while `voice()` holds."""

    def __init__(self, *sizes: tuple[int, int], voice: Callable[[], bool] = lambda: False) -> None:
        self._sizes, self._voice = sizes, voice

    async def run(self, broadcast: moq.BroadcastProducer, now: Now) -> None:
        """Play into the broadcast, which it owns and announces, until cancelled."""
        await play(lambda pace: self._play(broadcast, pace), now)

    def _play(self, broadcast: moq.BroadcastProducer, pace: Pace) -> None:
        tracks = [_Rendition(broadcast, *size) for size in self._sizes]
        tone = _Tone(broadcast, pace.now())
        broadcast.announce()
        index, first = pace.now() * RATE // 1_000_000 + 1, True
        try:
            while pace.until(at := index * 1_000_000 // RATE):
                for track in tracks:
                    track.send(at, index, first)
                tone.send(at, self._voice())
                index, first = index + 1, False
        finally:
            broadcast.close()


class _Rendition:
    def __init__(self, broadcast: moq.BroadcastProducer, width: int, height: int) -> None:
        self._card = Card(width, height)
        self._encoder = encoder = av.CodecContext.create("libx264", "w")
        encoder.width, encoder.height, encoder.pix_fmt = width, height, "yuv420p"
        encoder.framerate, encoder.time_base = Fraction(RATE), Fraction(1, RATE)
        encoder.max_b_frames, encoder.thread_count = 0, 1
        encoder.options = {
            "preset": "ultrafast",
            "tune": "zerolatency",
            "profile": "baseline",
            "forced-idr": "1",
        }
        size = moq.Dimensions(width=width, height=height)
        hint = moq.VideoHint(coded=size, framerate=float(RATE), bitrate=height * 10_000)
        self._track = broadcast.publish_video(moq.VideoFormat.AVC3, hint=hint, track=f"video/{height}")

    def send(self, at: int, index: int, first: bool) -> None:
        frame = self._card.paint(at, index)
        frame.pts, frame.time_base = index, Fraction(1, RATE)
        frame.pict_type = PictureType.I if first or index % GROUP == 0 else PictureType.NONE
        for packet in self._encoder.encode(frame):
            self._track.write_frame(bytes(packet), at)


class _Tone:
    def __init__(self, broadcast: moq.BroadcastProducer, now: int) -> None:
        self._encoder = encoder = av.CodecContext.create("libopus", "w")
        encoder.layout, encoder.format = "stereo", "s16"
        encoder.sample_rate, encoder.bit_rate = HZ, 32_000
        encoder.open()
        self._track = broadcast.publish_audio(
            moq.AudioFormat.OPUS, bytes(encoder.extradata or b""), track="audio"
        )
        self._index = now * HZ // (SAMPLES * 1_000_000)
        wave = LOUD * np.sin(2 * np.pi * 400 * np.arange(SAMPLES) / HZ)
        self._waves = [np.repeat((32767 * gain * wave).astype(np.int16), 2)[None, :] for gain in (0, 1)]

    def send(self, until: int, voice: bool) -> None:
        """All packets up to this show time."""
        while (self._index + 1) * SAMPLES * 1_000_000 // HZ <= until:
            frame = av.AudioFrame.from_ndarray(self._waves[voice], format="s16", layout="stereo")
            frame.sample_rate, frame.time_base = HZ, Fraction(1, HZ)
            frame.pts = self._index * SAMPLES
            for packet in self._encoder.encode(frame):
                self._track.write_frame(bytes(packet), (packet.pts or 0) * 1_000_000 // HZ)
                self._track.cut()
            self._index += 1
