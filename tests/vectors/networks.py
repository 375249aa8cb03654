"""Simulated networks between a clock and its server, from a seed: no time passes, and the truth is known.

Times of the world are seconds. The server's show time is right by definition; the device's own time runs by `drift`, and stands still
while it sleeps. Ways are in order (TCP): what was sent later never arrives earlier.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass, replace
from itertools import count
from random import Random
from typing import Any

from oncue.api.bots.clock import Clock

SHOW = 1_700_000_000_000_000
NOTICED_S = 0.4
"""After which a page sees that the device slept: it looks once a second (web/src/link.ts)."""
SERVER_S = 30e-6
"""From a ping's arrival to its answer."""
RESENT_S = 0.25
"""What a lost packet costs: TCP's smallest retransmission timeout is about 200 ms (RFC 6298 with Linux' bound)."""


@dataclass(frozen=True)
class Ways:
    """One way up and down (s), with even jitter of ± `jitter` in each, and how many packets are lost."""

    up: float
    down: float
    jitter: float = 0.0
    loss: float = 0.0


@dataclass(frozen=True)
class Network:
    """`after` the given time (s) the ways are others. From `asleep` on the device sleeps for `slept`: its own time stands still."""

    ways: Ways
    drift: float = 0.0
    after: tuple[float, Ways] | None = None
    asleep: float = 0.0
    slept: float = 0.0


@dataclass(frozen=True)
class Look:
    """What the clock said at own time `at` (µs), and how far its offset was from the truth (µs) at `time` (s)."""

    time: float
    at: float
    offset: float
    error: int
    now: int
    pause: float
    off: float


class Run:
    """A clock that pings by its own schedule over a network for a while. `steps` are the calls it got, `looks` what it said then."""

    def __init__(self, network: Network, seed: object, seconds: float, *, every: float = 0.25) -> None:
        self._network = network
        self._random = Random(str(seed))
        self._time = 0.0
        self.clock = Clock(lambda: self._own(self._time))
        self.steps: list[list[Any]] = []
        self.looks: list[Look] = []
        self.pings = 0
        self._order = count()
        self._agenda: list[tuple[float, int, Any, tuple[float, ...]]] = []
        self._arrived = [0.0, 0.0]
        self._chain = 0
        self._at(0.0, self._seed)
        self._at(every, self._look, every)
        if network.slept:
            self._at(network.asleep + network.slept + NOTICED_S, self._wake)
        self._go(seconds)

    def _own(self, time: float) -> float:
        """Own time in µs, as the device's timer gives it: with a digit behind the point."""
        network = self._network
        awake = time
        if network.slept and time > network.asleep:
            awake = max(network.asleep, time - network.slept)
        return round(1e6 * (5.0 + awake * (1 + network.drift)), 1)

    def _show(self, time: float) -> int:
        return SHOW + round(1e6 * time)

    def _at(self, time: float, do: Any, *words: float) -> None:
        heapq.heappush(self._agenda, (time, next(self._order), do, words))

    def _go(self, seconds: float) -> None:
        while self._agenda[0][0] <= seconds:
            self._time, _, do, words = heapq.heappop(self._agenda)
            do(*words)

    @property
    def _asleep(self) -> bool:
        network = self._network
        return bool(network.slept) and network.asleep <= self._time < network.asleep + network.slept

    def _seed(self) -> None:
        now = self._show(self._time - self._network.ways.down)
        self.steps.append(["seed", self._own(self._time), now])
        self.clock.seed(now)
        self._ping(0)

    def _ping(self, chain: float) -> None:
        if chain != self._chain:
            return
        if self._asleep:
            # A timer fires when the device wakes.
            self._at(self._network.asleep + self._network.slept, self._ping, chain)
            return
        self.pings += 1
        up = self._way(0, self._time)
        down = self._way(1, up + SERVER_S)
        t0 = self._own(self._time)
        self._at(down, self._pong, t0, self._show(up), self._show(up + SERVER_S))
        self._at(self._time + self.clock.pause / 1e6, self._ping, chain)

    def _wake(self) -> None:
        self.steps.append(["hurry", self._own(self._time)])
        self.clock.hurry()
        self._chain += 1
        self._ping(self._chain)

    def _way(self, direction: int, start: float) -> float:
        """When what starts now arrives."""
        network = self._network
        ways = network.after[1] if network.after and start >= network.after[0] else network.ways
        took = (ways.down if direction else ways.up) + self._random.uniform(-ways.jitter, ways.jitter)
        if self._random.random() < ways.loss:
            took += RESENT_S
        self._arrived[direction] = max(self._arrived[direction], start + took)
        return self._arrived[direction]

    def _pong(self, t0: float, t1: float, t2: float) -> None:
        if self._asleep:
            self._at(self._network.asleep + self._network.slept, self._pong, t0, t1, t2)
            return
        t3 = self._own(self._time)
        self.steps.append(["add", t0, int(t1), int(t2), t3])
        self.clock.add(t0, int(t1), int(t2), t3)

    def _look(self, every: float) -> None:
        self._at(self._time + every, self._look, every)
        if self._asleep:
            return
        clock, own = self.clock, self._own(self._time)
        off = clock.offset - (self._show(self._time) - own)
        look = Look(self._time, own, clock.offset, clock.error, clock.now(), clock.pause, off)
        self.looks.append(look)
        self.steps.append(["look", own, look.offset, look.error, look.now, look.pause, round(off, 1)])

    def errors(self, since: float = 0.0, until: float = float("inf")) -> list[float]:
        """How far from the truth (µs), sorted."""
        return sorted(abs(look.off) for look in self.looks if since <= look.time <= until)


IDLE = Network(Ways(0.0004, 0.0004, 0.0001), drift=8e-6)
CALM = Network(Ways(0.020, 0.020, 0.005), drift=-12e-6)
ROUGH = Network(Ways(0.040, 0.040, 0.020), drift=15e-6)
NETWORKS: dict[str, tuple[Network, float]] = {
    "idle": (IDLE, 40),
    "20 ms one way, +-5 ms": (CALM, 90),
    "40 ms one way, +-20 ms": (ROUGH, 90),
    "40 ms one way, +-20 ms, for long, with drift": (replace(ROUGH, drift=45e-6), 400),
    "50 ms up, 20 ms down": (replace(CALM, ways=Ways(0.050, 0.020, 0.005)), 40),
    "10% lost": (replace(CALM, ways=Ways(0.030, 0.030, 0.004, loss=0.1)), 60),
    "from a fast network to a slow one": (replace(CALM, after=(30.0, Ways(0.090, 0.050, 0.015))), 60),
    "from a slow network to a fast one": (replace(ROUGH, after=(30.0, Ways(0.008, 0.008, 0.002))), 60),
    "the device sleeps, and its own time stands still": (replace(CALM, asleep=20.0, slept=45.0), 80),
    "the device sleeps for a moment": (replace(IDLE, asleep=20.0, slept=0.3), 30),
}
"""The networks of the test vectors, and for how long (s)."""
