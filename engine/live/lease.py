"""Who owns a show: one runner at a time, by a lease that it must renew.

A lease that runs out takes `LEASE_S`. Who has the name of the one that had it (`node`: the process before on the same machine, which its
supervisor has seen die) need not wait for that.
"""

from __future__ import annotations

import asyncio

import nats.js.errors
from nats.js.kv import KeyValue

from oncue.engine.live.bus import LEASE_S, Bus, Gone


class Lease:
    """The lease on one show. `epoch` rises with each owner."""

    def __init__(self, bus: Bus, show: str, node: str) -> None:
        self._bus = bus
        self._show = show
        self._node = node.encode()
        self._revision = 0
        self._renewed = 0.0
        self.epoch = 0

    async def take(self) -> bool:
        """Try to become the owner."""
        shelf = await self._bus.shelf("leases", ttl=LEASE_S)
        try:
            self.epoch = self._revision = await shelf.create(self._show, self._node)
        except nats.js.errors.KeyWrongLastSequenceError:
            if not await self._inherit(shelf):
                return False
        except nats.js.errors.Error:
            return False
        self._renewed = asyncio.get_running_loop().time()
        return True

    async def _inherit(self, shelf: KeyValue) -> bool:
        """Take what one of our own name has left."""
        try:
            left = await shelf.get(self._show)
            if left.value != self._node or left.revision is None:
                return False
            self.epoch = self._revision = await shelf.update(self._show, self._node, last=left.revision)
        except (nats.js.errors.KeyWrongLastSequenceError, nats.js.errors.Error):
            return False
        return True

    @property
    def held(self) -> bool:
        """Whether it can still be ours: an owner stops by itself before another may begin."""
        return bool(self.epoch) and asyncio.get_running_loop().time() - self._renewed < LEASE_S

    async def renew(self) -> bool:
        """Keep it; False when another has it. While NATS is away it is kept as long as nobody else could have taken it."""
        began = asyncio.get_running_loop().time()
        try:
            shelf = await self._bus.shelf("leases", ttl=LEASE_S)
            self._revision = await shelf.update(self._show, self._node, last=self._revision)
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
            await shelf.delete(self._show, last=self._revision)
        except Gone:
            pass
        self.epoch = 0
