"""Calls that come to the time, to some 0.1 ms: an event loop's own timers count whole milliseconds."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import heapq
import os
import struct
from collections.abc import Callable
from time import monotonic
from typing import Any

CLOCK_MONOTONIC = 1
TFD_TIMER_ABSTIME = 1
TFD_FLAGS = os.O_NONBLOCK | os.O_CLOEXEC


class Alarm:
    """Calls functions at times of `time.monotonic`, those of the same time in the order in which they were given.

    By one timerfd (timerfd_create(2)) for all of them; where the C library has none, by the loop's timers.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._due: list[tuple[float, int, Callable[..., None], tuple[Any, ...]]] = []
        self._count = 0
        self._set_for = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._fd = -1
        if hasattr(self._libc, "timerfd_create"):
            self._fd = self._libc.timerfd_create(CLOCK_MONOTONIC, TFD_FLAGS)
            self._loop.add_reader(self._fd, self._ring)

    def at(self, when: float, call: Callable[..., None], *words: Any) -> None:
        """Call it at `when`, or as soon as it can be when that is over."""
        self._count += 1
        heapq.heappush(self._due, (when, self._count, call, words))
        if self._due[0][0] != self._set_for:
            self._set()

    def _set(self) -> None:
        self._set_for = when = self._due[0][0]
        if self._fd < 0:
            if self._timer:
                self._timer.cancel()
            self._timer = self._loop.call_later(max(when - monotonic(), 0), self._ring)
            return
        nanos = max(int(when * 1e9), 1)
        # An itimerspec: no interval, then the time; a time that is over rings at once.
        spec = struct.pack("@4l", 0, 0, nanos // 1_000_000_000, nanos % 1_000_000_000)
        self._libc.timerfd_settime(self._fd, TFD_TIMER_ABSTIME, spec, None)

    def _ring(self) -> None:
        if self._fd >= 0:
            with contextlib.suppress(BlockingIOError):
                os.read(self._fd, 8)
        due, now = self._due, monotonic()
        try:
            while due and due[0][0] <= now:
                _, _, call, words = heapq.heappop(due)
                call(*words)
        finally:
            self._set_for = 0.0
            if due:
                self._set()
