"""What people, the clock and the node can ask of the stage. All are actions of the show itself (segment empty)."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from .structs import Action, Micros

SEATS = 12
"""The most people who can be on air."""

LayoutName = Literal["auto", "grid", "spotlight", "side", "pip"]
Topic = Annotated[str, msgspec.Meta(max_length=140)]
Words = Annotated[str, msgspec.Meta(max_length=200)]
SeatName = Annotated[str, msgspec.Meta(max_length=20)]
Path = Annotated[str, msgspec.Meta(max_length=1000)]
Gain = Annotated[float, msgspec.Meta(ge=0, le=2)]
Level = Annotated[float, msgspec.Meta(ge=0, le=1)]
Gains = Annotated[dict[SeatName, Gain], msgspec.Meta(max_length=SEATS + 1)]


class RaiseHand(Action, frozen=True):
    """Ask to come on stage, and say what about. Once more: another topic."""

    topic: Topic = ""


class LowerHand(Action, frozen=True):
    """Not any more."""


class AcceptStage(Action, frozen=True):
    """Come on stage: the guest's key."""


class DeclineStage(Action, frozen=True):
    """Do not come on stage."""


class Checked(Action, frozen=True):
    """The device check is over: whether it went well, what is turned on, and what was found, in words."""

    passed: bool
    camera: bool
    microphone: bool
    words: Words = ""


class LeaveStage(Action, frozen=True):
    """Leave, from wherever one is."""


class Devices(Action, frozen=True):
    """What one has turned on."""

    camera: bool
    microphone: bool


class StepUp(Action, frozen=True):
    """Go on stage oneself: straight to the device check. `name` is what viewers read beside it (empty: the role)."""

    name: Annotated[str, msgspec.Meta(max_length=80)] = ""


class Invite(Action, frozen=True):
    """Ask somebody to come on stage, whether their hand is up or not. With `live` they are on air as soon as they are ready."""

    viewer: int
    topic: Topic = ""
    live: bool = False


class PutLive(Action, frozen=True):
    """Put somebody who is in the green room on air, with `main` into the large place: the producer's key."""

    viewer: int
    main: bool = False


class BackToGreen(Action, frozen=True):
    """Take somebody to the green room: off the air, or from a device check that did not pass, when they want to come as they are."""

    viewer: int


class TakeOff(Action, frozen=True):
    """Take somebody off the stage, from wherever they are. With `cut` not even what is on its way is shown, also of who left a moment
    ago: the dump button."""

    viewer: int
    cut: bool = False


class LowerHandOf(Action, frozen=True):
    """Take somebody out of the queue."""

    viewer: int


class Mute(Action, frozen=True):
    """Let nobody but the green room hear somebody, whatever they turn on."""

    viewer: int
    on: bool = True


class Talk(Action, frozen=True):
    """Speak to somebody in their green room, or on air into their ear. Only they hear it."""

    viewer: int
    on: bool = True


class Swap(Action, frozen=True):
    """One goes from the air to the green room, another from there on air, in their place."""

    off: int
    on: int


class Layout(Action, frozen=True):
    """How seats are laid out and mixed (see `StageInfo` in wire.py). Seats that are not in `order` come after those that are."""

    layout: LayoutName
    main: SeatName = ""
    order: Annotated[tuple[SeatName, ...], msgspec.Meta(max_length=SEATS + 1)] = ()
    gains: Gains = {}
    duck: Level = 0.25


class StageRules(Action, frozen=True):
    """Whether viewers may raise their hand, and how many people may be on air."""

    hands: bool
    seats: Annotated[int, msgspec.Meta(ge=1, le=SEATS)] = 6


class Source(Action, frozen=True):
    """Another source for the programme; empty takes it off."""

    source: Path


class Transport(Action, frozen=True):
    """Let the programme play or stand, from `media` (µs of the source), at another rate. None leaves it as it is."""

    playing: bool | None = None
    media: Annotated[Micros, msgspec.Meta(ge=0)] | None = None
    rate: Annotated[float, msgspec.Meta(ge=0.25, le=4)] | None = None


class Record(Action, frozen=True):
    """Record the show, or stop."""

    on: bool


class Publishing(Action, frozen=True):
    """By the node: somebody's picture and sound come, or come no more."""

    viewer: int
    on: bool
    camera: bool = True
    microphone: bool = True


class Sourced(Action, frozen=True):
    """By the node: what the programme's source is. `length` in µs, 0: endless or not known."""

    source: Path
    live: bool
    length: Micros = 0


class GiveUp(Action, frozen=True):
    """By the clock: an invitation was not answered, or who was lost did not come back."""

    viewer: int
    visit: int


class Staged(Action, frozen=True):
    """To a format that has a handler for it (`@on(Staged, by="system")`): somebody has come into this state, or left (empty), and not
    because the format asked for it."""

    viewer: int
    state: str


StageAction = (
    RaiseHand
    | LowerHand
    | AcceptStage
    | DeclineStage
    | Checked
    | LeaveStage
    | Devices
    | StepUp
    | Invite
    | PutLive
    | BackToGreen
    | TakeOff
    | LowerHandOf
    | Mute
    | Talk
    | Swap
    | Layout
    | StageRules
    | Source
    | Transport
    | Record
    | Publishing
    | Sourced
    | GiveUp
)
