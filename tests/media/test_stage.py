"""Going on air and coming off it: by orders, over sessions that stay as they are."""

from __future__ import annotations

import asyncio

import moq
from guests import ROOM, SHOW, coded, green, live, now, rolling

from oncue.engine.orders import Left, Orders
from oncue.media import Presence


async def test_what_was_captured_before_going_live_is_never_on_air(stage, watch):
    screen = await watch("ann")
    async with rolling(stage.camera(await stage.guest(7), 7)):
        stage.order(green(7))
        await stage.hears(7, Presence(True, True, True))
        since = now() + 300_000
        stage.order(live(7, since=since))
        await screen.frames(20)
        packets = await screen.frames(20, "audio")
    assert min(stamp for _, _, stamp, _ in screen.got) >= since
    [(_, key, _, _), *_] = await screen.frames(1)
    assert key
    numbers = [int(payload.split()[1]) for _, _, _, payload in packets]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    assert numbers[0] > 0


async def test_off_air_what_was_captured_before_still_comes_and_nothing_of_after(stage, watch):
    screen = await watch("ann")
    async with rolling(stage.camera(await stage.guest(7), 7)):
        stage.order(live(7))
        await screen.frames(10)
        until = now() + 400_000
        stage.order(green(7), gone=(Left("s1", until),))
        await screen.ends()
    stamps = [stamp for _, _, stamp, _ in screen.got]
    assert until - 100_000 < max(stamps) < until


async def test_cut_nothing_more_comes_at_all(stage, watch):
    screen = await watch("ann")
    async with rolling(stage.camera(await stage.guest(7), 7)):
        stage.order(live(7))
        await screen.frames(10)
        stage.order(gone=(Left("s1", now() + 5_000_000, cut=True),))
        cut = now()
        await screen.ends()
    assert max(stamp for _, _, stamp, _ in screen.got) <= cut


async def test_a_seat_that_was_left_can_still_be_cut(stage, watch):
    screen = await watch("ann")
    async with rolling(stage.camera(await stage.guest(7), 7)):
        stage.order(live(7))
        await screen.frames(10)
        stage.order(gone=(Left("s1", now() + 60_000_000),))
        stage.order(gone=(Left("s1", now() + 60_000_000, cut=True),))
        cut = now()
        await screen.ends()
    assert max(stamp for _, _, stamp, _ in screen.got) <= cut


async def test_a_seat_whose_guest_sends_no_more_is_closed_all_the_same(stage, watch):
    screen = await watch("ann")
    async with rolling(stage.camera(await stage.guest(7), 7)):
        stage.order(live(7))
        await screen.frames(5)
    stage.order(gone=(Left("s1", now()),))
    await screen.ends()


async def test_who_goes_live_again_is_seen_from_then_on(stage, watch):
    screen = await watch("ann")
    async with rolling(stage.camera(await stage.guest(7), 7)):
        stage.order(live(7))
        await screen.frames(5)
        left = Left("s1", now())
        stage.order(green(7), gone=(left,))
        since = now()
        stage.order(live(7, "s2", since), gone=(left,))
        again = await watch("bob", "s2")
        await screen.ends()
        await again.frames(5)
    assert min(stamp for _, _, stamp, _ in again.got) >= since


async def test_who_is_muted_or_hidden_is_not_heard_or_seen_from_that_moment_on(stage, watch):
    screen = await watch("ann")
    async with rolling(stage.camera(await stage.guest(7), 7)):
        stage.order(live(7))
        await screen.frames(5, "audio")
        stage.order(live(7, microphone=False))
        muted = now()
        await screen.frames(10, since=muted)
        stage.order(live(7, camera=False))
        hidden = now()
        await screen.frames(10, "audio", since=hidden)
        await screen.until(lambda _: not screen.catalogs[-1].video)
        stage.order(live(7))
        shown = now()
        await screen.frames(5, since=shown)
    sound = [stamp for name, _, stamp, _ in screen.got if name == "audio"]
    picture = [stamp for name, _, stamp, _ in screen.got if name.startswith("video")]
    assert not [stamp for stamp in sound if muted <= stamp < hidden]
    assert not [stamp for stamp in picture if hidden <= stamp < shown]


async def test_a_camera_that_is_turned_off_leaves_the_catalog_and_comes_back(stage, watch):
    screen = await watch("ann")
    async with rolling(stage.camera(await stage.guest(7), 7)) as camera:
        stage.order(live(7))
        await screen.frames(5)
        camera.turn(video=False, audio=True)
        await screen.until(lambda _: not screen.catalogs[-1].video)
        await stage.hears(7, Presence(True, False, True))
        off = now()
        await screen.frames(5, "audio", since=off)
        stage.told.clear()
        camera.turn(video=True, audio=True)
        await stage.hears(7, Presence(True, True, True))
        await screen.frames(5, since=off)


async def test_a_reload_takes_over_the_seat_and_viewers_keep_it(stage, watch):
    screen = await watch("ann")
    old = stage.camera(await stage.guest(7), 7)
    async with rolling(old):
        stage.order(live(7))
        await screen.frames(5)
        new = stage.camera(await stage.guest(7), 7)
        new.numbers = iter(range(1000, 9999))
        async with rolling(new):
            await screen.until(lambda _: any(b" 10" in payload for _, _, _, payload in screen.got))
            taken = max(stamp for _, _, stamp, _ in screen.got)
            old.close()
            await screen.frames(10, since=taken)
    assert not screen.over.is_set()
    assert stage.told == [(7, Presence(True, True, True))]
    numbers = [int(payload.split()[1]) for name, _, _, payload in screen.got if name == "audio"]
    assert numbers == sorted(numbers)


