"""Show time as a client knows it. The same algorithm as web/src/clock.ts; tests/vectors/clock.json holds both to it.

Each exchange gives four timestamps (RFC 5905, section 8): ours of sending and of receiving, the server's of arrival and of answering.
The way up bounds the offset (show time minus own time) from above, the way down from below: `t1 - t0` is the offset and the way, `t2 - t3`
the offset less the way. The least of each direction is kept on its own, because under jitter the least way up and the least way down are
met much sooner than both in one exchange (V. Paxson, "On calibrating measurements of packet transit times", SIGMETRICS 1998). What
remains of the drift is one line below all ways up and above all ways down, as close to them as can be (S. Moon, P. Skelly, D. Towsley,
"Estimation and removal of clock skew from network delay measurements", INFOCOM 1999, for both directions at once). Half the distance
between the bounds, which grows with age, is how wrong the estimate may be: half of the ways' asymmetry, and no more.

A bound stays true when the network changes. Only when the two bounds exclude each other has a clock moved (the device slept): then what
was learned before is forgotten.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from time import monotonic

Point = tuple[float, float]
"""Own time (µs), and a bound of the offset then (µs, less `_base`)."""

KEPT, TOGETHER = 128, 2e6
"""So many spans of so many µs are remembered, of each its least way up and down."""
LOOSE, FITTED = 50e-6, 15e-6
"""How fast a quartz may run away before its drift is known, and after (RFC 5905 has 15 parts in a million)."""
STEEPEST = 200e-6
ENOUGH, AGAIN, RECENT = 8, 10e6, 60e6
"""From how many spans, and how often, the drift is estimated; how long an exchange counts for the schedule of pings."""
SETTLED, SLEW = 8, 0.05
"""After so many exchanges show time jumps no more: corrections change its pace, by so much at the most."""
COARSE = 2e6
"""The welcome's `now` is late by an unknown part of this."""
QUICK, BRISK, OFTEN, CALM = 100_000.0, 200_000.0, 2e6, 5e6
FEW, MANY = 10, 40
"""So many quick pings are sent always, and so many brisk ones at the most while jitter still makes more than SHARP of doubt."""
SHARP, BLUNT = 500.0, 1_500.0
ROUNDS, RESENT, LOST = 24, 150_000.0, 2
"""LOST of the latest ROUNDS round trips that are RESENT longer than most: segments were sent again, packets are lost."""


class _Span:
    """The exchanges of a moment: `up` and `down` are the tightest bounds."""

    __slots__ = ("count", "down", "up")

    def __init__(self, up: Point, down: Point) -> None:
        self.up, self.down, self.count = up, down, 1

    def take(self, up: Point, down: Point) -> None:
        self.up = up if up[1] < self.up[1] else self.up
        self.down = down if down[1] > self.down[1] else self.down
        self.count += 1


