"""What a show itself can be asked to do: open, join, start, arrange, moderate, close. One visible table at the end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import msgspec

from . import events
from .amend import Amend, Amendment, amended, check
from .backstage import STAGE_ROUTES, Does, set_source
from .errors import Conflict, FormatError, Reject, Unknown
from .forks import FORK_ROUTES, Copied, Forked
from .log import Entry
from .people import Person, Standing
from .playout import Dial, Pace
from .rundown import make, pinned, stand
from .segment import Segment, SegmentSpec, read_settings
from .stage import clear, dump, off, tell_moves
from .stage_actions import StageAction
from .strikes import Resume, Struck, Suspended
from .structs import BY, Action, Role, ViewerId
from .versions import Upgrade, Upgraded, go_on

if TYPE_CHECKING:
    from .show import Formats, Show

Name = Annotated[str, msgspec.Meta(max_length=80)]


class Open(Action, frozen=True):
    """The first entry of a show. `seed` is secret: all of the show's randomness comes from it. `picture` is the programme's source (empty:
    none)."""

    title: str
    code: str
    seed: str
    rundown: tuple[SegmentSpec, ...] = ()
    picture: str = ""


class Join(Action, frozen=True):
    """Take part under a name."""

    name: Name


class Rename(Action, frozen=True):
    """Take another name."""

    name: Name


class NamePerson(Action, frozen=True):
    """Give somebody another name."""

    viewer: int
    name: Name


class Start(Action, frozen=True):
    """Start a segment; the one that is live is finished first."""

    segment: str


class Finish(Action, frozen=True):
    """Finish the segment that is live."""


class Arrange(Action, frozen=True):
    """Put the rundown in this order."""

    order: tuple[str, ...]


class Add(Action, frozen=True):
    """Add a segment at the end of the rundown. Its `version` is that of the format that the node knows who took this."""

    format: str
    title: Name = ""
    settings: dict[str, Any] = msgspec.field(default_factory=dict)
    version: Annotated[str, msgspec.Meta(max_length=80)] = ""


class Remove(Action, frozen=True):
    """Take a segment that has not been live out of the rundown."""

    segment: str


class Close(Action, frozen=True):
    """End the show."""


class JudgedAgain(Action, frozen=True):
    """From here on the show is as its amendments have left it. Changes nothing: what is seen now is newer than what was seen before. The
    outside is told what has become of those from `since` to before `until`."""

    since: int = 0
    until: int = 0


class Owned(Action, frozen=True):
    """The owner with this epoch has begun: from here on nothing counts that an earlier one decides."""

    epoch: int


class Hide(Action, frozen=True):
    """Hide somebody's name."""

    viewer: int


class ShowAgain(Action, frozen=True):
    """Show a hidden name again."""

    viewer: int


class Kick(Action, frozen=True):
    """Put somebody off; they may come back."""

    viewer: int


class Ban(Action, frozen=True):
    """Put somebody off for good."""

    viewer: int


def _open(show: Show, entry: Entry[Any], act: Open) -> None:
    if show.phase != "new":
        raise Conflict("the show is open already", code="show/open")
    show.seed = act.seed
    for segment in [stand(show, spec) for spec in act.rundown]:
        show.begin(segment)
    show.title, show.code, show.phase = act.title, act.code, "open"
    if act.picture:
        set_source(show, act.picture)
    show.tell(
        events.ShowOpened(act.title, act.code, tuple(line(show.segments[spec.id]) for spec in act.rundown))
    )


def _join(show: Show, entry: Entry[Any], act: Join) -> None:
    new = entry.viewer not in show.crowd.by_id
    person = show.crowd.admit(ViewerId(entry.viewer), act.name)
    if not person.count:
        person.fresh(entry.number)
    if person.more and person.more.state == "kicked":
        person.more.state = ""
        new = True
    if new:
        show.tell_viewer(events.PeopleJoined, person.id)
    show.joined.append(person)


def _rename(show: Show, entry: Entry[Any], act: Rename) -> None:
    show.joined.append(show.crowd.admit(ViewerId(entry.viewer), act.name))


def _name_person(show: Show, entry: Entry[Any], act: NamePerson) -> None:
    _person(show, act.viewer)
    show.joined.append(show.crowd.admit(ViewerId(act.viewer), act.name))


def _start(show: Show, entry: Entry[Any], act: Start) -> None:
    segment = _segment(show, act.segment)
    if segment.phase != "ready":
        raise Reject("this segment was live already", code="segment/done")
    if show.live:
        _finish(show, entry, Finish())
    segment.phase = "live"
    show.live = act.segment
    show.tell(line(segment, events.SegmentStarted))


