"""Who sends webhooks: one API process at a time, by a lease, so that nobody folds or carries links any slower for it elsewhere."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable

import structlog

from oncue.engine.errors import OncueError
from oncue.engine.live import Bus, end
from oncue.engine.live.bus import Gone
from oncue.engine.live.hooks import Hooks
from oncue.engine.live.lease import Lease
from oncue.engine.structs import Micros, seconds

from .door import Door
from .feed import feed
from .sending import Sender

log = structlog.get_logger()

WAKE = "webhooks.wake"
"""Where processes tell the one that sends of what is due now."""
LEASE = "webhooks"
LOOK_S, RENEW_S = 1.0, 0.5
SWEEP_S = 3600
SENT_DAYS, DEAD_DAYS = 7, 30
"""How long deliveries are kept after they have ended."""


class Office:
    """Feeds and sends while it has the lease."""

    def __init__(
        self,
        bus: Bus,
        hooks: Hooks,
        door: Door,
        *,
        now: Callable[[], Micros],
        node: str,
        sender: Sender | None = None,
    ) -> None:
        self._bus = bus
        self._hooks = hooks
        self._door = door
        self._now = now
        self._node = node
        self._sender = sender or Sender(hooks, door, now=now)

    async def run(self) -> None:
        """Until cancelled."""
        heard = await self._bus.subscribe(WAKE, lambda _subject, _data: self._sender.wake())
        try:
            while True:
                lease = Lease(self._bus, LEASE, self._node)
                with contextlib.suppress(*Gone):
                    if await lease.take():
                        await self._work(lease)
                await asyncio.sleep(LOOK_S)
        finally:
            with contextlib.suppress(*Gone):
                await heard.unsubscribe()
            await self._door.close()

    async def _work(self, lease: Lease) -> None:
        log.debug("sends webhooks", node=self._node)
        work = [
            asyncio.create_task(feed(self._bus, self._hooks, now=self._now, queued=self._sender.wake)),
            asyncio.create_task(self._sender.run()),
            asyncio.create_task(self._sweep()),
        ]
        try:
            while await lease.renew():
                over, _ = await asyncio.wait(work, timeout=RENEW_S, return_when=asyncio.FIRST_COMPLETED)
                for task in over:
                    task.result()
        except Exception:
            log.exception("webhooks failed", node=self._node)
        finally:
            await end(*work)
            await lease.give_up()

    async def _sweep(self) -> None:
        day = seconds(24 * 3600)
        while True:
            await asyncio.sleep(SWEEP_S)
            with contextlib.suppress(OncueError):
                await self._hooks.forget(self._now() - SENT_DAYS * day, self._now() - DEAD_DAYS * day)
