"""The programme of a show: the source that its orders name, on the relay as seat `programme`, and how it plays there."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import Callable
from itertools import count

import msgspec
import structlog
from nats.js.errors import InvalidKeyError, KeyDeletedError, KeyNotFoundError

from oncue.engine.errors import BadInput, OncueError, Unavailable
from oncue.engine.live import Bus, Intake, ShowCard, end
from oncue.engine.live.bus import Gone
from oncue.engine.log import Entry
from oncue.engine.stage_actions import Sourced
from oncue.engine.structs import Role
from oncue.engine.wire import ProgrammeInfo
from oncue.media import Relay, Remote, Source, is_stream, named, open_source

from .settings import Settings

log = structlog.get_logger()

SEAT = "programme"
AGAIN_S = 2.0
SOON_S = 2.0
"""After so long without orders a show's picture is played all the same."""
STREAMS = "streams"
"""The shelf with the addresses of live streams, by the names under which shows know them."""
STREAM = "live:"
"""Such a name begins so."""


class Place(msgspec.Struct, frozen=True):
    """What the parts of a show on this node work with. `now` is show time in µs."""

    relay: Relay
    bus: Bus
    intake: Intake
    now: Callable[[], int]
    settings: Settings


class Playing:
    """Plays what a show's orders say. `orders` may be called at any time; what it raises is in the log, not here."""

    def __init__(self, place: Place, card: ShowCard) -> None:
        self._place, self._card, self._now = place, card, place.now
        self._info: ProgrammeInfo | None = None
        self._ordered = False
        self._changed = asyncio.Event()
        self._remote: Remote | None = None
        self._numbers = count(1)
        self.resume()

    def orders(self, info: ProgrammeInfo | None) -> None:
        """From now on this, like this."""
        other = _name(info) != _name(self._info)
        self._info, first, self._ordered = info, not self._ordered, True
        if other or first:
            self._changed.set()
        elif self._remote and info:
            self._remote.put(info)

    async def pause(self) -> None:
        """Take it off the air."""
        await end(self._task)

    def resume(self) -> None:
        """It plays again."""
        self._task = asyncio.create_task(self._run())

    async def _run(self) -> None:
        if not self._ordered:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(SOON_S):
                    await self._changed.wait()
        if not self._ordered and self._card.picture:
            self._info = ProgrammeInfo(self._card.picture, at=self._now())
        playing: asyncio.Task[None] | None = None
        try:
            while True:
                self._changed.clear()
                before, playing = playing, None
                if info := self._info:
                    playing = asyncio.create_task(self._play(info.source, before))
                elif before:
                    await end(before)
                await self._changed.wait()
        finally:
            if playing:
                await end(playing)

    async def _play(self, name: str, before: asyncio.Task[None] | None) -> None:
        """What plays now goes on until the new source is looked through, which takes a while for a long film."""
        try:
            source = await self._opened(name)
        finally:
            if before:
                await end(before)
        while source:
            try:
                self._tell(name, source)
                info = self._info or ProgrammeInfo(name, at=self._now())
                self._remote = Remote(info, self._over)
                broadcast = self._place.relay.broadcast(self._card.id, f"stage/{SEAT}")
                await source.run(broadcast, self._now, self._remote)
            except Unavailable as error:
                log.warning("the picture stopped and is started again", show=self._card.id, why=error.message)
            except OncueError as error:
                self._none(error)
                return
            except Exception:
                log.exception("the picture stopped and is started again", show=self._card.id)
            finally:
                self._remote = None
            await asyncio.sleep(AGAIN_S)
            source = await self._opened(name)

    async def _opened(self, name: str) -> Source | None:
        """None if it cannot be played. What cannot be had now is tried again."""
        while True:
            try:
                return await self._open(name)
            except Unavailable as error:
                log.warning("the picture is not there yet", show=self._card.id, why=error.message)
                await asyncio.sleep(AGAIN_S)
            except OncueError as error:
                self._none(error)
                return None

    def _none(self, error: OncueError) -> None:
        log.error("no picture", show=self._card.id, code=error.code, why=error.message, hint=error.hint)

    async def _open(self, name: str) -> Source:
        """Whoever may run a show may name test pictures, films of the media folder, and streams that the key's holder has named."""
        if name.startswith(STREAM):
            return await open_source(await stream_address(self._place.bus, name))
        if name == self._card.picture or name == "test" or name.startswith("test:"):
            return await open_source(name)
        if is_stream(name):
            raise BadInput("the address of a stream is for the holder of the API key", code="media/address")
        path = await asyncio.to_thread(named, self._place.settings.media_folder, name)
        return await open_source(f"{path}?loop" if name.endswith("?loop") else str(path), loop=False)

    def _tell(self, name: str, source: Source) -> None:
        endless = source.live or name == self._card.picture or name.endswith("?loop")
        act = Sourced(name, source.live, 0 if endless else source.length)
        entry = Entry(0, next(self._numbers), int(Role.SYSTEM), self._now(), 0, 0, 0, act)
        self._place.intake.put(self._card.id, "", entry, lambda _: None)

    def _over(self, media: int) -> None:
        log.info("the film is over", show=self._card.id, seconds=media // 1_000_000)


async def name_stream(bus: Bus, address: str) -> str:
    """Put the address of a live stream away; gives the name under which shows may know it. Raises `Unavailable`."""
    name = secrets.token_hex(6)
    try:
        await (await bus.shelf(STREAMS)).put(name, msgspec.json.encode(address))
    except Gone as error:
        raise Unavailable(f"the stream cannot be put away: {error}", code="nats/unreachable") from error
    return f"{STREAM}{name}"


async def stream_address(bus: Bus, name: str) -> str:
    """What the key's holder has named so. Raises `BadInput` (`media/unreadable`) or `Unavailable`."""
    try:
        entry = await (await bus.shelf(STREAMS)).get(name.removeprefix(STREAM))
    except (KeyNotFoundError, KeyDeletedError, InvalidKeyError) as error:
        raise BadInput(f"nobody has named a stream {name[:40]!r}", code="media/unreadable") from error
    except Gone as error:
        raise Unavailable(f"the streams cannot be looked up: {error}", code="nats/unreachable") from error
    return msgspec.json.decode(entry.value or b'""', type=str)


def _name(info: ProgrammeInfo | None) -> str:
    return info.source if info else ""
