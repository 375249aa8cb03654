"""From many links into the log: batches, one in flight for each show, and the receipt after the disk."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import msgspec
import structlog

from oncue.engine.errors import BadInput, TooMany
from oncue.engine.live.bus import Bus, subject
from oncue.engine.log import VERSION, Batch, Entry, Part, encode_batch, encode_entries
from oncue.engine.structs import Micros, Role

log = structlog.get_logger()

MOST = 4096
"""Entries in a batch."""
PACE_S = 0.002
"""Between the beginnings of two batches of a show: under load there are fewer and larger ones. The first after a rest goes at once."""
QUEUE = 200_000
"""Entries that may wait, for one show on this node; then newcomers are told to try again."""
BEHIND_S, BEHIND_MOST_S = 0.1, 1.0
"""Between the audience's batches while the show's owner is a second behind the log, and at the most: it grows with the square of that, so
that each node's part of what nobody can fold waits here, where it can be refused in the end. It stays below what a round waits for slow
networks before it closes: who pressed in time is to be counted."""
BEHIND_MORE = 4
"""So much larger are these batches, so that all that waits goes with the next."""
SAID_S = 1.0
"""For so long it counts what an owner has said: one that is gone says nothing."""

Done = Callable[[int], None]
Waiting = tuple[str, Entry[Any], Done]
Lane = tuple[str, int]
"""A show, and whether it is its audience (not 0) that acts."""
_AUDIENCE = int(Role.AUDIENCE)


class Intake:
    """What a node has heard and not yet written.

    While a batch is on its way to the disk the next one gathers, so batches grow with the load and an idle show answers at once. One
    batch at a time for each show keeps the order in which a client's actions came, on which `Person.fresh` relies. What the audience does
    and what staff do are batches of their own, since the audience may have to wait until the show's owner has folded what there is.
    `node` must be new for each process: batch numbers begin at 1.
    """

    def __init__(self, bus: Bus, *, node: str) -> None:
        self._bus = bus
        self._node = node
        self._number = 0
        self._waiting: dict[Lane, list[Waiting]] = {}
        self._writers: dict[Lane, asyncio.Task[None]] = {}
        self._behind: dict[str, tuple[Micros, float]] = {}

    def put(self, show: str, segment: str, entry: Entry[Any], done: Done) -> None:
        """Have an entry recorded; `done(sequence)` is called from the loop once it is on disk.

        The action may be encoded already. Raises `TooMany` (`intake/full`), and `BadInput` (`input/bad-action`) for an action that the log
        cannot hold, such as one with an integer of more than 64 bits.
        """
        if not isinstance(entry.action, msgspec.Raw):
            entry.action = _packed(entry.action)
        lane = show, entry.role & _AUDIENCE
        waiting = self._waiting.get(lane)
        if waiting is None:
            self._waiting[lane] = [(segment, entry, done)]
            self._writers[lane] = asyncio.get_running_loop().create_task(self._write(lane))
        elif len(waiting) >= QUEUE:
            raise TooMany("too much at once", code="intake/full", hint="try again in a moment")
        else:
            waiting.append((segment, entry, done))

    async def record(self, show: str, segment: str, entry: Entry[Any]) -> int:
        """Have an entry recorded and wait for its sequence in the log."""
        recorded: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self.put(show, segment, entry, lambda seq: None if recorded.done() else recorded.set_result(seq))
        return await recorded

    def behind(self, show: str, lag: Micros) -> None:
        """The show's owner says that it is so far behind the log: what nobody can fold is not to get ahead of it without end."""
        if lag:
            self._behind[show] = lag, asyncio.get_running_loop().time() + SAID_S
        else:
            self._behind.pop(show, None)

    async def drain(self) -> None:
        """Return when all that was put is recorded."""
        while self._writers:
            await asyncio.gather(*self._writers.values())

    async def close(self) -> None:
        """Give up on what is not recorded: nobody got a receipt for it."""
        for writer in self._writers.values():
            writer.cancel()
        await asyncio.gather(*self._writers.values(), return_exceptions=True)

    async def _write(self, lane: Lane) -> None:
        where, loop = subject(lane[0], "log"), asyncio.get_running_loop()
        try:
            while self._waiting[lane]:
                begun = loop.time()
                now, message_id, data = self._batch(lane)
                seq = await self._bus.append(where, data, message_id)
                for _, _, done in now:
                    try:
                        done(seq)
                    except Exception:
                        log.exception("a receipt could not be given")
                await asyncio.sleep(max(self._pace(lane) - (loop.time() - begun), 0))
        finally:
            del self._waiting[lane], self._writers[lane]

    def _pace(self, lane: Lane) -> float:
        show, audience = lane
        lag, until = self._behind.get(show, (0, 0.0))
        if not audience or until < asyncio.get_running_loop().time():
            return PACE_S
        return max(PACE_S, min(BEHIND_S * (lag / 1e6) ** 2, BEHIND_MOST_S))

    def _batch(self, lane: Lane) -> tuple[list[Waiting], str, bytes]:
        """The next batch: as much as waits and fits into a message."""
        waiting = self._waiting[lane]
        most = MOST if self._pace(lane) == PACE_S else MOST * BEHIND_MORE
        self._number += 1
        while True:
            now = waiting[:most]
            batch = Batch(VERSION, self._node, self._number, _parts(now))
            data = encode_batch(batch)
            if len(data) <= self._bus.client.max_payload * 0.9 or len(now) == 1:
                break
            most = len(now) // 2
        self._waiting[lane] = waiting[len(now) :]
        return now, batch.message_id, data


def _packed(action: Any) -> msgspec.Raw:
    try:
        return msgspec.Raw(msgspec.msgpack.encode(action))
    except (OverflowError, TypeError, ValueError) as error:
        raise BadInput(f"an action that cannot be recorded: {error}", code="input/bad-action") from error


def _parts(waiting: list[Waiting]) -> list[Part]:
    parts: list[Part] = []
    begun = 0
    for i in range(1, len(waiting) + 1):
        if i == len(waiting) or waiting[i][0] != waiting[begun][0]:
            parts.append(Part(waiting[begun][0], encode_entries([entry for _, entry, _ in waiting[begun:i]])))
            begun = i
    return parts
