"""When an owner keeps a snapshot: so often that a take-over has little to play on top of it, and so seldom that it costs little."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from oncue.engine.errors import Conflict
from oncue.engine.events import Told
from oncue.engine.live.bus import Bus, Gone
from oncue.engine.live.tasks import end
from oncue.engine.show import Show
from oncue.engine.snapshot import save

log = structlog.get_logger()

MESSAGES = 5000
"""Of the log, from one snapshot to the next at the most."""
REPLAY_S = 0.6
"""So long a take-over may have to fold what came after the snapshot, on a machine like this one."""
ENDING_S = 2.0
SHARE = 5
"""Making snapshots takes no more than one part in so many of the time that folding takes."""


class Snapshots:
    """Those of one show. They are written while the show goes on; `kept` is the sequence of the last."""

    def __init__(self, bus: Bus) -> None:
        self.kept = 0
        self._bus = bus
        self._spent = self._made_in = 0.0
        self._writing: asyncio.Task[None] | None = None

    @contextmanager
    def folding(self) -> Iterator[None]:
        """Around what folds the log: what that takes, a take-over would take again."""
        begun = time.thread_time()
        try:
            yield
        finally:
            self._spent += time.thread_time() - begun

    def due(self, seq: int) -> bool:
        """Whether another is to be made, at this sequence of the log."""
        if seq <= self.kept or (self._writing and not self._writing.done()):
            return False
        return seq - self.kept >= MESSAGES or self._spent >= max(REPLAY_S, SHARE * self._made_in)

    async def make(self, show: Show, untold: list[Told]) -> None:
        """Keep the show as it is now, with what it has not told yet. Returns once that can be written; `written` when it is."""
        await self.written()
        begun, self.kept, show.untold = time.thread_time(), show.seq, untold
        try:
            data = save(show)
        except Conflict as error:
            log.warning("no snapshot: a take-over plays the log", show=show.id, why=error.message)
            return
        finally:
            show.untold = []
            self._spent, self._made_in = 0.0, time.thread_time() - begun
        self._writing = asyncio.create_task(self._write(show.id, data))

    async def written(self) -> None:
        """Return when the last is on disk, or cannot be."""
        if self._writing:
            await asyncio.wait([self._writing])

    async def stop(self) -> None:
        """Write no more, but what is being written if that is soon done."""
        if self._writing:
            await asyncio.wait([self._writing], timeout=ENDING_S)
            await end(self._writing)

    async def _write(self, show: str, data: bytes) -> None:
        try:
            await self._bus.keep(show, data)
        except Gone as error:
            log.debug("no snapshot now", show=show, why=str(error))
