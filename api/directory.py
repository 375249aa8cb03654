"""Finding a show by its code or id, without asking the database for each viewer."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Coroutine
from typing import Any

from oncue.engine.errors import OncueError, Unknown
from oncue.engine.live import Bus, ShowCard, watch_cards
from oncue.engine.live.store import ShowRow, Store


class Directory:
    """The cards of all shows as they come over NATS; for what they do not know, the database."""

    def __init__(self, bus: Bus, store: Store) -> None:
        self._bus = bus
        self._store = store
        self._by_id: dict[str, ShowCard] = {}
        self._by_code: dict[str, ShowCard] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        """Listen from now on."""
        self._later(watch_cards(self._bus, self.seen))

    async def stop(self) -> None:
        """Listen no more."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def seen(self, card: ShowCard) -> None:
        """Here is a show, or its new state."""
        known = self._by_id.get(card.id)
        if known == card:
            return
        self._by_id[card.id] = card
        other = self._by_code.get(card.code)
        if card.state == "open" or other is None or other.id == card.id:
            self._by_code[card.code] = card
        if card.state == "closed":
            self._later(self._close(card.id))

    async def by_id(self, show: str) -> ShowCard:
        """The show with this id. Raises `Unknown` (`show/unknown`)."""
        return self._by_id.get(show) or _card(await self._store.show(show))

    async def by_code(self, code: str) -> ShowCard:
        """The open show with this code, else the last one that had it. Raises `Unknown` (`show/unknown`)."""
        found = self._by_code.get(code)
        if found:
            return found
        if not code:
            raise Unknown("there is no such show", code="show/unknown", hint="check the code")
        return _card(await self._store.show_by_code(code))

    async def _close(self, show: str) -> None:
        with contextlib.suppress(OncueError):
            await self._store.close_show(show)

    def _later(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _card(row: ShowRow) -> ShowCard:
    return ShowCard(row.id, row.code, row.title, row.picture, row.state, row.created_at)
