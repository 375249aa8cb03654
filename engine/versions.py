"""Upgrades: a segment goes on in another version of its format than it began with, with the state that it has."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Annotated, Any

import msgspec

from .errors import Conflict, FormatError, OncueError, Reject, Unknown
from .format import Format
from .keep import unpack
from .rundown import Kind, make, pinned, vacant
from .segment import Segment, SegmentSpec
from .structs import Action, Role
from .timers import KeptTimer, Timer, keep
from .wire import Fault

if TYPE_CHECKING:
    from .show import Show

Version = Annotated[str, msgspec.Meta(min_length=1, max_length=80)]
UNFIT = "format/state"
"""A state that does not fit the version of its format which it should be of."""
DEVELOPED = "+"
"""What stands between the version of a format and the hash of its source while it is being written: see formats/reload.py."""

_encode = msgspec.msgpack.Encoder().encode


class Upgrade(Action, frozen=True):
    """Go on in another version of the format: the show's owner looks whether that can be, and writes `Upgraded` if so."""

    segment: str
    version: Version


class Upgraded(Action, frozen=True):
    """From here on the segment runs that version of its format. With `since` it has done so from the first entry after that sequence on:
    its owner had no other. `kept`: the version before is still there, so that this log can be played from its start."""

    segment: str
    version: Version
    since: Annotated[int, msgspec.Meta(ge=0)] = 0
    kept: bool = True


class Turns(msgspec.Struct):
    """The upgrades of a show. `known`: those of which is known before that they were (see `Upgraded.since`), `late` those of which it was
    found out too late; `wanted` by hosts, segment and version, and `done`, the segments, for the show's owner to take. `torn`: some version
    of before is not there any more, so that the log cannot be played from its start."""

    known: list[Upgraded] = []
    late: list[Upgraded] = []
    wanted: list[tuple[str, str]] = []
    done: list[str] = []
    torn: bool = False


def released(version: str) -> str:
    """A version without what marks it as one that is being written."""
    return version.partition(DEVELOPED)[0]


def migrates(kind: Kind) -> bool:
    """Whether a format can take over the state of earlier versions."""
    return "migrate" in {name for base in kind.__mro__ if base is not Format for name in vars(base)}


def missing(show: Show) -> list[Segment]:
    """The segments whose format is not here in the version that they began with."""
    return [segment for segment in show.segments.values() if segment.gap]


def worse(again: Show, show: Show) -> bool:
    """Whether some part could be played in the show, but not when its log was played once more."""
    return bool(again.turns.late) or any(
        segment.gap and (now := show.segments.get(segment.spec.id)) and not now.gap
        for segment in missing(again)
    )


def settle_for(show: Show, again: Show) -> None:
    """What has happened stays as it is, since it cannot be played `again`; the desk says so."""
    show.known, show.missed = tuple(show.amendments), False
    show.turns.late.clear()
    for gone in missing(again):
        segment = show.segments.get(gone.spec.id)
        if segment and gone.gap:
            why = f"cannot be judged again: {gone.gap.why}"
            segment.views["amend"] = Fault(gone.spec.id, gone.spec.format, "amend", "", why[:500], show.now)


def whole(show: Show) -> Show:
    """The show, if all of its segments could be played. Raises `Conflict` (`replay/version`) that names those that could not."""
    if gaps := missing(show):
        why = "; ".join(f"{one.spec.id}: {one.gap.why}" for one in gaps if one.gap)
        raise Conflict(
            f"this log cannot be played here: {why}",
            code="replay/version",
            hint=gaps[0].gap.hint if gaps[0].gap else "",
        )
    return show


def turned(show: Show, segment: Segment, version: str) -> tuple[Segment, dict[int, Timer]]:
    """The segment as it goes on in another version of its format, and its timers. Changes nothing.

    The state is what `migrate` makes of it. Of a version that is being written, or that follows one, all fields are carried over whose name
    and type are still the same; what is lost is among the faults. Raises `Unknown`, or `FormatError` (`format/version`).
    """
    spec = segment.spec
    kind = pinned(show.formats, spec.format, version)
    strict = released(kind.version) != released(spec.version) and migrates(kind)
    if not _takes_over(kind, spec):
        raise FormatError(
            f"{spec.format} {kind.version} cannot go on from version {spec.version}",
            code="format/version",
            hint=f"install the package that has version {spec.version}, or write {kind.__name__}.migrate",
        )
    timers = segment_timers(show, segment)
    try:
        old = Old(
            _plain(segment), msgspec.to_builtins(spec.settings), [_action(one.action) for one in timers]
        )
        if strict:
            old = migrated(kind, released(spec.version), old)
        new = make(show, msgspec.structs.replace(spec, version=kind.version, settings=old.settings))
        lost = [] if old.state is None else _fill(new, old.state, strict=strict)
    except OncueError as error:
        raise FormatError(
            _cannot(kind, spec, error.message), code="format/version", hint=error.hint
        ) from error
    except Exception as error:  # an author may raise anything
        raise FormatError(
            _cannot(kind, spec, f"{type(error).__name__}: {error}"), code="format/version"
        ) from error
    kept = _timers(new, timers, old.actions, lost)
    _keep(segment, new)
    notes = [Fault(spec.id, spec.format, "upgrade", "", note[:500], show.now) for note in lost]
    new.faults = [*segment.faults, *notes][-20:]
    return new, kept


class Old(msgspec.Struct):
    """A segment as plain data: its state (None: none yet), its settings, and the actions of its timers."""

    state: dict[str, Any] | None
    settings: dict[str, Any]
    actions: list[dict[str, Any]]


