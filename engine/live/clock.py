"""Show time on this node."""

from __future__ import annotations

import time


class ShowClock:
    """µs since the Unix epoch, never going back.

    The wall clock is read once; from then on the monotonic clock counts, so a step of the wall clock does not move a running show.
    """

    def __init__(self) -> None:
        self._base = time.time_ns() - time.monotonic_ns()

    def now(self) -> int:
        """Show time in µs."""
        return (self._base + time.monotonic_ns()) // 1000
