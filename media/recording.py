"""A show on disk while it is on: a file per seat and visit, the scenes, and an index.

recording = Recording.begin(folder, about, now, Limits(), failed)
feed.add(recording.sink("ann", name="Ann"))
recording.scene(message)        # each SceneMsg, as JSON
await recording.close()         # done: files with an index at their front

A folder of one that was cut off is put in order by `finish`. In a folder are `index.json` (`Index`), `scenes.jsonl` (a SceneMsg a line)
and MP4 files; the show time at which a file begins is in its name too, so nothing is lost with the index.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import re
import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import BinaryIO

import msgspec
import structlog

from oncue.engine.structs import Micros

from .feed import Coded, TrackInfo
from .mp4 import Entry, Writer, cut_off, entry, is_fragmented, last_stamp, remux, whole_bytes
from .pace import Now

log = structlog.get_logger()

INDEX, SCENES, LOCK = "index.json", "scenes.jsonl", ".lock"
NAME = re.compile(r"(?P<seat>[A-Za-z0-9_-]{1,64})\.(?P<number>\d+)\.(?P<start>\d+)\.mp4")
BACKLOG = 20_000
"""So many frames may wait for the disk: a minute of ten seats."""
LOOK_S = 1.0
PATIENCE: Micros = 3_000_000
"""So long sound waits for a picture that was told."""


class Limits(msgspec.Struct, frozen=True):
    """Bytes of the disk that a recording leaves free."""

    free: int = 1 << 30


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """A file: what somebody sent in one visit. `start` and `end` are show time; the file's own time begins at `start`."""

    file: str
    seat: str
    name: str = ""
    start: Micros
    end: Micros = 0
    video: str = ""
    audio: str = ""
    width: int = 0
    height: int = 0
    bytes: int = 0


class About(msgspec.Struct, frozen=True):
    """What is recorded: recording `id` of a show."""

    id: str
    show: str
    title: str = ""


class Index(msgspec.Struct, frozen=True):
    """What `index.json` says. `state`: `recording`, `finishing`, `done` or `failed` (then `why`). `cuts`: from when on nothing of a seat
    is kept."""

    about: About
    state: str
    start: Micros
    end: Micros = 0
    why: str = ""
    parts: tuple[Part, ...] = ()
    cuts: dict[str, Micros] = {}


_decode = msgspec.json.Decoder(Index).decode


def read_index(folder: Path) -> Index | None:
    """The index of a recording, None if there is none that can be read."""
    try:
        return _decode((folder / INDEX).read_bytes())
    except (OSError, msgspec.DecodeError):
        return None


def write_index(folder: Path, index: Index) -> None:
    """Whole or not at all."""
    new = folder / f"{INDEX}.new"
    with new.open("wb") as file:
        file.write(msgspec.json.format(msgspec.json.encode(index), indent=1))
        file.flush()
        os.fsync(file.fileno())
    new.replace(folder / INDEX)


