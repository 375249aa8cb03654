"""moq-lite-05 (draft-lcurley-moq-lite), as @moq/net 0.2.8 speaks it: its messages as bytes. No I/O.

Each stream begins with its type; a message is its size and its fields. Integers are those of QUIC, a string is its size and UTF-8.
"""

from __future__ import annotations

from enum import IntEnum

import msgspec

from oncue.engine.errors import BadInput
from oncue.engine.structs import Micros

from .qmux import QmuxError, read_varint, varint

VERSION = "moq-lite-05"
"""The application protocol of a WebSocket's or a QUIC connection's handshake."""
TIMESCALE = 1_000_000
"""Units of a second that our tracks are stamped in."""
LONGEST = 4096
"""Bytes of a message."""


class LiteError(BadInput):
    """What came is no moq-lite."""

    default = "moq/violation"


class Bidi(IntEnum):
    """What a stream for both directions is for."""

    SESSION = 0
    ANNOUNCE = 1
    SUBSCRIBE = 2
    FETCH = 3
    PROBE = 4
    GOAWAY = 5
    TRACK = 6


class Uni(IntEnum):
    """What a stream for one direction carries."""

    GROUP = 0
    SETUP = 1


class Gone(IntEnum):
    """Why a stream is reset: the application's codes of this server."""

    DONE = 0
    LATE = 1
    UNKNOWN = 404
    TOO_MANY = 429
    UNSUPPORTED = 501


class Subscribe(msgspec.Struct, frozen=True):
    """What a page wants of a track; `latency` (ms) is how much older than the newest a group may be and still be wanted."""

    number: int
    path: str
    track: str
    priority: int = 0
    ordered: bool = False
    latency: int = 0


class TrackInfo(msgspec.Struct, frozen=True):
    """What never changes about a track. `latency` (ms): how long groups are kept; `timescale`: units of a second in its stamps."""

    priority: int = 127
    ordered: bool = False
    latency: int = 0
    timescale: int = TIMESCALE


class Announced(msgspec.Struct, frozen=True):
    """A broadcast has come or gone, at the prefix that was asked for and this suffix."""

    active: bool
    suffix: str


class Reader:
    """The bytes of one stream that were not read yet."""

    def __init__(self) -> None:
        self._data = b""
        self._at = 0

    def feed(self, data: bytes) -> None:
        """More has come."""
        self._data = self._data[self._at :] + data if self._at < len(self._data) else data
        self._at = 0

    @property
    def left(self) -> int:
        """Bytes that wait to be read."""
        return len(self._data) - self._at

    def clear(self) -> None:
        """Read over all of it."""
        self._at = len(self._data)

    def integer(self) -> int | None:
        """The next integer; None: it is not there yet."""
        if not self.left or self.left < 1 << (self._data[self._at] >> 6):
            return None
        value, self._at = read_varint(self._data, self._at)
        return value

    def sized(self, most: int = LONGEST) -> bytes | None:
        """The next message; None: it is not there yet. Raises `LiteError` for one that is too large."""
        begun = self._at
        size = self.integer()
        if size is None:
            return None
        if size > most:
            raise LiteError(f"a message has {size} bytes")
        if self.left < size:
            self._at = begun
            return None
        self._at += size
        return self._data[self._at - size : self._at]

    def frame(self, most: int) -> tuple[int, bytes] | None:
        """The next frame of a group: how much later it is than the one before, and its payload."""
        begun = self._at
        delta = self.integer()
        payload = None if delta is None else self.sized(most)
        if delta is None or payload is None:
            self._at = begun
            return None
        return delta >> 1 ^ -(delta & 1), payload


class Fields:
    """The fields of one message, in order. All methods raise `LiteError` when they are not there."""

    def __init__(self, message: bytes) -> None:
        self._message = message
        self._at = 0

    def integer(self) -> int:
        try:
            value, self._at = read_varint(self._message, self._at)
        except QmuxError as error:
            raise LiteError("a message is cut off") from error
        return value

    def byte(self) -> int:
        if self._at >= len(self._message):
            raise LiteError("a message is cut off")
        self._at += 1
        return self._message[self._at - 1]

    def text(self) -> str:
        size = self.integer()
        self._at += size
        if self._at > len(self._message):
            raise LiteError("a message is cut off")
        try:
            return self._message[self._at - size : self._at].decode()
        except UnicodeDecodeError as error:
            raise LiteError("a name is not UTF-8") from error

    def end(self) -> None:
        """There is nothing more."""
        if self._at != len(self._message):
            raise LiteError("a message is too long")


