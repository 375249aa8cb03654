"""A relay on a free port of the loopback, and clients that come to it as phones do."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

import av
import moq
import numpy as np
import pytest
from guests import SHOW, Screen, Set

from oncue.engine.errors import Denied
from oncue.media import Admit, Grant, Now, Relay, RelaySettings, Source


@dataclass
class Studio:
    """A relay, the tokens that it knows, and its clients. `asked` are the tokens that came, `kept` what must not be collected."""

    now = 1_800_000_000_000_000
    grants: dict[str, Grant] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    kept: list[object] = field(default_factory=list)
    stack: AsyncExitStack = field(default_factory=AsyncExitStack)

    async def open(self, admit: Admit | None = None, **settings: object) -> None:
        chosen = RelaySettings(**{"linger": 0.05, **settings})
        self.relay = await self.stack.enter_async_context(
            Relay(admit or self.admit, lambda: self.now, chosen)
        )

    def admit(self, token: str) -> Grant:
        self.asked.append(token)
        if token not in self.grants:
            raise Denied("nobody knows this token")
        return self.grants[token]

    async def visit(self, token: str) -> moq.Client:
        """A viewer of show1, unless `grants` says otherwise."""
        self.grants.setdefault(token, Grant("show1", 100 + len(self.grants), "audience"))
        return await self.connect(token)

    async def connect(self, token: str) -> moq.Client:
        url = f"https://127.0.0.1:{self.relay.address[1]}/?token={token}"
        client = moq.connect(url, tls_verify=False, reconnect=False, websocket_enabled=False)
        return await self.stack.enter_async_context(client)

    async def quiet(self) -> None:
        """Returns once the relay has taken note that all sessions are over."""
        while self.relay.counts.sessions:
            await asyncio.wait(self.relay._tasks, return_when=asyncio.FIRST_COMPLETED)


@pytest.fixture
async def studio() -> AsyncIterator[Callable[..., Awaitable[Studio]]]:
    """Opens a studio; settings of the relay as arguments."""
    async with AsyncExitStack() as stack:

        async def open_studio(**settings: object) -> Studio:
            house = Studio()
            await stack.enter_async_context(house.stack)
            await house.open(**settings)
            return house

        yield open_studio


class Television:
    """What a viewer gets of one broadcast, decoded. Times are the stamps of the frames in µs."""

    def __init__(self, broadcast: moq.BroadcastConsumer, catalog: moq.Catalog) -> None:
        self.broadcast = broadcast
        self.catalog = catalog

    async def frames(self, kind: str, patience: int = 5_000_000) -> AsyncIterator[moq.MediaFrame]:
        """Frames of the `video` or `audio` track, still encoded. What is older than `patience` µs may be left out."""
        [(name, track)] = getattr(self.catalog, kind).items()
        async for frame in await self.broadcast.subscribe_media(
            name, track, moq.Subscription(max_age_us=patience)
        ):
            if frame.payload:  # an empty one says where its group ends
                yield frame

    async def pictures(self) -> AsyncIterator[tuple[int, np.ndarray]]:
        """Stamp and luma of each picture."""
        [track] = self.catalog.video.values()
        decoder = av.CodecContext.create("h264", "r")
        decoder.thread_count = 1
        decoder.extradata = track.description
        async for frame in self.frames("video"):
            for picture in decoder.decode(av.Packet(frame.payload)):
                yield frame.timestamp_us, picture.to_ndarray()[: picture.height]

    async def sounds(self) -> AsyncIterator[tuple[int, np.ndarray]]:
        """Stamp and samples of each packet, channels first, from -1 to 1."""
        [track] = self.catalog.audio.values()
        decoder = av.CodecContext.create({"opus": "libopus", "mp4a": "aac"}[track.codec.split(".")[0]], "r")
        decoder.extradata = track.description
        planar = av.AudioResampler("fltp")
        async for frame in self.frames("audio"):
            for sound in decoder.decode(av.Packet(frame.payload)):
                for plain in planar.resample(sound):
                    yield frame.timestamp_us, plain.to_ndarray()


@pytest.fixture
async def television(studio) -> AsyncIterator[Callable[..., Awaitable[Television]]]:
    """Plays a source in a show and gives what one viewer of it sees."""
    playing: list[asyncio.Task[None]] = []

    async def switch_on(source: Source, now: Now) -> Television:
        house = await studio()
        playing.append(
            asyncio.create_task(source.run(house.relay.broadcast("show1", "stage/programme"), now))
        )
        client = await house.visit("ann")
        waiting = asyncio.create_task(client.announced_broadcast("show/show1/stage/programme").available())
        await asyncio.wait([waiting, *playing], return_when=asyncio.FIRST_COMPLETED)
        broadcast = await waiting
        return Television(broadcast, await broadcast.catalog())

    yield switch_on
    for task in playing:
        task.cancel()
    await asyncio.gather(*playing, return_exceptions=True)


@pytest.fixture
async def stage(studio) -> AsyncIterator[Set]:
    here = Set(await studio())
    yield here
    await here.stage.close()


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
