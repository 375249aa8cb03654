"""A whole rehearsal: played, and judged."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from .evening import PHASES, Evening, Options
from .ground import Ground
from .judge import verdict
from .report import Rehearsed

Watch = Callable[[Evening], None]


async def rehearse(ground: Ground, options: Options, watch: Watch | None = None) -> Rehearsed:
    """Rehearse on this node. `watch` is given the evening before it begins. Raises what the node answers when the show cannot be made."""
    evening = Evening(ground, options)
    if watch:
        watch(evening)
    try:
        went = await evening.run()
        evening.phase = PHASES[-1]
        return await asyncio.to_thread(verdict, went, ground, evening.spool)
    finally:
        evening.spool.close()
