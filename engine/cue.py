"""What a handler may know and ask for."""

from __future__ import annotations

from collections.abc import Iterable
from random import Random
from typing import Any

import msgspec

from .errors import Reject
from .log import Entry
from .stage_cue import CueStage, Stages
from .structs import Action, Micros, ViewerId

NEVER: Micros = 1 << 62
"""When a round was opened that was not."""


class After(msgspec.Struct, frozen=True):
    """Effect: `action` comes back to the segment by the clock at `due` (show time)."""

    due: Micros
    action: Action


class Cancel(msgspec.Struct, frozen=True):
    """Effect: no timer of this segment with an action of this type is left."""

    action: type[Action]


class Emit(msgspec.Struct, frozen=True):
    """Effect: a public event (see events.py), on NATS as `show.<id>.event.<name>`."""

    name: str
    data: dict[str, Any]


class Opens(msgspec.Struct, frozen=True):
    """Effect: a round of answers opens, for `span` on each viewer's picture (0: no deadline yet)."""

    span: Micros
    title: str


class Settles(msgspec.Struct, frozen=True):
    """Effect: the round is over. `right`: whose answers were right (None: all count). `span`: what it has become in the end (None: what
    it was). `void`: the round does not count."""

    right: frozenset[int] | None = None
    span: Micros | None = None
    void: bool = False


Effect = After | Cancel | Emit | Opens | Settles | Stages


class Cue:
    """One object for each segment, set anew for each entry; a handler must not keep it.

    by: who acted (0: the clock). role: as what (a `Role` bit). now: show time of the entry, never going back. position: show time of
    the picture that they saw when they acted, within what the node itself knows; equal to `now` when there was no picture.
    stage: who is on the way to the stage, and how to bring somebody there.
    """

    # `entry` is being done, `opened` is when the round was opened, `asked` whether the handler has asked for the age, `shift` what a fork
    # has made all times later by (forks.py).
    __slots__ = (
        "_drawing", "asked", "by", "effects", "entry", "lanes", "now", "opened", "position", "seed", "shift",
        "stage",
    )  # fmt: skip

    def __init__(self, seed: str = "") -> None:
        self.by = ViewerId(0)
        self.entry: Entry[Any] | None = None
        self.now: Micros = 0
        self.position: Micros = 0
        self.lanes: Micros = 0
        self.opened: Micros = NEVER
        self.asked = False
        self.seed = seed
        self.shift: Micros = 0
        self.effects: list[Effect] = []
        self.stage = CueStage(self)
        self._drawing: tuple[str, Random] | None = None

    @property
    def role(self) -> int:
        """As what they acted."""
        return self.entry.role if self.entry else 0

    @property
    def number(self) -> int:
        """The action's number (see engine/log.py)."""
        return self.entry.number if self.entry else 0

    @property
    def random(self) -> Random:
        """Randomness that a replay repeats: seeded by the show's secret and this entry."""
        entry = f"{self.seed}/{self.by}/{self.number}/{self.now - self.shift}"
        if self._drawing is None or self._drawing[0] != entry:
            self._drawing = entry, Random(entry)
        return self._drawing[1]

    def again(self) -> None:
        """The next entry may be one that was done before: begin its randomness anew."""
        self._drawing = None

    def after(self, span: Micros, action: Action, *, lanes: bool = True) -> None:
        """Do `action` by the clock once every viewer's picture has passed now + `span` (with `lanes=False`: at now + `span`)."""
        self.effects.append(After(self.now + span + (self.lanes if lanes else 0), action))

    def cancel(self, action: type[Action]) -> None:
        """Forget this segment's timers that would do an `action`."""
        self.effects.append(Cancel(action))

    def open(self, span: Micros, title: str = "") -> None:
        """A round of answers opens now, for `span` on each viewer's picture; 0 when its end is not known yet. There is one round at a
        time: another that is still open is dropped without a report."""
        self.effects.append(Opens(span, title))

    def age(self) -> Micros:
        """How long after the round had opened the viewer acted, on their own picture. Who asks for it is in the fairness report, unless
        the action is refused. Raises `Reject`: `judge/closed` when there is no round, `judge/early` when their picture had not shown it.
        """
        age = self.position - self.opened
        if age < 0:
            if self.opened == NEVER:
                raise Reject("there is nothing to answer", code="judge/closed")
            raise Reject("that had not begun when you pressed", code="judge/early")
        self.asked = True
        return age

    def settle(
        self, right: Iterable[int] | None = None, *, span: Micros | None = None, void: bool = False
    ) -> None:
        """The round is over, which makes its report. `right` are the viewers whose answers were right (None: all count), `span` is how
        long the round was if not as it was opened for, and `void` says that it does not count."""
        self.effects.append(Settles(None if right is None else frozenset(right), span, void))

    def emit(self, name: str, **data: Any) -> None:
        """Tell the world: a public event, which is not lost and not doubled. `name` is written as `round-won`; at most 64 kB of JSON."""
        self.effects.append(Emit(name, data))
