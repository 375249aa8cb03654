"""What the log of a show brings about besides its state: who joined, who is refused, what is judged, and what the outside is told."""

from __future__ import annotations

from typing import Any

import msgspec

from . import events
from .log import Entry
from .people import Person
from .rounds import RoundRecord
from .structs import Micros, ViewerId


class Refusal(msgspec.Struct, frozen=True, array_like=True):
    """An action that does not count, and why."""

    viewer: int
    number: int
    code: str
    why: str


class Outcome:
    """What a show leaves for its runner to take.

    `refused`, `put_off`, `joined`, `ended`, `judged` (rounds by segment) and `acts` (of staff) grow until somebody takes them. `told` has
    the events of the message that was folded last, and `untold` those that an owner has still to publish (snapshots keep them). `now` is
    show time.
    """

    def __init__(self) -> None:
        self.now: Micros = 0
        self.refused: list[Refusal] = []
        self.put_off: list[tuple[ViewerId, bool]] = []
        self.joined: list[Person] = []
        self.ended: list[str] = []
        self.judged: list[tuple[str, RoundRecord]] = []
        self.acts: list[Entry[Any]] = []
        self.told: list[events.Event] = []
        self.untold: list[events.Told] = []

    def forget(self) -> None:
        """It is nobody's to take: a log is only played again."""
        for left in (self.refused, self.put_off, self.joined, self.ended, self.judged, self.acts):
            left.clear()

    def refuse(self, entry: Entry[Any], code: str, why: str) -> None:
        """This action does not count."""
        self.refused.append(Refusal(entry.viewer, entry.number, code, why))

    def tell(self, data: msgspec.Struct, key: str = "") -> None:
        """Tell the outside, now."""
        segment = getattr(data, "segment", "")
        self.told.append(events.event(self.now, data, segment, key))

    def tell_viewer(self, kind: type[events.PeopleJoined], viewer: int) -> None:
        """Tell the outside of a viewer, in one event with others of whom the same is told at once."""
        last = self.told[-1].data if self.told else None
        if type(last) is kind and len(last.viewers) < events.TOGETHER:
            last.viewers.append(viewer)
        else:
            self.tell(kind([viewer]))
