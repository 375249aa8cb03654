"""What a show tells the outside, on its way into the stream `EVENTS`: in order, nothing lost, nothing doubled.

An event's id and its place in the log come from the fold, so every owner would publish the same. What the stream has of a show already is
not published again: the last event there says how far the owner before came. What was folded and not yet published stands in snapshots.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable

import msgspec
import structlog

from oncue.engine.events import Event, Told, read_results, write
from oncue.engine.house import line
from oncue.engine.live.bus import EVENTS, Bus, Gone
from oncue.engine.live.tasks import end
from oncue.engine.segment import Segment
from oncue.engine.show import Show
from oncue.engine.structs import Row, ShowId

log = structlog.get_logger()

MOST = 50_000
"""Events that may wait before the show does."""
AGAIN_S = 0.2

Place = tuple[int, int]
Rows = Callable[[Show, Segment], list[Row]]


class _Sequence(msgspec.Struct):
    sequence: str


_sequence = msgspec.json.Decoder(_Sequence).decode


class Outbox:
    """Publishes the events of one show, one after the other, beside its owner."""

    def __init__(self, bus: Bus, show: ShowId) -> None:
        self._bus = bus
        self._show = show
        self._waiting: deque[Told] = deque()
        self._news = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()
        self._done = asyncio.Event()
        self._done.set()
        self._sending: asyncio.Task[None] | None = None

    def start(self, untold: list[Told]) -> None:
        """Begin to publish, first of all what the snapshot had."""
        self._waiting.extend(untold)
        self._look()
        self._sending = asyncio.create_task(self._send())

    async def stop(self) -> None:
        """Publish no more."""
        if self._sending:
            await end(self._sending)

    def add(self, show: Show, seq: int, told: list[Event], rows: Rows) -> None:
        """Take what the log message at `seq` has told. `rows` reads the results of a segment."""
        self._waiting.extend(
            write(show.id, seq, i, one, _data(show, one, rows)) for i, one in enumerate(told)
        )
        self._look()

    @property
    def untold(self) -> list[Told]:
        """What is not known to be published."""
        return list(self._waiting)

    async def empty(self, timeout: float) -> bool:
        """Wait until all is published, for so many seconds at the most; whether it is."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout):
                await self._done.wait()
        return not self._waiting

    async def room(self) -> None:
        """Wait while too much waits."""
        await self._room.wait()

    def _look(self) -> None:
        if self._waiting:
            self._news.set()
            self._done.clear()
        if len(self._waiting) > MOST:
            self._room.clear()

    async def _send(self) -> None:
        while True:
            try:
                await self._send_all()
            except Exception:
                log.exception("events wait", show=self._show)
                await asyncio.sleep(AGAIN_S)

    async def _send_all(self) -> None:
        last = await self._last()
        while True:
            await self._news.wait()
            while self._waiting:
                told = self._waiting[0]
                if (told.seq, told.index) > last:
                    await self._bus.append(told.subject, told.body, told.id)
                self._waiting.popleft()
                if len(self._waiting) <= MOST // 2:
                    self._room.set()
            self._news.clear()
            self._done.set()

    async def _last(self) -> Place:
        """Where the last event stands in the log that was published of this show."""
        while True:
            try:
                body = await self._bus.newest(EVENTS, f"show.{self._show}.event.>")
                return _place(body) if body else (0, 0)
            except Gone as error:
                log.debug("events cannot be read now", show=self._show, why=str(error))
                await asyncio.sleep(AGAIN_S)


def _data(show: Show, one: Event, rows: Rows) -> object:
    if one.data is not None:
        return one.data
    segment = show.segments[one.segment]
    revised = one.name == "results.revised"
    return read_results(show.id, line(segment), rows(show, segment), revised=revised)


def _place(body: bytes) -> Place:
    seq, _, index = _sequence(body).sequence.partition(".")
    return int(seq), int(index)
