"""What the viewers of one show watch who have no UDP: read from the relay once, for all of them."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Protocol

import moq
import msgspec

from oncue.engine.errors import Unavailable, Unknown

from . import lite

log = logging.getLogger(__name__)

AGAIN_S = 0.5
"""Until the relay is tried again."""
PATIENCE_S = 8.0
"""How long the relay may take for a session, or for a track; a page waits ten seconds."""
LINGER_S = 2.0
"""How long a track is read that nobody wants any more: a page asks about it before it subscribes, and they come and go."""
KEPT = 2
"""Groups that are kept for who comes in the midst of them: the latest, and the one before if it comes later."""
CACHE = 16 << 20
OLD_US = 5_000_000
"""What is older than the newest group by more is not wanted from the relay."""
PRIORITY = 127
LONGEST = 200
"""Letters of a path, or of a track's name."""


class Ticket(msgspec.Struct, frozen=True):
    """Where a relay is for a session with a token: the URL has it in its query. `fingerprint` is the certificate's SHA-256 in hex."""

    url: str
    fingerprint: str


class Taker(Protocol):
    """Somebody's subscription of a track."""

    def begin(self, group: int) -> None:
        """A group has begun, as a rule the next one."""

    def more(self, group: int, frames: bytes) -> None:
        """Whole frames of it, as they go on the wire."""

    def finish(self, group: int, *, whole: bool) -> None:
        """Nothing more of it comes."""

    def over(self, group: int) -> None:
        """The track is over: nothing comes from this group on."""


class Listener(Protocol):
    """Somebody who wants to know which broadcasts there are."""

    def announced(self, path: str, *, active: bool) -> None:
        """A broadcast has come or gone."""


@asynccontextmanager
async def session(
    ticket: Ticket, publish: moq.OriginProducer, cache: int = 1 << 20
) -> AsyncIterator[moq.Client]:
    """A session to a relay. Raises `Unavailable` (`media/relay`) when it cannot be had."""
    client = moq.Client(
        ticket.url, tls_fingerprints=[ticket.fingerprint], websocket_enabled=False, reconnect=False,
        publish=publish, subscribe=moq.OriginProducer(cache_capacity_bytes=cache),
    )  # fmt: skip
    try:
        async with asyncio.timeout(PATIENCE_S):
            await client.__aenter__()  # type: ignore[no-untyped-call]
    except (moq.Error, TimeoutError) as error:
        raise Unavailable(f"the relay cannot be reached: {error}", code="media/relay") from error
    try:
        yield client
    finally:
        await client.__aexit__(None, None, None)


