"""Does a handler take too long? In CPU time of this thread, so that what else the machine does counts for nothing."""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator
from typing import Any

from oncue.engine.segment import Segment

from .finding import Finding, home
from .tape import Tape

Spans = dict[tuple[str, int], int]
"""By action and place in the play: how long the handler took, in µs."""


def overdue(tape: Tape, budget: int) -> Iterator[Finding]:
    """Handlers one call of which took longer than `budget` µs, each of two times that the evening was played."""
    first, where = _played(tape)
    if max(first.values(), default=0) <= budget:
        return
    again, _ = _played(tape)
    told: set[str] = set()
    for (name, n), span in first.items():
        least = min(span, again.get((name, n), span))
        if least > budget and name not in told:
            told.add(name)
            what = f"`{name}` took {least / 1000:g} ms, and may take {budget / 1000:g}: nobody else's action is done meanwhile"
            yield Finding("slow", where[name], 0, what)


def _played(tape: Tape) -> tuple[Spans, dict[str, str]]:
    spans: Spans = {}
    where: dict[str, str] = {}

    def hook(segment: Segment) -> None:
        for action, (handler, roles, when) in list(segment.ways.items()):
            name = segment.routes[action].type
            where[name] = home(handler)

            def timed(state: Any, act: Any, cue: Any, handler: Any = handler, name: str = name) -> None:
                begun = time.thread_time_ns()
                try:
                    handler(state, act, cue)
                finally:
                    spans[name, len(spans)] = (time.thread_time_ns() - begun) // 1000

            segment.ways[action] = timed, roles, when

    collecting = gc.isenabled()
    gc.disable()
    try:
        for _ in tape.folded(tape.new(hook=hook)):
            pass
    finally:
        if collecting:
            gc.enable()
    return spans, where
