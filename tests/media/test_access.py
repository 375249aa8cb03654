"""What people try who may not: each time another viewer still gets the frames of a guest on air."""

from __future__ import annotations

import asyncio
import itertools
import os
from collections.abc import AsyncIterator
from contextlib import suppress

import moq
import psutil
import pytest
from guests import OPUS_HEAD, ROOM, SHOW, Camera, Screen, green, live, now, rolling
from patience import PATIENCE_S

import oncue.media.relay
import oncue.media.stage
from oncue.media import FeedLimits, Presence


async def closing_code(client: moq.Client) -> int:
    with pytest.raises(moq.Error) as caught:
        async with asyncio.timeout(PATIENCE_S):
            await client.session.closed()
    return moq.protocol_error(caught.value).code


@pytest.fixture
def soon(monkeypatch) -> None:
    """Nobody's patience is long."""
    monkeypatch.setattr(oncue.media.stage, "GRACE_S", 0.3)


@pytest.fixture
async def on_air(stage, watch) -> AsyncIterator:
    """A guest is live and somebody watches. What the test does must neither disturb them nor take much memory."""
    screen = await watch("ann")
    before = psutil.Process().memory_info().rss
    async with rolling(stage.camera(await stage.guest(7), 7)):
        stage.order(live(7))
        await screen.frames(5)
        yield screen
        begun = now()
        await screen.frames(10, since=begun)
    assert not screen.over.is_set()
    numbers = [int(payload.split()[1]) for name, _, _, payload in screen.got if name == "audio"]
    # Where the machine stands still for a second, what is late is left out.
    assert numbers == sorted(set(numbers))
    assert len(numbers) > 0.9 * (numbers[-1] - numbers[0])
    assert psutil.Process().memory_info().rss - before < 100 << 20


@pytest.mark.parametrize(
    "path",
    [
        f"show/{SHOW}/own/7",
        f"show/{SHOW}/stage/s1",
        f"show/{SHOW}/stage/programme",
        f"show/{SHOW}/scene",
        f"{ROOM}/guest",
        f"show/{SHOW}/own/8/more",
        "show/show2/own/8",
        "",
    ],
)
async def test_nobody_may_announce_another_path_than_their_own(stage, on_air, path):
    stage.order(live(7), green(8, room=f"show/{SHOW}/room/other"))
    eve = await stage.guest(8)
    with suppress(moq.Error):
        stage.house.kept.append(Camera(eve, path))
    assert await closing_code(eve) == 403
    assert stage.house.relay.counts.intruding == 1


async def test_nobody_may_announce_two_broadcasts(stage, on_air):
    stage.order(live(7), green(8))
    eve = await stage.guest(8)
    stage.camera(eve, 8).shoot()
    await stage.hears(8, Presence(True, True, True))
    stage.house.kept.append(Camera(eve, f"show/{SHOW}/own/8/second"))
    assert await closing_code(eve) == 403


async def test_who_is_not_seated_may_not_announce_even_their_own_path(stage, on_air, soon):
    eve = await stage.guest(8)
    async with rolling(stage.camera(eve, 8)):
        assert await closing_code(eve) == 403


async def test_who_announces_a_moment_before_the_orders_come_is_waited_for(stage, on_air):
    guest = await stage.guest(8)
    async with rolling(stage.camera(guest, 8)):
        stage.order(live(7), green(8))
        await stage.hears(8, Presence(True, True, True))
        assert stage.house.relay.counts.intruding == 0


async def test_who_publishes_on_after_leaving_is_cut(stage, on_air, soon):
    guest = await stage.guest(8)
    async with rolling(stage.camera(guest, 8)):
        stage.order(live(7), green(8))
        await stage.hears(8, Presence(True, True, True))
        stage.order(live(7))
        assert await closing_code(guest) == 403


