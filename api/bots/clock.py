"""Show time as a client knows it."""

from __future__ import annotations

from collections import deque
from time import monotonic

SAMPLES = 16


class Clock:
    """Show time in µs, by four timestamps (RFC 5905, section 8) of which the sample with the shortest round trip counts.

    The client's own time is `time.monotonic`: the time of an event loop may stand still while a callback runs (uvloop's does).
    """

    def __init__(self) -> None:
        self._samples: deque[tuple[float, float]] = deque(maxlen=SAMPLES)
        self.offset = 0.0

    def local(self) -> float:
        """The client's own time in µs, for `t0` of a ping."""
        return monotonic() * 1e6

    def heard(self, t0: float, t1: int, t2: int) -> None:
        """A ping sent at `t0` (own time) was got at `t1` and answered at `t2` (show time), and the answer is here."""
        t3 = self.local()
        self._samples.append(((t3 - t0) - (t2 - t1), ((t1 - t0) + (t2 - t3)) / 2))
        self.offset = min(self._samples)[1]

    def told(self, now: int) -> None:
        """Show time was `now` a moment ago: good enough until a ping is answered."""
        if not self._samples:
            self.offset = now - self.local()

    def now(self) -> int:
        """Show time in µs, as far as it is known."""
        return int(self.local() + self.offset)

    @property
    def error(self) -> int:
        """Half the shortest round trip in µs: no estimate is further off."""
        return int(min(self._samples)[0] / 2) if self._samples else 0
