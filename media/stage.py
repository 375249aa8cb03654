"""A show's stage on its relay: who may publish there, who sees and hears it, and who is there.

stage = Stage(relay, show, clock.now, told)
stage.orders(orders)                    # each Orders that the show's owner publishes
await stage.attend(viewer, publisher)   # WebRTC; the relay's own sessions come by themselves
await stage.close()
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass
from typing import Any

import moq
import msgspec

from oncue.engine.errors import Forbidden, OncueError
from oncue.engine.orders import Orders, Seated

from .broadcasts import AirSink, MoqPublisher
from .feed import Feed, FeedLimits, Publisher
from .hall import Visit
from .pace import Now
from .relay import Relay

log = logging.getLogger(__name__)

GRACE_S = 5.0
"""How long orders are waited for: somebody publishes before they come, or asks for a green room; or publishes on when they are gone."""

LOOK_S = 0.25
ABSENCE_S = 1.0
"""Who is away for no longer than this is not told to be."""
STALL_US = 3_000_000
"""Whose tracks bring nothing for this long is away, though the connection is not lost."""
ASKING = 256
"""How many may wait for a green room at once."""


class Presence(msgspec.Struct, frozen=True):
    """Whether somebody's picture or sound reaches us, and whether they have a camera and a microphone on."""

    on: bool = False
    camera: bool = False
    microphone: bool = False


Told = Callable[[int, Presence], None]
"""Called with a viewer and how they are there now, whenever that changes or is to be told again."""


