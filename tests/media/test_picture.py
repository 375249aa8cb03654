"""The test picture, as it comes out of a decoder."""

from __future__ import annotations

import asyncio
import itertools
import time

import av
import numpy as np
import pytest
from patience import PATIENCE_S

from oncue.engine.errors import BadInput, Unavailable
from oncue.media import Picture, TestCard, open_source, read_time_code

SMALL = Picture(640, 360, 30)


def wall() -> int:
    return time.time_ns() // 1000


async def take(frames, count: int) -> list:
    found = []
    async for frame in frames:
        found.append(frame)
        if len(found) == count:
            break
    await frames.aclose()
    return found


class Hurry:
    """A pretend clock: 2 ms pass whenever somebody looks at it."""

    def __init__(self) -> None:
        self.time = 1_800_000_000_000_000

    def __call__(self) -> int:
        self.time += 2_000
        return self.time


@pytest.mark.parametrize("picture", [SMALL, Picture(), Picture(320, 180, 15)])
async def test_the_time_code_on_each_picture_is_its_stamp(television, picture):
    tv = await television(TestCard(picture), wall)
    shown = await take(tv.pictures(), picture.rate + 5)
    assert [read_time_code(luma) for _, luma in shown] == [at // 1000 % 2**32 for at, _ in shown]
    assert abs(shown[-1][0] - wall()) < 1_000_000
    numbers = [round(at * picture.rate / 1_000_000) for at, _ in shown]
    assert [number * 1_000_000 // picture.rate for number in numbers] == [at for at, _ in shown]
    assert all(one < two for one, two in itertools.pairwise(numbers))
    assert shown[0][1].shape == (picture.height, picture.width)


async def test_people_can_tell_the_pictures_apart(television):
    tv = await television(TestCard(SMALL), wall)
    shown = [luma[30:] for _, luma in await take(tv.pictures(), 12)]
    assert all(np.abs(one.astype(int) - two).max() > 100 for one, two in itertools.pairwise(shown))


async def test_groups_begin_on_the_second(television):
    tv = await television(TestCard(SMALL), wall)
    frames = await take(tv.frames("video"), 70)
    assert frames[0].keyframe
    on_the_second = [frame.keyframe for frame in frames if frame.timestamp_us % 1_000_000 == 0]
    assert len(on_the_second) >= 2
    assert all(on_the_second)


async def test_the_tick_starts_on_the_second(television):
    tv = await television(TestCard(SMALL), wall)
    begins = []
    async for at, samples in tv.sounds():
        loud = np.flatnonzero(np.abs(samples).max(axis=0) > 0.05)
        if len(loud):
            begins.append((at + int(loud[0]) * 1_000_000 // 48_000) % 1_000_000)
        if len(begins) == 2:
            break
    assert max(min(begin, 1_000_000 - begin) for begin in begins) < 3_000


async def test_the_catalog_says_what_comes(television):
    tv = await television(TestCard(SMALL), wall)
    [video], [audio] = tv.catalog.video.values(), tv.catalog.audio.values()
    assert (video.coded.width, video.coded.height, video.framerate) == (640, 360, 30.0)
    assert (audio.codec, audio.sample_rate, audio.channel_count) == ("opus", 48_000, 2)


async def test_who_joins_in_the_middle_of_a_second_begins_with_a_key_frame(television):
    tv = await television(TestCard(SMALL), wall)
    await take(tv.frames("video"), 10)
    [frame] = await take(tv.frames("video"), 1)
    assert frame.keyframe
    assert wall() - frame.timestamp_us < 2_000_000


async def test_a_source_that_was_held_up_goes_on_with_the_present(television):
    clock = Hurry()
    tv = await television(TestCard(Picture(160, 90, 10)), clock)
    frames = tv.pictures()
    first, _ = await anext(frames)
    clock.time += 60_000_000
    async for at, luma in frames:
        assert read_time_code(luma) == at // 1000 % 2**32
        if at > first + 60_000_000:
            break
    await frames.aclose()


async def test_nothing_is_drawn_while_nobody_looks_and_the_next_viewer_sees_the_present(television):
    tv = await television(TestCard(SMALL), wall)
    seen = await take(tv.frames("video"), 3)
    for _ in range(2):
        heard = await take(tv.frames("audio", patience=0), 10)
        again = await take(tv.frames("video", patience=0), 3)
        assert again[0].keyframe
        assert seen[-1].timestamp_us + 100_000 < again[0].timestamp_us
        assert heard[-1].timestamp_us < again[0].timestamp_us + 40_000
        seen = again


async def test_a_strip_survives_scaling(television):
    tv = await television(TestCard(Picture(640, 360, 30)), wall)
    [(at, luma)] = await take(tv.pictures(), 1)
    picture = av.VideoFrame.from_ndarray(luma, format="gray").reformat(width=426, height=240)
    assert read_time_code(picture.to_ndarray()) == at // 1000 % 2**32


def test_a_picture_without_a_strip_reads_as_nothing():
    noise = np.random.default_rng(1).integers(0, 256, (720, 1280), np.uint8)
    assert read_time_code(noise) is None
    assert read_time_code(np.zeros((720, 1280), np.uint8)) is None


async def test_the_end_of_a_source_ends_its_broadcast(studio):
    house = await studio()
    playing = asyncio.create_task(
        TestCard(SMALL).run(house.relay.broadcast("show1", "stage/programme"), wall)
    )
    client = await house.visit("ann")
    async with client.announced("") as seen:
        assert (await anext(seen)).active
        playing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await playing
        assert not (await anext(seen)).active


async def test_a_source_whose_broadcast_is_gone_ends_with_the_reason(studio):
    house = await studio()
    broadcast = house.relay.broadcast("show1", "stage/programme")
    broadcast.close()
    with pytest.raises(Unavailable) as caught:
        await asyncio.wait_for(TestCard(SMALL).run(broadcast, wall), PATIENCE_S)
    assert caught.value.code == "media/over"


@pytest.mark.parametrize(
    "spec", ["test:", "test:640x360", "test:641x360@30", "test:640x360@0", "test:9999x9999@30", "test:axb@c"]
)
async def test_a_picture_that_makes_no_sense_is_refused(spec):
    with pytest.raises(BadInput) as caught:
        await open_source(spec)
    assert caught.value.code == "media/picture"
    assert "test:640x360@15" in caught.value.hint


async def test_a_source_is_chosen_by_its_words():
    assert (await open_source("test")).picture == Picture(1280, 720, 30)
    assert (await open_source("test:640x360@15")).picture == Picture(640, 360, 15)
