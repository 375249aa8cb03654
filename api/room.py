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
from oncue.engine.live.messages import Needs, encode, read_answer, read_news, read_privates, read_put_off
from oncue.engine.live.recent import Recent, Seen
from oncue.engine.pacing import FINE, STEP, Audience, report
from oncue.engine.playout import ARRIVAL, UNKNOWN, Playout
from oncue.engine.structs import BY, Action, Micros, Role, seconds
from oncue.engine.wire import PlayoutInfo, ShowInfo, Welcome

from .link import ENTERING, LIVE, STAFF, Closing, Link

if TYPE_CHECKING:
    from .rooms import Rooms

TOGETHER = 200
"""How many viewers one question to a show's owner is for, so that the answer fits a NATS message."""
REMEMBERED = 50_000
"""Viewers who have left whose delay is still known."""
PIECE = 500
"""Links that are looked at in one go."""
SETTLING: Micros = seconds(10)
"""In which pictures come to a new target, without jumping, and their pages say so."""
COUNTED = int(BY["viewer"] | Role.DISPLAY)
"""Whose pictures are to be in step."""


class Door(msgspec.Struct, frozen=True):
    """What may come into a segment: how its actions are read, and which roles may send each."""

    read: Callable[[msgspec.Raw], Action]
    roles: dict[type[Action], int]


SHOW_DOOR = Door(
    msgspec.json.Decoder(reduce(or_, SHOW_ROUTES)).decode,
    {kind: int(roles) for kind, (_, roles) in SHOW_ROUTES.items()},
)


_seen = msgspec.json.Decoder(Seen).decode
_frame = msgspec.json.Encoder().encode


