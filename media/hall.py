"""Who is in a show, and what all of them see."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterator
from typing import Any, TypeAlias

import moq
import msgspec


class Grant(msgspec.Struct, frozen=True):
    """What a token allows: to see show `show` as `viewer`, until show time `expires` (µs; 0: for ever)."""

    show: str
    viewer: int
    role: str
    expires: int = 0


class Visit:
    """One session of one viewer. `private` holds what it announces, for nobody but the server; that may only be `own`, and is
    there while `publishing`. `turn` says when it is looked at."""

    def __init__(
        self, grant: Grant, request: moq.Request, private: moq.OriginProducer, turn: int = 0
    ) -> None:
        self.grant = grant
        self.private = private
        self.own = f"show/{grant.show}/own/{grant.viewer}"
        self._request = request
        self._session: moq.Session | None = None
        self._ended: int | None = None
        self.turn = turn
        self.publishing = False
        self._seen = (0.0, 0)

    async def enter(self) -> None:
        """Complete the hand-shake."""
        self._session = await self._request.accept()
        if self._ended is not None:
            self._session.cancel(self._ended)

    async def over(self) -> None:
        """Wait until either side ends the session."""
        if self._session is None:
            return
        try:
            await self._session.closed()
        except moq.Error:
            return

    def upload(self, time: float) -> float:
        """Bytes per second that it has sent us since the last look; 0 at the first one. `time` is the loop's."""
        received = (self._session.stats().bytes_received if self._session else 0) or 0
        (at, before), self._seen = self._seen, (time, received)
        return (received - before) / (time - at) if 0 < at < time else 0

    def end(self, code: int) -> None:
        """Close it with an application code, after the hand-shake if that is not complete."""
        self._ended = code
        if self._session is not None:
            self._session.cancel(code)


Attend: TypeAlias = Callable[[Visit], Coroutine[Any, Any, None]]
"""Looks after a session that has announced its `own` broadcast; cancelled when it takes that back. Raises an OncueError to end it."""


class Hall:
    """One show: what all see, and who is there."""

    def __init__(self, cache: int) -> None:
        self.public = moq.OriginProducer(cache_capacity_bytes=cache)
        self.visits: dict[int, list[Visit]] = {}
        self.sessions = 0
        self.open = False
        self.attend: Attend | None = None

    def add(self, visit: Visit) -> list[Visit]:
        """Let it in; returns this viewer's sessions, oldest first."""
        mine = self.visits.setdefault(visit.grant.viewer, [])
        mine.append(visit)
        self.sessions += 1
        return mine

    def remove(self, visit: Visit) -> None:
        mine = self.visits[visit.grant.viewer]
        mine.remove(visit)
        self.sessions -= 1
        if not mine:
            del self.visits[visit.grant.viewer]

    def __iter__(self) -> Iterator[Visit]:
        return (visit for mine in list(self.visits.values()) for visit in list(mine))
