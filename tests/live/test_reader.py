"""Reading a log when messages come faster than they are taken."""

import asyncio
import os
import signal
from typing import Any

import pytest
from small_show import SHOW, House, until

from oncue.engine.live import NatsServer, Reader, read_log, subject
from oncue.engine.live import reader as reader_module


async def test_a_reader_that_is_too_slow_for_its_queue_misses_nothing_and_gets_nothing_twice(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The client drops what its queue cannot hold, and says so only to a callback: the gap in the numbers tells."""
    bus, dropped = house.bus, []
    subscribe = bus.client.subscribe

    async def narrow(inbox: str, **how: Any) -> Any:
        return await subscribe(inbox, pending_msgs_limit=8, **how)

    async def slow(error: Exception) -> None:
        dropped.append(error)

    monkeypatch.setattr(reader_module, "BEAT_S", 0.1)
    monkeypatch.setattr(bus.client, "subscribe", narrow)
    monkeypatch.setattr(bus.client, "_error_cb", slow)
    written = [await bus.append(subject(SHOW, "log"), b"%d" % i, f"m-{i}") for i in range(40)]
    reader = Reader(bus, SHOW)
    await reader.start()
    got: list[tuple[int, bytes]] = []
    while len(got) < len(written):
        await reader.wait(1.0)
        got += reader.take(1000)
    await reader.stop()
    assert got == [(seq, b"%d" % i) for i, seq in enumerate(written)]
    assert dropped


async def test_a_reader_that_was_poked_waits_again_the_next_time(house: House) -> None:
    reader = Reader(house.bus, SHOW)
    await reader.start()
    reader.poke()
    await reader.wait(60.0)
    waiting = asyncio.create_task(reader.wait(60.0))
    await house.bus.last(subject(SHOW, "log"))  # time enough to return at once
    assert not waiting.done()
    await house.bus.append(subject(SHOW, "log"), b"one", "m-1")
    await waiting
    assert [data for _, data in reader.take(10)] == [b"one"]
    await reader.stop()


async def test_a_reader_that_is_full_goes_on_when_it_is_read_and_when_nats_has_forgotten_what_it_owes(
    house: House, server: NatsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server's window is 32 MB: what it asks at the half of it is not answered, and then lost with the server."""
    monkeypatch.setattr(reader_module, "MOST", 1)
    bus, back = house.bus, asyncio.Event()
    written = [await bus.append(subject(SHOW, "log"), bytes(900_000), f"m-{i}") for i in range(60)]
    reader = Reader(bus, SHOW)
    await reader.start()
    await until(lambda: bool(reader._asked))
    bus.when_back(back.set)
    os.kill(server.pid, signal.SIGKILL)
    await back.wait()
    got: list[int] = []
    while len(got) < len(written):
        await reader.wait(1.0)
        got += [seq for seq, _ in reader.take(1000)]
    await reader.stop()
    assert got == written


async def test_a_reader_that_has_stopped_leaves_nothing_behind(house: House) -> None:
    before = len(house.bus._on_return)
    await house.bus.append(subject(SHOW, "log"), b"one", "m-1")
    for _ in range(3):
        assert [data async for _, data in read_log(house.bus, SHOW)] == [b"one"]
    assert len(house.bus._on_return) == before
