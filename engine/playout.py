"""How far behind the pictures of a show are, as its log has it, and the actions that change it."""

from __future__ import annotations

from typing import Annotated

import msgspec

from .structs import Action, Micros, seconds

MOST: Micros = seconds(5)
"""The largest delay that all pictures may be given."""
ARRIVAL: Micros = seconds(0.5)
"""In which what was pressed on the slowest picture comes in."""
UNKNOWN: Micros = seconds(1)
"""What the slowest picture's delay is taken for before anything was agreed."""


class Playout(msgspec.Struct):
    """The host's dial: `share` of the audience is to be in step, or all pictures have the delay `fixed` (0: automatic). What was agreed
    on from it: the delay `target` of all pictures (0: none yet), and that of the slowest lane that is waited for, `last`."""

    share: float = 0.95
    fixed: Micros = 0
    target: Micros = 0
    last: Micros = 0

    @property
    def lanes(self) -> Micros:
        """How long after a moment of the picture the last answer to it may come."""
        return (self.last or UNKNOWN) + ARRIVAL


class Dial(Action, frozen=True):
    """How much of the audience is to be in step: half of it is fast, all of it together. Or a delay for all, `fixed`, in µs."""

    share: Annotated[float, msgspec.Meta(ge=0.5, le=1)] = 0.95
    fixed: Annotated[Micros, msgspec.Meta(ge=0, le=MOST)] = 0


class Pace(Action, frozen=True):
    """What the show's owner has decided: the delay of all pictures, and that of the slowest lane that is waited for."""

    target: Annotated[Micros, msgspec.Meta(ge=0)]
    last: Annotated[Micros, msgspec.Meta(ge=0)]
