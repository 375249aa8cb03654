"""Shows: made, listed, closed; links into them; the formats that they can have."""

from __future__ import annotations

import re
import secrets
from pathlib import Path as File
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Path, Query

from oncue.engine.errors import BadInput, Conflict, Forbidden, FormatError, OncueError, Unknown
from oncue.engine.format import Format, Route
from oncue.engine.house import Close, Open
from oncue.engine.live import ShowCard, put_card
from oncue.engine.live.series import SeriesStore
from oncue.engine.live.store import ShowRow
from oncue.engine.log import Entry
from oncue.engine.segment import SegmentSpec, read_settings
from oncue.engine.stage_actions import Record
from oncue.engine.structs import Role, ViewerId
from oncue.formats.registry import format_named, formats, versions
from oncue.media import is_stream

from .auth import ROLES, STAFF, VIEWERS
from .ids import new_code, new_show_id, new_viewer, read_code
from .models import ActionOut, FormatOut, LinkBody, LinkOut, Made, SegmentBody, ShowBody, ShowOut
from .parts import Admin, At, Desk, Host, Origin
from .playing import name_stream
from .problems import errors

TEST_PICTURE = re.compile(r"test:\d{2,4}x\d{2,4}@\d{1,2}")

router = APIRouter(prefix="/api", tags=["shows"])

KEY = ("auth/missing", "auth/forged", "limit/reached")
"""What a route with the API key can refuse."""
HOST = (*KEY, "auth/expired", "auth/forbidden", "auth/other-show")
"""What a route for a show's host can refuse."""
DRAWS = 8
"""Codes drawn before giving up; one is taken once in a hundred million for ten open shows."""

ShowIdPath = Annotated[str, Path(max_length=40, description="the show's id", examples=["k3v9mq2xta"])]


@router.post(
    "/shows",
    status_code=201,
    summary="Make a show",
    responses=errors(
        *KEY,
        "format/unknown",
        "format/broken",
        "settings/bad",
        "picture/unknown",
        "nats/unreachable",
        "show/code-taken",
        "input/invalid",
    ),
)
async def make(body: ShowBody, at: At, _: Admin, origin: Origin) -> Made:
    """The show is open at once: its code can be joined, and its host can start the first segment."""
    specs = [_spec(line, i) for i, line in enumerate(body.rundown)]
    picture = await _picture(body.picture, at)
    row = ShowRow(
        id=new_show_id(),
        code="",
        title=body.title,
        picture=picture,
        rundown=[{"format": s.format, "title": s.title, "settings": s.settings} for s in specs],
        created_at=at.services.now(),
    )
    row = await written_down(row, wanted_code(body.code), at)
    card = ShowCard(row.id, row.code, row.title, row.picture, "open", row.created_at)
    await _opened(card, tuple(specs), at)
    if body.record:
        entry = Entry(0, 2, int(Role.SYSTEM), card.created, 0, 0, 0, Record(True))
        await at.services.intake.record(card.id, "", entry)
    token = at.services.tokens.sign(new_viewer(), row.id, Role.HOST)
    return Made(
        id=row.id,
        code=row.code,
        join_url=f"{origin}/j/{row.code}",
        host_url=f"{origin}/host/{row.id}#token={token}",
        screen_url=f"{origin}/screen/{row.code}",
        overlay_url=f"{origin}/overlay/{row.code}",
        token=token,
    )


