"""The relay: lets people with a token into their show, and nowhere else.

A session is a QUIC connection that speaks MoQ (draft-lcurley-moq-lite); browsers bring it by WebTransport, with the token in the
query of the URL. What it may see is its show's public origin. What it announces lands in an origin of its own, which nobody else sees.
"""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import AsyncExitStack
from typing import Self
from urllib.parse import parse_qs

import moq
import msgspec

from oncue.engine.errors import Denied, Forbidden, OncueError, TooMany, Unavailable

from .hall import Attend, Grant, Hall, Visit
from .pace import Now

log = logging.getLogger(__name__)

HANDSHAKE_SECONDS = 10
LOOK_S = 1.0
ROUNDS = 15
"""A look at what a session has sent takes 40 µs, so each of them gets one in so many."""
CHANGES = 100
"""How often a session may announce or take back what it may announce."""

Admit = Callable[[str], Grant | Awaitable[Grant]]
"""Turns a session's token (empty: none given) into a grant. Raises an OncueError to refuse; its `status` closes the session."""


class RelaySettings(msgspec.Struct, frozen=True, kw_only=True):
    """Where the relay listens and how much it bears.

    `bind` is address and port (port 0: a free one). Without `cert` and `key` (PEM files) a certificate for `names` is made at the start;
    browsers accept it for 14 days by its fingerprint. `cache` and `private_cache` are bytes of media kept per show and per publisher.
    Of one viewer the newest `per_viewer` sessions stay. `waiting` sessions may be in the hand-shake or refused and not closed yet; a
    refused one is closed after `linger` seconds, because Chromium's tab can crash on a session that is closed at once. A session may
    send us `upload` bytes per second (acknowledgements, subscriptions), and `published` more while it publishes, whatever it sends.
    """

    bind: str = "127.0.0.1:0"
    names: tuple[str, ...] = ("localhost", "127.0.0.1")
    cert: str = ""
    key: str = ""
    cache: int = 64 << 20
    private_cache: int = 16 << 20
    sessions: int = 10_000
    per_show: int = 10_000
    per_viewer: int = 4
    waiting: int = 1024
    linger: float = 1.0
    upload: int = 250_000
    published: int = 2_500_000


class RelayCounts(msgspec.Struct, frozen=True):
    """Sessions and shows now; sessions `admitted`, `refused` (by `admit` or a limit) and cut for `intruding` (they announced what they
    may not, or more than is borne) since the start."""

    sessions: int
    shows: int
    admitted: int
    refused: int
    intruding: int


