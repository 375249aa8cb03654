"""What only one may do at a time, on one NATS."""

import asyncio
import math
import os
import signal
from collections.abc import Awaitable, Callable

import pytest
from small_show import until

from oncue.engine.live import Bus, Lease, NatsServer, end, in_turn
from oncue.engine.live import lease as lease_module

Connect = Callable[[], Awaitable[Bus]]


class Worker:
    """Somebody who would do it; `doing` while it does, and how often it has `begun`."""

    def __init__(self, bus: Bus, name: str) -> None:
        self.doing = False
        self.begun = self.waited = 0
        self.task = asyncio.create_task(in_turn(Lease(bus, "studio", name), self._work, self._wait))

    async def _work(self) -> None:
        self.doing, self.begun = True, self.begun + 1
        try:
            await asyncio.Event().wait()
        finally:
            self.doing = False

    def _wait(self) -> None:
        self.waited += 1


async def test_one_works_and_the_next_begins_when_it_ends(connect: Connect) -> None:
    first = Worker(await connect(), "first")
    await until(lambda: first.doing)
    second = Worker(await connect(), "second")
    await until(lambda: second.waited > 0)
    assert not second.doing
    await end(first.task)
    await until(lambda: second.doing)
    assert not first.doing
    await end(second.task)


async def test_a_nats_that_is_away_for_longer_than_the_lease_stops_nobody(
    connect: Connect, server: NatsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Lease, "held", property(lambda _: False))  # any outage is longer
    monkeypatch.setattr(lease_module, "RENEW_S", 0.05)
    bus = await connect()
    worker = Worker(bus, "only")
    await until(lambda: worker.doing)
    back = asyncio.Event()
    bus.when_back(back.set)
    os.kill(server.pid, signal.SIGKILL)
    await back.wait()
    lease = Lease(bus, "studio", "other")
    for _ in range(5):
        await asyncio.sleep(0.05)
        assert worker.doing
    assert not await lease.take()
    assert worker.begun == 1
    await end(worker.task)


async def test_who_was_away_stops_once_another_has_begun(connect: Connect) -> None:
    bus = await connect()
    first = Worker(bus, "first")
    await until(lambda: first.doing)
    await (await bus.shelf("leases")).delete("studio")
    other = Lease(bus, "studio", "other")
    assert await other.take()
    await until(lambda: not first.doing)
    assert first.task.done() is False
    await end(first.task)


async def test_the_next_process_of_the_same_name_need_not_wait(connect: Connect) -> None:
    bus = await connect()
    left = Lease(bus, "studio", "node")
    assert await left.take()
    assert not await Lease(bus, "studio", "stranger").take()
    heir = Lease(bus, "studio", "node")
    assert await heir.take()
    assert heir.epoch > left.epoch
    assert not await left.renew()


async def test_what_the_work_raises_comes_out(connect: Connect) -> None:
    async def breaks() -> None:
        raise LookupError

    with pytest.raises(LookupError):
        await in_turn(Lease(await connect(), "studio", "node"), breaks, lambda: None)


async def test_a_lease_whose_renewal_took_too_long_is_renewed_again(
    connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    lease = Lease(await connect(), "studio", "node")
    assert await lease.take()
    renew, slow = Lease._renew, [True, True]

    async def renewed(self: Lease) -> bool:
        done = await renew(self)
        if slow and slow.pop():
            self._renewed = -math.inf
        return done

    monkeypatch.setattr(Lease, "_renew", renewed)
    lease._renewed = -math.inf
    assert await lease.kept()
    assert (lease.held, slow) == (True, [])


async def test_a_lease_that_has_run_out_and_that_another_has_taken_is_not_kept(connect: Connect) -> None:
    bus = await connect()
    lease = Lease(bus, "studio", "node")
    assert await lease.take()
    await (await bus.shelf("leases")).delete("studio")
    assert await Lease(bus, "studio", "other").take()
    assert await lease.kept()
    lease._renewed = -math.inf
    assert not await lease.kept()
    assert not lease.epoch
