"""One viewer's MoQ session over TCP, without the socket: records come in by `receive`, and go out by `Wire.send`.

what the page opens       what happens
announce                  it hears of the show's broadcasts as they come and go
track, subscribe          answered from the show's `Fanout`: the latest group as far as it is there, and what follows
group, setup (one way)    groups are for the `Uplink`, when the viewer publishes; nobody asked for any others
anything else             reset: not supported

A page that reads too slowly gets newer groups before older ones, and what is older than it wants is given up, as QUIC streams would be.
Scenes and catalogs never are.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Callable, Coroutine
from typing import Any, Protocol

from oncue.engine.errors import Unknown

from . import lite
from .fanout import Fanout
from .lite import Bidi, Gone, LiteError, Reader, Subscribe, Uni
from .qmux import FIRST, VERSIONS, Closed, Data, Event, Qmux, QmuxError, Reset, Stopped, Window
from .subscription import Subscription

SUBPROTOCOLS = tuple(f"{version}.{lite.VERSION}" for version in VERSIONS)
"""What a WebSocket may be for us, the best first."""
SUBSCRIPTIONS = 64
LISTENS = 16
ASKS, ASKS_PER_S = 300, 10
"""How often a page may ask for tracks at once, and in the long run: each that is new is asked of the relay, in the session of all."""
UPLOAD, PUBLISHED = 250_000, 2_500_000
"""Bytes per second that a page may send, and more while it publishes: as to the relay itself."""
LOOK_S = 5.0
FULL = 4 << 20
"""Bytes that may wait in all, scenes and catalogs with them, before the session ends."""
STUCK_S = 20.0
"""How long a page may read nothing at all."""
PING_S, SILENT_S = 4.0, 20.0
"""When a page that says nothing is asked whether it is there, and when it is taken for gone."""
SLOW, FLOOD = 408, 429


class Wire(Protocol):
    """The connection below a session."""

    def send(self, record: bytes) -> None:
        """Send one record."""

    def close(self) -> None:
        """Close after what was sent; `TcpSession.gone` is called in the end."""


class Groups(Protocol):
    """Takes the groups of a track that the page publishes."""

    def begin(self, stream: int, group: int) -> None:
        """A group has begun, on this stream."""

    def frame(self, stream: int, payload: bytes) -> None:
        """Its next frame."""

    def finish(self, stream: int) -> None:
        """Nothing more of it comes."""


class _Asked:
    """A stream of ours on which the page answers."""

    def __init__(self, hear: Callable[[Reader], None], over: Callable[[], None]) -> None:
        self.hear, self.over = hear, over


class TcpSession:
    """One page that watches, and may publish. `shed` counts groups that it read too slowly for. Ends by itself when the page breaks the
    protocol, or does not read."""

    def __init__(self, wire: Wire, fanout: Fanout, *, window: Window | None = None) -> None:
        self.qmux = Qmux(window)
        self.fanout = fanout
        self.blocked = False
        self.over = False
        self.shed = 0
        self.received = 0
        self.heard = self.unblocked = self._looked = self._asked_at = time.monotonic()
        self._asks = float(ASKS)
        self.publishes: Callable[[], None] = lambda: None
        self._wire = wire
        self._readers: dict[int, Reader] = {}
        self._kinds: dict[int, int] = {}
        self._listens: dict[int, str] = {}
        self._subscriptions: dict[int, Subscription] = {}
        self._asked: dict[int, _Asked] = {}
        self._groups: dict[int, Groups] = {}
        self._uploads: dict[int, Groups] = {}
        self._numbers = itertools.count()
        self._tasks: set[asyncio.Task[None]] = set()
        self._answers: dict[int, Callable[[int, bytes], None]] = {
            Bidi.ANNOUNCE: self._announce,
            Bidi.TRACK: self._track,
            Bidi.SUBSCRIBE: self._subscribe,
        }
        fanout.listeners.add(self)
        self.flush()

    # What comes

    def receive(self, record: bytes) -> None:
        """A record of the page's."""
        if self.over:
            return
        self.heard = time.monotonic()
        self.received += len(record)
        greeted = self.qmux.ready
        try:
            for event in self.qmux.receive(record):
                self._happened(event)
        except (QmuxError, LiteError) as error:
            self.end(error.status, error.message, violation=True)
            return
        if self.qmux.ready and not greeted:
            self._greet()
        self.flush()

    def _greet(self) -> None:
        stream = self.qmux.open(uni=True, rank=FIRST)
        if stream is not None:
            self.qmux.write(stream, lite.setup(), end=True)
        self.publishes()

    def _happened(self, event: Event) -> None:
        match event:
            case Data(stream, data, end):
                self._came(stream, data, end)
            case Reset(stream):
                self._finished(stream, whole=False)
            case Stopped(stream):
                self._unwanted(stream)
            case Closed():
                self.gone()
                self._wire.close()

    def _came(self, stream: int, data: bytes, end: bool) -> None:
        reader = self._readers.setdefault(stream, Reader())
        before = reader.left + len(data)
        reader.feed(data)
        if stream & 3 == 1:
            self._answered(stream)
        elif stream & 2:
            self._one_way(stream, reader)
        else:
            self._both_ways(stream, reader)
        self.qmux.consumed(stream, before - reader.left)
        if end:
            self._finished(stream, whole=True)

    def _both_ways(self, stream: int, reader: Reader) -> None:
        if stream not in self._kinds:
            kind = reader.integer()
            if kind is None:
                return
            self._kinds[stream] = kind
            if kind not in self._answers:
                self.qmux.reset(stream, Gone.UNSUPPORTED)
        answer = self._answers.get(self._kinds[stream])
        if answer is None:
            reader.clear()
            return
        while (message := reader.sized()) is not None:
            answer(stream, message)

    def _one_way(self, stream: int, reader: Reader) -> None:
        """A group that the page publishes, or its setup, of which we need nothing."""
        if stream not in self._kinds:
            kind = reader.integer()
            if kind is None:
                return
            self._kinds[stream] = kind
        if self._kinds[stream] != Uni.GROUP:
            reader.clear()
            return
        if stream not in self._groups and not self._begin_group(stream, reader):
            return
        groups = self._groups[stream]
        while (frame := reader.frame(self.qmux.window.uni // 2)) is not None:
            groups.frame(stream, frame[1])

    def _begin_group(self, stream: int, reader: Reader) -> bool:
        head = reader.sized()
        if head is None:
            return False
        number, group = lite.read_group_head(head)
        if number not in self._uploads:
            self._kinds[stream] = Uni.SETUP
            reader.clear()
            self.qmux.stop(stream, Gone.DONE)
            return False
        self._groups[stream] = self._uploads[number]
        self._groups[stream].begin(stream, group)
        return True

    def _finished(self, stream: int, *, whole: bool) -> None:
        """The page says nothing more on this stream."""
        reader, kind = self._readers.pop(stream, None), self._kinds.pop(stream, None)
        if reader and whole:
            self.qmux.consumed(stream, reader.left)
        if stream & 3 == 1:
            if asked := self._asked.pop(stream, None):
                asked.over()
        elif groups := self._groups.pop(stream, None):
            groups.finish(stream)
        elif not stream & 2 and kind != Bidi.TRACK:
            self._unwanted(stream)

    def _unwanted(self, stream: int) -> None:
        """The page wants no more of an answer."""
        self._listens.pop(stream, None)
        if subscription := self._subscriptions.pop(stream, None):
            subscription.close()
        else:
            self.qmux.write(stream, b"", end=True)

    # What the page asks for

    def _announce(self, stream: int, message: bytes) -> None:
        if len(self._listens) >= LISTENS:
            self.qmux.reset(stream, Gone.TOO_MANY)
            return
        prefix = self._listens[stream] = lite.read_announce_request(message).strip("/")
        there = [rest for path in sorted(self.fanout.paths) if (rest := _below(prefix, path)) is not None]
        told = [lite.announced(rest, active=True) for rest in there]
        self.qmux.write(stream, b"".join((lite.announce_ok(self.fanout.origin, len(there)), *told)))

    def announced(self, path: str, *, active: bool) -> None:
        """A broadcast has come or gone."""
        for stream, prefix in self._listens.items():
            rest = _below(prefix, path)
            if rest is not None:
                self.qmux.write(stream, lite.announced(rest, active=active))
        self.flush()

    def _may_ask(self, stream: int) -> bool:
        """Whether this page may ask for one more track; else its stream is reset."""
        now = time.monotonic()
        self._asks = min(self._asks + (now - self._asked_at) * ASKS_PER_S, ASKS) - 1
        self._asked_at = now
        if self._asks < 0:
            self._asks = 0
            self.qmux.reset(stream, Gone.TOO_MANY)
            return False
        return True

    def _track(self, stream: int, message: bytes) -> None:
        if self._may_ask(stream):
            self._spawn(self._tell(stream, *lite.read_track(message)))

    async def _tell(self, stream: int, path: str, name: str) -> None:
        try:
            track = await self.fanout.track(path, name)
        except Unknown:
            self.qmux.reset(stream, Gone.UNKNOWN)
        else:
            assert track.info
            self.qmux.write(stream, lite.track_info(track.info), end=True)
        self.flush()

    def _subscribe(self, stream: int, message: bytes) -> None:
        if mine := self._subscriptions.get(stream):
            mine.wanted = lite.read_update(message, mine.wanted)
        elif len(self._subscriptions) >= SUBSCRIPTIONS:
            self.qmux.reset(stream, Gone.TOO_MANY)
        elif self._may_ask(stream):
            mine = self._subscriptions[stream] = Subscription(self, stream, lite.read_subscribe(message))
            self._spawn(self._feed(mine))

    async def _feed(self, mine: Subscription) -> None:
        try:
            track = await self.fanout.track(mine.wanted.path, mine.wanted.track)
        except Unknown:
            self._subscriptions.pop(mine.stream, None)
            self.qmux.reset(mine.stream, Gone.UNKNOWN)
        else:
            if self._subscriptions.get(mine.stream) is mine:
                mine.track = track
                track.add(mine)
        self.flush()

    # What we ask the page for

    def ask(self, request: bytes, hear: Callable[[Reader], None], over: Callable[[], None]) -> int:
        """Open a stream with this request; `hear` reads the answer as it comes. Raises `LiteError` when the page takes no more."""
        stream = self.qmux.open(uni=False, rank=FIRST)
        if stream is None:
            raise LiteError("the page takes no more streams")
        self._asked[stream] = _Asked(hear, over)
        self.qmux.write(stream, request)
        self.flush()
        return stream

    def leave(self, stream: int) -> None:
        """Ask no more."""
        self._asked.pop(stream, None)
        self.qmux.write(stream, b"", end=True)
        self.qmux.stop(stream, Gone.DONE)
        self.flush()

    def number(self) -> int:
        """A number for a subscription of ours."""
        return next(self._numbers)

    def upload(self, wanted: Subscribe, groups: Groups, over: Callable[[], None]) -> Callable[[], None]:
        """Subscribe to a track of the page's; gives what ends it."""
        self._uploads[wanted.number] = groups
        stream = self.ask(lite.subscribe(wanted), Reader.clear, over)

        def stop() -> None:
            self._uploads.pop(wanted.number, None)
            self.leave(stream)

        return stop

    def _answered(self, stream: int) -> None:
        reader, asked = self._readers[stream], self._asked.get(stream)
        if asked is not None:
            asked.hear(reader)
        else:
            reader.clear()

    # What goes

    def flush(self) -> None:
        """Send what may go."""
        if self.qmux.waiting > FULL:
            self.end(SLOW, "you read too slowly")
        if self.over:
            return
        while not self.blocked and (record := self.qmux.record()):
            self._wire.send(record)

    def block(self, blocked: bool) -> None:
        """Whether the connection takes nothing more for now."""
        self.blocked = blocked
        self.unblocked = time.monotonic()
        if not blocked:
            self.flush()

    def tick(self, now: float) -> None:
        """Time has passed (`time.monotonic`)."""
        if self._floods(now):
            self.end(FLOOD, "you send more than you may")
        elif self.blocked and now - self.unblocked > STUCK_S:
            self.end(SLOW, "you read too slowly")
        elif now - self.heard > SILENT_S:
            self.end(SLOW, "you are silent")
        elif now - self.heard > PING_S:
            self.qmux.ping()
        self.flush()

    def _floods(self, now: float) -> bool:
        """Whether more came since the last look than may."""
        span = now - self._looked
        if span < LOOK_S:
            return False
        most = UPLOAD + (PUBLISHED if self._uploads else 0)
        self._looked, came, self.received = now, self.received, 0
        return came > most * span

    def end(self, code: int, reason: str, *, violation: bool = False) -> None:
        """Say why, and close."""
        if self.over:
            return
        self.qmux.close(code, reason, violation=violation)
        self.over = True
        self._wire.send(self.qmux.record())
        self._wire.close()
        self.gone()

    def gone(self) -> None:
        """The connection is gone. It may be said twice."""
        self.over = True
        self.fanout.listeners.discard(self)
        for subscription in [*self._subscriptions.values()]:
            if subscription.track:
                subscription.track.remove(subscription)
        self._subscriptions.clear()
        asked, self._asked = self._asked, {}
        for one in asked.values():
            one.over()
        for task in self._tasks:
            task.cancel()

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _below(prefix: str, path: str) -> str | None:
    """What follows the prefix in a path; None: it is none of it."""
    if not prefix or path == prefix:
        return "" if prefix else path
    return path[len(prefix) + 1 :] if path.startswith(prefix + "/") else None
