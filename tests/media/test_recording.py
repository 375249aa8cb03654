"""Recordings: what is in the files, also when the process, the disk or the index is gone."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
import time
from pathlib import Path

import av
import numpy as np
import pytest
from patience import PATIENCE_S

from oncue.media.card import Card
from oncue.media.feed import Coded, TrackInfo
from oncue.media.mp4 import is_fragmented
from oncue.media.picture import SAMPLES, Picture, _h264, _opus, _sound, _tick
from oncue.media.recording import (
    INDEX,
    SCENES,
    About,
    Limits,
    Recording,
    finish,
    finish_all,
    read_index,
)
from oncue.media.timecode import read_time_code

BEGAN = 1_800_000_000_000_000
RECORDER = Path(__file__).with_name("_recorder.py")
PICTURE = TrackInfo(name="video", kind="video", codec="avc3.42c01f", width=320, height=180)
SOUND = TrackInfo(name="audio", kind="audio", codec="opus", rate=48_000, channels=2)


def wall() -> int:
    return time.time_ns() // 1000


def frames(seconds: float, start: int = BEGAN, size: tuple[int, int] = (320, 180)) -> list[tuple[str, Coded]]:
    """What a seat sends: picture with a time code at 30 Hz, and 40 ms packets of sound from half a second on, by stamp."""
    encoder, sounds, card, out = _h264(Picture(*size, 30)), _opus(), Card(*size), []
    for number in range(int(seconds * 30)):
        stamp = start + number * 1_000_000 // 30
        frame = card.paint(stamp, number)
        frame.pts = number
        out += [
            ("video", Coded(stamp, packet.is_keyframe, bytes(packet))) for packet in encoder.encode(frame)
        ]
    for number in range(int((seconds - 0.5) * 25)):
        sound = _sound(_tick())
        sound.pts = number * SAMPLES
        stamp = start + 500_000 + number * 40_000
        out += [("audio", Coded(stamp, True, bytes(packet))) for packet in sounds.encode(sound)]
    return sorted(out, key=lambda one: one[1].stamp)


def begin(folder: Path, failed=print, **limits: int) -> Recording:
    return Recording.begin(
        folder, About(folder.name, "show1", "Friday"), wall, Limits(**{"free": 0, **limits}), failed
    )


def codes(path: Path) -> list[tuple[int, int]]:
    """Of each picture its time in the file (µs), and its time code (ms)."""
    with av.open(path, format="mp4") as file:
        return [
            (
                round(frame.pts * frame.time_base * 1_000_000),
                read_time_code(frame.to_ndarray()[: frame.height]),
            )
            for frame in file.decode(video=0)
        ]


async def test_each_frame_is_in_the_file_at_its_own_show_time(tmp_path):
    recording = begin(tmp_path / "r1")
    seat = recording.sink("ann", "Ann")
    seat.tracks((PICTURE, SOUND))
    for track, frame in frames(3):
        seat.frame(track, frame)
    recording.scene(b'{"epoch":1,"seq":1,"at":5}')
    seat.close()
    await recording.close()
    index = read_index(recording.folder)
    [part] = index.parts
    assert (index.state, part.seat, part.name, part.start) == ("done", "ann", "Ann", BEGAN)
    path = recording.folder / part.file
    assert not is_fragmented(path)
    seen = codes(path)
    assert len(seen) == 90
    for at, code in seen:
        assert abs((part.start + at) // 1000 % 2**32 - code) <= 1
    with av.open(path) as file:
        heard = [packet.pts * packet.time_base for packet in file.demux(audio=0) if packet.pts is not None]
    assert len(heard) == 62
    assert abs(float(heard[0]) - 0.5) < 1e-4
    assert (abs(np.diff([float(at) for at in heard]) - 0.04) < 1e-4).all()
    assert json.loads((recording.folder / SCENES).read_text())["at"] == 5
    assert part.end == BEGAN + 2_980_000 - 20_000 or abs(part.end - BEGAN - 2_966_666) < 40_000


async def test_whoever_comes_back_or_turns_a_camera_off_gets_a_file_of_its_own(tmp_path):
    recording = begin(tmp_path / "r1")
    seat = recording.sink("ann")
    seat.tracks((PICTURE, SOUND))
    for track, frame in frames(1):
        seat.frame(track, frame)
    seat.tracks((SOUND,))
    for track, frame in frames(1, BEGAN + 2_000_000):
        seat.frame(track, frame)
    seat.close()
    seat = recording.sink("ann")
    seat.tracks((PICTURE,))
    for track, frame in frames(1, BEGAN + 5_000_000):
        seat.frame(track, frame)
    seat.close()
    await recording.close()
    parts = read_index(recording.folder).parts
    assert [part.start for part in parts] == [BEGAN, BEGAN + 2_500_000, BEGAN + 5_000_000]
    assert [(bool(part.video), bool(part.audio)) for part in parts] == [
        (True, True),
        (False, True),
        (True, False),
    ]


async def test_the_picture_of_a_file_begins_with_a_key_frame(tmp_path):
    recording = begin(tmp_path / "r1")
    seat = recording.sink("ann")
    seat.tracks((PICTURE,))
    for track, frame in frames(2)[7:]:
        seat.frame(track, frame)
    await recording.close()
    [part] = read_index(recording.folder).parts
    assert part.start == BEGAN + 1_000_000
    assert len(codes(recording.folder / part.file)) == 30


async def test_vp8_and_aac_are_recorded_as_they_are(tmp_path):
    pictures, sounds = av.CodecContext.create("libvpx", "w"), av.CodecContext.create("aac", "w")
    pictures.width, pictures.height, pictures.pix_fmt, pictures.framerate = 320, 180, "yuv420p", 30
    pictures.options = {"deadline": "realtime", "lag-in-frames": "0"}
    sounds.sample_rate, sounds.layout, sounds.format = 48_000, "stereo", "fltp"
    sounds.open()
    vp8 = TrackInfo(name="v", kind="video", codec="vp8", width=320, height=180)
    aac = TrackInfo(
        name="a",
        kind="audio",
        codec="mp4a.40.2",
        rate=48_000,
        channels=2,
        description=bytes(sounds.extradata),
    )
    recording = begin(tmp_path / "r1")
    seat = recording.sink("ann")
    seat.tracks((vp8, aac))
    sent: dict[str, list[bytes]] = {"v": [], "a": []}
    for number in range(45):
        frame = av.VideoFrame(320, 180, "yuv420p")
        frame.pts = number
        for packet in pictures.encode(frame):
            sent["v"].append(bytes(packet))
            seat.frame("v", Coded(BEGAN + number * 33_333, packet.is_keyframe, bytes(packet)))
        sound = av.AudioFrame.from_ndarray(np.zeros((2, 1024), np.float32), "fltp", "stereo")
        sound.sample_rate, sound.pts = 48_000, number * 1024
        for packet in sounds.encode(sound):
            sent["a"].append(bytes(packet))
            seat.frame("a", Coded(BEGAN + number * 21_333, True, bytes(packet)))
    await recording.close()
    [part] = read_index(recording.folder).parts
    with av.open(recording.folder / part.file) as file:
        assert [bytes(packet) for packet in file.demux(video=0) if packet.size] == sent["v"]
    with av.open(recording.folder / part.file) as file:
        assert [bytes(packet) for packet in file.demux(audio=0) if packet.size] == sent["a"]
    with av.open(recording.folder / part.file) as file:
        assert len(list(file.decode(video=0))) == 45


async def test_a_full_disk_ends_the_recording_with_a_message_and_what_is_there_stays(tmp_path):
    said = asyncio.get_running_loop().create_future()
    recording = begin(tmp_path / "r1", said.set_result)
    seat = recording.sink("ann")
    seat.tracks((PICTURE,))
    for track, frame in frames(2):
        if track == "video":
            seat.frame(track, frame)

    def full() -> None:
        raise OSError(28, "No space left on device")

    recording.put(full)
    async with asyncio.timeout(PATIENCE_S):
        assert "No space left" in await said
    for track, frame in frames(1, BEGAN + 3_000_000):
        seat.frame(track, frame)  # harms nobody
    await recording.close()
    index = read_index(recording.folder)
    assert (index.state, index.why) == ("failed", "No space left on device")
    assert len(codes(recording.folder / index.parts[0].file)) == 60


async def test_no_recording_begins_where_there_is_no_room(tmp_path):
    with pytest.raises(OSError, match="free"):
        begin(tmp_path / "r1", free=1 << 60)


async def test_a_recording_that_somebody_makes_is_not_put_in_order(tmp_path):
    recording = begin(tmp_path / "show1" / "r1")
    assert finish_all(tmp_path) == []
    assert read_index(recording.folder).state == "recording"
    await recording.close()
    assert read_index(recording.folder).state == "done"


async def killed(folder: Path, after: float) -> int:
    """Records in another process and kills it; gives the stamp of the newest picture that it had said it had."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(RECORDER), str(folder), "60", stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout
    first = int(await process.stdout.readline())
    while (newest := int(await process.stdout.readline())) < first + after * 1e6:
        pass
    process.send_signal(signal.SIGKILL)
    await process.wait()
    return newest


