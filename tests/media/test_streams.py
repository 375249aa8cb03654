"""Live streams from elsewhere, over real HTTP."""

from __future__ import annotations

import asyncio
import http.server
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import av
import numpy as np
import pytest
from patience import PATIENCE_S

from oncue.engine.errors import BadInput, Unavailable
from oncue.media import open_source
from oncue.media.sources import is_stream, list_media, named
from oncue.media.streams import Offset

RATE = 30


def wall() -> int:
    return time.time_ns() // 1000


class Encoder(http.server.ThreadingHTTPServer):
    """Sends MPEG-TS to whoever asks, in real time, frame k of brightness 30 + k; `/short` ends after a second."""

    daemon_threads = True
    b_frames = 0
    came = 0

    def handle_error(self, *_: object) -> None:
        """Whoever watched is gone."""

    def address(self, path: str = "live") -> str:
        return f"http://127.0.0.1:{self.server_port}/{path}.ts"


class Visit(http.server.BaseHTTPRequestHandler):
    server: Encoder

    def do_GET(self) -> None:  # the library's name
        self.server.came += 1
        self.send_response(200)
        self.send_header("Content-Type", "video/mp2t")
        self.end_headers()
        try:
            self.play(30 if "short" in self.path else 3000)
        except OSError:
            return

    def play(self, frames: int) -> None:
        with av.open(self.wfile, "w", format="mpegts", options={"flush_packets": "1"}) as out:
            video = out.add_stream(
                "libx264", rate=RATE, options={"preset": "ultrafast", "tune": "zerolatency"}
            )
            video.width, video.height, video.pix_fmt = 320, 180, "yuv420p"
            video.codec_context.gop_size, video.codec_context.max_b_frames = RATE // 2, self.server.b_frames
            if self.server.b_frames:
                video.options = {"preset": "fast", "x264-params": "b-adapt=0:bframes=2"}
            audio = out.add_stream("aac", rate=48_000, layout="stereo")
            began = time.monotonic()
            for number in range(frames):
                picture = av.VideoFrame(320, 180, "yuv420p")
                for plane, level in zip(picture.planes, (30 + number % 200, 128, 128), strict=True):
                    plane.update(bytes([level]) * plane.buffer_size)
                picture.pts = number
                out.mux(video.encode(picture))
                sound = av.AudioFrame.from_ndarray(np.zeros((2, 1600), np.float32), "fltp", "stereo")
                sound.sample_rate, sound.pts = 48_000, number * 1600
                out.mux(audio.encode(sound))
                time.sleep(max(0.0, began + number / RATE - time.monotonic()))

    def log_message(self, *_: object) -> None:
        """Nothing: the test's own output is enough."""


@pytest.fixture
def encoder() -> Iterator[Encoder]:
    server = Encoder(("127.0.0.1", 0), Visit)
    serving = threading.Thread(target=server.serve_forever, daemon=True)
    serving.start()
    yield server
    server.shutdown()
    server.server_close()


async def test_a_live_stream_is_passed_on_and_stamped_by_when_it_came(encoder, television):
    tv = await television(await open_source(encoder.address()), wall)
    shown = []
    async for at, luma in tv.pictures():
        shown.append((at, round(float(luma[:, :320].mean()) - 30), wall() - at))
        if len(shown) == 60:
            break
    stamps, numbers, late = np.array(shown[20:]).T
    assert set(np.diff(numbers) % 200) == {1}
    assert (abs(np.diff(stamps) - 1e6 / RATE) < 500).all()
    assert np.median(late) < 400_000  # a machine that is busy makes single frames late
    [track] = tv.catalog.audio.values()
    assert track.codec == "mp4a.40.2"
    heard = []
    async for at, _ in tv.sounds():
        heard.append(at)
        if len(heard) == 20:
            break
    assert (abs(np.diff(heard[3:]) - 1024 / 48_000 * 1e6) < 500).all()


async def test_a_live_stream_that_breaks_off_is_opened_again_and_goes_on(encoder, television):
    tv = await television(await open_source(encoder.address("short")), wall)
    shown = []
    async for at, luma in tv.pictures():
        shown.append((at, round(float(luma[:, :320].mean()) - 30)))
        if len(shown) == 50:
            break
    stamps, numbers = np.array(shown).T
    assert encoder.came >= 2
    assert (np.diff(stamps) > 0).all()
    assert (np.diff(numbers) < 0).sum() == 1


async def test_b_frames_are_refused_with_a_hint(encoder, studio):
    encoder.b_frames = 2
    house = await studio()
    source = await open_source(encoder.address())
    with pytest.raises(BadInput, match="B-frames") as caught:
        await source.run(house.relay.broadcast("show1", "stage/programme"), wall)
    assert caught.value.code == "media/unsupported"
    assert "bframes=0" in caught.value.hint


