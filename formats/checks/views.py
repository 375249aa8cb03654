"""Are views plain functions of the state: the same twice, without a trace in it, and drawn as they may be?"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from oncue.engine.blocks import Scene
from oncue.engine.segment import Segment
from oncue.engine.structs import ViewerId

from .aired import VIEWERS
from .finding import Finding, home, short
from .other import leaves
from .sent import differ
from .tape import Tape, kept
from .watch import Kept, Watch

LOOKS, SCENES = 400, 40_000
"""So many times at the most is a whole evening looked at, and so often everybody."""
WHO = 3
"""Of so many viewers the private scene is drawn each time, and of four times as many of those whose part has changed."""

_json = msgspec.json.Encoder(order="deterministic").encode


def plainness(tape: Tape) -> Iterator[Finding]:
    """Plays the evening once, with handlers and views watched."""
    watch = Watch(tape)
    kinds = dict.fromkeys(segment.kind for segment in tape.end.segments.values())
    outside = [Kept(kind) for kind in kinds]
    show = tape.new(hook=watch.hook)
    looks, found = moments(tape), list[Finding]()
    for i in tape.folded(show):
        watch.message = i + 1
        if i in looks and show.segment:
            found += _looked(watch, show.segment, tape.seq(i))
    for segment in show.segments.values():
        watch.kept(segment)
        found += _started(watch, segment)
        found += [
            Finding(
                "fault",
                fault.where or f"{fault.segment}/{fault.action}",
                0,
                f"`{fault.action}` has failed: {fault.message}",
            )
            for fault in segment.faults
        ]
    for one in outside:
        found += one.changed(0)
    yield from watch.found
    yield from found


def moments(tape: Tape) -> set[int]:
    """After which messages: all of a short evening, and of a long one those in which the host or the clock did something before others."""
    most = min(LOOKS, max(20, SCENES // max(tape.end.crowd.count, 1)))
    turns = [i for i, moves in enumerate(tape.places) if any(not one.entry.role & VIEWERS for one in moves)]
    whole = range(len(tape.batches))
    return {*turns[:: max(1, -(-len(turns) * 2 // most))], *whole[:: max(1, -(-len(whole) * 2 // most))]}


def _looked(watch: Watch, segment: Segment, seq: int) -> Iterator[Finding]:
    kind, running, state = segment.kind, segment.format, segment.state
    before = kept(segment)
    people = getattr(running.people, "by_id", {})
    who = dict.fromkeys([*sorted(segment.changed())[: 4 * WHO], *list(people)[:WHO]])
    draws: list[tuple[str, Callable[[], Any]]] = [
        ("public", lambda: running.public(state)),
        ("desk", lambda: running.desk(state)),
        ("next", lambda: running.next(state)),
        ("results", lambda: list(running.results(state))),
        ("secrets", lambda: sorted(map(str, running.secrets(state)))),
        *(("private", lambda one=one: running.private(state, ViewerId(one))) for one in who),
    ]
    for name, draw in draws:
        view = getattr(kind, name)
        where = home(view) if hasattr(view, "__code__") else f"{segment.spec.id}/{name}"
        with watch.watching(name, kind):
            first = _drawn(draw)
        yield from _wrong(name, where, seq, first, _drawn(draw))
        if kept(segment) != before:
            what = f"`{name}` has changed the state. A view only looks: do it in a handler"
            yield Finding("views", where, seq, what)
            return


def _drawn(draw: Callable[[], Any]) -> Any:
    try:
        return draw()
    except Exception as error:  # noqa: BLE001  # an author may raise anything
        return error


def _wrong(name: str, where: str, seq: int, first: Any, again: Any) -> Iterator[Finding]:
    if isinstance(first, Exception):
        yield Finding("fault", where, seq, f"`{name}` has failed: {type(first).__name__}: {first}")
        return
    try:
        one, other = msgspec.json.decode(_json(first)), msgspec.json.decode(_json(again))
    except (TypeError, ValueError, RecursionError) as error:
        yield Finding("views", where, seq, f"`{name}` returns what cannot be sent: {error}")
        return
    if one != other:
        path, was, now = differ(one, other)
        what = f"`{name}` draws another thing each time: {path or 'it'} is {short(was)} and then {short(now)}. Draw from the state alone"
        yield Finding("views", where, seq, what)
    if isinstance(first, Scene):
        yield from _shares(name, where, seq, one)


def _shares(name: str, where: str, seq: int, drawn: Any) -> Iterator[Finding]:
    for pointer, value in leaves(drawn):
        if pointer.endswith("/share") and isinstance(value, (int, float)) and not 0 <= value <= 1:
            what = f"`{name}` draws a share of {value:g} at {pointer}: a share is from 0 to 1. Is somebody counted twice?"
            yield Finding("views", where, seq, what)


def _started(watch: Watch, segment: Segment) -> Iterator[Finding]:
    running = segment.format
    with watch.watching("start", segment.kind):
        one = kept(segment, running.start())
    if one != kept(segment, running.start()):
        what = (
            "`start` gives another state each time. Begin with what the settings say, and draw in a handler"
        )
        yield Finding("views", home(segment.kind.start), 0, what)
