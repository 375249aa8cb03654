"""Guests without a browser, who publish over a session of their own, stamped in show time as a page does; and who watches them."""

from __future__ import annotations

import asyncio
import itertools
import struct
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from fractions import Fraction
from functools import cache

import av
import moq
import numpy as np
from av.video.frame import PictureType
from patience import PATIENCE_S

from oncue.engine.orders import Left, Orders, Seated
from oncue.media import FeedLimits, Grant, Presence, Stage

SHOW = "show1"
ROOM = f"show/{SHOW}/room/secret"
RATE = 25
OPUS_HEAD = b"OpusHead" + struct.pack("<BBHIhB", 1, 2, 0, 48_000, 0, 0)


def now() -> int:
    """Show time in µs, as all in one process have it."""
    return time.time_ns() // 1000


@cache
def coded(
    codec: str = "libx264", width: int = 160, height: int = 90, length: int = RATE
) -> tuple[bytes, ...]:
    """A round of frames, the first a key frame: H.264 in Annex B, or VP8."""
    encoder = av.CodecContext.create(codec, "w")
    encoder.width, encoder.height, encoder.pix_fmt = width, height, "yuv420p"
    encoder.time_base, encoder.framerate, encoder.gop_size = Fraction(1, RATE), Fraction(RATE), length
    encoder.max_b_frames = 0
    encoder.options = (
        {"preset": "ultrafast", "tune": "zerolatency"} if codec == "libx264" else {"deadline": "realtime"}
    )
    frames = []
    for index in range(length):
        picture = av.VideoFrame.from_ndarray(
            np.full((height * 3 // 2, width), 5 * index % 256, np.uint8), "yuv420p"
        )
        picture.pts = index
        picture.pict_type = PictureType.NONE if index else PictureType.I
        frames += [bytes(packet) for packet in encoder.encode(picture)]
    return tuple(frames)


class Camera:
    """A broadcast with a picture (`video/hd`) and sound (`audio`), whose packets are numbered: `sound 17`. What is turned on again has
    another name."""

    def __init__(self, client: moq.Client, path: str, *, video: bool = True, audio: bool = True) -> None:
        self.broadcast = client.create_broadcast(path)
        self.numbers: Iterator[int] = itertools.count()
        self.key, self.closed = True, False
        self._frames: Iterator[bytes] = iter(())
        self._turns = -1
        self.turn(video=video, audio=audio)
        self.broadcast.announce()

    def turn(self, *, video: bool, audio: bool) -> None:
        """Turn the camera and the microphone on or off: the catalog changes."""
        self._turns += 1
        hint = moq.VideoHint(coded=moq.Dimensions(width=160, height=90), bitrate=1_000_000)
        for kind, on in (("video", video), ("audio", audio)):
            track = getattr(self, kind, None)
            if track and not on:
                track.finish()
            elif on and not track:
                track = (
                    self.broadcast.publish_video(
                        moq.VideoFormat.AVC3, hint=hint, track=f"video/hd{self._turns or ''}"
                    )
                    if kind == "video"
                    else self.broadcast.publish_audio(
                        moq.AudioFormat.OPUS, OPUS_HEAD, track=f"audio{self._turns or ''}"
                    )
                )
                self.key = self.key or kind == "video"
            setattr(self, kind, track if on else None)

    def shoot(self, stamp: int | None = None) -> None:
        """A frame and a packet, captured now."""
        stamp = now() if stamp is None else stamp
        if self.video:
            if self.key or not (frame := next(self._frames, b"")):
                self._frames, self.key = iter(coded()), False
                frame = next(self._frames)
            self.video.write_frame(frame, stamp)
        if self.audio:
            self.audio.write_frame(b"sound %d" % next(self.numbers), stamp)
            self.audio.cut()

    def close(self) -> None:
        self.closed = True
        self.broadcast.close()


@asynccontextmanager
async def rolling(camera: Camera, rate: float = RATE) -> AsyncIterator[Camera]:
    """The camera shoots all the while."""

    async def shoot() -> None:
        while not camera.closed:
            camera.shoot()
            await asyncio.sleep(1 / rate)

    task = asyncio.create_task(shoot())
    try:
        yield camera
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


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

    def limit(self, limits: FeedLimits) -> None:
        """For who comes from now on."""
        self.stage.limits = limits

    def order(self, *seated: Seated, gone: tuple[Left, ...] = ()) -> None:
        self.seq += 1
        self.stage.orders(Orders(1, self.seq, seated, gone))

    async def hears(self, viewer: int, there: Presence) -> None:
        async with asyncio.timeout(PATIENCE_S):
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


class Screen:
    """What somebody gets of a broadcast, from the moment at which it can be had: (track, key, stamp, payload). A track's name begins
    with its kind."""

    def __init__(self, client: moq.Client, path: str) -> None:
        self.client, self.path = client, path
        self.got: list[tuple[str, bool, int, bytes]] = []
        self.catalogs: list[moq.Catalog] = []
        self.over = asyncio.Event()
        self._more = asyncio.Event()
        self._task = asyncio.create_task(self._watch())

    async def until(self, seen) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not seen(self):
                self._more.clear()
                await self._more.wait()

    async def frames(self, count: int = 1, kind: str = "video", since: int = 0) -> list:
        """The first `count` frames of a kind with stamps from `since` on."""

        def found() -> list:
            return [one for one in self.got if one[0].startswith(kind) and one[2] >= since]

        await self.until(lambda _: len(found()) >= count)
        return found()

    async def ends(self) -> None:
        """Returns when the broadcast is over."""
        async with asyncio.timeout(PATIENCE_S):
            await self.over.wait()

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
                    kind = "video" if name in catalog.video else "audio"
                    called = name if name.startswith(kind) else f"{kind} {name}"
                    reading = self._read(broadcast, name, tracks[name], called)
                    readers[name] = asyncio.create_task(reading)
        finally:
            for reader in readers.values():
                reader.cancel()
            await asyncio.gather(*readers.values(), return_exceptions=True)

    async def _read(self, broadcast: moq.BroadcastConsumer, name: str, track, called: str) -> None:
        options = moq.Subscription(max_age_us=5_000_000)
        async for frame in await broadcast.subscribe_media(name, track, options):
            if frame.payload:
                self.got.append((called, frame.keyframe, frame.timestamp_us, frame.payload))
                self._more.set()


def green(viewer: int, **more) -> Seated:
    return Seated(viewer, "green", **{"room": ROOM, **more})


def live(viewer: int, seat: str = "s1", since: int = 0, **more) -> Seated:
    return Seated(viewer, "live", **{"room": ROOM, "seat": seat, "since": since, **more})
