"""MP4 files: what is known of one that can be played as it is, and its packets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import TypeAlias

import av
import moq
from av.container import InputContainer
from av.stream import Stream

from oncue.engine.errors import BadInput

LONGEST_GROUP = 10
"""Seconds between key frames: who joins gets all since the last one."""

RECODE = "recode it: ffmpeg -i in.mp4 -c:v libx264 -bf 0 -g 30 -pix_fmt yuv420p -c:a aac -shortest out.mp4"

Packet: TypeAlias = "av.Packet[Stream]"

AUDIO = {"aac": moq.AudioFormat.AAC, "opus": moq.AudioFormat.OPUS}
PROFILES = (66, 77, 100)
"""Baseline, Main and High (ITU-T H.264, A.2)."""


@dataclass(frozen=True, slots=True)
class Sound:
    """A track of `count` packets of `samples` each at `rate` Hz, the first at `start` seconds of the file."""

    codec: str
    init: bytes
    rate: int
    samples: int
    count: int
    start: Fraction

    @property
    def step(self) -> Fraction:
        return Fraction(self.samples, self.rate)

    @property
    def length(self) -> Fraction:
        return self.count * self.step


@dataclass(frozen=True, slots=True)
class Clip:
    """What is known of a file that can be played. `period` is one round in seconds: whole audio packets, so that no sample is
    left out or doubled where the end meets the beginning; `length` is when the picture ends."""

    path: Path
    init: bytes
    width: int
    height: int
    rate: float
    bits: int
    period: Fraction
    length: Fraction
    sound: Sound | None


def read_clip(path: Path) -> Clip:
    """Look through the whole file, once as long as it is the same. Raises BadInput: `media/unreadable`, or `media/unsupported` with what to
    do about it."""
    if not path.is_file():
        raise BadInput(f"there is no file {path.name}", code="media/unreadable")
    found = path.stat()
    return _read(path, found.st_size, found.st_mtime_ns)


@lru_cache(maxsize=256)
def _read(path: Path, size: int, changed: int) -> Clip:
    with open_clip(path) as container:
        return _examine(path, container)


@contextmanager
def open_clip(path: Path) -> Iterator[InputContainer]:
    """The file, to be read. Raises BadInput (`media/unreadable`)."""
    try:
        # By the name of the format: a playlist in a file could make FFmpeg open any address.
        with av.open(path, format="mp4") as container:
            yield container
    except (av.FFmpegError, OSError) as error:
        raise BadInput(f"{path.name} is not an MP4 file: {error}", code="media/unreadable") from error


def packets(container: InputContainer, stream: Stream) -> Iterator[tuple[Fraction, Packet]]:
    """Packets with their time in seconds, without those before 0: the encoder's priming, which is not to be heard."""
    for packet in container.demux(stream):
        if packet.size and packet.pts is not None and packet.pts >= 0:
            yield packet.pts * packet.time_base, packet


def _examine(path: Path, container: InputContainer) -> Clip:
    if not container.streams.video:
        raise _unsupported(f"{path.name} has no picture")
    stream = container.streams.video[0]
    codec = stream.codec_context
    if codec.name != "h264" or codec.pix_fmt not in {"yuv420p", "yuvj420p"} or not codec.extradata:
        raise _unsupported(
            f"the picture of {path.name} is {codec.name} {codec.pix_fmt or ''}, not H.264 in 4:2:0"
        )
    if codec.extradata[0] != 1 or codec.extradata[1] not in PROFILES:
        raise _unsupported(f"the picture of {path.name} is H.264 of an unusual profile")
    end, bits = _examine_picture(path, container, stream)
    sound = _examine_sound(path) if container.streams.audio else None
    if sound is not None and sound.start + sound.length < end - 1:
        raise _unsupported(
            f"the sound of {path.name} ends {float(end - sound.length):.1f} s before its picture"
        )
    period = end if sound is None else sound.length
    rate = float(stream.average_rate or 0)
    return Clip(path, bytes(codec.extradata), codec.width, codec.height, rate, bits, period, end, sound)


def _examine_picture(path: Path, container: InputContainer, stream: Stream) -> tuple[Fraction, int]:
    """When the picture ends, in seconds, and a bound on its bits per second."""
    end, key, sizes = Fraction(0), None, Counter[int]()
    for at, packet in packets(container, stream):
        if packet.pts != packet.dts:
            raise _unsupported(f"{path.name} has B-frames, which cannot be played live")
        if packet.is_keyframe:
            key = at
        if key is None or at - key > LONGEST_GROUP:
            raise _unsupported(f"{path.name} has no key frame for {LONGEST_GROUP} s, or none at its start")
        end = at + _length(packet)
        sizes[int(at)] += packet.size
    if not end:
        raise _unsupported(f"{path.name} has no picture")
    # A second of the measurement may lie across two of these.
    return end, 16 * max(sizes.values())


def _examine_sound(path: Path) -> Sound:
    with open_clip(path) as container:
        stream = container.streams.audio[0]
        codec = stream.codec_context
        if codec.name not in AUDIO or not codec.extradata:
            raise _unsupported(f"the sound of {path.name} is {codec.name}, neither AAC nor Opus")
        found = [(at, _length(packet)) for at, packet in packets(container, stream)]
    lengths = {length for _, length in found[:-1]}
    step = lengths.pop() if len(lengths) == 1 else Fraction(0)
    samples = step * codec.sample_rate
    if not step or samples.denominator != 1:
        raise _unsupported(f"the sound of {path.name} has packets of different lengths")
    init = bytes(codec.extradata)
    return Sound(codec.name, init, codec.sample_rate, int(samples), len(found), found[0][0])


def _length(packet: Packet) -> Fraction:
    return (packet.duration or 0) * packet.time_base


def _unsupported(message: str) -> BadInput:
    return BadInput(message, code="media/unsupported", hint=RECODE)
