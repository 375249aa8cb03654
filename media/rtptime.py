"""RTP timestamps as show time (RFC 3550, sections 5.1 and 6.4.1). Times are integers in µs.

A sender report says which moment of the sender's clock an RTP timestamp is. Sound and picture of a sender share that clock, so they stay
in step whatever it shows; how far it is from show time is known from what comes quickest.
"""

from __future__ import annotations

from collections import deque
from fractions import Fraction

from oncue.engine.structs import Micros

NTP_UNIX_S = 2_208_988_800
"""From 1900 to 1970 (RFC 5905, figure 4)."""
REPORTS = 10
"""Sender reports that are compared: what is late in its own report is later than it says, never earlier."""
SLACK: Micros = 4_000
"""A line that is that near is kept: stamps follow the samples exactly, and not the jitter of reports."""
BELIEVED: Micros = 100_000
"""A sender's clock that its quickest frame agrees with so far keeps NTP time, as we do: then it is taken at its word."""
OFF: Micros = 10_000
"""An offset that is better by less is not worth a jump in all stamps."""
SPAN: Micros = 10_000_000
SPANS = 6
"""The quickest frame of the last minute counts: clocks drift."""


def unix_micros(ntp: int) -> Micros:
    """An NTP timestamp (32.32 bits) as µs since 1970."""
    return ((ntp >> 32) - NTP_UNIX_S) * 1_000_000 + ((ntp & 0xFFFFFFFF) * 1_000_000 >> 32)


def ntp_of(micros: Micros) -> int:
    """µs since 1970 as an NTP timestamp."""
    whole, rest = divmod(micros, 1_000_000)
    return (whole + NTP_UNIX_S) << 32 | (rest << 32) // 1_000_000


class Line:
    """Where one stream's timestamps are on its sender's clock. `rate` in Hz."""

    def __init__(self, rate: int) -> None:
        self._tick = Fraction(1_000_000, rate)
        self._last: int | None = None
        self._origins: deque[Fraction] = deque(maxlen=REPORTS)
        self._origin: Fraction | None = None
        self.reported = False

    def unwrap(self, timestamp: int) -> int:
        """An RTP timestamp without its wrapping around at 32 bits."""
        if self._last is None:
            self._last = timestamp
            return timestamp
        whole = self._last + ((timestamp - self._last + (1 << 31)) & 0xFFFFFFFF) - (1 << 31)
        self._last = max(self._last, whole)
        return whole

    def report(self, at: Micros, timestamp: int) -> None:
        """A sender report: the RTP timestamp is this moment of the sender's clock."""
        if not self.reported:
            self._origins.clear()
            self._origin = None
        self.reported = True
        self._put(at, self.unwrap(timestamp))

    def guess(self, at: Micros, ticks: int) -> None:
        """Without a report: a frame with these (unwrapped) ticks came at this moment."""
        if not self.reported:
            self._put(at, ticks)

    def at(self, ticks: int) -> Micros | None:
        """The moment of these (unwrapped) ticks on the sender's clock; None while nothing is known of it."""
        return None if self._origin is None else round(self._origin + ticks * self._tick)

    def _put(self, at: Micros, ticks: int) -> None:
        self._origins.append(at - ticks * self._tick)
        best = min(self._origins)
        if self._origin is None or abs(best - self._origin) > SLACK:
            self._origin = best


class Offset:
    """How far show time is ahead of a sender's clock: `value`. `least` is how far the quickest frame was behind that clock."""

    def __init__(self) -> None:
        self._least: deque[tuple[Micros, Micros]] = deque(maxlen=SPANS)
        self.value: Micros = 0
        self.least: Micros = 0

    def heard(self, sent: Micros, now: Micros) -> None:
        """What was captured at `sent` by the sender's clock is here at show time `now`."""
        if not self._least or now - self._least[-1][0] >= SPAN:
            self._least.append((now, now - sent))
        elif now - sent < self._least[-1][1]:
            self._least[-1] = (self._least[-1][0], now - sent)
        else:
            return
        self.least = min(gap for _, gap in self._least)
        right = 0 if -OFF <= self.least <= BELIEVED else self.least
        if abs(right - self.value) > OFF:
            self.value = right
