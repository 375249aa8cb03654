"""What of the stage is to be seen: by everybody, by somebody who is on the way, on the desk. Pure views of the state."""

from __future__ import annotations

import msgspec

from .orders import Left, Orders, Seated
from .show import Show
from .stage import CUT, PROGRAMME, Guest, room
from .structs import ViewerId
from .wire import BARE, EMPTY, DeskStage, GuestInfo, MyStage, ProgrammeInfo, SeatInfo, StageInfo

QUEUED = 50
"""How many of the queue the desk lists."""


def public(show: Show) -> StageInfo:
    """What the picture is made of."""
    stage = show.stage
    drawn = StageInfo(
        seats=_seats(show),
        layout=stage.layout,
        main=stage.main,
        gains=stage.gains,
        duck=stage.duck,
        cut=tuple(one.seat for one in stage.gone if one.cut and show.now - one.until < CUT),
        hands=stage.hands,
        programme=_shown(stage.programme),
    )
    return BARE if _plain(drawn) else drawn


def _plain(drawn: StageInfo) -> bool:
    """Whether nobody but the programme is on stage, and that only plays."""
    programme = drawn.programme
    if len(drawn.seats) > (programme is not None) or (programme and not programme.live):
        return False
    return msgspec.structs.replace(drawn, seats=(), programme=None) == BARE


def mine(show: Show, viewer: ViewerId) -> MyStage | None:
    """Somebody's own way; None for who is not on it, nor was a while ago."""
    stage = show.stage
    guest = stage.guests.get(viewer)
    if guest is None:
        parted = stage.parted.get(viewer)
        return MyStage(thanks=parted.at, why=parted.why) if parted else None
    if guest.state == "queue":
        place = next(i for i, one in enumerate(stage.queue, 1) if one.viewer == viewer)
        return _own(show, guest, place)
    return _own(show, guest, 0)


def ways(show: Show) -> dict[int, MyStage]:
    """What `mine` gives for all who have one."""
    stage = show.stage
    out = {viewer: MyStage(thanks=parted.at, why=parted.why) for viewer, parted in stage.parted.items()}
    out |= {guest.viewer: _own(show, guest, i) for i, guest in enumerate(stage.queue, 1)}
    return out | {guest.viewer: _own(show, guest, 0) for guest in stage.called}


def desk(show: Show) -> DeskStage:
    """What the producer sees of it."""
    stage = show.stage
    queue = stage.queue
    drawn = DeskStage(
        queue=tuple(_guest(show, guest) for guest in queue[:QUEUED]),
        waiting=len(queue),
        guests=tuple(_guest(show, guest) for guest in stage.called),
        hands=stage.hands,
        seats=stage.seats,
        recording=stage.recording,
        programme=stage.programme,
    )
    return EMPTY if drawn == EMPTY else drawn


def name(show: Show, guest: Guest) -> str:
    """What everybody reads beside somebody's picture."""
    return show.crowd.name(ViewerId(guest.viewer)) or guest.name


def _seats(show: Show) -> tuple[SeatInfo, ...]:
    live = show.stage.live
    return tuple(
        _seat(show, live[seat]) if seat in live else SeatInfo(PROGRAMME) for seat in show.stage.order
    )


def _seat(show: Show, guest: Guest) -> SeatInfo:
    return SeatInfo(
        seat=guest.seat,
        viewer=guest.viewer,
        name=name(show, guest),
        since=guest.since,
        camera=guest.camera and guest.sees,
        microphone=guest.microphone and guest.hears and not guest.muted,
        away=guest.away,
    )


def _shown(programme: ProgrammeInfo | None) -> ProgrammeInfo | None:
    """The programme as all may know it: not where a file lies or a stream comes from."""
    return programme and msgspec.structs.replace(programme, source=_kind(programme.source))


def _kind(source: str) -> str:
    head, there, _ = source.partition("://")
    return head if there else "file" if "/" in source or "\\" in source else source


def _own(show: Show, guest: Guest, place: int) -> MyStage:
    return MyStage(
        state=guest.state,
        place=place,
        topic=guest.topic,
        room=room(show.id, show.seed, guest),
        seat=guest.seat,
        talkers=guest.talkers,
        camera=guest.camera,
        microphone=guest.microphone,
        muted=guest.muted,
    )


def _guest(show: Show, guest: Guest) -> GuestInfo:
    person = show.crowd.by_id[guest.viewer]
    return GuestInfo(
        viewer=guest.viewer,
        name=person.name or guest.name,
        state=guest.state,
        topic=guest.topic,
        since=guest.since,
        seat=guest.seat,
        passed=guest.passed,
        check=guest.check,
        present=guest.present,
        camera=guest.camera and guest.sees,
        microphone=guest.microphone and guest.hears,
        muted=guest.muted,
        staff=guest.staff,
        talkers=guest.talkers,
    )


def orders(show: Show, epoch: int) -> Orders:
    """What the node hears that has the relay: who may publish, and what becomes of it."""
    stage = show.stage
    return Orders(
        epoch,
        show.seq,
        tuple(_seated(show, guest) for guest in stage.called if guest.state != "invited"),
        tuple(Left(one.seat, one.until, one.cut) for one in stage.gone),
        stage.programme,
        stage.recording,
    )


def _seated(show: Show, guest: Guest) -> Seated:
    return Seated(
        viewer=guest.viewer,
        state=guest.state,
        room=room(show.id, show.seed, guest),
        seat=guest.seat,
        since=guest.since if guest.seat else 0,
        talkers=guest.talkers,
        camera=guest.camera,
        microphone=guest.microphone and not guest.muted,
    )
