"""Who is in which show on this node: one room for each show, its links, and what comes for them over NATS."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from functools import reduce
from operator import or_
from typing import Any, Protocol

import msgspec
from nats.aio.subscription import Subscription

from oncue.engine.errors import OncueError, Unavailable, Unknown
from oncue.engine.format import action_decoder
from oncue.engine.house import SHOW_ROUTES
from oncue.engine.live import Answer, Ask, Bus, Intake, ShowCard, subject, watch_cards
from oncue.engine.live.bus import Gone
from oncue.engine.live.messages import encode, read_answer, read_news, read_privates, read_put_off
from oncue.engine.show import Formats
from oncue.engine.structs import Action, Micros, Role, seconds
from oncue.engine.wire import ShowInfo, Welcome

from .link import ENTERING, STAFF, Closing, Limits, Link, Socket

DEFAULT = Limits()
TOGETHER = 200
"""How many viewers one question to a show's owner is for, so that the answer fits a NATS message."""
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


class Door(msgspec.Struct, frozen=True):
    """What may come into a segment: how its actions are read, and which roles may send each."""

    read: Callable[[msgspec.Raw], Action]
    roles: dict[type[Action], int]


SHOW_DOOR = Door(
    msgspec.json.Decoder(reduce(or_, SHOW_ROUTES)).decode,
    {kind: int(roles) for kind, (_, roles) in SHOW_ROUTES.items()},
)


class Mood(msgspec.Struct):
    """The part of a scene that says whether people may act."""

    mood: str = "quiet"


class Seen(msgspec.Struct):
    """The part of a `SceneMsg`, `PrivateMsg` or `DeskMsg` that the room itself looks at."""

    epoch: int
    seq: int
    segment: str = ""
    format: str = ""
    scene: Mood = msgspec.field(default_factory=Mood)


_seen = msgspec.json.Decoder(Seen).decode
_frame = msgspec.json.Encoder().encode


