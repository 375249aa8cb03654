"""A pretend show: a format with a host, viewers and a clock, and no server.

Everything goes the way that it goes in a real show: actions are encoded, judged and folded from batches, timers are entries, scenes
are made for those to whom they would be sent. So a rehearsed evening is a log, and plays again.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Generic, TypeVar

import msgspec

from oncue.engine import surfaces
from oncue.engine.amend import Amend
from oncue.engine.blocks import Scene
from oncue.engine.cue import Emit, Opens
from oncue.engine.errors import BadInput, Conflict, FormatError, Reject
from oncue.engine.format import Format, action_decoder
from oncue.engine.house import SHOW_ROUTES, Finish, Join, Open, ShowAction, Start
from oncue.engine.log import NONCE, VERSION, Batch, Entry, Part, decode_batch, encode_batch, encode_entries
from oncue.engine.playout import Pace
from oncue.engine.replay import play
from oncue.engine.segment import Segment, SegmentSpec, read_settings
from oncue.engine.show import Show
from oncue.engine.snapshot import load, save
from oncue.engine.stage_actions import AcceptStage, Checked, Publishing
from oncue.engine.structs import Action, Micros, Role, Row, ShowId, State, ViewerId
from oncue.engine.wire import Fault, MyStage, RoundInfo, StageInfo

from .checks import BUDGET, ChecksFailed, Tape, check_tape

S = TypeVar("S", bound=State)

BEGIN: Micros = 1_750_000_000_000_000
"""The show time at which every rehearsal begins."""
SHOW = ShowId("rehearsal2")
SEGMENT = "s1"

_json = msgspec.json.Encoder().encode
_show_action = msgspec.json.Decoder(ShowAction)


class Someone:
    """A person in a rehearsal. `delay` is how far their picture is behind, in µs; None: they have no picture."""

    def __init__(self, rehearsal: Rehearsal[Any], id: int, role: Role, delay: Micros | None) -> None:
        self._rehearsal = rehearsal
        self.id = ViewerId(id)
        self.role = role
        self.delay = delay
        self.number = NONCE * id

    def does(self, action: Action) -> None:
        """Act now. Raises `Reject` when the format (or the show) refuses it, `BadInput` when its fields are out of bounds, and
        `FormatError` (`format/fault`) with the line when a handler fails."""
        self._rehearsal.act(self, action)

    def accepts(self, *, passed: bool = True) -> None:
        """Accept the invitation to the stage; picture and sound come, and the device check goes well, or not. Raises `Reject`."""
        self.does(AcceptStage())
        self.returns()
        self.does(Checked(passed, True, True))

    def drops(self) -> None:
        """The connection is lost by which this person is on stage."""
        self._rehearsal.publishing(self, on=False)

    def returns(self) -> None:
        """It is back."""
        self._rehearsal.publishing(self, on=True)

    @property
    def stage(self) -> MyStage:
        """This person's own way to the stage. Its `state` is empty for who is not on it."""
        return surfaces.private(self._rehearsal.show, 0, self.id).stage or MyStage()

    @property
    def sees(self) -> Scene:
        """What this person sees: the public scene, then their private one."""
        return self._rehearsal.seen_by(self)


