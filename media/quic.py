"""Clock pings by datagram, for viewers whose network loses packets: TCP would send a lost ping again and make it late.

A session is WebTransport over HTTP/3 (draft-ietf-webtrans-http3; datagrams: RFC 9221 and 9297) with the token in the query of the URL, as
for the relay. A ping is 8 bytes, any number of the client's. Its answer has these 8 bytes, the show time of its arrival and that of the
answer (µs, signed 64 bits, big endian): four timestamps, as on the link. One that comes too fast or is of another size is not answered.
"""

from __future__ import annotations

import asyncio
import inspect
import logging
import struct
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

import msgspec
from aioquic.asyncio.protocol import QuicConnectionProtocol
from aioquic.asyncio.server import QuicServer
from aioquic.h3.connection import H3_ALPN, H3Connection
from aioquic.h3.events import DatagramReceived, H3Event, HeadersReceived
from aioquic.quic.configuration import QuicConfiguration
from aioquic.quic.connection import NetworkAddress, QuicConnection
from aioquic.quic.events import ConnectionTerminated, ProtocolNegotiated, QuicEvent, StreamReset

from oncue.engine.errors import Denied, OncueError, TooMany, Unavailable, Unknown
from oncue.engine.structs import Micros, seconds

from .certs import Certificate, make_certificate
from .hall import Grant
from .pace import Now
from .relay import Admit

log = logging.getLogger(__name__)

OK = 200
PING = 8
TIMES = struct.Struct(">qq")
RENEWED: Micros = seconds(2 * 24 * 3600)
"""So long before its end a certificate gives way to a new one. Sessions that are open stay open."""
LOOK_S = 600.0
IDLE_S = 30.0
LARGEST = 1200
"""No datagram frame is larger (bytes): HTTP/3 needs few, and a ping is small."""
CREDIT = 64 * 1024
"""What a connection may send on all its streams before it has to wait: it has no reason to."""


class ClockSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Where the clock listens and how much it bears.

    `bind` is address and port (port 0: a free one); the certificate is for `names`. A ping takes up `pace` µs of a session's time; `burst`
    of them may come at once, and after `strikes` that were too fast or of another size the session ends. Connections include those in the
    hand-shake; one that has no session after `hello` seconds is closed.
    """

    bind: str = "127.0.0.1:0"
    names: tuple[str, ...] = ("localhost", "127.0.0.1")
    connections: int = 4000
    per_viewer: int = 4
    pace: Micros = seconds(0.04)
    burst: int = 50
    strikes: int = 200
    hello: float = 10.0


class ClockCounts(msgspec.Struct, frozen=True):
    """Connections and sessions now; pings answered, and sessions refused, since the start."""

    connections: int
    sessions: int
    answered: int
    refused: int


class ClockDoor:
    """Answers clock pings on one UDP port. An async context manager; `admit` judges each session's token, `now` is show time."""

    def __init__(self, admit: Admit, now: Now, settings: ClockSettings | None = None) -> None:
        self.settings = settings or ClockSettings()
        self.now = now
        self._admit = admit
        self.connections: set[_Connection] = set()
        self.sessions: dict[tuple[str, int], list[_Connection]] = {}
        self.answered = self.refused = 0

    async def __aenter__(self) -> Self:
        self._configuration = QuicConfiguration(
            is_client=False,
            alpn_protocols=H3_ALPN,
            max_datagram_frame_size=LARGEST,
            max_data=CREDIT,
            max_stream_data=CREDIT,
            idle_timeout=IDLE_S,
        )
        self.renew(make_certificate(self.settings.names, self.now()))
        host, _, port = self.settings.bind.rpartition(":")
        loop = asyncio.get_running_loop()
        try:
            self._transport, self._server = await loop.create_datagram_endpoint(
                lambda: QuicServer(
                    configuration=self._configuration,
                    create_protocol=lambda quic, **_: _Connection(quic, self),
                    retry=True,
                ),
                local_addr=(host.strip("[]"), int(port)),
            )
        except OSError as error:
            raise Unavailable(
                f"the clock cannot listen at {self.settings.bind}: {error}", code="media/bind"
            ) from error
        self._renewing = asyncio.create_task(self._keep_fresh())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._renewing.cancel()
        await asyncio.gather(self._renewing, return_exceptions=True)
        for connection in tuple(self.connections):
            connection.leave()
        self._server.close()

    @property
    def address(self) -> tuple[str, int]:
        """Host and UDP port that it listens on."""
        host, port, *_ = self._transport.get_extra_info("sockname")
        return host, port

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the certificate in hex, for WebTransport's `serverCertificateHashes`. Changes every eleven days or so."""
        return self._certificate.fingerprint

    @property
    def counts(self) -> ClockCounts:
        """Figures for metrics."""
        sessions = sum(map(len, self.sessions.values()))
        return ClockCounts(len(self.connections), sessions, self.answered, self.refused)

    def renew(self, certificate: Certificate) -> None:
        """From now on new connections are shown this one."""
        self._certificate = certificate
        # aioquic reads these for each connection anew.
        self._configuration.certificate = certificate.shown
        self._configuration.private_key = certificate.key

    def drop(self, show: str, viewer: int) -> None:
        """End all sessions of a viewer (`admit` must refuse them from now on)."""
        for connection in tuple(self.sessions.get((show, viewer), ())):
            connection.close()

    def close(self, show: str) -> None:
        """End all sessions of a show."""
        for of, viewer in [key for key in self.sessions if key[0] == show]:
            self.drop(of, viewer)

    async def grant(self, token: str) -> Grant:
        """What a token is good for. Raises what `admit` raises, and `Denied` when it has expired."""
        found = self._admit(token)
        grant = await found if inspect.isawaitable(found) else found
        if grant.expires and grant.expires <= self.now():
            raise Denied("the token has expired", code="auth/expired")
        return grant

    def enter(self, connection: _Connection, grant: Grant) -> None:
        """A session begins; a viewer's oldest one makes room for it."""
        mine = self.sessions.setdefault((grant.show, grant.viewer), [])
        mine.append(connection)
        for old in mine[: -self.settings.per_viewer]:
            old.close()

    def leave(self, connection: _Connection, grant: Grant | None) -> None:
        """A connection is over; it may be said twice."""
        self.connections.discard(connection)
        mine = self.sessions.get((grant.show, grant.viewer), []) if grant else []
        if grant and connection in mine:
            mine.remove(connection)
            if not mine:
                del self.sessions[grant.show, grant.viewer]

    async def _keep_fresh(self) -> None:
        while True:
            await asyncio.sleep(LOOK_S)
            self.look()

    def look(self) -> None:
        """Renew the certificate when its end is near."""
        if self._certificate.ends - self.now() < RENEWED:
            self.renew(make_certificate(self.settings.names, self.now()))


