"""What is written down: entries in batches, and snapshots. msgpack by msgspec, arrays instead of maps."""

from __future__ import annotations

import contextlib
from typing import Annotated, Any, Generic, TypeVar

import msgspec

from .errors import BadInput

VERSION = 2
"""Of the batch layout. A reader refuses any other."""

NONCE = 1 << 20
"""A number is `nonce * NONCE + counter`: a tab's random 32 bits and its own count of actions, from 1."""

A = TypeVar("A")
Span = Annotated[int, msgspec.Meta(ge=0)]


class Entry(msgspec.Struct, Generic[A], array_like=True, gc=False):
    """An action in the log: who, which of theirs, when.

    `at` is when the node got it, `position` what the viewer's picture showed when they pressed (0: no picture), `delay` how far
    behind their picture is believed to be, `rtt` the round trip as the node measured it; all in µs. What may be made of them is judged
    when the log is folded (judge.py). For a timer `viewer` is 0 and `number` its id.
    """

    viewer: int
    number: int
    role: int
    at: int
    position: int
    delay: Span
    rtt: Span
    action: A


class Part(msgspec.Struct, array_like=True, gc=False):
    """Consecutive entries for one segment; `segment` is empty for the show's own actions. `entries` is still encoded."""

    segment: str
    entries: msgspec.Raw


class Batch(msgspec.Struct, array_like=True, gc=False):
    """What one message of `show.<id>.log` holds. `node` and `number` make its `Nats-Msg-Id`. What an owner has decided by itself carries
    its `epoch`: once the log says that a newer one has begun, it does not count."""

    version: int
    node: str
    number: int
    parts: list[Part]
    epoch: int = 0

    @property
    def message_id(self) -> str:
        """The same for every attempt to publish this batch."""
        return f"{self.node}-{self.number}"


_encoder = msgspec.msgpack.Encoder()
_batches = msgspec.msgpack.Decoder(Batch)
_raws = msgspec.msgpack.Decoder(list[msgspec.Raw])
_anything = msgspec.msgpack.Decoder(Entry[Any])


def encode_entries(entries: list[Entry[Any]]) -> msgspec.Raw:
    """Entries of one segment, ready for a `Part`."""
    return msgspec.Raw(_encoder.encode(entries))


def encode_batch(batch: Batch) -> bytes:
    """A batch as it is published."""
    return _encoder.encode(batch)


def decode_batch(data: bytes) -> Batch:
    """The batch in a message. Raises `BadInput` (`log/unreadable`, `log/version`)."""
    try:
        batch = _batches.decode(data)
    except (msgspec.DecodeError, ValueError) as error:
        raise BadInput(f"a log message cannot be read: {error}", code="log/unreadable") from error
    if batch.version != VERSION:
        raise BadInput(f"the log has version {batch.version}, this node knows {VERSION}", code="log/version")
    return batch


def decode_each(
    decoder: msgspec.msgpack.Decoder[list[Entry[Any]]], raw: msgspec.Raw
) -> tuple[list[Entry[Any]], list[tuple[Entry[Any], str]]]:
    """The entries of a part, one by one, where some do not fit: those that do, and those that do not with why. What is no entry at all has
    nobody who could be told, and is in neither."""
    good: list[Entry[Any]] = []
    bad: list[tuple[Entry[Any], str]] = []
    try:
        each = _raws.decode(raw)
    except (msgspec.DecodeError, ValueError):
        return good, bad
    for one in each:
        try:
            good += decoder.decode(b"\x91" + bytes(one))
        except (msgspec.DecodeError, ValueError) as error:
            with contextlib.suppress(msgspec.DecodeError, ValueError):
                bad.append((_anything.decode(one), str(error)))
    return good, bad
