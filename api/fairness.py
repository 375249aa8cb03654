"""How fair a show is: the report of each round, each viewer's answer in it, and how far behind the pictures are."""

from __future__ import annotations

import asyncio
import csv
import io
from bisect import bisect_left
from collections.abc import AsyncIterator
from struct import iter_unpack
from typing import Annotated

import msgspec
from fastapi import APIRouter, Path
from fastapi.responses import StreamingResponse

from oncue.engine.errors import Conflict
from oncue.engine.live.store import Store
from oncue.engine.rounds import FIELDS
from oncue.engine.structs import Micros
from oncue.engine.wire import RoundInfo

from .models import PlayoutOut, RoundOut
from .parts import At, Desk, Host
from .problems import errors
from .rundown import SegmentPath, ask_desk
from .sheets import BOM, CSV, Excel, download, safe
from .shows import HOST, ShowIdPath

router = APIRouter(prefix="/api/shows/{show}", tags=["fairness"])

COLUMNS = (
    "viewer",
    "name",
    "right",
    "delay_ms",
    "age_ms",
    "received_ms",
    "clipped_ms",
    "place",
    "place_by_receipt",
)
CSV_EXAMPLE = (
    "viewer,name,right,delay_ms,age_ms,received_ms,clipped_ms,place,place_by_receipt\r\n"
    "4720310583391,Ana,1,1840.0,1210.5,3050.5,0.0,1,2\r\n"
    "8120045527718,Bo,1,320.0,1460.0,1780.0,0.0,2,1\r\n"
)
LINES = 1000
"""Lines that are made at once."""

NumberPath = Annotated[
    int, Path(ge=1, le=100_000, description="the round's number in its segment, from 1", examples=[1])
]


class Given(msgspec.Struct, frozen=True, gc=False):
    """An answer in a round: its age on the viewer's own picture and by receipt, what was not believed of the claim (µs), and whether it
    was right."""

    viewer: int
    age: Micros
    received: Micros
    clipped: Micros
    right: int

    def in_time(self, span: Micros) -> bool:
        """Whether it came in before a round of this span (0: without a deadline) was over."""
        return not span or self.received <= span


class Line(msgspec.Struct, frozen=True):
    """An answer with its places; 0 for none."""

    given: Given
    place: int = 0
    by_receipt: int = 0


@router.get(
    "/fairness",
    summary="The fairness reports of a show",
    responses=errors(*HOST, "show/unknown", "bus/no-answer", "db/unreachable"),
)
async def fairness(show: ShowIdPath, at: At, _: Host) -> list[RoundOut]:
    """One for each round of answers that was judged, in the order in which they were opened. A round that was judged again has its
    newest report. All times in µs."""
    return [RoundOut.model_validate(report) for report in await reports(show, at)]


@router.get(
    "/segments/{segment}/rounds/{number}/fairness.csv",
    summary="Every answer of a round as CSV",
    response_class=StreamingResponse,
    responses={
        200: {"content": {"text/csv": {"example": CSV_EXAMPLE}}},
        **errors(*HOST, "show/unknown", "fairness/none", "db/unreachable"),
    },
)
async def fairness_csv(
    show: ShowIdPath,
    segment: SegmentPath,
    number: NumberPath,
    at: At,
    _: Host,
    excel: Excel = False,
) -> StreamingResponse:
    """One line for each viewer who answered: first those who were right, the quickest first.

    `age_ms` is how long after the question had opened on their own picture they pressed, and what counts; `received_ms` is how long
    after it had opened here that their answer came in; `delay_ms` lies between the two; `clipped_ms` is what their device claimed
    beyond what we can vouch for, and was not given. `place` is by `age_ms`, `place_by_receipt` what it would have been by
    `received_ms`, empty if that was too late; both are empty for those who were not right. Written down a moment after the
    round was judged.
    """
    await at.directory.by_id(show)
    store = at.services.store
    report, answers = await store.round(show, segment, number)
    lines = _text(store, show, report, answers, excel=excel)
    name = f"{show}-{segment}-round-{number}.csv"
    return StreamingResponse(lines, media_type=CSV, headers=download(name))


@router.get(
    "/playout",
    summary="How far behind the pictures are",
    responses=errors(*HOST, "show/unknown", "show/closed", "bus/no-answer", "db/unreachable"),
)
async def playout(show: ShowIdPath, at: At, _: Host) -> PlayoutOut:
    """The host's dial, what was agreed on from it, and how many are in step. `dial`, an action of the show, turns it. Spans in µs."""
    if (await at.directory.by_id(show)).state != "open":
        raise Conflict("the show is over", code="show/closed")
    return PlayoutOut.model_validate((await ask_desk(show, at)).playout)


async def reports(show: str, at: Desk) -> list[RoundInfo]:
    """All rounds that were judged; of an open show the latest as its owner has them, written down or not."""
    card = await at.directory.by_id(show)
    found = {(report.segment, report.number): report for report in await at.services.store.rounds(show)}
    if card.state == "open":
        found |= {(report.segment, report.number): report for report in (await ask_desk(show, at)).rounds}
    return sorted(found.values(), key=lambda report: report.opened)


def placed(span: Micros, answers: bytes) -> list[Line]:
    """A round's answers as its record has them, those who were right first, the quickest of them first. `span` as in the report."""
    given = [Given(*fields) for fields in iter_unpack(f"<{FIELDS}q", answers)]
    given.sort(key=lambda one: (not one.right, one.age))
    ages = [one.age for one in given if one.right]
    received = sorted(one.received for one in given if one.right and one.in_time(span))
    return [_line(one, ages, received, span) for one in given]


def _line(one: Given, ages: list[Micros], received: list[Micros], span: Micros) -> Line:
    if not one.right:
        return Line(one)
    by_receipt = bisect_left(received, one.received) + 1 if one.in_time(span) else 0
    return Line(one, bisect_left(ages, one.age) + 1, by_receipt)


async def _text(
    store: Store, show: str, report: RoundInfo, answers: bytes, *, excel: bool
) -> AsyncIterator[str]:
    lines = await asyncio.to_thread(placed, report.span, answers)
    yield (BOM if excel else "") + ",".join(COLUMNS) + "\r\n"
    for first in range(0, len(lines), LINES):
        some = lines[first : first + LINES]
        names = await store.names(show, [line.given.viewer for line in some])
        out = io.StringIO()
        csv.writer(out).writerows(_cells(line, names.get(line.given.viewer, "")) for line in some)
        yield out.getvalue()


def _cells(line: Line, name: str) -> tuple[int | float | str, ...]:
    one = line.given
    spans = [span / 1000 for span in (one.received - one.age, one.age, one.received, one.clipped)]
    return (one.viewer, safe(name), one.right, *spans, line.place or "", line.by_receipt or "")
