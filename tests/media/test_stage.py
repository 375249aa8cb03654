"""Going on air and coming off it: by orders, over sessions that stay as they are."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import moq
import pytest
from guests import Camera, now, rolling

from oncue.engine.orders import Left, Orders, Seated
from oncue.media import Grant, Presence, Stage

SHOW = "show1"
ROOM = f"show/{SHOW}/room/secret"


class Set:
    """A stage in a studio; `told` is what it says of its people."""

    def __init__(self, house) -> None:
        self.house = house
        self.told: list[tuple[int, Presence]] = []
        self.heard = asyncio.Event()
        self.stage = Stage(house.relay, SHOW, now, self._told)
        self.seq = 0

    def _told(self, viewer: int, there: Presence) -> None:
        self.told.append((viewer, there))
        self.heard.set()

    def order(self, *seated: Seated, gone: tuple[Left, ...] = ()) -> None:
        self.seq += 1
        self.stage.orders(Orders(1, self.seq, seated, gone))

    async def hears(self, viewer: int, there: Presence) -> None:
        async with asyncio.timeout(10):
            while (viewer, there) not in self.told:
                self.heard.clear()
                await self.heard.wait()

    async def guest(self, viewer: int) -> moq.Client:
        self.house.grants[f"guest{viewer}"] = Grant(SHOW, viewer, "audience")
        return await self.house.visit(f"guest{viewer}")

    def camera(self, client: moq.Client, viewer: int, **on: bool) -> Camera:
        camera = Camera(client, f"show/{SHOW}/own/{viewer}", **on)
        self.house.kept.append(camera)
        return camera


@pytest.fixture
async def stage(studio) -> AsyncIterator[Set]:
    here = Set(await studio())
    yield here
    await here.stage.close()


class Screen:
    """What somebody gets of a broadcast, from the moment at which it can be had: (track, key, stamp, payload)."""

    def __init__(self, client: moq.Client, path: str) -> None:
        self.client, self.path = client, path
        self.got: list[tuple[str, bool, int, bytes]] = []
        self.catalogs: list[moq.Catalog] = []
        self.over = asyncio.Event()
        self._more = asyncio.Event()
        self._task = asyncio.create_task(self._watch())

    async def until(self, seen) -> None:
        async with asyncio.timeout(10):
            while not seen(self):
                self._more.clear()
                await self._more.wait()

    async def frames(self, count: int = 1, kind: str = "video", since: int = 0) -> list:
        """The first `count` frames of a kind with stamps from `since` on."""

        def found() -> list:
            return [one for one in self.got if one[0].startswith(kind) and one[2] >= since]

        await self.until(lambda _: len(found()) >= count)
        return found()

    async def off(self) -> None:
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task

    async def _watch(self) -> None:
        try:
            with suppress(moq.Error):
                await self._follow()
        finally:
            self.over.set()
            self._more.set()

    async def _follow(self) -> None:
        broadcast = await self.client.announced_broadcast(self.path).available()
        readers: dict[str, asyncio.Task[None]] = {}
        try:
            async for catalog in await broadcast.subscribe_catalog():
                self.catalogs.append(catalog)
                self._more.set()
                tracks = {**catalog.video, **catalog.audio}
                for name in [name for name in readers if name not in tracks]:
                    readers.pop(name).cancel()
                for name in [name for name in tracks if name not in readers]:
                    readers[name] = asyncio.create_task(self._read(broadcast, name, tracks[name]))
        finally:
            for reader in readers.values():
                reader.cancel()
            await asyncio.gather(*readers.values(), return_exceptions=True)

    async def _read(self, broadcast: moq.BroadcastConsumer, name: str, track) -> None:
        options = moq.Subscription(max_age_us=5_000_000)
        async for frame in await broadcast.subscribe_media(name, track, options):
            if frame.payload:
                self.got.append((name, frame.keyframe, frame.timestamp_us, frame.payload))
                self._more.set()


@pytest.fixture
async def watch(stage) -> AsyncIterator:
    """Opens a screen for a viewer, on a seat or on any path."""
    screens: list[Screen] = []

    async def open_screen(name: str, seat: str = "s1", path: str = "") -> Screen:
        client = await stage.house.visit(name)
        screens.append(Screen(client, path or f"show/{SHOW}/stage/{seat}"))
        return screens[-1]

    yield open_screen
    for screen in screens:
        await screen.off()


def green(viewer: int, **more) -> Seated:
    return Seated(viewer, "green", **{"room": ROOM, **more})


def live(viewer: int, seat: str = "s1", since: int = 0, **more) -> Seated:
    return Seated(viewer, "live", **{"room": ROOM, "seat": seat, "since": since, **more})


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
        async with asyncio.timeout(5):
            await screen.over.wait()
    stamps = [stamp for _, _, stamp, _ in screen.got]
    assert until - 100_000 < max(stamps) < until
