"""A log that is written all at once, under the id of a new show."""

from __future__ import annotations

import asyncio
import secrets
from array import array
from bisect import bisect_right
from collections.abc import Iterable
from contextlib import suppress
from itertools import islice

import msgspec

from oncue.engine.errors import Unavailable
from oncue.engine.live import Bus, subject
from oncue.engine.live.bus import STREAM, Gone
from oncue.engine.log import decode_batch, encode_batch
from oncue.engine.player import joined, pieces, read

TOGETHER = 128
"""Messages on their way at the same time."""
_MARK = b"upgraded"


class Sequences:
    """Where messages that stood at some sequences stand now."""

    def __init__(self) -> None:
        self._old, self._new = array("Q"), array("Q")

    def add(self, old: int, new: int) -> None:
        """The next message."""
        self._old.append(old)
        self._new.append(new)

    def new(self, old: int) -> int:
        """The new sequence of the last message up to that old one; 0 when there is none."""
        i = bisect_right(self._old, old)
        return self._new[i - 1] if i else 0

    def __len__(self) -> int:
        return len(self._new)

    @property
    def last(self) -> int:
        """The newest."""
        return self._new[-1] if self._new else 0

    def moved(self, data: bytes) -> bytes:
        """A message that names a sequence of its log names the new one: `Upgraded.since`, which nothing else does."""
        if _MARK not in data:
            return data
        batch, out = decode_batch(data), []
        for segment, raw in pieces(batch):
            entry = read(raw)
            if entry and not segment and entry.action.get("type") == "upgraded" and entry.action.get("since"):
                entry.action["since"] = self.new(entry.action["since"])
                raw = msgspec.Raw(msgspec.msgpack.encode(entry))  # noqa: PLW2901
            out.append((segment, raw))
        return encode_batch(joined(batch, out))


async def purge(bus: Bus, show: str) -> None:
    """Forget the log of a show, of which nobody knows."""
    with suppress(*Gone):
        await bus.js.purge_stream(STREAM, subject=subject(show, "log"))


async def write_log(bus: Bus, show: str, messages: Iterable[tuple[int, bytes]]) -> Sequences:
    """Write messages, `(old sequence, data)`, as the log of a show that has none. Raises `Unavailable` (`nats/unreachable`) when not all of
    it could be, and then leaves none."""
    sequences, waiting, attempt = Sequences(), iter(messages), secrets.token_hex(5)
    try:
        while some := await asyncio.to_thread(lambda: list(islice(waiting, TOGETHER))):
            # One that names sequences of messages before it must wait for them.
            size = 1 if any(_MARK in data for _, data in some) else TOGETHER
            for first in range(0, len(some), size):
                await _write(bus, show, some[first : first + size], sequences, f"{attempt}-{len(sequences)}")
    except BaseException:
        await purge(bus, show)
        raise
    return sequences


async def _write(
    bus: Bus, show: str, some: list[tuple[int, bytes]], sequences: Sequences, attempt: str
) -> None:
    puts = [_put(bus, show, sequences.moved(data), f"{attempt}-{i}") for i, (_, data) in enumerate(some)]
    done = await asyncio.gather(*puts, return_exceptions=True)
    failed = next((one for one in done if isinstance(one, BaseException)), None)
    if failed:
        raise Unavailable(
            f"the log cannot be written: {failed}", code="nats/unreachable", hint="try again in a moment"
        ) from failed
    for (old, _), seq in zip(some, done, strict=True):
        if not isinstance(seq, int) or seq <= sequences.last:
            raise Unavailable("the log was not written in order", code="nats/unreachable", hint="try again")
        sequences.add(old, seq)


async def _put(bus: Bus, show: str, data: bytes, number: str) -> int:
    headers = {"Nats-Msg-Id": f"{show}-{number}"}
    return (await bus.js.publish(subject(show, "log"), data, stream=STREAM, headers=headers, timeout=10)).seq
