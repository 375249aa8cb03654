"""Files that are stopped, sought, and played slower and faster: which picture is to be seen at which moment of the show."""

from __future__ import annotations

import itertools
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import moq
import numpy as np
import pytest

from oncue.engine.wire import ProgrammeInfo
from oncue.media import FileSource, Now, Remote
from oncue.media.bitstream import nal_units
from oncue.media.clips import read_clip
from oncue.media.files import open_file
from oncue.media.samples import samples

FRAMES, RATE, GROUP = 90, 30, 30
FRAME = 1_000_000 / RATE
TONE = 440


def wall() -> int:
    return time.time_ns() // 1000


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three seconds whose frame k is of brightness 30 + 2k, with a tone; a key frame each second."""
    path = tmp_path_factory.mktemp("film") / "film.mp4"
    with av.open(path, "w", format="mp4") as out:
        video = out.add_stream(
            "libx264", rate=RATE, options={"preset": "superfast", "profile": "high", "crf": "10"}
        )
        video.width, video.height, video.pix_fmt = 320, 180, "yuv420p"
        video.codec_context.max_b_frames, video.codec_context.gop_size = 0, GROUP
        audio = out.add_stream("aac", rate=48_000, layout="stereo")
        for number in range(FRAMES):
            picture = av.VideoFrame(320, 180, "yuv420p")
            for plane, level in zip(picture.planes, (30 + 2 * number, 128, 128), strict=True):
                plane.update(bytes([level]) * plane.buffer_size)
            picture.pts = number
            out.mux(video.encode(picture))
        out.mux(video.encode(None))
        wave = np.sin(np.arange(48_000 * FRAMES // RATE) * 2 * np.pi * TONE / 48_000).astype(np.float32) * 0.3
        sound = av.AudioFrame.from_ndarray(np.stack([wave, wave]), format="fltp", layout="stereo")
        sound.sample_rate, sound.pts = 48_000, 0
        out.mux(audio.encode(sound))
        out.mux(audio.encode(None))
    return path


@dataclass
class Followed:
    """A file that follows a remote. `overs` are where it said that it is over."""

    file: FileSource
    remote: Remote
    overs: list[int] = field(default_factory=list)

    async def run(self, broadcast: moq.BroadcastProducer, now: Now) -> None:
        await self.file.run(broadcast, now, self.remote)


@dataclass
class Cinema:
    """A file on the air and one who watches."""

    remote: Remote
    tv: Any
    overs: list[int]
    seen: AsyncIterator[tuple[int, int]]

    def order(self, **how: object) -> ProgrammeInfo:
        """From now on like this; `media` in frames."""
        how["media"] = round(how["media"] * FRAME)
        state = ProgrammeInfo("film.mp4", at=wall(), live=False, **how)
        self.remote.put(state)
        return state

    async def after(self, stamp: int, count: int) -> list[tuple[int, int]]:
        """The next so many pictures of after a moment: stamp and number."""
        found = []
        async for at, number in self.seen:
            if at > stamp:
                found.append((at, number))
            if len(found) == count:
                break
        return found


@pytest.fixture
async def cinema(television, film) -> Callable[..., Awaitable[Cinema]]:
    async def open_cinema(*, loop: bool = False, **how: object) -> Cinema:
        overs: list[int] = []
        remote = Remote(ProgrammeInfo("film.mp4", at=wall(), live=False, **how), overs.append)
        tv = await television(Followed(open_file(film, loop=loop), remote), wall)
        return Cinema(remote, tv, overs, numbers(tv))

    return open_cinema


async def numbers(tv) -> AsyncIterator[tuple[int, int]]:
    async for at, luma in tv.pictures():
        yield at, round((float(luma[:, :320].mean()) - 30) / 2)


def off(state: ProgrammeInfo, pictures: list[tuple[int, int]]) -> list[float]:
    """How many frames each picture is from what is due at its stamp."""
    return [(state.media + (at - state.at) * state.rate) / FRAME - number for at, number in pictures]


async def test_a_file_that_is_stopped_stands_on_the_very_frame_and_goes_on_without_a_gap(cinema):
    house = await cinema()
    began = house.remote.state
    [(_, first), *_] = await house.after(began.at + 500_000, 3)
    assert first >= 10
    stop = house.order(playing=False, media=25)
    standing = await house.after(stop.at + 200_000, 8)
    assert {number for _, number in standing} == {25}
    steps = np.diff([at for at, _ in standing])
    assert abs(np.median(steps) - 100_000) < 50_000
    go = house.order(playing=True, media=25)
    running = await house.after(go.at, 20)
    assert running[0][1] <= 26
    assert max(map(abs, off(go, running[1:]))) <= 1
    assert set(np.diff([number for _, number in running[1:]])) == {1}


@pytest.mark.parametrize("wanted", [0, 30, 47, 59, 89])
async def test_a_place_that_is_sought_while_it_stands_is_seen_exactly(cinema, wanted):
    house = await cinema(playing=False)
    sought = house.order(playing=False, media=wanted)
    shown = await house.after(sought.at, 4)
    assert [number for _, number in shown] == [wanted] * 4


async def test_a_place_between_key_frames_is_sought_while_it_plays_and_nothing_before_it_is_seen(cinema):
    house = await cinema()
    await house.after(0, 5)
    sought = house.order(playing=True, media=47)
    shown = await house.after(sought.at, 40)
    first = next(i for i, (_, number) in enumerate(shown) if number >= 47)
    assert first <= 4  # what was on its way when the order came
    assert max(map(abs, off(sought, shown[first:]))) <= 1
    assert set(np.diff([number for _, number in shown[first:]])) == {1}


@pytest.mark.parametrize("rate", [0.25, 0.5, 1.25, 2.0, 4.0])
async def test_at_another_speed_each_frame_is_where_it_belongs_and_no_more_of_them_come(cinema, rate):
    house = await cinema(playing=False)
    go = house.order(playing=True, media=2, rate=rate)
    shown = await house.after(go.at, 15)
    # The first picture may be that of a moment between two frames.
    assert max(map(abs, off(go, shown[1:]))) <= 1.01
    a_second = (len(shown) - 2) / (shown[-1][0] - shown[1][0]) * 1e6
    assert a_second < 1.6 * RATE


async def test_a_film_stops_at_its_end_and_says_so_and_can_be_wound_back(cinema):
    house = await cinema(media=2_500_000)
    [(_, number)] = await house.after(house.remote.state.at + 800_000, 1)
    assert number == FRAMES - 1
    assert house.overs == [3_000_000]
    back = house.order(playing=True, media=10)
    shown = await house.after(back.at + 150_000, 5)
    assert max(map(abs, off(back, shown))) <= 1


async def test_a_picture_that_goes_round_plays_on_over_its_end(cinema):
    house = await cinema(loop=True, media=2_700_000)
    shown = [number for _, number in await house.after(0, 25)]
    assert FRAMES - 1 in shown
    assert shown[-1] < 30
    assert not house.overs


async def test_whoever_comes_while_it_stands_gets_the_picture_and_players_need_not_begin_anew(cinema):
    house = await cinema()
    [before] = house.tv.catalog.video.values()
    await house.after(0, 5)
    stop = house.order(playing=False, media=47)
    await house.after(stop.at, 3)
    late = type(house.tv)(house.tv.broadcast, await house.tv.broadcast.catalog())
    [after] = late.catalog.video.values()
    assert (after.codec, after.coded) == (before.codec, before.coded)
    came = wall()
    at, number = await anext(one async for one in numbers(late) if one[0] > stop.at + 50_000)
    assert number == 47
    assert wall() - came < 500_000
    assert came - at < 1_500_000


@pytest.mark.parametrize("rate", [0.5, 1.0, 1.5])
async def test_the_sound_keeps_its_pitch_at_another_speed(cinema, rate):
    house = await cinema(playing=False)
    go = house.order(playing=True, media=0, rate=rate)
    heard = []
    async for at, sound in house.tv.sounds():
        if at > go.at + 200_000:
            heard.append((at, sound[0]))
        if len(heard) == 24:
            break
    wave = np.concatenate([sound for _, sound in heard])
    spectrum = abs(np.fft.rfft(wave * np.hanning(len(wave))))
    pitch = spectrum.argmax() * 48_000 / len(wave)
    assert abs(pitch - TONE) < 10
    steps = np.diff([at for at, _ in heard])
    assert (abs(steps - 1024 / 48_000 * 1e6) < 2).all()


@pytest.mark.parametrize("profile", ["baseline", "main", "high"])
def test_what_is_encoded_anew_has_the_files_own_profile_flags_and_level(tmp_path, profile):
    path = tmp_path / "film.mp4"
    with av.open(path, "w", format="mp4") as out:
        options = {"preset": "medium", "profile": profile, "bf": "0", "g": "30", "level": "3.1"}
        video = out.add_stream("libx264", rate=RATE, options=options)
        video.width, video.height, video.pix_fmt = 320, 180, "yuv420p"
        for number in range(60):
            picture = av.VideoFrame(320, 180, "yuv420p")
            picture.pts = number
            out.mux(video.encode(picture))
        out.mux(video.encode(None))
    clip = read_clip(path)
    pictures = list(samples(clip, Fraction(13, RATE)))
    assert [round(sample.at * RATE) for sample in pictures] == list(range(13, 60))
    says = [set_of(sample.payload) for sample in pictures if sample.key]
    assert len(says) > 1
    assert set(says) == {clip.init[1:4]}
    decoder = av.CodecContext.create("h264", "r")
    decoder.thread_count = 1
    shown = [frame for sample in pictures for frame in decoder.decode(av.Packet(sample.payload))]
    assert len(shown) + len(decoder.decode(None)) == 47


def set_of(payload: bytes) -> bytes:
    """Profile, flags and level that a picture's sequence parameter set says."""
    [unit] = [unit for unit in nal_units(payload) if unit[0] & 31 == 7]
    return unit[1:4]


async def test_beyond_twice_the_speed_it_is_silent(film):
    clip = read_clip(film)
    fast = list(itertools.islice(samples(clip, Fraction(0), Fraction(3)), 20))
    assert fast
    assert all(sample.video for sample in fast)
