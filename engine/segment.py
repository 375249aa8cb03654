"""A format at work in a show: its state, what it asked for, and how a refusal leaves no trace."""

from __future__ import annotations

import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import isqrt
from types import MethodType
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from . import limits
from .blocks import Scene, Text, located, scene
from .cue import NEVER, After, Cue, Effect, Emit, Opens, Settles
from .errors import FormatError, Reject
from .events import check as check_event
from .format import Format, Route
from .judge import POLICY, Policy
from .ledger import Ledger
from .log import Entry
from .rounds import ANSWER, PACK, Round, RoundRecord, settle
from .stage_cue import Stages
from .strikes import FAULTS, MOST, Overrun, Struck, Torn
from .structs import Action, Micros, Role, Row, ViewerId
from .wire import Fault, RoundInfo, Ruling

if TYPE_CHECKING:
    from .rundown import Gap

KEEP, LEAST = 256, 16
"""After so many actions that went well a new savepoint is made, so that undoing one never repeats many more, and their entries stay in
the processor's cache. More for a large state, which takes longer to save; less, but not less than `LEAST`, where many are refused."""


class SegmentSpec(msgspec.Struct, frozen=True):
    """A line of the rundown: which format, with which settings (as they came, already checked)."""

    id: str
    format: str
    title: str
    settings: dict[str, Any] = {}
    version: str = "1"


PROBLEM = scene(Text("This part of the show has a problem. It will be back.", tone="quiet"))
Phase = Literal["ready", "live", "done"]
Way = tuple[Callable[[Any, Any, Cue], None], int, Callable[[Any], bool] | None]
"""Handler, roles, when."""


