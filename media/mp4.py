"""Fragmented MP4 (ISO/IEC 14496-12) of encoded frames as they are: every fragment stands for itself, so a file that is cut anywhere plays
up to its last whole fragment.

PyAV's muxer cannot be told the parameter sets of a stream that it has not encoded itself; these few boxes can.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import av
import msgspec

from oncue.engine.structs import Micros

from .bitstream import PPS, SPS, nal_units
from .feed import Coded, TrackInfo

SCALE = 1_000_000
"""Ticks per second of all tracks: stamps stay what they are."""
FRAGMENT: Micros = 250_000
IDENTITY = struct.pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
SYNC, NO_SYNC = 0x02000000, 0x01010000
"""Sample flags: needs no other; needs others and is no sync sample (8.8.3.1)."""
LAST: Micros = 33_333
"""How long the last frame of a file lasts."""
LONGEST: Micros = (1 << 32) - 1
"""What a sample's duration can be."""


class Entry(msgspec.Struct, frozen=True):
    """How a track stands in the file: its sample entry, and whether frames come in Annex B."""

    info: TrackInfo
    box: bytes
    annex_b: bool


def entry(info: TrackInfo, first: bytes) -> Entry | None:
    """How a track that begins with this frame stands in a file; None if it cannot."""
    family = info.codec.split(".")[0]
    if info.kind == "audio":
        return Entry(info, _audio(info, family), False)
    if family == "vp8":
        return Entry(
            info, _video(info, b"vp08", _box(b"vpcC", bytes.fromhex("010000000a820202020000"))), False
        )
    if info.description:
        return Entry(info, _video(info, b"avc1", _box(b"avcC", info.description)), False)
    units = list(nal_units(first))
    sps = [unit for unit in units if unit[0] & 31 == SPS]
    pps = [unit for unit in units if unit[0] & 31 == PPS]
    if not sps or not pps:
        return None
    return Entry(info, _video(info, b"avc3", _box(b"avcC", _avcc(sps[0], pps[0]))), True)


class Writer:
    """Writes tracks that begin at show time `base` into a file: a fragment each quarter of a second, handed to the system at once."""

    def __init__(self, file: BinaryIO, entries: tuple[Entry, ...], base: Micros) -> None:
        self._file, self._base = file, base
        self._tracks = {entry.info.name: _Track(number, entry) for number, entry in enumerate(entries, 1)}
        self._number = 0
        self._begun: Micros = base
        self.until: Micros = base
        self._write(_head(entries))

    def add(self, track: str, frame: Coded) -> None:
        """The next frame of a track. What is from before the file's beginning is left out."""
        if frame.stamp < self._base:
            return
        if frame.stamp - self._begun >= FRAGMENT:
            self._fragment()
            self._begun = frame.stamp
        self._tracks[track].add(frame)
        self.until = max(self.until, frame.stamp)

    def close(self) -> None:
        """Write what is left. The file stays its owner's."""
        for track in self._tracks.values():
            track.end()
        self._fragment()

    def _fragment(self) -> None:
        self._number += 1
        runs = [run for track in self._tracks.values() if (run := track.take(self._base))]
        if not runs:
            return
        # The data offsets count from the start of the moof, whose size they do not change.
        size = len(_moof(self._number, runs, 0))
        data = b"".join(run.data for run in runs)
        self._write(_moof(self._number, runs, size + 8) + _box(b"mdat", data))

    def _write(self, data: bytes) -> None:
        self._file.write(data)
        self._file.flush()


class _Run(msgspec.Struct, frozen=True):
    """Samples of one track in one fragment; `samples` are lengths, sizes and flags."""

    number: int
    start: int
    samples: list[tuple[int, int, int]]
    data: bytes


