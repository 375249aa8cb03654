"""QMux: QUIC's streams and flow control (RFC 9000) inside the messages of a WebSocket.

The wire format of draft-ietf-quic-qmux-01 and -02, as @moq/qmux 0.3 and the Rust crate qmux speak it: each binary message is a record of
whole frames, and the first frame of each side has its transport parameters. The server's side, without I/O: records come in and give
events; what is written comes out as records, as far as the peer's flow control allows, the lowest rank first. One object for each
connection.
"""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

import msgspec

from oncue.engine.errors import BadInput

VERSIONS = ("qmux-02", "qmux-01")
"""Prefixes of WebSocket subprotocols, the best first."""

PARAMETERS = 0x3F5153300D0A0D0A
PING, PONG = 0x348C67529EF8C7BD, 0x348C67529EF8C7BE
RESET, STOP = 0x04, 0x05
MAX_DATA, MAX_STREAM_DATA, MAX_STREAMS_BIDI, MAX_STREAMS_UNI = 0x10, 0x11, 0x12, 0x13
BLOCKED = {0x14: 1, 0x15: 2, 0x16: 1, 0x17: 1}
"""Frames that only inform, and how many integers they have."""
CLOSE, GOODBYE = 0x1C, 0x1D
IDLE, DATA, BIDI_OURS, BIDI_THEIRS, UNI, STREAMS_BIDI, STREAMS_UNI = 0x01, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09
RECORD_SIZE = 0x0571C59429CD0845

RECORD = 16382
"""Bytes of a record, unless the peer takes more; ours are never larger."""
PAYLOAD = 16352
"""Bytes in a STREAM frame at the most: released peers take no more, whatever they say of records."""
TIGHT = 64
"""A record with less room than this is full."""
RESERVED = 64 << 10
"""Bytes of the peer's window, or an eighth of it if that is less, that only streams of the first rank may use."""
FIRST = -1 << 56
URGENT = 64 << 10
"""Bytes of answers that may wait for a peer that asks and does not read."""


class QmuxError(BadInput):
    """The peer does not keep to the protocol; the connection cannot go on."""

    default = "qmux/violation"


class Window(msgspec.Struct, frozen=True):
    """What a peer may send ahead of what was consumed: bytes in all, bytes and number of streams of each kind. `idle_ms`: silence of
    this length is the end of a connection."""

    data: int = 256 << 10
    bidi: int = 64 << 10
    uni: int = 1 << 20
    streams_bidi: int = 128
    streams_uni: int = 100
    idle_ms: int = 12_000


class Data(NamedTuple):
    """More of a stream, in order; `end`: nothing follows."""

    stream: int
    data: bytes
    end: bool


class Reset(NamedTuple):
    """The peer has given up sending on a stream."""

    stream: int
    code: int


class Stopped(NamedTuple):
    """The peer wants no more of a stream of ours. It is reset already."""

    stream: int
    code: int


class Closed(NamedTuple):
    """The peer has closed the connection."""

    code: int
    reason: str


Event = Data | Reset | Stopped | Closed


def varint(n: int) -> bytes:
    """A variable-length integer (RFC 9000, section 16)."""
    if n < 64:
        return n.to_bytes(1, "big")
    if n < 16384:
        return (n | 0x4000).to_bytes(2, "big")
    if n < 1 << 30:
        return (n | 0x8000_0000).to_bytes(4, "big")
    return (n | 0xC000_0000_0000_0000).to_bytes(8, "big")


def read_varint(data: bytes, at: int) -> tuple[int, int]:
    """The integer at `at`, and where it ends. Raises `QmuxError` when it is cut off."""
    if at >= len(data):
        raise QmuxError("a frame is cut off")
    first = data[at]
    size = 1 << (first >> 6)
    if size == 1:
        return first, at + 1
    end = at + size
    if end > len(data):
        raise QmuxError("a frame is cut off")
    return int.from_bytes(data[at:end], "big") & ((1 << (8 * size - 2)) - 1), end


class _In:
    """What came of a stream, was consumed of it, and may come."""

    __slots__ = ("came", "consumed", "most")

    def __init__(self, most: int) -> None:
        self.came = self.consumed = 0
        self.most = most


