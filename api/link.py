"""One link: what a client and this node say to each other, from `hello` to the receipt.

No sockets and no waiting here: bytes come in by `receive`, frames go out by `socket.send`, time by `rooms.now`.

what came      in state   what happens
hello          NEW        the token is checked; the room asks the show's owner; then `welcome`: LIVE
act            LIVE       checked at the door (type, role, number), then to the intake; `got` once on disk, or `no`
ping           LIVE       `pong` at once
report         LIVE       remembered for judging, and for whether scenes have to come here
anything else  any        `error` with a stable code; ten of them in a short time close the link

A refused action is always answered by `no` with its number, because receipts are cumulative: what is neither
refused nor receipted is the client's to send again.
"""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, Protocol

import msgspec

from oncue.engine.errors import OncueError
from oncue.engine.log import Entry
from oncue.engine.structs import Micros, Role, seconds
from oncue.engine.wire import VERSION, Act, Hello, No, Oops, Ping, Report, UpMsg

if TYPE_CHECKING:
    from .room import Room
    from .rooms import Claims, Rooms


class Closing(IntEnum):
    """Why the server closes a link: the WebSocket close codes of ours (RFC 6455, section 7.4.2)."""

    LEFT = 1000
    TOO_LARGE = 1009
    BAD = 4400
    TOKEN = 4401
    PUT_OFF = 4403
    GONE = 4404
    SLOW = 4408
    TOO_MANY = 4429
    UNAVAILABLE = 4503


class Limits(msgspec.Struct, frozen=True):
    """What a node lets a client do. Spans in µs, sizes in bytes.

    message: the largest one. pace: the span that each takes up; `burst` of them may come at once. unreceipted:
    actions of a link without a receipt. links: of one viewer; the oldest is closed. links_per_address: generous,
    many share an address. hello: until the first message. unread: what may wait for a slow client. strikes:
    mistakes, each forgotten after ten seconds. patience: how long a show's owner is waited for. ask: how long
    hellos are gathered for one question to it. ping: between two pings.
    """

    message: int = 8192
    pace: Micros = seconds(0.04)
    burst: int = 200
    unreceipted: int = 64
    links: int = 8
    links_per_address: int = 4000
    hello: Micros = seconds(5)
    unread: int = 256 * 1024
    strikes: int = 10
    patience: Micros = seconds(5)
    ask: Micros = seconds(0.004)
    ping: Micros = seconds(20)


class Socket(Protocol):
    """What a link needs of the connection below it."""

    address: str

    def send(self, frame: bytes) -> None:
        """Send one text frame."""

    def ping(self) -> None:
        """Send a ping; `Link.ponged` is called when it is answered."""

    def close(self, code: int, reason: str) -> None:
        """Say why, and close; `Link.gone` is called in the end."""

    def abort(self) -> None:
        """Drop the connection without another word."""


NEW, ENTERING, LIVE, LEAVING, OVER = range(5)
REACH: Micros = seconds(5)
"""No delay, need or round trip is told to be above this."""
ERROR: Micros = seconds(1)
"""Nor what a clock may be wrong by above this."""
JITTER: Micros = seconds(0.25)
"""How much longer than the shortest of the last minute a round trip may be and still be believed."""
TRIPS = 4
"""Round trips in a minute and a bit, one each `Limits.ping`."""
FORGIVEN: Micros = seconds(10)
DOORS = ("moq", "tcp", "whep")
NO_DOOR = "none"
"""Ways in which a picture comes, and that there is none (`Report.door`)."""
INTEGERS = 1 << 53
"""Numbers and positions are below this: what JavaScript and the log can hold."""

UNREADABLE = (msgspec.DecodeError, RecursionError, ValueError)
UNWRITABLE = (OverflowError, ValueError, RecursionError)
STAFF = int(Role.MODERATOR | Role.PRODUCER | Role.HOST)

