"""What a connection to NATS promises to those who wait on it."""

import asyncio

from oncue.engine.live import Bus


async def test_a_watch_ends_when_it_is_cancelled_after_the_connection_has_gone(nats_url):
    bus = await Bus.connect(nats_url)
    seen = asyncio.Event()
    watching = asyncio.create_task(bus.watch("things", lambda *_: seen.set()))
    await (await bus.shelf("things")).put("one", b"1")
    await seen.wait()
    await bus.client.close()
    watching.cancel()
    await asyncio.wait([watching], timeout=5)
    assert watching.cancelled()
