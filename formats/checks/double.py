"""Does anything count twice: what was sent again, and what somebody has done twice?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from oncue.engine import surfaces
from oncue.engine.log import NONCE
from oncue.engine.segment import Segment
from oncue.engine.show import Show

from .aired import VIEWERS, Aired
from .finding import Finding, home, short
from .other import leaves
from .sample import Done, sampled, since
from .tape import kept, route

SAMPLES = 3
"""Actions of a kind that are done twice."""
TAB = NONCE << 31
"""A double click comes from another tab, whose numbers nobody has."""
CHOSEN = ("choices", "rating", "ranking")
"""What is sent by these says what somebody wants: once or twice is the same."""

_json = msgspec.json.Encoder(order="deterministic").encode
_number = re.compile(r"-?\d+(?:\.\d+)?")


def doubled(aired: Aired) -> Iterator[Finding]:
    """What counts twice."""
    yield from _resent(aired)
    answers = _answers(aired)
    told: set[str] = set()
    for done in sampled(aired, SAMPLES):
        if done.type not in told and _once(aired, done, answers) and (found := _clicked_twice(aired, done)):
            told.add(done.type)
            yield found


def _resent(aired: Aired) -> Iterator[Finding]:
    """Every entry of a viewer stands in the log twice: a device may send again what it has no receipt for."""
    tape = aired.tape
    edits = {
        (move.message, move.place): [move.raw, move.raw] for move in tape.moves if move.entry.role & VIEWERS
    }
    show = tape.new()
    for _ in tape.folded(show, tape.edited(edits)):
        pass
    for name, segment in show.segments.items():
        if kept(segment) != kept(aired.show.segments[name]):
            what = "entries that stand in the log twice, with the same number, count twice. That is a fault of the engine"
            yield Finding("double", name, 0, what)


def _answers(aired: Aired) -> set[tuple[int, int]]:
    """The entries whose handler has asked how old the answer is: of each viewer's, the last counts."""
    found: set[tuple[int, int]] = set()

    def hook(segment: Segment) -> None:
        for action, (handler, roles, when) in list(segment.ways.items()):

            def noted(state: Any, act: Any, cue: Any, handler: Any = handler) -> None:
                handler(state, act, cue)
                if cue.asked:
                    found.add((cue.by, cue.number))

            segment.ways[action] = noted, roles, when

    for _ in aired.tape.folded(aired.tape.new(hook=hook)):
        pass
    return found


def _once(aired: Aired, done: Done, answers: set[tuple[int, int]]) -> bool:
    line = route(done.segment, done.entry.action)
    if line is None or line.once is not None:
        return bool(line and line.once)
    if (done.entry.viewer, done.entry.number) in answers:
        return True
    before = aired.sent[max(done.move.message - 1, 0)].public
    return any(
        block.get("block") in CHOSEN and (block.get("send") or {}).get("type") == done.type
        for block in msgspec.json.decode(before)["scene"].get("blocks", ())
    )


def _clicked_twice(aired: Aired, done: Done) -> Finding | None:
    """The same again at the same moment: refused, or nothing grows by it that people can see."""
    tape, start = aired.tape, done.move.message
    again = done.written(number=TAB + 1)
    (once, plain), (twice, more) = (
        since(aired, done, tape.edited({(start, done.move.place): raws}))
        for raws in ([done.move.raw], [done.move.raw, again])
    )
    at = (start, len(tape.batches) - 1)
    for i, _ in zip(plain, more, strict=True):
        if i == start and any((no.viewer, no.number) == (done.entry.viewer, TAB + 1) for no in twice.refused):
            return None
        if i in at and (grown := _grown(_seen(once, done), _seen(twice, done))):
            line = route(done.segment, done.entry.action)
            face, was, now = grown
            what = (
                f"`{done.type}` counts twice when it is done twice (a double click): {face} is {short(was)} after one and {short(now)} "
                "after two. Refuse the second, or put it in the place of the first; if each is to count, say so: `@on(…, once=False)`"
            )
            return Finding("double", home(line.handler) if line else "", tape.seq(start), what)
    return None


def _seen(show: Show, done: Done) -> dict[str, Any]:
    """What people see of a segment: results always, scenes as long as it is live."""
    segment = show.segments[done.segment.spec.id]
    out: dict[str, Any] = {"results": _table(segment, show)}
    if show.live == segment.spec.id:
        out["the public scene"] = surfaces.public(show, 0).scene
        out["the desk"] = surfaces.desk(show, 0).scene
    return {
        f"{face}, {pointer.strip('/').replace('/', '.')}": value
        for face, drawn in out.items()
        for pointer, value in leaves(msgspec.json.decode(_json(drawn)))
    }


def _table(segment: Segment, show: Show) -> list[Any]:
    return [[row.table, row.cells] for row in segment.rows(show.now)]


def _grown(one: dict[str, Any], other: dict[str, Any]) -> tuple[str, Any, Any] | None:
    """The first figure that is larger."""
    for face, was in one.items():
        now = other.get(face)
        if _larger(was, now):
            return face, was, now
    return None


def _larger(was: Any, now: Any) -> bool:
    if isinstance(was, bool) or isinstance(now, bool):
        return False
    if isinstance(was, (int, float)) and isinstance(now, (int, float)):
        return now > was
    if not (isinstance(was, str) and isinstance(now, str)) or _number.sub("#", was) != _number.sub("#", now):
        return False
    pairs = zip(_number.findall(was), _number.findall(now), strict=True)
    return any(float(b) > float(a) for a, b in pairs)
