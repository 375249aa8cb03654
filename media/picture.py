"""The test picture: a card with the time on it, and a tick on the second."""

from __future__ import annotations

from fractions import Fraction

import av
import moq
import msgspec
import numpy as np
from av.video.frame import PictureType

from oncue.engine.errors import BadInput

from .card import Card
from .pace import LATE_US, Now, Pace, play
from .remote import Remote

SAMPLES, AUDIO_RATE = 1_920, 48_000
"""40 ms in an Opus packet (RFC 6716, 2.1.4): what a viewer costs the relay goes by packets, but players buffer little more than 100 ms."""

AUDIO_US = SAMPLES * 1_000_000 // AUDIO_RATE

BITS = 4_000_000
"""More per second than the picture ever takes."""


class Picture(msgspec.Struct, frozen=True):
    """Size in pixels (even, a height of 90 to 1080) and frames per second (1 to 60)."""

    width: int = 1280
    height: int = 720
    rate: int = 30

    def __post_init__(self) -> None:
        even = self.width % 2 == 0 and self.height % 2 == 0
        if not (even and 160 <= self.width <= 1920 and 90 <= self.height <= 1080 and 1 <= self.rate <= 60):
            size = f"{self.width}x{self.height}@{self.rate}"
            hint = "even numbers, 160x90 to 1920x1080, 1 to 60 frames per second, as in test:640x360@15"
            raise BadInput(f"no test picture of {size}", code="media/picture", hint=hint)


class TestCard:
    """Source of H.264 (constrained baseline, a key frame on each second, no B-frames) and Opus stereo.

    Frame k of a second shows and is stamped with that second plus k/rate, in show time, whoever draws it. The tick starts on the
    second, to the sample. Nothing is drawn while nobody looks.
    """

    __test__ = False  # for pytest: the name is a studio's, not a test's
    live = True
    length = 0

    def __init__(self, picture: Picture | None = None) -> None:
        self.picture = picture or Picture()

    async def run(self, broadcast: moq.BroadcastProducer, now: Now, remote: Remote | None = None) -> None:
        """Play into the broadcast, which it owns and announces, until cancelled."""
        await play(lambda pace: self._play(broadcast, pace), now)

    def _play(self, broadcast: moq.BroadcastProducer, pace: Pace) -> None:
        video, audio = _Video(broadcast, self.picture), _Audio(broadcast)
        try:
            video.jump(pace.now())
            audio.jump(pace.now())
            broadcast.announce()
            while pace.until(min(video.due, audio.due)):
                track = video if video.due <= audio.due else audio
                if pace.now() - track.due > LATE_US:
                    track.jump(pace.now())
                track.send()
        finally:
            broadcast.close()


class _Video:
    def __init__(self, broadcast: moq.BroadcastProducer, picture: Picture) -> None:
        width, height, self._rate = picture.width, picture.height, picture.rate
        self._card = Card(width, height)
        self._encoder = _h264(picture)
        size = moq.Dimensions(width=width, height=height)
        # At a lower bit rate than the real one the catalog changes as the library measures it, and players start again.
        hint = moq.VideoHint(
            coded=size, framerate=float(picture.rate), bitrate=BITS, optimize_for_latency=True
        )
        self._track = broadcast.publish_video(moq.VideoFormat.AVC3, hint=hint)
        self._demand = self._track.demand()
        self._index = self._count = 0
        self._key = True

    @property
    def due(self) -> int:
        return self._index * 1_000_000 // self._rate

    def jump(self, now: int) -> None:
        """Go on with the next frame from now, and with a key frame."""
        self._index = now * self._rate // 1_000_000 + 1
        self._key = True

    def send(self) -> None:
        """The next frame, unless nobody looks. The first one always: players learn from it what they will have to decode."""
        if self._demand.is_used() or not self._count:
            self._encode()
        elif not self._key:
            # So that who comes next waits for a new picture, instead of seeing the last one.
            self._track.discontinuity()
            self._key = True
        self._index += 1

    def _encode(self) -> None:
        frame = self._card.paint(self.due, self._count)
        frame.pts, frame.time_base = self._index, Fraction(1, self._rate)
        frame.pict_type = PictureType.I if self._key or self._index % self._rate == 0 else PictureType.NONE
        for packet in self._encoder.encode(frame):
            self._track.write_frame(bytes(packet), self.due)
        self._count, self._key = self._count + 1, False


class _Audio:
    def __init__(self, broadcast: moq.BroadcastProducer) -> None:
        self._encoder = _opus()
        self._track = broadcast.publish_audio(moq.AudioFormat.OPUS, bytes(self._encoder.extradata or b""))
        self._silence, self._tick = _sound(np.zeros(SAMPLES)), _sound(_tick())
        self._index = 0

    @property
    def due(self) -> int:
        # When the last of its samples has sounded, as with a microphone: players take what comes early as heard early.
        return (self._index + 1) * AUDIO_US

    def jump(self, now: int) -> None:
        self._index = now // AUDIO_US

    def send(self) -> None:
        sound = self._silence if self._index * AUDIO_US % 1_000_000 else self._tick
        sound.pts = self._index * SAMPLES
        for packet in self._encoder.encode(sound):
            # The encoder looks ahead: its packets begin a little before the samples that went in.
            self._track.write_frame(bytes(packet), (packet.pts or 0) * 1_000_000 // AUDIO_RATE)
            # A group per packet, or who joins gets all the sound since the start.
            self._track.cut()
        self._index += 1


def _h264(picture: Picture) -> av.VideoCodecContext:
    encoder = av.CodecContext.create("libx264", "w")
    encoder.width, encoder.height, encoder.pix_fmt = picture.width, picture.height, "yuv420p"
    encoder.framerate, encoder.time_base = Fraction(picture.rate), Fraction(1, picture.rate)
    encoder.gop_size, encoder.max_b_frames, encoder.thread_count = picture.rate, 0, 1
    # BT.709 in limited range (ITU-T H.273).
    encoder.colorspace = encoder.color_primaries = encoder.color_trc = encoder.color_range = 1
    encoder.options = {
        "preset": "ultrafast",
        "tune": "zerolatency",
        "profile": "baseline",
        "crf": "23",
        "forced-idr": "1",
        "x264-params": "scenecut=0:aq-mode=0:vbv-maxrate=3600:vbv-bufsize=1800",
    }
    return encoder


def _opus() -> av.AudioCodecContext:
    encoder = av.CodecContext.create("libopus", "w")
    encoder.layout, encoder.format = "stereo", "s16"
    encoder.sample_rate, encoder.bit_rate = AUDIO_RATE, 32_000
    encoder.options = {"application": "lowdelay", "frame_duration": "40", "vbr": "off"}
    encoder.open()
    return encoder


def _tick() -> np.typing.NDArray[np.float64]:
    """1 kHz that dies away within 20 ms."""
    time = np.arange(SAMPLES) / AUDIO_RATE
    return 0.5 * np.sin(2 * np.pi * 1000 * time) * np.exp(-time / 0.004)


def _sound(wave: np.typing.NDArray[np.float64]) -> av.AudioFrame:
    """Mono samples from -1 to 1 as a stereo frame."""
    samples = np.repeat((32767 * wave).astype(np.int16), 2)[None, :]
    frame = av.AudioFrame.from_ndarray(samples, format="s16", layout="stereo")
    frame.sample_rate, frame.time_base = AUDIO_RATE, Fraction(1, AUDIO_RATE)
    return frame
