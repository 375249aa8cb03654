"""A running segment goes on in another version of its format, because its host wants it."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Query

from oncue.engine.errors import FormatError, Unavailable, Unknown
from oncue.engine.versions import Upgrade
from oncue.engine.wire import DeskMsg, SegmentInfo

from .models import SegmentOut
from .parts import At, Desk, Host
from .problems import errors
from .rundown import ACT, SegmentPath, ask_desk, played
from .shows import ShowIdPath

router = APIRouter(prefix="/api/shows/{show}", tags=["running a show"])

PATIENCE_S = 5.0
LOOK_S = 0.05

Version = Annotated[str, Query(max_length=80, description="else the one that is installed", examples=["2"])]


@router.post(
    "/segments/{segment}/upgrade",
    summary="Go on in another version of the format",
    responses=errors(*ACT, "segment/unknown", "segment/done", "format/version"),
)
async def upgrade(
    show: ShowIdPath, segment: SegmentPath, at: At, by: Host, version: Version = ""
) -> SegmentOut:
    """A show keeps the version of a format that it began with. With this a segment that is not over goes on in another that is installed:
    its state is migrated by the format, and if that cannot be, nothing changes and the answer says why. Viewers see the new version at
    once and do not have to connect again."""
    line = _line(await ask_desk(show, at), segment)
    wanted = version or line.upgrade
    if not wanted:
        raise FormatError(
            f"{line.format} runs version {line.version}, and no other is here that could take over",
            code="format/version",
            hint="see GET /api/formats for versions",
        )
    since = at.services.now()
    await played(show, "", Upgrade(segment, wanted), at, by)
    line = await _done(show, segment, wanted, at, since)
    return SegmentOut(
        id=line.id, format=line.format, title=line.title, state=line.state, settings=None, version=line.version,
        upgrade=line.upgrade, problem=line.problem,
    )  # fmt: skip


def _line(desk: DeskMsg, segment: str) -> SegmentInfo:
    line = next((line for line in desk.rundown if line.id == segment), None)
    if line is None:
        raise Unknown(f"there is no segment {segment!r}", code="segment/unknown")
    return line


async def _done(show: str, segment: str, version: str, at: Desk, since: int) -> SegmentInfo:
    """The line of the rundown once the segment has gone over. Raises `FormatError` (`format/version`) with what was in the way."""
    try:
        async with asyncio.timeout(PATIENCE_S):
            while True:
                desk = await ask_desk(show, at)
                if (line := _line(desk, segment)).version == version:
                    return line
                for fault in desk.faults:
                    if (fault.segment, fault.action) == (segment, "upgrade") and fault.at >= since:
                        raise FormatError(fault.message, code="format/version", hint="nothing has changed")
                await asyncio.sleep(LOOK_S)
    except TimeoutError as error:
        hint = "look at the rundown in a moment"
        raise Unavailable("the segment has not gone over yet", code="show/slow", hint=hint) from error
