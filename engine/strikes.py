"""Strikes: entries whose handler never came to an end. How long a handler takes, and how much memory, depends on the machine, so what
became of such an entry stands in the log, and every replay does the same with it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Annotated, Any

import msgspec

from .errors import OncueError
from .log import Batch, Entry, decode_batch
from .structs import Action, Role

MOST = 3
"""With so many strikes a segment is suspended."""
WHY = 500

Key = tuple[str, int, int]
"""Segment (empty: the show itself), viewer and number of an entry."""
Why = Annotated[str, msgspec.Meta(max_length=WHY)]


class Overrun(BaseException):
    """Raised inside of a handler or view that takes too long, by who watches over it. No `Exception`: an author's `except Exception` is
    not meant. `where` is the author's line that was being done."""

    def __init__(self, why: str, where: str = "") -> None:
        super().__init__(why)
        self.why = why
        self.where = where


class Torn(BaseException):
    """Raised through the fold when what it was doing cannot be taken back: the show is lost, and is to be played again without it."""


STRIKES = (Overrun, MemoryError, RecursionError)
"""What a handler meets that another machine, or another depth of the stack, would not have raised."""
FAULTS = (Exception, Overrun)
"""What an author's code may raise."""


class Struck(Action, frozen=True):
    """That entry did not come to an end: it counts as refused, from the start of a replay on. `where` is the author's line."""

    viewer: int
    number: int
    segment: str
    why: Why
    where: str = ""

    @property
    def key(self) -> Key:
        """The entry."""
        return self.segment, self.viewer, self.number


class Suspended(Action, frozen=True):
    """The segment takes no more actions, until a host resumes or finishes it."""

    segment: str
    why: Why


class Resume(Action, frozen=True):
    """Let a suspended segment go on."""

    segment: str


Strikes = dict[Key, Struck]


def strike(key: Key, error: BaseException, where: str) -> Struck:
    """The strike for an entry whose handler raised one of `STRIKES`."""
    if isinstance(error, Overrun):
        why, where = error.why, error.where or where
    elif isinstance(error, MemoryError):
        why = "MemoryError: it took more memory than there is"
    else:
        why = f"{type(error).__name__}: {error}"
    segment, viewer, number = key
    return Struck(viewer, number, segment, why[:WHY], where)


class _Owned(msgspec.Struct, frozen=True):
    epoch: int


_MARKS = (b"struck", b"owned")
_entries = msgspec.msgpack.Decoder(list[Entry[Any]])


def told(log: Iterable[tuple[int, bytes]], epoch: int = 0) -> Strikes:
    """The strikes that count in these messages of a log, of a show whose owner was `epoch` before them. Known before a replay begins,
    they spare it from doing what never ends."""
    found: Strikes = {}
    for _, data in log:
        if not any(mark in data for mark in _MARKS):
            continue
        batch = _read(data)
        if batch is None or 0 < batch.epoch < epoch:
            continue
        for said in map(_said, _own(batch)):
            if isinstance(said, Struck):
                found.setdefault(said.key, said)
            elif said:
                epoch = max(epoch, said.epoch)
    return found


def _said(entry: Entry[Any]) -> Struck | _Owned | None:
    try:
        word = entry.action["type"] if entry.role & Role.SYSTEM else ""
        if word == "struck":
            return msgspec.convert(entry.action, Struck)
        return msgspec.convert(entry.action, _Owned) if word == "owned" else None
    except (msgspec.ValidationError, LookupError, TypeError, ValueError):
        return None


def missing(keys: Iterable[Key], log: Sequence[tuple[int, bytes]]) -> set[Key]:
    """Those of these entries that are not in these messages."""
    left = set(keys)
    for _, data in log:
        if not left:
            break
        batch = _read(data)
        for part in batch.parts if batch else ():
            left -= {(part.segment, entry.viewer, entry.number) for entry in _each(part.entries)}
    return left


def _read(data: bytes) -> Batch | None:
    try:
        return decode_batch(data)
    except OncueError:
        return None


def _own(batch: Batch) -> list[Entry[Any]]:
    """The show's own entries in a batch."""
    return [entry for part in batch.parts if not part.segment for entry in _each(part.entries)]


def _each(entries: msgspec.Raw) -> list[Entry[Any]]:
    try:
        return _entries.decode(entries)
    except (msgspec.DecodeError, ValueError):
        return []