async def test_who_stops_a_stream_that_never_comes_does_not_wait_for_it(studio):
    house = await studio()
    source = await open_source("rtsp://127.0.0.1:9/nobody")
    playing = asyncio.create_task(source.run(house.relay.broadcast("show1", "stage/programme"), wall))
    done, _ = await asyncio.wait([playing], timeout=0.3)
    assert not done
    began = time.monotonic()
    playing.cancel()
    await asyncio.wait([playing])
    assert time.monotonic() - began < 1


def test_segments_that_come_in_one_go_are_spread_over_their_time():
    offset = Offset()
    dues = []
    for segment in range(8):
        arrived = segment * 4_000_000
        for frame in range(100):
            media = segment * 4_000_000 + frame * 40_000
            dues.append((arrived, media + offset.of(arrived, media)))
    steps = np.diff([due for _, due in dues[200:]])
    assert (abs(steps - 40_000) < 500).all()
    assert all(due >= arrived for arrived, due in dues[200:])


@pytest.mark.parametrize("jitter", [20_000, 80_000])
def test_jitter_of_the_network_does_not_show_in_the_stamps(jitter):
    offset, chance = Offset(), np.random.default_rng(4)
    dues = [
        number * 33_333 + offset.of(number * 33_333 + int(chance.uniform(0, jitter)), number * 33_333)
        for number in range(900)
    ]
    assert (abs(np.diff(dues[60:]) - 33_333) < 600).all()


@pytest.mark.parametrize(
    ("spec", "stream"),
    [
        ("rtsp://cam/1", True),
        ("srt://host:9000", True),
        ("https://host/live.m3u8", True),
        ("film.mp4", False),
        ("/srv/film.mp4", False),
        ("file:///etc/passwd", False),
        ("concat:a|b", False),
    ],
)
def test_what_is_a_live_stream(spec, stream):
    assert is_stream(spec) is stream


@pytest.mark.parametrize(
    "name",
    [
        "../secret.mp4",
        "/etc/passwd",
        "..",
        "",
        "sub/film.mp4",
        ".hidden.mp4",
        "none.mp4",
        "link.mp4",
        "a\\..\\b",
    ],
)
def test_only_films_that_lie_in_the_media_folder_have_names(tmp_path: Path, name):
    folder = tmp_path / "media"
    (folder / "sub").mkdir(parents=True)
    for path in (
        tmp_path / "secret.mp4",
        folder / "sub" / "film.mp4",
        folder / ".hidden.mp4",
        folder / "film.mp4",
    ):
        path.write_bytes(b"x")
    (folder / "link.mp4").symlink_to(tmp_path / "secret.mp4")
    assert named(folder, "film.mp4?loop") == folder / "film.mp4"
    with pytest.raises(BadInput):
        named(folder, name)


def test_the_media_folder_says_what_can_be_played_and_why_the_rest_cannot(
    tmp_path: Path, cook: Callable[[Path], Path]
):
    cook(tmp_path / "good.mp4")
    (tmp_path / "bad.mp4").write_bytes(b"no film")
    (tmp_path / "notes.txt").write_text("hello")
    bad, good = list_media(tmp_path)
    assert (good.name, good.why) == ("good.mp4", "")
    assert 1_000_000 < good.length < 2_000_000
    assert "not an MP4" in bad.why
    assert list_media(tmp_path / "none") == []


@pytest.fixture
def cook() -> Callable[[Path], Path]:
    def cooked(path: Path) -> Path:
        with av.open(path, "w", format="mp4") as out:
            video = out.add_stream("libx264", rate=RATE, options={"preset": "ultrafast", "bf": "0"})
            video.width, video.height, video.pix_fmt = 320, 180, "yuv420p"
            for number in range(40):
                picture = av.VideoFrame(320, 180, "yuv420p")
                picture.pts = number
                out.mux(video.encode(picture))
            out.mux(video.encode(None))
        return path

    return cooked


async def test_a_stream_that_comes_back_as_another_one_ends_the_broadcast(encoder, studio):
    house = await studio()
    source = await open_source(encoder.address("short"))
    playing = asyncio.create_task(source.run(house.relay.broadcast("show1", "stage/programme"), wall))
    while not encoder.came:
        await asyncio.wait([playing], timeout=0.05)
    encoder.RequestHandlerClass = type("Other", (Visit,), {"play": lambda self, frames: other(self.wfile)})
    with pytest.raises(Unavailable) as caught:
        async with asyncio.timeout(PATIENCE_S):
            await playing
    assert caught.value.code == "media/changed"


def other(wire) -> None:
    """A larger picture, without sound."""
    with av.open(wire, "w", format="mpegts") as out:
        video = out.add_stream(
            "libx264", rate=RATE, options={"preset": "ultrafast", "tune": "zerolatency", "bf": "0"}
        )
        video.width, video.height, video.pix_fmt = 640, 360, "yuv420p"
        for number in range(90):
            picture = av.VideoFrame(640, 360, "yuv420p")
            picture.pts = number
            out.mux(video.encode(picture))
