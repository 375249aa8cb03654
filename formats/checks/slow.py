"""Does the work for one action grow with the crowd? The evening is played before a small crowd and before a large one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from oncue.engine.segment import Segment
from oncue.engine.structs import ViewerId

from .aired import VIEWERS, Aired
from .crowd import crowded
from .finding import Finding, home
from .work import FAR, MOST, Work, measured

CROWDS = (12, 160)
"""About so many more people."""
SAMPLES = 3
"""Calls of a handler that are measured."""
POWER = 1.6
"""Between what sorting takes, and what looking at all for each takes."""
ENOUGH = 3
"""So many times as many people tell the one from the other."""
STEPS = 4
"""A loop takes this many steps each time round, at the least."""


Key = tuple[str, str]


class Cost(msgspec.Struct):
    """What a handler or a view has cost: after how many had done the same, and the work of some calls."""

    where: str
    title: str
    viewers: bool
    work: list[Work] = []
    people: dict[int, None] = {}

    def least(self, of: str) -> int:
        """The call with the least work: what only one of many has to do is not counted against it."""
        return min((int(getattr(one, of)) for one in self.work), default=0)


def slowness(aired: Aired) -> Iterator[Finding]:
    """Handlers of what viewers do, and private scenes, whose work grows with the crowd; and others in which it grows with its square."""
    if not aired.done:
        return
    small = _played(aired, CROWDS[0])
    endless = [cost for cost in small.values() if cost.viewers and cost.least("steps") > MOST]
    if endless:
        yield from map(_endless, endless)
        return
    large = _played(aired, CROWDS[1])
    for key, cost in large.items():
        if key in small and (found := _grows(small[key], cost)):
            yield found


def _grows(small: Cost, large: Cost) -> Finding | None:
    more = len(large.people) - len(small.people)
    steps, things = large.least("steps"), large.least("things")
    if large.viewers and steps > MOST:
        return _endless(large)
    if more <= 0 or not small.work:
        return None
    longer, further = steps - small.least("steps"), things - small.least("things")
    if large.viewers and (longer >= STEPS * more or 2 * further >= more):
        what = (
            f"{large.title} goes through more the more people there are: {_said(small)}, {_said(large)}. Everybody does it, so keep what "
            "it needs up to date instead of working it out each time: a count, a total, or the viewer's own entry in a ledger"
        )
        return Finding("slow", large.where, 0, what)
    times = len(large.people) / max(len(small.people), 1)
    was, now = (one.least("steps") + one.least("things") for one in (small, large))
    if not large.viewers and times >= ENOUGH and now > was * times**POWER:
        what = f"{large.title} takes the square of the number of people: {_said(small)}, {_said(large)}. Sort, or look up in a dict"
        return Finding("slow", large.where, 0, what)
    return None


def _endless(cost: Cost) -> Finding:
    what = f"{cost.title} takes more than {MOST} steps. Do less for each action, or some of it by the clock"
    return Finding("slow", cost.where, 0, what)


def _said(cost: Cost) -> str:
    return f"{cost.least('steps')} steps and {cost.least('things')} entries with {len(cost.people)} people"


def _played(aired: Aired, twins: int) -> dict[Key, Cost]:
    batches, last = crowded(aired, twins)
    costs: dict[Key, Cost] = {}
    picked = _picked(aired, last)

    def hook(segment: Segment) -> None:
        for action, (handler, roles, when) in list(segment.ways.items()):
            line = segment.routes[action]
            key = segment.spec.id, line.type
            costs[key] = Cost(home(line.handler), f"`{line.type}`", bool(roles & VIEWERS), work=[], people={})
            weighed = Weighed(segment, costs, key, handler, picked)
            segment.ways[action] = weighed, roles, when

    for _ in aired.tape.folded(aired.tape.new(hook=hook), batches):
        pass
    everybody = {viewer: None for cost in costs.values() for viewer in cost.people}
    for cost in costs.values():
        if not cost.viewers:
            cost.people = everybody
    return {key: cost for key, cost in costs.items() if cost.work}


class Weighed(msgspec.Struct):
    """A handler, some calls of which are weighed, with the private scenes after them."""

    segment: Segment
    costs: dict[Key, Cost]
    key: Key
    handler: Callable[..., None]
    picked: set[tuple[int, int]]

    def __call__(self, state: Any, act: Any, cue: Any) -> None:
        cost, chosen = self.costs[self.key], (cue.by, cue.number) in self.picked
        if chosen:
            _weigh(self.segment, cost, state, cue, lambda copy: self.handler(copy, act, cue))
        self.handler(state, act, cue)
        if cost.viewers:
            cost.people[cue.by] = None
        if chosen and cost.viewers:
            _weigh_private(self.segment, self.costs, cost, state, cue)


def _picked(aired: Aired, last: dict[tuple[int, int], Any]) -> set[tuple[int, int]]:
    """Of each kind of action the last few, those of viewers as done by the last twin: then the crowd is at its largest."""
    by: dict[Key, list[tuple[int, int]]] = {}
    others = [move for move in aired.tape.moves if move.segment and not move.entry.role & VIEWERS]
    calls = [*last.items(), *(((move.entry.viewer, move.entry.number), move) for move in others)]
    for who, move in calls:
        by.setdefault((move.segment, move.type), []).append(who)
    return {who for found in by.values() for who in found[-SAMPLES:]}


def _weigh(segment: Segment, cost: Cost, state: Any, cue: Any, call: Callable[[Any], object]) -> None:
    """Measure a call, of whose wishes nothing is left."""
    wishes, asked = len(cue.effects), cue.asked
    work = measured(segment.kind.keeper, state, call, MOST if cost.viewers else FAR)
    del cue.effects[wishes:]
    cue.asked = asked
    cue.again()
    if work.steps:
        cost.work.append(work)


def _weigh_private(segment: Segment, costs: dict[Key, Cost], after: Cost, state: Any, cue: Any) -> None:
    key = segment.spec.id, f"the private scene after {after.title}"
    cost = costs.setdefault(key, Cost(home(segment.kind.private), key[1], True, work=[], people=after.people))
    viewer = ViewerId(cue.by)
    _weigh(segment, cost, state, cue, lambda copy: segment.format.private(copy, viewer))
