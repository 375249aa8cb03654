"""Which moment of the picture an action counts for."""

from __future__ import annotations

import msgspec

from .errors import Reject
from .structs import Micros, seconds


class Policy(msgspec.Struct, frozen=True):
    """How far viewers are believed, in µs. `lane`: how far behind the target of the show a viewer's picture may be and still be believed
    in full. `way`: the longest round trip that is."""

    lane: Micros = seconds(1.5)
    way: Micros = seconds(1)


POLICY = Policy()
CLOCKS: Micros = seconds(0.1)
"""What the clocks of two nodes may differ by: of the one that stamped the picture and the one that got the answer."""


def judged(
    position: Micros, at: Micros, delay: Micros, rtt: Micros, target: Micros, policy: Policy = POLICY
) -> Micros:
    """The position that counts: what the viewer says, as far back as the node itself can vouch for.

    `at` is when the node got the action, `delay` what it believes the viewer's picture to be behind (locked before the round opened), `rtt`
    the round trip that it measured itself, `target` the delay that all pictures are to have: whoever says no more than that is always
    believed, for the show itself asks it of them, and may have asked it a moment ago. A position of 0 means that no picture was on
    screen: `at` counts. Raises `Reject` (`judge/impossible`) for a picture that cannot have been shown yet.
    """
    if not position:
        return at
    if position > at + CLOCKS:
        raise Reject("your picture cannot have shown that yet", code="judge/impossible")
    back = min(max(delay, target), target + policy.lane) + min(rtt, policy.way)
    return min(max(position, at - max(back, 0)), at)


def cap(target: Micros, policy: Policy = POLICY) -> Micros:
    """What somebody can gain at the most who forges positions, delays or echoes: `judged` is never further before `at`."""
    return target + policy.lane + policy.way
