"""The stage of a show, as state: who is on the way there and how far, who is on air, and how that is laid out.

    queue ──▶ invited ──▶ check ──▶ green ──▶ live
      (hand up)  (asked)   (devices)  (green room)  (on air)

Two keys: nobody is live who has not come by `check` of their own will, and whom nobody of the staff (or a format) has put live. From
`green` on somebody may be `away`: their connection is lost, and waited for. From everywhere one may leave, or be taken off.
What may be asked of it, and by whom, stands in backstage.py; what of it is to be seen in stage_views.py.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from .errors import Reject
from .events import StageChanged
from .stage_actions import GiveUp, LayoutName
from .structs import Micros, ShowId, seconds
from .wire import ProgrammeInfo

if TYPE_CHECKING:
    from .show import Show

Step = Literal["queue", "invited", "check", "green", "live"]

PROGRAMME = "programme"
"""The seat of the show's own source."""
QUEUE = 500
BACKSTAGE = 32
"""People invited or further, at the same time."""
ANSWER: Micros = seconds(60)
"""An invitation is open for so long."""
RETURN: Micros = seconds(30)
"""Whose connection is lost is waited for so long."""
CUT: Micros = seconds(10)
"""What was on air so long ago can still be on its way to a viewer, and be cut."""
GONE = 16
"""Seats that were given up that are remembered."""
PARTED = 100
"""People who have left that are remembered, to be thanked."""


class Guest(msgspec.Struct, frozen=True, array_like=True, kw_only=True):
    """Somebody on the way to the stage.

    `visit` is new each time that somebody sets out. `since`: when they came into this state. `name`: of staff, who have none in the crowd.
    `at_once`: they go live as soon as they are ready. `heard`: their picture or sound has come at least once, `present`: it comes,
    `away`: it came, and is waited for. `camera` and `microphone` are what they have turned on, `sees` and `hears` what of it comes.
    `aired`: they were live in this visit. `timer` is the number of the one that will give them up (0: none).
    """

    viewer: int
    visit: int
    state: Step
    since: Micros
    topic: str = ""
    name: str = ""
    staff: bool = False
    at_once: bool = False
    passed: bool = False
    check: str = ""
    heard: bool = False
    present: bool = False
    away: bool = False
    camera: bool = True
    microphone: bool = True
    sees: bool = True
    hears: bool = True
    muted: bool = False
    talkers: tuple[int, ...] = ()
    seat: str = ""
    aired: bool = False
    timer: int = 0


class Parted(msgspec.Struct, frozen=True, array_like=True):
    """Somebody who is not on the way any more: when they left the stage (0: they were not on it), and why."""

    at: Micros
    why: str


class Gone(msgspec.Struct, frozen=True, array_like=True):
    """A seat that was live until then; with `cut` not even what is on its way may be shown."""

    seat: str
    viewer: int
    until: Micros
    cut: bool


class Stage(msgspec.Struct, array_like=True):
    """The state, kept in snapshots as it is.

    `guests` by viewer, in the order in which they set out. `order` has the seats that are live. `moved` are the steps that were taken since
    somebody looked (state empty: left), `turns` counts all changes but those of the queue, and `shifts` the rest.
    """

    guests: dict[int, Guest] = {}
    parted: dict[int, Parted] = {}
    gone: list[Gone] = []
    order: list[str] = []
    layout: LayoutName = "auto"
    main: str = ""
    gains: dict[str, float] = {}
    duck: float = 0.25
    hands: bool = False
    seats: int = 6
    recording: bool = False
    programme: ProgrammeInfo | None = None
    visits: int = 0
    named: int = 0
    timed: int = 0
    told: int = 0
    turns: int = 0
    shifts: int = 0
    moved: list[tuple[int, str]] = []

    def state(self, viewer: int) -> str:
        """How far somebody is; empty when they are not on the way."""
        guest = self.guests.get(viewer)
        return guest.state if guest else ""

    @property
    def queue(self) -> list[Guest]:
        """Whose hand is up, in order."""
        return [guest for guest in self.guests.values() if guest.state == "queue"]

    @property
    def called(self) -> list[Guest]:
        """Who is invited or further."""
        return [guest for guest in self.guests.values() if guest.state != "queue"]

    @property
    def live(self) -> dict[str, Guest]:
        """Who is on air, by seat."""
        return {guest.seat: guest for guest in self.guests.values() if guest.seat}

    def mark(self) -> Stage:
        """A copy to go `back` to."""
        return msgspec.structs.replace(
            self, guests=dict(self.guests), parted=dict(self.parted), gone=list(self.gone),
            order=list(self.order), gains=dict(self.gains), moved=list(self.moved),
        )  # fmt: skip

    def back(self, mark: Stage) -> None:
        """Be again as when the mark was made."""
        for name in self.__struct_fields__:
            setattr(self, name, getattr(mark, name))


