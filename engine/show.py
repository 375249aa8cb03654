"""A show: its rundown, its people, and the fold of its log. Pure: the same log gives the same show."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from .cue import After, Cancel, Emit
from .errors import Conflict, FormatError, OncueError, Reject, Unknown
from .format import Format, Route
from .house import SHOW_DECODER, SHOW_ROUTES, Join
from .log import Batch, Entry
from .people import Crowd, Person
from .segment import KEEP, Segment, SegmentSpec
from .structs import BY, Action, Micros, Role, ShowId, ViewerId, seconds

Formats = Callable[[str], type[Format[Any, Any]]]
"""Finds a format by its name; raises `Unknown` (`format/unknown`)."""

STAFF = Role.MODERATOR | Role.PRODUCER | Role.HOST
LANES: Micros = seconds(1.5)
"""How long after a moment of the picture the last answer to it may come, until issue: the audience's own figures."""


class Timer(msgspec.Struct, frozen=True):
    """An action that the clock will do in a segment."""

    due: Micros
    segment: str
    action: Action


class Refusal(msgspec.Struct, frozen=True, array_like=True):
    """An action that does not count, and why."""

    viewer: int
    number: int
    code: str
    why: str


class Show:
    """The state of a show. Owned by its runner, which feeds it batches in the order of the log.

    What a batch brought about besides the state is left in `refused`, `emitted`, `put_off`, `joined` and `ended` for the runner to take.
    `counted`, `repeats` and `directed` (by staff or the clock) count entries.
    """

    def __init__(self, id: ShowId, formats: Formats) -> None:
        self.id = id
        self.formats = formats
        self.title = ""
        self.code = ""
        self.seed = ""
        self.phase = "new"
        self.now: Micros = 0
        self.seq = 0
        self.crowd = Crowd()
        self.segments: dict[str, Segment] = {}
        self.live = ""
        self.made = 0
        self.timers: dict[int, Timer] = {}
        self.timed = 0
        self.changed_at: Micros = 0
        self.counted = 0
        self.repeats = 0
        self.directed = 0
        self.refused: list[Refusal] = []
        self.emitted: list[Emit] = []
        self.put_off: list[tuple[ViewerId, bool]] = []
        self.joined: list[Person] = []
        self.ended: list[str] = []

    def fold(self, batch: Batch, seq: int) -> None:
        """Play one message of the log, which stands at `seq` there. A message that was played already does nothing."""
        if seq <= self.seq:
            return
        for part in batch.parts:
            self._part(part.segment, part.entries)
        self.seq = seq

    def _part(self, name: str, raw: msgspec.Raw) -> None:
        segment = self.segments.get(name)
        if name and (segment is None or segment.phase != "live"):
            self._closed(name, raw)
            return
        decoder = segment.decoder if segment else SHOW_DECODER
        try:
            entries = decoder.decode(raw)
        except (msgspec.DecodeError, ValueError):
            entries = self._each(decoder, raw)
        if segment:
            self._play(segment, entries)
        else:
            for entry in entries:
                self._stage(entry)

    def _play(self, segment: Segment, entries: list[Entry[Any]]) -> None:
        """The hot loop: dedup, role, judging, handler. What is rare stands elsewhere."""
        by_id, routes, cue, since = self.crowd.by_id, segment.routes, segment.cue, segment.since
        state, format = segment.state, segment.format
        now, counted = self.now, 0
        for entry in entries:
            if entry.at > now:
                now = entry.at
            person = by_id.get(entry.viewer)
            if person is None or person.more is not None:
                self.now = now
                if not self._admitted(entry, person):
                    continue
            elif entry.number == person.last + 1:
                person.last = entry.number
            elif not person.fresh(entry.number):
                self.repeats += 1
                continue
            action = entry.action
            route = routes[type(action)]
            if not entry.role & route.roles:
                self._refuse(entry, "auth/forbidden", "this is not for you to do")
                continue
            segment.set_cue(entry, now)
            try:
                if route.when is not None and not route.when(state):
                    raise Reject("not now", code="action/not-now")
                route.handler(format, state, action, cue)
            except Exception as error:  # noqa: BLE001  # an author may raise anything
                self._failed(segment, entry, route, error)
                continue
            counted += 1
            since.append(entry)
            if cue.effects:
                self.now = now
                self._effects(segment)
        self.counted += counted
        self.now = self.changed_at = now
        if len(since) >= KEEP:
            segment.save()

    def _failed(self, segment: Segment, entry: Entry[Any], route: Route, error: Exception) -> None:
        segment.undo()
        if isinstance(error, Reject):
            self._refuse(entry, error.code, error.message)
        else:
            segment.fault(error, route.type, entry.at)
            self._refuse(entry, "format/fault", "this part of the show has a problem")

    def _admitted(self, entry: Entry[Any], person: Person | None) -> bool:
        """The rare cases: the clock, staff, people with a moderator's mark, and strangers."""
        if entry.role & (Role.CLOCK | Role.SYSTEM):
            if entry.role & Role.CLOCK and self.timers.pop(entry.number, None) is None:
                self.repeats += 1
                return False
            self.directed += 1
            return True
        if person is None:
            if not entry.role & STAFF:
                self._refuse(entry, "show/not-joined", "join first, with a name")
                return False
            person = self.crowd.staff(ViewerId(entry.viewer))
        if not person.fresh(entry.number):
            self.repeats += 1
            return False
        if person.state in ("kicked", "banned"):
            self._refuse(entry, f"show/{person.state}", "you cannot take part any more")
            return False
        self.directed += person.staff
        return True

    def _stage(self, entry: Entry[Any]) -> None:
        """One of the show's own actions."""
        self.now = self.changed_at = max(self.now, entry.at)
        person = self.crowd.by_id.get(ViewerId(entry.viewer))
        if person is None and isinstance(entry.action, Join) and entry.role & BY["viewer"]:
            person = Person(ViewerId(entry.viewer), "")
            person.fresh(entry.number)
        elif not (
            isinstance(entry.action, Join) and person and person.state == "kicked"
        ) and not self._admitted(entry, person):
            return
        action, roles = SHOW_ROUTES[type(entry.action)]
        try:
            if not entry.role & roles:
                raise Reject("this is not for you to do", code="auth/forbidden")
            if self.phase == "closed":
                raise Reject("the show is over", code="show/closed")
            action(self, entry, entry.action)
        except (Reject, Conflict, Unknown, FormatError) as no:
            self._refuse(entry, no.code, no.message)
        else:
            self.counted += 1

    def _effects(self, segment: Segment) -> None:
        for effect in segment.effects():
            if isinstance(effect, After):
                self.timed += 1
                self.timers[self.timed] = Timer(effect.due, segment.spec.id, effect.action)
            elif isinstance(effect, Cancel):
                self.cancel(segment.spec.id, effect.action)
            else:
                self.emitted.append(effect)

    def cancel(self, segment: str, action: type[Action] | None = None) -> None:
        """Forget a segment's timers, all or those of one action."""
        for number, timer in list(self.timers.items()):
            if timer.segment == segment and (action is None or type(timer.action) is action):
                del self.timers[number]

    def _refuse(self, entry: Entry[Any], code: str, why: str) -> None:
        self.refused.append(Refusal(entry.viewer, entry.number, code, why))

    def _closed(self, name: str, raw: msgspec.Raw) -> None:
        why = (
            "this part of the show is not live"
            if name in self.segments
            else "there is no such part of the show"
        )
        for entry in msgspec.msgpack.decode(raw, type=list[Entry[Any]]):
            self.now = max(self.now, entry.at)
            person = self.crowd.by_id.get(entry.viewer)
            if (person is None or person.more is not None) and not self._admitted(entry, person):
                continue
            if person is not None and person.more is None and not person.fresh(entry.number):
                self.repeats += 1
                continue
            if not entry.role & Role.CLOCK:
                self._refuse(entry, "segment/closed" if name in self.segments else "segment/unknown", why)

    def _each(self, decoder: msgspec.msgpack.Decoder[list[Entry[Any]]], raw: msgspec.Raw) -> list[Entry[Any]]:
        """Entry by entry, where one of them does not fit: the others still count."""
        good: list[Entry[Any]] = []
        for one in msgspec.msgpack.decode(raw, type=list[msgspec.Raw]):
            try:
                good += decoder.decode(b"\x91" + bytes(one))
            except (msgspec.DecodeError, ValueError) as error:
                try:
                    self._refuse(msgspec.msgpack.decode(one, type=Entry[Any]), "input/bad-action", str(error))
                except (msgspec.DecodeError, ValueError):
                    self.repeats += 1
        return good

    def begin(self, spec: SegmentSpec) -> Segment:
        """Put a segment into the rundown."""
        kind = self.formats(spec.format)
        try:
            segment = Segment(spec, kind, self.crowd, self.seed)
        except OncueError:
            raise
        except Exception as error:  # noqa: BLE001  # an author may raise anything
            raise FormatError(f"{spec.format} cannot begin: {error}", code="format/fault") from error
        segment.cue.lanes = LANES
        self.segments[spec.id] = segment
        self.made += 1
        return segment

    @property
    def segment(self) -> Segment | None:
        """The live segment."""
        return self.segments.get(self.live)

    @property
    def due(self) -> tuple[Micros, int] | None:
        """When the next timer is due, and its number."""
        return min(((timer.due, number) for number, timer in self.timers.items()), default=None)