async def test_a_show_without_a_stage_takes_no_announcement(studio):
    house = await studio()
    house.relay.broadcast(SHOW, "scene")
    eve = await house.visit("eve")
    house.kept.append(Camera(eve, f"show/{SHOW}/own/100"))
    assert await closing_code(eve) == 403


@pytest.mark.parametrize("size", [40_000, 100])
async def test_who_floods_is_cut(stage, on_air, size):
    stage.limit(FeedLimits(frames=100, bytes=1_000_000, burst=1))
    stage.order(live(7), live(8, "s2"))
    eve = await stage.guest(8)
    camera = stage.camera(eve, 8, video=False)
    camera.shoot()
    await stage.hears(8, Presence(True, False, True))
    ended = asyncio.create_task(closing_code(eve))
    while not ended.done():
        with suppress(moq.Error):
            for _ in range(5):
                camera.audio.write_frame(os.urandom(size), now())
                camera.audio.cut()
        await asyncio.sleep(0.005)
    assert ended.result() == 429


async def test_who_sends_an_oversized_frame_is_cut(stage, on_air):
    stage.order(live(7), live(8, "s2"))
    eve = await stage.guest(8)
    camera = stage.camera(eve, 8, video=False)
    camera.shoot()
    await stage.hears(8, Presence(True, False, True))
    camera.audio.write_frame(bytes(2 << 20), now())
    assert await closing_code(eve) == 429


@pytest.mark.parametrize(("count", "code"), [(20, 429), (100, 400)])
async def test_who_offers_too_many_tracks_is_cut(stage, on_air, count, code):
    stage.order(live(7), live(8, "s2"))
    eve = await stage.guest(8)
    camera = stage.camera(eve, 8, video=False)
    for number in range(count):
        stage.house.kept.append(
            camera.broadcast.publish_audio(moq.AudioFormat.OPUS, OPUS_HEAD, track=f"audio{number}")
        )
    assert await closing_code(eve) == code


async def test_thousands_of_announcements_reach_nobody(stage, on_air, watch):
    stage.order(live(7), green(8))
    eve, heard = await stage.guest(8), set()
    async with (await stage.house.visit("bob")).announced("", hidden=True) as announced:
        listening = asyncio.create_task(_gather(announced, heard))
        for number in range(5000):
            with suppress(moq.Error):
                broadcast = eve.create_broadcast(f"show/{SHOW}/own/8/{number}")
                broadcast.announce()
                stage.house.kept.append(broadcast)
        assert await closing_code(eve) == 403
        listening.cancel()
    assert heard <= {f"show/{SHOW}/stage/s1", f"show/{SHOW}/room"}


async def test_who_announces_and_takes_back_without_end_is_cut(stage, on_air):
    stage.order(live(7), green(8))
    eve = await stage.guest(8)
    ended = asyncio.create_task(closing_code(eve))
    while not ended.done():
        with suppress(moq.Error):
            broadcast = eve.create_broadcast(f"show/{SHOW}/own/8")
            broadcast.announce()
            await asyncio.sleep(0.002)
            broadcast.close()
        await asyncio.sleep(0.002)
    assert ended.result() == 403


async def test_a_thousand_subscriptions_of_one_viewer_disturb_nobody(stage, on_air):
    eve = await stage.house.visit("eve")
    broadcast = await eve.announced_broadcast(f"show/{SHOW}/stage/s1").available()
    begun = now()
    asking = [broadcast.subscribe_track("audio" if n % 2 else f"no{n}") for n in range(1000)]
    held = await asyncio.gather(*asking, return_exceptions=True)
    assert {type(one) for one in held} <= {moq.TrackConsumer, moq.Error.Protocol, moq.Error.NotFound}
    await on_air.frames(20, since=begun)