def _finish(show: Show, entry: Entry[Any], act: Finish) -> None:
    if not show.live:
        raise Reject("no segment is live", code="segment/none-live")
    segment = show.segments[show.live]
    segment.phase = "done"
    segment.drop()
    show.tell(line(segment, events.SegmentEnded))
    show.told.append(events.results(show.now, show.live))
    show.cancel(show.live)
    show.ended.append(show.live)
    show.live = ""


def _arrange(show: Show, entry: Entry[Any], act: Arrange) -> None:
    if sorted(act.order) != sorted(show.segments):
        raise Reject("the order must name every segment once", code="rundown/incomplete")
    show.segments = {name: show.segments[name] for name in act.order}


def _add(show: Show, entry: Entry[Any], act: Add) -> None:
    name = f"s{show.made + 1}"
    try:
        kind = pinned(show.formats, act.format, act.version)
    except (FormatError, Unknown):
        if not act.version:
            raise
        # Who took this had the version.
        spec = SegmentSpec(name, act.format, act.title or act.format, act.settings, act.version)
        show.begin(stand(show, spec))
        return
    read_settings(kind, act.settings)
    spec = SegmentSpec(name, act.format, act.title or kind.title, act.settings, kind.version)
    show.begin(make(show, spec))


def versioned(act: Action, formats: Formats) -> Action:
    """What is added is from now on of the version that is installed where it was taken, whatever is installed where it is played."""
    if not isinstance(act, Add) or act.version:
        return act
    try:
        return msgspec.structs.replace(act, version=formats(act.format).version)
    except (FormatError, Unknown):
        return act  # the show refuses it


def _remove(show: Show, entry: Entry[Any], act: Remove) -> None:
    if _segment(show, act.segment).phase != "ready":
        raise Reject("a segment that was live stays in the rundown", code="segment/done")
    del show.segments[act.segment]


def _close(show: Show, entry: Entry[Any], act: Close) -> None:
    if show.live:
        _finish(show, entry, Finish())
    clear(show, "The show is over.")
    tell_moves(show)  # no segment is live that would want to know
    show.phase = "closed"
    show.tell(events.ShowClosed(show.title))


def _dial(show: Show, entry: Entry[Any], act: Dial) -> None:
    show.playout = msgspec.structs.replace(show.playout, share=act.share, fixed=act.fixed)


def _pace(show: Show, entry: Entry[Any], act: Pace) -> None:
    show.playout = msgspec.structs.replace(show.playout, target=act.target, last=act.last)
    for segment in show.segments.values():
        segment.cue.lanes = show.playout.lanes


def _amend(show: Show, entry: Entry[Any], act: Amend) -> None:
    segment = _segment(show, act.segment)
    if segment.phase == "ready":
        raise Reject("this part of the show was not live yet", code="amend/not-live")
    if not act.changes and act.policy is None:
        raise Reject("this changes nothing", code="amend/empty")
    if show.turns.torn:
        why = (
            "a part of this show was played in a version that is not here any more: it cannot be played again"
        )
        raise Reject(why, code="amend/impossible")
    earlier = [one for one in show.amendments if one.segment == act.segment]
    check(segment.kind, amended(segment.kind, segment.spec.settings, earlier), act.changes)
    show.amendments.append(
        Amendment(entry.viewer, entry.number, entry.at, act.segment, act.changes, act.why, act.policy)
    )


def judged_again(show: Show, entry: Entry[Any], act: JudgedAgain) -> None:
    """Tell what has become of rounds and results. Ids do not hang on where this stands: an owner that dies over it leaves the next one to
    write it again."""
    if len(show.known) < act.until:
        return
    since = max(act.since, show.fork.amended)
    for name in dict.fromkeys(one.segment for one in show.known[since : act.until]):
        if segment := show.segments.get(name):
            for report in segment.reports:
                show.tell(events.round_judged(report, again=True), f"{name}-{report.number}-again{act.until}")
            if segment.phase == "done":
                again = f"{name}-again{act.until}"
                show.told.append(events.results(show.now, name, revised=True, key=again))


def _upgrade(show: Show, entry: Entry[Any], act: Upgrade) -> None:
    segment = _segment(show, act.segment)
    if segment.phase == "done":
        raise Reject("this part of the show is over", code="segment/done")
    if segment.spec.version == act.version:
        raise Reject(f"it runs version {act.version} already", code="format/version")
    show.turns.wanted.append((act.segment, act.version))