def migrated(kind: Kind, version: str, old: Old) -> Old:
    """What a format makes of a segment of an earlier version. Raises whatever its author does."""
    return Old(
        None if old.state is None else kind.migrate(version, old.state),
        kind.migrate_settings(version, old.settings),
        [kind.migrate_action(version, action) for action in old.actions],
    )


def _plain(segment: Segment) -> dict[str, Any] | None:
    """Its state as plain data; None when it has none yet."""
    gap = segment.gap
    if gap is None:
        return segment.kind.keeper.plain(segment.state)
    if not gap.unplayed and not gap.state:
        return None
    if gap.unplayed:
        raise FormatError(
            "its state is not known: the log is to be played by the version that it was made with"
        )
    if not gap.names and not gap.ledgers:
        raise FormatError("the snapshot does not name the fields of its state")
    return unpack(gap.state, gap.names, gap.ledgers)


def _fill(segment: Segment, plain: dict[str, Any], *, strict: bool) -> list[str]:
    """Go on from this state; what of it does not fit, unless that is not to be."""
    keeper, state, lost = segment.kind.keeper, segment.state, []
    name = type(state).__name__
    for field, value in plain.items():
        try:
            setattr(state, field, keeper.field(field, value))
        except KeyError:
            lost.append(f"{name} has no field {field!r} any more: what was in it is lost")
        except (msgspec.ValidationError, TypeError, ValueError) as error:
            lost.append(f"{name}.{field} begins anew: {error}")
        if strict and lost:
            raise Reject(f"migrate: {lost[0]}")
    segment.set_state(state)
    return lost


def _timers(
    new: Segment, timers: list[KeptTimer], actions: list[dict[str, Any]], lost: list[str]
) -> dict[int, Timer]:
    """The timers of a segment with the actions of its new version; what became of the others goes to `lost`."""
    kept: dict[int, Timer] = {}
    for timer, plain in zip(timers, actions, strict=True):
        try:
            action = msgspec.msgpack.decode(_encode(plain), type=new.kind.union)
            if not new.routes[type(action)].roles & Role.CLOCK:
                raise ValueError(f"{type(action).__name__} is not the clock's to do any more")
            kept[timer.number] = Timer(timer.due, timer.segment, action)
        except (msgspec.DecodeError, ValueError, TypeError) as error:
            lost.append(f"a timer is dropped: {error}")
    return kept


def _action(raw: msgspec.Raw) -> dict[str, Any]:
    return msgspec.msgpack.decode(raw, type=dict[str, Any])


def segment_timers(show: Show, segment: Segment) -> list[KeptTimer]:
    """The timers of a segment, encoded."""
    if segment.gap:
        return segment.gap.timers
    return keep((n, timer) for n, timer in show.timers.items() if timer.segment == segment.spec.id)


def _keep(old: Segment, new: Segment) -> None:
    """All of a segment that is not its format's stays as it was."""
    new.phase, new.rounds, new.reports, new.round = old.phase, old.rounds, old.reports, old.round
    new.cue.opened, new.cue.now = old.cue.opened, old.cue.now
    new.strikes = old.strikes
    if old.suspended:
        new.suspend(old.suspended)


def _cannot(kind: Kind, old: SegmentSpec, why: str) -> str:
    return f"{old.format} {kind.version} cannot go on from version {old.version}: {why}"


def offered(show: Show, segment: Segment) -> str:
    """The installed version of a segment's format, if it is another that could take over; else empty."""
    if segment.phase == "done":
        return ""
    try:
        kind = show.formats(segment.spec.format)
        return (
            kind.version if kind.version != segment.spec.version and _takes_over(kind, segment.spec) else ""
        )
    except (FormatError, Unknown):
        return ""


def _takes_over(kind: Kind, old: SegmentSpec) -> bool:
    return migrates(kind) or DEVELOPED in kind.version + old.version


def turn(show: Show, segment: Segment, version: str) -> None:
    """Have the segment go on in another version. Raises as `turned`, and then changes nothing."""
    new, timers = turned(show, segment, version)
    show.segments[segment.spec.id] = new
    show.cancel(segment.spec.id)
    show.timers.update(timers)
    show.turns.done.append(segment.spec.id)


def go_on(show: Show, segment: Segment, version: str) -> None:
    """The segment goes on in that version, as its owner has decided; without code when it is not here. Raises `FormatError`
    (`format/version`), and changes nothing, when its state cannot be migrated, which it cannot anywhere."""
    try:
        pinned(show.formats, segment.spec.format, version)
    except (FormatError, Unknown) as error:
        _leave(show, segment, version, error)
    else:
        turn(show, segment, version)


def _leave(show: Show, segment: Segment, version: str, error: OncueError) -> None:
    new = vacant(show, msgspec.structs.replace(segment.spec, version=version), error)
    assert new.gap
    _keep(segment, new)
    new.faults, new.gap.unplayed = segment.faults, show.seq + 1
    show.segments[segment.spec.id] = new
    show.cancel(segment.spec.id)


def rescue(show: Show) -> list[Upgraded]:
    """Have those segments go on in the installed version whose own is not here, where that can be; what of it the log is to say."""
    done = []
    for segment in missing(show):
        name, version = segment.spec.format, segment.spec.version
        with contextlib.suppress(FormatError, Unknown):
            newest = show.formats(name).version
            if newest != version:
                since = show.seq if segment.gap and segment.gap.state else 0
                turn(show, segment, newest)
                done.append(Upgraded(segment.spec.id, newest, since, kept=False))
    return done
