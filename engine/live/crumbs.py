"""Where an owner is in its log, kept where it outlives the process: what hangs inside of a call of C ends with the process, and the next
one is to know which entry did it."""

from __future__ import annotations

import contextlib
import mmap
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from oncue.engine.log import Entry, Part
from oncue.engine.strikes import Key, Struck

_CRUMB = struct.Struct("<QQQB40s")
_SEQ = struct.Struct("<QQ")
WHY = "it hung, or broke, the engine"

_raw = msgspec.msgpack.Decoder(list[msgspec.Raw])
_entry = msgspec.msgpack.Decoder(Entry[Any])


_here: dict[str, bytearray] = {}
"""Where there is no folder: what ends an owner, and not its process, is known all the same."""


class Crumbs:
    """A file of one show, mapped into memory: the message that is being folded and, the second time, which entry of it.

    A process may end at any moment for other reasons, so the first time means nothing: then the message is folded entry by entry. An
    entry that ends a process then is a strike.
    """

    def __init__(self, folder: Path | None, show: str) -> None:
        self._path = folder / show if folder else None
        self._show = show
        self._map: mmap.mmap | bytearray = _here.setdefault(show, bytearray(_CRUMB.size))
        if self._path:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("a+b") as file:
                file.truncate(_CRUMB.size)
                self._map = mmap.mmap(file.fileno(), _CRUMB.size)
        seq, number, viewer, known, name = _CRUMB.unpack_from(self._map)
        self.suspect = seq
        """The message that was being folded when the last process ended; 0: none."""
        self.culprit: Struck | None = None
        """The entry that was, if that is known."""
        if seq and known:
            self.culprit = Struck(viewer, number, name[:known].rstrip(b"\0").decode(), WHY)
        self.clear()

    def at(self, seq: int) -> None:
        """This message is folded next."""
        _SEQ.pack_into(self._map, 0, seq, 0)

    def clear(self) -> None:
        """Nothing is being folded."""
        _CRUMB.pack_into(self._map, 0, 0, 0, 0, 0, b"")

    def drop(self) -> None:
        """The show is handed over in good order."""
        _here.pop(self._show, None)
        if self._path and isinstance(self._map, mmap.mmap):
            self._map.close()
            self._map = bytearray(_CRUMB.size)
            self._path.unlink(missing_ok=True)

    def each(self, seq: int, parts: list[Part]) -> Iterator[Part]:
        """A message's parts, entry by entry."""
        for part in parts:
            try:
                entries = _raw.decode(part.entries)
            except (msgspec.DecodeError, ValueError):
                yield part
                continue
            for one in entries:
                _, viewer, number = self._key(part.segment, one)
                name = part.segment.encode()[:40]
                _CRUMB.pack_into(self._map, 0, seq, number, viewer, len(name) or 40, name)
                yield Part(part.segment, msgspec.Raw(b"\x91" + bytes(one)))

    def _key(self, segment: str, one: msgspec.Raw) -> Key:
        with contextlib.suppress(msgspec.DecodeError, ValueError):
            entry = _entry.decode(one)
            return segment, entry.viewer, entry.number
        return segment, 0, 0
