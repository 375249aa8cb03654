"""Encoded frames from who publishes them to whom they are meant for, as they are: nothing is decoded here.

A `Feed` belongs to a person (or a programme) and outlives their connections: it is read from one `Publisher` after the other, and hands
each frame to its sinks: the air, a green room, a recording, WebRTC. Going on air is one more sink.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Literal, NamedTuple, Protocol

import msgspec

from oncue.engine.errors import TooMany
from oncue.engine.structs import Micros, seconds

from .pace import Now

log = logging.getLogger(__name__)

LINGER_S = 2.0
"""How long a sink that is taken off waits for what was captured before."""

Kind = Literal["video", "audio"]


class Coded(NamedTuple):
    """An encoded frame or packet: show time of capture, whether it stands for itself, and its bytes as the codec has them."""

    stamp: Micros
    key: bool
    payload: bytes


class TrackInfo(msgspec.Struct, frozen=True, kw_only=True):
    """How a track is coded. `codec` as in RFC 6381 (`avc1.42e01f`, `vp8`, `opus`, `mp4a.40.2`). `description` is the avcC (then frames
    have length prefixes; without one H.264 is in Annex B), the OpusHead or the AudioSpecificConfig, or empty. `width` and `height` in
    pixels, `framerate` in Hz, `bitrate` in bit/s as far as they are known (else 0), `rate` in Hz of the sound."""

    name: str
    kind: Kind
    codec: str
    description: bytes = b""
    width: int = 0
    height: int = 0
    framerate: float = 0
    bitrate: int = 0
    rate: int = 0
    channels: int = 0


class Sink(Protocol):
    """Takes frames. What it raises takes it off the feed, and harms nobody else. None of its methods may block."""

    def tracks(self, tracks: tuple[TrackInfo, ...]) -> None:
        """The complete set of tracks; again whenever it changes. A track whose info changed begins anew with a key frame."""

    def frame(self, track: str, frame: Coded) -> None:
        """The next frame of a track. Stamps only rise; a video track begins with a key frame."""

    def close(self) -> None:
        """There will be no more."""


class Publisher(Protocol):
    """Somebody's camera and microphone on one connection."""

    async def run(self, into: Sink) -> None:
        """Read until they are gone. Tells `into` the tracks, then their frames; never closes it. Raises what `into` raises."""

    def keyframe(self) -> None:
        """Ask for a key frame, where that can be asked for."""


class FeedLimits(msgspec.Struct, frozen=True, kw_only=True):
    """What a publisher may send: `frames` and `bytes` per second, `burst` seconds of these at once; bytes of a key frame and of any
    other; how far stamps may be from show time (µs); how many tracks, and how often these may be others at once and per second."""

    frames: int = 400
    bytes: int = 1_500_000
    burst: float = 4.0
    key: int = 1 << 20
    delta: int = 512 << 10
    drift: Micros = seconds(10)
    tracks: int = 8
    changes: float = 40
    changes_per_s: float = 0.5