class Room:
    """A show on this node.

    `waiting` are the links that are to be welcomed, `plain` those whose scenes come here because their picture
    brings none, `open` says that people may act now, `delays` are what links had that have left, for when their
    viewers come back, `since` is when the last one left.
    """

    def __init__(self, show: str, rooms: Rooms) -> None:
        self.show = show
        self.rooms = rooms
        self.links: set[Link] = set()
        self.viewers: dict[int, list[Link]] = {}
        self.plain: set[Link] = set()
        self.staff: set[Link] = set()
        self.waiting: list[Link] = []
        self.delays: dict[int, Micros] = {}
        self.doors: dict[str, Door] = {"": SHOW_DOOR}
        self.scene = self.desk = b""
        self.scene_at = self.desk_at = (0, 0)
        self.open = False
        self.since: Micros = 0
        self.subscriptions: list[Subscription] = []
        self.task: asyncio.Task[None] | None = None

    def enter(self, link: Link) -> None:
        """A viewer comes in; with the next answer of the show's owner they are welcomed."""
        link.room = self
        link.delay = self.delays.get(link.viewer, 0)
        own = self.viewers.setdefault(link.viewer, [])
        own.append(link)
        if len(own) > self.rooms.limits.links:
            own[0].end(Closing.TOO_MANY, "limit/links", "you are here too often; this one is closed")
        self.links.add(link)
        self.waiting.append(link)
        if self.task is None:
            self.task = asyncio.create_task(self._welcome_all())

    def leave(self, link: Link) -> None:
        """A link is over."""
        self.delays[link.viewer] = link.delay
        own = self.viewers[link.viewer]
        own.remove(link)
        if not own:
            del self.viewers[link.viewer]
        self.links.discard(link)
        self.plain.discard(link)
        self.staff.discard(link)
        self.since = self.rooms.now()

    def turn(self, link: Link) -> None:
        """The picture's door has changed: from now on scenes come here too, or no more."""
        if not link.plain:
            self.plain.discard(link)
            return
        self.plain.add(link)
        if link.shown is not self.scene:
            link.tell(self.scene)

    async def _welcome_all(self) -> None:
        try:
            while self.waiting:
                await asyncio.sleep(self.rooms.limits.ask / 1e6)
                batch, self.waiting = self.waiting[:TOGETHER], self.waiting[TOGETHER:]
                await self._welcome(batch)
        finally:
            self.task = None

    async def _welcome(self, batch: list[Link]) -> None:
        try:
            await self._listen()
            answer = await self._ask(batch)
        except (OncueError, msgspec.MsgspecError, *Gone):
            self._away(batch)
            return
        self._learn(answer)
        for link in batch:
            if link.viewer in answer.barred:
                self._put_off(link, True)
            elif link.state == ENTERING:
                self._admit(link, answer)

    def _learn(self, answer: Answer) -> None:
        for segment, name in answer.formats.items():
            self._door(segment, name)
        if answer.scene:
            self.on_scene("", answer.scene)
        if answer.desk:
            self.on_desk("", answer.desk)

    def _door(self, segment: str, name: str) -> None:
        if segment not in self.doors and (door := self.rooms.door(name)):
            self.doors[segment] = door

    def _away(self, batch: list[Link]) -> None:
        """No owner answers: for a show that is over for good, else for now."""
        card = self.rooms.cards.get(self.show)
        for link in batch:
            if card is None or card.state == "closed":
                link.end(Closing.GONE, "show/gone", "this show is over")
            else:
                link.end(Closing.UNAVAILABLE, "show/unavailable", "the show is away for a moment", retry=True)

    def _put_off(self, link: Link, banned: bool) -> None:
        code = "show/banned" if banned else "show/kicked"
        link.end(Closing.PUT_OFF, code, "a moderator has put you off")

    def _admit(self, link: Link, answer: Answer) -> None:
        card = self.rooms.cards.get(self.show)
        info = ShowInfo(self.show, card.code if card else "", card.title if card else "")
        name = answer.names.get(link.viewer, "")
        parts = [_frame(Welcome(link.viewer, Role(link.role).label, info, self.rooms.now(), name))[:-1]]
        if self.scene:
            parts += b',"scene":', self.scene
        if private := answer.privates.get(link.viewer):
            parts += b',"private":', private
        if link.role & STAFF:
            self.staff.add(link)
            if self.desk:
                parts += b',"desk":', self.desk
        parts.append(b"}")
        link.shown = self.scene
        link.welcomed(b"".join(parts))

    async def _listen(self) -> None:
        hears = {
            "scene": self.on_scene,
            "desk": self.on_desk,
            "private": self.on_private,
            "news": self.on_news,
            "out": self.on_out,
        }
        for what, handler in list(hears.items())[len(self.subscriptions) :]:
            self.subscriptions.append(await self.rooms.bus.subscribe(subject(self.show, what), handler))

    async def _ask(self, batch: list[Link]) -> Answer:
        """What these viewers may see now. Raises `Unavailable` when there is no owner for as long as we wait."""
        desk = any(link.role & STAFF for link in batch)
        question = encode(Ask(sorted({link.viewer for link in batch}), desk))
        where = subject(self.show, "ask")
        clock = asyncio.get_running_loop().time
        until = clock() + self.rooms.limits.patience / 1e6
        while True:
            try:
                return read_answer(await self.rooms.bus.request(where, question, timeout=1.0))
            except Unavailable:
                if clock() >= until:
                    raise
                await asyncio.sleep(0.1)

    def on_scene(self, _: str, data: bytes) -> None:
        """What everybody sees. What is older than the last is dropped: its owner has lost the lease."""
        seen = _seen(data)
        if (seen.epoch, seen.seq) <= self.scene_at:
            return
        self.scene, self.scene_at = data, (seen.epoch, seen.seq)
        self._door(seen.segment, seen.format)
        was, self.open = self.open, seen.scene.mood == "live"
        if was and not self.open:
            for link in self.links:
                link.delay = link.reported
        for link in tuple(self.plain):
            link.tell(data)

    def on_desk(self, _: str, data: bytes) -> None:
        """What staff see."""
        seen = _seen(data)
        if (seen.epoch, seen.seq) > self.desk_at:
            self.desk, self.desk_at = data, (seen.epoch, seen.seq)
            for link in tuple(self.staff):
                link.tell(data)

    def on_private(self, _: str, data: bytes) -> None:
        """What some viewers see alone."""
        for viewer, frame in read_privates(data):
            for link in tuple(self.viewers.get(viewer, ())):
                link.tell(frame)

    def on_news(self, _: str, data: bytes) -> None:
        """How far the fold is; who was refused hears why."""
        for refusal in read_news(data).refused:
            for link in tuple(self.viewers.get(refusal.viewer, ())):
                link.no(refusal.number, refusal.code, refusal.why)

    def on_out(self, _: str, data: bytes) -> None:
        """Who was put off by a moderator."""
        for viewer, banned in read_put_off(data):
            for link in tuple(self.viewers.get(viewer, ())):
                self._put_off(link, banned)

    async def close(self) -> None:
        """Stop listening."""
        if self.task:
            self.task.cancel()
        for subscription in self.subscriptions:
            await subscription.unsubscribe()
        self.subscriptions.clear()


class Rooms:
    """All rooms of a node, and what all links share. `tick` is called twice a second once it is started."""

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
        self._doors: dict[str, Door | None] = {}

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

    def door(self, name: str) -> Door | None:
        """The door of all segments of a format; None when this node does not have the format."""
        if name not in self._doors:
            try:
                kind = self.formats(name)
            except Unknown:
                self._doors[name] = None
            else:
                roles = {action: int(route.roles) for action, route in kind.routes.items()}
                self._doors[name] = Door(action_decoder(kind).decode, roles)
        return self._doors[name]

    def _watch(self, link: Link, at: Micros) -> None:
        self._slots.setdefault(max(at // 1_000_000, self._second) + 1, []).append(link)

    def tick(self) -> None:
        """Let those links look at the clock whose second has come, and close rooms that nobody is in."""
        now = self.now()
        while self._second < now // 1_000_000:
            self._second += 1
            for link in self._slots.pop(self._second, ()):
                if again := link.tick(now):
                    self._watch(link, again)
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
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