class _Connection(QuicConnectionProtocol):
    """One browser: a QUIC connection with at most one session, which is the stream of its CONNECT request."""

    def __init__(self, quic: QuicConnection, door: ClockDoor) -> None:
        super().__init__(quic)
        self._door = door
        self._h3: H3Connection | None = None
        self._session: int | None = None
        self._grant: Grant | None = None
        self._asking: asyncio.Task[None] | None = None
        self._came: Micros = 0
        self._due: Micros = 0
        self._strikes = 0
        self._full = False
        self._patience: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by aioquic when a client's address is known to be real."""
        super().connection_made(transport)
        self._full = len(self._door.connections) >= self._door.settings.connections
        if self._full:
            self._door.refused += 1
            return
        self._door.connections.add(self)
        self._patience = asyncio.get_running_loop().call_later(self._door.settings.hello, self._hurry)

    def datagram_received(self, data: bytes | str, addr: NetworkAddress) -> None:
        """Called by the loop. The time counts before anything else is done."""
        self._came = self._door.now()
        super().datagram_received(data, addr)
        if self._full:
            # Not before: a connection that knows no address yet cannot be closed.
            self._full = False
            self.close()

    def quic_event_received(self, event: QuicEvent) -> None:
        """Called by aioquic."""
        if isinstance(event, ProtocolNegotiated):
            self._h3 = H3Connection(self._quic, enable_webtransport=True)
        elif isinstance(event, ConnectionTerminated):
            self.leave()
        elif isinstance(event, StreamReset) and event.stream_id == self._session:
            self.close()
        if self._h3 is not None:
            for heard in self._h3.handle_event(event):
                self._hear(heard)

    def leave(self) -> None:
        """The connection is over."""
        if self._patience:
            self._patience.cancel()
        if self._asking:
            self._asking.cancel()
        self._door.leave(self, self._grant)

    def _hurry(self) -> None:
        if self._grant is None:
            self.close()

    def _hear(self, event: H3Event) -> None:
        if isinstance(event, DatagramReceived) and event.stream_id == self._session and self._grant:
            self._ping(event.data)
        elif isinstance(event, HeadersReceived):
            self._request(event)
        elif getattr(event, "stream_ended", False) and getattr(event, "stream_id", None) == self._session:
            self.close()

    def _request(self, event: HeadersReceived) -> None:
        headers = dict(event.headers)
        if (headers.get(b":method"), headers.get(b":protocol")) != (b"CONNECT", b"webtransport"):
            self._answer(event.stream_id, Unknown.status)
        elif self._session is not None:
            self._answer(event.stream_id, TooMany.status)
        else:
            self._session = event.stream_id
            query = urlsplit(headers.get(b":path", b"").decode("latin-1")).query
            token = parse_qs(query).get("token", [""])[0]
            self._asking = asyncio.get_running_loop().create_task(self._enter(event.stream_id, token))

    async def _enter(self, session: int, token: str) -> None:
        try:
            self._grant = await self._door.grant(token)
        except OncueError as refusal:
            self._refuse(session, refusal.status)
        except Exception:
            log.exception("the token check failed")
            self._refuse(session, 500)
        else:
            self._door.enter(self, self._grant)
            self._answer(session, OK)
            self.transmit()

    def _refuse(self, session: int, status: int) -> None:
        """The connection stays until it is idle: a browser that hears no answer tries again and again."""
        self._door.refused += 1
        self._answer(session, status)
        self.transmit()

    def _answer(self, stream: int, status: int) -> None:
        assert self._h3
        self._h3.send_headers(stream, [(b":status", b"%d" % status)], end_stream=status != OK)

    def _ping(self, data: bytes) -> None:
        settings = self._door.settings
        due = max(self._due, self._came)
        if len(data) != PING or due - self._came > settings.burst * settings.pace:
            self._strikes += 1
            if self._strikes > settings.strikes:
                self.close()
            return
        self._due = due + settings.pace
        assert self._h3
        assert self._session is not None
        self._door.answered += 1
        self._h3.send_datagram(self._session, data + TIMES.pack(self._came, self._door.now()))

    def close(self, *words: Any, **named: Any) -> None:
        """End the connection."""
        super().close(*words, **named)
        self.leave()
