"""Records a show while its orders say so."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Coroutine
from datetime import UTC, datetime
from itertools import count

import moq
import msgspec
import structlog

from oncue.engine.errors import OncueError
from oncue.engine.live import ShowCard, read_log
from oncue.engine.live.bus import Gone
from oncue.engine.log import Entry
from oncue.engine.orders import Orders, Seated
from oncue.engine.stage_actions import Record
from oncue.engine.structs import Micros, Role
from oncue.engine.wire import StageInfo
from oncue.media import Feed, FeedLimits, MoqPublisher
from oncue.media import Stage as People
from oncue.media.recording import About, Limits, Recording, Seat, finish_all

from .playing import SEAT, Place
from .settings import Settings

log = structlog.get_logger()

LOG = "log.jsonl"
AGAIN_S = 0.5
OWN = FeedLimits(frames=2_000, bytes=12_500_000, key=8 << 20, delta=4 << 20, drift=60_000_000)
"""The show's own source is trusted."""


class _Scene(msgspec.Struct):
    """The part of a SceneMsg that says who sits where, and how far behind viewers are."""

    stage: StageInfo = StageInfo()
    target: Micros = 0


_scene = msgspec.json.Decoder(_Scene).decode


class Recorder:
    """One show's recordings, one at a time: its programme, who is live, and its scenes."""

    def __init__(self, place: Place, people: People, card: ShowCard) -> None:
        self._place, self._people, self._card, self._now = place, people, card, place.now
        self._recording: Recording | None = None
        self._programme: asyncio.Task[None] | None = None
        self._live: dict[str, tuple[int, Feed, Seat]] = {}
        self._names: dict[str, str] = {}
        self._target: Micros = 0
        self._cuts: set[str] = set()
        self._last = b""
        self._numbers = count(1)
        self._closing: set[asyncio.Task[None]] = set()
        self._broken = False

    def orders(self, orders: Orders) -> None:
        """Begin or end as they say, and follow who is live."""
        if orders.recording and self._recording is None and not self._broken:
            self._begin()
        elif not orders.recording:
            self._broken = False
            if self._recording is not None:
                self._later(self._end())
        if self._recording is not None:
            self._follow(orders)
            self._cut(orders, self._recording)

    def scene(self, data: bytes) -> None:
        """A SceneMsg, as JSON."""
        self._last = data
        with contextlib.suppress(msgspec.DecodeError):
            scene = _scene(data)
            self._target = scene.target
            self._names |= {seat.seat: seat.name for seat in scene.stage.seats if seat.name}
        if self._recording is not None:
            self._recording.scene(data)

    async def close(self) -> None:
        """End what is recorded, and wait until it is on disk."""
        if self._recording is not None:
            self._later(self._end())
        await asyncio.gather(*self._closing, return_exceptions=True)

    def _begin(self) -> None:
        begun = datetime.fromtimestamp(self._now() / 1e6, UTC).strftime("%Y%m%dT%H%M%S%f")[:-3]
        folder = self._place.settings.recordings_folder / self._card.id / begun
        about = About(begun, self._card.id, self._card.title)
        limits = Limits(self._place.settings.recording_free << 20)
        try:
            self._recording = Recording.begin(folder, about, self._now, limits, self._failed)
        except OSError as error:
            self._failed(error.strerror or str(error))
            return
        if self._last:
            self._recording.scene(self._last)
        self._programme = asyncio.create_task(self._record_programme(self._recording))

    def _failed(self, why: str) -> None:
        """The show goes on; the desk sees that nothing is recorded any more."""
        log.error("the recording has failed", show=self._card.id, why=why)
        self._broken = True
        entry = Entry(0, next(self._numbers), int(Role.SYSTEM), self._now(), 0, 0, 0, Record(False))
        with contextlib.suppress(OncueError):
            self._place.intake.put(self._card.id, "", entry, lambda _: None)

    def _follow(self, orders: Orders) -> None:
        live = {one.seat: one for one in orders.seated if one.state == "live" and one.seat}
        until = {left.seat: left.until for left in orders.gone}
        for seat, (viewer, feed, sink) in list(self._live.items()):
            if seat not in live or live[seat].viewer != viewer:
                feed.drop(sink, until.get(seat))
                del self._live[seat]
        for seat, one in live.items():
            if there := self._live.get(seat):
                there[1].allow(there[2], video=one.camera, audio=one.microphone)
            elif found := self._people.feed(one.viewer):
                self._add(one, found)

    def _cut(self, orders: Orders, recording: Recording) -> None:
        """What was kept from all viewers is not for those of the replay either."""
        for left in orders.gone:
            if left.cut and left.seat not in self._cuts:
                self._cuts.add(left.seat)
                recording.cut(left.seat, left.until - self._target)

    def _add(self, one: Seated, feed: Feed) -> None:
        if self._recording is None:
            return
        sink = self._recording.sink(one.seat, self._names.get(one.seat, ""))
        self._live[one.seat] = (one.viewer, feed, sink)
        feed.add(sink, one.since, video=one.camera, audio=one.microphone)

    async def _record_programme(self, recording: Recording) -> None:
        """What everybody is shown, from whichever source."""
        path = f"show/{self._card.id}/stage/{SEAT}"
        feed = Feed(self._now, OWN)
        feed.add(recording.sink(SEAT))
        try:
            while True:
                with contextlib.suppress(moq.Error, OncueError):
                    announced = self._place.relay.origin(self._card.id).consume().announced_broadcast(path)
                    await feed.run(MoqPublisher(await announced.available()))
                await asyncio.sleep(AGAIN_S)
        finally:
            feed.close()

    async def _end(self) -> None:
        recording, programme = self._recording, self._programme
        live, self._live = self._live, {}
        self._recording = self._programme = None
        if recording is None:
            return
        for _, feed, sink in live.values():
            feed.drop(sink)
        if programme:
            programme.cancel()
            await asyncio.gather(programme, return_exceptions=True)
        await self._write_log(recording)
        await recording.close()
        log.info("the recording is there", show=self._card.id, folder=str(recording.folder))

    async def _write_log(self, recording: Recording) -> None:
        """What everybody did, as GET /log has it."""
        from .results import Played  # FastAPI with it, which this process has no other use for

        played = Played(self._card.id)
        try:
            with (recording.folder / LOG).open("wb") as file:
                async for seq, data in read_log(self._place.bus, self._card.id):
                    file.writelines(played.lines(seq, data))
        except (OSError, *Gone) as error:
            log.warning("a recording is without its log", show=self._card.id, why=str(error))

    def _later(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)


async def mend(settings: Settings) -> None:
    """Put recordings in order that were cut off."""
    for folder in await asyncio.to_thread(finish_all, settings.recordings_folder):
        log.info("a recording that was cut off is in order", folder=str(folder))
