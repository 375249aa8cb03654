"""Who is there on stage, written into the show's log by the node that hears it first."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

from oncue.engine.live import Intake
from oncue.engine.log import Entry
from oncue.engine.stage_actions import Publishing
from oncue.engine.structs import Micros, Role
from oncue.media import Presence


class Roll:
    """What a show's stage tells of its people, for the log."""

    def __init__(self, intake: Intake, show: str, now: Callable[[], Micros]) -> None:
        self._intake, self._show, self._now = intake, show, now
        self._numbers = count(1)

    def told(self, viewer: int, there: Presence) -> None:
        """Have it recorded; the intake keeps the order. Raises `TooMany` (`intake/full`)."""
        act = Publishing(viewer, there.on, there.camera, there.microphone)
        entry = Entry(0, next(self._numbers), int(Role.SYSTEM), self._now(), 0, 0, 0, act)
        self._intake.put(self._show, "", entry, lambda _: None)
