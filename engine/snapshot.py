"""A show's whole state as bytes, and back."""

from __future__ import annotations

import msgspec

from .amend import Amendment
from .errors import Conflict, FormatError, Unknown
from .events import Told
from .forks import Fork
from .house import ShowAction
from .people import Crowd, Person
from .playout import Playout
from .rounds import Round
from .rundown import make, vacant
from .segment import Phase, Segment, SegmentSpec
from .show import Formats, Show
from .stage import Stage
from .stage_cue import Wish
from .strikes import Struck
from .structs import ShowId
from .timers import KeptTimer, keep, read
from .versions import UNFIT
from .wire import Fault, RoundInfo

VERSION = 3


class _Round(msgspec.Struct, array_like=True):
    title: str
    opened: int
    span: int
    target: int
    packed: bytes


class _Segment(msgspec.Struct, array_like=True):
    spec: SegmentSpec
    phase: Phase
    state: bytes
    faults: list[Fault]
    rounds: int
    round: _Round | None
    reports: list[RoundInfo]
    names: tuple[str, ...] = ()
    ledgers: tuple[str, ...] = ()
    timers: list[KeptTimer] = []
    unplayed: int = 0
    strikes: int = 0
    suspended: str = ""


class _Show(msgspec.Struct, array_like=True):
    version: int
    id: str
    title: str
    code: str
    seed: str
    phase: str
    now: int
    seq: int
    changed_at: int
    live: str
    made: int
    timed: int
    counted: int
    repeats: int
    playout: Playout
    known: tuple[Amendment, ...]
    amendments: list[Amendment]
    people: list[Person]
    names: bytes
    timers: list[KeptTimer]
    segments: list[_Segment]
    stage: Stage
    granted: list[tuple[int, int, list[Wish]]]
    epoch: int = 0
    torn: bool = False
    untold: list[Told] = []
    strikes: list[Struck] = []
    missed: bool = False
    fork: Fork = msgspec.field(default_factory=Fork)


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(_Show)


def save(show: Show) -> bytes:
    """The show as bytes: all that `load` needs to go on folding at the next entry. Raises `Conflict` (`snapshot/impossible`) when a
    format has put into its state what could not be read again: then the last snapshot stays good."""
    for segment in show.segments.values():
        segment.save()
        if "state" in segment.views:
            raise Conflict(segment.views["state"].message, code="snapshot/impossible")
    try:
        return _saved(show)
    except (TypeError, ValueError, OverflowError) as error:
        raise Conflict(f"a state cannot be kept: {error}", code="snapshot/impossible") from error


def _saved(show: Show) -> bytes:
    return _encoder.encode(
        _Show(
            VERSION, show.id, show.title, show.code, show.seed, show.phase, show.now, show.seq, show.changed_at, show.live,
            show.made, show.timed, show.counted, show.repeats, show.playout, show.known, show.amendments,
            list(show.crowd.by_id.values()), show.crowd.names,
            keep(show.timers.items()),
            [_kept(segment) for segment in show.segments.values()],
            show.stage,
            [(*entry, wishes) for entry, wishes in show.granted.items()],
            show.epoch,
            show.turns.torn,
            show.untold,
            [show.strikes[key] for key in sorted(show.strikes)],
            show.missed,
            show.fork,
        )
    )  # fmt: skip


def _kept(segment: Segment) -> _Segment:
    now, keeper, gap = segment.round, segment.kind.keeper, segment.gap
    held = _Round(now.title, now.opened, now.span, now.target, now.packed) if now else None
    part = _Segment(segment.spec, segment.phase, b"", segment.faults, segment.rounds, held, segment.reports)
    if gap:
        part.state, part.names, part.ledgers = gap.state, gap.names, gap.ledgers
        part.timers, part.unplayed = gap.timers, gap.unplayed
    else:
        part.state, part.names, part.ledgers = (
            keeper.encode(segment.state),
            keeper.names,
            tuple(keeper.ledgers),
        )
    part.strikes, part.suspended = segment.strikes, segment.suspended
    return part