class _Track:
    """Collects frames. The newest is kept back: how long it lasts is known when the next one comes."""

    def __init__(self, number: int, entry: Entry) -> None:
        self._number, self._entry = number, entry
        self._held: Coded | None = None
        self._ready: list[tuple[int, Coded]] = []
        self._usual = LAST

    def add(self, frame: Coded) -> None:
        if self._held is not None:
            self._usual = min(frame.stamp - self._held.stamp, LONGEST)
            self._ready.append((self._usual, self._held))
        self._held = frame

    def end(self) -> None:
        if self._held is not None:
            self._ready.append((min(self._usual, LAST), self._held))
            self._held = None

    def take(self, base: Micros) -> _Run | None:
        ready, self._ready = self._ready, []
        if not ready:
            return None
        payloads = [self._payload(frame) for _, frame in ready]
        samples = [
            (length, len(payload), SYNC if frame.key else NO_SYNC)
            for (length, frame), payload in zip(ready, payloads, strict=True)
        ]
        return _Run(self._number, ready[0][1].stamp - base, samples, b"".join(payloads))

    def _payload(self, frame: Coded) -> bytes:
        if not self._entry.annex_b:
            return frame.payload
        return b"".join(struct.pack(">I", len(unit)) + unit for unit in nal_units(frame.payload))


def whole_bytes(path: Path) -> int:
    """Up to where a file that was cut off has whole fragments."""
    whole = 0
    with path.open("rb") as file:
        for kind, at, size in _boxes(file):
            if at + size <= path.stat().st_size and kind in (b"moov", b"mdat"):
                whole = at + size
    return whole


def cut_off(path: Path, at: Micros) -> bool:
    """Take what is from this moment of a fragmented file on out of it, by whole fragments. Whether any is left."""
    left = False
    with path.open("r+b") as file:
        for kind, place, size in _boxes(file):
            if kind != b"moof":
                continue
            file.seek(place)
            moof = file.read(size)
            time = moof.find(b"tfdt") + 8
            if int.from_bytes(moof[time : time + 8], "big") + FRAGMENT > at:
                file.truncate(place)
                break
            left = True
    return left


def is_fragmented(path: Path) -> bool:
    """Whether a file is as `Writer` leaves it, not as `remux` does."""
    with path.open("rb") as file:
        return any(kind == b"moof" for kind, _, _ in _boxes(file))


def last_stamp(path: Path) -> Micros:
    """How long a file is: when its last frame begins, counted from its start."""
    last = 0
    with av.open(path, format="mp4") as file:
        for packet in file.demux():
            if packet.pts is not None and packet.size:
                last = max(last, int(packet.pts * packet.time_base * SCALE))
    return last


def remux(path: Path) -> None:
    """Make of a fragmented file one with its index at the front, in which browsers find any moment at once. It takes its place."""
    part = path.with_suffix(".part")
    options = {"movflags": "faststart"}
    with av.open(path, format="mp4") as old, av.open(part, "w", format="mp4", options=options) as new:
        streams = {stream.index: new.add_stream_from_template(stream) for stream in old.streams}
        for packet in old.demux():
            if packet.size and packet.pts is not None:
                packet.stream = streams[packet.stream.index]
                new.mux(packet)
    part.replace(path)


def _boxes(file: BinaryIO) -> Iterator[tuple[bytes, int, int]]:
    """Kind, place and size of the outermost boxes."""
    at = 0
    while len(head := file.read(16)) >= 8:
        size, kind = struct.unpack(">I4s", head[:8])
        if size == 1 and len(head) == 16:
            size = int.from_bytes(head[8:], "big")
        if size < 8:
            return
        yield kind, at, size
        at += size
        file.seek(at)


def _box(kind: bytes, *content: bytes) -> bytes:
    body = b"".join(content)
    return struct.pack(">I4s", 8 + len(body), kind) + body


def _full(kind: bytes, version: int, flags: int, *content: bytes) -> bytes:
    return _box(kind, struct.pack(">I", version << 24 | flags), *content)


def _head(entries: tuple[Entry, ...]) -> bytes:
    brands = _box(b"ftyp", b"iso6", struct.pack(">I", 0), b"iso6mp41")
    count = len(entries)
    header = _full(
        b"mvhd", 0, 0, struct.pack(">4I", 0, 0, SCALE, 0), struct.pack(">IH10x", 0x10000, 0x100),
        IDENTITY, bytes(24), struct.pack(">I", count + 1),
    )  # fmt: skip
    traks = [_trak(number, entry) for number, entry in enumerate(entries, 1)]
    extends = [_full(b"trex", 0, 0, struct.pack(">5I", number, 1, 0, 0, 0)) for number in range(1, count + 1)]
    return brands + _box(b"moov", header, *traks, _box(b"mvex", *extends))