def _upgraded(show: Show, entry: Entry[Any], act: Upgraded) -> None:
    segment = _segment(show, act.segment)
    show.turns.torn = show.turns.torn or not act.kept
    if segment.spec.version == act.version:
        return
    if act.since and segment.gap is None and not show.fork.copied:
        show.turns.late.append(act)  # it went on otherwise
        return
    go_on(show, segment, act.version)


def _owned(show: Show, entry: Entry[Any], act: Owned) -> None:
    show.epoch = max(show.epoch, act.epoch)


def struck(show: Show, entry: Entry[Any], act: Struck) -> None:
    """That entry counts as refused. A show that has played it otherwise is to be played again."""
    if act.key not in show.strikes:
        show.strikes[act.key] = act
        show.missed = True


def _suspended(show: Show, entry: Entry[Any], act: Suspended) -> None:
    segment = _segment(show, act.segment)
    if segment.phase != "live":
        raise Reject("this part of the show is not live", code="segment/closed")
    segment.suspend(act.why)


def _resume(show: Show, entry: Entry[Any], act: Resume) -> None:
    segment = _segment(show, act.segment)
    if not segment.suspended:
        raise Reject("this part of the show goes on already", code="segment/not-suspended")
    segment.resume()


def _mark(show: Show, viewer: int, state: Standing) -> None:
    person = _person(show, viewer)
    person.rest().state = state
    show.joined.append(person)
    if state in ("kicked", "banned"):
        show.tell_viewer(events.PeopleBanned if state == "banned" else events.PeopleKicked, person.id)
        show.put_off.append((person.id, state == "banned"))
        if guest := show.stage.guests.get(viewer):
            off(show, guest, "A moderator has put you off.", cut=True)
        else:
            dump(show, viewer)


def line(segment: Segment, kind: type[events.Line] = events.Line) -> events.Line:
    """A segment as the outside is told of it."""
    return kind(segment.spec.id, segment.spec.format, segment.spec.title)


def _segment(show: Show, name: str) -> Segment:
    if name not in show.segments:
        raise Unknown(f"there is no segment {name!r}", code="segment/unknown")
    return show.segments[name]


def _person(show: Show, viewer: int) -> Person:
    if viewer not in show.crowd.by_id:
        raise Unknown("nobody with this id has joined", code="viewer/unknown")
    return show.crowd.by_id[viewer]


SHOW_ROUTES: dict[type[Action], tuple[Does, Role]] = {
    Open: (_open, Role.SYSTEM),
    Join: (_join, BY["viewer"]),
    Rename: (_rename, BY["viewer"]),
    NamePerson: (_name_person, BY["moderator"]),
    Start: (_start, BY["host"]),
    Finish: (_finish, BY["host"]),
    Arrange: (_arrange, BY["host"]),
    Add: (_add, BY["host"]),
    Remove: (_remove, BY["host"]),
    Close: (_close, BY["host"]),
    Dial: (_dial, BY["host"]),
    Pace: (_pace, Role.SYSTEM),
    Amend: (_amend, BY["host"]),
    JudgedAgain: (judged_again, Role.SYSTEM),
    Owned: (_owned, Role.SYSTEM),
    Upgrade: (_upgrade, BY["host"]),
    Upgraded: (_upgraded, Role.SYSTEM),
    Struck: (struck, Role.SYSTEM),
    Suspended: (_suspended, Role.SYSTEM),
    Resume: (_resume, BY["host"]),
    **FORK_ROUTES,
    Hide: (lambda show, _, act: _mark(show, act.viewer, "hidden"), BY["moderator"]),
    ShowAgain: (lambda show, _, act: _mark(show, act.viewer, ""), BY["moderator"]),
    Kick: (lambda show, _, act: _mark(show, act.viewer, "kicked"), BY["moderator"]),
    Ban: (lambda show, _, act: _mark(show, act.viewer, "banned"), BY["moderator"]),
    **STAGE_ROUTES,
}
"""What the show itself can be asked to do, and by whom; what of it is the stage's stands in backstage.py."""

ShowAction = (
    Open
    | Join
    | Rename
    | NamePerson
    | Start
    | Finish
    | Arrange
    | Add
    | Remove
    | Close
    | Dial
    | Pace
    | Amend
    | JudgedAgain
    | Owned
    | Upgrade
    | Upgraded
    | Struck
    | Suspended
    | Resume
    | Copied
    | Forked
    | Hide
    | ShowAgain
    | Kick
    | Ban
    | StageAction
)
SHOW_DECODER = msgspec.msgpack.Decoder(list[Entry[ShowAction]])