class Room:
    """A show on this node.

    `waiting` are the links that are to be welcomed, `plain` those whose scenes come here because their picture
    brings none, `delays` are what links had that have left, for when their viewers come back, `since` is when the
    last one left, `told` when the owner last heard of its needs.

    Delays are locked while a round is open (`round`: the segment that people may act in, None: none), and then until
    `locked_until`. `target` is that of the last scene; at `settled` all pictures can have it.
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
        self.doors: dict[str, Door] = {"": Door(rooms.read, SHOW_DOOR.roles)}
        self.pinned: dict[str, str] = {}
        self.gone: set[str] = set()
        self.scene = self.desk = b""
        self.scene_at = self.desk_at = (0, 0)
        self.recent = Recent()
        self.round: str | None = None
        self.locked_until: Micros = 0
        self.target = self.settled = 0
        self.since: Micros = 0
        self.told: Micros = 0
        self.audience = Audience()
        self.subscriptions: list[Subscription] = []
        self.task: asyncio.Task[None] | None = None

    def enter(self, link: Link) -> None:
        """A viewer comes in; with the next answer of the show's owner they are welcomed."""
        link.room = self
        link.reported = self.delays.get(link.viewer, 0)
        link.delay = self.vouched(link.reported, self.rooms.now())
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

    def vouched(self, reported: Micros, now: Micros) -> Micros:
        """The delay of who has reported this one. Who has none, or has not said, sees what comes without a picture, when it is due at
        the target. While pictures are on their way to a new target, what was reported on the way counts for no less than it."""
        return max(reported, self.target) if now < self.settled else reported or self.target

    def locked(self, now: Micros) -> bool:
        """Whether no larger delay is believed now."""
        return self.round is not None or now < self.locked_until

    def _believe(self) -> None:
        """From now on each link has the delay that it has reported last."""
        now = self.rooms.now()
        for link in self.links:
            link.delay = self.vouched(link.reported, now)

    def tick(self, now: Micros) -> None:
        """Time has passed: the answers to the last round may all be there."""
        if self.locked_until and not self.locked(now):
            self.locked_until = 0
            self._believe()

    async def needs(self) -> Needs:
        """How the pictures of those fare who are here, each viewer once. 20,000 take 15 ms, in small pieces: no receipt waits for it."""
        total = Needs(node=self.rooms.name)
        everybody = list(self.viewers.values())
        for i in range(0, len(everybody), PIECE):
            self._count(total, [own[-1] for own in everybody[i : i + PIECE] if own])
            await asyncio.sleep(0)
        return total

    def _count(self, total: Needs, links: list[Link]) -> None:
        needs, delays, errors, doors = total.needs, total.delays, total.errors, total.doors
        for link in links:
            if link.state != LIVE or not link.role & COUNTED:
                continue
            doors[link.door] = doors.get(link.door, 0) + 1
            if link.error:
                step = -(-link.error // FINE)
                errors[step] = errors.get(step, 0) + 1
            if link.blind or not link.reported:
                total.blind += 1
                continue
            step = -(-link.reported // STEP)
            delays[step] = delays.get(step, 0) + 1
            if link.need:
                step = -(-link.need // STEP)
                needs[step] = needs.get(step, 0) + 1

    async def tell_needs(self) -> None:
        """For the owner of the show, wherever it is."""
        self.audience = needs = await self.needs()
        await self.rooms.bus.publish(subject(self.show, "needs"), encode(needs))

    def in_step(self) -> PlayoutInfo:
        """How well those are in step who are here. Of the host's dial nothing is known here."""
        return report(Playout(target=self.target), self.audience)

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
        for segment, pinned in answer.formats.items():
            self._door(segment, pinned)
        for scene in (*answer.recent, answer.scene):
            self.on_scene("", scene)
        if answer.desk:
            self.on_desk("", answer.desk)

    def _door(self, segment: str, pinned: str) -> None:
        """Actions in a segment are read by the version of its format that plays them."""
        if segment and self.pinned.get(segment) != pinned:
            self.doors.pop(segment, None)
            self.pinned.pop(segment, None)
            self.gone.add(segment)
            if door := self.rooms.door(pinned):
                self.doors[segment], self.pinned[segment] = door, pinned
                self.gone.discard(segment)

    def no_door(self, segment: str) -> tuple[str, str]:
        """Why nothing can come into this segment."""
        if segment in self.gone:
            return "format/version", "this part of the show has a problem"
        return "segment/unknown", "there is no such part of the show"

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
        parts += b',"scenes":[', b",".join(self.recent.since(self.rooms.now())), b"]"
        if private := answer.privates.get(link.viewer):
            parts += b',"private":', private
        if link.role & STAFF:
            self.staff.add(link)
            if self.desk:
                parts += b',"desk":', self.desk
        parts.append(b"}")
        link.shown = self.scene
        link.welcomed(b"".join(parts))
        for refusal in answer.refused:  # it may not have been here when that was told
            if refusal.viewer == link.viewer:
                link.no(refusal.number, refusal.code, refusal.why)

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
        question = encode(Ask(sorted({link.viewer for link in batch}), desk, recent=not self.scene))
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
        self.recent.add(seen, data)
        self._door(seen.segment, f"{seen.format}@{seen.version}")
        self._lock(seen)
        for link in tuple(self.plain):
            link.tell(data)

    def _lock(self, seen: Seen) -> None:
        """A round that opens locks delays; the answers to one that is over are still on their way for a while."""
        now, first = self.rooms.now(), seen.target and not self.target
        if seen.target != self.target:
            self.target, self.settled = seen.target, now + SETTLING
        was, self.round = self.round, seen.segment if seen.scene.mood == "live" else None
        if self.round is None:
            if was is not None:
                self.locked_until = now + (seen.last or UNKNOWN) + ARRIVAL
        elif self.round != was:
            self._believe()
        if first:  # this may come in a round
            for link in self.links:
                link.delay = max(link.delay, self.target)

    def on_desk(self, _: str, data: bytes) -> None:
        """What staff see."""
        seen = _seen(data)
        if (seen.epoch, seen.seq) >= self.desk_at and data != self.desk:
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
        news = read_news(data)
        self.rooms.intake.behind(self.show, news.lag)
        for refusal in news.refused:
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
