"""What is sent of a clip from some moment of it on, in the order in which it is due."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from heapq import merge
from itertools import count
from typing import NamedTuple

import av
from av.bitstream import BitStreamFilterContext
from av.codec.context import Flags
from av.container import InputContainer
from av.stream import Stream

from oncue.engine.errors import BadInput

from .clips import Clip, Packet, open_clip, packets
from .recode import Pictures, can_stretch, stretched

THROUGH = Fraction(3, 2)
"""Up to this speed the file's own frames are sent, all of them: faster, viewers' networks would have to be as much faster."""
NORMAL = Fraction(1)
SLACK = Fraction(1, 1_000_000)
"""Frames begin between two whole µs, but orders name whole ones."""


class Sample(NamedTuple):
    """An encoded frame (Annex B) or packet that begins at `at`, and is to be sent at `due`: seconds of the source. A picture that needs
    none before it is a `key`."""

    due: Fraction
    at: Fraction
    video: bool
    payload: bytes
    key: bool = False


def samples(clip: Clip, start: Fraction, rate: Fraction = NORMAL) -> Iterator[Sample]:
    """From `start` to the end. The first picture is that of `start`: what lies between it and the next key frame is encoded anew."""
    with open_clip(clip.path) as pictures, open_clip(clip.path) as sounds:
        yield from merge(
            _pictures(clip, pictures, start, rate),
            _sounds(clip, sounds, start, rate),
            key=lambda sample: sample.due,
        )


def rounds(clip: Clip, start: Fraction = Fraction(0), rate: Fraction = NORMAL) -> Iterator[Sample]:
    """The same, over and over: its time goes on where the end meets the beginning."""
    first = int(start // clip.period)
    for turn in count(first):
        passed, empty = turn * clip.period, True
        for sample in samples(clip, start - passed if turn == first else Fraction(0), rate):
            empty = False
            yield sample._replace(due=sample.due + passed, at=sample.at + passed)
        if empty and turn > first:
            raise BadInput(f"{clip.path.name} is not what it was", code="media/unreadable")


def still(clip: Clip, at: Fraction) -> tuple[av.VideoFrame, Pictures]:
    """The picture that is seen at `at`, and an encoder for it."""
    with open_clip(clip.path) as container:
        codec = _seek(container, at)
        found: av.VideoFrame | None = None
        for frame in container.decode(container.streams.video[0]):
            if found is not None and _time(frame) > at + SLACK:
                break
            found = frame
        if found is None:
            raise BadInput(f"{clip.path.name} is not what it was", code="media/unreadable")
        return found.reformat(format="yuv420p"), Pictures(clip, codec)


def _pictures(clip: Clip, container: InputContainer, start: Fraction, rate: Fraction) -> Iterator[Sample]:
    codec = _seek(container, start)
    stream = container.streams.video[0]
    annex_b = BitStreamFilterContext("h264_mp4toannexb", stream)
    made = _Made(clip, codec, start, rate)
    through = False
    for at, packet in packets(container, stream):
        if at >= clip.period:
            return
        key = bool(packet.is_keyframe)
        if not through and key and at + SLACK >= start and rate <= THROUGH:
            through = True
            yield from made.rest()
        if through:
            for whole in annex_b.filter(packet):  # which leaves nothing in the packet
                yield Sample(at, at, True, bytes(whole), key)
        else:
            yield from made.of(packet)
    if not through:
        yield from made.rest()


class _Made:
    """Pictures from `start` on, made anew."""

    def __init__(self, clip: Clip, codec: av.VideoCodecContext, start: Fraction, rate: Fraction) -> None:
        self._codec = codec
        self._encoder = Pictures(clip, codec)
        self._start = start
        frame = 1 / Fraction(clip.rate or 30).limit_denominator(1001)
        self._step = frame * rate if rate > THROUGH else Fraction(0)
        self._next = start
        self._last: av.VideoFrame | None = None
        self._count = 0

    def of(self, packet: Packet) -> Iterator[Sample]:
        for frame in self._codec.decode(packet):
            yield from self._frame(frame)

    def rest(self) -> Iterator[Sample]:
        for frame in self._codec.decode(None):
            yield from self._frame(frame)

    def _frame(self, frame: av.VideoFrame) -> Iterator[Sample]:
        at = _time(frame)
        last, self._last = self._last, frame
        if at > self._start + SLACK and not self._count and last is not None:
            yield self._encoded(last, self._start)
        if at + SLACK >= self._next:
            yield self._encoded(frame, at)

    def _encoded(self, frame: av.VideoFrame, at: Fraction) -> Sample:
        key = not self._count
        self._count += 1
        self._next = max(self._next + self._step, at)
        payload = self._encoder.encode(frame.reformat(format="yuv420p"), at, key=key)
        return Sample(at, at, True, payload, key)


def _sounds(clip: Clip, container: InputContainer, start: Fraction, rate: Fraction) -> Iterator[Sample]:
    if clip.sound is None:
        return
    if rate != NORMAL:
        yield from _slow_or_fast(clip, container, start, rate)
        return
    step, stream = clip.sound.step, container.streams.audio[0]
    _wind(container, stream, max(start - step, Fraction(0)))
    for real, packet in packets(container, stream):
        index = round((real - clip.sound.start) / step)
        at = clip.sound.start + index * step
        if at >= start and index < clip.sound.count:
            # When its last sample has sounded, as with a microphone: players take what comes early as heard early.
            yield Sample(at + step, at, False, bytes(packet))


def _slow_or_fast(clip: Clip, container: InputContainer, start: Fraction, rate: Fraction) -> Iterator[Sample]:
    sound, stream = clip.sound, container.streams.audio[0]
    if sound is None or not can_stretch(sound, rate):
        return
    _wind(container, stream, start)
    heard = (frame for frame in container.decode(stream) if frame.pts is not None and _time(frame) >= start)
    for begins, ends, payload in stretched(heard, sound, rate):
        yield Sample(start + ends * rate, start + begins * rate, False, payload)


def _seek(container: InputContainer, start: Fraction) -> av.VideoCodecContext:
    stream = container.streams.video[0]
    codec = stream.codec_context
    codec.thread_count = 1
    codec.flags |= Flags.low_delay
    _wind(container, stream, start)
    return codec


def _wind(container: InputContainer, stream: Stream, start: Fraction) -> None:
    """To the last key frame or packet before."""
    assert stream.time_base is not None
    if start > 0:
        container.seek(int(start / stream.time_base), stream=stream)


def _time(frame: av.VideoFrame | av.AudioFrame) -> Fraction:
    assert frame.pts is not None
    assert frame.time_base is not None
    return frame.pts * frame.time_base