def _trak(number: int, entry: Entry) -> bytes:
    info, seen = entry.info, entry.info.kind == "video"
    header = _full(
        b"tkhd", 0, 7, struct.pack(">5I8x", 0, 0, number, 0, 0), struct.pack(">HHHH", 0, 0, 0 if seen else 0x100, 0),
        IDENTITY, struct.pack(">II", info.width << 16, info.height << 16),
    )  # fmt: skip
    kind, name = (b"vide", b"picture\0") if seen else (b"soun", b"sound\0")
    media = _full(b"vmhd", 0, 1, bytes(8)) if seen else _full(b"smhd", 0, 0, bytes(4))
    here = _box(b"dinf", _full(b"dref", 0, 0, struct.pack(">I", 1), _full(b"url ", 0, 1)))
    nothing = [_full(kind, 0, 0, bytes(4)) for kind in (b"stts", b"stsc", b"stco")]
    table = _box(
        b"stbl", _full(b"stsd", 0, 0, struct.pack(">I", 1), entry.box), *nothing, _full(b"stsz", 0, 0, bytes(8))
    )  # fmt: skip
    return _box(
        b"trak",
        header,
        _box(
            b"mdia",
            _full(b"mdhd", 0, 0, struct.pack(">4IHH", 0, 0, SCALE, 0, 0x55C4, 0)),
            _full(b"hdlr", 0, 0, bytes(4), kind, bytes(12), name),
            _box(b"minf", media, here, table),
        ),
    )


def _moof(number: int, runs: list[_Run], offset: int) -> bytes:
    trafs = []
    for run in runs:
        # default-base-is-moof; per sample its duration, size and flags, and where the data begins (8.8.7, 8.8.8).
        header = _full(b"tfhd", 0, 0x020000, struct.pack(">I", run.number))
        start = _full(b"tfdt", 1, 0, struct.pack(">Q", run.start))
        rows = b"".join(struct.pack(">III", *sample) for sample in run.samples)
        table = _full(b"trun", 0, 0x000701, struct.pack(">Ii", len(run.samples), offset), rows)
        trafs.append(_box(b"traf", header, start, table))
        offset += len(run.data)
    return _box(b"moof", _full(b"mfhd", 0, 0, struct.pack(">I", number)), *trafs)


def _video(info: TrackInfo, kind: bytes, config: bytes) -> bytes:
    size = struct.pack(">HH", info.width, info.height)
    resolution = struct.pack(">II4xH", 0x480000, 0x480000, 1)
    return _box(
        kind, bytes(6), b"\0\1", bytes(16), size, resolution, bytes(32), struct.pack(">Hh", 24, -1), config
    )


def _audio(info: TrackInfo, family: str) -> bytes:
    channels, rate = info.channels or 2, info.rate or 48_000
    sample = bytes(6) + b"\0\1" + bytes(8) + struct.pack(">HH4xI", channels, 16, rate << 16)
    if family == "opus":
        # Without pre-skip: stamps are those of packets (Encapsulation of Opus in ISO BMFF, 4.3.2).
        return _box(b"Opus", sample, _box(b"dOps", struct.pack(">BBHIhB", 0, channels, 0, rate, 0, 0)))
    config = _described(5, info.description)
    decoder = _described(4, struct.pack(">BB3xII", 0x40, 0x15, 0, 0) + config)
    stream = _described(3, struct.pack(">HB", 0, 0) + decoder + _described(6, b"\2"))
    return _box(b"mp4a", sample, _full(b"esds", 0, 0, stream))


def _described(tag: int, content: bytes) -> bytes:
    """A descriptor with the size in one byte (ISO/IEC 14496-1, 8.3.3)."""
    return bytes([tag, len(content)]) + content


def _avcc(sps: bytes, pps: bytes) -> bytes:
    """ISO/IEC 14496-15, 5.3.3.1."""
    return (
        bytes([1, sps[1], sps[2], sps[3], 0xFF, 0xE1]) + struct.pack(">H", len(sps)) + sps
        + b"\1" + struct.pack(">H", len(pps)) + pps
    )  # fmt: skip
