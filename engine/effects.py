"""What comes of a handler: what it has asked for is done or, when it has failed, nothing has happened."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import events, limits
from .backstage import grant
from .cue import After, Cancel, Effect, Emit, Opens, Settles
from .errors import OncueError, Reject
from .log import Entry
from .segment import Segment
from .stage import tell_moves
from .stage_cue import Stages, Wish
from .strikes import PROBLEM, STRIKES, SUSPENDED, strike

if TYPE_CHECKING:
    from .show import Show


def do(show: Show, segment: Segment, entry: Entry[Any]) -> bool:
    """Do what a handler asked for; raises `TypeError` or `Reject`, and does none of it, when that cannot be. Returns whether handlers
    would find something else from now on: a round was opened or settled, or somebody was asked on stage."""
    segment.check(segment.cue.effects)
    _room(show, segment.spec.id, segment.cue.effects)
    effects = segment.effects()
    wishes = [effect.wish for effect in effects if isinstance(effect, Stages)]
    if wishes and segment.spec.id not in show.again:
        fulfil(show, entry, wishes)
    turns = bool(wishes) or any(isinstance(effect, Opens | Settles) for effect in effects)
    if turns and segment.cue.asked:
        segment.note(entry)
    for effect in effects:
        _do(show, segment, effect)
    return turns


def _do(show: Show, segment: Segment, effect: Effect) -> None:
    spec = segment.spec
    if isinstance(effect, After):
        show.later(effect.due, spec.id, effect.action)
    elif isinstance(effect, Cancel):
        show.cancel(spec.id, effect.action)
    elif isinstance(effect, Opens):
        segment.open(effect, show.playout.target)
        show.tell(events.RoundOpened(spec.id, segment.rounds, effect.title, effect.span))
    elif isinstance(effect, Settles):
        record = segment.settle(effect)
        show.judged.append((spec.id, record))
        show.tell(events.round_judged(record.report))
    elif isinstance(effect, Emit):
        show.told.append(events.emitted(show.now, spec.id, spec.format, effect.name, effect.data))


def _room(show: Show, segment: str, effects: list[Effect]) -> None:
    """Raises `ValueError` when the segment would have too many timers."""
    new = sum(isinstance(effect, After) for effect in effects)
    if new and len(show.timers) + new > limits.TIMERS:
        own = sum(timer.segment == segment for timer in show.timers.values())
        if new + own > limits.TIMERS:
            raise ValueError(f"more than {limits.TIMERS} timers wait")


def fulfil(show: Show, entry: Entry[Any], wishes: list[Wish]) -> None:
    """What a format wishes of the stage: all of it, or none and a `Reject`."""
    mark, timers = show.stage.mark(), dict(show.timers)
    try:
        for wish in wishes:
            grant(show, wish)
    except OncueError as no:
        show.stage.back(mark)
        show.timers = timers
        raise Reject(no.message, code=no.code) from no
    tell_moves(show)
    show.granted[entry.viewer, entry.number] = wishes


def failed(show: Show, segment: Segment, entry: Entry[Any], error: BaseException) -> None:
    """A handler has raised this: what it did is undone, and who acted hears why."""
    now = segment.cue.now
    if segment.suspended:  # nothing was done
        show.refuse(entry, "format/suspended", SUSPENDED)
        return
    segment.undo()
    if isinstance(error, Reject):
        show.refuse(entry, error.code, error.message)
    elif isinstance(error, STRIKES):
        why = strike(show, (segment.spec.id, entry.viewer, entry.number), error, segment.where(error))
        segment.strike(why.why, why.where, type(entry.action), now)
        show.refuse(entry, "format/slow", PROBLEM)
    else:
        segment.fault(error, type(entry.action), now)
        show.refuse(entry, "format/fault", PROBLEM)
