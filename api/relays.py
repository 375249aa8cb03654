"""Which relays there are, as this node hears of them, and which of them a viewer is sent to."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from oncue.engine.live import Bus, RelayCard
from oncue.engine.live.messages import RELAY_S
from oncue.engine.structs import Micros, ViewerId, seconds

CARD_S = 1.0
"""How often a relay puts its card."""

_read = msgspec.json.Decoder(RelayCard).decode


class Relays:
    """The cards on the shelf `relays`, by node. One that was not put again for RELAY_S counts no more."""

    def __init__(self, now: Callable[[], Micros]) -> None:
        self._now = now
        self._seen: dict[str, tuple[RelayCard, Micros]] = {}

    async def watch(self, bus: Bus) -> None:
        """Until cancelled."""
        await bus.watch("relays", self.seen, ttl=RELAY_S)

    def seen(self, node: str, value: bytes) -> None:
        """A card was put."""
        self._seen[node] = _read(value), self._now()

    def fresh(self) -> dict[str, RelayCard]:
        """Those that are there, by node."""
        now = self._now()
        self._seen = {
            node: (card, at) for node, (card, at) in self._seen.items() if now - at < seconds(RELAY_S)
        }
        return {node: card for node, (card, _) in self._seen.items()}

    def studio(self) -> tuple[str, RelayCard] | None:
        """Node and card of the relay that has the shows' pictures and stages."""
        return next(((node, card) for node, card in sorted(self.fresh().items()) if not card.branch), None)

    def of(self, viewer: ViewerId) -> RelayCard | None:
        """Where this viewer goes: always to the same one while the same ones are there. None while there is none."""
        fresh = self.fresh()
        return fresh[sorted(fresh)[viewer % len(fresh)]] if fresh else None
