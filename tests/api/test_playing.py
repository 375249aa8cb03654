"""The programme on the relay: it is what its orders say, and hosts cannot have it open what they may not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import av
import moq
import pytest
from patience import PATIENCE_S

from oncue.api.playing import Place, Playing, name_stream
from oncue.engine.live import Intake, ShowCard, ShowClock
from oncue.engine.stage_actions import Sourced
from oncue.engine.wire import ProgrammeInfo
from oncue.media import Grant, Relay

SHOW = "abcdefghij"
PATH = f"show/{SHOW}/stage/programme"


class House:
    """A relay with one show. `told` is what was said of its sources."""

    def __init__(self, relay: Relay, playing: Playing, now) -> None:
        self.relay, self.playing, self.now = relay, playing, now
        self.told: asyncio.Queue[Sourced] = asyncio.Queue()

    def order(self, source: str, **how) -> None:
        self.playing.orders(ProgrammeInfo(source, at=self.now(), **how) if source else None)

    async def size(self) -> tuple[int, int]:
        """Of the picture that is on the air."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                broadcast = await self.relay.origin(SHOW).consume().announced_broadcast(PATH).available()
                try:
                    [track] = (await broadcast.catalog()).video.values()
                except (moq.Error, ValueError):  # it was about to end, or has only begun
                    await asyncio.sleep(0.02)
                    continue
                return track.coded.width, track.coded.height


@pytest.fixture
async def house(bus, settings) -> AsyncIterator[House]:
    now = ShowClock().now
    async with Relay(lambda _: Grant(SHOW, 1, "audience"), now) as relay:
        intake = Intake(bus, node="test")
        playing = Playing(
            Place(relay, bus, intake, now, settings), ShowCard(SHOW, "AAAAAA", "Friday", "test")
        )
        house = House(relay, playing, now)
        intake.put = lambda show, segment, entry, done: house.told.put_nowait(entry.action)
        yield house
        await playing.pause()
        await intake.close()


@pytest.fixture
def film(settings) -> str:
    settings.media_folder.mkdir()
    with av.open(settings.media_folder / "film.mp4", "w", format="mp4") as out:
        video = out.add_stream("libx264", rate=30, options={"preset": "ultrafast", "bf": "0", "g": "15"})
        video.width, video.height, video.pix_fmt = 192, 108, "yuv420p"
        for number in range(60):
            picture = av.VideoFrame(192, 108, "yuv420p")
            picture.pts = number
            out.mux(video.encode(picture))
        out.mux(video.encode(None))
    return "film.mp4"


async def told(house: House) -> Sourced:
    async with asyncio.timeout(PATIENCE_S):
        return await house.told.get()


async def test_another_source_takes_the_same_seat(house, film):
    house.order("test:320x180@15")
    assert await told(house) == Sourced("test:320x180@15", True, 0)
    assert await house.size() == (320, 180)
    house.order(film)
    assert await told(house) == Sourced(film, False, 2_000_000)
    assert await house.size() == (192, 108)
    house.order(f"{film}?loop")
    assert await told(house) == Sourced(f"{film}?loop", False, 0)
    house.order("test:160x90@15")
    assert await told(house) == Sourced("test:160x90@15", True, 0)
    assert await house.size() == (160, 90)


async def test_without_a_source_there_is_nothing_on_the_air(house):
    house.order("test:320x180@15")
    assert await house.size() == (320, 180)
    house.order("")
    async with (
        asyncio.timeout(PATIENCE_S),
        house.relay.origin(SHOW).consume().announced(PATH, hidden=True) as heard,
    ):
        async for update in heard:
            if not update.active:
                break


@pytest.mark.parametrize(
    "source",
    ["rtsp://127.0.0.1:9/1", "http://127.0.0.1:9/", "/etc/passwd", "../oncue.db", "file:///x", "live:nobody"],
)
async def test_what_hosts_may_not_name_is_not_opened(house, settings, source):
    house.order(source)
    house.order("test:160x90@15")  # and the next one plays
    assert await told(house) == Sourced("test:160x90@15", True, 0)
    house.order(source)
    await house.playing.pause()
    assert house.told.empty()


async def test_a_stream_that_the_keys_holder_has_named_is_tried_until_it_is_there(house, bus):
    house.order(await name_stream(bus, "rtsp://127.0.0.1:9/1"))
    sourced = await told(house)
    assert (sourced.live, sourced.length) == (True, 0)


async def test_a_show_whose_owner_is_silent_plays_its_picture_all_the_same(house):
    assert await told(house) == Sourced("test", True, 0)
