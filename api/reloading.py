"""With `--reload`, formats that are being written are loaded anew when their files change."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import structlog

from oncue.engine.errors import FormatError
from oncue.engine.live import end
from oncue.formats import registry

from .settings import Settings

log = structlog.get_logger()

LOOK_S = 0.3
"""How often is looked at the files."""

Troubles = dict[str, FormatError]


@asynccontextmanager
async def reloading(
    settings: Settings, told: Callable[[Troubles], None] = lambda troubles: None
) -> AsyncIterator[None]:
    """Look for changes while the block lasts, if that is set; `told` hears which formats are in trouble."""
    if not settings.reload:
        yield
        return
    looking = asyncio.create_task(_look(told))
    try:
        yield
    finally:
        await end(looking)


async def _look(told: Callable[[Troubles], None]) -> None:
    troubles: Troubles = {}
    while True:
        before, troubles = troubles, registry.look()
        for name, error in troubles.items():
            if before.get(name) is not error:
                log.error("a format is broken, the one before stays", format=name, why=error.message)
        for name in before.keys() - troubles.keys():
            log.info("a format is mended", format=name)
        told(troubles)
        await asyncio.sleep(LOOK_S)