async def test_a_green_room_is_found_by_nobody_who_does_not_know_its_path(stage, on_air, watch, soon):
    async with rolling(stage.camera(await stage.guest(8), 8)):
        stage.order(live(7), green(8, room=f"show/{SHOW}/room/other"))
        await (await watch("producer", path=f"show/{SHOW}/room/other/guest")).frames(3)
        eve = await stage.house.visit("eve")
        for prefix in ("", f"show/{SHOW}/room", f"show/{SHOW}/room/", f"show/{SHOW}/room/other", "."):
            assert await announced(stage, eve, prefix) <= {
                f"show/{SHOW}/{name}" for name in ("stage/s1", "room", "more")
            }
        for path in (
            "",
            "/othe",
            "/other",
            "/other/",
            "/other/desk/7",
            "/OTHER/guest",
            "/other/guest/x",
            "/*/guest",
        ):
            with pytest.raises(moq.Error):
                async with asyncio.timeout(PATIENCE_S):
                    await (await eve.request_broadcast(f"show/{SHOW}/room{path}")).catalog()


async def announced(stage, client: moq.Client, prefix: str) -> set[str]:
    """All that a client hears of below a prefix, until something comes that is announced last."""
    more = stage.house.relay.broadcast(SHOW, "more")
    heard: set[str] = set()
    async with client.announced(prefix, hidden=True) as seen, client.announced("", hidden=True) as all_seen:
        listening = asyncio.create_task(_gather(seen, heard))
        more.announce()
        async for update in all_seen:
            if update.prefix == f"show/{SHOW}/more" and update.active:
                break
        listening.cancel()
        with suppress(asyncio.CancelledError):
            await listening
    more.close()
    return heard


async def _gather(seen, heard: set[str]) -> None:
    async for update in seen:
        heard.add(update.prefix)


async def test_a_green_room_that_was_asked_for_too_early_is_there_later(stage, on_air, watch, soon):
    path = f"show/{SHOW}/room/other/guest"
    producer = await stage.house.visit("producer")
    with pytest.raises(moq.Error):
        await (await producer.announced_broadcast(path).available()).catalog()
    async with rolling(stage.camera(await stage.guest(8), 8)):
        stage.order(live(7), green(8, room=f"show/{SHOW}/room/other"))
        await (await watch("producer", path=path)).frames(3)


async def test_asking_for_green_rooms_without_end_keeps_nobody_out(stage, on_air, watch, monkeypatch):
    monkeypatch.setattr(oncue.media.stage, "ASKING", 10)
    eve = await stage.house.visit("eve")
    asking = [
        asyncio.create_task(eve.request_broadcast(f"show/{SHOW}/room/{number}/guest"))
        for number in range(500)
    ]
    await (await watch("producer", path=f"{ROOM}/guest")).frames(3)
    for ask in asking:
        ask.cancel()
    await asyncio.gather(*asking, return_exceptions=True)


async def test_who_sends_without_end_what_nobody_asked_for_is_cut(studio, monkeypatch):
    monkeypatch.setattr(oncue.media.relay, "LOOK_S", 0.05)
    monkeypatch.setattr(oncue.media.relay, "ROUNDS", 1)
    house = await studio(upload=50_000)
    broadcast = house.relay.broadcast(SHOW, "stage/s1")
    house.kept.append(broadcast.publish_audio(moq.AudioFormat.OPUS, OPUS_HEAD))
    broadcast.announce()
    screen, eve = Screen(await house.visit("ann"), f"show/{SHOW}/stage/s1"), await house.visit("eve")
    found = await eve.announced_broadcast(f"show/{SHOW}/stage/s1").available()
    ended = asyncio.create_task(closing_code(eve))
    for number in itertools.count():
        if ended.done():
            break
        asking = [found.subscribe_track(f"no{number}/{n}") for n in range(50)]
        await asyncio.gather(*asking, return_exceptions=True)
    assert ended.result() == 429
    assert house.relay.counts.intruding == 1
    await screen.until(lambda _: screen.catalogs)
    assert not screen.over.is_set()
    await screen.off()
