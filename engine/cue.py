"""What a handler may know and ask for."""

from __future__ import annotations

from random import Random
from typing import Any

import msgspec

from .structs import Action, Micros, ViewerId


class After(msgspec.Struct, frozen=True):
    """Effect: `action` comes back to the segment by the clock at `due` (show time)."""

    due: Micros
    action: Action


class Cancel(msgspec.Struct, frozen=True):
    """Effect: no timer of this segment with an action of this type is left."""

    action: type[Action]


class Emit(msgspec.Struct, frozen=True):
    """Effect: a public event on NATS, `show.<id>.event.<name>`."""

    name: str
    data: dict[str, Any]


Effect = After | Cancel | Emit


class Cue:
    """One object for each segment, set anew for each entry; a handler must not keep it.

    by: who acted (0: the clock). role: as what (a `Role` bit). now: show time of the entry, never going back. position: show time of
    the picture that they saw when they acted, within what the node itself knows; equal to `now` when there was no picture.
    """

    __slots__ = ("_drawing", "by", "effects", "lanes", "now", "number", "position", "role", "seed")

    def __init__(self, seed: str = "") -> None:
        self.by = ViewerId(0)
        self.role = 0
        self.number = 0
        self.now: Micros = 0
        self.position: Micros = 0
        self.lanes: Micros = 0
        self.seed = seed
        self.effects: list[Effect] = []
        self._drawing: tuple[str, Random] | None = None

    @property
    def random(self) -> Random:
        """Randomness that a replay repeats: seeded by the show's secret and this entry."""
        entry = f"{self.seed}/{self.by}/{self.number}/{self.now}"
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

    def emit(self, name: str, **data: Any) -> None:
        """Tell the world: a public event."""
        self.effects.append(Emit(name, data))