class Stage:
    """What the orders for one show say, done. Owns every broadcast that it makes. To be used from one event loop."""

    def __init__(
        self, relay: Relay, show: str, now: Now, told: Told, limits: FeedLimits | None = None
    ) -> None:
        self._relay, self._show, self._now, self._told = relay, show, now, told
        self.limits = limits
        self._last = (-1, -1)
        self._persons: dict[int, _Person] = {}
        self._changed = asyncio.Event()
        self._airs: dict[str, _Air] = {}
        self._rooms: dict[str, tuple[Feed, AirSink]] = {}
        self._asking: set[asyncio.Task[None]] = set()
        self._dynamic: moq.OriginDynamic | None = None
        self._tasks = [asyncio.create_task(self._look())]
        relay.stage(show, self._visited)

    def orders(self, orders: Orders) -> None:
        """Do what they say; nothing if they are older than the last by (epoch, seq)."""
        order = (orders.epoch, orders.seq)
        if order < self._last:
            return
        afresh, self._last = orders.epoch != self._last[0], order
        seated = {one.viewer: one for one in orders.seated}
        for viewer in {*self._persons, *seated}:
            self._person(viewer).seat(seated.get(viewer))
        self._leave(orders)
        for one in orders.seated:
            if one.state == "live" and one.seat:
                self._go_live(one)
        if afresh:
            # A new owner may not have heard what was told to the old one.
            for person in self._persons.values():
                person.told = None
        self._tidy()
        if self._dynamic is None and any(one.room for one in orders.seated):
            self._dynamic = self._relay.origin(self._show).dynamic(f"show/{self._show}/room")
            self._tasks.append(asyncio.create_task(self._serve(self._dynamic)))
        self._changed.set()
        self._changed = asyncio.Event()
        self._forget()

    def feed(self, viewer: int) -> Feed | None:
        """What somebody publishes, if they may."""
        person = self._persons.get(viewer)
        return person.feed if person and person.seated else None

    def air(self, seat: str) -> Feed | None:
        """What goes on air in a seat."""
        air = self._airs.get(seat)
        return air.person.feed if air else None

    async def attend(self, viewer: int, publisher: Publisher) -> None:
        """Take somebody's picture and sound until they are gone, which is when this returns, or cancelled. Who came last counts.

        Raises `Forbidden` (`stage/not-seated`) when they may not publish, `GRACE_S` after they should have stopped, and `TooMany` when
        they send more than is borne: end their session.
        """
        person = self._person(viewer)
        person.publishers.append(publisher)
        try:
            await self._seated(person)
            await _first(person.feed.run(publisher), self._unseated(person))
        finally:
            person.publishers.remove(publisher)
            self._forget()

    async def close(self) -> None:
        """End all broadcasts."""
        tasks = [*self._tasks, *self._asking]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._dynamic:
            self._dynamic.cancel()
        for person in self._persons.values():
            person.feed.close()

    async def _visited(self, visit: Visit) -> None:
        """A session of the relay has announced its own broadcast."""
        with contextlib.suppress(moq.Error):
            broadcast = await visit.private.consume().announced_broadcast(visit.own).available()
            await self.attend(visit.grant.viewer, MoqPublisher(broadcast))

    def _person(self, viewer: int) -> _Person:
        if viewer not in self._persons:
            self._persons[viewer] = _Person(viewer, Feed(self._now, self.limits))
        return self._persons[viewer]

    def _forget(self) -> None:
        for person in list(self._persons.values()):
            if person.seated is None and not person.publishers:
                del self._persons[person.viewer]

    # On air

    def _go_live(self, one: Seated) -> None:
        air, person = self._airs.get(one.seat), self._person(one.viewer)
        if air and air.person is person and not air.leaving:
            person.feed.allow(air.sink, video=one.camera, audio=one.microphone)
            return
        if air:
            air.person.feed.drop(air.sink)
        broadcast = self._relay.broadcast(self._show, f"stage/{one.seat}")
        broadcast.announce()
        air = self._airs[one.seat] = _Air(person, AirSink(broadcast))
        person.feed.add(air.sink, one.since, video=one.camera, audio=one.microphone)

    def _leave(self, orders: Orders) -> None:
        live = {(one.viewer, one.seat) for one in orders.seated if one.state == "live"}
        gone = {left.seat: left for left in orders.gone}
        for seat, air in list(self._airs.items()):
            if (air.person.viewer, seat) in live and not air.leaving:
                continue
            left = gone.get(seat)
            if left is None or left.cut:
                air.person.feed.drop(air.sink)
                del self._airs[seat]
            elif not air.leaving:
                air.leaving = True
                air.person.feed.drop(air.sink, left.until)

    # Who may

    async def _seated(self, person: _Person) -> None:
        try:
            async with asyncio.timeout(GRACE_S):
                while person.seated is None:
                    await self._changed.wait()
        except TimeoutError:
            raise Forbidden("you are not on the way to the stage", code="stage/not-seated") from None

    async def _unseated(self, person: _Person) -> None:
        """Until they publish on without being seated."""
        while True:
            while person.seated is not None:
                await self._changed.wait()
            await self._seated(person)

    # Green rooms

    def _paths(self) -> Iterator[tuple[str, _Person, bool]]:
        """The secret paths, whose feed is there, and whether with its picture."""
        for person in self._persons.values():
            if person.seated and person.seated.room:
                yield f"{person.seated.room}/guest", person, True
                for talker in person.seated.talkers:
                    if talker in self._persons and self._persons[talker].seated:
                        yield f"{person.seated.room}/desk/{talker}", self._persons[talker], False

    async def _serve(self, dynamic: moq.OriginDynamic) -> None:
        async for request in dynamic:
            if self._opened(request):
                continue
            if len(self._asking) >= ASKING:
                self._refused(request, 429)
                continue
            task = asyncio.create_task(self._wait(request))
            self._asking.add(task)
            task.add_done_callback(self._asking.discard)

    async def _wait(self, request: moq.BroadcastRequest) -> None:
        """The orders for it may still be on their way."""
        try:
            async with asyncio.timeout(GRACE_S):
                while not self._opened(request):
                    await self._changed.wait()
        except TimeoutError:
            self._refused(request, 404)

    def _opened(self, request: moq.BroadcastRequest) -> bool:
        for path, person, video in self._paths():
            if path == request.path:
                with contextlib.suppress(moq.Error):
                    request.accept(self._room(path, person, video))
                return True
        return False

    def _refused(self, request: moq.BroadcastRequest, code: int) -> None:
        with contextlib.suppress(moq.Error):
            request.reject(code)

    def _room(self, path: str, person: _Person, video: bool) -> moq.BroadcastProducer:
        if path not in self._rooms:
            broadcast = moq.BroadcastProducer()
            sink = AirSink(broadcast)
            self._rooms[path] = (person.feed, sink)
            person.feed.add(sink, video=video)
        return self._rooms[path][1].broadcast

    def _tidy(self) -> None:
        """End the green rooms that are no more."""
        paths = {path for path, _, _ in self._paths()}
        for path in [path for path in self._rooms if path not in paths]:
            feed, sink = self._rooms.pop(path)
            feed.drop(sink)

    # Presence

    async def _look(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(LOOK_S)
            for person in self._persons.values():
                presence = person.presence(loop.time())
                if presence is not None:
                    self._tell(person, presence)

    def _tell(self, person: _Person, presence: Presence) -> None:
        try:
            self._told(person.viewer, presence)
        except OncueError as error:
            log.warning("it is told again that viewer %s is there, or not: %s", person.viewer, error)
        else:
            person.told = presence


@dataclass
class _Air:
    """Somebody's place on air; `leaving`: only what was captured before they left still goes there."""

    person: _Person
    sink: AirSink
    leaving: bool = False


class _Person:
    """Somebody who is seated, or publishes. `told` is what was told of them last."""

    def __init__(self, viewer: int, feed: Feed) -> None:
        self.viewer = viewer
        self.feed = feed
        self.seated: Seated | None = None
        self.publishers: list[Publisher] = []
        self.told: Presence | None = None
        self._absent: float | None = None

    def seat(self, new: Seated | None) -> None:
        if self.seated is None:
            self.told = self._absent = None
        self.seated = new

    def presence(self, time: float) -> Presence | None:
        """How they are there, if that is to be told; `time` is the loop's. An absence counts from `ABSENCE_S` on."""
        if self.seated is None:
            return None
        now = self._present()
        if now.on:
            self._absent = None
        elif self._absent is None:
            self._absent = time
        if self._absent is not None and time - self._absent < ABSENCE_S:
            return None
        return None if now == self.told else now

    def _present(self) -> Presence:
        info, feed = self.feed.info, self.feed
        if not feed.publishing or (info and feed.now() - feed.heard > STALL_US):
            return Presence()
        kinds = {track.kind for track in info}
        return Presence(True, "video" in kinds, "audio" in kinds)


async def _first(*works: Coroutine[Any, Any, None]) -> None:
    """Until one of them returns or raises; then the others are cancelled."""
    tasks = [asyncio.create_task(work) for work in works]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
