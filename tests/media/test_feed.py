"""Feeds: what of a publisher reaches which sink, and what does not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from patience import PATIENCE_S

import oncue.media.feed
from oncue.engine.errors import TooMany
from oncue.media import Coded, Feed, FeedLimits, TrackInfo

NOW = 1_800_000_000_000_000
HD = TrackInfo(name="hd", kind="video", codec="avc3.42c00d")
SD = TrackInfo(name="sd", kind="video", codec="vp8")
SOUND = TrackInfo(name="sound", kind="audio", codec="opus", rate=48_000, channels=2)


class Clock:
    def __init__(self) -> None:
        self.time = NOW

    def __call__(self) -> int:
        return self.time


class Stand:
    """A publisher that says what it is told to."""

    def __init__(self, *tracks: TrackInfo) -> None:
        self.told, self.asked = tracks, 0
        self.ready, self.over = asyncio.Event(), asyncio.Event()

    async def run(self, into) -> None:
        self.into = into
        into.tracks(self.told)
        self.ready.set()
        await self.over.wait()

    def keyframe(self) -> None:
        self.asked += 1

    def say(self, track: TrackInfo, stamp: int, key: bool = True, payload: bytes = b"x") -> None:
        self.into.frame(track.name, Coded(NOW + stamp, key, payload))

    def send(self, sizes: list[int]) -> None:
        for number, size in enumerate(sizes, 1):
            self.say(SOUND, number, payload=bytes(size))


class Tape:
    """A sink that keeps what it gets."""

    def __init__(self) -> None:
        self.told: list[tuple[str, ...]] = []
        self.got: list[tuple[str, int]] = []
        self.closed = asyncio.Event()

    def tracks(self, tracks) -> None:
        self.told.append(tuple(track.name for track in tracks))

    def frame(self, track, frame) -> None:
        self.got.append((track, frame.stamp - NOW))

    def close(self) -> None:
        self.closed.set()


class Broken(Tape):
    def frame(self, track, frame) -> None:
        raise ValueError("the disk is full")


@asynccontextmanager
async def reading(feed: Feed, publisher: Stand) -> AsyncIterator[Stand]:
    task = asyncio.create_task(feed.run(publisher))
    await publisher.ready.wait()
    yield publisher
    publisher.over.set()
    await task


async def test_a_picture_begins_with_the_first_key_frame_captured_since_and_sound_at_once():
    feed, tape = Feed(Clock()), Tape()
    async with reading(feed, Stand(HD, SOUND)) as guest:
        guest.say(HD, 1)
        feed.add(tape, NOW + 10)
        assert guest.asked == 1
        for stamp, key in ((9, True), (10, False), (11, True), (12, False)):
            guest.say(HD, stamp, key)
            guest.say(SOUND, stamp)
    assert tape.told == [("hd", "sound")]
    assert tape.got == [("sound", 10), ("hd", 11), ("sound", 11), ("hd", 12), ("sound", 12)]
    assert not tape.closed.is_set()


async def test_each_rendition_begins_with_a_key_frame_of_its_own():
    feed, tape = Feed(Clock()), Tape()
    feed.add(tape)
    async with reading(feed, Stand(HD, SD)) as guest:
        guest.say(HD, 1)
        guest.say(SD, 1, key=False)
        guest.say(SD, 2)
    assert tape.got == [("hd", 1), ("sd", 2)]


async def test_a_sink_that_is_taken_off_gets_what_was_captured_before_and_is_closed_then():
    feed, tape = Feed(Clock()), Tape()
    feed.add(tape)
    async with reading(feed, Stand(HD, SOUND)) as guest:
        guest.say(HD, 1)
        feed.drop(tape, NOW + 5)
        for stamp in (4, 5, 6):
            guest.say(HD, stamp)
        assert not tape.closed.is_set()
        guest.say(SOUND, 4)
        guest.say(SOUND, 7)
        assert tape.closed.is_set()
    assert tape.got == [("hd", 1), ("hd", 4), ("sound", 4)]


async def test_a_sink_that_is_taken_off_does_not_wait_for_ever(monkeypatch):
    monkeypatch.setattr(oncue.media.feed, "LINGER_S", 0.05)
    feed, tape = Feed(Clock()), Tape()
    feed.add(tape)
    async with reading(feed, Stand(HD, SOUND)):
        feed.drop(tape, NOW + 5)
        async with asyncio.timeout(PATIENCE_S):
            await tape.closed.wait()


async def test_a_sink_that_fails_is_taken_off_and_the_others_get_all(caplog):
    feed, broken, tape = Feed(Clock()), Broken(), Tape()
    feed.add(broken)
    feed.add(tape)
    async with reading(feed, Stand(SOUND)) as guest:
        guest.say(SOUND, 1)
        guest.say(SOUND, 2)
    assert tape.got == [("sound", 1), ("sound", 2)]
    assert broken.closed.is_set()
    assert "the disk is full" in caplog.text


async def test_what_is_not_allowed_stops_at_once_and_begins_with_what_is_captured_afterwards():
    clock = Clock()
    feed, tape = Feed(clock), Tape()
    feed.add(tape)
    async with reading(feed, Stand(HD, SOUND)) as guest:
        guest.say(HD, 1)
        guest.say(SOUND, 1)
        feed.allow(tape, video=False, audio=False)
        guest.say(HD, 2)
        guest.say(SOUND, 2)
        clock.time = NOW + 10
        feed.allow(tape, video=True, audio=True)
        guest.say(HD, 9)
        guest.say(HD, 11, key=False)
        guest.say(HD, 12)
        guest.say(SOUND, 9)
        guest.say(SOUND, 10)
    assert tape.told == [("hd", "sound"), ("sound",), ("hd", "sound")]
    assert tape.got == [("hd", 1), ("sound", 1), ("hd", 12), ("sound", 10)]


async def test_a_publisher_that_comes_later_takes_over_with_a_key_frame_and_time_never_goes_back():
    feed, tape = Feed(Clock()), Tape()
    feed.add(tape)
    async with reading(feed, Stand(HD)) as old:
        old.say(HD, 1)
        async with reading(feed, Stand(HD)) as new:
            old.say(HD, 2)
            new.say(HD, 1)
            new.say(HD, 3, key=False)
            new.say(HD, 4)
        old.say(HD, 5, key=False)
        old.say(HD, 6)
    assert tape.got == [("hd", 1), ("hd", 4), ("hd", 6)]
    assert tape.told == [("hd",)]
    assert not feed.publishing


@pytest.mark.parametrize("stamp", [1, 0, -60_000_000, 60_000_000])
async def test_a_frame_that_is_not_of_now_or_goes_back_is_left_out_with_what_depends_on_it(stamp):
    feed, tape = Feed(Clock()), Tape()
    feed.add(tape)
    async with reading(feed, Stand(HD)) as guest:
        guest.say(HD, 1)
        guest.say(HD, stamp)
        guest.say(HD, 2, key=False)
        guest.say(HD, 3)
    assert tape.got == [("hd", 1), ("hd", 3)]
    assert feed.dropped == 1


@pytest.mark.parametrize(
    ("sizes", "code"),
    [([1 << 21], "media/frame"), ([1] * 50, "media/flood"), ([900] * 10, "media/flood")],
)
async def test_who_sends_too_much_is_told_so(sizes, code):
    limits = FeedLimits(frames=10, bytes=2_000, burst=2, key=1 << 20)
    feed = Feed(Clock(), limits)
    async with reading(feed, Stand(SOUND)) as guest:
        with pytest.raises(TooMany) as caught:
            guest.send(sizes)
    assert caught.value.code == code


async def test_a_rate_that_is_allowed_goes_on_for_ever():
    clock = Clock()
    feed, tape = Feed(clock, FeedLimits(frames=10, bytes=2_000, burst=2)), Tape()
    feed.add(tape)
    async with reading(feed, Stand(SOUND)) as guest:
        for number in range(500):
            clock.time = NOW + number * 100_000
            guest.say(SOUND, number * 100_000, payload=bytes(200))
    assert len(tape.got) == 500


async def test_too_many_tracks_are_refused():
    tracks = [TrackInfo(name=f"t{number}", kind="audio", codec="opus") for number in range(9)]
    with pytest.raises(TooMany) as caught:
        await Feed(Clock()).run(Stand(*tracks))
    assert caught.value.code == "media/tracks"


def flutter(guest: Stand) -> None:
    for number in range(100):
        guest.into.tracks((SOUND, HD)[: 1 + number % 2])


async def test_who_changes_their_tracks_without_end_is_told_so_and_now_and_then_is_fine():
    clock = Clock()
    feed, tape = Feed(clock), Tape()
    feed.add(tape)
    async with reading(feed, Stand(HD)) as guest:
        for number in range(100):
            clock.time = NOW + number * 2_000_000
            guest.into.tracks((SOUND, HD)[: 1 + number % 2])
        with pytest.raises(TooMany) as caught:
            flutter(guest)
    assert caught.value.code == "media/tracks"
    assert 100 < len(tape.told) < 150
