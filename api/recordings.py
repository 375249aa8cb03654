"""Recordings of shows: listed, downloaded, published, deleted; and what the replay page asks for."""

from __future__ import annotations

import asyncio
import re
import shutil
import tarfile
from collections.abc import AsyncIterator
from pathlib import Path as File
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import FileResponse, StreamingResponse

from oncue.engine.errors import Conflict, Denied, Unknown
from oncue.engine.structs import Role
from oncue.media.recording import INDEX, SCENES, Index, read_index

from .models import PartOut, RecordingBody, RecordingOut, ReplayOut
from .parts import At, Desk, Host, HostByLink
from .problems import errors
from .recorder import LOG
from .sheets import download
from .shows import HOST, ShowIdPath

router = APIRouter(tags=["recordings"])

PUBLIC = "public"
"""A file of this name says that everybody may watch."""
ID = re.compile(r"[0-9]{8}T[0-9]{9}")
NAMES = re.compile(
    r"[A-Za-z0-9_-]{1,64}\.[0-9]+\.[0-9]+\.mp4|" + "|".join(map(re.escape, (INDEX, SCENES, LOG)))
)
KINDS = {".mp4": "video/mp4", ".json": "application/json", ".jsonl": "application/x-ndjson"}
PIECE = 1 << 20
BLOCK = 512
"""Of a tar (POSIX.1-2008, pax)."""

RecordingId = Annotated[
    str, Path(max_length=40, description="the recording's id", examples=["20251122T084000000"])
]
FileName = Annotated[str, Path(max_length=160, description="one of its files", examples=[INDEX])]
Token = Annotated[str, Query(max_length=2048, description="a host's token, for players that send no headers")]
BYTES: dict[int | str, dict[str, Any]] = {200: {"content": {"application/octet-stream": {"example": "…"}}}}


@router.get(
    "/api/shows/{show}/recordings",
    summary="Recordings of a show",
    responses=errors(*HOST, "show/unknown", "db/unreachable"),
)
async def recordings(show: ShowIdPath, at: At, _: Host) -> list[RecordingOut]:
    """Newest first; also what is being recorded."""
    await at.directory.by_id(show)
    return await asyncio.to_thread(_all, at, show)


@router.get(
    "/api/shows/{show}/recordings/{recording}.tar",
    summary="All of a recording",
    response_class=StreamingResponse,
    responses={**BYTES, **errors(*HOST, "recording/unknown")},
)
async def archive(show: ShowIdPath, recording: RecordingId, at: At, _: HostByLink) -> StreamingResponse:
    """As a tar. Its length is known, so downloads show how far they are."""
    folder = _folder(at, show, recording)
    found = await asyncio.to_thread(_out, folder)
    headers = _headers(folder, found.files)
    length = sum(len(head) + _padded(size) for _, head, size in headers) + 2 * BLOCK
    named = download(f"{show}-{recording}.tar") | {"Content-Length": str(length)}
    return StreamingResponse(_tar(headers), media_type="application/x-tar", headers=named)


@router.get(
    "/api/shows/{show}/recordings/{recording}/{file}",
    summary="A file of a recording",
    response_class=FileResponse,
    responses={**BYTES, **errors(*HOST, "recording/unknown")},
)
async def one_file(
    show: ShowIdPath, recording: RecordingId, file: FileName, at: At, _: HostByLink
) -> FileResponse:
    """With ranges (RFC 9110, section 14), so that an interrupted download goes on where it was."""
    return _file(_folder(at, show, recording), file, attached=f"{show}-{file}")


@router.put(
    "/api/shows/{show}/recordings/{recording}",
    summary="Publish a recording, or take it back",
    responses=errors(*HOST, "recording/unknown", "input/invalid"),
)
async def publish(
    show: ShowIdPath, recording: RecordingId, body: RecordingBody, at: At, _: Host
) -> RecordingOut:
    """Published: whoever has the address of the replay, `/replay/{show}`, may watch. The log stays the host's."""
    folder = _folder(at, show, recording)
    if body.public:
        (folder / PUBLIC).touch()
    else:
        (folder / PUBLIC).unlink(missing_ok=True)
    return await asyncio.to_thread(_out, folder)


@router.delete(
    "/api/shows/{show}/recordings/{recording}",
    summary="Delete a recording",
    responses=errors(*HOST, "recording/unknown", "recording/busy"),
)
async def delete(show: ShowIdPath, recording: RecordingId, at: At, _: Host) -> list[RecordingOut]:
    """For good; gives those that are left. What is still recorded must be stopped first."""
    folder = _folder(at, show, recording)
    index = read_index(folder)
    if index is not None and index.state in ("recording", "finishing"):
        raise Conflict("this recording is still made", code="recording/busy", hint="stop it first")
    await asyncio.to_thread(shutil.rmtree, folder)
    return await asyncio.to_thread(_all, at, show)


