"""The bodies of the stage's routes, in and out."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from oncue.engine.stage_actions import SEATS

from .models import FROM_STRUCT, SHOW, Body

VIEWER = 4720310583391
KEY = "d8202860602caae6da57c527b0f6e10e"
BEGAN = 1763800000000000


class InviteBody(Body):
    """An invitation."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"topic": "How did you know?"}]}
    )
    topic: str = Field(
        default="", max_length=140, description="else what they said when they raised their hand"
    )
    live: bool = Field(default=False, description="on air as soon as they have accepted and are ready")


class LiveBody(Body):
    """On air."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"main": True}]})
    main: bool = Field(default=False, description="into the large place of the layout")


class OffBody(Body):
    """Off the stage."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"cut": True}]})
    cut: bool = Field(
        default=False, description="not even what is on its way to viewers is shown: the dump button"
    )


class OnBody(Body):
    """On or off."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"on": True}]})
    on: bool = True


class SwapBody(Body):
    """Who leaves the air, and who takes their place."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"off": VIEWER, "on": 77123}]})
    off: int = Field(description="the viewer who goes to the green room")
    on: int = Field(description="the viewer who comes from there")


class LayoutBody(Body):
    """The whole layout: what is left out is as by default."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"layout": "pip", "main": "programme", "gains": {"programme": 0.5}}]},
    )
    layout: Literal["auto", "grid", "spotlight", "side", "pip"]
    main: str = Field(default="", max_length=20, description="the seat in the large place; else the first")
    order: list[str] = Field(default_factory=list, max_length=SEATS + 1, description="seats, the first first")
    gains: dict[str, Annotated[float, Field(ge=0, le=2)]] = Field(
        default_factory=dict, max_length=SEATS + 1, description="levels of the sound by seat, 0 to 2"
    )
    duck: float = Field(0.25, ge=0, le=1, description="the programme's level while somebody speaks")


class RulesBody(Body):
    """The rules of the stage."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"hands": True, "seats": 4}]})
    hands: bool = Field(description="whether viewers may raise their hand")
    seats: int = Field(6, ge=1, le=SEATS, description="how many people may be on air")


class GuestOut(BaseModel):
    """Somebody on the way to the stage."""

    model_config = FROM_STRUCT
    viewer: int = Field(examples=[VIEWER])
    name: str = Field(examples=["Ana"])
    state: str = Field(examples=["green"], description="`queue`, `invited`, `check`, `green` or `live`")
    topic: str = Field(examples=["About the second question"])
    since: int = Field(examples=[BEGAN], description="when they came into this state (µs)")
    seat: str = Field(examples=["g1"], description="while live")
    passed: bool = Field(description="the device check went well")
    check: str = Field(examples=["camera 1280x720"], description="what it found")
    present: bool = Field(description="their picture or sound reaches us")
    camera: bool
    microphone: bool
    muted: bool
    staff: bool
    talkers: list[int] = Field(examples=[[77123]], description="staff whose voice they hear")


class ShownOut(BaseModel):
    """A seat on air: `show/<id>/stage/<seat>` on the relay."""

    model_config = FROM_STRUCT
    seat: str = Field(examples=["g1"], description="`programme` is the show's own source")
    viewer: int = Field(examples=[VIEWER])
    name: str = Field(examples=["Ana"])
    since: int = Field(examples=[BEGAN])
    camera: bool
    microphone: bool
    away: bool = Field(description="their connection is lost, and waited for")


class ProgrammeOut(BaseModel):
    """The show's own source: at show time `at` it was at `media`, and runs at `rate` while it is `playing`."""

    model_config = FROM_STRUCT
    source: str = Field(examples=["test"])
    playing: bool
    at: int = Field(examples=[BEGAN])
    media: int = Field(examples=[0])
    rate: float = Field(examples=[1.0])
    live: bool = Field(description="it can only play")
    length: int = Field(examples=[600000000], description="in µs; 0: endless or not known")


class StageOut(BaseModel):
    """The stage. `rooms` has the secret path of each green room on the relay by viewer: the guest is there as `<path>/guest`."""

    seq: int = Field(examples=[118], description="how far the show's log is played")
    queue: list[GuestOut] = Field(description="whose hand is up; the first fifty")
    waiting: int = Field(examples=[3], description="how many hands are up")
    guests: list[GuestOut] = Field(description="who is invited or further")
    seats: list[ShownOut] = Field(description="who is on air, in the order of the layout")
    layout: str = Field(examples=["auto"])
    main: str = Field(examples=["g1"])
    gains: dict[str, float] = Field(examples=[{"programme": 0.5}])
    duck: float = Field(examples=[0.25])
    hands: bool = Field(description="viewers may raise their hand")
    most: int = Field(examples=[6], description="how many people may be on air")
    recording: bool
    programme: ProgrammeOut | None = Field(description="null: the show has no source of its own")
    rooms: dict[int, str] = Field(examples=[{VIEWER: f"show/{SHOW}/room/{KEY}"}])
