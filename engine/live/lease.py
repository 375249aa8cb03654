"""Who owns a show, or the studio: one at a time, by a lease that it must renew.

A lease that runs out takes `LEASE_S`. Who has the name of the one that had it (`node`: the process before on the same machine, which its
supervisor has seen die) need not wait for that.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import nats.js.errors
import structlog
from nats.js.kv import KeyValue

from oncue.engine.live.bus import LEASE_S, Bus, Gone
from oncue.engine.live.tasks import end

log = structlog.get_logger()


RENEW_S = 0.5
"""How often a lease is renewed."""


class Lease:
    """The lease on one thing. `epoch` rises with each owner."""

    def __init__(self, bus: Bus, name: str, node: str) -> None:
        self.name = name
        self._bus = bus
        self._node = node.encode()
        self._revision = 0
        self._renewed = 0.0
        self._renewing = asyncio.Lock()
        self.epoch = 0

    async def take(self) -> bool:
        """Try to become the owner. Raises what `Gone` lists while NATS is away."""
        shelf = await self._bus.shelf("leases", ttl=LEASE_S)
        try:
            self.epoch = self._revision = await shelf.create(self.name, self._node)
        except nats.js.errors.KeyWrongLastSequenceError:
            if not await self._inherit(shelf):
                return False
        self._renewed = asyncio.get_running_loop().time()
        return True

    async def _inherit(self, shelf: KeyValue) -> bool:
        """Take what one of our own name has left."""
        try:
            left = await shelf.get(self.name)
            if left.value != self._node or left.revision is None:
                return False
            self.epoch = self._revision = await shelf.update(self.name, self._node, last=left.revision)
        except (nats.js.errors.KeyWrongLastSequenceError, nats.js.errors.KeyNotFoundError):
            return False
        return True

    @property
    def held(self) -> bool:
        """Whether it can still be ours: an owner stops by itself before another may begin."""
        return bool(self.epoch) and asyncio.get_running_loop().time() - self._renewed < LEASE_S

    async def kept(self) -> bool:
        """Whether it is held. One that has run out because this process had no time to renew it is renewed first."""
        while not self.held:
            if not await self.renew():
                return False
        return True

    async def renew(self) -> bool:
        """Keep it; False when another has it. While NATS is away it is kept as long as nobody else could have taken it. One that has run
        out by our clock, on a busy machine, is as good as before when nobody has taken it meanwhile."""
        async with self._renewing:
            return bool(self.epoch) and await self._renew()

    async def _renew(self) -> bool:
        began = asyncio.get_running_loop().time()
        try:
            shelf = await self._bus.shelf("leases", ttl=LEASE_S)
            self._revision = await shelf.update(self.name, self._node, last=self._revision)
        except nats.js.errors.KeyWrongLastSequenceError:
            self.epoch = 0
            return False
        except Gone:
            return self.held
        self._renewed = began
        return True

    async def give_up(self) -> None:
        """Let another have it at once."""
        try:
            shelf = await self._bus.shelf("leases", ttl=LEASE_S)
            await shelf.delete(self.name, last=self._revision)
        except Gone:
            pass
        self.epoch = 0


async def in_turn(
    lease: Lease, work: Callable[[], Coroutine[Any, Any, None]], waits: Callable[[], None]
) -> None:
    """Do this whenever nobody else on this NATS does; until then `waits` is called. Once begun it goes on until another is known to have
    the lease: not before, because a NATS that is away is no reason to stop. Until cancelled; raises what `work` raises."""
    while True:
        while not await _take(lease):
            waits()
            await asyncio.sleep(RENEW_S)
        working = asyncio.create_task(work())
        try:
            while not working.done():
                await asyncio.wait([working], timeout=RENEW_S)
                if not await lease.renew() and not await _take(lease, away=True):
                    log.warning("another has begun", lease=lease.name)
                    break
        finally:
            await end(working)
            await lease.give_up()
        if working.done() and not working.cancelled():
            working.result()


async def _take(lease: Lease, *, away: bool = False) -> bool:
    """`lease.take`; `away` while NATS is."""
    try:
        return await lease.take()
    except Gone:
        return away
