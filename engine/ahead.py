"""What a log says of how it is to be played, learned before it is: entries that never came to an end, and upgrades that began before they
were written down."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import msgspec

from .errors import OncueError
from .log import Batch, Entry, decode_batch
from .strikes import Key, Strikes, Struck
from .structs import Role
from .versions import Upgraded

if TYPE_CHECKING:
    from .show import Show

_MARKS = (b"struck", b"owned", b"upgraded", b"copied", b"forked")
_entries = msgspec.msgpack.Decoder(list[Entry[Any]])


class _Owned(msgspec.Struct, frozen=True):
    epoch: int


class Ahead:
    """To be shown a log, message by message, from its start or from where `show` is.

    `strikes` are those that count: known before, they spare a replay from doing what never ends. `turns` are the upgrades that say from
    which entry on they were: known before, a replay need not begin again. Where a log was copied into this one (forks.py) its sequences
    mean nothing: there an upgrade is at the entry itself.
    """

    def __init__(self, show: Show | None = None) -> None:
        self.strikes: Strikes = {}
        self.turns: list[Upgraded] = []
        self._epoch = show.epoch if show else 0
        self._copies = len(show.fork.copied) if show else 0

    @classmethod
    def of(cls, log: Iterable[tuple[int, bytes]], show: Show | None = None) -> Ahead:
        """What is to be known of these messages."""
        ahead = cls(show)
        for _, data in log:
            ahead.look(data)
        return ahead

    def look(self, data: bytes) -> None:
        """The next message."""
        if not any(mark in data for mark in _MARKS):
            return
        batch = _read(data)
        if batch is None:
            return
        counts = not 0 < batch.epoch < self._epoch
        for part in batch.parts:
            for entry in () if part.segment else _each(part.entries):
                if entry.role & Role.SYSTEM and isinstance(entry.action, dict):
                    self._decided(entry.action, counts=counts)

    def _decided(self, action: dict[str, Any], *, counts: bool) -> None:
        kind = action.get("type")
        self._copies += (kind == "copied") - (kind == "forked")
        if kind == "upgraded" and action.get("since") and not self._copies:
            turn = _as(Upgraded, action)
            self.turns += [turn] if turn else []
        elif kind == "struck" and counts:
            struck = _as(Struck, action)
            if struck:
                self.strikes.setdefault(struck.key, struck)
        elif kind == "owned" and counts:
            owned = _as(_Owned, action)
            self._epoch = max(self._epoch, owned.epoch if owned else 0)


def absent(keys: Iterable[Key], log: Iterable[tuple[int, bytes]]) -> set[Key]:
    """Those of these entries that are not in these messages."""
    left = set(keys)
    for _, data in log:
        if not left:
            break
        left -= keys_in(data)
    return left


def keys_in(data: bytes) -> set[Key]:
    """The entries in a message."""
    batch = _read(data)
    parts = batch.parts if batch else ()
    return {(part.segment, entry.viewer, entry.number) for part in parts for entry in _each(part.entries)}


def _as(kind: type[Any], action: dict[str, Any]) -> Any:
    try:
        return msgspec.convert(action, kind)
    except (msgspec.ValidationError, ValueError):
        return None


def _read(data: bytes) -> Batch | None:
    try:
        return decode_batch(data)
    except OncueError:
        return None


def _each(entries: msgspec.Raw) -> list[Entry[Any]]:
    try:
        return _entries.decode(entries)
    except (msgspec.DecodeError, ValueError):
        return []
