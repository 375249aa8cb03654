"""One show on this node: its links, what comes for them over NATS, and what they are welcomed with."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING

import msgspec
from nats.aio.subscription import Subscription

from oncue.engine.errors import OncueError, Unavailable
from oncue.engine.house import SHOW_ROUTES
from oncue.engine.live import Answer, Ask, end, subject
from oncue.engine.live.bus import Gone
from oncue.engine.live.messages import encode, read_answer, read_news, read_privates, read_put_off
from oncue.engine.structs import Action, Micros, Role
from oncue.engine.wire import ShowInfo, Welcome

from .link import ENTERING, STAFF, Closing, Link

if TYPE_CHECKING:
    from .rooms import Rooms

TOGETHER = 200
"""How many viewers one question to a show's owner is for, so that the answer fits a NATS message."""
REMEMBERED = 50_000
"""Viewers who have left whose delay is still known."""


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
        link.delay = link.reported = self.delays.get(link.viewer, 0)
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
        self.delays.pop(link.viewer, None)
        self.delays[link.viewer] = link.delay
        if len(self.delays) > REMEMBERED:
            del self.delays[next(iter(self.delays))]
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
            everybody, self.waiting = batch + self.waiting, []
            self._away(everybody)
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

    @property
    def closed(self) -> bool:
        """Whether the show is over, so that nobody is to own it any more."""
        card = self.rooms.cards.get(self.show)
        return card is not None and card.state == "closed"

    def _away(self, batch: list[Link]) -> None:
        """No owner answers: for good when the show is over or NATS knows of none, else for a moment."""
        unknown = self.show not in self.rooms.cards and self.rooms.bus.client.is_connected
        for link in batch:
            if self.closed:
                link.end(Closing.GONE, "show/closed", "this show is over")
            elif unknown:
                link.end(Closing.GONE, "show/unknown", "there is no such show")
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
            parts += b',"scenes":[', self.scene, b"]"
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
                if clock() >= until or self.closed:
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
            await end(self.task)
        for subscription in self.subscriptions:
            await subscription.unsubscribe()
        self.subscriptions.clear()