class Track:
    """A track that is read once for all its takers. `known` is set once `info` is there, or it is known that there is no such track."""

    def __init__(self) -> None:
        self.known = asyncio.Event()
        self.info: lite.TrackInfo | None = None
        self.takers: set[Taker] = set()
        self.idle_since = asyncio.get_running_loop().time()
        self._groups: dict[int, list[bytes]] = {}
        self._open: set[int] = set()
        self._next = 0

    def add(self, taker: Taker) -> None:
        """It gets what there is of the latest group, and what follows."""
        self.takers.add(taker)
        if self._groups:
            group = max(self._groups)
            taker.begin(group)
            taker.more(group, b"".join(self._groups[group]))
            if group not in self._open:
                taker.finish(group, whole=True)

    def remove(self, taker: Taker) -> None:
        """It wants no more. It may be said twice."""
        self.takers.discard(taker)
        self.idle_since = asyncio.get_running_loop().time()

    async def run(self, client: moq.Client, path: str, name: str) -> None:
        """Read it until it is over."""
        try:
            async with asyncio.TaskGroup() as reading:
                async with asyncio.timeout(PATIENCE_S):
                    broadcast = await client.request_broadcast(path)
                    # Without patience only the latest group comes at first; later ones are waited for.
                    consumer = await broadcast.subscribe_track(name, moq.Subscription(priority=PRIORITY))
                told = consumer.info()
                self.info = lite.TrackInfo(told.priority, False, (told.max_age_us or 0) // 1000)
                self.known.set()
                patient = moq.Subscription(priority=PRIORITY, max_age_us=OLD_US)
                async for group in consumer.groups_as_arrived():
                    if not self._next:
                        consumer.update(patient)
                    reading.create_task(self._read(group))
        except* (moq.Error, TimeoutError) as errors:
            log.debug("%s of %s is over: %s", name, path, errors.exceptions)
        finally:
            self.known.set()
            for taker in [*self.takers]:
                taker.over(self._next)

    async def _read(self, group: moq.GroupConsumer) -> None:
        number, before, whole = group.sequence, 0, False
        self._begin(number)
        try:
            while (frame := await group.read_frame()) is not None:
                data = lite.frame(frame.payload, frame.timestamp_us, before)
                before = frame.timestamp_us
                if number in self._groups:
                    self._groups[number].append(data)
                for taker in [*self.takers]:
                    taker.more(number, data)
            whole = True
        except moq.Error as error:
            log.debug("a group ends early: %s", error)
        finally:
            self._open.discard(number)
            if not whole:
                self._groups.pop(number, None)
            for taker in [*self.takers]:
                taker.finish(number, whole=whole)

    def _begin(self, number: int) -> None:
        self._groups[number] = []
        self._open.add(number)
        self._next = max(self._next, number + 1)
        for old in sorted(self._groups)[:-KEPT]:
            del self._groups[old]
        for taker in [*self.takers]:
            taker.begin(number)


class Fanout:
    """One show as the relay has it: the broadcasts that are announced, in `paths`, and the tracks that somebody wants. What is not
    announced can be had by who knows its path. `ticket` gives a way to the relay with a good token; None: there is no relay now."""

    def __init__(self, show: str, ticket: Callable[[], Ticket | None]) -> None:
        self.show = show
        self.origin = secrets.randbelow((1 << 53) - 1) + 1
        self.paths: set[str] = set()
        self.listeners: set[Listener] = set()
        self._ticket = ticket
        self._client: moq.Client | None = None
        self._up = asyncio.Event()
        self._tracks: dict[tuple[str, str], tuple[Track, asyncio.Task[None]]] = {}

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            ticket = self._ticket()
            if ticket is not None:
                with suppress(Unavailable):
                    await self._attend(ticket)
            await asyncio.sleep(AGAIN_S)

    async def _attend(self, ticket: Ticket) -> None:
        async with session(ticket, moq.OriginProducer(), CACHE) as client:
            listening = asyncio.create_task(self._listen(client))
            assert client.session
            over = asyncio.create_task(_over(client.session))
            self._client = client
            self._up.set()
            try:
                await asyncio.wait([listening, over], return_when=asyncio.FIRST_COMPLETED)
            finally:
                self._up.clear()
                self._client = None
                tasks = [listening, over, *(task for _, task in self._tracks.values())]
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
                self._tracks.clear()
                for path in [*self.paths]:
                    self._heard(path, active=False)

    async def _listen(self, client: moq.Client) -> None:
        async with client.announced(f"show/{self.show}") as updates:
            async for update in updates:
                self._heard(update.prefix, active=update.active)

    def _heard(self, path: str, *, active: bool) -> None:
        if active == (path in self.paths):
            return
        self.paths ^= {path}
        for listener in [*self.listeners]:
            listener.announced(path, active=active)

    async def track(self, path: str, name: str) -> Track:
        """A track, once it is known. Raises `Unknown` (`media/track`) when there is none."""
        if not path.startswith(f"show/{self.show}/") or len(path) > LONGEST or len(name) > LONGEST:
            raise Unknown("this is not of the show", code="media/track")
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE_S):
                await self._up.wait()
        track = self._find(path, name)
        if track is not None:
            await track.known.wait()
        if track is None or track.info is None:
            raise Unknown(f"there is no track {name} of {path}", code="media/track")
        return track

    def _find(self, path: str, name: str) -> Track | None:
        key = path, name
        if key in self._tracks and not self._tracks[key][1].done():
            return self._tracks[key][0]
        if self._client is None:
            return None
        track = Track()
        self._tracks[key] = track, asyncio.create_task(track.run(self._client, path, name))
        return track

    def sweep(self) -> None:
        """Read no more what nobody wants. To be called every second or so."""
        since = asyncio.get_running_loop().time() - LINGER_S
        for key, (track, task) in [*self._tracks.items()]:
            if not track.takers and track.known.is_set() and track.idle_since < since:
                task.cancel()
            if task.done():
                del self._tracks[key]


async def _over(session: moq.Session) -> None:
    with suppress(moq.Error):
        await session.closed()
