"""A show: its rundown, its people, and the fold of its log. Pure: the same log gives the same show."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from . import effects
from .admission import CLOCK, SYSTEM, admitted, enters
from .amend import Amendment
from .errors import Conflict, FormatError, Reject, Unknown
from .forks import Fork, forked, late
from .format import Format
from .house import SHOW_DECODER, SHOW_ROUTES, judged_again, struck
from .judge import judged
from .log import Batch, Entry, decode_each
from .outcome import Outcome
from .people import Crowd
from .playout import Playout
from .segment import Segment
from .stage import Stage, tell_moves
from .stage_actions import Staged
from .stage_cue import Wish
from .strikes import FAULTS, PROBLEM, STRIKES, SUSPENDED, Overrun, Strikes, Struck, strike
from .structs import Action, Micros, ShowId, ViewerId
from .timers import Timer
from .versions import Turns, go_on

Formats = Callable[[str], type[Format[Any, Any]]]
"""Finds a format by its name, or in an earlier version by `name@version`; raises `Unknown` (`format/unknown`) and `FormatError`
(`format/version`, `format/broken`)."""
Granted = dict[tuple[int, int], list[Wish]]

OWN = 1 << 40
"""From here on the show's own timers are counted, and from twice that what it tells formats."""
_ANYTHING = msgspec.msgpack.Decoder(list[Entry[Any]])


class Show(Outcome):
    """The state of a show. Owned by its runner, which feeds it batches in the order of the log.

    What batches bring about besides is left for the runner to take (outcome.py).
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
        super().__init__()
        self.id = id
        self.formats = formats
        self.title = ""
        self.code = ""
        self.seed = ""
        self.phase = "new"
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
                    effects.fulfil(self, entry, wishes)

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
            elif admitted(self, entry, person):
                cue.by = ViewerId(viewer)
            else:
                counted -= 1
                continue
            action = entry.action
            handler, roles, when = ways[type(action)]
            if not entry.role & roles:
                self.refuse(entry, "auth/forbidden", "this is not for you to do")
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
                    if effects.do(self, segment, entry):
                        segment.save()  # what is done again after this must find the round that it found
                        fresh = segment.fresh
                        continue
            except FAULTS as error:
                effects.failed(self, segment, entry, error)
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
            self.refuse(entry, no.code, no.message)
            return None

    def caught_up(self) -> None:
        """This show takes the place of the one whose log it has played: from now on formats are granted what they wish."""
        self.given, self.again = {}, frozenset()

    def _own(self, entry: Entry[Any]) -> None:
        """One of the show's own actions."""
        if self.fork.copied:
            late(entry, self.fork)
        self.now = self.changed_at = max(self.now, entry.at)
        person = self.crowd.by_id.get(ViewerId(entry.viewer))
        if not enters(entry, person) and not admitted(self, entry, person):
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
            self.refuse(entry, no.code, no.message)
        except STRIKES as error:
            strike(self, ("", entry.viewer, entry.number), error)
            self.refuse(entry, "format/slow", PROBLEM)
        else:
            self.counted += 1
            self._staged()

    def _staged(self) -> None:
        """Tell the live segment, if it wants to know, who has come how far on the way to the stage."""
        moved, segment = tell_moves(self), self.segment
        if moved and segment and Staged in segment.ways and not segment.suspended:
            first = 2 * OWN + self.stage.told
            self.stage.told += len(moved)
            told = [Staged(viewer, state) for viewer, state in moved]
            self._does(
                segment, [Entry(0, first + i, SYSTEM, self.now, 0, 0, 0, one) for i, one in enumerate(told)]
            )

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

    def _closed(self, name: str, raw: msgspec.Raw) -> None:
        segment = self.segments.get(name)
        code, why = "segment/closed", "this part of the show is not live"
        if segment is None:
            code, why = "segment/unknown", "there is no such part of the show"
        elif segment.phase == "live" and segment.suspended:
            code, why = "format/suspended", SUSPENDED
        elif segment.phase == "live" and segment.gap:
            code, why = segment.gap.code, PROBLEM
            segment.gap.unplayed = segment.gap.unplayed or self.seq + 1
        for entry in self._each(_ANYTHING, raw):
            if self.fork.copied:
                late(entry, self.fork)
            self.now = max(self.now, entry.at)
            if admitted(self, entry, self.crowd.by_id.get(entry.viewer)) and not entry.role & CLOCK:
                self.refuse(entry, code, why)

    def _each(self, decoder: msgspec.msgpack.Decoder[list[Entry[Any]]], raw: msgspec.Raw) -> list[Entry[Any]]:
        """Where one of them does not fit, the others still count."""
        good, bad = decode_each(decoder, raw)
        for entry, why in bad:
            self.refuse(entry, "input/bad-action", why)
        return good

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
