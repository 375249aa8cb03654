"""What a viewer publishes over TCP, on to the relay: in a session of its own with their token, so that the relay decides what they may."""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import Callable
from contextlib import suppress

import moq

from oncue.engine.errors import Unavailable, Unknown

from . import lite
from .fanout import Ticket, session
from .lite import LiteError, Reader, Subscribe, TrackInfo
from .tcp import TcpSession

log = logging.getLogger(__name__)

WINDOW = 4 << 20
"""Bytes that a publisher may send ahead, instead of the little that a viewer's questions need."""
CACHE = 8 << 20
LATENCY_MS = 2_000
"""How old a group may be and still be wanted of the page."""
REFUSED = 403


class Uplink:
    """Passes on the broadcast `path` of a session whenever the page announces it. `ticket` is to the relay, with the viewer's own token."""

    def __init__(self, tcp: TcpSession, path: str, ticket: Callable[[], Ticket | None]) -> None:
        self._tcp = tcp
        self._path = path
        self._ticket = ticket
        self._told = False
        self._numbers = itertools.count()
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
            if said.suffix:
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
            dynamic = broadcast.dynamic()
            broadcast.announce()
            serving = asyncio.create_task(self._serve(dynamic))
            try:
                await client.session.closed()
            finally:
                serving.cancel()
                await asyncio.gather(serving, return_exceptions=True)
                broadcast.close()

    async def _serve(self, dynamic: moq.BroadcastDynamic) -> None:
        async with dynamic, asyncio.TaskGroup() as tracks:
            async for request in dynamic:
                tracks.create_task(self._pass_on(request))

    async def _pass_on(self, request: moq.TrackRequest) -> None:
        name = request.name
        try:
            info = await self._tcp.info(self._path, name)
        except (Unknown, LiteError):
            request.abort(lite.Gone.UNKNOWN)
            return
        track = request.accept(
            moq.TrackInfo(priority=info.priority, max_age_us=info.latency * 1000, timescale=info.timescale)
        )
        over = asyncio.Event()
        wanted = Subscribe(next(self._numbers), self._path, name, info.priority, latency=LATENCY_MS)
        stop = self._tcp.upload(wanted, Upload(track, info), over.set)
        unused = asyncio.create_task(_unused(track))
        ended = asyncio.create_task(over.wait())
        try:
            await asyncio.wait([unused, ended], return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (unused, ended):
                task.cancel()
            await asyncio.gather(unused, ended, return_exceptions=True)
            stop()
            with suppress(moq.Error):
                track.finish()


async def _unused(track: moq.TrackProducer) -> None:
    await track.used()
    await track.unused()


class Upload:
    """The groups of one track of the page's, written into the same track for the relay."""

    def __init__(self, track: moq.TrackProducer, info: TrackInfo) -> None:
        self._track = track
        self._scale = info.timescale
        self._open: dict[int, tuple[moq.GroupProducer, int]] = {}

    def begin(self, stream: int, group: int) -> None:
        """A group has begun; one that was there already is left out."""
        try:
            self._open[stream] = self._track.create_group(group), 0
        except moq.Error as error:
            log.debug("a group cannot be passed on: %s", error)

    def frame(self, stream: int, delta: int, payload: bytes) -> None:
        """Its next frame."""
        if stream not in self._open:
            return
        group, before = self._open[stream]
        stamp = before + delta
        self._open[stream] = group, stamp
        try:
            group.write_frame(payload, max(stamp, 0) * 1_000_000 // self._scale)
        except moq.Error as error:
            log.debug("a group ends early: %s", error)
            del self._open[stream]

    def finish(self, stream: int, *, whole: bool) -> None:
        """Nothing more of it comes."""
        group, _ = self._open.pop(stream, (None, 0))
        if group is not None:
            with suppress(moq.Error):
                group.finish() if whole else group.abort(lite.Gone.LATE)