async def test_of_two_tabs_the_first_goes_on_when_the_second_is_closed(stage, watch):
    screen = await watch("ann")
    first, second = await stage.guest(7), await stage.guest(7)
    async with rolling(stage.camera(first, 7)):
        stage.order(live(7))
        await screen.frames(5)
        other = stage.camera(second, 7)
        other.numbers = iter(range(100_000, 999_999))
        async with rolling(other):
            await screen.until(lambda _: any(b"sound 10000" in payload for _, _, _, payload in screen.got))
        other.close()
        await screen.frames(10, since=now())
    assert screen.got[-1][3].startswith((b"sound", b"\0"))


async def test_who_is_lost_is_told_to_be_away_and_to_be_back(stage, watch):
    screen = await watch("ann")
    camera = stage.camera(await stage.guest(7), 7)
    async with rolling(camera):
        stage.order(live(7))
        await stage.hears(7, Presence(True, True, True))
    camera.close()
    await stage.hears(7, Presence())
    stage.told.clear()
    async with rolling(stage.camera(await stage.guest(7), 7)):
        await stage.hears(7, Presence(True, True, True))
        await screen.frames(5, since=now())
    assert not screen.over.is_set()


async def test_a_new_owner_is_told_again_who_is_there(stage):
    async with rolling(stage.camera(await stage.guest(7), 7)):
        stage.order(live(7))
        await stage.hears(7, Presence(True, True, True))
        stage.told.clear()
        stage.stage.orders(Orders(2, 0, (live(7),)))
        await stage.hears(7, Presence(True, True, True))


async def test_older_orders_change_nothing(stage, watch):
    screen = await watch("ann")
    async with rolling(stage.camera(await stage.guest(7), 7)):
        stage.order(live(7))
        await screen.frames(5)
        stage.stage.orders(Orders(1, 0))
        stage.stage.orders(Orders(0, 99))
        await screen.frames(10, since=now())


async def test_two_guests_are_on_air_side_by_side_and_one_who_leaves_disturbs_nobody(stage, watch):
    one, two = await watch("ann"), await watch("bob", "s2")
    first, second = stage.camera(await stage.guest(7), 7), stage.camera(await stage.guest(8), 8)
    async with rolling(first), rolling(second):
        stage.order(live(7), live(8, "s2"))
        await one.frames(5)
        await two.frames(5)
        stage.order(live(8, "s2"), gone=(Left("s1", now()),))
        await one.ends()
        await two.frames(10, since=now())


async def test_a_kicked_guest_is_off_at_once_though_no_orders_come(stage, watch):
    screen = await watch("ann")
    async with rolling(stage.camera(await stage.guest(7), 7)):
        stage.order(live(7))
        await screen.frames(5)
        stage.house.relay.drop(SHOW, 7)
        dropped = now()
        await stage.hears(7, Presence())
    assert max(stamp for _, _, stamp, _ in screen.got) <= dropped


async def test_renditions_stay_renditions(stage, watch):
    screen = await watch("ann")
    camera = stage.camera(await stage.guest(7), 7)
    hint = moq.VideoHint(coded=moq.Dimensions(width=80, height=46), bitrate=200_000)
    small = camera.broadcast.publish_video(moq.VideoFormat.VP8, hint=hint, track="video/sd")
    frames = coded("libvpx", 80, 46)
    async with rolling(camera):
        stage.order(live(7))
        for frame in frames:
            small.write_frame(frame, now())
        await screen.frames(5)
        await screen.until(lambda _: {"video/hd", "video/sd"} <= screen.catalogs[-1].video.keys())
    assert {name: track.codec.split(".")[0] for name, track in screen.catalogs[-1].video.items()} == {
        "video/hd": "avc3", "video/sd": "vp8",
    }  # fmt: skip


async def test_the_green_room_is_heard_and_seen_by_who_knows_its_path(stage, watch):
    guest, producer = await stage.guest(7), await stage.guest(9)
    async with rolling(stage.camera(guest, 7)), rolling(stage.camera(producer, 9)):
        stage.order(green(7, talkers=(9,)), green(9, room=f"show/{SHOW}/room/other"))
        console = await watch("guest9", path=f"{ROOM}/guest")
        phone = await watch("guest7", path=f"{ROOM}/desk/9")
        await console.frames(5)
        await console.frames(5, "audio")
        await phone.frames(5, "audio")
        assert not [one for one in phone.got if one[0] != "audio"]
        stage.order(green(7), green(9, room=f"show/{SHOW}/room/other"))
        await phone.ends()
        await console.frames(5, since=now())
        stage.order(green(9, room=f"show/{SHOW}/room/other"))
        await console.ends()


async def test_a_green_room_that_ended_opens_again(stage, watch):
    async with rolling(stage.camera(await stage.guest(7), 7)):
        for name in ("ann", "bob", "cid"):
            stage.order(green(7))
            screen = await watch(name, path=f"{ROOM}/guest")
            await screen.frames(3, since=now())
            stage.order()
            await screen.ends()


async def test_webrtc_may_publish_under_the_same_conditions(stage):
    class Endless:
        async def run(self, into) -> None:
            into.tracks(())
            await asyncio.Event().wait()

        def keyframe(self) -> None:
            pass

    stage.order(green(7))
    attending = asyncio.create_task(stage.stage.attend(7, Endless()))
    await stage.hears(7, Presence(True))
    attending.cancel()
    await stage.hears(7, Presence())
