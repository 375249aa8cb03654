"""What the clock is to do in a show, and how a snapshot keeps it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from .structs import Action, Micros

_encode = msgspec.msgpack.Encoder().encode


class Timer(msgspec.Struct, frozen=True):
    """An action that the clock will do in a segment."""

    due: Micros
    segment: str
    action: Action


class KeptTimer(msgspec.Struct, array_like=True):
    """A timer whose action is still encoded."""

    number: int
    due: int
    segment: str
    action: msgspec.Raw


def keep(timers: Iterable[tuple[int, Timer]]) -> list[KeptTimer]:
    """Timers by their numbers, encoded."""
    return [KeptTimer(n, t.due, t.segment, msgspec.Raw(_encode(t.action))) for n, t in timers]


def read(kind: Any, timers: Iterable[KeptTimer]) -> dict[int, Timer]:
    """What `keep` has made, with actions of this type. Raises `msgspec.DecodeError`."""
    return {t.number: Timer(t.due, t.segment, msgspec.msgpack.decode(t.action, type=kind)) for t in timers}