class Rehearsal(Generic[S]):
    """One format in a show of its own, live from the start.

    `settings` is plain data, as a rundown has it; `FormatError` (`settings/bad`) when it makes no sense. `seed` decides all
    randomness. `target` is the delay that all pictures are to have (µs): who is more than 1.5 seconds behind it is not believed in full.
    With `state` the segment goes on from there, and with `span` in a round that was opened just now. Attributes: `host`, `moderator` and
    `node` (see `Someone`), `now` (show time), `log` (the messages so far, as JetStream would have them), `events` (what was emitted),
    `received` (all scenes that were sent to viewers so far, as JSON), `show`.
    """

    def __init__(
        self,
        kind: type[Format[S, Any]],
        *,
        settings: dict[str, Any] | None = None,
        seed: str = "rehearsal",
        target: Micros = 0,
        state: S | None = None,
        span: Micros | None = None,
    ) -> None:
        read_settings(kind, settings or {})
        self.kind = kind
        self.now = BEGIN
        self.log: list[tuple[int, bytes]] = []
        self.received: list[str] = []
        self.events: list[Emit] = []
        self.show = Show(SHOW, lambda _: kind)
        self.host = Someone(self, 1, Role.HOST, 0)
        self.moderator = Someone(self, 2, Role.MODERATOR, 0)
        self._people = 2
        self._actions = action_decoder(kind)
        self._begun = b""
        self._told: list[Fault] = []
        self.node = system = Someone(self, 0, Role.SYSTEM, None)
        spec = SegmentSpec(SEGMENT, kind.__name__.lower(), kind.title, settings or {}, kind.version)
        system.does(Open(kind.title, "REHEAR", seed, (spec,)))
        if target:
            system.does(Pace(target, target))
        self.host.does(Start(SEGMENT))
        if state is not None:
            self._go_on(state, span)

    def viewer(self, name: str, *, delay: Micros | None = 0) -> Someone:
        """Somebody joins. Raises `Reject` when the name is taken or bad."""
        return self._joins(name, Role.AUDIENCE, delay)

    def guest(self, name: str, *, delay: Micros | None = 0) -> Someone:
        """Somebody joins who may be on stage."""
        return self._joins(name, Role.GUEST, delay)

    def act(self, who: Someone, action: Action) -> None:
        """What `who.does(action)` does."""
        own = type(action) in SHOW_ROUTES
        try:
            read = (_show_action if own else self._actions).decode(_json(action))
        except msgspec.ValidationError as error:
            raise BadInput(f"{type(action).__name__}: {error}", code="input/bad-action") from error
        who.number += 1
        delay = who.delay or 0
        position = 0 if who.delay is None else self.now - delay
        self._fold(
            "" if own else SEGMENT,
            Entry(who.id, who.number, int(who.role), self.now, position, delay, 0, read),
        )

    def wait(self, span: Micros) -> None:
        """Let time pass; timers that come due are done at their time."""
        until = self.now + span
        while (due := self.show.due) is not None and due[0] <= until:
            self.now, number = max(due[0], self.now), due[1]
            timer = self.show.timers[number]
            self._fold(timer.segment, Entry(0, number, int(Role.CLOCK), self.now, 0, 0, 0, timer.action))
        self.now = until

    def finish(self) -> None:
        """The host finishes the segment."""
        self.host.does(Finish())

    def amend(self, changes: dict[str, Any], why: str = "rehearsed") -> None:
        """The host rules: settings get new values by their JSON pointers (`{"/questions/0/void": True}`), and all that happened is judged
        again. Raises `Reject` when the format does not allow it, and `Conflict` in a rehearsal that began with a `state`."""
        self.host.does(Amend(SEGMENT, changes, why))

    def publishing(self, who: Someone, *, on: bool) -> None:
        """What `who.drops()` and `who.returns()` do."""
        self.node.does(Publishing(who.id, on))

    @property
    def stage(self) -> StageInfo:
        """Who is on air, and how they are laid out."""
        return surfaces.public(self.show, 0).stage

    @property
    def rounds(self) -> tuple[RoundInfo, ...]:
        """The fairness reports so far, oldest first."""
        return surfaces.reports(self.show)

    @property
    def state(self) -> S:
        """The format's state now."""
        state: S = self._segment.state
        return state

    @property
    def public(self) -> Scene:
        """What everybody sees."""
        drawn = surfaces.public(self.show, 0).scene
        self._healthy()
        return drawn

    @property
    def desk(self) -> Scene:
        """What the host sees besides."""
        drawn = surfaces.desk(self.show, 0).scene
        self._healthy()
        return drawn

    @property
    def next(self) -> Action | None:
        """The host's most likely next action."""
        action = self._segment.next(self.now)
        self._healthy()
        return action

    def results(self) -> list[Row]:
        """The outcome so far."""
        rows = self._segment.rows(self.now)
        self._healthy()
        return rows

    def never_shows(self, text: str) -> None:
        """Raises `AssertionError` when a viewer's browser has received this text in any scene so far."""
        found = next((scene for scene in self.received if text in scene), None)
        assert found is None, f"{text!r} was sent to viewers: {found}"

    def check(self, *, skip: Collection[str] = (), budget: Micros = BUDGET) -> None:
        """Raises `ChecksFailed`, an `AssertionError` that lists all that is wrong with the format as far as this evening shows it: see
        `checks.KINDS` for what is looked for, of which `skip` names what is not. `budget` is the CPU time for one call of a handler, µs.
        Raises `FormatError` when a view fails."""
        __tracebackhide__ = True
        for _ in (self.public, self.desk, self.results()):
            pass
        tape = Tape(self.show.id, self.show.formats, self.log, self._begun)
        found = check_tape(tape, aired=self._kept(), skip=skip, budget=budget)
        if found:
            raise ChecksFailed(self.kind.__name__, found)

    def _kept(self) -> bytes:
        try:
            return save(self.show)
        except Conflict:
            return b""  # the check says why

    def seen_by(self, who: Someone) -> Scene:
        """What `who.sees` is."""
        shown = self.public
        own = surfaces.private(self.show, 0, who.id).scene
        self._healthy()
        return Scene((*shown.blocks, *own.blocks), shown.mood)

    @property
    def _segment(self) -> Segment:
        return self.show.segments[SEGMENT]

    def _again(self) -> Show:
        begun = load(self._begun, self.show.formats) if self._begun else None
        return play(SHOW, self.show.formats, self.log, begun)

    def _go_on(self, state: S, span: Micros | None) -> None:
        segment = self._segment
        segment.set_state(state)
        if span is not None:
            segment.cue.now = self.now
            segment.open(Opens(span, ""), self.show.playout.target)
        self._begun = save(self.show)

    def _joins(self, name: str, role: Role, delay: Micros | None) -> Someone:
        self._people += 1
        person = Someone(self, self._people, role, delay)
        person.does(Join(name))
        return person

    def _fold(self, segment: str, entry: Entry[Any]) -> None:
        seq = len(self.log) + 1
        data = encode_batch(Batch(VERSION, "rehearsal", seq, [Part(segment, encode_entries([entry]))]))
        self.log.append((seq, data))
        self.show.fold(decode_batch(data), seq)
        self.events += self.show.emitted
        refused = list(self.show.refused)
        if self.show.recount:
            self.show = self._again()
        for taken in (self.show.emitted, self.show.refused, self.show.judged):
            taken.clear()
        self._send()
        self._healthy()
        if refused:
            raise Reject(refused[0].why, code=refused[0].code)

    def _send(self) -> None:
        """Note what viewers are sent now."""
        self.received.append(_json(surfaces.public(self.show, 0).scene).decode())
        for viewer in sorted(self._segment.changed()) if SEGMENT in self.show.segments else ():
            self.received.append(_json(surfaces.private(self.show, 0, ViewerId(viewer)).scene).decode())

    def _healthy(self) -> None:
        """Raises what a handler or a view did wrong since the last look."""
        segments = self.show.segments.values()
        faults = [fault for segment in segments for fault in (*segment.faults, *segment.views.values())]
        new = [fault for fault in faults if fault not in self._told]
        self._told = [fault for segment in segments for fault in segment.faults]
        for segment in segments:
            segment.views.clear()
        if new:
            raise FormatError(f"{new[-1].action}: {new[-1].message} ({new[-1].where})", code="format/fault")
