"""The author's door: everything that a format's file imports.

A format is one class over a typed state (`Format[Board, Quiz]`), with a handler for each action (`@on`) and views that say what
there is to be seen. `poll.py` and `trivia.py` are written with these names alone; examples/ begins smaller.
"""

from oncue.engine import blocks
from oncue.engine.blocks import Scene, scene
from oncue.engine.cue import Cue
from oncue.engine.errors import FormatError, Reject
from oncue.engine.format import Format, on
from oncue.engine.ledger import Ledger
from oncue.engine.structs import Action, Micros, Role, Row, Settings, State, ViewerId, seconds

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
    "Scene",
    "Settings",
    "State",
    "ViewerId",
    "blocks",
    "on",
    "scene",
    "seconds",
]