@router.get(
    "/api/replays/{show}",
    summary="What the replay page shows",
    responses=errors("replay/none", "show/unknown", "db/unreachable"),
)
async def replay(
    show: ShowIdPath,
    at: At,
    request: Request,
    recording: Annotated[
        str, Query(max_length=40, description="which; else the newest that may be seen")
    ] = "",
    token: Token = "",
) -> ReplayOut:
    """Of a published recording; with a host's token, in the header or in `token`, of any."""
    may = _may(show, at, request, token)
    card = await at.directory.by_id(show)
    seen = [
        one
        for one in await asyncio.to_thread(_all, at, show)
        if (one.public or may) and recording in ("", one.id) and one.parts
    ]
    if not seen:
        raise Unknown("there is no replay of this show", code="replay/none")
    behind = f"?token={quote(token)}" if token else ""
    urls = {name: f"/api/replays/{show}/{seen[0].id}/{name}{behind}" for name in seen[0].files if name != LOG}
    return ReplayOut(show=show, title=card.title, recording=seen[0], urls=urls)


@router.get(
    "/api/replays/{show}/{recording}/{file}",
    summary="A file of a replay",
    response_class=FileResponse,
    responses={**BYTES, **errors("recording/unknown")},
)
async def replay_file(
    show: ShowIdPath, recording: RecordingId, file: FileName, at: At, request: Request, token: Token = ""
) -> FileResponse:
    """With ranges: players read what they show."""
    folder = _folder(at, show, recording)
    if file == LOG or not ((folder / PUBLIC).exists() or _may(show, at, request, token)):
        raise Unknown("there is no such recording", code="recording/unknown")
    return _file(folder, file)


def _may(show: str, at: Desk, request: Request, token: str) -> bool:
    """Whether a host asks."""
    given = token or request.headers.get("authorization", "").removeprefix("Bearer ")
    if not given:
        return False
    try:
        at.services.tokens.verify(given, show=show, roles=Role.HOST | Role.PRODUCER)
    except Denied:
        return False
    return True


def _all(at: Desk, show: str) -> list[RecordingOut]:
    root = at.services.settings.recordings_folder / show
    folders = [folder for folder in root.iterdir() if ID.fullmatch(folder.name)] if root.is_dir() else []
    return [_out(folder) for folder in sorted(folders, reverse=True)]


def _folder(at: Desk, show: str, recording: str) -> File:
    folder = at.services.settings.recordings_folder / show / recording
    if not (re.fullmatch(r"[a-z0-9]{1,40}", show) and ID.fullmatch(recording) and folder.is_dir()):
        raise Unknown("there is no such recording", code="recording/unknown")
    return folder


def _file(folder: File, name: str, attached: str = "") -> FileResponse:
    path = folder / name
    if not NAMES.fullmatch(name) or not path.is_file():
        raise Unknown("there is no such file in this recording", code="recording/unknown")
    headers = {"Cache-Control": "private, max-age=0, must-revalidate"} | (
        download(attached) if attached else {}
    )
    return FileResponse(path, media_type=KINDS[path.suffix], headers=headers)


def _out(folder: File) -> RecordingOut:
    index = read_index(folder)
    files = {
        path.name: path.stat().st_size for path in sorted(folder.iterdir()) if NAMES.fullmatch(path.name)
    }
    return RecordingOut(
        id=folder.name,
        state=index.state if index else "failed",
        why=index.why if index else "there is no index",
        start=index.start if index else 0,
        end=index.end if index else 0,
        public=(folder / PUBLIC).exists(),
        parts=_parts(index, files),
        files=files,
        bytes=sum(files.values()),
    )


def _parts(index: Index | None, files: dict[str, int]) -> list[PartOut]:
    parts = [PartOut.model_validate(part) for part in (index.parts if index else ())]
    for part in parts:
        part.bytes = files.get(part.file, part.bytes)
    return parts


def _headers(folder: File, files: dict[str, int]) -> list[tuple[File, bytes, int]]:
    """Each file, its header in the tar, and how much of it goes in: what is written meanwhile does not."""
    found = []
    for name, size in files.items():
        info = tarfile.TarInfo(f"{folder.parent.name}-{folder.name}/{name}")
        info.size, info.mtime = size, int((folder / name).stat().st_mtime)
        found.append((folder / name, info.tobuf(tarfile.PAX_FORMAT), size))
    return found


def _padded(size: int) -> int:
    return -(-size // BLOCK) * BLOCK


async def _tar(headers: list[tuple[File, bytes, int]]) -> AsyncIterator[bytes]:
    for path, head, size in headers:
        yield head
        left = size
        with path.open("rb") as file:
            while left and (piece := await asyncio.to_thread(file.read, min(PIECE, left))):
                left -= len(piece)
                yield piece
        yield bytes(left + _padded(size) - size)
    yield bytes(2 * BLOCK)
