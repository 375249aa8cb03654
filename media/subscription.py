"""What one page has subscribed to, over TCP: which groups are on their way, and which are given up because it reads too slowly."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from . import lite
from .fanout import Track
from .lite import Gone, Subscribe
from .qmux import FIRST

if TYPE_CHECKING:
    from .tcp import TcpSession

SHED = 1 << 20
"""Bytes that may wait for a slow page before even its newest groups are given up."""


class _Held:
    """A group on its way to the page."""

    __slots__ = ("begun", "ended", "stream")

    def __init__(self, stream: int, begun: float) -> None:
        self.stream, self.begun, self.ended = stream, begun, False


class Subscription:
    """What a page has subscribed to."""

    def __init__(self, session: TcpSession, stream: int, wanted: Subscribe) -> None:
        self.session = session
        self.stream = stream
        self.wanted = wanted
        self.lasting = wanted.track == "catalog.json" or wanted.path.endswith("/scene")
        self.track: Track | None = None
        self._groups: dict[int, _Held] = {}
        self._begun = False

    def begin(self, group: int) -> None:
        """Open a stream for it. When the page has as many as it takes, the group is left out."""
        session, now = self.session, time.monotonic()
        if session.qmux.waiting and not self.lasting:
            self._give_up(now - self.wanted.latency / 1000)
        self._forget()
        if not self._begun:
            self._begun = True
            session.qmux.write(self.stream, lite.subscribe_start(group))
        rank = (FIRST if self.lasting else -self.wanted.priority << 48) - group
        stream = session.qmux.open(uni=True, rank=rank)
        if stream is not None:
            self._groups[group] = _Held(stream, now)
            session.qmux.write(stream, lite.group_head(self.wanted.number, group))

    def more(self, group: int, frames: bytes) -> None:
        """Send it, or give the group up when far too much waits."""
        held, session = self._groups.get(group), self.session
        if held is None:
            return
        if session.qmux.waiting > SHED and not self.lasting:
            self._drop(group, held)
            return
        session.qmux.write(held.stream, frames)
        session.flush()

    def finish(self, group: int, *, whole: bool) -> None:
        """That a group is over goes along with what comes next: it is needed no sooner."""
        held = self._groups.get(group)
        if held is None:
            return
        held.ended = True
        if whole:
            self.session.qmux.write(held.stream, b"", end=True)
        else:
            self._drop(group, held)

    def over(self, group: int) -> None:
        """The track is over."""
        self.session.qmux.write(self.stream, lite.subscribe_end(group), end=True)
        self.session.flush()

    def close(self) -> None:
        """The page wants no more."""
        if self.track:
            self.track.remove(self)
        for group, held in [*self._groups.items()]:
            if not held.ended or self.session.qmux.unsent(held.stream):
                self._drop(group, held)
        self.session.qmux.write(self.stream, b"", end=True)

    def _give_up(self, since: float) -> None:
        """Groups that wait, though a newer one began before `since`."""
        newer = float("inf")
        for group in sorted(self._groups, reverse=True):
            held = self._groups[group]
            if newer < since and self.session.qmux.unsent(held.stream):
                self._drop(group, held)
            newer = min(newer, held.begun)

    def _forget(self) -> None:
        for group, held in [*self._groups.items()]:
            if held.ended and not self.session.qmux.unsent(held.stream):
                del self._groups[group]

    def _drop(self, group: int, held: _Held) -> None:
        self.session.qmux.reset(held.stream, Gone.LATE)
        self.session.shed += 1
        del self._groups[group]
