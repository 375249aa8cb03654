"""The stage over the host API: who is on the way there, and bringing them on air and off again."""

from __future__ import annotations

from typing import Annotated

import msgspec
from fastapi import APIRouter, Path

from oncue.engine.live import Ask
from oncue.engine.stage_actions import (
    BackToGreen,
    Invite,
    Layout,
    LowerHandOf,
    Mute,
    PutLive,
    StageRules,
    Swap,
    TakeOff,
    Talk,
)
from oncue.engine.wire import DeskMsg, SceneMsg

from .models import Acted
from .parts import At, Host, Moderator
from .problems import errors
from .rundown import ACT, played
from .shows import HOST, ShowIdPath
from .stage_models import (
    GuestOut,
    InviteBody,
    LayoutBody,
    LiveBody,
    OffBody,
    OnBody,
    ProgrammeOut,
    RulesBody,
    ShownOut,
    StageOut,
    SwapBody,
)

router = APIRouter(prefix="/api/shows/{show}/stage", tags=["the stage"])

STAGE = (*ACT, "stage/unknown", "input/invalid")
"""What a route that is about somebody on the way to the stage can refuse."""
AS_USUAL, TO_A_PLACE, GENTLY, ON = InviteBody(), LiveBody(), OffBody(), OnBody()

ViewerPath = Annotated[
    int, Path(ge=1, lt=1 << 53, description="the viewer's id", examples=[4720310583391])
]  # fmt: skip

_desk = msgspec.json.Decoder(DeskMsg)
_scene = msgspec.json.Decoder(SceneMsg)


@router.get("", summary="The stage", responses=errors(*HOST, "show/unknown", "bus/no-answer"))
async def stage(show: ShowIdPath, at: At, _: Host) -> StageOut:
    """Who is on the way and who is on air, how that is laid out, and the secret paths of the green rooms: for hosts and producers only."""
    answer = await at.acting.ask(show, Ask(desk=True, stage=True))
    desk, scene, orders = _desk.decode(answer.desk).stage, _scene.decode(answer.scene).stage, answer.orders
    return StageOut(
        seq=answer.seq,
        queue=[GuestOut.model_validate(guest) for guest in desk.queue],
        waiting=desk.waiting,
        guests=[GuestOut.model_validate(guest) for guest in desk.guests],
        seats=[ShownOut.model_validate(seat) for seat in scene.seats],
        layout=scene.layout,
        main=scene.main,
        gains=scene.gains,
        duck=scene.duck,
        hands=desk.hands,
        most=desk.seats,
        recording=desk.recording,
        programme=ProgrammeOut.model_validate(desk.programme) if desk.programme else None,
        rooms={one.viewer: one.room for one in (orders.seated if orders else ()) if one.room},
    )


@router.post(
    "/{viewer}/invite",
    summary="Invite somebody",
    responses=errors(
        *STAGE, "viewer/unknown", "show/kicked", "show/banned", "stage/here-already", "stage/full"
    ),
)
async def invite(
    show: ShowIdPath, viewer: ViewerPath, at: At, by: Host, body: InviteBody = AS_USUAL
) -> Acted:
    """Whether their hand is up or not. They have a minute to accept. Twice is as once."""
    return await played(show, "", Invite(viewer, body.topic, body.live), at, by)


@router.post(
    "/{viewer}/live",
    summary="Put somebody on air",
    responses=errors(*STAGE, "stage/not-ready", "stage/full"),
)
async def live(show: ShowIdPath, viewer: ViewerPath, at: At, by: Host, body: LiveBody = TO_A_PLACE) -> Acted:
    """From the green room, which they have come to of their own will. Twice is as once."""
    return await played(show, "", PutLive(viewer, body.main), at, by)


@router.post(
    "/{viewer}/green",
    summary="Take somebody back to the green room",
    responses=errors(*STAGE, "stage/not-live", "stage/not-ready"),
)
async def green(show: ShowIdPath, viewer: ViewerPath, at: At, by: Host) -> Acted:
    """Off the air; they may be put live again. Also lets in whose device check did not pass and who comes as they are. Twice is as once."""
    return await played(show, "", BackToGreen(viewer), at, by)


@router.post("/{viewer}/off", summary="Take somebody off the stage", responses=errors(*STAGE))
async def off(show: ShowIdPath, viewer: ViewerPath, at: At, by: Moderator, body: OffBody = GENTLY) -> Acted:
    """From wherever they are. `cut` also takes back what viewers have not seen yet, of who left in the last ten seconds too."""
    return await played(show, "", TakeOff(viewer, body.cut), at, by)


@router.post("/{viewer}/lower", summary="Lower somebody's hand", responses=errors(*STAGE))
async def lower(show: ShowIdPath, viewer: ViewerPath, at: At, by: Moderator) -> Acted:
    """Takes them out of the queue."""
    return await played(show, "", LowerHandOf(viewer), at, by)


@router.post("/{viewer}/mute", summary="Mute somebody", responses=errors(*STAGE, "stage/not-invited"))
async def mute(show: ShowIdPath, viewer: ViewerPath, at: At, by: Moderator, body: OnBody = ON) -> Acted:
    """Only the green room hears them, whatever they turn on themselves; with `on` false they are heard again."""
    return await played(show, "", Mute(viewer, body.on), at, by)


@router.post(
    "/{viewer}/talk",
    summary="Talk to somebody in their green room",
    responses=errors(*STAGE, "stage/not-ready", "stage/here-already"),
)
async def talk(show: ShowIdPath, viewer: ViewerPath, at: At, by: Host, body: OnBody = ON) -> Acted:
    """One's own voice, by the token's person, who must have stepped up. Nobody else hears it."""
    return await played(show, "", Talk(viewer, body.on), at, by)


@router.post(
    "/swap",
    summary="Put one in the place of another",
    responses=errors(*STAGE, "stage/not-live", "stage/not-ready"),
)
async def swap(show: ShowIdPath, body: SwapBody, at: At, by: Host) -> Acted:
    """One goes to the green room, the other comes from there, in one step."""
    return await played(show, "", Swap(body.off, body.on), at, by)


@router.put(
    "/layout",
    summary="Lay out who is on air",
    responses=errors(*ACT, "stage/layout", "input/invalid"),
)
async def layout(show: ShowIdPath, body: LayoutBody, at: At, by: Host) -> Acted:
    """The whole layout and mix; each viewer's picture changes when it reaches this moment."""
    act = Layout(body.layout, body.main, tuple(body.order), body.gains, body.duck)
    return await played(show, "", act, at, by)


@router.put("/rules", summary="Set the rules of the stage", responses=errors(*ACT, "input/invalid"))
async def rules(show: ShowIdPath, body: RulesBody, at: At, by: Host) -> Acted:
    """Nobody is taken off who is on already."""
    return await played(show, "", StageRules(body.hands, body.seats), at, by)
