"""A pretend show: a format with a host, viewers and a clock, and no server.

Everything goes the way that it goes in a real show: actions are encoded, judged and folded from batches, timers are entries, scenes
are made for those to whom they would be sent. So a rehearsed evening is a log, and plays again.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any, Generic, TypeVar

import msgspec

from oncue.engine import surfaces
from oncue.engine.amend import Amend
from oncue.engine.cue import Opens
from oncue.engine.errors import BadInput, Conflict, FormatError, Reject
from oncue.engine.events import EVENTS, Event
from oncue.engine.format import Format, action_decoder
from oncue.engine.house import SHOW_ROUTES, Add, Finish, Join, Open, ShowAction, Start
from oncue.engine.log import (
    VERSION,
    Batch,
    Entry,
    decode_batch,
    encode_batch,
    encode_entries,
)
from oncue.engine.log import (
    Part as LogPart,
)
from oncue.engine.playout import Pace
from oncue.engine.replay import play
from oncue.engine.segment import Segment, SegmentSpec, read_settings
from oncue.engine.show import Show
from oncue.engine.snapshot import load, save
from oncue.engine.stage_actions import Publishing
from oncue.engine.structs import Action, Micros, Role, Row, ShowId, State
from oncue.engine.versions import Upgraded
from oncue.engine.wire import ActionSpec, Fault, RoundInfo, StageInfo

from .checks import BUDGET, ChecksFailed, Tape, check_tape, elsewhere
from .checks.post import Post
from .screen import Screen, Sent
from .someone import Press, Someone

S = TypeVar("S", bound=State)
T = TypeVar("T", bound=State)

BEGIN: Micros = 1_750_000_000_000_000
"""The show time at which every rehearsal begins."""
SHOW = ShowId("rehearsal2")
SEGMENT = "s1"

_json = msgspec.json.Encoder().encode
_show_action = msgspec.json.Decoder(ShowAction)


class Part(Generic[S]):
    """A further segment of a rehearsal, in the rundown since `Rehearsal.adds`."""

    def __init__(self, rehearsal: Rehearsal[Any], id: str) -> None:
        self._rehearsal = rehearsal
        self.id = id

    def start(self) -> None:
        """The host starts it; the one that is live is finished. Raises `Reject`."""
        self._rehearsal.host.does(Start(self.id))

    @property
    def state(self) -> S:
        """Its format's state now."""
        state: S = self._rehearsal.show.segments[self.id].state
        return state

    def results(self) -> list[Row]:
        """Its outcome so far."""
        return self._rehearsal.results(self.id)

    def table(self, name: str) -> list[dict[str, Any]]:
        """One table of its results, as in `Rehearsal.table`."""
        return self._rehearsal.table(name, self.id)


