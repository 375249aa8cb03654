"""Does the log play to the same state again: in other slices, and from a snapshot at any point?"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from oncue.engine.errors import Conflict
from oncue.engine.log import Batch, Part
from oncue.engine.segment import Segment
from oncue.engine.show import Show
from oncue.engine.snapshot import load, save

from .finding import Finding, home, short
from .tape import Tape, encode

SLICES = 3
"""So many messages are put together when the log is played in other slices."""
RENEWED = 25
"""The most snapshots to go on from in one play."""

_entries = msgspec.msgpack.Decoder(list[msgspec.Raw])


def replays(tape: Tape, aired: bytes = b"") -> Iterator[Finding]:
    """`aired` is a snapshot of the show whose log this is, at its end."""
    try:
        found = _replayed(tape, aired)
    except Conflict as no:
        found = _unkept(tape, no)
    if found:
        yield found


def _replayed(tape: Tape, aired: bytes) -> Finding | None:
    end = save(tape.end)
    if aired and aired != end:
        return _differs(tape, load(aired, tape.formats), tape.end, "played again, the log")
    for name, again in _WAYS.items():
        if found := _compared(tape, name, end, again):
            return found
    return None


def _compared(tape: Tape, name: str, end: bytes, again: Callable[[Tape], Show]) -> Finding | None:
    show = again(tape)
    if save(show) == end:
        return None
    return next(_lossy(tape), None) or _differs(tape, tape.end, show, name, again)


def _lossy(tape: Tape) -> Iterator[Finding]:
    """Values of which a snapshot makes others: a whole number in a field of fractions."""
    show = tape.new()
    for i in tape.folded(show):
        for segment in show.segments.values():
            keeper, now = segment.kind.keeper, parts(segment)
            again = _fields(segment, keeper.decode(keeper.encode(segment.state)))
            for name, value in again.items():
                if encode(value) != encode(now[name]):
                    what = f"a snapshot makes {short(value)} of {short(now[name])} in `{name}`: what is put there has not its type"
                    yield Finding("state", f"{segment.spec.id}/{name}", tape.seq(i), what)


def _plainly(tape: Tape) -> Show:
    return tape.play()


def _sliced(tape: Tape) -> Show:
    show = tape.new()
    for _ in tape.folded(show, _merged(tape.batches)):
        pass
    return show


def _merged(batches: list[tuple[int, Batch]]) -> list[tuple[int, Batch]]:
    """Some messages as one. Not those of an owner, of whom the fold knows when they were written."""
    out: list[tuple[int, Batch]] = []
    size = 0
    for seq, batch in batches:
        if out and 0 < size < SLICES and not (batch.epoch or out[-1][1].epoch):
            parts = [*out[-1][1].parts]
            for part in batch.parts:
                if parts and parts[-1].segment == part.segment:
                    parts[-1] = Part(part.segment, _joined(parts[-1].entries, part.entries))
                else:
                    parts.append(part)
            out[-1] = seq, msgspec.structs.replace(batch, parts=parts)
            size += 1
        else:
            out.append((seq, batch))
            size = 1
    return out


def _joined(one: msgspec.Raw, other: msgspec.Raw) -> msgspec.Raw:
    try:
        return msgspec.Raw(encode([*_entries.decode(one), *_entries.decode(other)]))
    except (msgspec.DecodeError, ValueError):
        return one


def _renewed(tape: Tape) -> Show:
    """By an owner who takes over again and again."""
    show, ruled = tape.new(), _ruled(tape)
    step = max(1, len(tape.batches) // RENEWED)
    for i in tape.folded(show):
        if i == ruled:
            show.caught_up()
        if i >= ruled and i % step == 0:
            break
    else:
        return show
    return _renewing(tape, show, i + 1, step)


def _renewing(tape: Tape, show: Show, start: int, step: int) -> Show:
    for i in range(start, len(tape.batches)):
        if i % step == 0:
            show = load(save(show), tape.formats)
        seq, batch = tape.batches[i]
        show.fold(batch, seq)
    return show


_WAYS = {
    "played again, the log": _plainly,
    "played in other slices, the log": _sliced,
    "going on from a snapshot, the log": _renewed,
}


def _ruled(tape: Tape) -> int:
    """The last message with an amendment; -1: none. What formats were granted before it stands in no snapshot."""
    if not (tape.end.amendments and tape.end.granted):
        return -1
    show, last, known = tape.new(), -1, 0
    for i in tape.folded(show):
        if len(show.amendments) > known:
            last, known = i, len(show.amendments)
    return last


def _differs(
    tape: Tape, one: Show, other: Show, name: str, again: Callable[[Tape], Show] = _plainly
) -> Finding:
    """Where it begins: the first message after which two plays are not the same, by bisection, and of its entries the first."""
    low, high = 0, len(tape.batches)
    while low < high:
        middle = (low + high) // 2
        if _same(tape, middle + 1, again):
            low = middle + 1
        else:
            high = middle
    what = _unlike(one, other)
    if low >= len(tape.batches):
        return Finding(
            "replay", f"the log of {tape.id}", 0, f"{name} gives another state than the one on air: {what}"
        )
    seq = tape.seq(low)
    segment, action, where = first_entry(tape, low)
    return Finding(
        "replay",
        where or f"{segment or 'the show'}/{action}",
        seq,
        f"{name} gives another state from `{action}` on: {what}. A handler may use nothing but its state, the action and the cue, and "
        "keep nothing anywhere else",
    )


def _part(tape: Tape, size: int) -> Tape:
    return Tape(tape.id, tape.formats, tape.log[: len(tape.log) - len(tape.batches) + size], tape.begun)


def _same(tape: Tape, size: int, again: Callable[[Tape], Show]) -> bool:
    part = _part(tape, size)
    return save(part.end) == save(again(part))


def first_entry(tape: Tape, message: int) -> tuple[str, str, str]:
    """Segment, action and place of the handler of the entry by which two plays differ: of the message after which they do, the first."""
    moves = tape.places[message]
    if not moves:
        return "", "?", ""
    guilty = moves[-1]
    if len(moves) > 1:
        batches = tape.alone(message)
        for move in moves:
            shows = [tape.new(), tape.new()]
            for show in shows:
                for _ in tape.folded(show, batches[: message + 1 + move.place]):
                    pass
            if save(shows[0]) != save(shows[1]):
                guilty = move
                break
    action = guilty.type
    segment = tape.end.segments.get(guilty.segment)
    found = next((one for one in segment.routes.values() if one.type == action), None) if segment else None
    return guilty.segment, action, home(found.handler) if found else ""


def _unlike(one: Show, other: Show) -> str:
    """The first thing that is not the same."""
    for name, segment in one.segments.items():
        twin = other.segments.get(name)
        if twin is None:
            return f"segment {name} is not there"
        for field, value in parts(segment).items():
            again = parts(twin)[field]
            if encode(value) != encode(again):
                return f"`{field}` is {short(value)} and then {short(again)}"
    return "the show's own part (timers, people or the stage) is not the same"


def parts(segment: Segment) -> dict[str, Any]:
    """A state's fields by name, as what can be encoded."""
    return {**_fields(segment, segment.state), "round": segment.rounds, "faults": len(segment.faults)}


def _fields(segment: Segment, state: Any) -> dict[str, Any]:
    keeper = segment.kind.keeper
    books = zip(keeper.ledgers, keeper.books(state), strict=True)
    plain = {name: getattr(state, name) for name in keeper.names}
    return {**plain, **{name: dict(book.plain) for name, book in books}}


def _unkept(tape: Tape, no: Conflict) -> Finding:
    segment = next((one for one in tape.end.segments.values() if "state" in one.views), None)
    where = f"{segment.spec.id}/state" if segment else str(tape.id)
    return Finding(
        "state", where, 0, f"no snapshot can hold this state: {no.message}. Give the field the type it has"
    )
