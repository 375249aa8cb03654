"""The media role: each open show's picture and scenes, on a relay that its audience can reach."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager

import moq
import msgspec
import structlog

from oncue.engine.errors import OncueError, Unavailable
from oncue.engine.live import Ask, Bus, ClockCard, Intake, RelayCard, ShowCard, end, subject, watch_cards
from oncue.engine.live.bus import Gone
from oncue.engine.live.messages import RELAY_S, encode, read_answer, read_orders
from oncue.engine.orders import Orders
from oncue.media import (
    ClockDoor,
    ClockSettings,
    Grant,
    Publisher,
    Relay,
    RelaySettings,
    Rtc,
    RtcSettings,
    SceneTrack,
)
from oncue.media import Stage as People

from .admission import Admission, address, names
from .auth import Tokens
from .instead import Instead
from .keys import signing_secret
from .playing import SEAT, Place, Playing
from .presence import Roll
from .recorder import Recorder, mend
from .relays import CARD_S
from .settings import EVERYWHERE, Settings, variable
from .signals import Signals

log = structlog.get_logger()

AGAIN_S = 2.0
"""How often the orders are asked for, besides being heard."""


class Stage:
    """One show on the relay: its scene track, who is on stage and, if it has a picture, its source."""

    def __init__(self, place: Place, card: ShowCard) -> None:
        self._relay, self._bus = place.relay, place.bus
        self.card = card
        self._ordered = (-1, -1)
        self.scenes = SceneTrack(place.relay.broadcast(card.id, "scene"))
        roll = Roll(place.intake, card.id, place.now)
        self.people = People(place.relay, card.id, place.now, roll.told)
        self.picture = Playing(place, card)
        self.recorder = Recorder(place, self.people, card)
        self._tasks = [asyncio.create_task(self._keep_up())]
        source = self.picture
        self.instead = Instead(place.now, pause=source.pause, resume=source.resume, broadcast=self._broadcast)

    async def close(self) -> None:
        """Take the show off the relay."""
        await self.instead.close()
        await end(*self._tasks)
        await self.picture.pause()
        self.scenes.close()
        await self.recorder.close()
        await self.people.close()
        self._relay.close(self.card.id)

    async def _keep_up(self) -> None:
        """The scene and the orders as they are, for a relay that comes later than the show; and the orders again and again, because a
        message may be lost that takes somebody off the air."""
        pause, ask = 0.1, encode(Ask(stage=True))
        while True:
            with contextlib.suppress(Unavailable):
                answer = read_answer(await self._bus.request(subject(self.card.id, "ask"), ask))
                if pause != AGAIN_S:
                    self.scene(answer.scene)
                if answer.orders:
                    self.orders(answer.orders)
                pause = AGAIN_S
            await asyncio.sleep(pause)

    def _broadcast(self) -> moq.BroadcastProducer:
        return self._relay.broadcast(self.card.id, f"stage/{SEAT}")

    def scene(self, data: bytes) -> None:
        """A SceneMsg of the show's owner. Raises `BadInput` (`media/scene`)."""
        if self.scenes.put(data):
            self.recorder.scene(data)

    def orders(self, orders: Orders) -> None:
        """What the show's owner says is to become of the stage; nothing if it is older than the last."""
        order = (orders.epoch, orders.seq)
        if order < self._ordered:
            return
        self._ordered = order
        self.people.orders(orders)
        self.picture.orders(orders.programme)
        self.recorder.orders(orders)


