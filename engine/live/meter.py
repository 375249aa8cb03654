"""How long authors' code takes: what the thread has used, and what the handlers and views of each show have cost."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import msgspec

from oncue.engine.wire import Cost

_STARVED = 7 / 8
"""Where the kernel does not say how long a thread has waited for a processor: so much of the time in which it had none."""


class Stopwatch:
    """What a thread has used of the time since the last lap, in seconds: on a processor or blocked, but neither while it waited for a
    processor nor while the machine stood still, which is no fault of the code that it runs. Linux says so in `schedstat`."""

    def __init__(self, most: float) -> None:
        self._most = most
        self._file = -1
        with suppress(OSError):
            self._file = os.open("/proc/thread-self/schedstat", os.O_RDONLY | os.O_CLOEXEC)
        self._last = (0.0, 0.0, 0.0)

    def lap(self) -> float:
        """Seconds used since the last call, at most `most`: time that nobody has looked at may have passed in a sleep of the machine."""
        now = (time.perf_counter(), time.thread_time(), self._waited())
        wall, busy, waited = (new - old for new, old in zip(now, self._last, strict=True))
        self._last = now
        if self._file < 0:
            waited = (wall - busy) * _STARVED
        return max(min(busy, 2 * self._most), min(wall, self._most) - waited, 0.0)

    def _waited(self) -> float:
        return int(os.pread(self._file, 100, 0).split()[1]) / 1e9 if self._file >= 0 else 0.0


class Tally(msgspec.Struct):
    """Of one action or view: how often it was measured, ns in all, the most, and how often it was over the budget."""

    count: int = 0
    total: int = 0
    most: int = 0
    over: int = 0

    def add(self, took: int, budget: int) -> None:
        """One took so many ns."""
        self.count += 1
        self.total += took
        if took > self.most:
            self.most = took
        if took > budget:
            self.over += 1


class Costs:
    """What the handlers and views of one show have cost, by segment and name."""

    def __init__(self) -> None:
        self.tallies: dict[tuple[str, str], Tally] = {}

    def add(self, segment: str, name: str, took: int, budget: int) -> None:
        """One took so many ns; the budget is in µs."""
        self._tally(segment, name).add(took, budget * 1000)

    def _tally(self, segment: str, name: str) -> Tally:
        tally = self.tallies.get((segment, name))
        if tally is None:
            tally = self.tallies[segment, name] = Tally()
        return tally

    def timed(self, segment: str, name: str, handler: Callable[..., Any], budget: int) -> Callable[..., None]:
        """The handler, measured."""
        clock, add, most = time.perf_counter_ns, self._tally(segment, name).add, budget * 1000

        def measured(state: Any, action: Any, cue: Any) -> None:
            begun = clock()
            try:
                handler(state, action, cue)
            finally:
                add(clock() - begun, most)

        return measured

    def report(self, most: int = 40) -> tuple[Cost, ...]:
        """The costliest, those over the budget first."""
        rows = [
            Cost(segment, name, one.count, one.total // one.count // 1000, one.most // 1000, one.over)
            for (segment, name), one in self.tallies.items()
            if one.count
        ]
        return tuple(sorted(rows, key=lambda row: (-row.over, -row.most))[:most])
