"""A show as plain data, for people who look into it: its whole state by names, without what nobody may see, its seed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from . import surfaces
from .segment import Segment
from .show import Show

NOTHING = "—"
"""Stands for what is not there, in a list of changes."""


def describe(show: Show) -> dict[str, Any]:
    """All of a show: `segments` with the state of each by the names of its fields, `people`, `timers`, `stage`, what everybody sees."""
    return {
        "show": show.id,
        "title": show.title,
        "phase": show.phase,
        "seq": show.seq,
        "now": show.now,
        "live": show.live,
        "counted": show.counted,
        "repeats": show.repeats,
        "forked": {"of": show.fork.of, "seq": show.fork.seq} if show.fork.of else None,
        "segments": [_segment(segment) for segment in show.segments.values()],
        "timers": [
            {"number": n, "due": t.due, "segment": t.segment, "action": _plain(t.action)}
            for n, t in sorted(show.timers.items(), key=lambda item: (item[1].due, item[0]))
        ],
        "people": {str(one.id): {"name": one.name, "mark": one.state} for one in show.crowd.by_id.values()},
        "stage": _plain(show.stage) if show.stage.turns or show.stage.shifts else None,
        "playout": _plain(show.playout),
        "amendments": _plain(show.amendments),
        "scene": _plain(surfaces.public(show, 0).scene),
    }


def _segment(segment: Segment) -> dict[str, Any]:
    keeper, gap, now = segment.kind.keeper, segment.gap, segment.round
    return {
        "id": segment.spec.id,
        "format": segment.spec.format,
        "version": segment.spec.version,
        "title": segment.spec.title,
        "phase": segment.phase,
        "suspended": segment.suspended,
        "missing": gap.why if gap else "",
        "rounds": segment.rounds,
        "round": {"number": now.number, "title": now.title, "opened": now.opened, "span": now.span}
        if now
        else None,
        "faults": len(segment.faults),
        "state": None if gap else _plain(keeper.plain(segment.state)),
    }


def _plain(value: Any) -> Any:
    return msgspec.to_builtins(value, str_keys=True)


class Change(msgspec.Struct, frozen=True):
    """What has changed, by its JSON pointer (RFC 6901); `NOTHING` for what was not there before, or is not any more."""

    where: str
    before: Any
    after: Any


def changes(before: Any, after: Any, where: str = "") -> Iterator[Change]:
    """What is not the same in two descriptions, in the order of their fields."""
    if isinstance(before, dict) and isinstance(after, dict):
        pairs = [(key, before.get(key, NOTHING), after.get(key, NOTHING)) for key in before | after]
    elif isinstance(before, list) and isinstance(after, list):
        most = max(len(before), len(after))
        pairs = [(i, _at(before, i), _at(after, i)) for i in range(most)]
    else:
        if before != after:
            yield Change(where, before, after)
        return
    for key, one, other in pairs:
        yield from changes(one, other, f"{where}/{str(key).replace('~', '~0').replace('/', '~1')}")


def _at(values: list[Any], i: int) -> Any:
    return values[i] if i < len(values) else NOTHING
