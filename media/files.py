"""MP4 files as pictures that play round and round, as they are: nothing is decoded or coded again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from heapq import merge
from itertools import count
from pathlib import Path
from typing import NamedTuple, TypeAlias

import av
import moq
from av.container import InputContainer
from av.stream import Stream

from oncue.engine.errors import BadInput

from .pace import LATE_US, Now, Pace, play

LONGEST_GROUP = 10
"""Seconds between key frames: who joins gets all since the last one."""

RECODE = "recode it: ffmpeg -i in.mp4 -c:v libx264 -bf 0 -g 30 -pix_fmt yuv420p -c:a aac -shortest out.mp4"

Packet: TypeAlias = "av.Packet[Stream]"

AUDIO = {"aac": moq.AudioFormat.AAC, "opus": moq.AudioFormat.OPUS}


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
    left out or doubled where the end meets the beginning."""

    path: Path
    init: bytes
    width: int
    height: int
    rate: float
    bits: int
    period: Fraction
    sound: Sound | None


class Sample(NamedTuple):
    """An encoded frame or packet that begins `at` seconds after the start of the first round, and is to be sent at `due`."""

    due: Fraction
    at: Fraction
    video: bool
    payload: bytes


class FileSource:
    """Source of a file's own H.264 and AAC or Opus, in a loop, stamped in show time."""

    def __init__(self, clip: Clip) -> None:
        self.clip = clip

    async def run(self, broadcast: moq.BroadcastProducer, now: Now) -> None:
        """Play into the broadcast, which it owns and announces, until cancelled."""
        await play(lambda pace: self._play(broadcast, pace), now)

    def _play(self, broadcast: moq.BroadcastProducer, pace: Pace) -> None:
        video, audio = _publish(broadcast, self.clip)
        start = pace.now()
        try:
            broadcast.announce()
            for sample in rounds(self.clip):
                due = start + int(sample.due * 1_000_000)
                if not pace.until(due):
                    return
                late = pace.now() - due
                if late > LATE_US:
                    start += late
                at = start + int(sample.at * 1_000_000)
                if sample.video:
                    video.write_frame(sample.payload, at)
                elif audio is not None:
                    audio.write_frame(sample.payload, at)
                    # A group per packet, or who joins gets all the sound since the start.
                    audio.cut()
        finally:
            broadcast.close()


def open_file(path: Path) -> FileSource:
    """Look through the whole file. Raises BadInput: `media/unreadable`, or `media/unsupported` with what to do about it."""
    if not path.is_file():
        raise BadInput(f"there is no file {path}", code="media/unreadable")
    with _open(path) as container:
        return FileSource(_examine(path, container))


@contextmanager
def _open(path: Path) -> Iterator[InputContainer]:
    try:
        # By the name of the format: a playlist in a file could make FFmpeg open any address.
        with av.open(path, format="mp4") as container:
            yield container
    except (av.FFmpegError, OSError) as error:
        raise BadInput(f"{path.name} is not an MP4 file: {error}", code="media/unreadable") from error


def rounds(clip: Clip) -> Iterator[Sample]:
    """The samples of the clip over and over, in the order in which they are due."""
    for turn in count():
        empty = True
        with _open(clip.path) as pictures, _open(clip.path) as sounds:
            tracks = _pictures(clip, pictures, turn), _sounds(clip, sounds, turn)
            for sample in merge(*tracks, key=lambda sample: sample.due):
                empty = False
                yield sample
        if empty:
            raise BadInput(f"{clip.path.name} is not what it was", code="media/unreadable")


def _pictures(clip: Clip, container: InputContainer, turn: int) -> Iterator[Sample]:
    for at, packet in _packets(container, container.streams.video[0]):
        if at < clip.period:
            yield Sample(turn * clip.period + at, turn * clip.period + at, True, bytes(packet))


def _sounds(clip: Clip, container: InputContainer, turn: int) -> Iterator[Sample]:
    if clip.sound is None:
        return
    step = clip.sound.step
    packets = _packets(container, container.streams.audio[0])
    for index, (_, packet) in zip(range(clip.sound.count), packets, strict=False):
        at = turn * clip.period + clip.sound.start + index * step
        # When its last sample has sounded, as with a microphone: players take what comes early as heard early.
        yield Sample(at + step, at, False, bytes(packet))


def _packets(container: InputContainer, stream: Stream) -> Iterator[tuple[Fraction, Packet]]:
    """Packets with their time in seconds, without those before 0: the encoder's priming, which is not to be heard."""
    for packet in container.demux(stream):
        if packet.size and packet.pts is not None and packet.pts >= 0:
            yield packet.pts * packet.time_base, packet


def _length(packet: Packet) -> Fraction:
    return (packet.duration or 0) * packet.time_base


def _publish(
    broadcast: moq.BroadcastProducer, clip: Clip
) -> tuple[moq.MediaProducer, moq.MediaProducer | None]:
    size = moq.Dimensions(width=clip.width, height=clip.height)
    # At a lower bit rate than the real one the catalog changes as the library measures it, and players start again.
    hint = moq.VideoHint(coded=size, framerate=clip.rate, bitrate=clip.bits, optimize_for_latency=True)
    video = broadcast.publish_video(moq.VideoFormat.AVC1, clip.init, hint=hint)
    if clip.sound is None:
        return video, None
    return video, broadcast.publish_audio(AUDIO[clip.sound.codec], clip.sound.init)


def _examine(path: Path, container: InputContainer) -> Clip:
    if not container.streams.video:
        raise _unsupported(f"{path.name} has no picture")
    stream = container.streams.video[0]
    codec = stream.codec_context
    if codec.name != "h264" or codec.pix_fmt not in {"yuv420p", "yuvj420p"} or not codec.extradata:
        raise _unsupported(
            f"the picture of {path.name} is {codec.name} {codec.pix_fmt or ''}, not H.264 in 4:2:0"
        )
    end, bits = _examine_picture(path, container, stream)
    sound = _examine_sound(path) if container.streams.audio else None
    if sound is not None and sound.start + sound.length < end - 1:
        raise _unsupported(
            f"the sound of {path.name} ends {float(end - sound.length):.1f} s before its picture"
        )
    period = end if sound is None else sound.length
    rate = float(stream.average_rate or 0)
    return Clip(path, bytes(codec.extradata), codec.width, codec.height, rate, bits, period, sound)


def _examine_picture(path: Path, container: InputContainer, stream: Stream) -> tuple[Fraction, int]:
    """When the picture ends, in seconds, and a bound on its bits per second."""
    end, key, sizes = Fraction(0), None, Counter[int]()
    for at, packet in _packets(container, stream):
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
    with _open(path) as container:
        stream = container.streams.audio[0]
        codec = stream.codec_context
        if codec.name not in AUDIO or not codec.extradata:
            raise _unsupported(f"the sound of {path.name} is {codec.name}, neither AAC nor Opus")
        packets = [(at, _length(packet)) for at, packet in _packets(container, stream)]
    lengths = {length for _, length in packets[:-1]}
    step = lengths.pop() if len(lengths) == 1 else Fraction(0)
    samples = step * codec.sample_rate
    if not step or samples.denominator != 1:
        raise _unsupported(f"the sound of {path.name} has packets of different lengths")
    init = bytes(codec.extradata)
    return Sound(codec.name, init, codec.sample_rate, int(samples), len(packets), packets[0][0])


def _unsupported(message: str) -> BadInput:
    return BadInput(message, code="media/unsupported", hint=RECODE)
