"""How fair a show was: the report of each round, and each viewer's answer in it."""

from __future__ import annotations

import csv
import io
from bisect import bisect_left
from collections.abc import AsyncIterator
from struct import iter_unpack
from typing import Annotated

import msgspec
from fastapi import APIRouter, Path
from fastapi.responses import StreamingResponse

from oncue.engine.live.store import Store
from oncue.engine.structs import Micros
from oncue.engine.wire import RoundInfo

from .models import RoundOut
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


class Line(msgspec.Struct, frozen=True, gc=False):
    """An answer in a round: its ages by the viewer's own picture and by receipt, what was not believed of the claim (µs)."""

    viewer: int
    age: Micros
    received: Micros
    clipped: Micros
    right: int


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
    `received_ms`; both are empty for those who were not right. Written down a moment after the round was judged.
    """
    await at.directory.by_id(show)
    store = at.services.store
    _report, answers = await store.round(show, segment, number)
    lines = _text(store, show, [Line(*fields) for fields in iter_unpack("<5q", answers)], excel=excel)
    name = f"{show}-{segment}-round-{number}.csv"
    return StreamingResponse(lines, media_type=CSV, headers=download(name))


async def reports(show: str, at: Desk) -> list[RoundInfo]:
    """All rounds that were judged; of an open show the latest as its owner has them, written down or not."""
    card = await at.directory.by_id(show)
    found = {(report.segment, report.number): report for report in await at.services.store.rounds(show)}
    if card.state == "open":
        found |= {(report.segment, report.number): report for report in (await ask_desk(show, at)).rounds}
    return sorted(found.values(), key=lambda report: report.opened)


async def _text(store: Store, show: str, answers: list[Line], *, excel: bool) -> AsyncIterator[str]:
    yield (BOM if excel else "") + ",".join(COLUMNS) + "\r\n"
    right = [line for line in answers if line.right]
    ages, received = sorted(line.age for line in right), sorted(line.received for line in right)
    answers.sort(key=lambda line: (not line.right, line.age))
    for first in range(0, len(answers), LINES):
        some = answers[first : first + LINES]
        names = await store.names(show, [line.viewer for line in some])
        out = io.StringIO()
        rows = csv.writer(out)
        for line in some:
            places = (bisect_left(ages, line.age) + 1, bisect_left(received, line.received) + 1)
            rows.writerow((*_cells(line, names.get(line.viewer, "")), *(places if line.right else ("", ""))))
        yield out.getvalue()


def _cells(line: Line, name: str) -> tuple[int | float | str, ...]:
    delay = line.received - line.age
    spans = [span / 1000 for span in (delay, line.age, line.received, line.clipped)]
    return (line.viewer, safe(name), line.right, *spans)