async def test_a_recording_that_was_killed_plays_to_the_last_second_before_it(tmp_path):
    folder = tmp_path / "show1" / "r1"
    at = await killed(folder, 4)
    [path] = folder.glob("*.mp4")
    start = int(path.name.split(".")[2])
    seen = codes(path)  # as it was left
    assert len(seen) > 60
    assert (at - (start + seen[-1][0])) / 1e6 < 1
    for when, code in seen:
        assert abs((start + when) // 1000 % 2**32 - code) <= 1
    scenes = (folder / SCENES).read_text().splitlines()
    assert at - json.loads(scenes[-1])["at"] < 1_000_000
    assert read_index(folder).state == "recording"

    assert finish_all(tmp_path) == [folder]
    index = read_index(folder)
    assert (index.state, index.about.title) == ("done", "Friday")
    assert at - index.parts[0].end < 1_000_000
    put = codes(path)
    assert [code for _, code in put] == [code for _, code in seen]
    assert max(abs(after - before) for (after, _), (before, _) in zip(put, seen, strict=True)) <= 1_000
    assert finish_all(tmp_path) == []


async def test_what_was_killed_is_put_in_order_without_its_index_and_with_its_last_bytes_torn(tmp_path):
    folder = tmp_path / "show1" / "r1"
    await killed(folder, 2)
    [path] = folder.glob("*.mp4")
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size - 1000)
    with (folder / SCENES).open("ab") as file:
        file.write(b'{"epoch":1,"se')
    (folder / INDEX).unlink()
    index = finish(folder)
    assert index.state == "done"
    assert index.parts[0].start == int(path.name.split(".")[2])
    assert len(codes(path)) > 20
    assert all(json.loads(line) for line in (folder / SCENES).read_text().splitlines())


