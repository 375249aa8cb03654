"""What the stage can be asked to do, by whom, and what then happens. One visible table at the end, part of the house's (house.py)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from . import transport
from .errors import Reject, Unknown
from .log import Entry
from .people import Person, clean
from .stage import (
    ANSWER,
    PROGRAMME,
    QUEUE,
    Guest,
    calm,
    change,
    dump,
    find,
    go_green,
    go_live,
    hush,
    lose,
    off,
    ready,
    set_out,
    step,
    wait,
)
from .stage_actions import (
    AcceptStage,
    BackToGreen,
    Checked,
    DeclineStage,
    Devices,
    GiveUp,
    Invite,
    Layout,
    LeaveStage,
    LowerHand,
    LowerHandOf,
    Mute,
    Publishing,
    PutLive,
    RaiseHand,
    Record,
    Source,
    Sourced,
    StageRules,
    StepUp,
    Swap,
    TakeOff,
    Talk,
    Transport,
)
from .stage_cue import Layouts, Wish
from .structs import BY, Action, Role, ViewerId
from .wire import ProgrammeInfo

if TYPE_CHECKING:
    from .show import Show

STAFF = BY["moderator"]
ANYBODY = BY["viewer"] | STAFF
LATE = "The invitation was open for a minute, and is over."
LOST = "Your connection was lost for too long."
LOWERED = "Your hand was lowered."
TAKEN_OFF = "The producer has ended it."


def _raise_hand(show: Show, entry: Entry[Any], act: RaiseHand) -> None:
    stage, topic = show.stage, " ".join(act.topic.split())
    guest = stage.guests.get(entry.viewer)
    if guest and guest.state != "queue":
        raise Reject("you are on your way to the stage already", code="stage/here-already")
    if not stage.hands:
        raise Reject("hands may not be raised now", code="stage/hands-down")
    if guest:
        change(show, guest, topic=topic)
        return
    if len(stage.queue) >= QUEUE:
        raise Reject("the queue is full", code="stage/queue-full")
    person = person_of(show, entry.viewer)
    new = Guest(viewer=person.id, visit=0, state="queue", since=0, topic=topic, **_who(person, entry))
    set_out(show, new, "queue")


def _lower_hand(show: Show, entry: Entry[Any], act: LowerHand) -> None:
    off(show, find(show, entry.viewer, "queue"))


def _lower_hand_of(show: Show, entry: Entry[Any], act: LowerHandOf) -> None:
    off(show, find(show, act.viewer, "queue"), LOWERED)


def _step_up(show: Show, entry: Entry[Any], act: StepUp) -> None:
    guest, name = show.stage.guests.get(entry.viewer), clean(act.name) if act.name else ""
    if guest is None:
        person = person_of(show, entry.viewer)
        guest = Guest(viewer=person.id, visit=0, state="queue", since=0, **_who(person, entry))
    if guest.state in ("queue", "invited"):
        show.timers.pop(guest.timer, None)
        guest = set_out(show, guest, "check", timer=0)
    if name:
        change(show, guest, name=name)


def _invite(show: Show, entry: Entry[Any], act: Invite) -> None:
    guest, topic = show.stage.guests.get(act.viewer), " ".join(act.topic.split())
    if guest and guest.state == "invited":
        change(show, guest, at_once=guest.at_once or act.live, topic=topic or guest.topic)
        return
    if guest and guest.state != "queue":
        raise Reject("they are on their way to the stage already", code="stage/here-already")
    person = person_of(show, act.viewer)
    guest = guest or Guest(viewer=person.id, visit=0, state="queue", since=0, staff=person.staff)
    guest = set_out(show, guest, "invited", at_once=act.live, topic=topic or guest.topic)
    wait(show, guest, ANSWER)


def _accept(show: Show, entry: Entry[Any], act: AcceptStage) -> None:
    guest = find(show, entry.viewer)
    if guest.state == "queue":
        raise Reject("you were not invited", code="stage/not-invited")
    if guest.state == "invited":
        who = {} if guest.name else _who(person_of(show, entry.viewer), entry)
        step(show, calm(show, guest), "check", **who)


def _decline(show: Show, entry: Entry[Any], act: DeclineStage) -> None:
    off(show, find(show, entry.viewer, "invited"))


def _checked(show: Show, entry: Entry[Any], act: Checked) -> None:
    guest = find(show, entry.viewer, "check", "green", "live")
    guest = change(
        show, guest, passed=act.passed, check=act.words, camera=act.camera, microphone=act.microphone
    )
    if guest.state == "check" and act.passed:
        go_green(show, guest)


def _devices(show: Show, entry: Entry[Any], act: Devices) -> None:
    guest = find(show, entry.viewer, "check", "green", "live")
    change(show, guest, camera=act.camera, microphone=act.microphone)


def _leave(show: Show, entry: Entry[Any], act: LeaveStage) -> None:
    off(show, find(show, entry.viewer))


def _put_live(show: Show, entry: Entry[Any], act: PutLive) -> None:
    guest = find(show, act.viewer, "green", "live")
    if guest.state == "green":
        _here(guest)
        go_live(show, guest, main=act.main)
    elif act.main and show.stage.main != guest.seat:
        show.stage.main = guest.seat
        show.stage.turns += 1


def _back_to_green(show: Show, entry: Entry[Any], act: BackToGreen) -> None:
    guest = find(show, act.viewer, "live", "green", "check")
    if guest.state == "check" and not guest.check:
        raise Reject("they are still trying their devices", code="stage/not-ready")
    if guest.state != "green":
        go_green(show, guest)


def _take_off(show: Show, entry: Entry[Any], act: TakeOff) -> None:
    if act.viewer not in show.stage.guests and act.cut and dump(show, act.viewer):
        return
    guest = find(show, act.viewer)
    off(show, guest, LOWERED if guest.state == "queue" else TAKEN_OFF, cut=act.cut)


def _mute(show: Show, entry: Entry[Any], act: Mute) -> None:
    change(show, find(show, act.viewer, "check", "green", "live"), muted=act.on)


def _talk(show: Show, entry: Entry[Any], act: Talk) -> None:
    guest, talker = find(show, act.viewer, "green", "live"), entry.viewer
    if not act.on:
        hush(show, guest, talker)
    elif show.stage.state(talker) not in ("green", "live"):
        raise Reject("step up first: they could not hear you", code="stage/not-ready")
    elif talker == act.viewer:
        raise Reject("nobody talks to themselves", code="stage/here-already")
    elif talker not in guest.talkers:
        change(show, guest, talkers=(*guest.talkers, talker))


def _swap(show: Show, entry: Entry[Any], act: Swap) -> None:
    stage, out, into = show.stage, find(show, act.off, "live"), find(show, act.on, "green")
    _here(into)
    place, main = stage.order.index(out.seat), stage.main == out.seat
    go_green(show, out)
    go_live(show, into, main=main, place=place)


def _layout(show: Show, entry: Entry[Any], act: Layout) -> None:
    stage = show.stage
    unknown = {*act.order, *act.gains, *([act.main] if act.main else [])} - {*stage.order}
    if unknown:
        raise Reject(f"there is no seat {min(unknown)!r}", code="stage/layout")
    if len({*act.order}) != len(act.order):
        raise Reject("the order names a seat twice", code="stage/layout")
    stage.order = [*act.order, *(seat for seat in stage.order if seat not in act.order)]
    stage.layout, stage.main, stage.duck = act.layout, act.main, act.duck
    stage.gains = {seat: gain for seat, gain in act.gains.items() if gain != 1}
    stage.turns += 1


def _rules(show: Show, entry: Entry[Any], act: StageRules) -> None:
    show.stage.hands, show.stage.seats = act.hands, act.seats
    show.stage.turns += 1


def set_source(show: Show, source: str) -> None:
    """The programme has this source from now on; empty: there is none."""
    stage = show.stage
    stage.programme = ProgrammeInfo(source, at=show.now) if source else None
    if source and PROGRAMME not in stage.order:
        stage.order.insert(0, PROGRAMME)
    elif not source and PROGRAMME in stage.order:
        stage.order.remove(PROGRAMME)
        stage.gains.pop(PROGRAMME, None)
        stage.main = "" if stage.main == PROGRAMME else stage.main
    stage.turns += 1


def _source(show: Show, entry: Entry[Any], act: Source) -> None:
    set_source(show, act.source)


def _sourced(show: Show, entry: Entry[Any], act: Sourced) -> None:
    now = show.stage.programme
    if now and now.source == act.source:
        _plays(show, transport.opened(now, show.now, live=act.live, length=act.length))


def _transport(show: Show, entry: Entry[Any], act: Transport) -> None:
    now = show.stage.programme
    if now is None:
        raise Reject("the programme has no source", code="stage/no-source")
    _plays(show, transport.moved(now, show.now, playing=act.playing, media=act.media, rate=act.rate))


def _plays(show: Show, programme: ProgrammeInfo) -> None:
    if programme != show.stage.programme:
        show.stage.programme = programme
        show.stage.turns += 1


def _record(show: Show, entry: Entry[Any], act: Record) -> None:
    if show.stage.recording != act.on:
        show.stage.recording = act.on
        show.stage.turns += 1


def _publishing(show: Show, entry: Entry[Any], act: Publishing) -> None:
    guest = show.stage.guests.get(act.viewer)
    if guest is None or guest.state in ("queue", "invited"):
        return  # it was on its way when they left
    if act.on:
        guest = calm(show, guest) if guest.away else guest
        guest = change(
            show, guest, heard=True, present=True, away=False, sees=act.camera, hears=act.microphone
        )
        ready(show, guest)
    elif guest.present:
        guest = change(show, guest, present=False)
        if guest.state != "check":
            lose(show, guest)


def _give_up(show: Show, entry: Entry[Any], act: GiveUp) -> None:
    guest = show.stage.guests.get(act.viewer)
    if guest and guest.visit == act.visit and guest.state == "invited":
        off(show, guest, LATE)
    elif guest and guest.visit == act.visit and guest.away:
        off(show, guest, LOST)


def _here(guest: Guest) -> None:
    if guest.away:
        raise Reject("their connection is lost at the moment", code="stage/not-ready")


def _who(person: Person, entry: Entry[Any]) -> dict[str, Any]:
    """What a guest is called who has no name in the crowd."""
    name = "" if person.name else Role(entry.role).label.capitalize()
    return {"name": name, "staff": person.staff}


def person_of(show: Show, viewer: int) -> Person:
    """Somebody in the show, who may take part. Raises `Unknown` (`viewer/unknown`) or `Reject` (`show/kicked`, `show/banned`)."""
    person = show.crowd.by_id.get(ViewerId(viewer))
    if person is None:
        raise Unknown("nobody with this id has joined", code="viewer/unknown")
    if person.state in ("kicked", "banned"):
        raise Reject("they were put off", code=f"show/{person.state}")
    return person


def grant(show: Show, wish: Wish) -> None:
    """Do what a format wishes, as if staff had asked for it. Raises what they would hear."""
    act = _in_seats(show, wish) if isinstance(wish, Layouts) else wish
    STAGE_ROUTES[type(act)][0](show, _FORMAT, act)


def _in_seats(show: Show, wish: Layouts) -> Layout:
    def seat(viewer: int) -> str:
        guest = show.stage.guests.get(viewer)
        if viewer and not (guest and guest.seat):
            raise Reject("somebody in the layout is not on air", code="stage/layout")
        return guest.seat if guest else PROGRAMME

    return Layout(
        wish.layout,
        "" if wish.main is None else seat(wish.main),
        tuple(seat(viewer) for viewer in wish.order),
        {seat(viewer): gain for viewer, gain in wish.gains.items()},
        wish.duck,
    )


_FORMAT: Entry[Any] = Entry(0, 0, int(Role.SYSTEM), 0, 0, 0, 0, None)

Does = Callable[["Show", Entry[Any], Any], None]

STAGE_ROUTES: dict[type[Action], tuple[Does, Role]] = {
    RaiseHand: (_raise_hand, ANYBODY),
    LowerHand: (_lower_hand, ANYBODY),
    AcceptStage: (_accept, ANYBODY),
    DeclineStage: (_decline, ANYBODY),
    Checked: (_checked, ANYBODY),
    LeaveStage: (_leave, ANYBODY),
    Devices: (_devices, ANYBODY),
    StepUp: (_step_up, BY["host"]),
    Invite: (_invite, BY["host"]),
    PutLive: (_put_live, BY["host"]),
    BackToGreen: (_back_to_green, BY["host"]),
    TakeOff: (_take_off, BY["moderator"]),
    LowerHandOf: (_lower_hand_of, BY["moderator"]),
    Mute: (_mute, BY["moderator"]),
    Talk: (_talk, BY["host"]),
    Swap: (_swap, BY["host"]),
    Layout: (_layout, BY["host"]),
    StageRules: (_rules, BY["host"]),
    Source: (_source, BY["host"]),
    Transport: (_transport, BY["host"]),
    Record: (_record, BY["host"] | Role.SYSTEM),
    Publishing: (_publishing, Role.SYSTEM),
    Sourced: (_sourced, Role.SYSTEM),
    GiveUp: (_give_up, Role.CLOCK),
}
"""What the stage can be asked to do, and by whom."""
