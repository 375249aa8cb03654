"""How far behind the pictures of a show are, as its log has it."""

from __future__ import annotations

import msgspec

from .structs import Micros


class Playout(msgspec.Struct):
    """The host's dial: `share` of the audience is to be in step, or all pictures have the delay `fixed` (0: automatic). What was agreed
    on from it: the delay `target` of all pictures (0: none yet), and that of the slowest lane that is waited for, `last`."""

    share: float = 0.95
    fixed: Micros = 0
    target: Micros = 0
    last: Micros = 0