SHORT = b"\0\0\0\1\x67\0\0\0\1\x68\0\0\0\1\x65\x88"
"""A key frame of H.264 whose parameter sets have nothing in them."""


@pytest.mark.parametrize(
    ("info", "payload"),
    [
        (PICTURE, SHORT),
        (TrackInfo(name="video", kind="video", codec="vp8", width=1 << 20, height=1 << 20), b"\0" * 20),
        (TrackInfo(name="audio", kind="audio", codec="mp4a.40.2", description=bytes(300), rate=48_000), b"x"),
        (TrackInfo(name="audio", kind="audio", codec="opus", rate=1 << 20, channels=1 << 20), b"x"),
    ],
)
async def test_what_cannot_be_written_of_somebody_ends_nobody_elses_recording(tmp_path, info, payload):
    recording = begin(tmp_path / "r1")
    mallory, ann = recording.sink("mallory"), recording.sink("ann")
    mallory.tracks((info,))
    ann.tracks((SOUND,))
    for track, frame in frames(2):
        mallory.frame(info.name, Coded(frame.stamp, True, payload))
        if track == "audio":
            ann.frame(track, frame)
    ann.close()
    mallory.close()
    await recording.close()
    index = read_index(recording.folder)
    assert index.state == "done"
    assert [part.end - part.start for part in index.parts if part.seat == "ann"] == [1_440_000]


async def test_sound_is_recorded_though_the_picture_never_begins_and_anew_with_it_when_it_does(tmp_path):
    recording = begin(tmp_path / "r1")
    seat = recording.sink("ann")
    seat.tracks((PICTURE, SOUND))
    for track, frame in frames(12):
        if track == "audio" or frame.stamp >= BEGAN + 8_000_000:
            seat.frame(track, frame)
    seat.close()
    await recording.close()
    parts = read_index(recording.folder).parts
    assert [(part.start, bool(part.video), bool(part.audio)) for part in parts] == [
        (BEGAN + 500_000, False, True),
        (BEGAN + 8_000_000, True, True),
    ]


async def test_a_silence_of_hours_is_recorded(tmp_path):
    recording = begin(tmp_path / "r1")
    seat = recording.sink("ann")
    seat.tracks((SOUND,))
    hours = 3 * 3_600_000_000
    for track, frame in frames(1) + frames(1, BEGAN + hours):
        if track == "audio":
            seat.frame(track, frame)
    seat.close()
    await recording.close()
    index = read_index(recording.folder)
    assert index.state == "done"
    assert index.parts[0].end - index.parts[0].start > hours


async def test_what_was_cut_is_in_no_file(tmp_path):
    recording = begin(tmp_path / "r1")
    for name in ("ann", "bob", "eve"):
        seat = recording.sink(name)
        seat.tracks((PICTURE, SOUND))
        for track, frame in frames(3):
            seat.frame(track, frame)
        seat.close()
    recording.cut("ann", BEGAN + 1_500_000)
    recording.cut("eve", BEGAN)
    await recording.close()
    index = read_index(recording.folder)
    ends = {part.seat: part.end - BEGAN for part in index.parts}
    assert ends.keys() == {"ann", "bob"}
    assert 1_000_000 < ends["ann"] < 1_500_000
    assert ends["bob"] > 2_900_000
    assert max(at for at, _ in codes(recording.folder / index.parts[0].file)) < 1_500_000
    assert len(list(recording.folder.glob("*.mp4"))) == 2