def load(data: bytes, formats: Formats) -> Show:
    """What `save` wrote. A segment whose format is not here, or whose state does not fit it any more, has no code but keeps that state.

    Raises `Conflict` (`snapshot/unreadable`) when all of it does not fit, or something is here again that was missing while the show went
    on: then play the log from the start."""
    try:
        kept = _decoder.decode(data)
        if kept.version != VERSION:
            raise Conflict(
                f"the snapshot has version {kept.version}, not {VERSION}", code="snapshot/unreadable"
            )
        return _show(kept, formats)
    except (msgspec.DecodeError, ValueError, TypeError) as error:
        raise Conflict(f"the snapshot does not fit: {error}", code="snapshot/unreadable") from error


def _show(kept: _Show, formats: Formats) -> Show:
    show = Show(ShowId(kept.id), formats, kept.known)
    for name in (
        "title",
        "code",
        "seed",
        "phase",
        "now",
        "seq",
        "changed_at",
        "live",
        "timed",
        "counted",
        "repeats",
        "playout",
        "amendments",
        "stage",
        "untold",
        "epoch",
        "missed",
        "fork",
    ):
        setattr(show, name, getattr(kept, name))
    show.strikes = {one.key: one for one in kept.strikes}
    show.turns.torn = kept.torn
    show.crowd = Crowd(kept.people, kept.names)
    show.granted = {(viewer, number): wishes for viewer, number, wishes in kept.granted}
    for part in kept.segments:
        own = [timer for timer in kept.timers if timer.segment == part.spec.id]
        show.begin(_segment(show, part, part.timers or own))
    show.made = kept.made
    order = {timer.number: i for i, timer in enumerate(kept.timers)}
    show.timers |= read(ShowAction, [timer for timer in kept.timers if not timer.segment])
    show.timers = dict(sorted(show.timers.items(), key=lambda one: order.get(one[0], len(order))))
    return show


def _segment(show: Show, part: _Segment, timers: list[KeptTimer]) -> Segment:
    try:
        segment = make(show, part.spec)
        # Empty: of one that was missing before it began.
        state = segment.kind.keeper.decode(part.state) if part.state or part.unplayed else segment.state
        decoded = read(segment.kind.union, timers)
    except (FormatError, Unknown) as error:
        return _vacant(show, part, timers, error)
    except (msgspec.DecodeError, ValueError, TypeError) as error:
        version = part.spec.version
        why = f"the state that the show has of {part.spec.format} does not fit version {version} as it is here: {error}"
        hint = "give the changed class another version, and write its migrate"
        return _vacant(show, part, timers, FormatError(why, code=UNFIT, hint=hint))
    if part.unplayed and not show.turns.torn:
        raise Conflict(f"{part.spec.id} was not played from {part.unplayed} on", code="snapshot/unreadable")
    _stand(segment, part)
    segment.set_state(state)
    if part.phase == "live":
        show.timers |= decoded
    return segment


def _vacant(show: Show, part: _Segment, timers: list[KeptTimer], error: FormatError | Unknown) -> Segment:
    segment = vacant(show, part.spec, error)
    assert segment.gap
    segment.gap.state, segment.gap.timers, segment.gap.unplayed = part.state, timers, part.unplayed
    segment.gap.names, segment.gap.ledgers = part.names, part.ledgers
    _stand(segment, part)
    return segment


def _stand(segment: Segment, part: _Segment) -> None:
    segment.phase, segment.faults = part.phase, part.faults
    segment.rounds, segment.reports = part.rounds, part.reports
    segment.strikes = part.strikes
    if part.suspended:
        segment.suspend(part.suspended)
    if part.round:
        held = part.round
        segment.round = Round(part.rounds, held.title, held.opened, held.span, held.target, held.packed)
        segment.cue.opened = held.opened