class Programme:
    """All open shows on this node's relay."""

    def __init__(self, bus: Bus, settings: Settings, *, now: Callable[[], int], node: str) -> None:
        self._bus = bus
        self._settings = settings
        self._now = now
        self._node = node
        self._admission = Admission(Tokens(signing_secret(settings), settings=settings, now=now))
        self._stages: dict[str, Stage] = {}
        self._clock: ClockDoor | None = None
        self._intake = Intake(bus, node=node)
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self, ready: Callable[[], None]) -> None:
        """Until cancelled."""
        bind = f"{self._settings.host}:{self._settings.relay_port}"
        async with (
            Relay(
                self._admission.admit, self._now, RelaySettings(bind=bind, names=names(self._settings))
            ) as relay,
            self._clock_beside(),
            Rtc(relay.origin, self._attend, self._now, self._webrtc(), self._keyframe) as self._rtc,
            Signals(self._rtc, self._admission.admit, self._may_publish).answering(self._bus, self._node),
        ):
            listening = [
                await self._bus.subscribe("show.*.scene", self._scene),
                await self._bus.subscribe("show.*.stage", self._orders),
                await self._bus.subscribe("show.*.out", lambda where, data: self._out(relay, where, data)),
            ]
            watching = asyncio.create_task(watch_cards(self._bus, lambda card: self._card(relay, card)))
            announcing = asyncio.create_task(self._announce(relay, ready))
            self._later(mend(self._settings))
            try:
                await relay.wait()
                raise Unavailable("the relay listens no more", code="media/relay")
            finally:
                await end(announcing, watching)
                for subscription in listening:
                    with contextlib.suppress(*Gone):
                        await subscription.unsubscribe()
                await asyncio.gather(
                    *(stage.close() for stage in self._stages.values()), return_exceptions=True
                )
                await self._intake.close()

    @asynccontextmanager
    async def _clock_beside(self) -> AsyncIterator[None]:
        """The clock's own door. A show goes on without it: pings go over the link as well."""
        settings = self._settings
        bind = f"{settings.host}:{settings.clock_port if settings.relay_port else 0}"
        async with contextlib.AsyncExitStack() as stack:
            try:
                clock = ClockDoor(
                    self._admission.admit, self._now, ClockSettings(bind=bind, names=names(settings))
                )
                self._clock = await stack.enter_async_context(clock)
            except Unavailable as error:
                hint = f"set {variable('clock_port')} to a free port, or to 0"
                log.warning("no clock pings by datagram", why=error.message, hint=hint)
            yield

    def _webrtc(self) -> RtcSettings:
        settings = self._settings
        # At all addresses of this machine, or where the relay is.
        addresses = () if settings.host in EVERYWHERE else (settings.host,)
        return RtcSettings(
            sessions=settings.webrtc_sessions, per_show=settings.webrtc_sessions,
            bitrate=settings.webrtc_kbits * 1000, addresses=addresses,
        )  # fmt: skip

    def _keyframe(self, show: str, seat: str) -> None:
        """Somebody who watches by WebRTC has lost the picture."""
        if stage := self._stages.get(show):
            feed = stage.instead.feed if seat == SEAT else stage.people.air(seat)
            if feed:
                feed.keyframe()

    def _may_publish(self, show: str, viewer: int) -> bool:
        stage = self._stages.get(show)
        return stage is not None and stage.people.feed(viewer) is not None

    async def _attend(self, grant: Grant, seat: str, publisher: Publisher) -> None:
        """Somebody publishes by WebRTC: for themselves, or the programme."""
        if stage := self._stages.get(grant.show):
            await (stage.instead.take(publisher) if seat else stage.people.attend(grant.viewer, publisher))

    async def _announce(self, relay: Relay, ready: Callable[[], None]) -> None:
        """Say where the relay is, again and again: the card goes when this node does."""
        shelf = await self._bus.shelf("relays", ttl=RELAY_S)
        while True:
            with contextlib.suppress(*Gone):
                await shelf.put(self._node, msgspec.json.encode(self._told(relay)))
                ready()
            await asyncio.sleep(CARD_S)

    def _told(self, relay: Relay) -> RelayCard:
        clock = self._clock
        beside = ClockCard(address(self._settings, *clock.address), clock.fingerprint) if clock else None
        return RelayCard(address(self._settings, *relay.address), relay.fingerprint, beside)

    def _scene(self, where: str, data: bytes) -> None:
        stage = self._stages.get(where.split(".")[1])
        if stage:
            try:
                stage.scene(data)
            except OncueError as error:
                log.error("a scene is not shown", show=stage.card.id, why=error.message)

    def _orders(self, where: str, data: bytes) -> None:
        stage = self._stages.get(where.split(".")[1])
        if stage:
            stage.orders(read_orders(data))

    def _out(self, relay: Relay, where: str, data: bytes) -> None:
        clock = [self._clock.drop] if self._clock else []
        self._admission.put_off(where, data, relay.drop, self._rtc.drop, *clock)

    def _card(self, relay: Relay, card: ShowCard) -> None:
        if card.state == "open" and card.id not in self._stages:
            place = Place(relay, self._bus, self._intake, self._now, self._settings)
            self._stages[card.id] = Stage(place, card)
            self._admission.open(card.id)
        elif card.state != "open" and card.id in self._stages:
            self._admission.close(card.id)
            self._rtc.drop(card.id)
            if self._clock:
                self._clock.close(card.id)
            self._later(self._stages.pop(card.id).close())

    def _later(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
