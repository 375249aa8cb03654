"""What a simulated viewer sees over MoQ: the picture's frames, counted and thrown away, and the scenes.

A call into moq-rs costs some 60 to 150 µs of Python per frame. A large crowd therefore looks into each frame of one group in `share`
only; what the others hold is known from those who looked. The network carries all of it to
everybody all the same.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable
from random import Random
from typing import Any

import moq
import msgspec

from oncue.engine.structs import Micros
from oncue.media import TRACK

from .clock import Clock

SCENES = moq.Subscription(priority=100)
PICTURE = moq.Subscription(priority=60, max_age_us=2_000_000)
STAGE = "stage/programme"
TIMED = 5
"""Of the groups that are not looked into, one in so many is looked at for how late the picture is."""
STAMP = 8
"""Bytes of the time before a frame's picture. A frame with no more marks the end of a group."""
LAGS = 4
"""Of so many looks at how late the picture is the latest one counts: what a picture without gaps would need."""
PHASE_S = 0.5
"""A crowd spreads its looking into a group over this time, so that not all are busy at once."""


class Relay(msgspec.Struct, frozen=True):
    """Where the picture comes from, as the answer to joining has it."""

    url: str
    fingerprint: str


class Gallery(msgspec.Struct):
    """What a crowd of watchers has in common. Everybody looks into one group in `share` frame by frame, keeps `cache` bytes of the
    picture, and looks at the scene every `glance` seconds (0: at each scene) while waiting for nothing. `sizes` are the frames that
    groups were found to have, by sequence."""

    share: int = 1
    cache: int = 16 << 20
    glance: float = 0.0
    sizes: dict[int, int] = {}


class Watch:
    """One viewer's MoQ session. Owns it; `run` until cancelled. `scene` gets each document as it comes.

    `frames` were seen one by one, `glimpsed` are the groups of which only the first frame was looked at.
    """

    def __init__(
        self,
        relay: Relay,
        show: str,
        index: int,
        gallery: Gallery,
        *,
        clock: Clock,
        scene: Callable[[dict[str, Any]], None],
    ) -> None:
        self._relay = relay
        self._show = show
        self._index = index
        self._gallery = gallery
        self._clock = clock
        self._scene = scene
        self._random = Random(index)
        self._frames = 0
        self._glimpsed: list[int] = []
        self._session: moq.Session | None = None
        self._received = 0
        self._lags: deque[int] = deque(maxlen=LAGS)
        self.scenes = 0
        self.looking = asyncio.Event()

    @property
    def frames(self) -> float:
        """Frames of the picture that came to this viewer."""
        sizes = self._gallery.sizes
        return self._frames + sum(sizes.get(sequence, 1) for sequence in self._glimpsed)

    @property
    def lag(self) -> int:
        """How far behind show time the picture comes at its latest (µs); 0 before there is any."""
        return max(self._lags, default=0)

    @property
    def received(self) -> int:
        """Bytes that came over QUIC."""
        return self._received + ((self._session.stats().bytes_received or 0) if self._session else 0)

    async def run(self) -> None:
        """Watch until cancelled; comes back when the session is lost."""
        while True:
            with contextlib.suppress(moq.Error):
                await self._watch()
            await asyncio.sleep(self._random.uniform(0.3, 1.5))

    async def _watch(self) -> None:
        relay = self._relay
        client = moq.connect(
            relay.url,
            tls_fingerprints=[relay.fingerprint],
            reconnect=False,
            websocket_enabled=False,
            publish=moq.OriginProducer(),
            subscribe=moq.OriginProducer(cache_capacity_bytes=self._gallery.cache),
        )
        async with client, asyncio.TaskGroup() as tasks:
            self._session = session = client.session
            assert session is not None
            watching = [
                tasks.create_task(self._follow(work, client)) for work in (self._scenes, self._picture)
            ]
            try:
                await session.closed()
            finally:
                self._received += session.stats().bytes_received or 0
                self._session = None
                for task in watching:
                    task.cancel()

    async def _follow(self, work: Callable[[moq.Client], Any], client: moq.Client) -> None:
        """A track, subscribed again when it ends or when we were too slow for it."""
        while True:
            with contextlib.suppress(moq.Error):
                await work(client)
            await asyncio.sleep(self._random.uniform(0.1, 0.3))

    async def _scenes(self, client: moq.Client) -> None:
        broadcast = await client.announced_broadcast(f"show/{self._show}/scene")
        async with await broadcast.subscribe_json_snapshot(TRACK, compression=True) as track:
            async for document in track:
                self.scenes += 1
                self._scene(document)
                await self._rest()

    async def _rest(self) -> None:
        """Who waits for nothing looks up now and then only; the track then has the latest scene for them."""
        glance = self._gallery.glance
        if glance and not self.looking.is_set():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(glance * self._random.uniform(0.5, 1.5)):
                    await self.looking.wait()

    async def _picture(self, client: moq.Client) -> None:
        broadcast = await client.announced_broadcast(f"show/{self._show}/{STAGE}")
        name = next(iter((await broadcast.catalog()).video))
        last: moq.GroupConsumer | None = None
        begun = self._clock.now()
        async with await broadcast.subscribe_track(name, PICTURE) as track:
            async for group in track:
                turn = group.sequence + self._index
                whole = turn % self._gallery.share == 0
                if whole or turn % TIMED == 0 or not self._lags:
                    await self._time(group, begun)
                if last is not None:
                    await self._look_into(last)
                last = group if whole else None
                if not whole:
                    self._glimpsed.append(group.sequence)

    async def _time(self, group: moq.GroupConsumer, begun: Micros) -> None:
        """How far behind show time the picture is here, from the group's first frame. What was made before we had `begun` to watch is
        from the relay's store."""
        first = await group.read_frame()
        if first is not None and first.timestamp_us >= begun:
            self._lags.append(max(self._clock.now() - first.timestamp_us, 1))

    async def _look_into(self, group: moq.GroupConsumer) -> None:
        """Count the frames of a group that is complete, after the first."""
        if self._gallery.share > 1:
            await asyncio.sleep(self._random.uniform(0, PHASE_S))
        count = 1
        with contextlib.suppress(moq.Error):
            async for frame in group:
                count += len(frame.payload) > STAMP
        self._frames += count
        sizes = self._gallery.sizes
        sizes[group.sequence] = max(sizes.get(group.sequence, 0), count)
