"""The picture where UDP is blocked: MoQ by WebSocket at `/moq?token=…`, beside the link, on the port of the pages."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time
from collections import Counter
from collections.abc import Callable, Mapping
from urllib.parse import parse_qs

import msgspec
from nats.aio.subscription import Subscription
from picows import WSCloseCode, WSFrame, WSListener, WSMsgType, WSTransport

from oncue.engine.errors import BadInput, OncueError, TooMany, Unavailable
from oncue.engine.live import Bus, RelayCard, ShowCard, end, watch_cards
from oncue.engine.live.bus import Gone
from oncue.engine.structs import Micros, Role
from oncue.media import SUBPROTOCOLS, Fanout, Grant, TcpSession, Ticket, Uplink

from .admission import Admission
from .auth import ROLES, Tokens
from .ids import new_viewer

PATH = "/moq"
GOODBYE_S = 2.0
TICK_S = 1.0
EMPTY_S = 10.0
"""How long a show that nobody watches here any more is kept: people reload."""
UNSENT = 16 << 10
"""Bytes that the kernel, and as many that uvloop, holds for a slow page: what waits longer can still be given up."""
UNACKNOWLEDGED_MS = 20_000
FULL, OVER, REPLACED, EXPIRED, PUT_OFF = 503, 410, 409, 401, 403
"""Why a session is closed: as the relay says it."""

LARGEST = 16 << 10


class TcpLimits(msgspec.Struct, frozen=True):
    """Sessions of a process, from one address, and of one viewer, of whom the newest stay."""

    sessions: int = 2_000
    per_address: int = 400
    per_viewer: int = 4


class Pass(msgspec.Struct, frozen=True):
    """A connection that may come in: as whom, by which token, with which subprotocol."""

    grant: Grant
    token: str
    protocol: str
    address: str


class Hall:
    """A show on this node: what is read of it, and who watches."""

    def __init__(self, fanout: Fanout) -> None:
        self.fanout = fanout
        self.reading = asyncio.create_task(fanout.run())
        self.sockets: dict[int, list[MoqSocket]] = {}
        self.since = time.monotonic()


class TcpDoor:
    """All sessions of a process. `relay` is the one that has the shows, `now` show time; `tick` is called every second once started."""

    def __init__(
        self, tokens: Tokens, relay: Callable[[], RelayCard | None], *, now: Callable[[], Micros], limits: TcpLimits | None = None
    ) -> None:  # fmt: skip
        self.limits = limits or TcpLimits()
        self.now = now
        self.admission = Admission(tokens)
        self.halls: dict[str, Hall] = {}
        self.shed = 0
        self._tokens = tokens
        self._relay = relay
        self._me = new_viewer()
        self._sockets: set[MoqSocket] = set()
        self._addresses: Counter[str] = Counter()
        self._tasks: list[asyncio.Task[None]] = []
        self._listening: list[Subscription] = []
        self._draining = False

    async def start(self, bus: Bus) -> None:
        """Know the shows, hear who is put off, and let time pass."""
        self._listening.append(await bus.subscribe("show.*.out", self.put_off))
        self._tasks += [
            asyncio.create_task(watch_cards(bus, self.card)),
            asyncio.create_task(self._pass_time()),
        ]

    async def close(self) -> None:
        """Send everybody to another node."""
        self._draining = True
        for one in [*self._sockets]:
            one.end(FULL, "this server stops; come back at once")
        await end(*self._tasks, *(hall.reading for hall in self.halls.values()))
        for subscription in self._listening:
            with contextlib.suppress(*Gone):
                await subscription.unsubscribe()

    @property
    def sessions(self) -> int:
        """How many there are."""
        return len(self._sockets)

    def judge(self, query: str, headers: Mapping[bytes, bytes], address: str) -> Pass:
        """Who comes. Raises an OncueError: they may not."""
        if self._draining:
            raise Unavailable("this server stops", code="node/draining", hint="come back at once")
        offered = headers.get(b"sec-websocket-protocol", b"").decode("latin-1").replace(" ", "").split(",")
        protocol = next((one for one in SUBPROTOCOLS if one in offered), None)
        if protocol is None:
            raise BadInput("no such subprotocol", code="moq/protocol", hint=f"offer {SUBPROTOCOLS[0]}")
        token = parse_qs(query).get("token", [""])[0]
        grant = self.admission.admit(token)
        if self._addresses[address] >= self.limits.per_address:
            raise TooMany("too many pictures for this address", code="limit/address")
        if len(self._sockets) >= self.limits.sessions:
            raise Unavailable("this server has as many pictures as it bears", code="limit/sessions")
        return Pass(grant, token, protocol, address)

    def enter(self, one: MoqSocket) -> TcpSession:
        """A connection is there: its session."""
        grant, show = one.come.grant, one.come.grant.show
        hall = self.halls.get(show)
        if hall is None:
            ticket = lambda: self._ticket(self._tokens.sign(self._me, show, Role.DISPLAY))  # noqa: E731
            hall = self.halls[show] = Hall(Fanout(show, ticket))
        self._sockets.add(one)
        self._addresses[one.come.address] += 1
        mine = hall.sockets.setdefault(grant.viewer, [])
        mine.append(one)
        for old in mine[: -self.limits.per_viewer]:
            old.end(REPLACED, "you are here too often; this one is closed")
        session = TcpSession(one, hall.fanout)
        if not ROLES[grant.role] & Role.DISPLAY:
            token = one.come.token
            uplink = Uplink(session, f"show/{show}/own/{grant.viewer}", lambda: self._ticket(token))
            session.publishes = uplink.start
        return session

    def leave(self, one: MoqSocket) -> None:
        """A connection is gone."""
        self._sockets.discard(one)
        self._addresses[one.come.address] -= 1
        if not self._addresses[one.come.address]:
            del self._addresses[one.come.address]
        hall = self.halls[one.come.grant.show]
        hall.sockets[one.come.grant.viewer].remove(one)
        if not hall.sockets[one.come.grant.viewer]:
            del hall.sockets[one.come.grant.viewer]
        hall.since = time.monotonic()

    def _ticket(self, token: str) -> Ticket | None:
        card = self._relay()
        return Ticket(f"{card.url}?token={token}", card.fingerprint) if card else None

    def card(self, card: ShowCard) -> None:
        """A show is on, or is over."""
        if card.state == "open":
            self.admission.open(card.id)
            return
        self.admission.close(card.id)
        for one in self._of(card.id):
            one.end(OVER, "this show is over")

    def drop(self, show: str, viewer: int) -> None:
        """A moderator does not want somebody."""
        for one in self._of(show):
            if one.come.grant.viewer == viewer:
                one.end(PUT_OFF, "a moderator has put you off")

    def _of(self, show: str) -> list[MoqSocket]:
        hall = self.halls.get(show)
        return [one for mine in hall.sockets.values() for one in mine] if hall else []

    def put_off(self, where: str, data: bytes) -> None:
        """`show.<id>.out`: moderators do not want some people."""
        self.admission.put_off(where, data, self.drop)

    async def _pass_time(self) -> None:
        while True:
            await asyncio.sleep(TICK_S)
            self.tick()

    def tick(self) -> None:
        """End what has expired, is stuck or silent; read no more what nobody watches."""
        now, passed = self.now(), time.monotonic()
        for one in [*self._sockets]:
            if one.come.grant.expires <= now:
                one.end(EXPIRED, "this token has expired: join again")
            else:
                one.session.tick(passed)
        for show, hall in [*self.halls.items()]:
            hall.fanout.sweep()
            if not hall.sockets and passed - hall.since > EMPTY_S:
                del self.halls[show]
                hall.reading.cancel()


class MoqSocket(WSListener):
    """One connection: sees to frames, so that the session has whole records only."""

    __slots__ = ("_door", "_parts", "_transport", "come", "session")

    def __init__(self, door: TcpDoor, come: Pass) -> None:
        self._door = door
        self._parts = b""
        self.come = come

    def on_ws_connected(self, transport: WSTransport) -> None:
        """The handshake is done."""
        self._transport = transport
        transport.request.headers.clear()
        transport.response.headers.clear()
        below = transport.underlying_transport
        below.set_write_buffer_limits(high=UNSENT)
        raw = below.get_extra_info("socket")
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, UNSENT)
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNACKNOWLEDGED_MS)
        self.session = self._door.enter(self)

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        """A frame has come; its memory is picows' own."""
        kind = frame.msg_type
        if kind is WSMsgType.BINARY and frame.fin:
            self.session.receive(frame.get_payload_as_bytes())
        elif kind is WSMsgType.PING:
            self.session.received += frame.payload_size
            if not self.session.blocked and not self.session.over:
                transport.send_pong(frame.get_payload_as_bytes())
        elif kind is WSMsgType.CLOSE:
            transport.send_close(WSCloseCode.OK)
            transport.disconnect()
        elif kind is WSMsgType.BINARY or (kind is WSMsgType.CONTINUATION and self._parts):
            self._part(frame)
        elif kind is not WSMsgType.PONG:
            self.session.end(BadInput.status, "send binary messages", violation=True)

    def _part(self, frame: WSFrame) -> None:
        self._parts += frame.get_payload_as_bytes()
        if frame.fin or len(self._parts) > LARGEST:
            whole, self._parts = self._parts, b""
            self.session.receive(whole)

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        """The connection is gone, whoever closed it."""
        self._door.shed += self.session.shed
        self.session.gone()
        self._door.leave(self)

    def pause_writing(self) -> None:
        """The page reads more slowly than we write."""
        self.session.block(True)

    def resume_writing(self) -> None:
        """It has caught up."""
        self.session.block(False)

    def end(self, code: int, reason: str) -> None:
        """Say why, and close."""
        self.session.end(code, reason)

    def send(self, record: bytes) -> None:
        """One binary message."""
        self._transport.send(WSMsgType.BINARY, record)

    def close(self) -> None:
        """Close after what was sent. TCP stays until the page answers, or a reset of ours could overtake the reason."""
        self._transport.send_close(WSCloseCode.OK)
        asyncio.get_running_loop().call_later(GOODBYE_S, self._transport.disconnect, False)


def admitted(
    door: TcpDoor | None, path: str, headers: Mapping[bytes, bytes], address: str
) -> Pass | OncueError | None:
    """What becomes of a handshake at `path`; None: it is not for this door."""
    where, _, query = path.partition("?")
    if door is None or where != PATH:
        return None
    try:
        return door.judge(query, headers, address)
    except OncueError as error:
        return error
