"""The author's door: everything that a format's file imports.

A format is one class over a typed state (`Format[Board, Quiz]`), with a handler for each action (`@on`) and views that say what
there is to be seen. `poll.py`, `trivia.py` and `buzzer.py` are written with these names alone; examples/ begins smaller.

Where it counts who was first, a handler opens a round (`cue.open`), asks how old an answer is (`cue.age`: on the viewer's own picture,
so that nobody's network matters) and settles the round (`cue.settle`), which makes its fairness report. A format that says what a host
may rule about a round (`rulings`) and which settings may be changed afterwards (`amend`) can be judged again: its log is played once
more with the new settings, and that is all.

Somebody is brought on stage by `cue.stage`: invited, put live, taken off. Both keys stay: they still have to accept.
"""

from oncue.engine import blocks
from oncue.engine.blocks import Scene, scene
from oncue.engine.cue import Cue
from oncue.engine.errors import FormatError, Reject
from oncue.engine.format import Format, on
from oncue.engine.ledger import Ledger
from oncue.engine.stage_actions import Staged
from oncue.engine.structs import Action, Micros, Role, Row, Settings, State, ViewerId, seconds
from oncue.engine.wire import Ruling

from .rehearsal import Rehearsal

__all__ = [
    "Action",
    "Cue",
    "Format",
    "FormatError",
    "Ledger",
    "Micros",
    "Rehearsal",
    "Reject",
    "Role",
    "Row",
    "Ruling",
    "Scene",
    "Settings",
    "Staged",
    "State",
    "ViewerId",
    "blocks",
    "on",
    "scene",
    "seconds",
]