class Relay:
    """Serves the pictures, sounds and scenes of many shows on one UDP port. An async context manager; owns every session.

    `admit` judges each session's token before it is accepted; `now` is the clock for its expiry.
    """

    def __init__(self, admit: Admit, now: Now, settings: RelaySettings | None = None) -> None:
        self._admit = admit
        self._now = now
        self.settings = settings or RelaySettings()
        self._halls: dict[str, Hall] = {}
        self._stack = AsyncExitStack()
        self._nothing = moq.OriginProducer()
        self._nowhere = moq.OriginProducer(cache_capacity_bytes=1 << 20)
        self._tasks: set[asyncio.Task[None]] = set()
        self._waiting = self._admitted = self._refused = self._intruding = 0

    async def __aenter__(self) -> Self:
        s = self.settings
        tls = {"tls_cert": [s.cert], "tls_key": [s.key]} if s.cert else {"tls_generate": s.names}
        self._server = moq.Server(s.bind, publish=self._nothing, subscribe=self._nowhere, **tls)
        try:
            await self._stack.enter_async_context(self._server)
            # Only before accepting: the server is busy for ever afterwards.
            self._fingerprint: str = self._server.cert_fingerprints()[0]
        except moq.Error as error:
            raise Unavailable(f"the relay cannot listen at {s.bind}: {error}", code="media/bind") from error
        self._listening = self._spawn(self._listen())
        self._spawn(self._look())
        return self

    async def __aexit__(self, *_: object) -> None:
        for show in list(self._halls):
            self.close(show)
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._stack.aclose()

    async def wait(self) -> None:
        """Returns or raises when the relay listens no more, which is never while all is well."""
        await asyncio.shield(self._listening)

    @property
    def address(self) -> tuple[str, int]:
        """Host and UDP port that it listens on."""
        host, _, port = self._server.local_addr.rpartition(":")
        return host.strip("[]"), int(port)

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the certificate in hex, for WebTransport's `serverCertificateHashes`."""
        return self._fingerprint

    @property
    def counts(self) -> RelayCounts:
        """Figures for metrics."""
        sessions = sum(hall.sessions for hall in self._halls.values())
        return RelayCounts(sessions, len(self._halls), self._admitted, self._refused, self._intruding)

    def broadcast(self, show: str, name: str) -> moq.BroadcastProducer:
        """A new broadcast `show/<show>/<name>` that everybody in the show may see once it is announced. Opens the show here."""
        return self.origin(show).create_broadcast(f"show/{show}/{name}")

    def origin(self, show: str) -> moq.OriginProducer:
        """What everybody in a show sees, for a session to another relay to fill. Opens the show here."""
        hall = self._hall(show)
        hall.open = True
        return hall.public

    def stage(self, show: str, attend: Attend) -> None:
        """Have `attend` look after what the sessions of a show announce. Nobody may announce anything in a show without a stage, and
        nobody anything but `show/<show>/own/<viewer>`."""
        hall = self._hall(show)
        hall.open, hall.attend = True, attend

    def visits(self, show: str) -> list[Visit]:
        """The sessions in a show."""
        return list(self._halls[show]) if show in self._halls else []

    def drop(self, show: str, viewer: int) -> int:
        """End all sessions of a viewer (`admit` must refuse them from now on). Returns how many there were."""
        mine = [visit for visit in self.visits(show) if visit.grant.viewer == viewer]
        for visit in mine:
            visit.end(403)
        return len(mine)

    def close(self, show: str) -> None:
        """End a show here: its sessions, and its cache once the broadcasts are closed by whoever made them."""
        for visit in self.visits(show):
            visit.end(410)
        if show in self._halls:
            self._halls[show].open, self._halls[show].attend = False, None
            self._forget(show)

    def _hall(self, show: str) -> Hall:
        if show not in self._halls:
            self._halls[show] = Hall(self.settings.cache)
        return self._halls[show]

    def _forget(self, show: str) -> None:
        hall = self._halls[show]
        if not hall.open and not hall.sessions:
            del self._halls[show]

    def _spawn(self, work: Coroutine[object, object, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _listen(self) -> None:
        async for request in self._server:
            if self._waiting >= self.settings.waiting:
                self._refused += 1
                self._spawn(self._reject(request))
            else:
                self._spawn(self._receive(request))

    async def _look(self) -> None:
        """Ends sessions that send more than they may: nobody need have asked for it."""
        turn, loop = 0, asyncio.get_running_loop()
        while True:
            await asyncio.sleep(LOOK_S)
            turn = (turn + 1) % ROUNDS
            for visit in [visit for hall in self._halls.values() for visit in hall if visit.turn == turn]:
                rate = visit.upload(loop.time())
                if rate > self.settings.upload + visit.publishing * self.settings.published:
                    self._intruding += 1
                    log.warning("viewer %s sends %d bytes/s and is cut", visit.grant.viewer, rate)
                    visit.end(429)

    async def _reject(self, request: moq.Request) -> None:
        try:
            await request.reject(429)
        except moq.Error as error:
            log.debug("a rejected session was gone: %s", error)

    async def _receive(self, request: moq.Request) -> None:
        self._waiting += 1
        try:
            visit = await self._let_in(request)
        except moq.Error as error:
            log.debug("a hand-shake failed: %s", error)
            return
        except TimeoutError:
            log.debug("a hand-shake took too long")
            return
        finally:
            self._waiting -= 1
        if visit is not None:
            await self._attend(visit)

    async def _let_in(self, request: moq.Request) -> Visit | None:
        async with asyncio.timeout(HANDSHAKE_SECONDS):
            try:
                visit = await self._judge(request)
            except OncueError as error:
                code: int = error.status
            except Exception:
                log.exception("the token check failed")
                code = 500
            else:
                try:
                    await visit.enter()
                except BaseException:
                    self._leave(visit)
                    raise
                self._admitted += 1
                return visit
        await self._turn_away(request, code)
        return None

    async def _judge(self, request: moq.Request) -> Visit:
        grant = await self._grant(parse_qs(request.query or "").get("token", [""])[0])
        counts, hall = self.counts, self._hall(grant.show)
        if counts.sessions >= self.settings.sessions or hall.sessions >= self.settings.per_show:
            self._forget(grant.show)
            raise TooMany("the relay has as many sessions as it bears", code="media/full")
        private = moq.OriginProducer(cache_capacity_bytes=self.settings.private_cache)
        visit = Visit(grant, request, private, self._admitted % ROUNDS)
        for old in hall.add(visit)[: -self.settings.per_viewer]:
            old.end(409)
        request.set_publish(hall.public)
        request.set_consume(visit.private)
        return visit

    async def _grant(self, token: str) -> Grant:
        found = self._admit(token)
        grant = await found if inspect.isawaitable(found) else found
        if grant.expires and grant.expires <= self._now():
            raise Denied("the token has expired", code="auth/expired")
        return grant

    async def _turn_away(self, request: moq.Request, code: int) -> None:
        self._refused += 1
        request.set_publish(self._nothing)
        request.set_consume(self._nowhere)
        async with asyncio.timeout(HANDSHAKE_SECONDS):
            session = await request.accept()
        await asyncio.sleep(self.settings.linger)
        session.cancel(code)

    async def _attend(self, visit: Visit) -> None:
        guard = self._spawn(self._guard(visit))
        loop, expires = asyncio.get_running_loop(), visit.grant.expires
        expiry = loop.call_later((expires - self._now()) / 1_000_000, visit.end, 401) if expires else None
        try:
            await visit.over()
        finally:
            guard.cancel()
            if expiry:
                expiry.cancel()
            self._leave(visit)

    def _leave(self, visit: Visit) -> None:
        self._halls[visit.grant.show].remove(visit)
        self._forget(visit.grant.show)

    async def _guard(self, visit: Visit) -> None:
        """Ends a session that announces what it may not: each announcement costs memory."""
        try:
            async with asyncio.TaskGroup() as group:
                await self._follow(visit, group)
        except* OncueError as many:
            reason = many.exceptions[0]
            self._intruding += 1
            log.warning("viewer %s of show %s is cut: %s", visit.grant.viewer, visit.grant.show, reason)
            visit.end(reason.status if isinstance(reason, OncueError) else 403)
        except* Exception:
            log.exception("what a session announced could not be attended to")
            visit.end(500)

    async def _follow(self, visit: Visit, group: asyncio.TaskGroup) -> None:
        show, changes, attending = visit.grant.show, 0, None
        async with visit.private.consume().announced("", hidden=True) as announcements:
            async for update in announcements:
                changes += 1
                attend = self._halls[show].attend
                if update.prefix != visit.own or changes > CHANGES or attend is None:
                    raise Forbidden("announced what it may not", code="media/announced")
                if attending:
                    attending.cancel()
                visit.publishing = update.active
                attending = group.create_task(attend(visit)) if update.active else None
