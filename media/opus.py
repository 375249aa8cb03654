"""AAC as Opus, for who takes nothing else: WebRTC has no AAC (RFC 7874)."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import av

from oncue.engine.structs import Micros

from .feed import Coded, TrackInfo

RATE, SAMPLES = 48_000, 960
APART: Micros = 20_000
"""When the stamps are that far from the samples, something was left out: begin anew."""
BITS = 96_000


class Opus:
    """Makes Opus packets of 20 ms, stamped in samples from the first one on."""

    def __init__(self, info: TrackInfo) -> None:
        decoder = av.CodecContext.create("aac", "r")
        decoder.extradata = info.description
        encoder = av.CodecContext.create("libopus", "w")
        encoder.sample_rate, encoder.layout, encoder.format = RATE, "stereo", "s16"
        encoder.bit_rate, encoder.time_base = BITS, Fraction(1, RATE)
        encoder.open()
        self._decoder, self._encoder = decoder, encoder
        self._resampler = av.AudioResampler("s16", "stereo", RATE, SAMPLES)
        self._start: Micros = 0
        self._heard = Fraction(0)
        self._made = 0

    def put(self, frame: Coded) -> Iterator[Coded]:
        """A packet of AAC; gives those of Opus that are complete."""
        for sound in self._decoder.decode(av.Packet(frame.payload)):
            self._anchor(frame.stamp, sound)
            sound.pts = None
            for piece in self._resampler.resample(sound):
                piece.pts, piece.time_base = self._made, Fraction(1, RATE)
                self._made += piece.samples
                for packet in self._encoder.encode(piece):
                    at = self._start + (packet.pts or 0) * 1_000_000 // RATE
                    yield Coded(at, True, bytes(packet))

    def _anchor(self, stamp: Micros, sound: av.AudioFrame) -> None:
        """Keep to the stamps: the samples since the start say when this one is due."""
        due = self._start + round(self._heard * 1_000_000)
        if abs(stamp - due) > APART:
            self._start = stamp - self._made * 1_000_000 // RATE
            self._heard = Fraction(self._made, RATE)
            self._resampler = av.AudioResampler("s16", "stereo", RATE, SAMPLES)
        self._heard += Fraction(sound.samples, sound.sample_rate)
