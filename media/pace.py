"""Threads that keep time: encoding and reading files block, so they stay off the event loop."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import moq

from oncue.engine.errors import Unavailable

Now = Callable[[], int]
"""Show time in µs since the Unix epoch, never going back."""

LATE_US = 500_000
"""A source that is later than this leaves out what it missed."""


class Pace:
    """Waits for moments of show time, in a thread that can be stopped."""

    def __init__(self, now: Now) -> None:
        self.now = now
        self.stopped = False
        self._woken = threading.Event()

    def until(self, due: int, unless: Callable[[], bool] | None = None) -> bool:
        """Wait for show time `due` (µs). False if the work must end, or once `unless` holds when the thread is woken."""
        while not self.stopped:
            self._woken.clear()
            if unless is not None and unless():
                return False
            wait = due - self.now()
            if wait <= 0:
                return True
            if not self.stopped:  # since its event was cleared
                self._woken.wait(wait / 1e6)
        return False

    def wake(self) -> None:
        """Something has changed: whoever waits looks again. From any thread."""
        self._woken.set()

    def stop(self) -> None:
        self.stopped = True
        self._woken.set()


async def play(work: Callable[[Pace], None], now: Now, pace: Pace | None = None) -> None:
    """Run `work` in a thread of its own until it returns; when cancelled, tells it to end and waits for that.

    Raises what it raises, and Unavailable (`media/over`) when somebody else closed the broadcast.
    """
    pace = pace or Pace(now)
    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(1, "oncue-media") as thread:
        done = loop.run_in_executor(thread, work, pace)
        try:
            await asyncio.shield(done)
        except moq.Error as error:
            raise Unavailable(f"the broadcast is over: {error}", code="media/over") from error
        finally:
            pace.stop()
            await asyncio.gather(done, return_exceptions=True)
