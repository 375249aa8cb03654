"""The evening as it was: what was sent after each message, and what was a secret then."""

from __future__ import annotations

import contextlib
from typing import Any

import msgspec

from oncue.engine.segment import Segment
from oncue.engine.show import Show
from oncue.engine.structs import BY, Action
from oncue.engine.wire import Ruling

from .other import leaves
from .sent import Sent, look
from .tape import Move, Tape

VIEWERS = int(BY["viewer"])


class Ruled(msgspec.Struct):
    """A round, and what may be ruled about it. Nobody may know before it was settled: that is after the message `until`."""

    segment: str
    number: int
    rulings: tuple[Ruling, ...]
    until: int


class Aired:
    """One play of a log, with everything noted: `sent` after each message, the `rounds`, `secrets` (by segment, pointers and action types
    that the format has named after each message), and which entries of viewers were done (`done`)."""

    def __init__(self, tape: Tape) -> None:
        self.tape = tape
        self.sent: list[Sent] = []
        self.rounds: list[Ruled] = []
        self.secrets: list[dict[str, frozenset[str | type[Action]]]] = []
        self._open: dict[str, Ruled] = {}
        refused: set[tuple[int, int]] = set()
        self.show = show = tape.new()
        for i in tape.folded(show):
            self.sent.append(look(show))
            refused.update((no.viewer, no.number) for no in show.refused)
            judged = {(name, record.number): record.report.rulings for name, record in show.judged}
            for segment in show.segments.values():
                self._round(i, segment, judged)
            self.secrets.append(_secrets(show))
        self.rounds += self._open.values()
        self.done = self._done(refused)

    def _round(self, i: int, segment: Segment, judged: dict[tuple[str, int], tuple[Ruling, ...]]) -> None:
        name = segment.spec.id
        known = self._open.get(name)
        number = segment.round.number if segment.round else 0
        if known and known.number != number:
            del self._open[name]
            rulings = judged.get((name, known.number), known.rulings)
            self.rounds.append(Ruled(name, known.number, rulings, i))
        if number and name not in self._open:
            self._open[name] = Ruled(name, number, _rulings(segment, number), len(self.tape.batches))

    def _done(self, refused: set[tuple[int, int]]) -> list[Move]:
        out, seen = [], set(refused)
        for move in self.tape.moves:
            entry = move.entry
            if not move.segment or not entry.role & VIEWERS:
                continue
            if (entry.viewer, entry.number) not in seen:
                seen.add((entry.viewer, entry.number))
                out.append(move)
        return out

    def said(self, segment: str, type: str = "") -> list[Any]:
        """What viewers said in a segment (by this type of action): each value once."""
        moves = [move.entry.action for move in self.done if move.segment == segment]
        values = [
            (value.__class__, value)
            for act in moves
            if not type or act["type"] == type
            for pointer, value in leaves(act)
            if pointer != "/type" and not isinstance(value, list)
        ]
        return [value for _, value in dict.fromkeys(values)]

    def until(self, segment: str, secret: str | type[Action], since: int = 0) -> int:
        """The message after which a secret is none any more: it was one after the message before."""
        was = False
        for i in range(since, len(self.secrets)):
            listed = secret in self.secrets[i].get(segment, ())
            if was and not listed:
                return i
            was = listed
        return len(self.secrets)


def _rulings(segment: Segment, number: int) -> tuple[Ruling, ...]:
    """What might be ruled about a round that is still open: there may be nothing to say yet."""
    try:
        return tuple(segment.format.rulings(segment.state, number))
    except Exception:  # noqa: BLE001  # an author may raise anything
        return ()


def _secrets(show: Show) -> dict[str, frozenset[str | type[Action]]]:
    """Of the segment that is live, and of those that were not live yet."""
    out = {}
    for name, segment in show.segments.items():
        if segment.phase != "done":
            with contextlib.suppress(Exception):  # an author may raise anything: views.py tells
                out[name] = frozenset(segment.format.secrets(segment.state))
    return out
