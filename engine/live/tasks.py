"""Ending tasks."""

from __future__ import annotations

import asyncio
from typing import Any


async def end(*tasks: asyncio.Task[Any], again: float = 0.2) -> None:
    """Cancel tasks until they are over: `wait_for` of Python 3.11, and others, lose a cancellation that comes with a result.

    Who is not over after `again` seconds is cancelled once more: give more than the longest farewell takes, or it is cut short.
    """
    while going := [task for task in tasks if not task.done()]:
        for task in going:
            task.cancel()
        await asyncio.wait(going, timeout=again)
