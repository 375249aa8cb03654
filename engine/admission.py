"""Which entries count: each once, and of people who may take part. What is common is told by the fold itself (`Show._play`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .house import Join
from .log import Entry
from .people import Person
from .structs import BY, Role, ViewerId
from .versions import missing

if TYPE_CHECKING:
    from .show import Show

_STAFF = int(Role.MODERATOR | Role.PRODUCER | Role.HOST)
_VIEWERS, CLOCK, SYSTEM = int(BY["viewer"]), int(Role.CLOCK), int(Role.SYSTEM)


def admitted(show: Show, entry: Entry[Any], person: Person | None) -> bool:
    """The rare cases: repeats, the clock, staff, people with a moderator's mark or several tabs, and strangers."""
    if entry.role & CLOCK:
        if show.timers.pop(_number(show, entry), None) is None:
            show.repeats += 1
            return False
        show.directed += 1
        return True
    if entry.role & SYSTEM:
        show.directed += 1
        return True
    if person is None:
        if not entry.role & _STAFF:
            show.refuse(entry, "show/not-joined", "join first, with a name")
            return False
        person = show.crowd.staff(ViewerId(entry.viewer))
    if not person.fresh(entry.number):
        show.repeats += 1
        return False
    if person.state in ("kicked", "banned"):
        show.refuse(entry, f"show/{person.state}", "you cannot take part any more")
        return False
    if person.staff:
        show.directed += 1
        show.acts.append(entry)
    return True


def _number(show: Show, entry: Entry[Any]) -> int:
    """The number of the timer that rings. Where a part of the show could not be played, others have other numbers than they had."""
    if not missing(show):
        return entry.number
    like = (number for number, timer in show.timers.items() if timer.action == entry.action)
    return min(like, key=lambda number: (show.timers[number].due, number), default=entry.number)


def enters(entry: Entry[Any], person: Person | None) -> bool:
    """Whether somebody joins who is not in the show, or not any more."""
    if not isinstance(entry.action, Join) or not entry.role & _VIEWERS:
        return False
    return person is None or (person.state == "kicked" and person.fresh(entry.number))
