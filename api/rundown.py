"""Running a show over the host API: its rundown, its segments, and what a host does in them."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Body, Path

from oncue.engine.errors import BadInput, Conflict, Unavailable, Unknown
from oncue.engine.format import action_decoder
from oncue.engine.house import Add, Arrange, Finish, Remove, ShowAction, Start, versioned
from oncue.engine.live import Ask
from oncue.engine.live.store import ShowRow
from oncue.engine.structs import Action
from oncue.engine.wire import DeskMsg
from oncue.formats.registry import format_named

from .models import Acted, Order, Rundown, SegmentBody, SegmentOut
from .parts import At, Caller, Desk, Host, Moderator
from .problems import errors
from .shows import HOST, ShowIdPath, read_spec

router = APIRouter(prefix="/api/shows/{show}", tags=["running a show"])

ACT = (*HOST, "show/unknown", "show/closed", "show/slow", "intake/full", "db/unreachable", "bus/no-answer")
"""What a route that acts in a show can refuse."""
MODERATED = ("viewer/unknown", "name/bad", "name/taken", "input/bad-action")
RULINGS = (
    "segment/unknown",
    "settings/bad",
    "amend/empty",
    "amend/impossible",
    "amend/not-live",
    "amend/pointer",
    "format/fault",
)
PLAYED = (
    "segment/unknown",
    "segment/closed",
    "action/not-now",
    "action/refused",
    "input/bad-action",
    "format/fault",
)

SegmentPath = Annotated[str, Path(max_length=20, description="the segment's id", examples=["s1"])]
RULED = {
    "type": "amend",
    "segment": "s1",
    "changes": {"/questions/0/void": True},
    "why": "Two options are right",
}
PRESSED = {"next": {"summary": "without fields", "value": {"type": "close"}}}
MARKED = {
    "hide": {"summary": "hide a name", "value": {"type": "hide", "viewer": 4720310583391}},
    "amend": {"summary": "judge a segment again with other settings", "value": RULED},
    "dial": {"summary": "have all of the audience in step", "value": {"type": "dial", "share": 1.0}},
}

_desk = msgspec.json.Decoder(DeskMsg)
_of_the_show: msgspec.json.Decoder[Action] = msgspec.json.Decoder(ShowAction)


@router.get(
    "/rundown",
    summary="The rundown",
    responses=errors(*HOST, "show/unknown", "bus/no-answer", "db/unreachable"),
)
async def rundown(show: ShowIdPath, at: At, _: Host) -> Rundown:
    """All segments in their order, with their state and the version of their format; of a closed show as it was made."""
    row = await at.services.store.show(show)
    if row.state == "closed":
        people = await at.services.store.people(show)
        return Rundown(state=row.state, people=len(people), segments=_as_made(row))
    return await _live(row, at)


@router.put(
    "/rundown",
    summary="Put the rundown in another order",
    responses=errors(*ACT, "rundown/incomplete", "input/invalid"),
)
async def arrange(show: ShowIdPath, body: Order, at: At, by: Host) -> Rundown:
    """Takes effect at once, also for segments that were live."""
    await played(show, "", Arrange(tuple(body.order)), at, by)
    return await _live(await at.services.store.show(show), at)


@router.post(
    "/segments",
    status_code=201,
    summary="Add a segment",
    responses=errors(*ACT, "format/unknown", "format/broken", "settings/bad", "input/invalid"),
)
async def add(show: ShowIdPath, body: SegmentBody, at: At, by: Host) -> SegmentOut:
    """At the end of the rundown."""
    spec = read_spec(body, "", "")
    await played(show, "", Add(spec.format, spec.title, spec.settings, spec.version), at, by)
    after = await _live(await at.services.store.show(show), at)
    ours = [line for line in after.segments if (line.format, line.title) == (spec.format, spec.title)]
    new = max(ours, key=lambda line: int(line.id.removeprefix("s")))
    return new.model_copy(update={"settings": spec.settings})


@router.delete(
    "/segments/{segment}",
    summary="Remove a segment",
    responses=errors(*ACT, "segment/unknown", "segment/done"),
)
async def remove(show: ShowIdPath, segment: SegmentPath, at: At, by: Host) -> Acted:
    """Only one that has not been live: what was played stays."""
    return await played(show, "", Remove(segment), at, by)


@router.post(
    "/segments/{segment}/start",
    summary="Start a segment",
    responses=errors(*ACT, "segment/unknown", "segment/done"),
)
async def start(show: ShowIdPath, segment: SegmentPath, at: At, by: Host) -> Acted:
    """The one that is live is finished first."""
    return await played(show, "", Start(segment), at, by)


@router.post(
    "/segments/{segment}/finish",
    summary="Finish a segment",
    responses=errors(*ACT, "segment/unknown", "segment/none-live"),
)
async def finish(show: ShowIdPath, segment: SegmentPath, at: At, by: Host) -> Acted:
    """Its results are written down."""
    lines = (await _live(await at.services.store.show(show), at)).segments
    line = next((line for line in lines if line.id == segment), None)
    if line is None:
        raise Unknown(f"there is no segment {segment!r}", code="segment/unknown")
    if line.state != "live":
        raise Conflict(f"segment {segment} is not live", code="segment/none-live")
    return await played(show, "", Finish(), at, by)


@router.post(
    "/segments/{segment}/actions", summary="Do something in a segment", responses=errors(*ACT, *PLAYED)
)
async def act(
    show: ShowIdPath,
    segment: SegmentPath,
    body: Annotated[dict[str, Any], Body(openapi_examples=PRESSED)],
    at: At,
    by: Moderator,
) -> Acted:
    """One of the format's actions for hosts or moderators: `type` and its fields, see GET /api/formats. Answered once it
    was played."""
    kind = (await at.acting.ask(show, Ask())).formats.get(segment)
    if kind is None:
        raise Unknown(f"there is no segment {segment!r}", code="segment/unknown")
    return await played(show, segment, _read(action_decoder(format_named(kind)), body), at, by)


@router.post(
    "/actions",
    summary="Do something with the show or its people",
    responses=errors(*ACT, *MODERATED, *RULINGS),
)
async def moderate(
    show: ShowIdPath, body: Annotated[dict[str, Any], Body(openapi_examples=MARKED)], at: At, by: Moderator
) -> Acted:
    """`hide`, `show-again`, `kick`, `ban`: `{type, viewer}`; `name-person`: with `name`. And, for hosts, all of the above, and:

    `amend` judges a segment that was live again, from the log: `changes` gives its settings new values by their JSON pointers (RFC 6901),
    as far as the format lets them be changed afterwards, and `policy`, `{lane, way}` in µs, says anew how far viewers are
    believed. `why` is kept with it. A report's `rulings` are such `changes`. Points, places and reports follow a moment later.

    `dial` says how well the audience is to be in step: `share` of it, from 0.5 (fast) to 1 (together), or all at a delay `fixed`, in µs.
    """
    return await played(show, "", versioned(_read(_of_the_show, body), format_named), at, by)


async def played(show: str, segment: str, action: Action, at: Desk, by: Caller) -> Acted:
    """Do this in a show and answer once it was played. Raises what the show refuses it with."""
    card = await at.directory.by_id(show)
    if card.state != "open":
        raise Conflict("the show is over", code="show/closed")
    try:
        done = await at.acting.act(show, segment, action, (by.viewer, by.role))
    except Unavailable:
        if (await at.directory.by_id(show)).state == "open":
            raise
        raise Conflict("the show is over", code="show/closed") from None
    return Acted(seq=done.seq, number=done.number)


def _read(decoder: msgspec.json.Decoder[Action], body: dict[str, Any]) -> Action:
    try:
        return decoder.decode(msgspec.json.encode(body))
    except (msgspec.MsgspecError, ValueError) as error:
        hint = "see GET /api/formats for types and fields"
        raise BadInput(str(error), code="input/bad-action", hint=hint) from error


async def ask_desk(show: str, at: Desk) -> DeskMsg:
    """What a host of an open show sees. Raises `Unavailable` (`bus/no-answer`)."""
    return _desk.decode((await at.acting.ask(show, Ask(desk=True))).desk)


async def _live(row: ShowRow, at: Desk) -> Rundown:
    desk = await ask_desk(row.id, at)
    settings = {f"s{i + 1}": line["settings"] for i, line in enumerate(row.rundown)}
    segments = [
        SegmentOut(
            id=s.id,
            format=s.format,
            title=s.title,
            state=s.state,
            settings=settings.get(s.id),
            version=s.version,
            upgrade=s.upgrade,
            problem=s.problem,
        )
        for s in desk.rundown
    ]
    return Rundown(state=desk.state, people=desk.people, segments=segments)


def _as_made(row: ShowRow) -> list[SegmentOut]:
    return [SegmentOut(id=f"s{i + 1}", state="done", **line) for i, line in enumerate(row.rundown)]
