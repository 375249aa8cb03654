"""What came out of a show: results as JSON and CSV, and the log itself."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Query
from fastapi.responses import Response, StreamingResponse

from oncue.engine.errors import OncueError, Unknown
from oncue.engine.live import Ask, read_log
from oncue.engine.log import Entry, decode_batch
from oncue.engine.show import Show
from oncue.engine.structs import Role, Row, ShowId
from oncue.formats.registry import format_named

from .fairness import reports
from .models import Results, RoundOut
from .parts import At, Desk, Host
from .problems import errors
from .rundown import SegmentPath
from .sheets import BOM, CSV, Excel, as_csv, download, sheets
from .shows import HOST, ShowIdPath

router = APIRouter(prefix="/api/shows/{show}", tags=["results"])

FAILS = (*HOST, "show/unknown", "segment/unknown", "results/none", "bus/no-answer", "db/unreachable")
WRITTEN_TRIES, WRITTEN_S = 60, 0.05
"""How often it is looked whether a show that has just been closed is written down."""
CSV_EXAMPLE = "place,name,score\r\n1,Ana,2950\r\n2,Bo,2100\r\n"
LOG_EXAMPLE = (
    '{"seq":7,"segment":"s1","viewer":42,"number":7340033,"role":"audience","at":1763800000000000,'
    '"position":1763799999400000,"delay":640000,"rtt":38000,"type":"answer","fields":{"choice":2},"outcome":"counted"}\n'
)

_entries = msgspec.msgpack.Decoder(list[Entry[Any]])


@router.get("/segments/{segment}/results", summary="Results of a segment", responses=errors(*FAILS))
async def results(show: ShowIdPath, segment: SegmentPath, at: At, _: Host) -> Results:
    """All tables, as they are now; `final` once the segment is done. And how fair its rounds were."""
    final, rows = await _rows(show, segment, at)
    fair = [
        RoundOut.model_validate(report) for report in await reports(show, at) if report.segment == segment
    ]
    return Results(show=show, segment=segment, final=final, sheets=sheets(rows), fairness=fair)


@router.get(
    "/segments/{segment}/results.csv",
    summary="Results of a segment as CSV",
    response_class=Response,
    responses={200: {"content": {"text/csv": {"example": CSV_EXAMPLE}}}, **errors(*FAILS)},
)
async def results_csv(
    show: ShowIdPath,
    segment: SegmentPath,
    at: At,
    _: Host,
    sheet: Annotated[str, Query(description="which table; else the first")] = "",
    excel: Excel = False,
) -> Response:
    """One table, RFC 4180. What a spreadsheet would take for a formula begins with an apostrophe."""
    _final, rows = await _rows(show, segment, at)
    tables = {table.name: table for table in sheets(rows)}
    chosen = sheet or next(iter(tables), "")
    if sheet and sheet not in tables:
        raise Unknown(f"there is no table {sheet!r} in these results", code="results/none")
    text = as_csv(tables[chosen]) if chosen else ""
    name = f"{show}-{segment}-{chosen or 'results'}.csv"
    return Response((BOM if excel else "") + text, media_type=CSV, headers=download(name))


@router.get(
    "/log",
    summary="The log of a show",
    response_class=StreamingResponse,
    responses={
        200: {"content": {"application/x-ndjson": {"example": LOG_EXAMPLE}}},
        **errors(*HOST, "show/unknown"),
    },
)
async def log(
    show: ShowIdPath,
    at: At,
    _: Host,
    after: Annotated[int, Query(ge=0, description="only what comes after this sequence")] = 0,
) -> StreamingResponse:
    """Everything that anybody did, oldest first, one JSON object a line, up to now.

    `position` is the moment of the picture on which they acted, as they say it, `at` when that came in; `delay` is how far behind
    their picture was as we know it, `rtt` the round trip as we measured it (µs). `outcome` is `counted`, `repeat`, or the code with
    which it was refused. `viewer` 0 is the clock.
    """
    await at.directory.by_id(show)
    return StreamingResponse(_lines(show, after, at), media_type="application/x-ndjson")


async def _rows(show: str, segment: str, at: Desk) -> tuple[bool, list[Row]]:
    card = await at.directory.by_id(show)
    if card.state == "closed":
        await _written(show, at)
        return True, await at.services.store.results(show, segment)
    answer = await at.acting.ask(show, Ask(results=segment))
    if segment not in answer.formats:
        raise Unknown(f"there is no segment {segment!r}", code="segment/unknown")
    return False, answer.rows


async def _written(show: str, at: Desk) -> None:
    """Wait until all of a closed show is in the database; not for long, because a node may have died over it."""
    for _ in range(WRITTEN_TRIES):
        if (await at.services.store.show(show)).seq:
            return
        await asyncio.sleep(WRITTEN_S)


async def _lines(show: str, after: int, at: Desk) -> AsyncIterator[bytes]:
    played = Played(show)
    async for seq, data in read_log(at.services.bus, show):
        lines = played.lines(seq, data)
        if seq > after:
            yield b"".join(lines)


class Played:
    """Plays a log to tell what became of each entry."""

    def __init__(self, show: str) -> None:
        self._show = Show(ShowId(show), format_named)
        self._seen: set[tuple[int, int]] = set()

    def lines(self, seq: int, data: bytes) -> list[bytes]:
        """One message of the log, as JSON lines."""
        try:
            batch = decode_batch(data)
            parts = [(part.segment, _entries.decode(part.entries)) for part in batch.parts]
            self._show.fold(batch, seq)
        except (OncueError, msgspec.MsgspecError, ValueError) as error:
            return [msgspec.json.encode({"seq": seq, "unreadable": str(error)}) + b"\n"]
        refused = {(no.viewer, no.number): no.code for no in self._show.refused}
        self._show.refused.clear()
        self._show.judged.clear()
        return [self._line(seq, segment, entry, refused) for segment, entries in parts for entry in entries]

    def _line(self, seq: int, segment: str, entry: Entry[Any], refused: dict[tuple[int, int], str]) -> bytes:
        who = (entry.viewer, entry.number)
        outcome = "repeat" if who in self._seen else refused.get(who, "counted")
        if entry.viewer:
            self._seen.add(who)
        action = dict(entry.action)
        if not segment:
            action.pop("seed", None)  # all of the show's randomness hangs on it
        line = {
            "seq": seq,
            "segment": segment,
            "viewer": entry.viewer,
            "number": entry.number,
            "role": Role(entry.role).label,
            "at": entry.at,
            "position": entry.position,
            "delay": entry.delay,
            "rtt": entry.rtt,
            "type": action.pop("type", ""),
            "fields": action,
            "outcome": outcome,
        }
        return msgspec.json.encode(line) + b"\n"
