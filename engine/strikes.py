"""Strikes: entries whose handler never came to an end. How long a handler takes, and how much memory, depends on the machine, so what
became of such an entry stands in the log, and every replay does the same with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import msgspec

from .structs import Action

if TYPE_CHECKING:
    from .show import Show

MOST = 3
"""With so many strikes a segment is suspended."""
WHY = 500
PROBLEM = "this part of the show has a problem"
SUSPENDED = "this part of the show has a problem and takes nothing at the moment"

Key = tuple[str, int, int]
"""Segment (empty: the show itself), viewer and number of an entry."""
Why = Annotated[str, msgspec.Meta(max_length=WHY)]


class Overrun(BaseException):
    """Raised inside of a handler or view that takes too long, by who watches over it. No `Exception`: an author's `except Exception` is
    not meant. `where` is the author's line that was being done."""

    def __init__(self, why: str, where: str = "") -> None:
        super().__init__(why)
        self.why = why
        self.where = where


class Torn(BaseException):
    """Raised through the fold when what it was doing cannot be taken back: the show is lost, and is to be played again without it."""


STRIKES = (Overrun, MemoryError, RecursionError)
"""What a handler meets that another machine, or another depth of the stack, would not have raised."""
FAULTS = (Exception, Overrun)
"""What an author's code may raise."""


class Struck(Action, frozen=True):
    """That entry did not come to an end: it counts as refused, from the start of a replay on. `where` is the author's line."""

    viewer: int
    number: int
    segment: str
    why: Why
    where: str = ""

    @property
    def key(self) -> Key:
        """The entry."""
        return self.segment, self.viewer, self.number


class Suspended(Action, frozen=True):
    """The segment takes no more actions, until a host resumes or finishes it."""

    segment: str
    why: Why


class Resume(Action, frozen=True):
    """Let a suspended segment go on."""

    segment: str


Strikes = dict[Key, Struck]


def strike(show: Show, key: Key, error: BaseException, where: str = "") -> Struck:
    """The strike of an entry whose handler raised one of `STRIKES`: as it stands in the log, or a new one."""
    if key in show.strikes:
        return show.strikes[key]
    if isinstance(error, Overrun):
        why, where = error.why, error.where or where
    elif isinstance(error, MemoryError):
        why = "MemoryError: it took more memory than there is"
    else:
        why = f"{type(error).__name__}: {error}"
    segment, viewer, number = key
    found = show.strikes[key] = Struck(viewer, number, segment, why[:WHY], where)
    show.struck.append(found)
    return found
