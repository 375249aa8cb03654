"""Live streams from elsewhere (RTSP, RTMP, SRT, HLS, MPEG-TS): passed on as they are, stamped by when they arrive."""

from __future__ import annotations

import contextlib
import queue
import threading
from collections import deque
from collections.abc import Iterator
from fractions import Fraction
from typing import Any, NamedTuple, TypeAlias

import av
import moq
import msgspec
import structlog
from av.audio.stream import AudioStream
from av.bitstream import BitStreamFilterContext
from av.container import InputContainer
from av.video.stream import VideoStream

from oncue.engine.errors import BadInput, Unavailable

from .clips import AUDIO
from .pace import Now, Pace, play
from .remote import Remote

log = structlog.get_logger()

SCHEMES = ("rtsp", "rtsps", "rtmp", "rtmps", "srt", "http", "https")
PROTOCOLS = "rtsp,rtsps,rtmp,rtmps,srt,http,https,httpproxy,hls,tcp,udp,rtp,tls,crypto"
"""What FFmpeg may open for a stream: a playlist could name files of this machine."""
HINT = "let the encoder send H.264 in 4:2:0 without B-frames (x264: bframes=0, tune zerolatency), and AAC or Opus"
OPEN_S, SILENT_S = 10.0, 8.0
"""How long a stream may take to begin, and be silent, before it is opened again."""
AGAIN_S, AGAIN_MOST_S = 0.5, 15.0
AHEAD = 2_000
"""Packets that wait for their moment: playlists bring seconds of them in one go."""
PATIENT = 200
"""After so many packets a stream whose sound has not begun has none."""
LOOK_S = 0.25
OPTIONS = {"protocol_whitelist": PROTOCOLS, "rtsp_transport": "tcp", "analyzeduration": "2000000"}
WINDOW_US, SLEW, JUMP_US = 12_000_000, Fraction(1, 200), 1_000_000

Packet: TypeAlias = "av.Packet[Any]"


class Came(NamedTuple):
    """A packet: when it arrived (show time), when it begins (µs of the stream), which track, whether it needs none before it."""

    arrived: int
    media: int
    video: bool
    key: bool
    payload: bytes


class Shape(msgspec.Struct, frozen=True):
    """What players are told of a stream. While it is the same they go on after an interruption."""

    width: int
    height: int
    audio: str = ""
    init: bytes = b""


class Offset:
    """Show time minus the stream's own, in µs: so large that nearly all packets are there when they are due, and smooth.

    What arrives in one go (segments of a playlist) is spread over the time that it lasts: the latest arrival of the last seconds counts,
    approached at half a per cent, so that no jitter shows; a gap of more than a second is jumped.
    """

    def __init__(self) -> None:
        self._seen: deque[tuple[int, int]] = deque()
        self._at = 0
        self._value: int | None = None

    def of(self, arrived: int, media: int) -> int:
        """A packet of this moment of the stream has arrived: what to add to its time."""
        late = arrived - media
        while self._seen and self._seen[-1][1] <= late:
            self._seen.pop()
        self._seen.append((arrived, late))
        while self._seen[0][0] < arrived - WINDOW_US:
            self._seen.popleft()
        wanted = self._seen[0][1]
        if self._value is None or abs(wanted - self._value) > JUMP_US:
            self._value = wanted
        else:
            most = max(1, int((arrived - self._at) * SLEW))
            self._value += max(-most, min(most, wanted - self._value))
        self._at = arrived
        return self._value


class StreamSource:
    """Source of a live stream's own H.264 and AAC or Opus. It is opened again for as long as it takes; while it is away the picture
    stands. Ends with `Unavailable` (`media/changed`) when it comes back as another one."""

    live = True
    length = 0

    def __init__(self, url: str) -> None:
        self.url = url

    async def run(self, broadcast: moq.BroadcastProducer, now: Now, remote: Remote | None = None) -> None:
        """Play into the broadcast, which it owns, and announces with the first frame, until cancelled."""
        await play(lambda pace: self._play(broadcast, pace), now)

    def _play(self, broadcast: moq.BroadcastProducer, pace: Pace) -> None:
        try:
            self._again_and_again(_Air(broadcast), pace)
        finally:
            broadcast.close()

    def _again_and_again(self, air: _Air, pace: Pace) -> None:
        wait = AGAIN_S
        while not pace.stopped:
            with contextlib.closing(_Reading(self.url, pace.now)) as reading:
                try:
                    for one in reading.all(pace):
                        if isinstance(one, Shape):
                            air.shape(one)
                            wait = AGAIN_S
                        elif pace.until(due := air.due(one)):
                            air.send(one, due)
                except _Away as away:
                    log.warning("a live stream is away and is opened again", why=str(away), after_s=wait)
            air.gap()
            pace.until(pace.now() + int(wait * 1e6))
            wait = min(2 * wait, AGAIN_MOST_S)


class _Air:
    """The broadcast, and which stamps it has had."""

    def __init__(self, broadcast: moq.BroadcastProducer) -> None:
        self._broadcast = broadcast
        self._shape: Shape | None = None
        self._audio: moq.MediaProducer | None = None
        self._video: moq.MediaProducer
        self._offset = Offset()
        self._last = {True: 0, False: 0}
        self._keyed = False

    def shape(self, shape: Shape) -> None:
        if self._shape == shape:
            return
        if self._shape is not None:
            raise Unavailable("the live stream has come back as another one", code="media/changed")
        self._shape = shape
        size = moq.Dimensions(width=shape.width, height=shape.height)
        hint = moq.VideoHint(coded=size, bitrate=20_000_000, optimize_for_latency=True)
        self._video = self._broadcast.publish_video(moq.VideoFormat.AVC3, hint=hint)
        if shape.audio:
            self._audio = self._broadcast.publish_audio(AUDIO[shape.audio], shape.init)
        self._broadcast.announce()

    def due(self, came: Came) -> int:
        return came.media + self._offset.of(came.arrived, came.media)

    def gap(self) -> None:
        """What comes next has times of its own, and begins with a key frame."""
        self._offset, self._keyed = Offset(), False

    def send(self, came: Came, stamp: int) -> None:
        self._keyed |= came.video and came.key
        if not self._keyed or stamp <= self._last[came.video]:
            return
        self._last[came.video] = stamp
        if came.video:
            self._video.write_frame(came.payload, stamp)
        elif self._audio is not None:
            self._audio.write_frame(came.payload, stamp)
            self._audio.cut()


