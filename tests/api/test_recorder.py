"""What a recording has of who was on air: each from when they were live to when they were not."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import av
import pytest
from patience import PATIENCE_S

from oncue.api.playing import Place
from oncue.api.recorder import LOG, Recorder, mend
from oncue.engine.live import Intake, ShowCard, ShowClock
from oncue.engine.log import Entry
from oncue.engine.orders import Left, Orders, Seated
from oncue.engine.wire import ProgrammeInfo
from oncue.media import Coded, Grant, Picture, Relay, Sink, TestCard, TrackInfo
from oncue.media import Stage as People
from oncue.media.card import Card
from oncue.media.picture import _h264
from oncue.media.recording import SCENES, Index, read_index

SHOW = "abcdefghij"
ANN = 77
MS = 1_000
TRACK = TrackInfo(name="video", kind="video", codec="avc3.42c01f", width=320, height=180)


class Camera:
    """Publishes a picture with a time code, each tenth a key frame. `sent` are their stamps, and whether they are one."""

    def __init__(self, now) -> None:
        self.now = now
        self.sent: list[tuple[int, bool]] = []
        self._more = asyncio.Event()

    async def run(self, into: Sink) -> None:
        encoder, card = _h264(Picture(320, 180, 30)), Card(320, 180)
        encoder.gop_size = 10
        into.tracks((TRACK,))
        for number in range(3000):
            stamp = self.now()
            frame = card.paint(stamp, number)
            frame.pts = number
            for packet in encoder.encode(frame):
                into.frame("video", Coded(stamp, packet.is_keyframe, bytes(packet)))
                self.sent.append((stamp, packet.is_keyframe))
                self._more.set()
            await asyncio.sleep(1 / 30)

    def keyframe(self) -> None:
        """There is one soon."""

    async def shoots(self, number: int) -> None:
        """Returns once it has sent so many more."""
        wanted = len(self.sent) + number
        async with asyncio.timeout(PATIENCE_S):
            while len(self.sent) < wanted:
                self._more.clear()
                await self._more.wait()


@pytest.fixture
async def house(bus, settings) -> AsyncIterator:
    """A relay with a show whose programme plays, somebody who publishes, and its recorder."""
    now = ShowClock().now
    async with Relay(lambda _: Grant(SHOW, 1, "audience"), now) as relay:
        people = People(relay, SHOW, now, lambda viewer, there: None)
        intake = Intake(bus, node="test")
        place = Place(relay, bus, intake, now, settings)
        recorder = Recorder(place, people, ShowCard(SHOW, "AAAAAA", "Friday", "test"))
        camera = Camera(now)
        tasks = [
            asyncio.create_task(
                TestCard(Picture(320, 180, 30)).run(relay.broadcast(SHOW, "stage/programme"), now)
            ),
            asyncio.create_task(people.attend(ANN, camera)),
        ]
        yield recorder, people, now, camera
        await recorder.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await people.close()
        await intake.close()


def told(
    house, seq: int, recording: bool, state: str = "green", gone: tuple[Left, ...] = (), since: int = 0
) -> None:
    recorder, people, *_ = house
    ann = Seated(ANN, state, "", "g1" if state == "live" else "", since)
    orders = Orders(1, seq, (ann,), gone, ProgrammeInfo("test"), recording)
    people.orders(orders)
    recorder.orders(orders)


def indexes(root: Path) -> list[Index]:
    return [index for path in root.glob("*/*") if (index := read_index(path))]


async def until_parts(folder: Path, count: int) -> Index:
    async with asyncio.timeout(PATIENCE_S):
        while True:
            found = indexes(folder)
            if found and len(found[0].parts) >= count:
                return found[0]
            await asyncio.sleep(0.05)


async def until_written(recorder: Recorder, seat: str, stamp: int) -> None:
    """Returns once the file of a seat has something from then on."""
    assert recorder._recording
    async with asyncio.timeout(PATIENCE_S):
        while not any(
            one._seat == seat and one._writer and one._writer.until >= stamp
            for one in list(recorder._recording._open)
        ):
            await asyncio.sleep(0.02)


async def test_a_guest_is_recorded_while_they_are_live_and_the_programme_all_the_time(house, settings):
    recorder, _, now, camera = house
    scene = {
        "epoch": 1,
        "seq": 1,
        "at": now(),
        "stage": {"seats": [{"seat": "g1", "name": "Ann", "viewer": ANN}]},
    }
    told(house, 1, True)
    recorder.scene(json.dumps(scene).encode())
    await until_parts(settings.recordings_folder, 1)
    since = now()
    told(house, 2, True, "live", since=since)
    await until_parts(settings.recordings_folder, 2)
    await camera.shoots(20)
    until = now()
    told(house, 3, True, "green", (Left("g1", until),))
    await until_written(recorder, "programme", until)
    told(house, 4, False)
    await recorder.close()
    [index] = indexes(settings.recordings_folder)
    folder = settings.recordings_folder / SHOW / index.about.id
    assert index.state == "done"
    programme = next(part for part in index.parts if part.seat == "programme")
    ann = next(part for part in index.parts if part.seat == "g1")
    assert ann.name == "Ann"
    assert abs(ann.start - next(stamp for stamp, key in camera.sent if key and stamp >= since)) < MS
    assert abs(ann.end - max(stamp for stamp, _ in camera.sent if stamp < until)) < MS
    assert programme.start < ann.start
    assert programme.end >= until
    with av.open(folder / ann.file) as file:
        assert len(list(file.decode(video=0))) >= 20
    assert json.loads((folder / SCENES).read_text().splitlines()[0])["seq"] == 1
    assert (folder / LOG).exists()


async def test_what_the_dump_button_kept_from_all_viewers_is_in_no_recording(house, settings):
    recorder, _, now, camera = house
    told(house, 1, True)
    recorder.scene(json.dumps({"epoch": 1, "seq": 1, "at": now(), "target": 400_000}).encode())
    await until_parts(settings.recordings_folder, 1)
    since = now()
    told(house, 2, True, "live", since=since)
    await until_parts(settings.recordings_folder, 2)
    await camera.shoots(45)
    until = now()
    told(house, 3, True, "green", (Left("g1", until, cut=True),))
    told(house, 4, False)
    await recorder.close()
    [index] = indexes(settings.recordings_folder)
    ann = next(part for part in index.parts if part.seat == "g1")
    assert since < ann.end < until - 400_000


async def test_what_cannot_be_recorded_says_so_to_the_desk_and_the_show_goes_on(house, settings):
    recorder, *_ = house
    settings.recordings_folder.parent.mkdir(exist_ok=True)
    settings.recordings_folder.write_text("no folder")
    heard: list[Entry] = []
    recorder._place.intake.put = lambda show, segment, entry, done: heard.append(entry)
    told(house, 1, True)
    told(house, 2, True)  # the orders say so until the show has heard
    [entry] = heard
    assert entry.action.on is False
    settings.recordings_folder.unlink()
    told(house, 3, False)
    told(house, 4, True)
    await until_parts(settings.recordings_folder, 1)


async def test_a_recording_that_a_node_left_behind_is_put_in_order_when_the_next_begins(settings):
    folder = settings.recordings_folder / SHOW / "20270115T080000000"
    folder.mkdir(parents=True)
    (folder / SCENES).write_text('{"seq":1}\n{"se')
    (folder / "index.json").write_text(
        json.dumps({"about": {"id": folder.name, "show": SHOW}, "state": "recording", "start": 5})
    )
    await mend(settings)
    assert read_index(folder).state == "done"
    assert (folder / SCENES).read_text() == '{"seq":1}\n'
