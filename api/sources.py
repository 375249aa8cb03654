"""What a show's programme can be, and how it plays: sources, pause, seek and rate."""

from __future__ import annotations

import asyncio
from pathlib import Path

from fastapi import APIRouter

from oncue.engine.errors import BadInput, Forbidden
from oncue.engine.live import ShowCard
from oncue.engine.stage_actions import Record, Source, Transport
from oncue.engine.structs import Action
from oncue.media import is_stream, list_media, named, open_source

from .models import Acted, ProgrammeBody, RecordBody, SourceOut
from .parts import KEY_HOLDER, At, Caller, Desk, Host, Staff
from .playing import STREAM, name_stream, stream_address
from .problems import errors
from .shows import HOST, ShowIdPath

router = APIRouter(prefix="/api", tags=["programme"])

ACTS = (*HOST, "show/unknown", "show/closed", "show/slow", "intake/full", "bus/no-answer", "db/unreachable")
BAD = ("media/address", "media/picture", "media/unreadable", "media/unsupported", "nats/unreachable")


@router.get("/sources", summary="What the programme can be", responses=errors(*HOST))
async def sources(at: At, _: Staff) -> list[SourceOut]:
    """The test picture and the films of the media folder, also those that cannot be played, and why."""
    films = await asyncio.to_thread(list_media, at.services.settings.media_folder)
    test = SourceOut(source="test", name="test picture", length=0, why="", hint="")
    return [
        test,
        *(
            SourceOut(
                source=film.name, name=Path(film.name).stem, length=film.length, why=film.why, hint=film.hint
            )
            for film in films
        ),
    ]


@router.put(
    "/shows/{show}/programme",
    summary="Change what the programme is or how it plays",
    responses=errors(*ACTS, *BAD, "stage/live-source", "stage/no-source", "input/invalid"),
)
async def programme(show: ShowIdPath, body: ProgrammeBody, at: At, by: Host) -> Acted:
    """Another source first, then pause, seek and rate. A film plays from where it is named on and stops at its end; `?loop` behind its name
    has it go round and round. The address of a live stream (rtsp, rtmp, srt, http or https) is for the holder of the API key: hosts and
    viewers only ever see the name that it is given here."""
    card = await at.directory.by_id(show)
    acts: list[Action] = []
    if body.source is not None:
        acts.append(Source(await _source(body.source.strip(), card, at, by)))
    if (body.playing, body.media, body.rate) != (None, None, None):
        acts.append(Transport(body.playing, body.media, body.rate))
    if not acts:
        raise BadInput("this changes nothing", code="input/invalid")
    done = None
    for act in acts:
        done = await at.acting.act(show, "", act, (by.viewer, by.role))
    assert done
    return Acted(seq=done.seq, number=done.number)


@router.post(
    "/shows/{show}/recording", summary="Record a show, or stop", responses=errors(*ACTS, "input/invalid")
)
async def record(show: ShowIdPath, body: RecordBody, at: At, by: Host) -> Acted:
    """Everybody who is on air, the programme, the scenes and the log. What is recorded is listed under `recordings` at once."""
    await at.directory.by_id(show)
    done = await at.acting.act(show, "", Record(body.on), (by.viewer, by.role))
    return Acted(seq=done.seq, number=done.number)


async def _source(source: str, card: ShowCard, at: Desk, by: Caller) -> str:
    """The name under which the show is to know it. Raises what is wrong with it before anybody sees that."""
    if source in ("", card.picture):
        return source
    if is_stream(source):
        if by.viewer != KEY_HOLDER:
            raise Forbidden("the address of a stream is for the holder of the API key", code="media/address")
        return await name_stream(at.services.bus, source)
    if source.startswith(STREAM):
        await stream_address(at.services.bus, source)
    elif source == "test" or source.startswith("test:"):
        await open_source(source)
    else:
        path = await asyncio.to_thread(named, at.services.settings.media_folder, source)
        await open_source(str(path), loop=False)
    return source
