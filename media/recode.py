"""Pictures and sound of a file made anew where its own cannot be used as they are: between key frames, standing, at another speed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import TYPE_CHECKING

import av
from av.filter import Graph
from av.video.frame import PictureType

if TYPE_CHECKING:
    from .clips import Clip, Sound

PROFILES = {
    66: ("baseline", "cabac=0:8x8dct=0"),
    77: ("main", "cabac=1:8x8dct=0"),
    100: ("high", "cabac=1:8x8dct=1"),
}
"""H.264's profile_idc: x264's name for it, and what makes it say so (ITU-T H.264, A.2)."""
SPS = re.compile(rb"\x00\x00\x01[\x27\x47\x67]")
"""A start code and the header of a sequence parameter set (ITU-T H.264, 7.4.1 and B.1)."""
LOW_COMPLEXITY = 2
"""The audio object type of AAC LC (ISO/IEC 14496-3, 1.5.1.1)."""


class Pictures:
    """An H.264 encoder whose frames fit among those of a clip: with its profile, flags and level players go on as they are."""

    def __init__(self, clip: Clip, like: av.VideoCodecContext) -> None:
        self._says = clip.init[1:4]
        name, how = PROFILES[clip.init[1]]
        rate = max(1, round(clip.rate or 30))
        encoder = av.CodecContext.create("libx264", "w")
        encoder.width, encoder.height, encoder.pix_fmt = clip.width, clip.height, "yuv420p"
        encoder.framerate, encoder.time_base = Fraction(rate), Fraction(1, 1_000_000)
        encoder.gop_size, encoder.max_b_frames, encoder.thread_count = rate, 0, 1
        encoder.colorspace, encoder.color_range = like.colorspace, like.color_range
        encoder.color_primaries, encoder.color_trc = like.color_primaries, like.color_trc
        most = max(500, clip.bits // 8000)
        encoder.options = {
            "preset": "ultrafast",
            "tune": "zerolatency",
            "profile": name,
            "crf": "20",
            "forced-idr": "1",
            "x264-params": f"scenecut=0:aq-mode=0:bframes=0:vbv-maxrate={most}:vbv-bufsize={most}:{how}",
        }
        self._encoder = encoder

    def encode(self, frame: av.VideoFrame, at: Fraction, *, key: bool) -> bytes:
        """One frame in Annex B, at a time (s) that only grows."""
        frame.pts, frame.time_base = round(at * 1_000_000), Fraction(1, 1_000_000)
        frame.pict_type = PictureType.I if key else PictureType.NONE
        coded = b"".join(bytes(packet) for packet in self._encoder.encode(frame))
        return self._as_the_clip(coded)

    def _as_the_clip(self, coded: bytes) -> bytes:
        found = SPS.search(coded)
        return coded if found is None else coded[: found.end()] + self._says + coded[found.end() + 3 :]


def can_stretch(sound: Sound, rate: Fraction) -> bool:
    """Whether there is sound at this speed: AAC of the plain kind or Opus, not faster or slower than twice."""
    plain = sound.codec == "opus" or sound.init[0] >> 3 == LOW_COMPLEXITY
    return plain and Fraction(1, 2) <= rate <= 2


def stretched(
    frames: Iterable[av.AudioFrame], sound: Sound, rate: Fraction
) -> Iterator[tuple[Fraction, Fraction, bytes]]:
    """The sound at another speed and the same pitch: when each packet begins and ends (s of what is heard), and the packet."""
    graph, encoder, count = Graph(), None, 0
    for frame in frames:
        if encoder is None:
            layout = frame.layout.name
            source = graph.add_abuffer(
                sample_rate=frame.sample_rate,
                format=frame.format.name,
                layout=layout,
                time_base=Fraction(1, frame.sample_rate),
            )
            tempo, sink = graph.add("atempo", str(float(rate))), graph.add("abuffersink")
            source.link_to(tempo)
            tempo.link_to(sink)
            graph.configure()
            encoder = _encoder(sound, layout)
        frame.pts = None
        graph.push(frame)
        while (made := _pull(graph)) is not None:
            made.pts, made.time_base = count, Fraction(1, made.sample_rate)
            count += made.samples
            for packet in encoder.encode(made):
                begins = (packet.pts or 0) * Fraction(1, sound.rate)
                lasts = (packet.duration or sound.samples) * Fraction(1, sound.rate)
                if begins >= 0:
                    yield begins, begins + lasts, bytes(packet)


def _pull(graph: Graph) -> av.AudioFrame | None:
    try:
        return graph.pull()  # type: ignore[return-value]  # an audio graph gives audio
    except (av.BlockingIOError, av.EOFError):
        return None


def _encoder(sound: Sound, layout: str) -> av.AudioCodecContext:
    encoder = av.CodecContext.create("libopus" if sound.codec == "opus" else "aac", "w")
    encoder.layout, encoder.sample_rate, encoder.bit_rate = layout, sound.rate, 128_000
    encoder.format = "flt" if sound.codec == "opus" else "fltp"
    encoder.time_base = Fraction(1, sound.rate)
    encoder.open()
    return encoder