class _Away(Exception):
    """The stream cannot be opened, or has ended."""


class _Reading:
    """A stream that is read in a thread of its own, so that it is known when each packet came."""

    def __init__(self, url: str, now: Now) -> None:
        self._url, self._now = url, now
        self._queue: queue.Queue[Shape | Came | Exception] = queue.Queue(AHEAD)
        self._closed = False
        # A daemon: FFmpeg may wait for the network long after nobody wants to know any more.
        threading.Thread(target=self._read, name="oncue-stream", daemon=True).start()

    def close(self) -> None:
        self._closed = True

    def all(self, pace: Pace) -> Iterator[Shape | Came]:
        """First its shape, then packets as they come. Raises `_Away` at the end."""
        while not pace.stopped:
            try:
                came = self._queue.get(timeout=LOOK_S)
            except queue.Empty:
                continue
            if isinstance(came, Exception):
                raise came
            yield came

    def _read(self) -> None:
        end: Exception = _Away("it has ended")
        try:
            with av.open(self._url, options=dict(OPTIONS), timeout=(OPEN_S, SILENT_S)) as container:
                for one in _contents(container, self._now):
                    self._put(one)
                    if self._closed:
                        return
        except (av.FFmpegError, OSError) as error:
            end = _Away(error.strerror or str(error))  # without the address: it may have a password
        except Exception as error:  # noqa: BLE001  # whoever reads the queue raises it again
            end = error
        self._put(end)

    def _put(self, one: Shape | Came | Exception) -> None:
        while not self._closed:
            with contextlib.suppress(queue.Full):
                self._queue.put(one, timeout=LOOK_S)
                return


def _contents(container: InputContainer, now: Now) -> Iterator[Shape | Came]:
    if not container.streams.video:
        raise _unsupported("the live stream has no picture")
    video = _Video(container.streams.video[0])
    audio = _Audio(container.streams.audio[0]) if container.streams.audio else None
    first: list[Came] | None = []
    for packet in container.demux(*container.streams.video[:1], *container.streams.audio[:1]):
        if not packet.size or packet.pts is None or packet.time_base is None:
            continue
        seen, key = packet.stream.type == "video", bool(packet.is_keyframe)
        media = int(packet.pts * packet.time_base * 1_000_000)
        payload = video.of(packet) if seen else audio.of(packet) if audio else b""
        came = Came(now(), media, seen, key, payload)
        if first is None:
            yield came
            continue
        first.append(came)
        if audio is None or audio.init or len(first) >= PATIENT:
            yield video.shape(audio)
            yield from first
            first = None


class _Video:
    """H.264 of a stream, in Annex B with its parameter sets in each key frame."""

    def __init__(self, stream: VideoStream) -> None:
        codec = stream.codec_context
        if codec.name != "h264" or codec.pix_fmt not in {"yuv420p", "yuvj420p"}:
            raise _unsupported(f"the picture of the live stream is {codec.name} {codec.pix_fmt or ''}")
        extra = bytes(codec.extradata or b"")
        how = "h264_mp4toannexb" if extra[:1] == b"\x01" else "dump_extra=freq=keyframe" if extra else ""
        self._filter = BitStreamFilterContext(how, stream) if how else None
        self._codec = codec

    def of(self, packet: Packet) -> bytes:
        """Its bytes; the filter leaves nothing in the packet."""
        if packet.dts is not None and packet.dts != packet.pts:
            raise _unsupported("the live stream has B-frames")
        if self._filter is None:
            return bytes(packet)
        return b"".join(bytes(whole) for whole in self._filter.filter(packet))

    def shape(self, audio: _Audio | None) -> Shape:
        sound = (audio.codec, audio.init) if audio and audio.init else ("", b"")
        return Shape(self._codec.width, self._codec.height, *sound)


class _Audio:
    """AAC or Opus of a stream, without the headers that MPEG-TS puts before each packet of AAC (ADTS, ISO/IEC 13818-7, 6.2)."""

    def __init__(self, stream: AudioStream) -> None:
        codec = stream.codec_context
        self.codec = codec.name
        if codec.name not in AUDIO:
            raise _unsupported(f"the sound of the live stream is {codec.name}")
        self.init = bytes(codec.extradata or b"")

    def of(self, packet: Packet) -> bytes:
        payload = bytes(packet)
        if self.codec != "aac" or payload[:1] != b"\xff" or payload[1] & 0xF6 != 0xF0:
            return payload
        kind, rate = (payload[2] >> 6) + 1, payload[2] >> 2 & 15
        channels = (payload[2] & 1) << 2 | payload[3] >> 6
        # AudioSpecificConfig: 5 bits of object type, 4 of the rate's index, 4 of channels (ISO/IEC 14496-3, 1.6.2.1).
        self.init = self.init or (kind << 11 | rate << 7 | channels << 3).to_bytes(2, "big")
        return payload[7 if payload[1] & 1 else 9 :]


def _unsupported(message: str) -> BadInput:
    return BadInput(message, code="media/unsupported", hint=HINT)
