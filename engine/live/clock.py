"""Show time on this node."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

from oncue.engine.structs import Micros

awake_and_asleep = partial(time.clock_gettime_ns, getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))
"""Nanoseconds that never go back and go on while the machine sleeps, where the system has such a clock (Linux: CLOCK_BOOTTIME, see
clock_gettime(2); elsewhere CLOCK_MONOTONIC)."""


class ShowClock:
    """µs since the Unix epoch, never going back.

    The wall clock is read once; from then on `timer` (ns) counts, so a step of the wall clock does not move a running show. A machine that
    was suspended goes on with the right time. `ahead` sets it off, for tests.
    """

    def __init__(self, timer: Callable[[], int] = awake_and_asleep, *, ahead: Micros = 0) -> None:
        self._timer = timer
        self._base = time.time_ns() - timer() + ahead * 1000
        self._last = 0

    def now(self) -> Micros:
        """Show time in µs."""
        # A virtual machine that is moved may come back with an older timer.
        now = (self._base + self._timer()) // 1000
        if now < self._last:
            return self._last
        self._last = now
        return now
