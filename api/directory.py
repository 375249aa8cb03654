"""Finding a show by its code or id, without asking the database for each viewer."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Coroutine
from typing import Any

from oncue.engine.errors import OncueError, Unknown
from oncue.engine.live import Bus, ShowCard, end, watch_cards
from oncue.engine.live.store import ShowRow, Store


class Directory:
    """The cards of all shows as they come over NATS; for what they do not know, the database.

    It also notes in the database when a show is over, whoever ended it.
    """

    def __init__(self, bus: Bus, store: Store) -> None:
        self._bus = bus
        self._store = store
        self._by_id: dict[str, ShowCard] = {}
        self._by_code: dict[str, ShowCard] = {}
        self._open: set[str] = set()
        self._watching: asyncio.Task[None] | None = None
        self._writing: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        """Listen from now on."""
        self._watching = asyncio.create_task(watch_cards(self._bus, self.seen))
        self._later(self._compare())

    async def stop(self) -> None:
        """Listen no more."""
        if self._watching:
            await end(self._watching)
        if self._writing:
            await asyncio.wait(self._writing)

    def seen(self, card: ShowCard) -> None:
        """Here is a show, or its new state."""
        self._by_id[card.id] = card
        other = self._by_code.get(card.code)
        if card.state == "open" or other is None or other.id == card.id:
            self._by_code[card.code] = card
        if card.state == "open":
            self._open.add(card.id)
        elif card.id in self._open:
            self._open.remove(card.id)
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

    async def _compare(self) -> None:
        """Find shows that were closed while this node was away."""
        with contextlib.suppress(OncueError):
            for show in await self._store.open_shows():
                card = self._by_id.get(show)
                if card is None:
                    self._open.add(show)
                elif card.state == "closed":
                    await self._close(show)

    def _later(self, work: Coroutine[Any, Any, None]) -> None:
        writing = asyncio.create_task(work)
        self._writing.add(writing)
        writing.add_done_callback(self._writing.discard)

    async def _close(self, show: str) -> None:
        with contextlib.suppress(OncueError):
            await self._store.close_show(show)


def _card(row: ShowRow) -> ShowCard:
    return ShowCard(row.id, row.code, row.title, row.picture, row.state, row.created_at)
