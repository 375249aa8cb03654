"""Segments go on in other versions of their formats: when a host wishes it, when their own is gone, and while a format is being written."""

from __future__ import annotations

import time
from collections.abc import Iterable

import structlog

from oncue.engine.errors import FormatError, OncueError, Unknown
from oncue.engine.live.guard import guard
from oncue.engine.rundown import pinned
from oncue.engine.segment import Segment
from oncue.engine.show import Show
from oncue.engine.strikes import STRIKES
from oncue.engine.versions import DEVELOPED, UNFIT, Upgraded, missing, offered, rescue, turned
from oncue.engine.wire import Fault

log = structlog.get_logger()

LOOK_S = 0.2
"""How often is looked whether a format has another version."""
SOURCE = "source"
PATIENCE = 10.0
"""A migration may take so many times as long as a handler: it happens once."""


class Upgrades:
    """Of one show, for its owner. `again` says that the show is to be loaded anew, because something is here again that was missing;
    `troubles` is what is wrong with formats that are being written."""

    def __init__(self) -> None:
        self.again = False
        self.troubles: dict[str, FormatError] = {}
        self._rescued: list[Upgraded] = []
        self._waits = 0
        self._looked = 0.0
        self._impossible: set[tuple[str, str]] = set()

    def restored(self, show: Show) -> None:
        """A snapshot was read: have go on what can. The log is to say so, once it was read to its end: see `due`."""
        with guard.watching(PATIENCE):
            self._rescued = rescue(show)
        for act in self._rescued:
            log.warning(
                "a version is gone, another goes on", show=show.id, segment=act.segment, version=act.version
            )
        for segment in missing(show):
            assert segment.gap
            log.error("a part cannot be played", show=show.id, segment=segment.spec.id, why=segment.gap.why)

    def wrote(self, seq: int) -> None:
        """What was due stands in the log, at this sequence."""
        self._waits = seq

    def due(self, show: Show) -> list[Upgraded]:
        """What is to be written into the log now."""
        if show.phase != "open" or show.seq < self._waits or show.recount:
            return []
        due, self._rescued = self._rescued, []
        wanted, show.turns.wanted = show.turns.wanted, []
        for name, version in [*wanted, *self._look(show)]:
            segment = show.segments.get(name)
            if segment and segment.spec.version != version and self._can(show, segment, version):
                due.append(Upgraded(name, version, kept=_stays(show, segment)))
        return due

    def heard(self, show: Show) -> bool:
        """Tell the host what is wrong with the source of formats, and when it is no more. Whether there was news."""
        news = False
        for name, segment in show.segments.items():
            error = self.troubles.get(segment.spec.format) if segment.phase != "done" else None
            told = segment.views.get(SOURCE)
            if error and (told is None or told.message != error.message[:500]):
                fault = Fault(name, segment.spec.format, SOURCE, error.hint, error.message[:500], show.now)
                segment.views[SOURCE] = fault
            elif told and error is None:
                del segment.views[SOURCE]
            news = news or segment.views.get(SOURCE) is not told
        return news

    def _look(self, show: Show) -> Iterable[tuple[str, str]]:
        """Who follows a version that is being written, or has none at all."""
        if time.monotonic() - self._looked < LOOK_S:
            return
        self._looked = time.monotonic()
        for name, segment in show.segments.items():
            version = offered(show, segment)
            follows = segment.gap or DEVELOPED in version + segment.spec.version
            if version and follows and (name, version) not in self._impossible:
                yield name, version
            elif segment.gap and segment.gap.code != UNFIT:
                self.again = self.again or _here(show, segment)

    def _can(self, show: Show, segment: Segment, version: str) -> bool:
        """Whether it can go on so; else its host is told why not."""
        name = segment.spec.id
        try:
            with guard.watching(PATIENCE):
                turned(show, segment, version)
        except OncueError as error:
            why = error.message
        except STRIKES as error:
            why = f"the migration to version {version} came to no end: {error}"
        else:
            segment.views.pop("upgrade", None)
            return True
        self._impossible.add((name, version))
        log.warning("no upgrade", show=show.id, segment=name, version=version, why=why)
        segment.views["upgrade"] = Fault(name, segment.spec.format, "upgrade", "", why[:500], show.now)
        return False


def _here(show: Show, segment: Segment) -> bool:
    try:
        pinned(show.formats, segment.spec.format, segment.spec.version)
    except (FormatError, Unknown):
        return False
    return True


def _stays(show: Show, segment: Segment) -> bool:
    """Whether the version that it has now will still be there when the log is played again."""
    return DEVELOPED not in segment.spec.version and _here(show, segment)
