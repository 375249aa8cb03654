"""What a show leaves in the database."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import structlog

from oncue.engine.errors import OncueError, Unknown
from oncue.engine.live import Records
from oncue.engine.live.store import AuditRow, PersonRow, Store
from oncue.engine.log import Entry
from oncue.engine.show import Show
from oncue.engine.structs import Role, Row

log = structlog.get_logger()

AGAIN_S = 1.0

Writes = Callable[[Store], Awaitable[None]]


class Projection(Records):
    """Writes down results, what staff did, and who was there. Opens the database when it is first needed, and tries until it is there."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._store: Store | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def ended(self, show: Show, segment: str, rows: list[Row]) -> None:
        """Have the results of a segment written down."""
        seq = show.seq
        self._write(show, lambda store: store.record_results(show.id, segment, seq, rows))

    async def acted(self, show: Show, seq: int, acts: list[Entry[Any]]) -> None:
        """Have it written down what staff did."""
        lines = [AuditRow(a.at, a.viewer, Role(a.role).label, msgspec.to_builtins(a.action)) for a in acts]
        self._write(show, lambda store: store.record_audit(show.id, seq, lines))

    async def closed(self, show: Show) -> None:
        """Have it written down who was there, and that it is over."""
        seq = show.seq
        people = [
            PersonRow(person.id, person.name) for person in show.crowd.by_id.values() if not person.staff
        ]
        self._write(show, lambda store: _over(store, show.id, seq, people))

    async def close(self) -> None:
        """Finish what is being written."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=5)
        if self._store:
            await self._store.close()

    def _write(self, show: Show, what: Writes) -> None:
        """Soon, without making the show wait."""
        task = asyncio.create_task(self._until_written(show.id, what))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _until_written(self, show: str, what: Writes) -> None:
        while True:
            try:
                await what(await self._open())
                return
            except Unknown:
                log.warning("a show that the database does not know", show=show)
                return
            except OncueError as error:
                log.warning("not written down yet", show=show, why=error.message)
                await asyncio.sleep(AGAIN_S)

    async def _open(self) -> Store:
        if self._store is None:
            store = Store(self._url)
            await store.open()
            self._store = store
        return self._store


async def _over(store: Store, show: str, seq: int, people: list[PersonRow]) -> None:
    await store.record_people(show, seq, people)
    await store.close_show(show)
