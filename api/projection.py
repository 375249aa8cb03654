"""What a show leaves in the database."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import structlog

from oncue.engine.errors import OncueError
from oncue.engine.show import Show
from oncue.engine.structs import Row

if TYPE_CHECKING:
    from oncue.engine.live.store import Store

log = structlog.get_logger()

AGAIN_S = 1.0


class Projection:
    """Writes results down when a segment ends. The database is opened when it is first needed, and tried again until it is there."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._store: Store | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def ended(self, show: Show, segment: str, rows: list[Row]) -> None:
        """Have the results of a segment written down; the show does not wait for it."""
        task = asyncio.create_task(self._record(show.id, show.seq, segment, rows))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Finish what is being written."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=5)
        if self._store:
            await self._store.close()

    async def _record(self, show: str, seq: int, segment: str, rows: list[Row]) -> None:
        while True:
            try:
                await (await self._open()).record_results(show, segment, seq, rows)
                return
            except OncueError as error:
                log.warning("results are not written yet", show=show, segment=segment, why=error.message)
                await asyncio.sleep(AGAIN_S)

    async def _open(self) -> Store:
        from oncue.engine.live.store import Store

        if self._store is None:
            store = Store(self._url)
            await store.open()
            self._store = store
        return self._store