class Segment:
    """One running format. Owned by its show, whose fold does the actions: `cue` and `ways` are there for it, `since` has the entries
    that went well since the last savepoint, and is to have no more than `most`. One whose handler saw other times than it says has a
    negative delay: then its position is the judged one, and `~delay` how far show time was ahead of its `at`."""

    def __init__(
        self, spec: SegmentSpec, running: Format[Any, Any], seed: str, policy: Policy = POLICY
    ) -> None:
        self.spec = spec
        self.kind = kind = type(running)
        self.phase: Phase = "ready"
        self.gap: Gap | None = None  # while the format is not here
        self.format = running
        self.policy = policy
        self.cue = Cue(f"{seed}/{spec.id}")
        self.round: Round | None = None
        self.rounds = 0
        self.reports: list[RoundInfo] = []
        self.faults: list[Fault] = []
        # The last fault of each view. Not kept: nothing in the log says what was drawn.
        self.views: dict[str, Fault] = {}
        self.decoder = msgspec.msgpack.Decoder(list[Entry[kind.union]])  # type: ignore[name-defined]
        self.routes: dict[type[Action], Route] = kind.routes
        # As they are written; `ways` may be closed for a while.
        self._ways = _ways(running)
        self.ways = self._ways.copy()
        self.since: list[Entry[Any]] = []
        self.most = self._large = KEEP
        # Actions that went well from one that was refused to the next: on average (0: none was), and since the last.
        self._gap = self._calm = 0
        self.strikes = 0
        self.suspended = ""
        # How often each view was interrupted. Not kept, like `views`.
        self.overruns: Counter[str] = Counter()
        self.set_state(self.format.start())

    def set_state(self, state: Any) -> None:
        """Go on from this state."""
        self.state = state
        self._dirty: set[int] = set()
        self._books: list[Ledger[Any]] = self.kind.keeper.books(state)
        self.save()

    def save(self) -> None:
        """Make a savepoint: what follows can be undone back to here."""
        keeper, before = self.kind.keeper, self._books
        self._books, self._saved = keeper.books(self.state), keeper.save(self.state)
        for old, book in zip(before, self._books, strict=True):
            if book is not old:
                old.tell(self._dirty)
                self._dirty.update(old, book)
            book.tell(self._dirty)
            book.commit()
        self._calm += len(self.since)
        self.since.clear()
        if isinstance(self._saved, bytes):
            self._large = max(KEEP, len(self._saved) // 64)
            self._pace()
            self.views.pop("state", None)
        else:
            self.views["state"] = self._fault(TypeError(keeper.wrong(self.state)), "state", self.cue.now)

    def _pace(self) -> None:
        """How far apart savepoints are. For each action that is refused half of that is repeated, and a savepoint costs as much as the
        repetition of `_large / 20`: the sum is least at the square root of 2 * cost * actions between two that are refused."""
        gap = max(self._gap, self._calm) if self._gap else self._large**2
        self.most = min(self._large, max(LEAST, isqrt(gap * self._large // 10)))

    def undo(self) -> None:
        """Take back what the action that was just refused has done, and nothing else."""
        pending = self.since.copy()
        calm = self._calm + len(pending)
        self._gap, self._calm = max((3 * self._gap + calm) // 4 if self._gap else calm, 1), -len(pending)
        self._back()
        self._again(pending)
        self.cue.effects.clear()
        self.cue.asked = False
        self.cue.again()
        if pending:
            self.save()

    def _back(self) -> None:
        """To the last savepoint."""
        keeper = self.kind.keeper
        for name, book in zip(keeper.ledgers, self._books, strict=True):
            book.rollback()
            setattr(self.state, name, book)
        if self.since or not keeper.same(self.state, self._saved):
            keeper.restore(self.state, self._saved)

    def _again(self, entries: list[Entry[Any]]) -> None:
        """Do once more what went well, as it was done then."""
        cue, ways, state = self.cue, self._ways, self.state
        for entry in entries:
            cue.again()
            cue.by, cue.entry = ViewerId(entry.viewer), entry
            cue.now = entry.at if entry.delay >= 0 else entry.at + ~entry.delay
            cue.position = entry.position or entry.at
            try:
                ways[type(entry.action)][0](state, entry.action, cue)
            except Exception as error:  # noqa: BLE001  # a handler that is no plain function of state, action and cue
                self.fault(error, type(entry.action), entry.at)

    @property
    def fresh(self) -> list[int]:
        """Where answers to the round go: actions that went well, whose handler has asked for their age."""
        return self.round.fresh if self.round else []

    def note(self, entry: Entry[Any]) -> None:
        """The action that is being done is an answer."""
        position, self.cue.asked = self.cue.position, False
        clipped = position - entry.position if entry.position else 0
        self.fresh.extend((entry.viewer, position, entry.at, clipped))

    def open(self, how: Opens, target: Micros) -> None:
        """A round begins."""
        self.rounds += 1
        self.cue.opened = self.cue.now
        self.round = Round(self.rounds, how.title, self.cue.now, how.span, target)

    def settle(self, how: Settles) -> RoundRecord:
        """The round is over: its report and answers. There must be one."""
        over = self.drop()
        assert over
        people = self.format.people
        record = settle(over, how, self.spec.id, self.policy, lambda viewer: people.name(ViewerId(viewer)))
        report = msgspec.structs.replace(record.report, rulings=self._rulings(over.number))
        self.reports.append(report)
        return msgspec.structs.replace(record, report=report)

    def drop(self) -> Round | None:
        """No round is open any more."""
        over, self.round, self.cue.opened = self.round, None, NEVER
        return over

    def pack(self) -> None:
        """Make many answers small."""
        if self.round and len(self.round.fresh) >= PACK * ANSWER:
            self.round.pack()

    def _rulings(self, number: int) -> tuple[Ruling, ...]:
        try:
            rulings = msgspec.convert(list(self.format.rulings(self.state, number)), tuple[Ruling, ...])
            msgspec.json.encode(rulings)
        except Overrun as slow:
            raise Torn(f"rulings of {self.spec.format}: {slow}") from slow  # the round is settled already
        except Exception as error:  # noqa: BLE001  # an author may raise anything
            self.faults = [*self.faults[-19:], self._fault(error, "rulings", self.cue.now)]
            return ()
        return rulings

    def check(self, effects: list[Effect]) -> None:
        """Raises `TypeError` or `msgspec.ValidationError` when a handler asks for what cannot be: a timer for an action that the clock may
        not do here, an event that cannot be told, to settle a round that is not open, or somebody on stage who is no viewer id."""
        opened = self.round is not None
        if len(effects) > limits.EFFECTS:
            raise ValueError(f"{len(effects)} effects of one action, more than {limits.EFFECTS}")
        for effect in effects:
            if isinstance(effect, After):
                route = self.routes.get(type(effect.action))
                if route is None or not route.roles & Role.CLOCK:
                    raise TypeError(f"cue.after: no handler for {type(effect.action).__name__} by the clock")
            elif isinstance(effect, Emit):
                check_event(effect.name, effect.data, self.kind.emits.get(effect.name))
            elif isinstance(effect, Stages):
                msgspec.convert(msgspec.to_builtins(effect.wish), type(effect.wish))
            elif isinstance(effect, Settles) and not opened:
                raise TypeError("cue.settle: no round is open")
            opened = isinstance(effect, Opens) or (opened and not isinstance(effect, Settles))

    def effects(self) -> list[Effect]:
        """What handlers asked for since the last call."""
        out = self.cue.effects
        self.cue.effects = []
        return out

    def changed(self) -> set[int]:
        """The viewers whose part of the state was written since the last call."""
        names = self.kind.keeper.ledgers
        if any(
            getattr(self.state, name, None) is not old for name, old in zip(names, self._books, strict=True)
        ):
            self.save()
        for book in self._books:
            book.tell(self._dirty)
        out, self._dirty = self._dirty, set()
        return out

    def fault(self, error: BaseException, action: type[Action], at: Micros) -> None:
        """Remember what a handler did wrong."""
        self.faults = [*self.faults[-19:], self._fault(error, self.routes[action].type, at)]

    def strike(self, why: str, where: str, action: type[Action], at: Micros) -> None:
        """One of its entries never came to an end. With too many the segment takes no more."""
        name = self.routes[action].type
        self.faults = [*self.faults[-19:], Fault(self.spec.id, self.spec.format, name, where, why, at)]
        self.strikes += 1
        if self.strikes >= MOST:
            self.suspend(f"{name}: {why}")

    def suspend(self, why: str) -> None:
        """From now on it takes nothing, nor does any entry that is being played together with this one."""
        self.suspended = why
        for action, route in self.routes.items():
            self.ways[action] = _nothing, route.roles, None

    def resume(self) -> None:
        """It goes on where it was."""
        self.suspended, self.strikes = "", 0
        self.ways.update(self._ways)

    @contextmanager
    def struck(self, why: Struck) -> Iterator[None]:
        """The next entry is one that never comes to an end."""

        def overrun(*_: Any) -> None:
            raise Overrun(why.why, why.where)

        with self.through(lambda route, _: (overrun, route.roles, None)):
            yield

    @contextmanager
    def through(self, other: Callable[[Route, Way], Way]) -> Iterator[None]:
        """Actions are done in other ways for a while."""
        if not self.suspended:
            self.ways.update({action: other(self.routes[action], way) for action, way in self._ways.items()})
        try:
            yield
        finally:
            if not self.suspended:
                self.ways.update(self._ways)

    @property
    def weight(self) -> int:
        """About how many bytes of its state a snapshot holds."""
        saved = len(self._saved) if isinstance(self._saved, bytes) else 0
        return saved + limits.EACH * sum(map(len, self._books))

    def where(self, error: BaseException) -> str:
        """The author's line in which this was raised."""
        return self._fault(error, "", 0).where

    def _fault(self, error: BaseException, action: str, at: Micros) -> Fault:
        frames = traceback.extract_tb(error.__traceback__)
        own = [frame for frame in frames if frame.filename == self.kind.public.__code__.co_filename]
        where = "".join(
            [f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno}" for frame in (own or frames)[-1:]]
        )
        message = f"{type(error).__name__}: {error}"
        return Fault(self.spec.id, self.spec.format, action, where, message[:500], at)

    def view(self, name: str, draw: Callable[[], Scene | None], at: Micros) -> Scene:
        """What a view of the format draws; when it fails a scene that says so, and the fault in `views`."""
        if self.suspended or self.overruns[name] >= limits.OVERRUNS:
            return PROBLEM
        try:
            drawn = draw() or Scene()
            if not isinstance(drawn, Scene):
                raise TypeError(f"{name} returned {drawn!r}, not a scene")
            drawn = located(drawn, self.kind.web_address)
            _fits(msgspec.json.encode(drawn), limits.SCENE, "the scene")
        except FAULTS as error:
            self._faulty(name, error, at)
            return PROBLEM
        return drawn

    def _faulty(self, view: str, error: BaseException, at: Micros) -> None:
        self.views[view] = self._fault(error, view, at)
        self.overruns[view] += isinstance(error, Overrun)

    def next(self, at: Micros) -> Action | None:
        """The host's most likely next action; None with a fault when the format cannot say."""
        if self.suspended or self.overruns["next"] >= limits.OVERRUNS:
            return None
        try:
            action = self.format.next(self.state)
            if action is not None and type(action) not in self.routes:
                raise TypeError(f"next returned {action!r}, which has no handler")
        except FAULTS as error:
            self._faulty("next", error, at)
            return None
        return action

    def rows(self, at: Micros) -> list[Row]:
        """The results so far; empty with a fault when the format cannot give them."""
        if self.overruns["results"] >= limits.OVERRUNS:
            return []
        try:
            rows = msgspec.convert(list(self.format.results(self.state)), list[Row])
            _fits(msgspec.json.encode(rows), limits.RESULTS, "results")
        except FAULTS as error:
            self._faulty("results", error, at)
            return []
        return rows


def _ways(running: Format[Any, Any]) -> dict[type[Action], Way]:
    return {
        route.action: (MethodType(route.handler, running), route.roles, route.when)
        for route in type(running).routes.values()
    }


def _fits(data: bytes, most: int, what: str) -> None:
    if len(data) > most:
        raise ValueError(f"{what} has {len(data) // 1024} kB as JSON, more than {most // 1024}")


def _nothing(*_: Any) -> None:
    raise Reject("it is suspended", code="format/suspended")


def read_settings(kind: type[Format[Any, Any]], settings: dict[str, Any]) -> Any:
    """Settings of a format from plain data. Raises `FormatError` (`settings/bad`) that names the field."""
    try:
        return msgspec.convert(settings, kind.settings_type)
    except msgspec.ValidationError as error:
        raise FormatError(
            f"{kind.title}: {error}", code="settings/bad", hint="see the format's settings schema"
        ) from error
