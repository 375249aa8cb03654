"""What is to be rehearsed: a rundown, a format that is installed, or one in a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from oncue.api.bots import Pace
from oncue.api.bots.script import script
from oncue.api.tryout import known

from .rundown import read_show

FORMAT_S = 60.0
"""A format alone is rehearsed for so long at the most: many of them have no end."""
SPARE = 0.96
"""The share of the given time that the demo's rundown is cut to."""


class What(msgspec.Struct, frozen=True):
    """`show` as `POST /api/shows` takes it, how fast the host plays, and how long at the most (0: until the rundown is over)."""

    title: str
    show: dict[str, Any]
    pace: Pace = Pace()
    seconds: float = 0.0


def read_what(word: str, seconds: float) -> What:
    """A rundown's file (`friday.json`), a format's (`loudest.py`, `loudest.py:Loudest`), a format's name, or (empty) the demo's rundown.

    Raises `BadInput` (`rehearse/no-file`, `rehearse/bad-rundown`) and what `known` does; what is in a rundown the API checks.
    """
    plan = script(seconds * SPARE)
    if not word:
        show = {"title": "Rehearsal", "rundown": plan.rundown()}
        return What("the demo's rundown", show, pace=plan.pace, seconds=seconds)
    if word.endswith(".json"):
        return What(word, read_show(Path(word)), pace=plan.pace, seconds=seconds)
    name = known(word)
    rundown = [line for line in plan.rundown() if line["format"] == name] or [{"format": name}]
    show = {"title": f"Rehearsal of {name}", "rundown": rundown}
    return What(f"the format {name}", show, pace=plan.pace, seconds=seconds or FORMAT_S)
