"""Finds shows without an owner and owns them."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable

import msgspec
import structlog
from nats.js.errors import NoKeysError, NotFoundError

from oncue.engine.errors import FormatError
from oncue.engine.live.bus import Bus, Gone
from oncue.engine.live.lease import Lease
from oncue.engine.live.messages import ShowCard
from oncue.engine.live.owner import Owner
from oncue.engine.live.records import Records
from oncue.engine.live.tasks import end
from oncue.engine.show import Formats
from oncue.engine.structs import ShowId

log = structlog.get_logger()

LOOK_S = 0.4
"""How often a node looks for shows whose owner is gone."""

_cards = msgspec.json.Decoder(ShowCard)


async def put_card(bus: Bus, card: ShowCard) -> None:
    """Let all nodes know of a show, or of its new state."""
    await (await bus.shelf("shows")).put(card.id, msgspec.json.encode(card))


async def cards(bus: Bus) -> list[ShowCard]:
    """All shows that nodes know of."""
    shelf = await bus.shelf("shows")
    out: list[ShowCard] = []
    try:
        for key in await shelf.keys():
            with contextlib.suppress(NotFoundError):
                out.append(_cards.decode((await shelf.get(key)).value or b""))
    except NoKeysError:
        pass
    return out


async def watch_cards(bus: Bus, seen: Callable[[ShowCard], None]) -> None:
    """Call `seen` for each show that there is, and each that comes or changes. Runs until cancelled, through restarts."""
    await bus.watch("shows", lambda _, value: seen(_cards.decode(value)))


class Runner:
    """The engine's role on a node: owns as many of the open shows as have no other owner."""

    def __init__(
        self, bus: Bus, *, formats: Formats, now: Callable[[], int], node: str, records: Records | None = None
    ) -> None:
        self._bus = bus
        self._formats = formats
        self._now = now
        self._node = node
        self._records = records or Records()
        self._open: dict[str, ShowCard] = {}
        self._owners: dict[str, tuple[Owner, asyncio.Task[None]]] = {}
        self._troubles: dict[str, FormatError] = {}
        self._look = asyncio.Event()
        self._leases: Bus | None = None
        self.ready = asyncio.Event()

    async def run(self) -> None:
        """Until cancelled; then the shows are handed over."""
        self._leases = await self._bus.beside()
        watching = asyncio.create_task(watch_cards(self._bus, self._seen))
        try:
            while True:
                self._look.clear()
                for show in list(self._open):
                    if show not in self._owners:
                        await self._try(show)
                self.ready.set()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(LOOK_S):
                        await self._look.wait()
        finally:
            for owner, _ in self._owners.values():
                owner.stop()
            await asyncio.gather(*(task for _, task in self._owners.values()), return_exceptions=True)
            await end(watching)
            await self._leases.close()

    def owner(self, show: str) -> Owner | None:
        """The owner of a show, if it is this node."""
        found = self._owners.get(show)
        return found[0] if found else None

    def troubled(self, troubles: dict[str, FormatError]) -> None:
        """Let hosts know what is wrong with formats that are being written."""
        self._troubles.clear()
        self._troubles.update(troubles)

    def _seen(self, card: ShowCard) -> None:
        if card.state == "open":
            self._open[card.id] = card
            self._look.set()
        else:
            self._open.pop(card.id, None)

    async def _try(self, show: str) -> None:
        assert self._leases
        lease = Lease(self._leases, show, self._node)
        try:
            if not await lease.take():
                return
        except Gone:
            return
        owner = Owner(
            self._bus, lease, ShowId(show), formats=self._formats, now=self._now, records=self._records
        )
        owner.upgrades.troubles = self._troubles
        task = asyncio.create_task(self._own(show, owner))
        self._owners[show] = (owner, task)

    async def _own(self, show: str, owner: Owner) -> None:
        log.info("owns", show=show, node=self._node)
        try:
            await owner.run()
            if owner.over:
                await self._close(show, owner)
        except Exception:
            log.exception("a show's owner failed", show=show)
            await asyncio.sleep(LOOK_S)
        finally:
            self._owners.pop(show, None)
            self._look.set()

    async def _close(self, show: str, owner: Owner) -> None:
        card = self._open.pop(show, None)
        if card:
            await put_card(self._bus, msgspec.structs.replace(card, state="closed"))
