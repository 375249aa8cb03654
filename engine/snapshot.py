"""A show's whole state as bytes, and back."""

from __future__ import annotations

import msgspec

from .amend import Amendment
from .errors import Conflict
from .events import Told
from .house import ShowAction
from .people import Crowd, Person
from .playout import Playout
from .rounds import Round
from .segment import Phase, Segment, SegmentSpec
from .show import Formats, Show, Timer
from .stage import Stage
from .stage_cue import Wish
from .strikes import Struck
from .structs import ShowId
from .wire import Fault, RoundInfo

VERSION = 3


class _Timer(msgspec.Struct, array_like=True):
    number: int
    due: int
    segment: str
    action: msgspec.Raw


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
    timers: list[_Timer]
    segments: list[_Segment]
    stage: Stage
    granted: list[tuple[int, int, list[Wish]]]
    epoch: int = 0
    untold: list[Told] = []
    strikes: list[Struck] = []
    missed: bool = False


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
            [_Timer(n, t.due, t.segment, msgspec.Raw(_encoder.encode(t.action))) for n, t in show.timers.items()],
            [_kept(segment) for segment in show.segments.values()],
            show.stage,
            [(*entry, wishes) for entry, wishes in show.granted.items()],
            show.epoch,
            show.untold,
            [show.strikes[key] for key in sorted(show.strikes)],
            show.missed,
        )
    )  # fmt: skip


def _kept(segment: Segment) -> _Segment:
    now, state = segment.round, segment.kind.keeper.encode(segment.state)
    held = _Round(now.title, now.opened, now.span, now.target, now.packed) if now else None
    return _Segment(
        segment.spec, segment.phase, state, segment.faults, segment.rounds, held, segment.reports,
        segment.strikes, segment.suspended,
    )  # fmt: skip


def load(data: bytes, formats: Formats) -> Show:
    """What `save` wrote. Raises `Conflict` (`snapshot/unreadable`) when it does not fit this code: then play the log from the start."""
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
        "epoch",
        "untold",
        "missed",
    ):
        setattr(show, name, getattr(kept, name))
    show.strikes = {one.key: one for one in kept.strikes}
    show.crowd = Crowd(kept.people, kept.names)
    show.granted = {(viewer, number): wishes for viewer, number, wishes in kept.granted}
    for part in kept.segments:
        segment = show.make(part.spec)
        _segment(segment, part)
        show.begin(segment)
    show.made = kept.made
    for timer in kept.timers:
        kind = show.segments[timer.segment].kind.union if timer.segment else ShowAction
        action = msgspec.msgpack.decode(timer.action, type=kind)
        show.timers[timer.number] = Timer(timer.due, timer.segment, action)
    return show


def _segment(segment: Segment, part: _Segment) -> None:
    segment.phase, segment.faults = part.phase, part.faults
    segment.rounds, segment.reports = part.rounds, part.reports
    segment.strikes = part.strikes
    if part.suspended:
        segment.suspend(part.suspended)
    if part.round:
        held = part.round
        segment.round = Round(part.rounds, held.title, held.opened, held.span, held.target, held.packed)
        segment.cue.opened = held.opened
    segment.set_state(segment.kind.keeper.decode(part.state))