class Recording:
    """One recording while it is made. Sinks and scenes only put into a queue; a thread of its own writes. Whatever goes wrong there ends
    the recording, and `failed` hears why (in the loop); the show goes on."""

    def __init__(
        self, folder: Path, index: Index, now: Now, limits: Limits, failed: Callable[[str], None]
    ) -> None:
        self.folder, self.index = folder, index
        self._now, self._limits, self._failed = now, limits, failed
        self._loop = asyncio.get_running_loop()
        self._queue: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._lock = _locked(folder)
        self._scenes = (folder / SCENES).open("ab")
        self._open: set[_Seat] = set()
        self._over = False
        self._thread = threading.Thread(target=self._work, name="oncue-recording")
        write_index(folder, index)
        self._thread.start()

    @classmethod
    def begin(
        cls, folder: Path, about: About, now: Now, limits: Limits, failed: Callable[[str], None]
    ) -> Recording:
        """A new recording in a new folder. Raises OSError."""
        folder.mkdir(parents=True)
        _room(folder, limits)
        return cls(folder, Index(about, "recording", now()), now, limits, failed)

    def sink(self, seat: str, name: str = "") -> Seat:
        """Takes the frames of one seat."""
        return Seat(self, seat, name)

    def scene(self, message: bytes) -> None:
        """A SceneMsg, as JSON."""
        self.put(lambda: self._line(message))

    def cut(self, seat: str, since: Micros) -> None:
        """Keep nothing of what a seat sent from then on."""
        self.put(lambda: self._cut(_safe(seat), since))

    def _cut(self, seat: str, since: Micros) -> None:
        self.index = msgspec.structs.replace(self.index, cuts=self.index.cuts | {seat: since})
        write_index(self.folder, self.index)

    async def close(self) -> None:
        """Write what is left, and make the files such that any moment in them is found at once."""
        end = self._now()
        if not self._over:
            self._over = True
            self._queue.put(None)
        await asyncio.to_thread(self._thread.join)
        await asyncio.to_thread(self._finish, end)

    def put(self, work: Callable[[], None]) -> None:
        """Have the thread do this."""
        if self._over:
            return
        if self._queue.qsize() > BACKLOG:
            self._fail("the disk is too slow")
            return
        self._queue.put(work)

    def listed(self, part: Part) -> None:
        """A file was begun, or has ended. By the thread."""
        parts = {one.file: one for one in self.index.parts} | {part.file: part}
        self.index = msgspec.structs.replace(self.index, parts=tuple(parts.values()))
        write_index(self.folder, self.index)

    def seat_open(self, seat: _Seat, is_open: bool) -> None:
        """By the thread."""
        (self._open.add if is_open else self._open.discard)(seat)

    def _line(self, message: bytes) -> None:
        self._scenes.write(message.replace(b"\n", b" ") + b"\n")
        self._scenes.flush()

    def _work(self) -> None:
        try:
            looked = self._now()
            while True:
                with contextlib.suppress(Empty):
                    work = self._queue.get(timeout=LOOK_S)
                    if work is None:
                        break
                    work()
                if self._now() - looked > LOOK_S * 1e6:
                    looked = self._now()
                    _room(self.folder, self._limits)
        except Exception as error:
            log.exception("a recording has failed", show=self.index.about.show)
            self._fail(error.strerror or str(error) if isinstance(error, OSError) else str(error))
        finally:
            for seat in list(self._open):
                with contextlib.suppress(OSError):
                    seat.end()
            with contextlib.suppress(OSError):
                self._scenes.close()

    def _fail(self, why: str) -> None:
        self._over = True
        self._queue.put(None)
        self.index = msgspec.structs.replace(self.index, state="failed", why=why)
        self._loop.call_soon_threadsafe(self._failed, why)

    def _finish(self, end: Micros) -> None:
        try:
            finish(self.folder, self.index, now=end)
        except OSError as error:
            log.error("a recording cannot be finished", show=self.index.about.show, why=str(error))
        finally:
            self._lock.close()


class Seat:
    """The sink of one seat: a file per visit, a new one when its tracks change. Of several pictures the largest is recorded."""

    def __init__(self, recording: Recording, seat: str, name: str) -> None:
        self._recording = recording
        self._writing = _Seat(recording, _safe(seat), name)
        self._names: set[str] = set()

    def tracks(self, tracks: tuple[TrackInfo, ...]) -> None:
        """A new file for new tracks."""
        chosen = _chosen(tracks)
        self._names = {track.name for track in chosen}
        self._recording.put(lambda: self._writing.tries(lambda: self._writing.tracks(chosen)))

    def frame(self, track: str, frame: Coded) -> None:
        """To the disk, soon."""
        if track in self._names:
            self._recording.put(lambda: self._writing.tries(lambda: self._writing.frame(track, frame)))

    def close(self) -> None:
        """The visit is over."""
        self._recording.put(lambda: self._writing.tries(self._writing.end))