class Rehearsal(Generic[S]):
    """One format in a show of its own, live from the start.

    `settings` is plain data, as a rundown has it; `FormatError` (`settings/bad`) when it makes no sense. `seed` decides all
    randomness. More segments come by `adds`. `target` is the delay that all pictures are to have (µs): who is more than 1.5 seconds
    behind it is not believed in full.
    With `state` the segment goes on from there, and with `span` in a round that was opened just now. Attributes: `host`, `moderator` and
    `node` (see `Someone`), `now` (show time), `log` (the messages so far, as JetStream would have them), `events` (what was emitted),
    `received` (all scenes that were sent to viewers so far, as JSON), `post` (who was sent what last), `show`.
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
        self.events: list[Event] = []
        self._kinds: dict[str, type[Format[Any, Any]]] = {}
        self.show = Show(SHOW, self._format)
        self.post = Post(self.show)
        self.host = Someone(self, 1, Role.HOST, 0)
        self.moderator = Someone(self, 2, Role.MODERATOR, 0)
        self._people = 2
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

    def staff(self, role: Role = Role.HOST) -> Someone:
        """One more host, producer or moderator."""
        self._people += 1
        return Someone(self, self._people, role, 0)

    def adds(
        self, kind: type[Format[T, Any]], *, settings: dict[str, Any] | None = None, title: str = ""
    ) -> Part[T]:
        """The host adds a segment at the end of the rundown: `poll = r.adds(Poll, settings=…)`, then `poll.start()`. Actions of formats
        are for the segment that is live; of one that is not, for the last that handles them."""
        name = kind.__name__.lower()
        self._kinds[name] = kind
        self.host.does(Add(name, title, settings or {}))
        return Part(self, next(reversed(self.show.segments)))

    def act(self, who: Someone, action: Action) -> None:
        """What `who.does(action)` does."""
        who.does(action)

    def read(self, action: Action | Sent) -> Action:
        """An action as a node reads it from the link. Raises `BadInput` for one that nobody here handles, or with a field out of bounds."""
        if isinstance(action, Action) and type(action) in SHOW_ROUTES:
            decoder: msgspec.json.Decoder[Any] = _show_action
        else:
            decoder = action_decoder(self.show.segments[self._aim(action)].kind)
        try:
            read: Action = decoder.decode(_json(action))
        except msgspec.ValidationError as error:
            name = type(action).__name__ if isinstance(action, Action) else action.get("type")
            raise BadInput(f"{name}: {error}", code="input/bad-action") from error
        return read

    def take(self, who: Someone, press: Press) -> None:
        """What somebody has pressed comes in now. Raises `Reject`."""
        where = "" if type(press.action) in SHOW_ROUTES else self._aim(press.action)
        entry = Entry(
            who.id, press.number, int(who.role), self.now, press.position, press.delay, 0, press.action
        )
        self._fold(where, entry)

    def _aim(self, action: Action | Sent) -> str:
        """The segment that an action is for."""
        for name in filter(None, (self.show.live, *reversed(self.show.segments))):
            if type(action) in self.show.segments[name].routes or isinstance(action, dict):
                return name
        return self.show.live or SEGMENT

    def wait(self, span: Micros) -> None:
        """Let time pass; timers that come due are done at their time."""
        until = self.now + span
        while (due := self.show.due) is not None and due[0] <= until:
            self._rings(due)
        self.now = until

    def until(self, condition: Callable[[], object], *, most: Micros = 600_000_000) -> None:
        """Let time pass until this is so: `r.until(lambda: r.state.phase == "closed")`. Raises `AssertionError` when that takes longer than
        `most` (µs), or when nothing is left that could bring it about."""
        end = self.now + most
        while not condition():
            due = self.show.due
            assert due is not None, "nothing is left that the clock could do, and it is not so"
            assert due[0] <= end, f"it is not so after {most / 1e6:g} seconds"
            self._rings(due)

    def _rings(self, due: tuple[Micros, int]) -> None:
        self.now, number = max(due[0], self.now), due[1]
        timer = self.show.timers[number]
        self._fold(timer.segment, Entry(0, number, int(Role.CLOCK), self.now, 0, 0, 0, timer.action))

    def finish(self) -> None:
        """The host finishes the segment."""
        self.host.does(Finish())

    def upgrade(self, kind: type[Format[Any, Any]]) -> None:
        """The segment goes on in another version of its format, as on a node where that one is installed. Raises `Reject`
        (`format/version`) when its `migrate` says no, fails, or gives what is no state; then nothing has changed."""
        self._kinds[f"{self._segment.spec.format}@{kind.version}"] = kind
        self.node.does(Upgraded(SEGMENT, kind.version))

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
        """The state of the format that the rehearsal began with, now."""
        state: S = self.show.segments[SEGMENT].state
        return state

    @property
    def public(self) -> Screen:
        """What everybody sees."""
        drawn = surfaces.public(self.show, 0).scene
        self._healthy()
        return Screen(drawn.blocks, drawn.mood)

    @property
    def desk(self) -> Screen:
        """What the host sees besides."""
        drawn = surfaces.desk(self.show, 0).scene
        self._healthy()
        return Screen(drawn.blocks, drawn.mood)

    @property
    def buttons(self) -> tuple[ActionSpec, ...]:
        """The host's buttons on the desk, each with its title and whether it is on (`ready`)."""
        return surfaces.desk(self.show, 0).actions

    @property
    def next(self) -> Action | None:
        """The host's most likely next action."""
        action = self._segment.next(self.now)
        self._healthy()
        return action

    def results(self, segment: str = SEGMENT) -> list[Row]:
        """The outcome so far, of the segment that the rehearsal began with or of another."""
        rows = self.show.segments[segment].rows(self.now)
        self._healthy()
        return rows

    def table(self, name: str, segment: str = SEGMENT) -> list[dict[str, Any]]:
        """One table of the results: `r.table("standings")[0]["points"]`."""
        return [row.cells for row in self.results(segment) if row.table == name]

    def emitted(self, name: str) -> list[dict[str, Any]]:
        """What came with each public event of this name."""
        return [event.data for event in self.events if event.name == name]

    def never_shows(self, text: str) -> None:
        """Raises `AssertionError` when a viewer's browser has received this text in any scene so far."""
        found = next((scene for scene in self.received if text in scene), None)
        assert found is None, f"{text!r} was sent to viewers: {found}"

    def check(self, *, skip: Collection[str] = (), budget: Micros = BUDGET, processes: bool = False) -> None:
        """Raises `ChecksFailed`, an `AssertionError` that lists all that is wrong with the format as far as this evening shows it: see
        `checks.KINDS` for what is looked for, of which `skip` names what is not. `budget` is the CPU time for one call of a handler, µs.
        With `processes` the log is also played by another process, where sets have another order: the format must then stand in a module.
        Raises `FormatError` when a view fails."""
        __tracebackhide__ = True
        for _ in (self.public, self.desk, self.results()):
            pass
        tape = Tape(self.show.id, self.show.formats, self.log, self._begun)
        found = check_tape(tape, aired=self._kept(), skip=skip, budget=budget)
        if processes and not found:
            found = list(elsewhere(tape))
        if found:
            raise ChecksFailed(self.kind.__name__, found)

    def _kept(self) -> bytes:
        try:
            return save(self.show)
        except Conflict:
            return b""  # the check says why

    def seen_by(self, who: Someone) -> Screen:
        """What `who.sees` is."""
        shown = self.public
        own = self.post.shown(self.show, who.id, shown)
        if who.role & (Role.HOST | Role.PRODUCER | Role.MODERATOR):
            own = (*own, *self.desk.blocks)
        self._healthy()
        return Screen((*shown.blocks, *own), shown.mood)

    @property
    def _segment(self) -> Segment:
        """The one that is live, or else the first."""
        return self.show.segment or self.show.segments[SEGMENT]

    def _format(self, name: str) -> type[Format[Any, Any]]:
        return self._kinds.get(name) or self._kinds.get(name.partition("@")[0], self.kind)

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
        data = encode_batch(Batch(VERSION, "rehearsal", seq, [LogPart(segment, encode_entries([entry]))]))
        self.log.append((seq, data))
        self.show.fold(decode_batch(data), seq)
        self.events += [event for event in self.show.told if event.name not in EVENTS]
        refused = list(self.show.refused)
        again = self.show.recount
        if again:
            self.show = self._again()
        self._send(anew=again)
        self.show.forget()
        self._healthy()
        if refused:
            raise Reject(refused[0].why, code=refused[0].code)

    def _send(self, *, anew: bool) -> None:
        """Note what viewers are sent now."""
        self.received.append(_json(surfaces.public(self.show, 0).scene).decode())
        sent = self.post.deliver(self.show, anew=anew)
        self.received += [_json(message.scene).decode() for message in sent]

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
