"""The same evening before a larger crowd: some who did something have so many twins, who do the same at the same moments."""

from __future__ import annotations

from typing import Any

import msgspec

from oncue.engine.log import Batch, Entry

from .aired import Aired
from .tape import Move, encode

FIRST = 1 << 52
"""The ids of twins begin here."""


def crowded(aired: Aired, twins: int) -> tuple[list[tuple[int, Batch]], dict[tuple[int, int], Move]]:
    """The messages with about so many twins in all; and the entries of the last twin of each, by viewer and number, with those that they
    repeat."""
    tape = aired.tape
    joined = [move for move in tape.moves if not move.segment and _joins(move)]
    acting = _acting(aired, {move.entry.viewer for move in joined})
    each = -(-twins // max(len(acting), 1))
    place = {viewer: FIRST + i * each for i, viewer in enumerate(acting)}
    edits: dict[tuple[int, int], list[bytes]] = {}
    last: dict[tuple[int, int], Move] = {}
    for move in [*(one for one in joined if one.entry.viewer in acting), *_of(aired.done, acting)]:
        first = place[move.entry.viewer]
        copies = [_twin(move, first + i) for i in range(each)]
        edits[move.message, move.place] = [move.raw, *copies]
        if move.segment:
            last[first + each - 1, move.entry.number] = move
    return tape.edited(edits), last


def _acting(aired: Aired, known: set[int]) -> dict[int, None]:
    """A few people who between them have done all that was done."""
    covered: set[tuple[str, str]] = set()
    out: dict[int, None] = {}
    for move in aired.done:
        kind = move.segment, move.type
        if move.entry.viewer in known and (kind not in covered or len(out) < 2):
            covered.add(kind)
            out[move.entry.viewer] = None
    return out


def _of(moves: list[Move], acting: dict[int, None]) -> list[Move]:
    return [move for move in moves if move.entry.viewer in acting]


def _joins(move: Move) -> bool:
    return move.type == "join"


def _twin(move: Move, viewer: int) -> bytes:
    entry: Entry[Any] = msgspec.structs.replace(move.entry, viewer=viewer)
    if _joins(move):
        entry.action = {**entry.action, "name": f"twin {viewer - FIRST}"}
    return encode(entry)
