"""MP4 files as pictures: as they are, played as a remote says, standing, sought, slower and faster."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import moq

from oncue.engine.wire import ProgrammeInfo

from .clips import AUDIO, Clip, read_clip
from .pace import LATE_US, Now, Pace, play
from .remote import Line, Remote
from .samples import Sample, rounds, samples, still

STILL_US = 100_000
"""A picture that stands is sent that often: players go on being somewhere, and what has not changed costs next to nothing."""
KEY_EACH = 10
"""Of these every so many-eth needs none before it, for who joins."""
CATCH_UP_US = 250_000
"""What was due that short ago when an order came is still sent: viewers' pictures are later than that."""


class FileSource:
    """Source of a file's own H.264 and AAC or Opus, stamped in show time. With `loop` it plays round and round, else it stops at its
    end and says so to the remote.

    The first picture of a place that was sought is exactly that of this moment, also between key frames: from there to the next key
    frame it is encoded anew, in the file's own profile. So is a picture that stands, ten times a second, and what is faster than 1.5.
    """

    live = False

    def __init__(self, clip: Clip, *, loop: bool = True) -> None:
        self.clip = clip
        self.loop = loop

    @property
    def length(self) -> int:
        """Of one round, in µs."""
        return int((self.clip.period if self.loop else self.clip.length) * 1_000_000)

    async def run(self, broadcast: moq.BroadcastProducer, now: Now, remote: Remote | None = None) -> None:
        """Play into the broadcast, which it owns and announces, until cancelled."""
        remote = remote or Remote(ProgrammeInfo(self.clip.path.name, at=now()))
        pace = Pace(now)
        remote.attach(pace.wake)
        await play(lambda pace: self._play(broadcast, pace, remote), now, pace)

    def _play(self, broadcast: moq.BroadcastProducer, pace: Pace, remote: Remote) -> None:
        try:
            deck = Deck(self, broadcast, pace, remote)
            broadcast.announce()
            deck.run()
        finally:
            broadcast.close()


def open_file(path: Path, *, loop: bool = True) -> FileSource:
    """Look through the whole file. Raises BadInput: `media/unreadable`, or `media/unsupported` with what to do about it."""
    return FileSource(read_clip(path), loop=loop)


class Deck:
    """Plays one file into one broadcast, in a thread of its own. `last` are the newest stamps: none goes back."""

    def __init__(
        self, source: FileSource, broadcast: moq.BroadcastProducer, pace: Pace, remote: Remote
    ) -> None:
        self._clip, self._loop, self._length = source.clip, source.loop, source.length
        self._pace, self._remote = pace, remote
        self._video, self._audio = _publish(broadcast, source.clip)
        self._frame = round(1_000_000 / (source.clip.rate or 30))
        self._last_video = self._last_audio = 0
        self._order = remote.state

    def run(self) -> None:
        """Until the work must end."""
        while not self._pace.stopped:
            self._order = self._remote.state
            if self._order.playing:
                self._go()
            else:
                self._stand(Fraction(self._order.media, 1_000_000))

    def _go(self) -> None:
        line = Line.of(self._order)
        begin = max(line.at, self._last_video + self._frame // 2, self._pace.now() - CATCH_UP_US)
        start = max(line.source(begin), Fraction(0))
        if self._loop or start < self._clip.length:
            late = False
            for sample in self._samples(start, line.rate):
                due = line.show(sample.due)
                if not self._pace.until(due, self._changed):
                    return
                late = self._pace.now() - due > LATE_US or (late and not (sample.video and sample.key))
                if not late:
                    self._send(sample, line.show(sample.at))
        self._remote.over(self._length)
        self._stand(self._clip.length)

    def _samples(self, start: Fraction, rate: Fraction) -> Iterator[Sample]:
        return (rounds if self._loop else samples)(self._clip, start, rate)

    def _send(self, sample: Sample, stamp: int) -> None:
        if sample.video:
            self._show(sample.payload, stamp)
        elif self._audio is not None and stamp > self._last_audio:
            self._last_audio = stamp
            self._audio.write_frame(sample.payload, stamp)
            # A group per packet, or who joins gets all the sound since the start.
            self._audio.cut()

    def _show(self, payload: bytes, stamp: int) -> None:
        if stamp > self._last_video:
            self._last_video = stamp
            self._video.write_frame(payload, stamp)

    def _stand(self, media: Fraction) -> None:
        """The picture of one moment, until there is another order."""
        if self._loop:
            media %= self._clip.period
        frame, encoder = still(self._clip, min(max(media, Fraction(0)), self._clip.length))
        stamp = max(self._pace.now(), self._last_video + self._frame)
        first, count = stamp, 0
        while self._pace.until(stamp, self._changed):
            coded = encoder.encode(frame, Fraction(stamp - first, 1_000_000), key=count % KEY_EACH == 0)
            self._show(coded, stamp)
            count, stamp = count + 1, max(stamp + STILL_US, self._pace.now())

    def _changed(self) -> bool:
        return self._remote.state is not self._order


def _publish(
    broadcast: moq.BroadcastProducer, clip: Clip
) -> tuple[moq.MediaProducer, moq.MediaProducer | None]:
    size = moq.Dimensions(width=clip.width, height=clip.height)
    # At a lower bit rate than the real one the catalog changes as the library measures it, and players start again.
    hint = moq.VideoHint(coded=size, framerate=clip.rate, bitrate=2 * clip.bits, optimize_for_latency=True)
    video = broadcast.publish_video(moq.VideoFormat.AVC3, hint=hint)
    if clip.sound is None:
        return video, None
    return video, broadcast.publish_audio(AUDIO[clip.sound.codec], clip.sound.init)
