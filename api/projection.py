"""What a show leaves in the database."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import msgspec
import structlog

from oncue.engine.errors import OncueError, Unknown
from oncue.engine.live import Records
from oncue.engine.live.store import AuditRow, PersonRow, Store
from oncue.engine.log import Entry
from oncue.engine.rounds import FIELDS, RoundRecord
from oncue.engine.show import Show
from oncue.engine.structs import Role, Row, ViewerId

log = structlog.get_logger()

AGAIN_S = 1.0
PEOPLE = 2000
"""Names written in one transaction, so that neither the show nor the database waits for all of an audience."""

Writes = Callable[[Store], Awaitable[None]]


class Projection(Records):
    """Writes down results, fairness reports, what staff did, and who was there. Opens the database when it is first needed, and tries
    until it is there. What is written of a show is written one after the other. `_named` has the names that were written, by show, and
    `_last` what is to be written last."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._store: Store | None = None
        self._opening = asyncio.Lock()
        self._named: dict[str, dict[int, str]] = {}
        self._last: dict[str, asyncio.Task[None]] = {}

    async def ended(self, show: Show, segment: str, rows: list[Row]) -> None:
        """Have the results of a segment written down."""
        seq = show.seq
        self._write(show, lambda store: store.record_results(show.id, segment, seq, rows))

    async def acted(self, show: Show, seq: int, acts: list[Entry[Any]]) -> None:
        """Have it written down what staff did."""
        lines = [AuditRow(a.at, a.viewer, Role(a.role).label, msgspec.to_builtins(a.action)) for a in acts]
        self._write(show, lambda store: store.record_audit(show.id, seq, lines))

    async def judged(self, show: Show, segment: str, record: RoundRecord) -> None:
        """Have a round's fairness report written down, with the answers and the names of those who gave them."""
        seq = show.seq
        self._write(show, lambda store: self._judged(store, show, seq, segment, record))

    async def closed(self, show: Show) -> None:
        """Have it written down who was there, and that it is over."""
        seq = show.seq
        self._named.pop(show.id, None)
        everybody = show.crowd.by_id.values()
        people = [
            PersonRow(person.id, show.crowd.name(person.id)) for person in everybody if not person.staff
        ]
        self._write(show, lambda store: _over(store, show.id, seq, people))

    async def close(self) -> None:
        """Finish what is being written."""
        if self._last:
            await asyncio.wait(self._last.values(), timeout=5)
        if self._store:
            await self._store.close()

    def _write(self, show: Show, what: Writes) -> None:
        """Soon, without making the show wait."""
        before = self._last.get(show.id)
        self._last[show.id] = asyncio.create_task(self._until_written(show.id, what, before))

    async def _until_written(self, show: str, what: Writes, before: asyncio.Task[None] | None) -> None:
        try:
            if before:
                await asyncio.wait([before])
            await self._try(show, what)
        finally:
            if self._last.get(show) is asyncio.current_task():
                del self._last[show]

    async def _try(self, show: str, what: Writes) -> None:
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

    async def _judged(self, store: Store, show: Show, seq: int, segment: str, record: RoundRecord) -> None:
        viewers = memoryview(record.answers).cast("q")[::FIELDS]
        for first in range(0, len(viewers), PEOPLE):
            await self._name(store, show, seq, viewers[first : first + PEOPLE])
        await store.judged(show.id, segment, record.number, seq, record.report, record.answers)

    async def _name(self, store: Store, show: Show, seq: int, viewers: Iterable[int]) -> None:
        named = self._named.setdefault(show.id, {})
        now = {viewer: show.crowd.name(ViewerId(viewer)) for viewer in viewers}
        new = {viewer: name for viewer, name in now.items() if named.get(viewer) != name}
        await store.record_people(show.id, seq, [PersonRow(viewer, name) for viewer, name in new.items()])
        named.update(new)
        await asyncio.sleep(0)

    async def _open(self) -> Store:
        async with self._opening:
            if self._store is None:
                store = Store(self._url)
                await store.open()
                self._store = store
            return self._store


async def _over(store: Store, show: str, seq: int, people: list[PersonRow]) -> None:
    await store.record_people(show, seq, people)
    await store.close_show(show, seq)
