"""From links into the log."""

import asyncio
import os
import signal

import pytest
from small_show import SHOW, House, Tap

from oncue.engine.errors import TooMany
from oncue.engine.house import Join
from oncue.engine.live import NatsServer, intake, read_log, reader, subject
from oncue.engine.live.messages import read_news
from oncue.engine.log import decode_batch, encode_batch
from oncue.engine.structs import seconds


async def test_what_waits_while_a_batch_is_on_its_way_goes_together(house: House) -> None:
    await asyncio.gather(*(house.act(viewer, Tap()) for viewer in range(1, 501)))
    batches = [decode_batch(data) async for _, data in read_log(house.bus, SHOW)]
    assert len(batches) < 10
    assert [batch.number for batch in batches] == list(range(1, len(batches) + 1))


async def test_receipts_come_in_the_order_of_the_actions(house: House) -> None:
    told: list[int] = []
    for i in range(2000):
        house.intake.put(SHOW, "s1", house.entry(1, Tap()), lambda _, i=i: told.append(i))
    await house.intake.drain()
    assert told == list(range(2000))


async def test_entries_for_several_segments_share_a_batch_in_order(house: House) -> None:
    await asyncio.gather(
        house.act(1, Join("one"), ""), house.act(1, Tap()), house.act(1, Tap()), house.act(2, Join("two"), "")
    )
    batches = [decode_batch(data) async for _, data in read_log(house.bus, SHOW)]
    assert [part.segment for batch in batches for part in batch.parts] == ["", "s1", ""]


async def test_a_batch_never_outgrows_a_message(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(house.bus.client, "_max_payload", 4096)
    await asyncio.gather(*(house.act(viewer, Join("x" * 60), "") for viewer in range(1, 301)))
    sizes = [len(data) async for _, data in read_log(house.bus, SHOW)]
    assert len(sizes) > 5
    assert max(sizes) <= 4096


async def test_a_batch_published_twice_stands_once_in_the_log(house: House) -> None:
    await house.act(1, Tap())
    [(seq, data)] = [message async for message in read_log(house.bus, SHOW)]
    again = await house.bus.append(
        subject(SHOW, "log"), encode_batch(decode_batch(data)), decode_batch(data).message_id
    )
    assert again == seq
    assert [seq async for seq, _ in read_log(house.bus, SHOW)] == [seq]


async def test_too_many_at_once_are_told_to_come_again(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake, "QUEUE", 11)
    for _ in range(11):
        house.intake.put(SHOW, "s1", house.entry(1, Tap()), lambda _: None)
    with pytest.raises(TooMany) as refused:
        house.intake.put(SHOW, "s1", house.entry(1, Tap()), lambda _: None)
    assert refused.value.code == "intake/full"


async def test_no_receipt_is_lost_or_doubled_while_nats_is_killed(house: House, server: NatsServer) -> None:
    async def viewer(number: int) -> list[int]:
        return [await house.act(number, Tap()) for _ in range(20)]

    writing = asyncio.gather(*(viewer(number) for number in range(1, 21)))
    await house.act(99, Tap())
    os.kill(server.pid, signal.SIGKILL)
    receipts = [seq for seqs in await writing for seq in seqs]
    assert len(receipts) == 400
    logged = {seq: data async for seq, data in read_log(house.bus, SHOW)}
    assert set(receipts) <= logged.keys()
    ids = [decode_batch(data).message_id for data in logged.values()]
    assert len(ids) == len(set(ids))


async def test_an_audience_waits_for_an_owner_that_cannot_keep_up_and_a_host_does_not(house: House) -> None:
    house.intake.behind(SHOW, seconds(600))
    await house.act(1, Tap())
    tapping = asyncio.create_task(house.act(1, Tap()))
    await house.host(Join("host"), "")
    assert not tapping.done()
    tapping.cancel()


async def test_an_owner_that_says_nothing_any_more_holds_nobody_up(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "SAID_S", 0.0)
    monkeypatch.setattr(intake, "BEHIND_MOST_S", 3600.0)
    house.intake.behind(SHOW, seconds(600))
    for _ in range(3):
        await house.act(1, Tap())


async def test_an_owner_that_has_much_to_fold_says_how_far_behind_it_is(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader, "MOST", 0)
    lags: list[int] = []
    await house.bus.subscribe(subject(SHOW, "news"), lambda _, data: lags.append(read_news(data).lag))
    await house.open(1)
    await house.run()
    while not any(lags):
        await asyncio.gather(*(house.act(1, Tap()) for _ in range(100)))