class Feed:
    """What somebody publishes, on its way to all its sinks.

    `info` are the tracks as they are now, `heard` the show time at which the last good frame came, `dropped` how many frames had stamps
    that cannot be. To be used from one event loop.
    """

    def __init__(self, now: Now, limits: FeedLimits | None = None) -> None:
        self.now = now
        self.limits = limits or FeedLimits()
        self.info: tuple[TrackInfo, ...] = ()
        self.heard: Micros = 0
        self.dropped = 0
        self._gates: list[_Gate] = []
        self._known = False
        self._inlets: list[_Inlet] = []
        self._current: _Inlet | None = None

    @property
    def publishing(self) -> bool:
        """Whether there is a publisher whose tracks are known."""
        return self._current is not None

    async def run(self, publisher: Publisher) -> None:
        """Read a publisher until they are gone. From its first track on, who began last takes the place of the one before; sinks stay,
        and go on with the new one's key frame. Raises `TooMany` (`media/flood`, `media/frame`, `media/tracks`) when it exceeds the
        limits: then whoever let it in should end its session."""
        inlet = _Inlet(self, publisher)
        self._inlets.append(inlet)
        try:
            await publisher.run(inlet)
        finally:
            self._inlets.remove(inlet)
            if self._current is inlet:
                self._current = None
                for other in self._inlets:
                    if other.known:
                        self.begin(other)

    def add(self, sink: Sink, since: Micros = 0, *, video: bool = True, audio: bool = True) -> None:
        """Give a sink all tracks: video from the first key frame captured at or after `since`, audio from then on. Without `video` no
        such track is told to it, until it is allowed."""
        gate = _Gate(sink, since if video else None, since if audio else None)
        self._gates.append(gate)
        if self._known:
            self._tell(gate)
        self.keyframe()

    def allow(self, sink: Sink, *, video: bool, audio: bool) -> None:
        """What a sink gets from now on: nothing at once where not allowed, and what is captured from now on where it is again."""
        for gate in self._gates:
            if gate.sink is sink and gate.allow(self.now(), video=video, audio=audio) and self._known:
                self._tell(gate)
                self.keyframe()
                return

    def drop(self, sink: Sink, until: Micros | None = None) -> None:
        """Take a sink off and close it: at once, or with `until` once it has what was captured before that, at the latest after
        `LINGER_S`."""
        for gate in [gate for gate in self._gates if gate.sink is sink]:
            if until is None:
                self._off(gate)
            else:
                gate.until = until
                asyncio.get_running_loop().call_later(LINGER_S, self._off, gate)

    def keyframe(self) -> None:
        """Ask the publisher for a key frame, if there is one who can be asked."""
        if self._current:
            self._current.publisher.keyframe()

    def close(self) -> None:
        """Close all sinks."""
        for gate in list(self._gates):
            self._off(gate)

    def begin(self, inlet: _Inlet) -> None:
        """An inlet has other tracks, or the place of another."""
        if self._current in self._inlets[self._inlets.index(inlet) + 1 :]:
            return
        if inlet is not self._current:
            self._current = inlet
            for gate in self._gates:
                gate.begun.clear()
        tracks = tuple(inlet.info.values())
        if tracks != self.info or not self._known:
            self.info, self._known = tracks, True
            for gate in list(self._gates):
                self._tell(gate)

    def put(self, inlet: _Inlet, info: TrackInfo, frame: Coded) -> None:
        """A frame for all sinks that it is meant for, if it is the inlet's turn."""
        if inlet is not self._current:
            return
        self.heard = self.now()
        for gate in list(self._gates):
            if gate.passes(info, frame):
                try:
                    gate.sink.frame(info.name, frame)
                except Exception:
                    log.exception("a sink failed and is taken off")
                    self._off(gate)
            elif gate.until is not None and gate.over(self.info):
                self._off(gate)

    def _tell(self, gate: _Gate) -> None:
        try:
            gate.sink.tracks(gate.told(self.info))
        except Exception:
            log.exception("a sink failed and is taken off")
            self._off(gate)

    def _off(self, gate: _Gate) -> None:
        if gate in self._gates:
            self._gates.remove(gate)
            try:
                gate.sink.close()
            except Exception:
                log.exception("a sink could not be closed")


