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
        self._stopped = threading.Event()

    def until(self, due: int) -> bool:
        """Wait for show time `due` (µs). False if the work must end."""
        while not self._stopped.is_set():
            wait = due - self.now()
            if wait <= 0:
                return True
            self._stopped.wait(wait / 1e6)
        return False

    def stop(self) -> None:
        self._stopped.set()


async def play(work: Callable[[Pace], None], now: Now) -> None:
    """Run `work` in a thread of its own until it returns; when cancelled, tells it to end and waits for that.

    Raises what it raises, and Unavailable (`media/over`) when somebody else closed the broadcast.
    """
    pace = Pace(now)
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
