"""All that viewers receive, kept on disk: what is the same is kept once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path
from struct import Struct

PLAIN = re.compile(
    rb'\{"op":"pong","t0":[\d.e+-]+,"t1":\d+,"t2":\d+\}|\{"op":"got","n":\d+,"seq":\d+\}'
    rb'|\{"op":"no","n":\d+,"code":"[a-z/-]+","why":"[^"\\]{0,200}"\}'
)
"""What holds nothing but figures and our own words."""
MOST = 512 << 20
"""Bytes that are kept."""
PRIVATE = (b'{"op":"private"', b'{"op":"welcome"', b'{"op":"named"')
_head = Struct("<QI")


class Spool:
    """Frames as they came, in a file. `received` counts all of them and `bytes` what they had; `missed` are those for which there was no
    room."""

    def __init__(self, file: Path) -> None:
        self._path = file
        self._file = file.open("wb")
        self._known: set[bytes] = set()
        self._room = MOST
        self.received = 0
        self.bytes = 0
        self.missed = 0

    def keep(self, viewer: int, data: bytes) -> None:
        """A frame that this viewer has received (0: a scene that came through the relay)."""
        self.received += 1
        self.bytes += len(data)
        if PLAIN.fullmatch(data):
            return
        own = viewer if data.startswith(PRIVATE) else 0
        key = blake2b(data, digest_size=16, key=b"%d" % own).digest()
        if key in self._known:
            return
        if len(data) > self._room:
            self.missed += 1
            return
        self._known.add(key)
        self._room -= len(data)
        self._file.write(_head.pack(own or viewer, len(data)) + data)

    def frames(self) -> Iterator[tuple[int, bytes]]:
        """Each different frame, and who was the first to receive it."""
        self._file.flush()
        with self._path.open("rb") as kept:
            while head := kept.read(_head.size):
                viewer, size = _head.unpack(head)
                yield viewer, kept.read(size)

    def close(self) -> None:
        """Keep no more."""
        self._file.close()
