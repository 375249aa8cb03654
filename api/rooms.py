"""Who is in which show on this node, and what all links share: time, limits, receipts, the end."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Coroutine
from typing import Any, Protocol

import msgspec

from oncue.engine.errors import FormatError, Unknown
from oncue.engine.format import action_decoder
from oncue.engine.house import versioned
from oncue.engine.live import Bus, Intake, ShowCard, end, watch_cards
from oncue.engine.rundown import pinned as pinned_kind
from oncue.engine.show import Formats
from oncue.engine.structs import Action, Micros, Role, seconds

from .link import Closing, Limits, Link, Socket
from .room import SHOW_DOOR, Door, Room

DEFAULT = Limits()
NEEDS: Micros = seconds(2)
"""How often the owner of a show hears what its pictures need."""
EMPTY: Micros = seconds(30)
"""How long a room that nobody is in keeps listening: people reload."""


class Claims(Protocol):
    """Who somebody is, from their token. `exp` is in seconds since the Unix epoch."""

    @property
    def viewer(self) -> int: ...
    @property
    def show(self) -> str: ...
    @property
    def role(self) -> Role: ...
    @property
    def exp(self) -> float: ...


class Rooms:
    """All rooms of a node, and what all links share. `tick` is called twice a second once it is started. `name` is new for each process."""

    def __init__(
        self,
        bus: Bus,
        intake: Intake,
        *,
        formats: Formats,
        verify: Callable[[str], Claims],
        now: Callable[[], Micros],
        limits: Limits = DEFAULT,
    ) -> None:
        self.bus = bus
        self.intake = intake
        self.put = intake.put
        self.formats = formats
        self.verify = verify
        self.now = now
        self.limits = limits
        self.name = secrets.token_hex(5)
        self.links: set[Link] = set()
        self.rooms: dict[str, Room] = {}
        self.cards: dict[str, ShowCard] = {}
        self.receipts = 0
        self.draining = False
        self._fresh: list[Link] = []
        self._slots: dict[int, list[Link]] = {}
        self._second = now() // 1_000_000
        self._timer: asyncio.TimerHandle | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._doors: dict[str, Door] = {}

    def start(self) -> None:
        """Know the shows, and let time pass."""
        self._later(watch_cards(self.bus, self._card))
        self._turn()

    def _card(self, card: ShowCard) -> None:
        self.cards[card.id] = card

    def _turn(self) -> None:
        self.tick()
        self._timer = asyncio.get_running_loop().call_later(0.5, self._turn)

    def open(self, socket: Socket) -> Link:
        """A connection has come: its link."""
        now = self.now()
        link = Link(socket, self, now)
        self.links.add(link)
        self._watch(link, now + self.limits.hello)
        return link

    def enter(self, link: Link, show: str) -> None:
        """A link has said for which show it comes."""
        room = self.rooms.get(show)
        if room is None:
            room = self.rooms[show] = Room(show, self)
        room.enter(link)

    def leave(self, link: Link) -> None:
        """A link is over; it may be said twice."""
        if link in self.links:
            self.links.remove(link)
            if link.viewer:
                link.room.leave(link)

    def receipt(self, link: Link) -> None:
        """A link has something to receipt: with all others of the batch, once the intake is through with it."""
        if not self._fresh:
            asyncio.get_running_loop().call_soon(self._receipts)
        self._fresh.append(link)

    def _receipts(self) -> None:
        fresh, self._fresh = self._fresh, []
        self.receipts += len(fresh)
        for link in fresh:
            link.receipt()

    def door(self, pinned: str) -> Door | None:
        """The door of all segments of a format in a version, `name@version`; None when this node does not have it."""
        if pinned not in self._doors:
            try:
                kind = pinned_kind(self.formats, *pinned.partition("@")[::2])
            except (Unknown, FormatError):
                return None
            roles = {action: int(route.roles) for action, route in kind.routes.items()}
            self._doors[pinned] = Door(action_decoder(kind).decode, roles)
        return self._doors[pinned]

    def read(self, raw: msgspec.Raw) -> Action:
        """One of the show's own actions. What is added has from now on the version that this node knows."""
        return versioned(SHOW_DOOR.read(raw), self.formats)

    def _watch(self, link: Link, at: Micros) -> None:
        self._slots.setdefault(max(at // 1_000_000, self._second) + 1, []).append(link)

    def tick(self) -> None:
        """Let those links look at the clock whose second has come, tell what pictures need, and close rooms that nobody is in."""
        now = self.now()
        while self._second < now // 1_000_000:
            self._second += 1
            for link in self._slots.pop(self._second, ()):
                if again := link.tick(now):
                    self._watch(link, again)
        for room in self.rooms.values():
            room.tick(now)
            if room.links and now - room.told >= NEEDS:
                room.told = now
                self._later(room.tell_needs())
        for room in [room for room in self.rooms.values() if not room.links and now - room.since > EMPTY]:
            del self.rooms[room.show]
            self._later(room.close())

    def _later(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def stop(self) -> None:
        """Drain, without waiting for it: for uvicorn, which says so to each connection."""
        if not self.draining:
            self._later(self.drain())

    async def drain(self) -> None:
        """Take nothing any more, receipt what was taken, and send everybody to another node."""
        self.draining = True
        for link in self.links:
            link.leaving()
        try:
            async with asyncio.timeout(self.limits.patience / 1e6):
                await self.intake.drain()
        except TimeoutError:
            pass
        self._receipts()
        for link in tuple(self.links):
            link.end(Closing.UNAVAILABLE, "node/draining", "this server stops; come back at once", retry=True)

    async def close(self) -> None:
        """Drain and stop listening."""
        await self.drain()
        if self._timer:
            self._timer.cancel()
        for room in self.rooms.values():
            await room.close()
        await end(*self._tasks)
