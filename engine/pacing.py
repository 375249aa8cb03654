"""How far behind the picture of a show is to be: decided from what its viewers' pictures need. Pure: time comes in as an argument.

A histogram has viewers by steps: at step i are those whose value is above (i - 1) and at most i of its steps.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Mapping
from math import ceil

import msgspec

from .judge import POLICY, Policy
from .playout import MOST, Pace, Playout
from .structs import Micros, seconds
from .wire import PlayoutInfo

STEP: Micros = seconds(0.01)
"""Of the histograms of needs and delays."""
FINE: Micros = seconds(0.001)
"""Of the histogram of what clocks may be wrong by."""
HEADROOM: Micros = seconds(0.02)
"""Of the target above the need that it was made for. With the rounding to a step and with what is not worth lowering it for, a target
that has settled is less than 60 ms above."""
WORTH: Micros = seconds(0.04)
"""The target is lowered by so much at the least: who skips ahead skips something."""
WIDE: Micros = seconds(0.1)
"""The slowest lane that is waited for is told in steps of this."""
RAISE: Micros = seconds(3)
"""So long it must have been too low: a burst of losses raises nothing."""
LOWER: Micros = seconds(20)
"""So long it must have been too high. Longer than the time between two bad moments of a bad network."""
STRAY: Micros = seconds(0.06)
"""Players leave the common step when they need so much more than the target (web/src/playout/playhead.ts)."""
GATHER: Micros = seconds(2.5)
"""So long needs are gathered at first: each node tells its own every two seconds."""


class Audience(msgspec.Struct, kw_only=True):
    """Viewers with a picture by what they need and by the delay that they have, in `STEP`s; how many are `blind`, without one; how
    wrong the clocks of all may be, in steps of `FINE`; and how many pictures come by which of the `doors`."""

    needs: dict[int, int] = {}
    delays: dict[int, int] = {}
    blind: int = 0
    errors: dict[int, int] = {}
    doors: dict[str, int] = {}


def together(parts: Iterable[Audience]) -> Audience:
    """The audience of all nodes."""
    needs: Counter[int] = Counter()
    delays: Counter[int] = Counter()
    errors: Counter[int] = Counter()
    doors: Counter[str] = Counter()
    blind = 0
    for part in parts:
        needs.update(part.needs)
        delays.update(part.delays)
        errors.update(part.errors)
        doors.update(part.doors)
        blind += part.blind
    return Audience(needs=needs, delays=delays, blind=blind, errors=errors, doors=doors)


def quantile(histogram: Mapping[int, int], share: float) -> int:
    """The lowest step with at least `share` of the viewers at or below it; 0 without viewers."""
    wanted = max(ceil(sum(histogram.values()) * share - 1e-9), 1)
    below = 0
    for step in sorted(histogram):
        below += histogram[step]
        if below >= wanted:
            return step
    return 0


class _Drift:
    """A wish over time, and what is agreed: what was wished in the last `LOWER`, and since when it has been too low (0: it is not).
    Lowering by less than `worth` is not worth it."""

    def __init__(self, worth: Micros) -> None:
        self._worth = worth
        self._agreed: Micros = 0
        self._above: Micros = 0
        self._wishes: deque[tuple[Micros, Micros]] = deque()

    def settle(self, agreed: Micros, wish: Micros, now: Micros, *, high: bool) -> Micros:
        """What should be agreed on now; `high`: what is agreed is too low."""
        wishes = self._wishes
        if agreed > self._agreed:  # before it comes down again, 20 s must show that
            wishes.clear()
        if agreed != self._agreed:
            self._agreed, self._above = agreed, 0
        wishes.append((now, wish))
        while len(wishes) > 1 and wishes[1][0] <= now - LOWER:
            wishes.popleft()
        self._above = (self._above or now) if high else 0
        if high:
            return wish if now - self._above >= RAISE else agreed
        highest = max(wish for _, wish in wishes)
        return highest if wishes[0][0] <= now - LOWER and agreed - highest >= self._worth else agreed


class Pacer:
    """Decides for the owner of a show, who asks it a few times a second. `now` may be any clock in µs above 0 that does not go back."""

    def __init__(self, now: Micros, policy: Policy = POLICY) -> None:
        self._from = now + GATHER
        self._policy = policy
        self._target = _Drift(WORTH)
        self._last = _Drift(WIDE)
        self._dial: tuple[float, Micros] | None = None

    def decide(self, playout: Playout, audience: Audience, now: Micros, *, busy: bool = False) -> Pace | None:
        """What to agree on instead of what `playout` says; None: nothing else. While a round is open (`busy`) only a show's first."""
        if now < self._from and not playout.fixed:
            return None
        dial = playout.share, playout.fixed
        target = self._aim(playout, audience, now, turned=self._dial not in (None, dial))
        last = self._wait(playout, audience, target, now)
        if busy and playout.target:
            return None
        self._dial = dial
        return Pace(target, last) if target and (playout.target, playout.last) != (target, last) else None

    def _aim(self, playout: Playout, audience: Audience, now: Micros, *, turned: bool) -> Micros:
        agreed, need = playout.target, quantile(audience.needs, playout.share) * STEP
        if playout.fixed or not need:
            self._target = _Drift(WORTH)
            return playout.fixed or agreed
        wish = min(need + HEADROOM, MOST)
        high, low = min(need, MOST) > agreed, agreed - wish >= WORTH
        if (high or low) and (turned or not agreed):
            return wish
        return self._target.settle(agreed, wish, now, high=high)

    def _wait(self, playout: Playout, audience: Audience, target: Micros, now: Micros) -> Micros:
        agreed, most = playout.last, target + self._policy.lane
        slowest = max(max(audience.delays, default=0) * STEP, target)
        wish = min(_widely(slowest), most)
        if agreed:
            wish = self._last.settle(agreed, wish, now, high=wish > agreed)
        return min(max(wish, _widely(target)), most)


def _widely(span: Micros) -> Micros:
    return -(-span // WIDE) * WIDE


def report(playout: Playout, audience: Audience, policy: Policy = POLICY) -> PlayoutInfo:
    """How well an audience is in step. Who has a picture and does not know yet what it needs is taken to be."""
    needs, target = audience.needs, playout.target
    slow = {step: count for step, count in needs.items() if step * STEP > target + STRAY} if target else {}
    behind = sum(slow.values())
    beyond = sum(count for step, count in slow.items() if step * STEP > target + policy.lane)
    return PlayoutInfo(
        share=playout.share,
        fixed=playout.fixed,
        target=target,
        last=playout.last,
        in_step=max(sum(audience.delays.values()), sum(needs.values())) - behind,
        late=behind - beyond,
        beyond=beyond,
        blind=audience.blind,
        need_p50=quantile(needs, 0.5) * STEP,
        need_p95=quantile(needs, 0.95) * STEP,
        need_most=quantile(needs, 1) * STEP,
        error_p95=quantile(audience.errors, 0.95) * FINE,
        doors=dict(audience.doors),
    )
