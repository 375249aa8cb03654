"""Judging a show again while it goes on."""

from __future__ import annotations

import asyncio
from collections import deque

import structlog

from oncue.engine.errors import OncueError
from oncue.engine.live.bus import Bus
from oncue.engine.live.reader import Reader
from oncue.engine.log import decode_batch
from oncue.engine.rounds import RoundRecord
from oncue.engine.show import Show

log = structlog.get_logger()

SLICE_S = 0.01
"""So long it plays at a time, between what the running show has to do."""


class Recount:
    """A show that plays the log of a running one from its start, knowing from there on what the other has accepted, until it has caught up
    and can take its place. `judged` are the rounds that it has judged and that were not taken yet."""

    def __init__(self, bus: Bus, running: Show) -> None:
        self.show = Show(running.id, running.formats, running.amendments, running.granted)
        self.show.strikes.update(running.strikes)
        self.judged: list[tuple[str, RoundRecord]] = []
        self._segments = {one.segment for one in running.amendments[len(running.known) :]}
        self._reader = Reader(bus, running.id)
        self._waiting: deque[tuple[int, bytes]] = deque()

    async def start(self) -> None:
        """Begin to read."""
        await self._reader.start()

    async def stop(self) -> None:
        """Read no more."""
        await self._reader.stop()

    def knows(self, running: Show) -> bool:
        """Whether it knows all that the running show has accepted; else another one has to begin."""
        if running.strikes.keys() - self.show.strikes.keys():
            return False
        return len(self.show.known) == len(running.amendments)

    def judges(self, segment: str) -> bool:
        """Whether it is this segment that is judged anew."""
        return segment in self._segments

    @property
    def waits(self) -> bool:
        """Whether it has nothing to do at the moment."""
        return not self._waiting

    def play(self, until: int) -> bool:
        """Play for a moment, no further than to sequence `until`. Whether that was reached."""
        loop = asyncio.get_running_loop()
        end = loop.time() + SLICE_S
        while self.show.seq < until and loop.time() < end:
            if not self._waiting:
                self._waiting.extend(self._reader.take(100))
            if not self._waiting or self._waiting[0][0] > until:
                break
            self._fold(*self._waiting.popleft())
        return self.show.seq >= until

    def _fold(self, seq: int, data: bytes) -> None:
        show = self.show
        try:
            show.fold(decode_batch(data), seq)
        except OncueError as error:
            show.seq = seq
            log.error("a log message is skipped", show=show.id, seq=seq, why=error.message)
        self.judged += [(name, record) for name, record in show.judged if self.judges(name)]
        show.forget()
