"""WHIP (RFC 9725): who publishes by WebRTC, from a browser or from OBS, as a publisher of a feed. Nothing is decoded."""

from __future__ import annotations

import asyncio
import struct
from typing import NamedTuple

from oncue.engine.structs import Micros

from .bitstream import h264_is_key, h264_shape, vp8_is_key, vp8_shape
from .congestion import Congestion
from .feed import Coded, Kind, Sink, TrackInfo
from .inlet import Encoded, Hears, Inlet
from .pace import Now
from .peer import CODECS, Peer
from .rtptime import Line, Offset, unix_micros

KEY_S = 2.0
"""WebRTC has no key frames by itself: who joins later would have to get all since the last one."""
TURN_S = 0.1
HOLD: Micros = 3_000_000
"""So long frames wait for the sender reports of all streams, which say how sound and picture belong together."""
HELD = 1_000
OFF: Micros = 2_000_000
RATES = {"video": 90_000, "audio": 48_000}
START_KBIT = 1_500
"""At what rate Chromium begins, which else takes long to dare more than 300 kbit/s."""
OPUS = TrackInfo(
    name="audio",
    kind="audio",
    codec="opus",
    # RFC 7845, 5.1; in RTP Opus is always announced as stereo (RFC 7587, section 4.1).
    description=b"OpusHead" + struct.pack("<BBHIhB", 1, 2, 0, 48_000, 0, 0),
    rate=48_000,
    channels=2,
)


class _Held(NamedTuple):
    """A frame whose time is not known yet: when it came, its RTP timestamp without wrapping, whether it is a key frame, payload."""

    stream: _Stream
    came: Micros
    ticks: int
    key: bool
    payload: bytes


class _Stream:
    """One m-line: where its timestamps are, and what is in it (None until that is known)."""

    def __init__(self, kind: Kind) -> None:
        self.kind = kind
        self.line = Line(RATES[kind])
        self.info: TrackInfo | None = None
        self.inlet: Inlet | None = None
        self.last: Micros = 0
        self.came: Micros = 0
        self.keyed = 0.0

    def begin(self) -> None:
        """Its timestamps begin anew."""
        self.line = Line(RATES[self.kind])


class WhipPublisher:
    """A publisher (see `Feed`) on a peer connection. Stamps are show time of capture.

    Sound and picture are in step by the sender reports; until these have come, at most `HOLD`, frames wait. `heard` is the show time of
    the last frame, `frames` how many came.
    """

    def __init__(self, peer: Peer, now: Now, bitrate: int) -> None:
        self.peer = peer
        self.heard: Micros = now()
        self.frames = 0
        self._now = now
        self._congestion = Congestion(bitrate)
        self._offset = Offset()
        self._held: list[_Held] | None = []
        self._since: Micros = 0
        self._told: tuple[TrackInfo, ...] = ()
        self._into: Sink | None = None
        self._error: Exception | None = None
        self._streams = [self._take(index) for index in range(len(peer.offer.media))]

    async def answer(self) -> str:
        """The answer to the offer. Raises BadInput."""
        most = self._congestion.most // 1000
        start = f"x-google-start-bitrate={min(START_KBIT, most)};x-google-max-bitrate={most}"
        return await self.peer.answer(start)

    async def run(self, into: Sink) -> None:
        """Until the peer is gone."""
        self._into = into
        turning = asyncio.create_task(self._turn())
        try:
            await self.peer.ended.wait()
        finally:
            self._into = None
            turning.cancel()
        if self._error:
            raise self._error

    def keyframe(self) -> None:
        """Ask for one."""
        for stream in self._streams:
            if stream.kind == "video" and stream.inlet:
                stream.inlet.keyframe()

    def _take(self, index: int) -> _Stream:
        media = self.peer.offer.media[index]
        stream = _Stream("video" if media.kind == "video" else "audio")
        transceiver = self.peer.take(media, "recvonly", CODECS[media.kind])
        inlet = Inlet(
            media.kind,
            transceiver.receiver.transport,
            Hears(
                lambda frame: self._came(stream, frame),
                lambda ntp, timestamp: stream.line.report(unix_micros(ntp), timestamp),
                stream.begin,
            ),
            self._congestion if media.kind == "video" else None,
        )
        stream.inlet = self.peer.receive(transceiver, inlet)
        return stream

    async def _turn(self) -> None:
        """Key frames at least each `KEY_S`. A stream that stops while the other goes on was turned off."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(TURN_S)
            for stream in self._streams:
                if stream.info and self.heard - stream.came > OFF:
                    stream.info = None
                    self._say()
            if any(stream.kind == "video" and loop.time() - stream.keyed > KEY_S for stream in self._streams):
                self.keyframe()

    def _came(self, stream: _Stream, frame: Encoded) -> None:
        self.heard = stream.came = now = self._now()
        self.frames += 1
        key = self._look(stream, frame)
        if stream.info is None:
            return
        ticks = stream.line.unwrap(frame.timestamp)
        self._compare(stream, ticks, now)
        if self._held is None:
            self._give(stream, ticks, key, frame.payload)
            return
        self._since = self._since or now
        self._held.append(_Held(stream, now, ticks, key, frame.payload))
        reported = all(one.line.reported for one in self._streams if one.came)
        if reported or now - self._since > HOLD or len(self._held) > HELD:
            self._let_go()

    def _look(self, stream: _Stream, frame: Encoded) -> bool:
        """Whether it is a key frame; notes what the stream is."""
        if stream.kind == "audio":
            stream.info = OPUS
            return True
        vp8 = frame.codec == "VP8"
        if not (vp8_is_key if vp8 else h264_is_key)(frame.payload):
            return False
        if shape := (vp8_shape if vp8 else h264_shape)(frame.payload):
            stream.info = TrackInfo(
                name="video", kind="video", codec=shape.codec, width=shape.width, height=shape.height
            )
        stream.keyed = asyncio.get_running_loop().time()
        return True

    def _compare(self, stream: _Stream, ticks: int, now: Micros) -> None:
        stream.line.guess(now, ticks)
        if stream.line.reported and (sent := stream.line.at(ticks)) is not None:
            self._offset.heard(sent, now)
            self._congestion.waited(now - sent - self._offset.least)

    def _let_go(self) -> None:
        held, self._held = self._held or [], None
        for one in held:
            # Before the reports nothing was known of the sender's clock.
            self._compare(one.stream, one.ticks, one.came)
        for one in held:
            self._give(one.stream, one.ticks, one.key, one.payload)

    def _give(self, stream: _Stream, ticks: int, key: bool, payload: bytes) -> None:
        at = stream.line.at(ticks)
        if self._into is None or at is None or stream.inlet is None:
            return
        if stream.inlet.broken:
            if not key:
                return
            stream.inlet.broken = False
        stamp = at + (self._offset.value if stream.line.reported else 0)
        # A better guess of the sender's clock may lead back a little.
        stream.last = stamp = max(stamp, stream.last + 1)
        self._say(stream.kind, Coded(stamp, key, payload))

    def _say(self, track: str = "", frame: Coded | None = None) -> None:
        """The tracks if they are others now, and a frame."""
        told = tuple(stream.info for stream in self._streams if stream.info)
        try:
            if self._into and told != self._told:
                self._told = told
                self._into.tracks(told)
            if self._into and frame:
                self._into.frame(track, frame)
        except Exception as error:  # noqa: BLE001  # whatever the feed has against it ends the session
            self._error = error
            self.peer.ended.set()
