"""The log of a show over the host API: exported, imported, forked, and the state at any entry of it."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Query, Request
from fastapi.responses import Response, StreamingResponse

from oncue.api.auth import STAFF
from oncue.api.ids import BASE32, new_viewer
from oncue.api.keys import signing_secret
from oncue.api.parts import Admin, At, Desk, Host, Origin
from oncue.api.problems import errors
from oncue.api.sheets import download
from oncue.api.shows import HOST, KEY, ShowIdPath, wanted_code, written_down
from oncue.engine.described import describe
from oncue.engine.live import ShowCard
from oncue.engine.live.threads import in_thread
from oncue.engine.structs import Role

from .archive import Archive
from .forking import Place, fork, forked_row, read_place, show_at
from .importing import bring_in
from .models import ForkBody, ForkOut, ImportOut, KeyOut, StateOut
from .signing import Signer
from .spool import Spool, spooled

router = APIRouter(prefix="/api", tags=["log"])

KIND = "application/vnd.oncue.log"
CHUNK = 256 * 1024
READS = (*HOST, "show/unknown", "log/none", "nats/unreachable", "db/unreachable")
PLAYS = (*READS, "log/before", "log/busy", "replay/version", "replay/start")
IMPORTS = (
    *KEY, "archive/none", "archive/version", "archive/damaged", "archive/cut", "archive/signature", "log/unreadable", "log/busy",
    "replay/version", "replay/start", "show/taken", "input/invalid", "nats/unreachable", "db/unreachable",
)  # fmt: skip
BINARY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {KIND: {"schema": {"type": "string", "format": "binary"}, "example": "(bytes)"}},
    }
}


@router.get(
    "/shows/{show}/log/export",
    summary="Export the log of a show",
    response_class=StreamingResponse,
    responses={
        200: {"content": {KIND: {"schema": {"type": "string", "format": "binary"}, "example": "(bytes)"}}},
        **errors(*KEY, "show/unknown", "log/none", "log/busy", "nats/unreachable", "db/unreachable"),
    },
)
async def export(
    show: ShowIdPath,
    at: At,
    _: Admin,
    sign: Annotated[bool, Query(description="sign it with the node's key: see GET /api/log/key")] = False,
) -> StreamingResponse:
    """An archive of the log, message for message, up to now: docs/log.md has its format. It holds all that is secret in the show, so it
    takes the API key; GET …/log is for others."""
    signer = Signer(signing_secret(at.services.settings)) if sign else None
    made = _exported(show, signer, at)
    first = await anext(made)  # what goes wrong is answered before anything is sent
    return StreamingResponse(_with(first, made), media_type=KIND, headers=download(f"{show}.oncue"))


@router.post(
    "/logs",
    status_code=201,
    summary="Import the log of a show",
    openapi_extra=BINARY,
    responses={200: {"model": ImportOut, "description": "it was imported before"}, **errors(*IMPORTS)},
)
async def bring(
    request: Request,
    response: Response,
    at: At,
    _: Admin,
    origin: Origin,
    wanted: Annotated[
        str, Query(alias="as", description="the id of the new show", pattern=f"^([{BASE32}]{{10}})?$")
    ] = "",
) -> ImportOut:
    """The body is an archive. It becomes a closed show with an id and a code of its own: its log, results, rounds, people and audit trail
    are there, and it can be forked. All of it is checked before anything is written; the same archive is imported once."""
    async with _received(request, at) as path, at.replays:
        archive = await asyncio.to_thread(Archive, path)
        done = await bring_in(archive, wanted, at)
    response.status_code = 201 if done.new else 200
    card = done.card
    token = at.services.tokens.sign(new_viewer(), card.id, Role.HOST)
    return ImportOut(
        id=card.id, code=card.code, title=card.title, state=card.state, of=done.of, messages=done.messages, entries=done.entries,
        new=done.new, same=done.same, host_url=f"{origin}/host/{card.id}#token={token}", token=token,
    )  # fmt: skip


@router.post(
    "/shows/{show}/fork",
    status_code=201,
    summary="Fork a show",
    responses=errors(*PLAYS, "show/code-taken", "input/invalid"),
)
async def forks(show: ShowIdPath, body: ForkBody, at: At, by: Host, origin: Origin) -> ForkOut:
    """A new show whose log begins with this one's up to that message, and that is open and live from there. People keep what they have,
    and come back to it with their token of the old show. What was pending is as long pending as it was then."""
    place = read_place(body.at)
    async with _spooled(show, at) as (spool, card):
        of = await in_thread(show_at, spool, place)
        row = forked_row(of, body.title, card.picture, at.services.now())
        row = await written_down(row, wanted_code(body.code), at)
        made = await fork(spool, of, place, row, at)
    token = at.services.tokens.sign(new_viewer(), made.id, by.role if by.role & STAFF else Role.HOST)
    return ForkOut(
        id=made.id, code=made.code, token=token, of=show, seq=place.seq, people=of.crowd.count,
        join_url=f"{origin}/j/{made.code}", host_url=f"{origin}/host/{made.id}#token={token}",
        screen_url=f"{origin}/screen/{made.code}", overlay_url=f"{origin}/overlay/{made.code}",
    )  # fmt: skip


@router.get(
    "/shows/{show}/state",
    summary="The state of a show at an entry",
    response_model=StateOut,
    responses=errors(*PLAYS),
)
async def state(
    show: ShowIdPath,
    at: At,
    _: Host,
    moment: Annotated[str, Query(alias="at", max_length=40, description="`812`, `812:3`; empty: now")] = "",
) -> Response:
    """Everything that the show is there, by the names of its fields: states of segments, people, timers, the stage, what all see."""
    place = read_place(moment) if moment else None
    async with _spooled(show, at) as (spool, _card):
        data = await in_thread(_described, spool, place)
    return Response(data, media_type="application/json")


@router.get("/log/key", summary="The key of signed archives", responses=errors())
async def key(at: At) -> KeyOut:
    """With it anybody can see that an archive was signed here."""
    return KeyOut(algorithm="Ed25519", key=Signer(signing_secret(at.services.settings)).public)


def _described(spool: Spool, place: Place | None) -> bytes:
    return msgspec.json.encode(describe(show_at(spool, place or Place(spool.last))))


@asynccontextmanager
async def _spooled(show: str, at: Desk) -> AsyncIterator[tuple[Spool, ShowCard]]:
    """The log of a show on disk. One at a time: to play it takes a processor."""
    card = await at.directory.by_id(show)
    async with (
        at.replays,
        spooled(at.services.bus, card, at.services.settings.folder, at.services.now()) as spool,
    ):
        yield spool, card


async def _exported(show: str, signer: Signer | None, at: Desk) -> AsyncIterator[bytes]:
    card = await at.directory.by_id(show)
    async with spooled(at.services.bus, card, at.services.settings.folder, at.services.now()) as spool:
        async with at.replays:  # not while it is sent: who reads slowly is to hold nobody up
            await in_thread(spool.end, signer)
        with spool.path.open("rb") as file:
            while data := await asyncio.to_thread(file.read, CHUNK):
                yield data


async def _with(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for data in rest:
        yield data


@asynccontextmanager
async def _received(request: Request, at: Desk) -> AsyncIterator[Path]:
    """The body in a file."""
    with tempfile.TemporaryDirectory(prefix="import-", dir=at.services.settings.folder) as folder:
        path = Path(folder) / "log.oncue"
        with path.open("wb") as file:
            async for data in request.stream():
                await asyncio.to_thread(file.write, data)
        yield path
