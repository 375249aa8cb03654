"""Reading a log when messages come faster than they are taken."""

from typing import Any

import pytest
from small_show import SHOW, House

from oncue.engine.live import Reader, subject
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
