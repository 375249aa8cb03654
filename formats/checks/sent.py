"""What viewers are sent while a log is played, and in what two evenings differ."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from oncue.engine import surfaces
from oncue.engine.events import EVENTS
from oncue.engine.show import Show
from oncue.engine.structs import ViewerId

from .tape import Tape

ALL = 24
"""Up to so many people, the private scenes of all are looked at after each message; else of those whose part has changed and of so many."""

_json = msgspec.json.Encoder(order="deterministic").encode


class Sent(msgspec.Struct):
    """After one message: the public scene and private ones as JSON, who was refused and why, and the public events."""

    public: bytes
    private: dict[int, bytes]
    refused: dict[int, list[tuple[str, str]]]
    world: bytes


class Unlike(msgspec.Struct):
    """Two evenings differ in what was sent: after which message (from 0), to whom (0: all), where in it, and what it was in each."""

    message: int
    face: str
    viewer: int
    path: str
    one: Any
    other: Any


def look(show: Show, who: set[int] | None = None) -> Sent:
    """What is sent now, privately to these viewers."""
    changed = show.segment.changed() if show.segment else set()
    if who is None:
        who = changed | some(show)
    refused: dict[int, list[tuple[str, str]]] = {}
    for no in show.refused:
        refused.setdefault(no.viewer, []).append((no.code, no.why))
    return Sent(
        _json(surfaces.public(show, 0)),
        {one: _json(surfaces.private(show, 0, ViewerId(one))) for one in sorted(who)},
        refused,
        _json([(event.name, event.data) for event in show.told if event.name not in EVENTS]),
    )


def some(show: Show) -> set[int]:
    """A few of the viewers, evenly over the crowd."""
    people = [person.id for person in show.crowd.by_id.values() if not person.staff]
    step = max(1, len(people) // ALL)
    return set(people[::step])


def sent(tape: Tape, show: Show) -> Iterator[Sent]:
    """After each message."""
    for _ in tape.folded(show):
        yield look(show)


def unlike(tape: Tape, base: list[Sent], show: Show, span: range, *, but: int = 0) -> Unlike | None:
    """The first thing that is sent otherwise in this show than in the evening, after the messages in `span`; not to `but`, who may know."""
    for i in tape.folded(show):
        if i >= span.stop:
            return None
        if i < span.start:
            continue
        found = compared(i, base[i], look(show, set(base[i].private)), but)
        if found:
            return found
    return None


def compared(i: int, one: Sent, other: Sent, but: int) -> Unlike | None:
    if one.public != other.public:
        return Unlike(i, "public", 0, *_apart(one.public, other.public))
    for viewer in sorted(one.refused.keys() | other.refused.keys()):
        told = one.refused.get(viewer), other.refused.get(viewer)
        if viewer != but and told[0] != told[1]:
            return Unlike(i, "refusal", viewer, "", *told)
    for viewer, seen in one.private.items():
        if viewer != but and seen != other.private[viewer]:
            return Unlike(i, "private", viewer, *_apart(seen, other.private[viewer]))
    if one.world != other.world:
        return Unlike(i, "event", 0, *_apart(one.world, other.world))
    return None


def _apart(one: bytes, other: bytes) -> tuple[str, Any, Any]:
    return differ(msgspec.json.decode(one), msgspec.json.decode(other))


def differ(one: Any, other: Any, path: str = "") -> tuple[str, Any, Any]:
    """The path to the first value that is not the same, with both; `blocks[1] (choices q3)` where a block is on the way."""
    if isinstance(one, dict) and isinstance(other, dict):
        for key in [*one, *(key for key in other if key not in one)]:
            if one.get(key) != other.get(key):
                return differ(one.get(key), other.get(key), f"{path}.{key}" if path else key)
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for i, (a, b) in enumerate(zip(one, other, strict=True)):
            if a != b:
                return differ(a, b, f"{path}[{i}]{_block(a)}")
    return path, one, other


def _block(value: Any) -> str:
    if not isinstance(value, dict) or "block" not in value:
        return ""
    return f" ({' '.join(filter(None, (value['block'], value.get('id', ''))))})"
