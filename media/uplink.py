"""What a viewer publishes over TCP, on to the relay: in a session of its own with their token, so that the relay decides what they may.

A broadcast of moq-rs has a catalog of its own, so the page's tracks cannot be passed on as they are: they are read by the page's catalog
(hang's, with frames in its legacy container: an integer, the stamp in µs, and the coded frame), and written as tracks of a new broadcast.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import struct
from collections.abc import Callable
from contextlib import suppress

import moq
import msgspec

from oncue.engine.errors import OncueError, Unavailable

from . import lite
from .broadcasts import AUDIO, NAME, VIDEO, AirSink
from .fanout import Ticket, session
from .feed import Coded, Kind, Sink, TrackInfo
from .lite import LiteError, Reader, Subscribe
from .qmux import QmuxError, read_varint
from .tcp import TcpSession

log = logging.getLogger(__name__)

WINDOW = 4 << 20
"""Bytes that a publisher may send ahead, instead of the little that a viewer's questions need."""
CACHE = 8 << 20
LATENCY_MS = 2_000
"""How old a group may be and still be wanted of the page."""
TRACKS = 8
CATALOG = "catalog.json"
PRIORITIES: dict[Kind, int] = {"video": 60, "audio": 80}
REFUSED = 403
CHANGES = 100
"""How often a page may announce its broadcast or take it back: each time is a session to the relay."""


class Rendition(msgspec.Struct, rename="camel"):
    """A track in the page's catalog, as far as it is needed to pass it on."""

    codec: str
    description: str = ""
    coded_width: int = 0
    coded_height: int = 0
    framerate: float = 0
    bitrate: float = 0
    sample_rate: int = 0
    number_of_channels: int = 0

    def info(self, name: str, kind: Kind) -> TrackInfo | None:
        """None: it cannot be passed on. Raises ValueError when the description is not hexadecimal."""
        known = VIDEO if kind == "video" else AUDIO
        if self.codec.split(".")[0] not in known or not NAME.fullmatch(name):
            return None
        return TrackInfo(
            name=name, kind=kind, codec=self.codec, description=bytes.fromhex(self.description), width=self.coded_width,
            height=self.coded_height, framerate=self.framerate, bitrate=int(self.bitrate), rate=self.sample_rate,
            channels=self.number_of_channels,
        )  # fmt: skip


class Renditions(msgspec.Struct, frozen=True):
    """Those of one kind, by the names of their tracks."""

    renditions: dict[str, Rendition] = {}


class Catalog(msgspec.Struct, frozen=True):
    """What the page publishes."""

    video: Renditions = Renditions()
    audio: Renditions = Renditions()

    def infos(self) -> dict[str, TrackInfo]:
        """The tracks that can be passed on. Raises ValueError."""
        both: tuple[tuple[Kind, Renditions], ...] = (("video", self.video), ("audio", self.audio))
        each = (one.info(name, kind) for kind, group in both for name, one in group.renditions.items())
        return {info.name: info for info in itertools.islice(filter(None, each), TRACKS)}


_read_catalog = msgspec.json.Decoder(Catalog).decode