class _Seat:
    """What the thread does for a seat."""

    def __init__(self, recording: Recording, seat: str, name: str) -> None:
        self._recording, self._seat, self._name = recording, seat, name
        self._tracks: dict[str, TrackInfo] = {}
        self._entries: dict[str, Entry] = {}
        self._waiting: list[tuple[str, Coded]] = []
        self._writer: Writer | None = None
        self._file: BinaryIO | None = None
        self._part: Part | None = None

    def tries(self, work: Callable[[], None]) -> None:
        """Do it. What somebody sends that cannot be written ends their file, and nobody else's. Raises OSError: that is everybody's."""
        try:
            work()
        except OSError:
            raise
        except Exception as error:  # noqa: BLE001  # what anybody sends may be anything
            log.warning("what a seat sends cannot be recorded", seat=self._seat, why=str(error))
            self._give_up()

    def tracks(self, tracks: tuple[TrackInfo, ...]) -> None:
        told = {track.name: track for track in tracks}
        if told != self._tracks:
            self.end()
            self._tracks = told

    def frame(self, track: str, frame: Coded) -> None:
        if track not in self._tracks:
            return
        if self._writer is None:
            self._begin(track, frame)
        elif track in self._entries:
            self._writer.add(track, frame)
        elif frame.key and entry(self._tracks[track], frame.payload):
            # A picture that comes after all.
            self.end()
            self._begin(track, frame)

    def _give_up(self) -> None:
        """What is in the file stays; nothing more is written until other tracks are told."""
        if self._file is not None and not self._file.closed:
            self._file.close()
        self._writer = None
        self._recording.seat_open(self, False)
        self._tracks, self._entries, self._waiting = {}, {}, []

    def end(self) -> None:
        if self._writer is not None and self._file is not None and self._part is not None:
            writer, part, self._writer = self._writer, self._part, None
            self._recording.seat_open(self, False)
            with self._file as file:
                writer.close()
                size = file.tell()
            self._recording.listed(msgspec.structs.replace(part, end=writer.until, bytes=size))
        self._entries, self._waiting = {}, []

    def _begin(self, track: str, frame: Coded) -> None:
        """A file begins when its picture does: only then it is known how that is coded."""
        info = self._tracks[track]
        if info.kind == "video" and not frame.key and track not in self._entries:
            return
        if track not in self._entries and (found := entry(info, frame.payload)):
            self._entries[track] = found
        if track in self._entries:
            self._waiting.append((track, frame))
        pictures = [name for name, track in self._tracks.items() if track.kind == "video"]
        waited = frame.stamp - self._waiting[0][1].stamp if self._waiting else 0
        if self._entries and (waited > PATIENCE or all(name in self._entries for name in pictures)):
            self._write()

    def _write(self) -> None:
        sounds = {
            name: found
            for name, track in self._tracks.items()
            if track.kind == "audio" and (found := entry(track, b""))
        }
        pictures = {name: one for name, one in self._entries.items() if one.info.kind == "video"}
        self._entries = pictures | sounds
        start = min(frame.stamp for _, frame in self._waiting)
        number = sum(part.seat == self._seat for part in self._recording.index.parts) + 1
        entries = (*pictures.values(), *sounds.values())
        self._part = _part(f"{self._seat}.{number}.{start}.mp4", self._seat, self._name, start, entries)
        self._file = (self._recording.folder / self._part.file).open("xb")
        self._writer = Writer(self._file, entries, start)
        self._recording.seat_open(self, True)
        self._recording.listed(self._part)
        for track, frame in self._waiting:
            self._writer.add(track, frame)
        self._waiting = []


def _safe(seat: str) -> str:
    """A seat's name in those of files."""
    return re.sub(r"[^A-Za-z0-9_-]", "-", seat)[:64] or "seat"


