"""The relay role: one more relay for the same shows. It has nothing of its own and takes all from the studio's relay, track by track as
somebody here asks for it, in Rust; so a node serves more viewers than one relay's thread can."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable

import moq
import msgspec
import structlog

from oncue.engine.errors import Denied, Unavailable
from oncue.engine.live import Bus, RelayCard, ShowCard, end, watch_cards
from oncue.engine.live.bus import Gone
from oncue.engine.live.messages import RELAY_S
from oncue.engine.structs import Role, ViewerId
from oncue.media import Relay, RelaySettings, Visit

from .admission import Admission, address, names
from .auth import ROLES, Tokens
from .ids import new_viewer
from .keys import signing_secret
from .relays import CARD_S, Relays
from .settings import Settings

log = structlog.get_logger()

AGAIN_S = 0.5
"""The studio may be away for a moment."""


class Branch:
    """Keeps a session to the studio's relay for each open show, and one for each person who publishes here."""

    def __init__(self, bus: Bus, settings: Settings, *, now: Callable[[], int], node: str) -> None:
        self._bus = bus
        self._settings = settings
        self._now = now
        self._node = node
        self._tokens = Tokens(signing_secret(settings), settings=settings, now=now)
        self._admission = Admission(self._tokens)
        self._relays = Relays(now)
        self._viewer = new_viewer()
        self._shows: dict[str, asyncio.Task[None]] = {}

    async def run(self, ready: Callable[[], None]) -> None:
        """Until cancelled."""
        bind = f"{self._settings.host}:{self._settings.relay_port}"
        settings = RelaySettings(bind=bind, names=names(self._settings))
        async with Relay(self._admission.admit, self._now, settings) as relay:
            putting_off = await self._bus.subscribe(
                "show.*.out", lambda where, data: self._admission.put_off(where, data, relay.drop)
            )
            tasks = [
                asyncio.create_task(self._relays.watch(self._bus)),
                asyncio.create_task(watch_cards(self._bus, lambda card: self._card(relay, card))),
                asyncio.create_task(self._announce(relay, ready)),
            ]
            try:
                await relay.wait()
                raise Unavailable("the relay listens no more", code="media/relay")
            finally:
                await end(*tasks, *self._shows.values())
                with contextlib.suppress(*Gone):
                    await putting_off.unsubscribe()

    async def _announce(self, relay: Relay, ready: Callable[[], None]) -> None:
        """Nobody is sent here while there is nothing to be had."""
        shelf = await self._bus.shelf("relays", ttl=RELAY_S)
        while True:
            ready()
            if studio := self._relays.studio():
                url = address(self._settings, *relay.address)
                card = RelayCard(url, relay.fingerprint, studio[1].clock, branch=True)
                with contextlib.suppress(*Gone):
                    await shelf.put(self._node, msgspec.json.encode(card))
            await asyncio.sleep(CARD_S)

    def _card(self, relay: Relay, card: ShowCard) -> None:
        if card.state == "open" and card.id not in self._shows:
            relay.stage(card.id, self._lend)
            self._shows[card.id] = asyncio.create_task(self._follow(relay, card.id))
            self._admission.open(card.id)
        elif card.state != "open" and (task := self._shows.pop(card.id, None)):
            self._admission.close(card.id)
            task.cancel()
            relay.close(card.id)

    async def _follow(self, relay: Relay, show: str) -> None:
        """What everybody in a show sees here is what is seen at the studio."""
        while True:
            with contextlib.suppress(moq.Error, Unavailable):
                nothing = moq.OriginProducer()
                await self._session(show, self._viewer, Role.DISPLAY, nothing, relay.origin(show))
            await asyncio.sleep(AGAIN_S)

    async def _lend(self, visit: Visit) -> None:
        """Somebody here publishes: under their own name at the studio too, which says whether they may, and ends it when they may not."""
        grant, nothing = visit.grant, moq.OriginProducer(cache_capacity_bytes=1 << 20)
        with contextlib.suppress(moq.Error):
            await self._session(grant.show, ViewerId(grant.viewer), ROLES[grant.role], visit.private, nothing)
        raise Denied("the studio has ended it", code="stage/not-seated")

    async def _session(
        self, show: str, viewer: ViewerId, role: Role, up: moq.OriginProducer, down: moq.OriginProducer
    ) -> None:
        """A session to the studio, until it ends. Raises `Unavailable` (`media/no-studio`) or moq.Error."""
        studio = self._relays.studio()
        if studio is None:
            raise Unavailable("there is no studio", code="media/no-studio")
        card = studio[1]
        url = f"{card.url}?token={self._tokens.sign(viewer, show, role)}"
        marks = [card.fingerprint]
        client = moq.connect(
            url, tls_fingerprints=marks, reconnect=False, websocket_enabled=False, publish=up, subscribe=down
        )
        async with client:
            assert client.session
            await client.session.closed()