def room(show: ShowId, seed: str, guest: Guest) -> str:
    """The path of somebody's green room on the relay, which nobody can guess: 128 bits of BLAKE2b (RFC 7693). Empty before `green`."""
    if guest.state not in ("green", "live"):
        return ""
    secret = f"{seed}/{guest.viewer}/{guest.visit}".encode()
    key = blake2b(secret, digest_size=16, person=b"oncue room").hexdigest()
    return f"show/{show}/room/{key}"


def find(show: Show, viewer: int, *states: Step) -> Guest:
    """Somebody who is in one of these states (none given: anywhere on the way). Raises `Reject` with what they are not."""
    guest = show.stage.guests.get(viewer)
    if guest is None:
        raise Reject("this person is not on the way to the stage", code="stage/unknown")
    if states and guest.state not in states:
        code, why = REFUSED[states[0]]
        raise Reject(why, code=code)
    return guest


REFUSED: dict[Step, tuple[str, str]] = {
    "queue": ("stage/unknown", "their hand is not up"),
    "invited": ("stage/not-invited", "they were not invited"),
    "check": ("stage/not-invited", "they have not accepted an invitation"),
    "green": ("stage/not-ready", "they are not in the green room"),
    "live": ("stage/not-live", "they are not on air"),
}
"""The code, and why, when somebody has not come that far."""


def set_out(show: Show, guest: Guest, state: Step, **changed: Any) -> Guest:
    """Somebody comes this far who was in the queue or not here at all: then a visit begins. Raises `Reject` (`stage/full`) when too many
    are backstage."""
    stage = show.stage
    if state != "queue" and guest.state == "queue" and len(stage.called) >= BACKSTAGE:
        raise Reject("too many people are on their way to the stage", code="stage/full")
    if not guest.visit:
        stage.visits += 1
        guest = msgspec.structs.replace(guest, visit=stage.visits)
    stage.parted.pop(guest.viewer, None)
    return step(show, guest, state, **changed)


def step(show: Show, guest: Guest, state: Step, **changed: Any) -> Guest:
    """Somebody comes into another state, now."""
    guest = msgspec.structs.replace(guest, state=state, since=show.now, **changed)
    show.stage.moved.append((guest.viewer, state))
    show.stage.guests[guest.viewer] = guest
    count(show, state)
    return guest


def change(show: Show, guest: Guest, **changed: Any) -> Guest:
    """Something of somebody changes who stays in their state."""
    new = msgspec.structs.replace(guest, **changed)
    if new != guest:
        show.stage.guests[guest.viewer] = new
        count(show, guest.state)
    return new


def count(show: Show, state: Step) -> None:
    """Somebody in this state has changed, or come into it."""
    if state == "queue":
        show.stage.shifts += 1
    else:
        show.stage.turns += 1


def wait(show: Show, guest: Guest, span: Micros) -> Guest:
    """Give somebody up after this span, unless `calm` is said."""
    due = show.now + span
    return change(show, guest, timer=show.later(due, "", GiveUp(guest.viewer, guest.visit)))


