"""The refusals of the last minute: whose link was away when the news came hears of them when it is back."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection

from oncue.engine.outcome import Refusal
from oncue.engine.structs import Micros, seconds

SPAN: Micros = seconds(60)
MOST = 5000


class Refusals:
    """At most MOST of them, no older than SPAN."""

    def __init__(self) -> None:
        self._kept: deque[tuple[Micros, Refusal]] = deque(maxlen=MOST)

    def add(self, refused: Collection[Refusal], now: Micros) -> None:
        """These were told now."""
        while self._kept and self._kept[0][0] < now - SPAN:
            self._kept.popleft()
        self._kept.extend((now, one) for one in refused)

    def of(self, viewers: Collection[int], now: Micros) -> list[Refusal]:
        """Those of these viewers, oldest first."""
        wanted = set(viewers)
        return [one for at, one in self._kept if at >= now - SPAN and one.viewer in wanted]
