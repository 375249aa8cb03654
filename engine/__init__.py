"""The pure part of oncue: what a show is, what a format may do, and how a log becomes a show. Reads no clock, awaits nothing.

Authors of formats import from `oncue.formats`; this door is for what runs shows.

    show = Show(ShowId("k3v9m2q7wx"), formats)          # formats: name -> Format class
    show.fold(decode_batch(message), sequence)          # the same messages give the same show, always
    surfaces.public(show, epoch)                        # what is to be seen
"""

from oncue.engine import blocks, surfaces
from oncue.engine.cue import Cue
from oncue.engine.errors import (
    BadInput,
    Conflict,
    Denied,
    Forbidden,
    FormatError,
    OncueError,
    Reject,
    TooMany,
    Unavailable,
    Unknown,
)
from oncue.engine.format import Format, Route, on
from oncue.engine.judge import judged
from oncue.engine.ledger import Ledger
from oncue.engine.log import Batch, Entry, Part, decode_batch, encode_batch, encode_entries
from oncue.engine.outcome import Refusal
from oncue.engine.replay import play, same
from oncue.engine.segment import Segment, SegmentSpec
from oncue.engine.show import Show
from oncue.engine.snapshot import load, save
from oncue.engine.structs import Action, Micros, Role, Row, Settings, ShowId, State, ViewerId, seconds

__all__ = [
    "Action", "BadInput", "Batch", "Conflict", "Cue", "Denied", "Entry", "Forbidden", "Format", "FormatError", "Ledger", "Micros",
    "OncueError", "Part", "Refusal", "Reject", "Role", "Route", "Row", "Segment", "SegmentSpec", "Settings", "Show", "ShowId",
    "State", "TooMany", "Unavailable", "Unknown", "ViewerId", "blocks", "decode_batch", "encode_batch", "encode_entries", "judged",
    "load", "on", "play", "same", "save", "seconds", "surfaces",
]  # fmt: skip