_read = msgspec.json.Decoder(UpMsg).decode
_frame = msgspec.json.Encoder().encode
_pack = msgspec.msgpack.Encoder().encode


def _within(span: Micros, most: Micros) -> Micros:
    return min(max(span, 0), most)


class _Numbered(msgspec.Struct):
    """What is left of a message that cannot be read otherwise."""

    n: int = 0


class Link:
    """The state of one viewer's link.

    `pending` are the numbers that the intake has, `fresh` how many of them were recorded since the last receipt,
    `last`, `receipted` and `seq` the highest number taken, the highest receipted and where that is in the log.
    `due` and `blamed` are when its credit and its reputation are whole again: a leaky bucket in one integer each
    (GCRA, ITU-T I.371). `delay` counts for judging, `reported` is what the client said last (0: it has no picture), with what its
    picture would `need` and what its clock may be wrong by (`error`). `rtt` is our own measure, from the round `trips` of the last minute.
    `plain`: scenes come here; `blind`: and no picture. `door`: by which way that comes.
    `shown`: the scene in the welcome. `early`: what came for it before that.
    """

    __slots__ = (
        "blamed",
        "blind",
        "delay",
        "door",
        "due",
        "early",
        "error",
        "expires",
        "fresh",
        "last",
        "need",
        "pending",
        "pinged",
        "plain",
        "receipted",
        "reported",
        "role",
        "room",
        "rooms",
        "rtt",
        "seq",
        "shown",
        "slack",
        "socket",
        "state",
        "trips",
        "viewer",
    )

    room: Room

    def __init__(self, socket: Socket, rooms: Rooms, now: Micros) -> None:
        self.socket = socket
        self.rooms = rooms
        self.state = NEW
        self.viewer = self.role = 0
        self.expires = now + rooms.limits.hello
        self.due = self.blamed = now
        self.slack = rooms.limits.burst * rooms.limits.pace
        self.last = self.receipted = self.seq = self.fresh = 0
        self.pending: list[int] = []
        self.delay = self.reported = self.rtt = self.pinged = 0
        self.need = self.error = 0
        self.trips: tuple[Micros, ...] = ()
        self.plain = self.blind = False
        self.door = NO_DOOR
        self.shown = b""
        self.early: list[bytes] | None = None

    def receive(self, data: bytes) -> None:
        """A message of the client."""
        now = self.rooms.now()
        if not self.spend(now):
            self.hurried(data, now)
            return
        try:
            said = _read(data)
        except UNREADABLE as error:
            self.unread(data, error)
            return
        if self.state != LIVE:
            self.greet(said, now)
        elif type(said) is Act:
            self.act(said, now)
        elif type(said) is Ping:
            self.socket.send(b'{"op":"pong","t0":%r,"t1":%d,"t2":%d}' % (said.t0, now, self.rooms.now()))
        elif type(said) is Report:
            self.report(said, now)
        else:
            self.mistake("input/hello-twice", "you have said hello already")

    def spend(self, now: Micros) -> bool:
        """Whether the client keeps to the pace; if so this message is on its account."""
        due = max(self.due, now)
        if due - now > self.slack:
            return False
        self.due = due + self.rooms.limits.pace
        return True

    def act(self, said: Act, now: Micros) -> None:
        """An action: to the intake, or `no`."""
        n = said.n
        if n <= self.last:
            self.again(n)
            return
        door = self.room.doors.get(said.seg)
        if door is None:
            self.no(n, *self.room.no_door(said.seg))
            return
        try:
            action = door.read(said.do)
            packed = _pack(action)
        except (*UNREADABLE, OverflowError) as error:
            self.no(n, "input/bad-action", str(error))
            self.blame("input/bad-action")
            return
        if not door.roles[type(action)] & self.role:
            self.no(n, "auth/forbidden", "this is not for you to do")
        elif len(self.pending) >= self.rooms.limits.unreceipted:
            self.no(n, "limit/unreceipted", "wait for the receipts of what you have sent")
        elif n >= INTEGERS or not 0 <= said.pos < INTEGERS:
            self.no(n, "input/number", "a number or position is out of range")
        else:
            self.take(said, now, packed)

    def take(self, said: Act, now: Micros, packed: bytes) -> None:
        """Hand an action that may come in to the intake."""
        entry = Entry(
            self.viewer,
            said.n,
            self.role,
            now,
            said.pos,
            self.delay,
            min(self.rtt, REACH),
            msgspec.Raw(packed),
        )
        try:
            self.rooms.put(self.room.show, said.seg, entry, self.recorded)
        except OncueError as full:
            self.no(said.n, full.code, full.message)
            return
        self.last = said.n
        self.pending.append(said.n)

    def again(self, n: int) -> None:
        """A number that is not above the last one: receipted again, or its receipt is on the way."""
        if 0 < n <= self.receipted:
            self.socket.send(b'{"op":"got","n":%d,"seq":%d}' % (self.receipted, self.seq))
        elif n not in self.pending:
            self.no(n, "input/number", "the numbers of actions must rise")

    def recorded(self, seq: int) -> None:
        """The oldest pending action is on disk, at `seq` in the log. Called for each, in order."""
        self.seq = seq
        self.fresh += 1
        if self.fresh == 1:
            self.rooms.receipt(self)

    def receipt(self) -> None:
        """One frame for all that was recorded since the last one."""
        self.receipted = n = self.pending[self.fresh - 1]
        del self.pending[: self.fresh]
        self.fresh = 0
        if self.state != OVER:
            self.socket.send(b'{"op":"got","n":%d,"seq":%d}' % (n, self.seq))

    def report(self, said: Report, now: Micros) -> None:
        """How the client fares. While a round is open, a larger delay than before it is not believed."""
        self.reported = _within(said.delay, REACH)
        self.need = _within(said.need, REACH)
        self.error = _within(said.error, ERROR)
        vouched = self.room.vouched(self.reported, now)
        if vouched < self.delay or not self.room.locked(now):
            self.delay = vouched
        self.door = said.door if said.door in DOORS else NO_DOOR
        self.blind = said.door == NO_DOOR
        plain = self.blind or said.door == "whep"
        if plain != self.plain:
            self.plain = plain
            self.room.turn(self)

    def greet(self, said: UpMsg, now: Micros) -> None:
        """The first message must be `hello`; nothing may follow it before `welcome`."""
        if self.state >= LEAVING:
            return
        if self.state == ENTERING or type(said) is not Hello:
            self.end(Closing.BAD, "input/hello-first", "say hello first, then wait for the welcome")
            return
        if said.v != VERSION:
            self.end(
                Closing.BAD, "link/version", f"this server speaks version {VERSION}: load the page again"
            )
            return
        try:
            claims = self.rooms.verify(said.token)
        except OncueError as denied:
            self.end(Closing.TOKEN, denied.code, denied.message)
            return
        if claims.exp * 1_000_000 <= now:
            self.end(Closing.TOKEN, "auth/expired", "this link has expired: join again")
            return
        self.enter(claims)

    def enter(self, claims: Claims) -> None:
        """Go to the show that the token names."""
        self.viewer = claims.viewer
        self.role = int(claims.role)
        self.expires = int(claims.exp * 1_000_000)
        self.state = ENTERING
        self.rooms.enter(self, claims.show)

    def welcomed(self, frame: bytes) -> None:
        """The room has answered: from now on this link may act. What came for it in the meantime follows."""
        self.state = LIVE
        self.socket.send(frame)
        for waiting in self.early or ():
            self.socket.send(waiting)
        self.early = None
        self.measure(self.rooms.now())

    def tell(self, frame: bytes) -> None:
        """A frame for this viewer."""
        if self.state == LIVE:
            self.socket.send(frame)
        elif self.state == ENTERING:
            self.early = [*(self.early or ()), frame]

    def measure(self, now: Micros) -> None:
        """Ping, to know the round trip by a clock that is not the client's."""
        self.pinged = now
        self.socket.ping()

    def ponged(self, now: Micros) -> None:
        """The ping was answered. A longer round trip counts at once, a shorter one slowly: jitter costs nobody.

        What goes beyond the shortest trip of the last minute is believed up to `JITTER`. To count pings from before the round only would
        give nothing to a network that gets worse during it, and all to whoever holds an answer back just before; so somebody has to hold
        every answer back for a minute, and then is judged like anybody whose network is as slow.
        """
        if self.pinged:
            took = now - self.pinged
            self.trips = (*self.trips[1 - TRIPS :], took)
            self.rtt = min(max(took, self.rtt * 3 // 4), min(self.trips) + JITTER)
            self.pinged = 0

    def tick(self, now: Micros) -> Micros:
        """What time brings: a hello that did not come, the token's end, a ping. Gives when to look again, or 0."""
        if self.state >= LEAVING:
            return 0
        if self.state == NEW and now >= self.expires:
            self.end(Closing.BAD, "link/hello-late", "no hello came in time", retry=True)
        elif self.state == LIVE and now >= self.expires:
            self.end(Closing.TOKEN, "auth/expired", "this link has expired: join again")
        elif self.state == LIVE and self.pinged:
            self.socket.abort()
        elif self.state == LIVE:
            self.measure(now)
        return min(self.expires, now + self.rooms.limits.ping) if self.state < LEAVING else 0

    def no(self, n: int, code: str, why: str) -> None:
        """Action `n` does not count."""
        self.tell(_frame(No(n, code, why)))

    def mistake(self, code: str, message: str) -> None:
        """Something was wrong with what the client said; the link goes on."""
        self.socket.send(_frame(Oops(code, message)))
        self.blame(code)

    def unread(self, data: bytes, error: Exception) -> None:
        """A message that is none. When it has a number all the same, that action is refused."""
        code = "input/malformed"
        if isinstance(error, msgspec.ValidationError):
            code = "input/unknown-op" if "$.op" in str(error) else "input/bad-message"
        self.wrong(data, code, str(error))
        self.blame(code)

    def hurried(self, data: bytes, now: Micros) -> None:
        """A message beyond the pace."""
        if self.state < LEAVING:
            self.wrong(data, "limit/messages", "too many messages: slow down")
            self.blame("limit/messages", Closing.TOO_MANY)

    def wrong(self, data: bytes, code: str, why: str) -> None:
        """`no` when the message is or was meant to be an action, else `error`."""
        try:
            n = msgspec.json.decode(data, type=_Numbered).n
        except UNREADABLE:
            n = 0
        if self.state == LIVE and self.last < n < INTEGERS:
            self.no(n, code, why)
        elif self.state < LEAVING:
            self.socket.send(_frame(Oops(code, why)))

    def blame(self, code: str, closing: Closing = Closing.BAD) -> None:
        """Count a mistake; too many in a short time close the link."""
        now = self.rooms.now()
        self.blamed = max(self.blamed, now) + FORGIVEN
        if self.blamed - now > self.rooms.limits.strikes * FORGIVEN and self.state < LEAVING:
            self.end(closing, code, "too many mistakes")

    def end(self, closing: Closing, code: str, message: str, *, retry: bool = False) -> None:
        """Say why, close, and leave the room."""
        if self.state == OVER:
            return
        self.socket.send(_frame(Oops(code, message, fatal=True, retry=retry)))
        self.state = OVER
        self.socket.close(closing, code)
        self.rooms.leave(self)

    def leaving(self) -> None:
        """The node drains: nothing is taken any more, receipts still go out."""
        if self.state < LEAVING:
            self.state = LEAVING

    def gone(self) -> None:
        """The connection is gone."""
        self.state = OVER
        self.rooms.leave(self)
