"""How much a publisher may send: a cap from what is lost and how late things come.

aiortc estimates bandwidth from delays alone, and holds Chromium at half a megabit even on a quiet loopback. Here what is lost counts, as
in the loss-based controller of draft-ietf-rmcat-gcc-02 (section 6), and delay only once it is a queue.
"""

from __future__ import annotations

from oncue.engine.structs import Micros

FEW, MANY = 0.02, 0.10
UP, DOWN = 1.08, 0.5
QUEUE: Micros = 250_000
"""Frames that are all later than the quickest one by this stand in a queue."""
BACK = 0.85
LEAST = 150_000


class Congestion:
    """The cap in bit/s, from `LEAST` to `most`."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.cap = float(most)
        self.rate = 0.0
        self._bytes = 0
        self._at: float | None = None
        self._lag: Micros | None = None

    def came(self, size: int) -> None:
        """A packet with this many bytes of payload."""
        self._bytes += size

    def waited(self, lag: Micros) -> None:
        """A frame came that much later than the quickest one."""
        self._lag = lag if self._lag is None else min(self._lag, lag)

    def reckon(self, now: float, lost: float) -> int:
        """The cap after another second in which this share was lost; `now` in s."""
        passed = now - self._at if self._at is not None else 0.0
        self.rate = self._bytes * 8 / passed if passed > 0 else self.rate
        queued = self._lag is not None and self._lag > QUEUE
        self._at, self._bytes, self._lag = now, 0, None
        if lost > MANY:
            self.cap = min(self.cap, 2 * self.rate or self.cap) * (1 - DOWN * lost)
        elif queued:
            self.cap = min(self.cap, self.rate or self.cap) * BACK
        elif lost < FEW:
            self.cap *= UP
        self.cap = min(max(self.cap, LEAST), self.most)
        return int(self.cap)
