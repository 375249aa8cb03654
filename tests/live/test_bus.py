"""What a connection to NATS promises to those who wait on it."""

import asyncio
import random

from patience import PATIENCE_S

from oncue.engine.live import Bus, read_log
from oncue.engine.live import bus as bus_module


async def test_a_watch_ends_when_it_is_cancelled_after_the_connection_has_gone(nats_url):
    bus = await Bus.connect(nats_url)
    seen = asyncio.Event()
    watching = asyncio.create_task(bus.watch("things", lambda *_: seen.set()))
    await (await bus.shelf("things")).put("one", b"1")
    await seen.wait()
    await bus.client.close()
    watching.cancel()
    await asyncio.wait([watching], timeout=PATIENCE_S)
    assert watching.cancelled()


async def test_a_snapshot_of_many_parts_comes_back_as_it_was_and_so_does_the_one_that_takes_its_place(
    nats_url,
):
    bus = await Bus.connect(nats_url)
    assert await bus.kept("large") is None
    for data in (random.Random(1).randbytes(10 * bus_module.CHUNK + 1), b"", b"small"):
        await bus.keep("large", data)
        assert await bus.kept("large") == data
    await bus.close()


async def test_a_snapshot_whose_parts_are_gone_is_none_that_can_be_read(nats_url, monkeypatch):
    monkeypatch.setattr(bus_module, "READ_S", 0.05)
    bus = await Bus.connect(nats_url)
    await bus.keep("torn", b"whole")
    await bus.js.purge_stream(f"OBJ_{bus_module.SNAPSHOTS}", subject=f"$O.{bus_module.SNAPSHOTS}.C.>")
    assert await bus.kept("torn") is None
    await bus.close()


async def test_a_long_log_is_read_to_its_end_by_who_says_how_much_has_come(nats_url):
    bus = await Bus.connect(nats_url)
    data = bytes(500_000)
    for i in range(40):
        await bus.append("show.long.log", data, f"long-{i}")
    async with asyncio.timeout(PATIENCE_S):
        assert [one async for _, one in read_log(bus, "long")] == [data] * 40
    await bus.close()