class Uplink:
    """Passes on the broadcast `path` of a session whenever the page announces it. `ticket` is to the relay, with the viewer's own token."""

    def __init__(self, tcp: TcpSession, path: str, ticket: Callable[[], Ticket | None]) -> None:
        self._tcp = tcp
        self._path = path
        self._ticket = ticket
        self._told = False
        self._changes = 0
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Ask the page to say when it publishes."""
        with suppress(LiteError):
            self._tcp.ask(lite.announce_request(self._path), self._hear, self.close)

    def close(self) -> None:
        """Publish no more."""
        if self._task is not None:
            self._task.cancel()
            self._task = None

    def _hear(self, reader: Reader) -> None:
        while (message := reader.sized()) is not None:
            if not self._told:
                self._told = True  # who answers, and how many broadcasts follow at once
                continue
            said = lite.read_announced(message)
            self._changes += 1
            if said.suffix or self._changes > CHANGES:
                raise LiteError("this is nobody's to publish")
            self.close()
            if said.active:
                self._tcp.qmux.widen(WINDOW)
                self._task = asyncio.create_task(self._run())

    async def _run(self) -> None:
        ticket = self._ticket()
        try:
            if ticket is not None:
                await self._publish(ticket)
        except (Unavailable, moq.Error) as error:
            log.debug("%s is not published: %s", self._path, error)
        # A page comes back by itself, and announces what it has.
        self._tcp.end(REFUSED, "the relay takes this no more")

    async def _publish(self, ticket: Ticket) -> None:
        origin = moq.OriginProducer(cache_capacity_bytes=CACHE)
        async with session(ticket, origin) as client:
            assert client.session
            broadcast = origin.create_broadcast(self._path)
            sink = AirSink(broadcast)
            reading = Reading(self._tcp, self._path, sink)
            broadcast.announce()
            try:
                await client.session.closed()
            finally:
                reading.close()
                sink.close()


class Reading:
    """All tracks of the page's broadcast, into a sink."""

    def __init__(self, tcp: TcpSession, path: str, sink: Sink) -> None:
        self._tcp = tcp
        self._path = path
        self._sink = sink
        self._infos: dict[str, TrackInfo] = {}
        self._stops: dict[str, Callable[[], None]] = {}
        self._stops[CATALOG] = self._subscribe(CATALOG, 100, self._change)

    def close(self) -> None:
        """Read no more."""
        for stop in self._stops.values():
            stop()
        self._stops.clear()

    def _subscribe(self, name: str, priority: int, take: Callable[[int, bytes], None]) -> Callable[[], None]:
        wanted = Subscribe(self._tcp.number(), self._path, name, priority, latency=LATENCY_MS)
        return self._tcp.upload(wanted, Newest(take), lambda: None)

    def _change(self, index: int, document: bytes) -> None:
        if index:  # a change of what the group began with, which our pages never send
            return
        try:
            found = _read_catalog(document).infos()
        except (msgspec.DecodeError, ValueError, RecursionError) as error:
            raise LiteError(f"this is no catalog: {error}") from error
        for name in [name for name, info in self._infos.items() if found.get(name) != info]:
            self._stops.pop(name)()
        fresh = [info for name, info in found.items() if self._infos.get(name) != info]
        self._infos = found
        self._sink.tracks(tuple(found.values()))
        for info in fresh:
            self._stops[info.name] = self._subscribe(info.name, PRIORITIES[info.kind], self._taker(info))

    def _taker(self, info: TrackInfo) -> Callable[[int, bytes], None]:
        def take(index: int, frame: bytes) -> None:
            try:
                stamp, at = read_varint(frame, 0)
                if at < len(frame):
                    key = info.kind == "audio" or index == 0
                    self._sink.frame(info.name, Coded(stamp, key, frame[at:]))
            except (QmuxError, moq.Error, OncueError, ValueError, struct.error) as error:
                raise LiteError(f"a frame cannot be read: {error}") from error

        return take


class Newest:
    """The frames of the newest group of a track, with their place in it: of an older one nothing is taken any more."""

    def __init__(self, take: Callable[[int, bytes], None]) -> None:
        self._take = take
        self._open: dict[int, int] = {}
        self._newest = -1
        self._count = 0

    def begin(self, stream: int, group: int) -> None:
        """A group has begun."""
        self._open[stream] = group

    def frame(self, stream: int, payload: bytes) -> None:
        """Its next frame."""
        group = self._open[stream]
        if group > self._newest:
            self._newest, self._count = group, 0
        if group == self._newest:
            self._take(self._count, payload)
            self._count += 1

    def finish(self, stream: int) -> None:
        """Nothing more of it comes."""
        self._open.pop(stream, None)