class Clock:
    """Show time in µs. `local` is the client's own time in µs, which must not go back: the time of an event loop may stand still while
    a callback runs (uvloop's does), so it is `time.monotonic` by itself."""

    def __init__(self, local: Callable[[], float] = lambda: monotonic() * 1e6) -> None:
        self.local = local
        self._spans: deque[_Span] = deque(maxlen=KEPT)
        self._rounds: deque[float] = deque(maxlen=ROUNDS)
        self._base = 0.0
        self._floor: Point | None = None
        self._up: Point | None = None
        self._down: Point = (0.0, 0.0)
        self._drift, self._doubt, self._fitted = 0.0, LOOSE, 0.0
        self._since = self._hurried = 0
        self._shown: Point | None = None
        self._last = 0

    def seed(self, now: int) -> None:
        """Show time was `now` a moment ago: a bound, and good enough until a ping is answered."""
        t = self.local()
        if self._up is None and self._floor is None and self._shown is None:
            self._base = float(round(now - t))
        self._advance(t)
        down = now - t - self._base
        if self._up is not None and self._top(t) < down:
            self.forget()
        if self._up is None:
            self._floor = (t, down)

    def heard(self, t0: float, t1: int, t2: int) -> None:
        """The answer to a ping is here: see `add`."""
        self.add(t0, t1, t2, self.local())

    def add(self, t0: float, t1: int, t2: int, t3: float, *, datagram: bool = False) -> None:
        """One exchange: sent at own time `t0`, arrived at show time `t1`, answered at `t2`, received at own time `t3`. A lost
        `datagram` is not sent again: it says nothing about the link."""
        if self._up is None and self._floor is None and self._shown is None:
            self._base = float(round(t1 - t0))
        self._advance(t3)
        up, down = (t0, t1 - t0 - self._base), (t3, t2 - t3 - self._base)
        if self._up is not None and (self._top(t3) < down[1] or up[1] < self._bottom(t3)):
            self.forget()
        if not datagram:
            self._rounds.append(t3 - t0 - (t2 - t1))
        self._since += 1
        self._hurried += 1
        if self._spans and t3 - self._spans[-1].down[0] < TOGETHER and t3 - self._spans[-1].up[0] < TOGETHER:
            self._spans[-1].take(up, down)
        else:
            self._spans.append(_Span(up, down))
        self._choose(t3)
        if self._learn(t3):
            self._choose(t3)
        self._advance(t3)

    def now(self) -> int:
        """Show time in µs, 0 before anything is known. Never goes back."""
        t = self.local()
        self._advance(t)
        if self._shown is None:
            return 0
        self._last = max(self._last, round(self._base + (t + self._shown[1])))
        return self._last

    @property
    def offset(self) -> float:
        """Show time minus own time (µs)."""
        self._advance(self.local())
        return self._base + self._shown[1] if self._shown else 0.0

    @property
    def error(self) -> int:
        """How wrong show time may be (µs): as far as the bounds are away, about half a round trip; 0: nothing is known."""
        t = self.local()
        self._advance(t)
        if self._shown is None:
            return 0
        if self._up is None:
            return round(COARSE)
        shown = self._shown[1]
        return round(max(self._top(t) - shown, shown - self._bottom(t)))

    @property
    def pause(self) -> float:
        """How long to wait until the next ping (µs): short at first and after `hurry`, and shorter while jitter leaves doubt."""
        if self._hurried < FEW:
            return QUICK
        doubt = self._excess()
        if doubt > SHARP and self._hurried < MANY:
            return BRISK
        return OFTEN if doubt > BLUNT else CALM

    @property
    def lossy(self) -> bool:
        """Whether round trips look as if packets were lost and sent again."""
        usual = self._usual()
        return len([one for one in self._rounds if one > usual + RESENT]) >= LOST

    @property
    def calm(self) -> bool:
        """Whether none of the latest round trips looks so."""
        return max(self._rounds, default=0.0) <= self._usual() + RESENT

    def hurry(self) -> None:
        """Something has changed (the network, the page is back): ping quickly for a while."""
        self._hurried = 0

    def forget(self) -> None:
        """A clock has moved: what was learned counts no more. Show time goes on as it was until the next exchange."""
        self._spans.clear()
        self._rounds.clear()
        self._up = self._floor = None
        self._drift, self._doubt = 0.0, LOOSE
        self._since = self._hurried = 0

    def _top(self, t: float) -> float:
        """No offset at `t` is above this."""
        assert self._up is not None
        return self._up[1] + (self._drift + self._doubt) * (t - self._up[0])

    def _bottom(self, t: float) -> float:
        """No offset at `t` is below this."""
        return self._down[1] + (self._drift - self._doubt) * (t - self._down[0])

    def _target(self, t: float) -> float | None:
        """The best estimate of the offset at `t`."""
        if self._up is None:
            return self._floor[1] if self._floor else None
        up, down = self._up, self._down
        return (up[1] + self._drift * (t - up[0]) + (down[1] + self._drift * (t - down[0]))) / 2

    def _advance(self, t: float) -> None:
        """Bring what is shown nearer to the estimate. Before it has settled it jumps forward, and stands still rather than go back."""
        target = self._target(t)
        if target is None:
            return
        if self._shown is None:
            self._shown = (t, target)
            return
        at, shown = self._shown
        passed = max(0.0, t - at)
        ahead, back = (SLEW * passed, SLEW * passed) if self._since >= SETTLED else (float("inf"), passed)
        self._shown = (max(t, at), shown + max(-back, min(ahead, target - shown)))

    def _choose(self, t: float) -> None:
        """The bounds that are the tightest at `t`, given how much an older one may have lost."""
        for span in self._spans:
            up, down = span.up, span.down
            if span is self._spans[0]:
                self._up, self._down = up, down
                continue
            if up[1] + (self._drift + self._doubt) * (t - up[0]) < self._top(t):
                self._up = up
            if down[1] + (self._drift - self._doubt) * (t - down[0]) > self._bottom(t):
                self._down = down

    def _usual(self) -> float:
        """The median round trip on the link (µs)."""
        return sorted(self._rounds)[len(self._rounds) // 2] if self._rounds else COARSE

    def _excess(self) -> float:
        """How far the least ways that were met lately may be above the least that there are (µs): what jitter adds as a rule, for each
        exchange of the last minute."""
        if self._up is None:
            return COARSE
        t, count = self.local(), 0
        for span in self._spans:
            if t - span.down[0] < RECENT:
                count += span.count
        return max(0.0, self._usual() - (self._up[1] - self._down[1])) / count if count else COARSE

    def _learn(self, t: float) -> bool:
        """Estimate the drift anew, once it shows against the jitter; whether that was done. What the least ways of either half of the spans
        may be above the least that there are, over half of the time, is how wrong it may be; twice that, to be on the safe side."""
        age, count = t - self._spans[0].down[0], len(self._spans)
        if count < ENOUGH or t - self._fitted < AGAIN or self._up is None:
            return False
        wide = 0.0
        for span in self._spans:
            wide += span.up[1] - span.down[1]
        wrong = 8 * (wide / count - (self._up[1] - self._down[1])) / (age * count)
        if wrong > LOOSE:
            return False
        self._fitted, self._doubt = t, max(FITTED, wrong)
        drift = _slope([span.up for span in self._spans], [span.down for span in self._spans])
        self._drift = max(-STEEPEST, min(STEEPEST, drift))
        return True


def _slope(ups: list[Point], downs: list[Point]) -> float:
    """The slope of the two parallel lines, one below all `ups` and one above all `downs`, whose distances to their points add up to
    the least. They rest on a corner of each hull; the sum is convex in the slope, so the first slope at which it grows is the best."""
    below, above = _hull(ups, 1.0), _hull(downs, -1.0)
    size, grows = len(ups), 0.0
    for up, down in zip(ups, downs, strict=True):
        grows += down[0] - up[0]
    i, j = 0, len(above) - 1
    slope = 0.0
    while i + 1 < len(below) or j > 0:
        rise = _rise(below[i], below[i + 1]) if i + 1 < len(below) else float("inf")
        fall = _rise(above[j - 1], above[j]) if j > 0 else float("inf")
        slope = min(rise, fall)
        if rise <= fall:
            i += 1
        else:
            j -= 1
        if grows + size * (below[i][0] - above[j][0]) >= 0:
            break
    return slope


def _rise(a: Point, b: Point) -> float:
    return (b[1] - a[1]) / (b[0] - a[0])


def _hull(points: list[Point], sign: float) -> list[Point]:
    """The lower (`sign` 1) or upper (-1) convex hull of points in the order of time (A. M. Andrew's monotone chain)."""
    hull: list[Point] = []
    for point in points:
        if hull and point[0] <= hull[-1][0]:
            continue
        while len(hull) > 1 and sign * (_rise(hull[-2], hull[-1]) - _rise(hull[-1], point)) >= 0:
            hull.pop()
        hull.append(point)
    return hull
