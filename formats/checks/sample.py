"""Some of what viewers did, and the evening from there on with something else in its place."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from oncue.engine.errors import Conflict
from oncue.engine.log import Batch, Entry
from oncue.engine.segment import Segment
from oncue.engine.show import Show
from oncue.engine.snapshot import load, save
from oncue.engine.structs import Action

from .aired import Aired
from .tape import Move, encode, route


class Done(msgspec.Struct):
    """An entry of a viewer that was done: its place in the log, decoded with its action as plain data, the action's type, its segment, and
    a snapshot of the show before its message (empty: none can be gone on from)."""

    move: Move
    entry: Entry[Any]
    action: type[Action]
    segment: Segment
    before: bytes

    @property
    def type(self) -> str:
        """The action's name."""
        return str(self.entry.action["type"])

    def written(self, *, action: dict[str, Any] | None = None, number: int = 0) -> bytes:
        """The entry with another action or another number, as it would stand in the log."""
        new = Entry(*(getattr(self.entry, name) for name in Entry.__struct_fields__))
        new.action, new.number = action or new.action, number or new.number
        return encode(new)


def sampled(aired: Aired, most: int) -> list[Done]:
    """For each kind of action in each segment, up to so many that were done, evenly over the evening."""
    by: dict[tuple[str, str], list[Move]] = {}
    for move in aired.done:
        by.setdefault((move.segment, move.type), []).append(move)
    picked = [move for moves in by.values() for move in _evenly(moves, most)]
    befores = _befores(aired, {move.message for move in picked})
    out = []
    for move in picked:
        segment, entry = aired.show.segments.get(move.segment), move.entry
        line = route(segment, entry.action)
        if segment and line:
            out.append(Done(move, entry, line.action, segment, befores.get(move.message, b"")))
    return out


def _evenly(moves: list[Move], most: int) -> list[Move]:
    if len(moves) <= most:
        return moves
    return [moves[i * (len(moves) - 1) // max(most - 1, 1)] for i in range(most)]


def _befores(aired: Aired, messages: set[int]) -> dict[int, bytes]:
    """Snapshots before these messages. What formats were granted before an amendment is in none."""
    tape = aired.tape
    if tape.end.amendments and tape.end.granted:
        return {}
    show, out = tape.new(), dict[int, bytes]()
    try:
        if 0 in messages:
            out[0] = save(show)
        for i in tape.folded(show):
            if i + 1 in messages:
                out[i + 1] = save(show)
    except Conflict:
        return {}
    return out


def since(aired: Aired, done: Done, batches: list[tuple[int, Batch]]) -> tuple[Show, Iterator[int]]:
    """A show that plays these messages from the one of that entry on: yields the place of each when it is done."""
    if done.before:
        show, first = load(done.before, aired.tape.formats), done.move.message
    else:
        show, first = aired.tape.new(), 0
    plays = aired.tape.folded(show, batches[first:])
    return show, (i + first for i in plays if i + first >= done.move.message)