def sized(*fields: bytes) -> bytes:
    """A message."""
    body = b"".join(fields)
    return varint(len(body)) + body


def text(words: str) -> bytes:
    """A string."""
    data = words.encode()
    return varint(len(data)) + data


def setup() -> bytes:
    """The stream that says what we can do besides: nothing."""
    return varint(Uni.SETUP) + sized(varint(0))


def read_announce_request(message: bytes) -> str:
    """The prefix of the broadcasts that the page wants to hear of."""
    fields = Fields(message)
    prefix = fields.text()
    fields.integer()  # whose broadcasts are to be left out: those of the page itself, which it never hears of here
    fields.end()
    return prefix


def announce_request(prefix: str) -> bytes:
    """Asks for broadcasts under a prefix."""
    return varint(Bidi.ANNOUNCE) + sized(text(prefix), varint(0))


def announce_ok(origin: int, active: int) -> bytes:
    """Answers it: who we are, and how many there are now."""
    return sized(varint(origin), varint(active))


def announced(suffix: str, *, active: bool) -> bytes:
    """A broadcast has come or gone."""
    return sized(varint(active), text(suffix), varint(0))


def read_announced(message: bytes) -> Announced:
    """A broadcast of the page's has come or gone."""
    fields = Fields(message)
    status, suffix = fields.byte(), fields.text()
    for _ in range(fields.integer()):
        fields.integer()
    fields.end()
    return Announced(status != 0, suffix)


def read_subscribe(message: bytes) -> Subscribe:
    """What a page wants of a track. Which groups it asks for is not looked at: it gets the latest and what follows."""
    fields = Fields(message)
    number, path, track = fields.integer(), fields.text(), fields.text()
    wanted = Subscribe(number, path, track, fields.byte(), bool(fields.byte()), fields.integer())
    fields.integer(), fields.integer()
    fields.end()
    return wanted


def subscribe(wanted: Subscribe) -> bytes:
    """Asks for a track, from its latest group on."""
    names = (varint(wanted.number), text(wanted.path), text(wanted.track))
    how = bytes((wanted.priority, wanted.ordered)) + varint(wanted.latency)
    return varint(Bidi.SUBSCRIBE) + sized(*names, how, b"\0\0")


def read_update(message: bytes, was: Subscribe) -> Subscribe:
    """A subscription with other wishes."""
    fields = Fields(message)
    priority, ordered, latency = fields.byte(), bool(fields.byte()), fields.integer()
    fields.integer(), fields.integer()
    fields.end()
    return msgspec.structs.replace(was, priority=priority, ordered=ordered, latency=latency)


def read_track(message: bytes) -> tuple[str, str]:
    """The broadcast and track that a page asks about."""
    fields = Fields(message)
    path, track = fields.text(), fields.text()
    fields.end()
    return path, track


def track_info(info: TrackInfo) -> bytes:
    """Answers it."""
    return sized(bytes((info.priority, info.ordered)), varint(info.latency), varint(info.timescale))


def subscribe_start(group: int) -> bytes:
    """The first group that comes."""
    return varint(0) + sized(varint(group))


def subscribe_end(group: int) -> bytes:
    """No group comes from this one on."""
    return varint(1) + sized(varint(group))


def group_head(number: int, group: int) -> bytes:
    """The beginning of a group's stream."""
    return varint(Uni.GROUP) + sized(varint(number), varint(group))


def read_group_head(message: bytes) -> tuple[int, int]:
    """The subscription and group that a stream of the page's carries."""
    fields = Fields(message)
    number, group = fields.integer(), fields.integer()
    fields.end()
    return number, group


def frame(payload: bytes, stamp: Micros, before: Micros) -> bytes:
    """A frame of a group; `before` is the stamp of the one before, 0 for the first."""
    delta = stamp - before
    return b"".join((varint(delta << 1 if delta >= 0 else (-delta << 1) - 1), varint(len(payload)), payload))