@router.get("/shows", summary="List shows", responses=errors(*KEY, "db/unreachable"))
async def list_shows(
    at: At,
    _: Admin,
    origin: Origin,
    state: Annotated[str, Query(pattern="^(open|closed|)$", description="only those in this state")] = "",
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> list[ShowOut]:
    """Newest first."""
    rows = await at.services.store.list_shows(state=state, limit=limit)
    return [_out(ShowCard(r.id, r.code, r.title, r.picture, r.state, r.created_at), origin) for r in rows]


@router.get("/shows/{show}", summary="One show", responses=errors(*HOST, "show/unknown", "db/unreachable"))
async def one_show(show: ShowIdPath, at: At, _: Host, origin: Origin) -> ShowOut:
    """What the show is called, where to join it, and whether it is open."""
    return _out(await at.directory.by_id(show), origin)


@router.delete(
    "/shows/{show}",
    summary="Close a show",
    responses=errors(*HOST, "show/unknown", "show/slow", "intake/full", "db/unreachable"),
)
async def close(show: ShowIdPath, at: At, by: Host, origin: Origin) -> ShowOut:
    """Ends what is live and lets nobody in any more. Results stay. Closing a closed show does nothing."""
    card = await at.directory.by_id(show)
    if card.state == "open":
        try:
            await at.acting.act(show, "", Close(), (by.viewer, by.role))
        except OncueError as error:
            if error.code != "show/closed" and (await at.directory.by_id(show)).state == "open":
                raise
        await at.services.store.close_show(show)
        card = msgspec.structs.replace(card, state="closed")
        at.directory.seen(card)
    return _out(card, origin)


@router.post(
    "/shows/{show}/links",
    status_code=201,
    summary="A link for somebody with a role",
    responses=errors(*HOST, "show/unknown", "show/closed", "input/invalid", "db/unreachable"),
)
async def link(show: ShowIdPath, body: LinkBody, at: At, by: Host, origin: Origin) -> LinkOut:
    """The role is in the signed link: whoever opens it is that person. A producer cannot make hosts."""
    role = ROLES[body.role]
    if role == Role.HOST and by.role != Role.HOST:
        raise Forbidden("a producer cannot make hosts", code="auth/forbidden")
    card = await at.directory.by_id(show)
    if card.state != "open":
        raise Conflict("the show is over", code="show/closed")
    token = at.services.tokens.sign(await _whoever(show, body, role, at), show, role, body.name)
    page = (
        f"host/{show}"
        if role & STAFF
        else f"screen/{card.code}"
        if role == Role.DISPLAY
        else f"j/{card.code}"
    )
    return LinkOut(url=f"{origin}/{page}#token={token}", token=token)


async def _whoever(show: str, body: LinkBody, role: Role, at: Desk) -> ViewerId:
    """A new viewer, or the one that a person of the host's own system is."""
    if not body.person:
        return new_viewer()
    if not role & VIEWERS:
        raise BadInput("only a viewer or a guest can be a person of yours", code="input/invalid")
    viewer = at.services.tokens.viewer_for(show, body.person)
    await SeriesStore(at.services.store).is_person(show, viewer, body.person)
    return viewer


@router.get("/formats", summary="The formats that are installed", responses=errors())
async def list_formats() -> list[FormatOut]:
    """With the JSON Schema of their settings, and of what can be done in them."""
    return [_format(name, kind) for name, kind in sorted(formats().items())]


def read_spec(line: SegmentBody, name: str, where: str) -> SegmentSpec:
    """A line of a rundown, checked. Raises `Unknown` (`format/unknown`) and `FormatError` (`settings/bad`, `format/version`)."""
    try:
        kind = format_named(line.format)
        read_settings(kind, line.settings)
    except (FormatError, Unknown) as error:
        raise type(error)(f"{where}{error.message}", code=error.code, hint=error.hint) from error
    return SegmentSpec(
        name, line.format.partition("@")[0], line.title or kind.title, line.settings, kind.version
    )


def _spec(line: SegmentBody, i: int) -> SegmentSpec:
    return read_spec(line, f"s{i + 1}", f"rundown[{i}]: ")


def wanted_code(code: str) -> str:
    if code and not read_code(code):
        raise BadInput("a code has six letters or digits", code="input/invalid", hint="or leave it out")
    return read_code(code)


async def _picture(picture: str, at: Desk) -> str:
    if picture in ("", "test") or TEST_PICTURE.fullmatch(picture):
        return picture
    if is_stream(picture):
        return await name_stream(at.services.bus, picture)
    return _film(picture, at.services.settings.media_folder)


def _film(picture: str, folder: File) -> str:
    path = File(picture).expanduser().absolute()
    if not path.is_file():
        path = (folder / picture).absolute()
    if not path.is_file():
        hint = "write test, a path on the server, a film of the media folder, or the address of a stream"
        raise BadInput("there is no such video file", code="picture/unknown", hint=hint)
    return str(path)


async def written_down(row: ShowRow, wanted: str, at: Desk) -> ShowRow:
    """The row as it was written down, with the wanted code or one that is free."""
    for left in reversed(range(1 if wanted else DRAWS)):
        row = msgspec.structs.replace(row, code=wanted or new_code())
        try:
            await at.services.store.add_show(row)
            break
        except Conflict:
            if not left:
                raise
    return row


async def _opened(card: ShowCard, specs: tuple[SegmentSpec, ...], at: Desk) -> None:
    """The show's first entry in the log, then its card: a show that has a card can be run."""
    act = Open(card.title, card.code, secrets.token_hex(16), specs, card.picture)
    entry = Entry(0, 1, int(Role.SYSTEM), card.created, 0, 0, 0, act)
    try:
        await at.services.intake.record(card.id, "", entry)
        await put_card(at.services.bus, card)
    except BaseException:
        await at.services.store.remove_show(card.id)
        raise
    at.directory.seen(card)


def _out(card: ShowCard, origin: str) -> ShowOut:
    return ShowOut(
        id=card.id,
        code=card.code,
        title=card.title,
        picture=card.picture,
        state=card.state,
        created=card.created,
        join_url=f"{origin}/j/{card.code}",
    )


def _format(name: str, kind: type[Format[Any, Any]]) -> FormatOut:
    return FormatOut(
        name=name,
        title=kind.title,
        doc=(kind.__doc__ or "").strip(),
        version=kind.version,
        earlier=[version for version in versions(name) if version != kind.version],
        settings=_schema(kind.settings_type),
        actions=[
            _action(route) for route in kind.routes.values() if not route.roles & (Role.CLOCK | Role.SYSTEM)
        ],
    )


def _action(route: Route) -> ActionOut:
    by = [role.label for role in Role(route.roles)]
    return ActionOut(type=route.type, by=by, title=route.title, doc=route.doc, schema_=_schema(route.action))


def _schema(kind: type[Any]) -> dict[str, Any]:
    return msgspec.json.schema(kind)
