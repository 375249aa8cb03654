"""The WebRTC doors of a node: sessions of who publishes (WHIP) and of who watches (WHEP), from the offer to the end."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Callable, Coroutine
from typing import Any, Self

import moq
import msgspec

from oncue.engine.errors import Conflict, OncueError, TooMany, Unknown
from oncue.engine.structs import Micros, seconds

from .broadcasts import MoqPublisher
from .feed import Feed, Publisher
from .hall import Grant
from .pace import Now
from .peer import Peer, read_offer
from .whep import Fan, WhepViewer
from .whip import WhipPublisher

log = logging.getLogger(__name__)

TURN_S = 0.5
CONNECT_S = 20.0
SILENT: Micros = seconds(30)
LINGER_S = 5.0
"""How long a broadcast is read on when nobody watches it any more: people reload."""
AGAIN_S = 0.2

Attend = Callable[[Grant, str, Publisher], Coroutine[Any, Any, None]]
"""Takes somebody's picture and sound, for a seat (empty: their own), until they are gone. Raises what is against it."""


class RtcSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What a node bears: `sessions` in all, `per_show`; a tenth of these, at most `kept`, only for who publishes. Of one viewer the
    newest `publishing` and `watching`; `bitrate` in bit/s that each publisher may send. `addresses` are this machine's at which peers
    reach it (empty: all that it has)."""

    sessions: int = 200
    per_show: int = 200
    kept: int = 12
    publishing: int = 1
    watching: int = 16
    bitrate: int = 4_000_000
    addresses: tuple[str, ...] = ()


class Opened(msgspec.Struct, frozen=True):
    """A session that has begun: its name, which nobody can guess; the answer (SDP); the entity tag of its ICE session."""

    resource: str
    answer: str
    etag: str


class RtcCounts(msgspec.Struct, frozen=True):
    """Sessions now."""

    publishing: int
    watching: int


class Session:
    """One peer. `heard` is the show time at which it was heard of last, where that can be known."""

    def __init__(self, grant: Grant, peer: Peer, heard: Callable[[], Micros] | None) -> None:
        self.grant = grant
        self.peer = peer
        self.publishes = heard is not None
        self.heard = heard
        self.resource = secrets.token_urlsafe(16)
        self.task: asyncio.Task[None] | None = None

    def over(self, now: Micros) -> bool:
        """Whether it is time to end it."""
        expired = bool(self.grant.expires) and self.grant.expires <= now
        return expired or (self.heard is not None and now - self.heard() > SILENT)


class Reading:
    """One broadcast on its way to all who watch it by WebRTC."""

    def __init__(self, origin: moq.OriginProducer, path: str, now: Now, keyframe: Callable[[], None]) -> None:
        self.fan = Fan(keyframe)
        self.users = 0
        self._feed = Feed(now)
        self._feed.add(self.fan)
        self._task = asyncio.create_task(self._read(origin, path))

    async def _read(self, origin: moq.OriginProducer, path: str) -> None:
        while True:
            try:
                broadcast = await origin.consume().announced_broadcast(path).available()
                await self._feed.run(MoqPublisher(broadcast))
            except (moq.Error, OncueError) as error:
                log.debug("%s is read again: %s", path, error)
            await asyncio.sleep(AGAIN_S)

    async def close(self) -> None:
        """Read no more."""
        # A cancellation is lost where it meets the end of what is read.
        while not self._task.done():
            self._task.cancel()
            await asyncio.wait([self._task], timeout=AGAIN_S)
        self._feed.close()


class Rtc:
    """Opens and ends sessions. An async context manager; owns them all.

    `origin` gives what everybody in a show sees, `attend` takes what somebody publishes, `keyframe(show, seat)` asks whoever is in a
    seat for a key frame.
    """

    def __init__(
        self,
        origin: Callable[[str], moq.OriginProducer],
        attend: Attend,
        now: Now,
        settings: RtcSettings | None = None,
        keyframe: Callable[[str, str], None] = lambda show, seat: None,
    ) -> None:
        self.settings = settings or RtcSettings()
        self._origin, self._attend, self._now, self._keyframe = origin, attend, now, keyframe
        self._sessions: dict[str, Session] = {}
        self._readings: dict[tuple[str, str], Reading] = {}
        self._kept: set[asyncio.Task[None]] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._spawn(self._turn())
        return self

    async def __aexit__(self, *_: object) -> None:
        for session in self._sessions.values():
            session.peer.ended.set()
        await asyncio.gather(*self._kept, return_exceptions=True)
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for reading in self._readings.values():
            await reading.close()

    @property
    def counts(self) -> RtcCounts:
        """Figures for metrics."""
        publishing = sum(session.publishes for session in self._sessions.values())
        return RtcCounts(publishing, len(self._sessions) - publishing)

    async def publish(self, grant: Grant, sdp: str, seat: str = "") -> Opened:
        """Somebody comes by WHIP. Raises BadInput (`rtc/sdp`, `rtc/codec`), TooMany (`rtc/full`)."""
        offer = read_offer(sdp, "sendonly")
        self._make_room(grant, self.settings.publishing, publishes=True)
        peer = Peer(offer, sdp, self.settings.addresses)
        publisher = WhipPublisher(peer, self._now, self.settings.bitrate)
        session = Session(grant, peer, lambda: publisher.heard)
        return await self._open(session, publisher.answer(), self._attend(grant, seat, publisher))

    async def watch(self, grant: Grant, sdp: str, seat: str) -> Opened:
        """Somebody comes by WHEP. Raises as `publish`."""
        offer = read_offer(sdp, "recvonly")
        self._make_room(grant, self.settings.watching, publishes=False)
        peer = Peer(offer, sdp, self.settings.addresses)
        reading = self._reading(grant.show, seat)
        viewer = WhepViewer(peer, reading.fan.keyframe)
        session = Session(grant, peer, None)
        return await self._open(session, viewer.answer(), self._show(session, viewer, reading))

    async def trickle(self, resource: str, viewer: int, etag: str, fragment: str) -> None:
        """More candidates for a session of this viewer. Raises Unknown (`rtc/unknown`), Conflict (`rtc/etag`, `rtc/ice-restart`),
        BadInput (`rtc/fragment`)."""
        session = self._session(resource, viewer)
        if etag not in ("*", session.peer.etag):
            raise Conflict("the ICE session is another one", code="rtc/etag")
        await session.peer.trickle(fragment, restarts=etag == "*")

    def hang_up(self, resource: str, viewer: int) -> None:
        """End a session of this viewer. Raises Unknown (`rtc/unknown`)."""
        self._session(resource, viewer).peer.ended.set()

    def drop(self, show: str, viewer: int | None = None) -> int:
        """End all sessions of a viewer, or of a show. Gives how many there were."""
        found = [
            one
            for one in self._sessions.values()
            if one.grant.show == show and viewer in (None, one.grant.viewer)
        ]
        for session in found:
            session.peer.ended.set()
        return len(found)

    def _session(self, resource: str, viewer: int) -> Session:
        session = self._sessions.get(resource)
        if session is None or session.grant.viewer != viewer or session.peer.ended.is_set():
            raise Unknown("there is no such session", code="rtc/unknown")
        return session

    def _make_room(self, grant: Grant, most: int, *, publishes: bool) -> None:
        sessions = self._sessions.values()
        mine = [
            one
            for one in sessions
            if (one.grant.show, one.grant.viewer, one.publishes) == (grant.show, grant.viewer, publishes)
        ]
        for old in mine[: len(mine) + 1 - most]:
            old.peer.ended.set()
        there = sum(one.grant.show == grant.show for one in sessions)
        limits = self.settings
        if len(self._sessions) >= self._most(limits.sessions, publishes) or there >= self._most(
            limits.per_show, publishes
        ):
            raise TooMany("there are as many WebRTC sessions as this server bears", code="rtc/full")

    def _most(self, sessions: int, publishes: bool) -> int:
        """Viewers do not keep those away whom they want to see."""
        return sessions if publishes else sessions - min(self.settings.kept, sessions // 10)

    async def _open(
        self, session: Session, answer: Coroutine[Any, Any, str], work: Coroutine[Any, Any, None]
    ) -> Opened:
        self._sessions[session.resource] = session
        try:
            sdp = await answer
        except BaseException:
            work.close()
            del self._sessions[session.resource]
            await session.peer.close()
            raise
        session.task = asyncio.create_task(self._keep(session, work))
        self._kept.add(session.task)
        session.task.add_done_callback(self._kept.discard)
        return Opened(session.resource, sdp, session.peer.etag)

    async def _keep(self, session: Session, work: Coroutine[Any, Any, None]) -> None:
        """From the answer to the end, whoever ends it."""
        working = asyncio.create_task(work)
        ended = asyncio.create_task(session.peer.ended.wait())
        try:
            await asyncio.wait([working, ended], return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (working, ended):
                task.cancel()
            await asyncio.gather(working, ended, return_exceptions=True)
            self._sessions.pop(session.resource, None)
            await session.peer.close()
        if not working.cancelled() and (error := working.exception()):
            log.info("a WebRTC session of viewer %s was ended: %s", session.grant.viewer, error)

    async def _show(self, session: Session, viewer: WhepViewer, reading: Reading) -> None:
        reading.users += 1
        try:
            async with asyncio.timeout(CONNECT_S):
                await session.peer.connected.wait()
            reading.fan.add(viewer)
            await session.peer.ended.wait()
        finally:
            reading.fan.drop(viewer)
            viewer.stop()
            reading.users -= 1

    def _reading(self, show: str, seat: str) -> Reading:
        key = (show, seat)
        if key not in self._readings:
            self._readings[key] = Reading(
                self._origin(show), f"show/{show}/stage/{seat}", self._now, lambda: self._keyframe(show, seat)
            )
            self._spawn(self._look_after(key))
        return self._readings[key]

    async def _look_after(self, key: tuple[str, str]) -> None:
        """Ends a reading once it was not needed for a while."""
        reading, idle = self._readings[key], 0.0
        while idle < LINGER_S:
            await asyncio.sleep(TURN_S)
            idle = 0.0 if reading.users else idle + TURN_S
        del self._readings[key]
        await reading.close()

    async def _turn(self) -> None:
        while True:
            await asyncio.sleep(TURN_S)
            now = self._now()
            for session in self._sessions.values():
                if session.over(now):
                    session.peer.ended.set()

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task