class _Gate:
    """What of a feed a sink gets: per kind from when on (None: nothing), and until when."""

    def __init__(self, sink: Sink, video: Micros | None, audio: Micros | None) -> None:
        self.sink = sink
        self.video, self.audio = video, audio
        self.until: Micros | None = None
        self.begun: set[str] = set()
        self._last: dict[str, Micros] = {}
        self._passed: set[str] = set()

    def allow(self, now: Micros, *, video: bool, audio: bool) -> bool:
        """True if the sink has to be told its tracks again."""
        seen = self.video is not None
        if video != seen:
            self.video = now if video else None
        if audio != (self.audio is not None):
            self.audio = now if audio else None
        return video != seen

    def told(self, info: tuple[TrackInfo, ...]) -> tuple[TrackInfo, ...]:
        tracks = tuple(track for track in info if track.kind == "audio" or self.video is not None)
        self.begun &= {track.name for track in tracks}
        return tracks

    def passes(self, info: TrackInfo, frame: Coded) -> bool:
        since = self.video if info.kind == "video" else self.audio
        if since is None or frame.stamp < since or frame.stamp <= self._last.get(info.name, 0):
            return False
        if self.until is not None and frame.stamp >= self.until:
            self._passed.add(info.name)
            return False
        if info.kind == "video" and info.name not in self.begun:
            if not frame.key:
                return False
            self.begun.add(info.name)
        self._last[info.name] = frame.stamp
        return True

    def over(self, info: tuple[TrackInfo, ...]) -> bool:
        """Whether all that was captured before `until` has passed."""
        return self._passed.issuperset(track.name for track in self.told(info))


class _Inlet:
    """What one publisher says, with what cannot be left out and what exceeds the limits refused."""

    def __init__(self, feed: Feed, publisher: Publisher) -> None:
        self._feed, self.publisher = feed, publisher
        self._limits = feed.limits
        self.info: dict[str, TrackInfo] = {}
        self.known = False
        self._last: dict[str, Micros] = {}
        self._begun: set[str] = set()
        self._off = False
        self._at = self._changed_at = feed.now()
        self._changes = self._limits.changes
        self._frames = self._limits.frames * self._limits.burst
        self._bytes = self._limits.bytes * self._limits.burst

    def tracks(self, tracks: tuple[TrackInfo, ...]) -> None:
        if len(tracks) > self._limits.tracks:
            raise TooMany(f"{len(tracks)} tracks, {self._limits.tracks} are allowed", code="media/tracks")
        self._count_change()
        info = {track.name: track for track in tracks}
        self._begun = {name for name in self._begun if info.get(name) == self.info.get(name)}
        self.info, self.known = info, True
        self._feed.begin(self)

    def frame(self, track: str, frame: Coded) -> None:
        self._weigh(frame)
        info = self.info.get(track)
        if info is None:
            return
        drift = abs(frame.stamp - self._feed.now())
        if drift > self._limits.drift or frame.stamp <= self._last.get(track, 0):
            self._feed.dropped += 1
            if drift > self._limits.drift and not self._off:
                self._off = True
                log.warning("what a publisher sends is %.0f s off show time, and left out", drift / 1e6)
            # What follows cannot be decoded without it.
            self._begun.discard(track)
            return
        self._last[track] = frame.stamp
        if info.kind == "video" and track not in self._begun:
            if not frame.key:
                return
            self._begun.add(track)
        self._feed.put(self, info, frame)

    def close(self) -> None:
        """Never called: feeds outlive their publishers."""

    def _count_change(self) -> None:
        """Each change costs players a new start, and a recording a new file."""
        limits, now = self._limits, self._feed.now()
        span, self._changed_at = (now - self._changed_at) / 1_000_000, now
        self._changes = min(self._changes + span * limits.changes_per_s, limits.changes) - 1
        if self._changes < 0:
            raise TooMany("tracks are others too often", code="media/tracks")

    def _weigh(self, frame: Coded) -> None:
        limits, now, size = self._limits, self._feed.now(), len(frame.payload)
        if size > (limits.key if frame.key else limits.delta):
            raise TooMany(f"a frame of {size} bytes", code="media/frame")
        span, self._at = (now - self._at) / 1_000_000, now
        self._frames = min(self._frames + span * limits.frames, limits.frames * limits.burst) - 1
        self._bytes = min(self._bytes + span * limits.bytes, limits.bytes * limits.burst) - size
        if self._frames < 0 or self._bytes < 0:
            raise TooMany("more frames or bytes per second than may be", code="media/flood")
