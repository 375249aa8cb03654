"""What an owner does so that a format cannot hurt it: budgets, crumbs, costs, and what it does about a state that grows."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Any, TypeVar, cast

import structlog

from oncue.engine import limits, surfaces
from oncue.engine.format import Route
from oncue.engine.live.crumbs import Crumbs
from oncue.engine.live.guard import guard
from oncue.engine.live.meter import Costs
from oncue.engine.log import Batch, Part, decode_batch
from oncue.engine.pacing import Audience
from oncue.engine.segment import Segment, Way
from oncue.engine.show import Show
from oncue.engine.strikes import Suspended, Torn
from oncue.engine.structs import Row, ViewerId
from oncue.engine.wire import DeskMsg, PrivateMsg, SceneMsg

log = structlog.get_logger()

MEASURING_S = 25e-6
"""About what it takes to measure a message, and for each of its bytes:"""
BYTE_S = 3e-8
RARELY = 100
"""Measuring takes at most one part in so many of the time, but for those that have"""
SMALL = 200
"""fewer bytes than this: an action of a host's, say. Under load there are none."""
PATIENCE = 4.0
"""What another owner has folded already may take so much longer: it may have been a faster machine."""
SLICE_S = 0.02
"""So long an owner folds, or draws for single viewers, before others have their turn."""
SHARE, BEHIND = 4, 20
"""It draws at most for one part in so many of the time, and while it has much to fold."""
QUICK_S = 0.001
"""A view that takes no longer may be drawn at any time."""
REST_S = 30.0
"""After so long a view that was interrupted too often is tried again."""

_interrupted: dict[tuple[str, str], tuple[Counter[str], float]] = {}
T = TypeVar("T")
Handler = Callable[[Any, Any, Any], None]


class Care:
    """Of one owner for its show."""

    def __init__(self, show: str) -> None:
        self.costs = Costs()
        self.crumbs = Crumbs(guard.folder, show)
        self.patience = PATIENCE
        self._measured_until = 0.0
        self._show = show
        self._measured: dict[tuple[str, Handler], Handler] = {}
        self._heavy: set[str] = set()

    def known(self, show: Show) -> None:
        """Tell the show of the entry that ended the process before, twice."""
        culprit, seq = self.crumbs.culprit, self.crumbs.suspect
        if culprit and seq > show.seq and culprit.key not in show.strikes:
            log.error("an entry ended the engine and is struck", show=show.id, seq=seq, entry=culprit.key)
            show.strikes[culprit.key] = culprit
            show.struck.append(culprit)

    @contextmanager
    def folding(self) -> Iterator[None]:
        """Around what is folded in one go. A crumb stays when it fails."""
        try:
            with guard.watching(self.patience):
                yield
        except Torn as torn:
            raise RuntimeError(f"an entry was interrupted in the middle of the engine: {torn}") from torn
        self.crumbs.clear()

    def fold(self, show: Show, seq: int, data: bytes) -> None:
        """Fold one message. Raises what `decode_batch` does, and whatever the engine itself cannot bear."""
        batch = decode_batch(data)
        self.crumbs.at(seq)
        if seq == self.crumbs.suspect:
            batch.parts = cast(list[Part], self.crumbs.each(seq, batch.parts))  # each crumb before its entry
        now = time.monotonic()
        small = len(data) < SMALL
        if seq == self.crumbs.suspect or (now < self._measured_until and not small):
            show.fold(batch, seq)
            return
        if not small:
            self._measured_until = now + RARELY * (MEASURING_S + BYTE_S * len(data))
        with ExitStack() as stack:
            for name in self._played(show, batch):
                stack.enter_context(show.segments[name].through(partial(self._timed, show.segments[name])))
            show.fold(batch, seq)

    def _played(self, show: Show, batch: Batch) -> set[str]:
        return {part.segment for part in batch.parts} & show.segments.keys()

    def _timed(self, segment: Segment, route: Route, way: Way) -> Way:
        handler, roles, when = way
        key = segment.spec.id, handler
        timed = self._measured.get(key)
        if timed is None:
            timed = self.costs.timed(segment.spec.id, route.type, handler, segment.kind.budget)
            self._measured[key] = timed
        return timed, roles, when

    def public(self, show: Show, epoch: int) -> SceneMsg:
        """What everybody sees."""
        return self._draw(show, "public", lambda: surfaces.public(show, epoch))

    def private(self, show: Show, epoch: int, viewer: ViewerId) -> PrivateMsg:
        """What one viewer sees."""
        return self._draw(show, "private", lambda: surfaces.private(show, epoch, viewer))

    def desk(self, show: Show, epoch: int, audience: Audience) -> DeskMsg:
        """What staff see."""
        costs = self.costs.report()
        return self._draw(show, "desk", lambda: surfaces.desk(show, epoch, audience=audience, costs=costs))

    def rows(self, show: Show, segment: Segment) -> list[Row]:
        """The results so far of a segment."""
        return self._draw(show, "results", lambda: segment.rows(show.now), segment)

    def _draw(self, show: Show, name: str, draw: Callable[[], T], segment: Segment | None = None) -> T:
        segment = segment or show.segment
        if segment:
            segment.overruns = self._overruns(segment.spec.id)
        begun = time.perf_counter_ns()
        with guard.watching():
            drawn = draw()
        if segment:
            self.costs.add(segment.spec.id, name, time.perf_counter_ns() - begun, segment.kind.budget)
        return drawn

    def _overruns(self, segment: str) -> Counter[str]:
        """How often the views of a segment were interrupted lately: also by owners before this one, who may have lost the show over it."""
        found, since = _interrupted.setdefault((self._show, segment), (Counter(), time.monotonic()))
        if found and time.monotonic() - since > REST_S:
            found.clear()
        if not found:
            _interrupted[self._show, segment] = found, time.monotonic()
        return found

    def heavy(self, show: Show) -> list[Suspended]:
        """Segments whose state has grown too large, each once."""
        found = {
            name: segment.weight
            for name, segment in show.segments.items()
            if segment.phase == "live" and not segment.suspended and segment.weight > limits.STATE
        }
        new, self._heavy = found.keys() - self._heavy, set(found)
        megabyte = 1024 * 1024
        return [
            Suspended(
                name,
                f"its state has grown to {found[name] // megabyte} MB, more than {limits.STATE // megabyte} MB",
            )
            for name in sorted(new)
        ]


class Pace:
    """How much of its time an owner may draw: what takes long is drawn less often, but at least each `least` seconds when quick."""

    def __init__(self, least: float) -> None:
        self._least = least
        self._next = 0.0

    def wait(self) -> float:
        """Seconds until it may be drawn again."""
        return max(self._next - time.monotonic(), 0.0)

    @contextmanager
    def drawing(self, *, behind: bool = False) -> Iterator[Callable[[], bool]]:
        """Around what is drawn; gives whether there is time for one more."""
        begun, drawn = time.monotonic(), 0

        def more() -> bool:
            nonlocal drawn
            drawn += 1
            return time.monotonic() - begun < SLICE_S

        yield more
        took = time.monotonic() - begun
        slow = took > QUICK_S * max(drawn, 1)
        share = BEHIND if behind else SHARE if slow else 0
        self._next = begun + max(self._least, share * took)
