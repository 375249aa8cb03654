"""The media role: each open show's picture and scenes, on a relay that its audience can reach."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import moq
import msgspec
import structlog

from oncue.engine.errors import OncueError, Unavailable
from oncue.engine.live import Ask, Bus, ClockCard, Intake, RelayCard, ShowCard, end, subject, watch_cards
from oncue.engine.live.bus import Gone
from oncue.engine.live.messages import RELAY_S, encode, read_answer, read_orders, read_put_off
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
    open_source,
)
from oncue.media import Stage as People

from .admission import Admission, address, names
from .auth import Tokens
from .instead import Instead
from .keys import signing_secret
from .presence import Roll
from .relays import CARD_S
from .settings import EVERYWHERE, Settings, variable
from .signals import Signals

log = structlog.get_logger()

SEAT = "programme"
AGAIN_S = 2.0


class Stage:
    """One show on the relay: its scene track, who is on stage and, if it has a picture, its source."""

    def __init__(
        self, relay: Relay, bus: Bus, intake: Intake, card: ShowCard, now: Callable[[], int]
    ) -> None:
        self._relay = relay
        self._bus = bus
        self.card = card
        self._now = now
        self.scenes = SceneTrack(relay.broadcast(card.id, "scene"))
        self.people = People(relay, card.id, now, Roll(intake, card.id, now).told)
        self._tasks = [asyncio.create_task(self._catch_up())]
        self._playing: asyncio.Task[None] | None = None
        self.resume()
        self.instead = Instead(now, pause=self.pause, resume=self.resume, broadcast=self._broadcast)

    async def close(self) -> None:
        """Take the show off the relay."""
        await self.instead.close()
        await end(*self._tasks)
        await self.pause()
        self.scenes.close()
        await self.people.close()
        self._relay.close(self.card.id)

    async def pause(self) -> None:
        """The show's own source stops."""
        if self._playing:
            await end(self._playing)

    def resume(self) -> None:
        """It plays again."""
        self._playing = asyncio.create_task(self._play()) if self.card.picture else None

    async def _catch_up(self) -> None:
        """The scene and the orders as they are, for a relay that comes later than the show."""
        while True:
            with contextlib.suppress(Unavailable):
                ask = encode(Ask(stage=True))
                answer = read_answer(await self._bus.request(subject(self.card.id, "ask"), ask))
                self.scenes.put(answer.scene)
                if answer.orders:
                    self.people.orders(answer.orders)
                return
            await asyncio.sleep(0.1)

    def _broadcast(self) -> moq.BroadcastProducer:
        return self._relay.broadcast(self.card.id, f"stage/{SEAT}")

    async def _play(self) -> None:
        while True:
            try:
                source = await open_source(self.card.picture)
                await source.run(self._broadcast(), self._now)
            except Unavailable as error:
                log.warning("the picture stopped and is started again", show=self.card.id, why=error.message)
            except OncueError as error:
                log.error(
                    "no picture", show=self.card.id, code=error.code, why=error.message, hint=error.hint
                )
                return
            except Exception:
                log.exception("the picture stopped and is started again", show=self.card.id)
            await asyncio.sleep(AGAIN_S)


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
            Rtc(relay.origin, self._attend, self._now, self._webrtc()) as self._rtc,
            Signals(self._rtc, self._admission.admit, self._may_publish).answering(self._bus, self._node),
        ):
            listening = [
                await self._bus.subscribe("show.*.scene", self._scene),
                await self._bus.subscribe("show.*.stage", self._orders),
                await self._bus.subscribe("show.*.out", lambda where, data: self._out(relay, where, data)),
            ]
            watching = asyncio.create_task(watch_cards(self._bus, lambda card: self._card(relay, card)))
            announcing = asyncio.create_task(self._announce(relay, ready))
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
                stage.scenes.put(data)
            except OncueError as error:
                log.error("a scene is not shown", show=stage.card.id, why=error.message)

    def _orders(self, where: str, data: bytes) -> None:
        stage = self._stages.get(where.split(".")[1])
        if stage:
            stage.people.orders(read_orders(data))

    def _out(self, relay: Relay, where: str, data: bytes) -> None:
        show = where.split(".")[1]
        for viewer, for_good in read_put_off(data):
            if for_good:
                self._admission.ban(show, viewer)
            relay.drop(show, viewer)
            self._rtc.drop(show, viewer)
            if self._clock:
                self._clock.drop(show, viewer)

    def _card(self, relay: Relay, card: ShowCard) -> None:
        if card.state == "open" and card.id not in self._stages:
            self._stages[card.id] = Stage(relay, self._bus, self._intake, card, self._now)
            self._admission.open(card.id)
        elif card.state != "open" and card.id in self._stages:
            self._admission.close(card.id)
            self._rtc.drop(card.id)
            if self._clock:
                self._clock.close(card.id)
            task = asyncio.create_task(self._stages.pop(card.id).close())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