def calm(show: Show, guest: Guest) -> Guest:
    """Do not give somebody up."""
    show.timers.pop(guest.timer, None)
    return change(show, guest, timer=0)


def go_live(show: Show, guest: Guest, *, main: bool = False, place: int | None = None) -> Guest:
    """Somebody in the green room goes on air, in a seat of a new name; in somebody's `place`, or else where one is free. Raises `Reject`
    (`stage/full`)."""
    stage = show.stage
    if place is None and len(stage.live) >= stage.seats:
        raise Reject("all seats are taken", code="stage/full")
    stage.named += 1
    seat = f"g{stage.named}"
    stage.order.insert(len(stage.order) if place is None else place, seat)
    if main:
        stage.main = seat
    return step(show, guest, "live", seat=seat, at_once=False, aired=True)


def go_green(show: Show, guest: Guest) -> Guest:
    """Somebody comes into the green room: from the device check, or from the air."""
    vacate(show, guest)
    guest = step(show, guest, "green", seat="")
    if guest.heard and not guest.present and not guest.away:
        guest = lose(show, guest)
    return ready(show, guest)


def ready(show: Show, guest: Guest) -> Guest:
    """Who is to be live as soon as they are ready may be so now. When no seat is free they wait."""
    free = len(show.stage.live) < show.stage.seats
    if guest.at_once and guest.state == "green" and guest.present and free:
        return go_live(show, guest)
    return guest


def lose(show: Show, guest: Guest) -> Guest:
    """Somebody's connection is lost: they keep their seat for a while."""
    return wait(show, change(show, guest, away=True), RETURN)


def vacate(show: Show, guest: Guest, *, cut: bool = False) -> None:
    """A seat is free again."""
    stage, seat = show.stage, guest.seat
    if not seat:
        return
    stage.gone = [*stage.gone[1 - GONE :], Gone(seat, guest.viewer, show.now, cut)]
    stage.order.remove(seat)
    stage.gains.pop(seat, None)
    if stage.main == seat:
        stage.main = ""


def dump(show: Show, viewer: int) -> bool:
    """Cut the seats that somebody had a moment ago as well. Whether there was one."""
    stage = show.stage
    found = [one for one in stage.gone if one.viewer == viewer and not one.cut and show.now - one.until < CUT]
    if found:
        stage.gone = [msgspec.structs.replace(one, cut=True) if one in found else one for one in stage.gone]
        stage.turns += 1
    return bool(found)


def off(show: Show, guest: Guest, why: str = "", *, cut: bool = False) -> None:
    """Somebody's visit ends."""
    stage, viewer = show.stage, guest.viewer
    show.timers.pop(guest.timer, None)
    vacate(show, guest, cut=cut)
    if cut:
        dump(show, viewer)
    del stage.guests[viewer]
    for other in stage.called:
        if viewer in other.talkers:
            hush(show, other, viewer)
    stage.moved.append((viewer, ""))
    count(show, guest.state)
    if guest.aired or why:
        stage.parted[viewer] = Parted(show.now if guest.aired else 0, why)
        while len(stage.parted) > PARTED:
            del stage.parted[next(iter(stage.parted))]


def hush(show: Show, guest: Guest, talker: int) -> None:
    """One voice less in somebody's green room."""
    change(show, guest, talkers=tuple(one for one in guest.talkers if one != talker))


def clear(show: Show, why: str) -> None:
    """Everybody is off."""
    for guest in list(show.stage.guests.values()):
        off(show, guest, why)
    show.stage.recording = False


def tell_moves(show: Show) -> list[tuple[int, str]]:
    """Tell the outside who has come how far since somebody looked; those are returned, and forgotten."""
    moved, show.stage.moved = show.stage.moved, []
    for viewer, state in moved:
        show.tell(StageChanged(viewer, state or "off"))
    return moved