class _Out:
    """What waits to be sent on a stream, from `offset` on, and up to where it may go."""

    __slots__ = ("chunks", "end", "most", "name", "offset", "rank", "size", "stream")

    def __init__(self, stream: int, most: int, rank: int) -> None:
        self.stream, self.most, self.rank = stream, most, rank
        self.name = varint(stream)
        self.chunks: deque[bytes] = deque()
        self.size = self.offset = 0
        self.end = False


class Qmux:
    """One connection, of which this is the server.

    Bytes that have come take up the window until they are `consumed`. `waiting` are bytes that were written and not yet taken as
    records; `ready` says whether the peer has said what it takes.
    """

    def __init__(self, window: Window | None = None) -> None:
        self.window = window or Window()
        self.waiting = 0
        self.ready = False
        self._ready: dict[int, _Out] = {}
        self._out: dict[int, _Out] = {}
        self._in: dict[int, _In] = {}
        self._opened = [0, 0, 0, 0]
        self._allowed = [self.window.streams_bidi, 0, self.window.streams_uni, 0]
        self._peer: dict[int, int] = {}
        self._largest = RECORD
        self._may_send = self._sent = self._reserved = 0
        self._may_come, self._came, self._consumed = self.window.data, 0, 0
        self._pings = self._urgent = 0
        self._control: deque[bytes] = deque()
        self._say(self._parameters())

    def _say(self, frame: bytes) -> None:
        self._control.append(frame)
        self._urgent += len(frame)

    def _parameters(self) -> bytes:
        w = self.window
        told = {
            IDLE: w.idle_ms,
            DATA: w.data,
            BIDI_OURS: w.bidi,
            BIDI_THEIRS: w.bidi,
            UNI: w.uni,
            STREAMS_BIDI: w.streams_bidi,
            STREAMS_UNI: w.streams_uni,
        }
        body = bytearray()
        for key, value in told.items():
            number = varint(value)
            body += varint(key) + varint(len(number)) + number
        return varint(PARAMETERS) + varint(len(body)) + bytes(body)

    # What comes

    def receive(self, record: bytes) -> list[Event]:
        """A message has come. Raises `QmuxError` when it breaks the protocol: then `close` and drop the connection."""
        if len(record) > RECORD:
            raise QmuxError("a record is too large")
        events: list[Event] = []
        at = 0
        while at < len(record):
            kind, at = read_varint(record, at)
            if kind == 0:
                continue
            if (kind == PARAMETERS) is self.ready:
                raise QmuxError("the transport parameters come first, and once")
            at = self._frame(kind, record, at, events)
        if self._urgent > URGENT:
            raise QmuxError("the peer asks for more than it reads")
        return events

    def _frame(self, kind: int, record: bytes, at: int, events: list[Event]) -> int:
        if 0x08 <= kind <= 0x0F:
            return self._stream(kind, record, at, events)
        if kind in (RESET, STOP):
            return self._broken_off(kind, record, at, events)
        if kind in (CLOSE, GOODBYE):
            return self._closed(kind, record, at, events)
        if kind == PARAMETERS:
            return self._learn(record, at)
        if kind in (PING, PONG):
            number, at = read_varint(record, at)
            if kind == PING:
                self._say(varint(PONG) + varint(number))
            return at
        return self._allow(kind, record, at)

    def _allow(self, kind: int, record: bytes, at: int) -> int:
        stream = 0
        if kind == MAX_STREAM_DATA:
            stream, at = read_varint(record, at)
        elif kind in BLOCKED:
            for _ in range(BLOCKED[kind]):
                _, at = read_varint(record, at)
            return at
        elif kind not in (MAX_DATA, MAX_STREAMS_BIDI, MAX_STREAMS_UNI):
            raise QmuxError(f"there is no frame of type {kind:#x}")
        most, at = read_varint(record, at)
        if kind == MAX_DATA:
            self._may_send = max(self._may_send, most)
        elif kind == MAX_STREAM_DATA:
            if out := self._out.get(stream):
                out.most = max(out.most, most)
        else:
            ours = 1 if kind == MAX_STREAMS_BIDI else 3
            self._allowed[ours] = max(self._allowed[ours], most)
        return at

    def _learn(self, record: bytes, at: int) -> int:
        size, at = read_varint(record, at)
        end = at + size
        if end > len(record):
            raise QmuxError("the transport parameters are cut off")
        peer: dict[int, int] = {}
        while at < end:
            key, at = read_varint(record, at)
            size, at = read_varint(record, at)
            if at + size <= end and size in (1, 2, 4, 8):
                peer.setdefault(key, read_varint(record[: at + size], at)[0])
            at += size
        if at != end:
            raise QmuxError("the transport parameters are cut off")
        if peer.get(RECORD_SIZE, RECORD) < RECORD:
            raise QmuxError("records are too small")
        self._peer, self.ready = peer, True
        self._may_send = peer.get(DATA, 0)
        self._reserved = min(RESERVED, self._may_send // 8)
        self._allowed[1], self._allowed[3] = peer.get(STREAMS_BIDI, 0), peer.get(STREAMS_UNI, 0)
        return end

    def _stream(self, kind: int, record: bytes, at: int, events: list[Event]) -> int:
        stream, at = read_varint(record, at)
        offset = 0
        if kind & 4:
            offset, at = read_varint(record, at)
        end = len(record)
        if kind & 2:
            size, at = read_varint(record, at)
            end = at + size
            if end > len(record):
                raise QmuxError("a frame is cut off")
        came = self._coming(stream)
        if came is None:
            return end
        if offset != came.came:
            raise QmuxError("bytes of a stream are missing")
        self._came += end - at
        came.came += end - at
        if self._came > self._may_come or came.came > came.most:
            raise QmuxError("more has come than was allowed")
        events.append(Data(stream, record[at:end], bool(kind & 1)))
        if kind & 1:
            self._finished(stream)
        return end

    def _coming(self, stream: int) -> _In | None:
        """The state of a stream that the peer sends on; None when that is over."""
        if stream in self._in:
            return self._in[stream]
        kind, number = stream & 3, stream >> 2
        if kind == 3 or number >= self._allowed[kind] or (kind == 1 and number >= self._opened[kind]):
            raise QmuxError("there is no such stream")
        if number < self._opened[kind]:
            return None
        window = self.window.uni if kind & 2 else self.window.bidi
        for each in range(self._opened[kind], number + 1):
            self._in[each << 2 | kind] = _In(window)
            if kind == 0:
                self._out[each << 2] = _Out(each << 2, self._peer.get(BIDI_OURS, 0), FIRST)
        self._opened[kind] = number + 1
        return self._in[stream]

    def _broken_off(self, kind: int, record: bytes, at: int, events: list[Event]) -> int:
        stream, at = read_varint(record, at)
        code, at = read_varint(record, at)
        if kind == STOP:
            if stream in self._out:
                self.reset(stream, code)
                events.append(Stopped(stream, code))
            return at
        size, at = read_varint(record, at)
        came = self._coming(stream)
        if came is not None:
            # Released peers say 0 here, whatever they have sent.
            gap = max(size - came.came, 0)
            self._came += gap
            if self._came > self._may_come or size > came.most:
                raise QmuxError("more has come than was allowed")
            self.consumed(stream, came.came - came.consumed + gap)
            self._finished(stream)
            events.append(Reset(stream, code))
        return at

    def _closed(self, kind: int, record: bytes, at: int, events: list[Event]) -> int:
        code, at = read_varint(record, at)
        if kind == CLOSE:
            _, at = read_varint(record, at)
        size, at = read_varint(record, at)
        if at + size > len(record):
            raise QmuxError("a frame is cut off")
        events.append(Closed(code, record[at : at + size].decode(errors="replace")))
        return at + size

    def _finished(self, stream: int) -> None:
        self._in.pop(stream, None)
        self._over(stream)

    def _over(self, stream: int) -> None:
        """A stream of the peer's that is over makes room for another."""
        kind = stream & 3
        if kind & 1 or stream in self._in or stream in self._out:
            return
        self._allowed[kind] += 1
        self._say(varint(MAX_STREAMS_UNI if kind else MAX_STREAMS_BIDI) + varint(self._allowed[kind]))

    def consumed(self, stream: int, count: int) -> None:
        """So many bytes of a stream take up no memory any more: as many may come again."""
        self._consumed += count
        if self._may_come - self._consumed <= self.window.data // 2:
            self._may_come = self._consumed + self.window.data
            self._say(varint(MAX_DATA) + varint(self._may_come))
        if came := self._in.get(stream):
            came.consumed += count
            window = self.window.uni if stream & 2 else self.window.bidi
            if came.most - came.consumed <= window // 2:
                came.most = came.consumed + window
                self._say(varint(MAX_STREAM_DATA) + varint(stream) + varint(came.most))

    def widen(self, data: int) -> None:
        """From now on so many bytes may come ahead of what was consumed."""
        self.window = msgspec.structs.replace(self.window, data=data)
        self.consumed(-1, 0)

    # What goes

    def open(self, *, uni: bool, rank: int = 0) -> int | None:
        """A new stream of ours, or None: the peer has as many as it takes. What has the lower rank is sent first."""
        kind = 3 if uni else 1
        number = self._opened[kind]
        if number >= self._allowed[kind]:
            return None
        self._opened[kind] = number + 1
        stream = number << 2 | kind
        self._out[stream] = _Out(stream, self._peer.get(UNI if uni else BIDI_THEIRS, 0), rank)
        if not uni:
            self._in[stream] = _In(self.window.bidi)
        return stream

    def write(self, stream: int, data: bytes, *, end: bool = False) -> None:
        """More on a stream; nothing happens once it has ended or was reset."""
        out = self._out.get(stream)
        if out is None or out.end:
            return
        if data:
            out.chunks.append(data)
            out.size += len(data)
            self.waiting += len(data)
        out.end = end
        self._ready[stream] = out

    def unsent(self, stream: int) -> int:
        """Bytes that wait on this stream."""
        return self._out[stream].size if stream in self._out else 0

    def reset(self, stream: int, code: int) -> None:
        """Give a stream up: what waits on it is not sent."""
        out = self._out.pop(stream, None)
        if out is None:
            return
        self._ready.pop(stream, None)
        self.waiting -= out.size
        self._say(varint(RESET) + out.name + varint(code) + varint(out.offset))
        self._over(stream)

    def stop(self, stream: int, code: int) -> None:
        """Want no more of a stream. What is under way comes all the same."""
        if stream in self._in:
            self._say(varint(STOP) + varint(stream) + varint(code))

    def ping(self) -> None:
        """Ask the peer to say something."""
        self._say(varint(PING) + varint(self._pings))
        self._pings += 1

    def close(self, code: int, reason: str = "", *, violation: bool = False) -> None:
        """Say goodbye, and why. With `violation` the peer takes it as a failure."""
        words = reason.encode()[:1024]
        kind = varint(CLOSE) + varint(code) + varint(0) if violation else varint(GOODBYE) + varint(code)
        self._say(kind + varint(len(words)) + words)

    def record(self) -> bytes:
        """The next message to be sent, empty: there is none, or the peer takes no more for now."""
        parts: list[bytes] = []
        room = self._largest
        while self._control and len(self._control[0]) <= room:
            frame = self._control.popleft()
            parts.append(frame)
            room -= len(frame)
            self._urgent -= len(frame)
        ready = self._ready
        if ready:
            each = [*ready.values()] if len(ready) == 1 else sorted(ready.values(), key=_rank)
            for out in each:
                if room < TIGHT:
                    break
                room = self._fill(out, parts, room)
        return b"".join(parts)

    def _fill(self, out: _Out, parts: list[bytes], room: int) -> int:
        """As much of a stream as fits and may go; gives the room that is left."""
        may_send = self._may_send - self._sent - (0 if out.rank <= FIRST else self._reserved)
        count = min(out.size, out.most - out.offset, may_send, room - 18, PAYLOAD)
        if count <= 0 and (out.size or not out.end):
            if not out.size:
                del self._ready[out.stream]
            return room
        count = max(count, 0)
        last = out.end and count == out.size
        head = b"".join((b"\x0f" if last else b"\x0e", out.name, varint(out.offset), varint(count)))
        parts.append(head)
        self._move(out, count, parts)
        out.offset += count
        out.size -= count
        self._sent += count
        self.waiting -= count
        if not out.size:
            self._ready.pop(out.stream, None)
            if last:
                del self._out[out.stream]
                self._over(out.stream)
        return room - len(head) - count

    def _move(self, out: _Out, count: int, parts: list[bytes]) -> None:
        chunks = out.chunks
        while count:
            chunk = chunks.popleft()
            if len(chunk) > count:
                chunks.appendleft(chunk[count:])
                chunk = chunk[:count]
            parts.append(chunk)
            count -= len(chunk)


def _rank(out: _Out) -> int:
    return out.rank
