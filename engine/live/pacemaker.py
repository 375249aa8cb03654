"""Hears what the pictures of a show need, for its owner, and finds when another delay is to be agreed on."""

from __future__ import annotations

from collections.abc import Callable

from oncue.engine.live.messages import Needs, read_needs
from oncue.engine.pacing import Audience, Pacer, report, together
from oncue.engine.playout import Pace
from oncue.engine.show import Show
from oncue.engine.structs import Micros, seconds
from oncue.engine.wire import PlayoutInfo

KEPT: Micros = seconds(6)
"""How long what a node has told counts: it tells it every two seconds."""
LOOK: Micros = seconds(0.5)
"""How often what is agreed on is thought over."""
TOLD: Micros = seconds(2)
"""How often the desk hears how well the audience is in step, at the most."""


class Pacemaker:
    """One for each owner; `now` is show time. A new owner knows nothing of what the last one heard: it listens first."""

    def __init__(self, now: Callable[[], Micros]) -> None:
        self._now = now
        self._nodes: dict[str, tuple[Micros, Needs]] = {}
        self._pacer = Pacer(now())
        self._looked: Micros = 0
        self._wrote = 0
        self._told: PlayoutInfo | None = None
        self._looked_up: Micros = 0

    def hear(self, _: str, data: bytes) -> None:
        """A node tells what its viewers need."""
        needs = read_needs(data)
        self._nodes[needs.node] = self._now(), needs

    def audience(self) -> Audience:
        """All viewers that there are, as far as is known."""
        since = self._now() - KEPT
        self._nodes = {node: (at, needs) for node, (at, needs) in self._nodes.items() if at >= since}
        return together(needs for _, needs in self._nodes.values())

    def decide(self, show: Show) -> Pace | None:
        """What to write into the log now; `wrote` is to be told where it stands."""
        now = self._now()
        if show.phase != "open" or show.seq < self._wrote or now - self._looked < LOOK:
            return None
        self._looked = now
        return self._pacer.decide(show.playout, self.audience(), now, busy=show.busy)

    def wrote(self, seq: int) -> None:
        """What was decided stands in the log at `seq`."""
        self._wrote = seq

    def news(self, show: Show) -> bool:
        """Whether the desk should hear now how well the audience is in step: it does not know yet."""
        now = self._now()
        if now - self._looked_up < TOLD:
            return False
        self._looked_up = now
        told, self._told = self._told, report(show.playout, self.audience())
        return self._told != told
