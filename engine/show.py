"""A show: its rundown, its people, and the fold of its log. Pure: the same log gives the same show."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from . import events, limits
from .amend import Amendment, amended
from .backstage import grant
from .cue import After, Cancel, Effect, Emit, Opens, Settles
from .errors import Conflict, FormatError, OncueError, Reject, Unknown
from .forks import Fork, forked, late
from .format import Format
from .house import SHOW_DECODER, SHOW_ROUTES, Join, judged_again, struck
from .judge import POLICY, judged
from .log import Batch, Entry
from .people import Crowd, Person
from .playout import Playout
from .rounds import RoundRecord
from .segment import Segment, SegmentSpec
from .stage import Stage
from .stage_actions import Staged
from .stage_cue import Stages, Wish
from .strikes import FAULTS, STRIKES, Overrun, Strikes, Struck, strike
from .structs import BY, Action, Micros, Role, ShowId, ViewerId
from .versions import Turns, go_on, missing, pinned, vacant

Formats = Callable[[str], type[Format[Any, Any]]]
"""Finds a format by its name, or in an earlier version by `name@version`; raises `Unknown` (`format/unknown`) and `FormatError`
(`format/version`, `format/broken`)."""
Granted = dict[tuple[int, int], list[Wish]]

_STAFF = int(Role.MODERATOR | Role.PRODUCER | Role.HOST)
_VIEWERS, _CLOCK, _SYSTEM = int(BY["viewer"]), int(Role.CLOCK), int(Role.SYSTEM)
OWN = 1 << 40
"""From here on the show's own timers are counted, and from twice that what it tells formats."""
SLOW = "this part of the show has a problem"
SUSPENDED = "this part of the show has a problem and takes nothing at the moment"
_RAW = msgspec.msgpack.Decoder(list[msgspec.Raw])
_ANYTHING = msgspec.msgpack.Decoder(list[Entry[Any]])


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

    What a batch brought about besides the state is left in `refused`, `emitted`, `put_off`, `joined`,
    `ended`, `judged` (rounds by segment) and `acts` (of staff), for the runner to take; `told` has the events of the message that was
    folded last, and `untold` those that an owner has still to publish (snapshots keep them).
    `counted`, `repeats` and `directed` (by staff or the clock) count entries.
    `known` are amendments that all of the show is judged by; once `amendments`, those accepted so far, has others, `recount` says
    that the log is to be played again from its start by a show that knows them. `granted` is what formats have wished of the stage, by
    viewer and number of the entry: what has happened there has happened, so where a segment is judged again (`again`), it does what it
    was granted then (`given`) and not what it would wish now, until that show has `caught_up`.
    `turns` are the upgrades of segments to other versions of their formats.
    `strikes` are the entries that never came to an end (strikes.py), known before they are played or found then; `struck` has those that
    were found, for the runner to write down. Where the log has one that this show has played otherwise (`missed`), it is a `recount`, too.
    `fork` says from which other show it came, if it did (forks.py).
    """

    def __init__(
        self, id: ShowId, formats: Formats, known: Iterable[Amendment] = (), given: Granted | None = None
    ) -> None:
        self.id = id
        self.formats = formats
        self.title = ""
        self.code = ""
        self.seed = ""
        self.phase = "new"
        self.now: Micros = 0
        self.seq = 0
        self.epoch = 0
        self.known = tuple(known)
        self.amendments: list[Amendment] = []
        self.granted: Granted = {}
        self.given: Granted = {} if given is None else given
        self.again = frozenset(() if given is None else (one.segment for one in self.known))
        self.turns = Turns()
        self.playout = Playout()
        self.crowd = Crowd()
        self.stage = Stage()
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
        self.told: list[events.Event] = []
        self.untold: list[events.Told] = []
        self.put_off: list[tuple[ViewerId, bool]] = []
        self.joined: list[Person] = []
        self.ended: list[str] = []
        self.judged: list[tuple[str, RoundRecord]] = []
        self.acts: list[Entry[Any]] = []
        self.strikes: Strikes = {}
        self.struck: list[Struck] = []
        self.missed = False
        self.fork = Fork()

    def fold(self, batch: Batch, seq: int) -> None:
        """Play one message of the log, which stands at `seq` there. A message that was played already does nothing."""
        if seq <= self.seq:
            return
        if self.told:
            self.told = []
        if 0 < batch.epoch < self.epoch:  # of an owner who did not know yet that it was one no more
            self.seq = seq
            return
        if self.turns.known:
            self._turn(seq)
        for part in batch.parts:
            self._part(part.segment, part.entries)
        if self.fork.copied:  # the outside has heard of it from the other show
            self.told = []
        self.seq = seq

    def _turn(self, seq: int) -> None:
        """Have those segments go on in another version of which it is known that they have done so before this message."""
        for act in [act for act in self.turns.known if act.since < seq]:
            self.turns.known.remove(act)
            segment = self.segments.get(act.segment)
            if segment and segment.spec.version != act.version:
                with contextlib.suppress(FormatError):
                    go_on(self, segment, act.version)

    def _part(self, name: str, raw: msgspec.Raw) -> None:
        segment = self.segments.get(name)
        if name and (segment is None or segment.phase != "live" or segment.suspended or segment.gap):
            self._closed(name, raw)
            return
        decoder = segment.decoder if segment else SHOW_DECODER
        try:
            entries = decoder.decode(raw)
        except (msgspec.DecodeError, ValueError):
            entries = self._each(decoder, raw)
        if segment:
            for entry in entries if self.fork.copied else ():
                late(entry, self.fork)
            self._does(segment, entries)
            return
        if self.segment and self.segment.since:
            self.segment.save()  # a handler that is repeated must find the people that it found
        for entry in entries:
            self._own(entry)

    def _does(self, segment: Segment, entries: list[Entry[Any]]) -> None:
        """Play entries of a segment. Where it is judged again, one by one if it has wished anything of the stage."""
        given = self.given if segment.spec.id in self.again else {}
        if not given and not (self.strikes and self._any_struck(segment.spec.id, entries)):
            self._play(segment, entries)
            return
        for entry in entries:
            struck = self.strikes.get((segment.spec.id, entry.viewer, entry.number))
            with segment.struck(struck) if struck else contextlib.nullcontext():
                self._play(segment, [entry])
            wishes = given.get((entry.viewer, entry.number))
            if wishes and not struck:
                segment.save()
                with contextlib.suppress(Reject):
                    self._stage(entry, wishes)

    def _any_struck(self, segment: str, entries: list[Entry[Any]]) -> bool:
        return any((segment, entry.viewer, entry.number) in self.strikes for entry in entries)

    def _play(self, segment: Segment, entries: list[Entry[Any]]) -> None:  # noqa: C901, PLR0912, PLR0915
        """The hot loop: dedup, role, judging, handler. One function, because a call costs as much as any of its steps, and no assignment
        of more than three values, which would build a tuple. What is rare stands elsewhere."""
        by_id, ways, state = self.crowd.by_id, segment.ways, segment.state
        cue, since, now, counted, directed = segment.cue, segment.since, self.now, len(entries), self.directed
        way, far, fresh = segment.policy.way, self.playout.target + segment.policy.lane, segment.fresh
        most = segment.most
        for entry in entries:
            viewer, number = entry.viewer, entry.number
            at, position, clipped = entry.at, entry.position, 0
            delay, rtt = entry.delay, entry.rtt
            if at > now:
                now = at
            person = by_id.get(viewer)
            if person is not None and person.more is None and number - person.tab == person.count + 1:
                person.count += 1
                cue.by = person.id  # the object that is the key in ledgers: found without a look at it
            elif self._admitted(entry, person):
                cue.by = ViewerId(viewer)
            else:
                counted -= 1
                continue
            action = entry.action
            handler, roles, when = ways[type(action)]
            if not entry.role & roles:
                self._refuse(entry, "auth/forbidden", "this is not for you to do")
                counted -= 1
                continue
            # Else `judged` would change nothing.
            if rtt > way or delay > far or not 0 <= at - position <= delay + rtt:
                believed = self._judged(segment, entry)
                if believed is None:
                    counted -= 1
                    continue
                clipped = believed - position if position else 0
                position = believed
            cue.entry, cue.now, cue.position = entry, now, position
            try:
                if when is not None and not when(state):
                    raise Reject("not now", code="action/not-now")
                handler(state, action, cue)
                if cue.effects:
                    self.now = now
                    if self._effects(segment, entry):
                        segment.save()  # what is done again after this must find the round that it found
                        fresh = segment.fresh
                        continue
            except FAULTS as error:
                self._failed(segment, entry, error)
                most = segment.most
                counted -= 1
                continue
            if cue.asked:
                cue.asked = False
                fresh += (viewer, position, at, clipped)  # in place, which costs less than a call
            if at < now or clipped:
                entry.position, entry.delay, entry.rtt = position, ~(now - at), clipped
            since.append(entry)
            if len(since) >= most:
                segment.save()
                most = segment.most
        self.counted += counted
        self.now = self.changed_at = now
        segment.pack()
        if self.directed != directed:
            segment.save()  # also looks at what a host's action has put into the state

    def _judged(self, segment: Segment, entry: Entry[Any]) -> Micros | None:
        target, policy = self.playout.target, segment.policy
        try:
            return judged(entry.position, entry.at, entry.delay, entry.rtt, target, policy)
        except Reject as no:
            self._refuse(entry, no.code, no.message)
            return None

    def _effects(self, segment: Segment, entry: Entry[Any]) -> bool:
        """Do what a handler asked for; raises `TypeError` or `Reject`, and does none of it, when that cannot be. Returns whether handlers
        would find something else from now on: a round was opened or settled, or somebody was asked on stage."""
        segment.check(segment.cue.effects)
        self._room(segment, segment.cue.effects)
        effects = segment.effects()
        wishes = [effect.wish for effect in effects if isinstance(effect, Stages)]
        if wishes and segment.spec.id not in self.again:
            self._stage(entry, wishes)
        turns = bool(wishes) or any(isinstance(effect, Opens | Settles) for effect in effects)
        if turns and segment.cue.asked:
            segment.note(entry)
        for effect in effects:
            if isinstance(effect, After):
                self.later(effect.due, segment.spec.id, effect.action)
            elif isinstance(effect, Cancel):
                self.cancel(segment.spec.id, effect.action)
            elif isinstance(effect, Opens):
                segment.open(effect, self.playout.target)
                self.tell(events.RoundOpened(segment.spec.id, segment.rounds, effect.title, effect.span))
            elif isinstance(effect, Settles):
                record = segment.settle(effect)
                self.judged.append((segment.spec.id, record))
                self.tell(events.round_judged(record.report))
            elif isinstance(effect, Emit):
                self.emitted.append(effect)
                spec = segment.spec
                self.told.append(events.emitted(self.now, spec.id, spec.format, effect.name, effect.data))
        return turns

    def _room(self, segment: Segment, effects: list[Effect]) -> None:
        """Raises `ValueError` when the segment would have too many timers."""
        new = sum(isinstance(effect, After) for effect in effects)
        if new and len(self.timers) + new > limits.TIMERS:
            name = segment.spec.id
            if new + sum(timer.segment == name for timer in self.timers.values()) > limits.TIMERS:
                raise ValueError(f"more than {limits.TIMERS} timers wait")

    def _stage(self, entry: Entry[Any], wishes: list[Wish]) -> None:
        """What a format wishes of the stage: all of it, or none and a `Reject`."""
        mark, timers = self.stage.mark(), dict(self.timers)
        try:
            for wish in wishes:
                grant(self, wish)
        except OncueError as no:
            self.stage.back(mark)
            self.timers = timers
            raise Reject(no.message, code=no.code) from no
        self.tell_moves()
        self.stage.moved.clear()
        self.granted[entry.viewer, entry.number] = wishes

    def forget(self) -> None:
        """What was brought about besides the state is nobody's to take: a log is only played again."""
        for left in (
            self.refused,
            self.emitted,
            self.put_off,
            self.joined,
            self.ended,
            self.judged,
            self.acts,
        ):
            left.clear()

    def tell(self, data: msgspec.Struct, key: str = "") -> None:
        """Tell the outside, now."""
        segment = getattr(data, "segment", "")
        self.told.append(events.event(self.now, data, segment, key))

    def tell_moves(self) -> None:
        """Tell the outside who has come how far on the way to the stage."""
        for viewer, state in self.stage.moved:
            self.tell(events.StageChanged(viewer, state or "off"))

    def tell_viewer(self, kind: type[events.PeopleJoined], viewer: int) -> None:
        """Tell the outside of a viewer, in one event with others of whom the same is told at once."""
        last = self.told[-1].data if self.told else None
        if type(last) is kind and len(last.viewers) < events.TOGETHER:
            last.viewers.append(viewer)
        else:
            self.tell(kind([viewer]))

    def caught_up(self) -> None:
        """This show takes the place of the one whose log it has played: from now on formats are granted what they wish."""
        self.given, self.again = {}, frozenset()

    def _failed(self, segment: Segment, entry: Entry[Any], error: BaseException) -> None:
        now = segment.cue.now
        if segment.suspended:  # nothing was done
            self._refuse(entry, "format/suspended", SUSPENDED)
            return
        segment.undo()
        if isinstance(error, Reject):
            self._refuse(entry, error.code, error.message)
        elif isinstance(error, STRIKES):
            why = self._strike(segment.spec.id, entry, error, segment.where(error))
            segment.strike(why.why, why.where, type(entry.action), now)
            self._refuse(entry, "format/slow", SLOW)
        else:
            segment.fault(error, type(entry.action), now)
            self._refuse(entry, "format/fault", "this part of the show has a problem")

    def _strike(self, segment: str, entry: Entry[Any], error: BaseException, where: str) -> Struck:
        """The strike for an entry: as it stands in the log, or a new one."""
        key = segment, entry.viewer, entry.number
        if key not in self.strikes:
            self.strikes[key] = strike(key, error, where)
            self.struck.append(self.strikes[key])
        return self.strikes[key]

    def _admitted(self, entry: Entry[Any], person: Person | None) -> bool:
        """The rare cases: repeats, the clock, staff, people with a moderator's mark or several tabs, and strangers."""
        if entry.role & _CLOCK:
            if self.timers.pop(self._number(entry), None) is None:
                self.repeats += 1
                return False
            self.directed += 1
            return True
        if entry.role & _SYSTEM:
            self.directed += 1
            return True
        if person is None:
            if not entry.role & _STAFF:
                self._refuse(entry, "show/not-joined", "join first, with a name")
                return False
            person = self.crowd.staff(ViewerId(entry.viewer))
        if not person.fresh(entry.number):
            self.repeats += 1
            return False
        if person.state in ("kicked", "banned"):
            self._refuse(entry, f"show/{person.state}", "you cannot take part any more")
            return False
        if person.staff:
            self.directed += 1
            self.acts.append(entry)
        return True

    def _number(self, entry: Entry[Any]) -> int:
        """The number of the timer that rings. Where a part of the show could not be played, others have other numbers than they had."""
        if not missing(self):
            return entry.number
        like = (number for number, timer in self.timers.items() if timer.action == entry.action)
        return min(like, key=lambda number: (self.timers[number].due, number), default=entry.number)

    def _own(self, entry: Entry[Any]) -> None:
        """One of the show's own actions."""
        if self.fork.copied:
            late(entry, self.fork)
        self.now = self.changed_at = max(self.now, entry.at)
        person = self.crowd.by_id.get(ViewerId(entry.viewer))
        if not self._enters(entry, person) and not self._admitted(entry, person):
            return
        action, roles = SHOW_ROUTES[type(entry.action)]
        try:
            if not entry.role & int(roles):
                raise Reject("this is not for you to do", code="auth/forbidden")
            if self.phase == "closed" and action not in (judged_again, struck, forked):
                raise Reject("the show is over", code="show/closed")
            if ("", entry.viewer, entry.number) in self.strikes:
                raise Overrun("")
            action(self, entry, entry.action)
        except (Reject, Conflict, Unknown, FormatError) as no:
            self._refuse(entry, no.code, no.message)
        except STRIKES as error:
            self._strike("", entry, error, "")
            self._refuse(entry, "format/slow", SLOW)
        else:
            self.counted += 1
            self._staged()

    def _staged(self) -> None:
        """Tell the live segment, if it wants to know, who has come how far on the way to the stage."""
        self.tell_moves()
        moved, self.stage.moved, segment = self.stage.moved, [], self.segment
        if moved and segment and Staged in segment.ways and not segment.suspended:
            first = 2 * OWN + self.stage.told
            self.stage.told += len(moved)
            told = [Staged(viewer, state) for viewer, state in moved]
            self._does(
                segment, [Entry(0, first + i, _SYSTEM, self.now, 0, 0, 0, one) for i, one in enumerate(told)]
            )

    def _enters(self, entry: Entry[Any], person: Person | None) -> bool:
        """Whether somebody joins who is not in the show, or not any more."""
        if not isinstance(entry.action, Join) or not entry.role & _VIEWERS:
            return False
        return person is None or (person.state == "kicked" and person.fresh(entry.number))

    def later(self, due: Micros, segment: str, action: Action) -> int:
        """Have the clock do this; the number of the timer. The show's own are counted apart, so that they have the same numbers when a
        segment is judged again."""
        if segment:
            self.timed += 1
        else:
            self.stage.timed += 1
        number = self.timed if segment else OWN + self.stage.timed
        self.timers[number] = Timer(due, segment, action)
        return number

    def cancel(self, segment: str, action: type[Action] | None = None) -> None:
        """Forget a segment's timers, all or those of one action."""
        for number, timer in list(self.timers.items()):
            if timer.segment == segment and (action is None or type(timer.action) is action):
                del self.timers[number]

    def _refuse(self, entry: Entry[Any], code: str, why: str) -> None:
        self.refused.append(Refusal(entry.viewer, entry.number, code, why))

    def _closed(self, name: str, raw: msgspec.Raw) -> None:
        segment = self.segments.get(name)
        code, why = "segment/closed", "this part of the show is not live"
        if segment is None:
            code, why = "segment/unknown", "there is no such part of the show"
        elif segment.phase == "live" and segment.suspended:
            code, why = "format/suspended", SUSPENDED
        elif segment.phase == "live" and segment.gap:
            code, why = segment.gap.code, SLOW
            segment.gap.unplayed = segment.gap.unplayed or self.seq + 1
        for entry in self._each(_ANYTHING, raw):
            if self.fork.copied:
                late(entry, self.fork)
            self.now = max(self.now, entry.at)
            if self._admitted(entry, self.crowd.by_id.get(entry.viewer)) and not entry.role & _CLOCK:
                self._refuse(entry, code, why)

    def _each(self, decoder: msgspec.msgpack.Decoder[list[Entry[Any]]], raw: msgspec.Raw) -> list[Entry[Any]]:
        """Entry by entry, where one of them does not fit: the others still count."""
        good: list[Entry[Any]] = []
        try:
            each = _RAW.decode(raw)
        except (msgspec.DecodeError, ValueError):
            return good
        for one in each:
            try:
                good += decoder.decode(b"\x91" + bytes(one))
            except (msgspec.DecodeError, ValueError) as error:
                self._malformed(one, str(error))
        return good

    def _malformed(self, raw: msgspec.Raw, why: str) -> None:
        """What is no entry at all has nobody who could be told."""
        with contextlib.suppress(msgspec.DecodeError, ValueError):
            entry = msgspec.msgpack.decode(raw, type=Entry[Any])
            self._refuse(entry, "input/bad-action", why)

    def make(self, spec: SegmentSpec) -> Segment:
        """A segment that is not in the rundown yet. Raises `Unknown` and `FormatError`."""
        kind = pinned(self.formats, spec.format, spec.version)
        known = [one for one in self.known if one.segment == spec.id]
        policy = next((one.policy for one in reversed(known) if one.policy), POLICY)
        try:
            running = kind(amended(kind, spec.settings, known), self.crowd)
            segment = Segment(spec, running, self.seed, policy)
        except OncueError:
            raise
        except Exception as error:  # an author may raise anything
            raise FormatError(f"{spec.format} cannot begin: {error}", code="format/fault") from error
        segment.cue.lanes, segment.cue.shift = self.playout.lanes, self.fork.shift
        segment.cue.stage.look_at(self.stage)
        return segment

    def stand(self, spec: SegmentSpec) -> Segment:
        """A segment that is not in the rundown yet; without code if its format is not here. Raises `FormatError` as `make`."""
        try:
            pinned(self.formats, spec.format, spec.version)
        except (FormatError, Unknown) as error:
            return vacant(self, spec, error)
        return self.make(spec)

    def begin(self, segment: Segment) -> None:
        """Put a segment into the rundown."""
        self.segments[segment.spec.id] = segment
        self.made += 1

    @property
    def recount(self) -> bool:
        """Whether this show has accepted amendments, or met strikes or upgrades, that it did not know: see `replay.play`."""
        return self.missed or bool(self.turns.late) or len(self.amendments) > len(self.known)

    @property
    def busy(self) -> bool:
        """Whether a round is open, or closing."""
        return self.segment is not None and self.segment.round is not None

    @property
    def segment(self) -> Segment | None:
        """The live segment."""
        return self.segments.get(self.live)

    @property
    def due(self) -> tuple[Micros, int] | None:
        """When the next timer is due, and its number."""
        return min(((timer.due, number) for number, timer in self.timers.items()), default=None)
