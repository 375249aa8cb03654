"""An evening's log, to be played in many ways."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from typing import Any

import msgspec

from oncue.engine.ahead import Ahead
from oncue.engine.amend import Amendment, amended
from oncue.engine.format import Route
from oncue.engine.log import Batch, Entry, Part, decode_batch
from oncue.engine.replay import play
from oncue.engine.segment import Segment
from oncue.engine.show import Formats, Show
from oncue.engine.snapshot import load
from oncue.engine.structs import ShowId

Changes = dict[str, Any]
"""Settings by their JSON pointers."""

_raws = msgspec.msgpack.Decoder(list[msgspec.Raw])
_anything = msgspec.msgpack.Decoder(Entry[Any])
encode = msgspec.msgpack.Encoder().encode


class Hooked(Show):
    """A show that hands over each of its segments before anything is done in it."""

    hook: Callable[[Segment], None]

    def begin(self, segment: Segment) -> None:
        """Put a segment into the rundown, when the hook has seen it."""
        self.hook(segment)
        super().begin(segment)


class Move(msgspec.Struct):
    """One entry of the log: the message that it stands in and its place in it (from 0), for which segment, as it is written there, and
    decoded, with its action as plain data."""

    message: int
    place: int
    segment: str
    raw: bytes
    entry: Entry[Any]

    @property
    def type(self) -> str:
        """The type of its action."""
        return str(self.entry.action["type"])


class Tape:
    """A log with what is known about it. `begun` is the snapshot that it goes on from, empty for all of a show.

    `end` is the show after it, as `replay.play` makes it.
    """

    def __init__(
        self, id: ShowId, formats: Formats, log: Iterable[tuple[int, bytes]], begun: bytes = b""
    ) -> None:
        self.id = id
        self.formats = formats
        self.begun = begun
        since = load(begun, formats).seq if begun else 0
        self.log = list(log)
        self.batches = [(seq, decode_batch(data)) for seq, data in self.log if seq > since]
        self.end = self.play()

    def play(self) -> Show:
        """The show after the log, played once more."""
        return play(self.id, self.formats, self.log, load(self.begun, self.formats) if self.begun else None)

    def seq(self, message: int) -> int:
        """The sequence of a message by its place."""
        return self.batches[message][0] if message < len(self.batches) else 0

    def new(
        self, changes: dict[str, Changes] | None = None, hook: Callable[[Segment], None] | None = None
    ) -> Show:
        """The show before the log. It knows all amendments that will come, and besides these changes of segments' settings."""
        extra = [Amendment(0, 0, 0, name, change, "") for name, change in (changes or {}).items()]
        if self.begun:
            return self._again(extra, hook)
        known, granted = self.end.amendments, self.end.granted
        show = (Hooked if hook else Show)(
            self.id, self.formats, (*known, *extra), granted if known and granted else None
        )
        show.strikes.update(self.end.strikes)
        show.turns.known = Ahead.of(self.log).turns
        if isinstance(show, Hooked) and hook:
            show.hook = hook
        return show

    def _again(self, extra: list[Amendment], hook: Callable[[Segment], None] | None) -> Show:
        show = load(self.begun, self.formats)
        for name, segment in show.segments.items():
            own = [one for one in extra if one.segment == name]
            segment.format.settings = amended(segment.kind, segment.spec.settings, own)
            if hook:
                hook(segment)
        return show

    def folded(self, show: Show, batches: Iterable[tuple[int, Batch]] | None = None) -> Iterator[int]:
        """Play these messages (all) into a show that `new` has made; yields the place of each when it is done."""
        for i, (seq, batch) in enumerate(self.batches if batches is None else batches):
            show.fold(batch, seq)
            yield i
            show.forget()

    @cached_property
    def moves(self) -> list[Move]:
        """All entries, one by one. What is none is left out, as the fold does."""
        out: list[Move] = []
        for i, (_, batch) in enumerate(self.batches):
            place = 0
            for part in batch.parts:
                raws = _listed(part)
                read = ((n, bytes(raw), _read(bytes(raw))) for n, raw in enumerate(raws, place))
                out += [Move(i, n, part.segment, raw, entry) for n, raw, entry in read if entry]
                place += len(raws)
        return out

    @cached_property
    def places(self) -> list[list[Move]]:
        """The entries of each message."""
        out: list[list[Move]] = [[] for _ in self.batches]
        for move in self.moves:
            out[move.message].append(move)
        return out

    def edited(self, edits: dict[tuple[int, int], list[bytes]]) -> list[tuple[int, Batch]]:
        """The messages with other entries in the place of some, by message and place."""
        out = self.batches.copy()
        for message in {message for message, _ in edits}:
            seq, batch = out[message]
            parts, place = [], 0
            for part in batch.parts:
                raws = _listed(part)
                new = [
                    msgspec.Raw(one)
                    for n, raw in enumerate(raws, place)
                    for one in edits.get((message, n), [bytes(raw)])
                ]
                place += len(raws)
                parts.append(Part(part.segment, msgspec.Raw(encode(new))) if raws else part)
            out[message] = seq, msgspec.structs.replace(batch, parts=parts)
        return out

    def alone(self, message: int) -> list[tuple[int, Batch]]:
        """The log up to and with this message, whose entries are then messages of their own."""
        seq, batch = self.batches[message]
        single = [
            msgspec.structs.replace(batch, parts=[Part(part.segment, msgspec.Raw(encode([raw])))])
            for part in batch.parts
            for raw in _listed(part)
        ]
        return [*self.batches[:message], *((seq + i, one) for i, one in enumerate(single))]


def _read(raw: bytes) -> Entry[Any] | None:
    try:
        entry = _anything.decode(raw)
    except (msgspec.DecodeError, ValueError):
        return None
    return entry if isinstance(entry.action, dict) and "type" in entry.action else None


def _listed(part: Part) -> list[msgspec.Raw]:
    try:
        return _raws.decode(part.entries)
    except (msgspec.DecodeError, ValueError):
        return []


def kept(segment: Segment, state: Any = None) -> bytes:
    """A segment's state (or this one of its format) as bytes, to be compared; empty when it cannot be kept."""
    try:
        return segment.kind.keeper.encode(segment.state if state is None else state)
    except Exception:  # noqa: BLE001  # an author may put anything anywhere
        return b""


def route(segment: Segment | None, action: Any) -> Route | None:
    """The line of a segment's table for an action, decoded or as plain data."""
    if segment is None:
        return None
    if isinstance(action, dict):
        return next((one for one in segment.routes.values() if one.type == action.get("type")), None)
    return segment.routes.get(type(action))
