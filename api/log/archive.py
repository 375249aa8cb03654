"""The file that a show's log is kept in: written as a stream, verified as it is read. docs/log.md has the format."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterator
from pathlib import Path
from struct import Struct as Packed
from typing import BinaryIO

import msgspec

from oncue.engine.errors import BadInput
from oncue.engine.structs import Micros

from .signing import Signature, is_signed

MAGIC = b"\x89ONCUE\r\n"
"""Its first and its last letters are changed by programs that take a file for text (as in PNG, RFC 2083, 12.11)."""
VERSION = 1
BLOCK = 256 * 1024
"""Bytes of messages in a block, before it is packed."""
MOST = 64 * 1024 * 1024
"""Bytes in one frame, packed or not."""
DIGEST = 32

_frame = Packed(">cI")
_message = Packed(">QI")


class Played(msgspec.Struct, frozen=True):
    """A segment, and what plays it."""

    segment: str
    format: str
    version: str
    title: str


class Header(msgspec.Struct, frozen=True, kw_only=True):
    """What an archive says of itself at its beginning. Times are show time in µs; `first` and `last` are sequences of the log."""

    version: int = VERSION
    show: str
    title: str
    code: str
    software: str
    exported: Micros
    first: int
    last: int
    since: Micros
    until: Micros


class Witness(msgspec.Struct, frozen=True):
    """The hash of the show's state after message `seq` (engine/replay.py). `owner`: up to which message it was taken from what the show's
    owner had kept (0: all of it was played again for the archive)."""

    seq: int
    hash: str
    owner: int = 0


class Finish(msgspec.Struct, frozen=True, kw_only=True):
    """What an archive says of itself at its end. `digest` is that of its last block. `rundown`: the segments as they are in the end, if
    their formats were there."""

    messages: int
    entries: int
    last: int
    digest: str
    state: Witness | None = None
    rundown: tuple[Played, ...] = ()


class Blocks:
    """Where the blocks of an archive lie: of each the last sequence, its place in the file, and the digest before it."""

    def __init__(self) -> None:
        self._all: list[tuple[int, int, bytes]] = []

    def add(self, last: int, place: int, digest: bytes) -> None:
        """The next one."""
        self._all.append((last, place, digest))

    def messages(self, path: Path, after: int = 0) -> Iterator[tuple[int, bytes]]:
        """The messages in a file after this sequence, `(sequence, data)` in order."""
        with path.open("rb") as file:
            for last, place, digest in self._all:
                if last <= after:
                    continue
                file.seek(place)
                _, payload = _read(file)
                for seq, data in _split(_plain(payload, digest)):
                    if seq > after:
                        yield seq, data


class Writer:
    """Makes the bytes of an archive: `begin`, `add` for each message, `end`, and `sign` if it is to be signed."""

    def __init__(self) -> None:
        self._digest = b""
        self._waiting: list[bytes] = []
        self._size = 0
        self._messages = self._entries = self._last = self._place = 0
        self.blocks = Blocks()

    def begin(self, header: Header) -> bytes:
        """The first bytes."""
        data = msgspec.json.encode(header)
        self._digest = hashlib.sha256(MAGIC + data).digest()
        self._place = len(MAGIC) + _frame.size + len(data)
        return MAGIC + _framed(b"H", data)

    def add(self, seq: int, data: bytes, entries: int) -> bytes:
        """A message of the log, which has that many entries. Empty until a block is full."""
        self._waiting += [_message.pack(seq, len(data)), data]
        self._size += len(data) + _message.size
        self._messages, self._entries, self._last = self._messages + 1, self._entries + entries, seq
        return self._block() if self._size >= BLOCK else b""

    def _block(self) -> bytes:
        if not self._waiting:
            return b""
        plain = b"".join(self._waiting)
        packed = zlib.compress(plain, 6)
        before, self._digest = self._digest, hashlib.sha256(self._digest + packed).digest()
        self._waiting, self._size = [], 0
        frame = _framed(b"B", self._digest + packed)
        self.blocks.add(self._last, self._place, before)
        self._place += len(frame)
        return frame

    def flush(self) -> bytes:
        """What waits for its block to be full."""
        return self._block()

    def end(self, state: Witness | None = None, rundown: tuple[Played, ...] = ()) -> bytes:
        """The last bytes of an archive that is not signed."""
        left = self._block()
        finish = Finish(
            messages=self._messages,
            entries=self._entries,
            last=self._last,
            digest=self._digest.hex(),
            state=state,
            rundown=rundown,
        )
        data = msgspec.json.encode(finish)
        self._digest = hashlib.sha256(self._digest + data).digest()
        return left + _framed(b"E", self._digest + data)

    @property
    def digest(self) -> bytes:
        """What a signature is made of, after `end`."""
        return self._digest

    @staticmethod
    def signed(signature: Signature) -> bytes:
        """What comes after the end of one that is."""
        return _framed(b"S", msgspec.json.encode(signature))


class Archive:
    """An archive in a file, which is read from its beginning to its end when it is opened: what is damaged, cut off or out of order is
    found then. `content` is the hash of its messages alone. Raises `BadInput` (`archive/none`, `archive/version`, `archive/damaged`,
    `archive/cut`, `archive/signature`)."""

    def __init__(self, path: Path | str) -> None:
        self._path = Path(path)
        self._blocks = Blocks()
        self.signature: Signature | None = None
        with self._path.open("rb") as file:
            self.header = self._begin(file)
            self._walk(file)

    @property
    def show(self) -> str:
        """The id of the show whose log this is."""
        return self.header.show

    def messages(self, after: int = 0) -> Iterator[tuple[int, bytes]]:
        """The messages of the log after this sequence, `(sequence, data)` in order."""
        return self._blocks.messages(self._path, after)

    def _begin(self, file: BinaryIO) -> Header:
        if file.read(len(MAGIC)) != MAGIC:
            raise BadInput(
                f"{self._path.name} is no archive of a show's log",
                code="archive/none",
                hint="make one by `oncue log export`",
            )
        kind, data = _read(file)
        try:
            version = msgspec.json.decode(data)["version"]
            if kind != b"H" or version != VERSION:
                raise BadInput(
                    f"the archive has version {version}, this program reads {VERSION}",
                    code="archive/version",
                    hint="update oncue",
                )
            header = msgspec.json.decode(data, type=Header)
        except (msgspec.MsgspecError, LookupError, TypeError) as error:
            raise _damaged(f"its header cannot be read: {error}") from error
        self._digest = hashlib.sha256(MAGIC + data).digest()
        return header

    def _walk(self, file: BinaryIO) -> None:
        seq = messages = 0
        content = hashlib.sha256()
        while True:
            place = file.tell()
            kind, payload = _read(file)
            if kind != b"B":
                break
            plain = _plain(payload, self._digest)
            content.update(plain)
            before, self._digest = self._digest, payload[:DIGEST]
            for now, _ in _split(plain):
                if now <= seq:
                    raise _damaged(f"message {now} comes after {seq}")
                seq, messages = now, messages + 1
            self._blocks.add(seq, place, before)
        if kind != b"E":
            raise _damaged(f"there is a frame {kind!r} where its end should be")
        self.finish = self._ended(payload, seq, messages)
        self.content = content.hexdigest()
        self._signed(file)

    def _ended(self, payload: bytes, seq: int, messages: int) -> Finish:
        before, self._digest, data = self._digest, payload[:DIGEST], payload[DIGEST:]
        if hashlib.sha256(before + data).digest() != self._digest:
            raise _damaged("its end is not as it was written")
        try:
            finish = msgspec.json.decode(data, type=Finish)
        except msgspec.MsgspecError as error:
            raise _damaged(f"its end cannot be read: {error}") from error
        if (finish.last, finish.messages, finish.digest) != (seq, messages, before.hex()):
            raise _damaged("its end does not fit what comes before")
        return finish

    def _signed(self, file: BinaryIO) -> None:
        if not file.read(1):
            return
        file.seek(-1, 1)
        kind, payload = _read(file)
        if kind != b"S" or file.read(1):
            raise _damaged("something follows its end")
        try:
            self.signature = msgspec.json.decode(payload, type=Signature)
        except msgspec.MsgspecError as error:
            raise _damaged(f"its signature cannot be read: {error}") from error
        if not is_signed(self._digest, self.signature):
            why = "the signature does not fit: something was changed after it was signed"
            raise BadInput(why, code="archive/signature", hint="do not trust this file")

    @property
    def digest(self) -> str:
        """What stands for all of it, in hex: two archives with the same digest are the same."""
        return self._digest.hex()


def _framed(kind: bytes, payload: bytes) -> bytes:
    return _frame.pack(kind, len(payload)) + payload


def _read(file: BinaryIO) -> tuple[bytes, bytes]:
    head = file.read(_frame.size)
    if len(head) < _frame.size:
        raise _cut()
    kind, size = _frame.unpack(head)
    if size > MOST:
        raise _damaged(f"a frame of {size} bytes is none")
    payload = file.read(size)
    if len(payload) < size:
        raise _cut()
    return kind, payload


def _plain(payload: bytes, digest: bytes) -> bytes:
    """The messages in a block. Its digest is that of the digest before it and of what is packed."""
    if hashlib.sha256(digest + payload[DIGEST:]).digest() != payload[:DIGEST]:
        raise _damaged("a block is not as it was written")
    try:
        unpacking = zlib.decompressobj()
        plain = unpacking.decompress(payload[DIGEST:], MOST)
    except zlib.error as error:
        raise _damaged(f"a block cannot be unpacked: {error}") from error
    if not unpacking.eof or unpacking.unused_data:
        raise _damaged("a block is too large, or has no end")
    return plain


def _split(plain: bytes) -> Iterator[tuple[int, bytes]]:
    place = 0
    while place < len(plain):
        if place + _message.size > len(plain):
            raise _damaged("a message is cut off")
        seq, size = _message.unpack_from(plain, place)
        place += _message.size
        if place + size > len(plain):
            raise _damaged("a message is cut off")
        yield seq, plain[place : place + size]
        place += size


def _damaged(why: str) -> BadInput:
    return BadInput(f"the archive is damaged: {why}", code="archive/damaged", hint="get another copy of it")


def _cut() -> BadInput:
    return BadInput("the archive has no end: it was cut off", code="archive/cut", hint="export it again")
