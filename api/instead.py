"""A host's own picture and sound (OBS, by WHIP) in place of the show's source."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import moq

from oncue.engine.live import end
from oncue.engine.structs import Micros
from oncue.media import AirSink, Coded, Feed, Publisher, TrackInfo


class Instead:
    """Who comes last has the programme. `pause` ends the source, `resume` begins it again, `broadcast` makes the programme's."""

    def __init__(
        self,
        now: Callable[[], Micros],
        *,
        pause: Callable[[], Awaitable[None]],
        resume: Callable[[], None],
        broadcast: Callable[[], moq.BroadcastProducer],
    ) -> None:
        self._now = now
        self._pause, self._resume, self._broadcast = pause, resume, broadcast
        self._task: asyncio.Task[None] | None = None
        self.feed: Feed | None = None
        """What is on air instead."""

    async def take(self, publisher: Publisher) -> None:
        """The programme is what this publisher sends, from its first frame until they are gone or somebody else comes. Raises what ends
        their feed."""
        before, self._task = self._task, asyncio.create_task(self._run(publisher))
        mine = self._task
        if before:
            await end(before)
        try:
            await mine
        finally:
            await end(mine)
            if self._task is mine:
                self._task = None
                self._resume()

    async def close(self) -> None:
        """It is over, and the source does not begin again."""
        task, self._task = self._task, None
        if task:
            await end(task)

    async def _run(self, publisher: Publisher) -> None:
        self.feed = feed = Feed(self._now)
        airing = asyncio.create_task(self._air(feed))
        try:
            await feed.run(publisher)
        finally:
            await end(airing)
            feed.close()
            if self.feed is feed:
                self.feed = None

    async def _air(self, feed: Feed) -> None:
        first = _First()
        feed.add(first)
        await first.came.wait()
        feed.drop(first)
        # Only now: the source plays on while a connection is made.
        await self._pause()
        broadcast = self._broadcast()
        broadcast.announce()
        feed.add(AirSink(broadcast), self._now())


class _First:
    """A sink that says when the first frame has come."""

    def __init__(self) -> None:
        self.came = asyncio.Event()

    def tracks(self, tracks: tuple[TrackInfo, ...]) -> None:
        """Of no interest."""

    def frame(self, track: str, frame: Coded) -> None:
        """There it is."""
        self.came.set()

    def close(self) -> None:
        """Of no interest."""