def finish(folder: Path, index: Index | None = None, *, now: Micros = 0) -> Index | None:
    """Put a recording in order that is over, however it ended: files are cut where they are whole and get an index at their front,
    `index.json` says what there is. Returns None if there is nothing."""
    index = index or read_index(folder) or _found(folder)
    if index is None:
        return None
    write_index(folder, msgspec.structs.replace(index, state="finishing"))
    known = {part.file: part for part in index.parts}
    for half in folder.glob("*.part"):
        half.unlink()
    parts = []
    for path in sorted(folder.glob("*.mp4")):
        if found := NAME.fullmatch(path.name):
            start = int(found["start"])
            part = known.get(path.name) or Part(file=path.name, seat=found["seat"], start=start)
            if _kept(path, start, index.cuts.get(found["seat"])):
                parts.append(_whole(path, part))
    _whole_lines(folder / SCENES)
    end = max((part.end for part in parts), default=index.start)
    state = "failed" if index.why else "done"
    done = msgspec.structs.replace(index, state=state, parts=tuple(parts), end=index.end or now or end)
    write_index(folder, done)
    return done


def finish_all(root: Path) -> list[Path]:
    """Put all recordings below a folder in order that nobody is making any more; gives those folders. For the start of a node."""
    finished = []
    for path in sorted(root.glob(f"*/*/{SCENES}")):
        index = read_index(path.parent)
        if index is not None and index.state in ("done", "failed"):
            continue
        try:
            with _locked(path.parent):
                if finish(path.parent):
                    finished.append(path.parent)
        except OSError as error:
            log.warning("a recording is left as it is", folder=path.parent.name, why=str(error))
    return finished


def _kept(path: Path, start: Micros, cut: Micros | None) -> bool:
    """Whether anything of a file is kept; what is cut is gone."""
    if cut is None or not is_fragmented(path) or cut_off(path, cut - start):
        return True
    path.unlink()
    return False


def _whole(path: Path, part: Part) -> Part:
    """A file as it is to be kept."""
    try:
        if is_fragmented(path):
            os.truncate(path, whole_bytes(path))
            remux(path)
        end = part.start + last_stamp(path)
    except Exception as error:
        log.exception("a file of a recording is left as it is", file=path.name, why=str(error))
        return msgspec.structs.replace(part, bytes=path.stat().st_size)
    return msgspec.structs.replace(part, end=end, bytes=path.stat().st_size)


def _whole_lines(path: Path) -> None:
    """Without a last line that was cut off."""
    if path.is_file():
        data = path.read_bytes()
        os.truncate(path, data.rfind(b"\n") + 1)


def _found(folder: Path) -> Index | None:
    """An index of files alone."""
    names = [found for path in folder.glob("*.mp4") if (found := NAME.fullmatch(path.name))]
    start = min((int(name["start"]) for name in names), default=0)
    return Index(About(folder.name, folder.parent.name), "recording", start) if names else None


def _part(file: str, seat: str, name: str, start: Micros, entries: tuple[Entry, ...]) -> Part:
    video = next((one.info for one in entries if one.info.kind == "video"), None)
    audio = next((one.info for one in entries if one.info.kind == "audio"), None)
    return Part(
        file=file,
        seat=seat,
        name=name,
        start=start,
        video=video.codec if video else "",
        audio=audio.codec if audio else "",
        width=video.width if video else 0,
        height=video.height if video else 0,
    )


def _chosen(tracks: tuple[TrackInfo, ...]) -> tuple[TrackInfo, ...]:
    """The largest picture and the first sound, without what is only measured."""
    videos = sorted((one for one in tracks if one.kind == "video"), key=lambda one: -one.width * one.height)
    audios = [one for one in tracks if one.kind == "audio"]
    return tuple(msgspec.structs.replace(one, bitrate=0, framerate=0) for one in (*videos[:1], *audios[:1]))


def _locked(folder: Path) -> BinaryIO:
    """Says that somebody works here, until it is closed or the process is gone. Raises OSError when somebody does."""
    file = (folder / LOCK).open("ab")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        raise
    return file


def _room(folder: Path, limits: Limits) -> None:
    if shutil.disk_usage(folder).free < limits.free:
        raise OSError(f"less than {limits.free >> 20} MiB are free on the disk")
