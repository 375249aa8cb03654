"""Which moment of the picture an action counts for."""

from __future__ import annotations

from .structs import Micros, seconds

REACH_MAX: Micros = seconds(5)
"""No position is believed that lies further back than this, whatever a node says."""


def judged(position: Micros, at: Micros, reach: Micros) -> Micros:
    """The position that counts: what the viewer says, within `at - reach` and `at`.

    `at` is when the node got the action; `reach` is the delay that the viewer's client had reported before, plus the round trip that
    the node measured itself, at most `REACH_MAX`. A position of 0 means that no picture was on screen: `at` counts. So a faked clock
    gains at most `reach`, and a position in the future gains nothing.
    """
    if not position or position > at:
        return at
    return max(position, at - min(max(reach, 0), REACH_MAX))
