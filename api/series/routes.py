"""Leaderboards over shows: for a list of them, or for a series that is kept."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response

from oncue.api.ids import new_show_id
from oncue.api.models import Sheet
from oncue.api.parts import Address, Admin, At, Bearer, Desk, admin
from oncue.api.problems import errors
from oncue.api.sheets import BOM, CSV, Excel, as_csv, download
from oncue.api.shows import KEY
from oncue.engine.errors import BadInput, Unknown
from oncue.engine.live.series import Series, SeriesStore

from .board import SCORE, SHEET, Standing, standings
from .models import BoardOut, ByWord, SeriesBody, SeriesChange, SeriesOut, StandingOut

router = APIRouter(prefix="/api", tags=["series"])

FAILS = (*KEY, "db/unreachable")
MOST = 100
"""Shows in one leaderboard."""
FRESH_S, BOARDS = 2.0, 50
"""How old a board may be that everybody sees, and how many are kept."""
CSV_EXAMPLE = "place,name,person,score,k3v9mq2xta\r\n1,Ana,crm-4711,2950,2950\r\n"
AS_CSV: dict[int | str, dict[str, Any]] = {200: {"content": {"text/csv": {"example": CSV_EXAMPLE}}}}

SeriesPath = Annotated[str, Path(max_length=10, description="the series' id", examples=["q7m2zk3v9x"])]
Shows = Annotated[
    str, Query(max_length=1100, description="ids of shows, with commas", examples=["k3v9mq2xta"])
]
First = Annotated[int, Query(ge=1, le=10_000, description="so many of the first")]
Sheets = Annotated[str, Query(max_length=80, description="the table of the results that counts")]
Scores = Annotated[str, Query(max_length=80, description="its column that is added up")]


@router.get("/leaderboard", summary="A leaderboard over shows", responses=errors(*FAILS, "show/unknown"))
async def leaderboard(
    at: At,
    _: Admin,
    shows: Shows,
    sheet: Sheets = SHEET,
    score: Scores = SCORE,
    by: ByWord = "person",
    limit: First = 100,
) -> BoardOut:
    """From the results of segments that are over, as they are now: who was judged again has the new points."""
    return _out("", found := _asked(shows, sheet, score, by), await _board(found, at), limit)


@router.get(
    "/leaderboard.csv",
    summary="A leaderboard over shows as CSV",
    response_class=Response,
    responses={**AS_CSV, **errors(*FAILS, "show/unknown")},
)
async def leaderboard_csv(
    at: At,
    _: Admin,
    shows: Shows,
    sheet: Sheets = SHEET,
    score: Scores = SCORE,
    by: ByWord = "person",
    excel: Excel = False,
) -> Response:
    """All of it, with a column for each show."""
    series = _asked(shows, sheet, score, by)
    return _csv(series, await _board(series, at), excel, persons=True)


@router.post("/series", status_code=201, summary="Make a series", responses=errors(*FAILS, "show/unknown"))
async def add_series(body: SeriesBody, at: At, _: Admin) -> SeriesOut:
    """Shows that have one leaderboard, which is reckoned anew each time that it is asked for."""
    await _known(body.shows, at)
    series = Series(id=new_show_id(), created_at=at.services.now(), **body.model_dump())
    await _kept(at).add(series)
    return _series(series)


@router.get("/series", summary="List series", responses=errors(*FAILS))
async def list_series(at: At, _: Admin, limit: Annotated[int, Query(ge=1, le=1000)] = 100) -> list[SeriesOut]:
    """Newest first."""
    return [_series(one) for one in await _kept(at).all(limit)]


@router.patch(
    "/series/{series}", summary="Change a series", responses=errors(*FAILS, "series/unknown", "show/unknown")
)
async def change_series(series: SeriesPath, body: SeriesChange, at: At, _: Admin) -> SeriesOut:
    """Another show is added by giving all of them."""
    await _kept(at).one(series)
    if body.shows:
        await _known(body.shows, at)
    if changed := body.model_dump(exclude_none=True):
        await _kept(at).change(series, **changed)
    return _series(await _kept(at).one(series))


@router.delete("/series/{series}", summary="Delete a series", responses=errors(*FAILS, "series/unknown"))
async def delete_series(series: SeriesPath, at: At, _: Admin) -> SeriesOut:
    """The shows and their results stay."""
    found = await _kept(at).one(series)
    await _kept(at).remove(series)
    return _series(found)


@router.get(
    "/series/{series}/leaderboard",
    summary="The leaderboard of a series",
    responses=errors(*FAILS, "series/unknown"),
)
async def series_leaderboard(
    series: SeriesPath, request: Request, at: At, bearer: Bearer, who: Address, limit: First = 100
) -> BoardOut:
    """For everybody if the series is public, then without `person`; else for the holder of the API key."""
    found, mine = await _seen(series, request, at, bearer, who)
    board = await (_board if mine else _shown)(found, at)
    return _out(found.title, found, board, limit, persons=mine)


@router.get(
    "/series/{series}/leaderboard.csv",
    summary="The leaderboard of a series as CSV",
    response_class=Response,
    responses={**AS_CSV, **errors(*FAILS, "series/unknown")},
)
async def series_leaderboard_csv(
    series: SeriesPath, request: Request, at: At, bearer: Bearer, who: Address, excel: Excel = False
) -> Response:
    """All of it, with a column for each show; for whom, see the leaderboard."""
    found, mine = await _seen(series, request, at, bearer, who)
    return _csv(found, await (_board if mine else _shown)(found, at), excel, persons=mine)


async def _seen(series: str, request: Request, at: Desk, bearer: Bearer, who: str) -> tuple[Series, bool]:
    """The series, and whether it is asked for by the holder of the API key; who is not is not told that it is there."""
    if bearer:
        await admin(request, bearer)
        return await _kept(at).one(series), True
    at.calls.take(f"series {who}", "limit/reached", "too many requests")
    found = await _kept(at).one(series)
    if not found.public:
        raise Unknown("there is no such series", code="series/unknown", hint="or it is not public")
    return found, False


def _asked(shows: str, sheet: str, score: str, by: ByWord) -> Series:
    ids = list(dict.fromkeys(word.strip() for word in shows.split(",") if word.strip()))
    if not 1 <= len(ids) <= MOST:
        raise BadInput(f"name 1 to {MOST} shows", code="input/invalid", hint="?shows=k3v9mq2xta,b2c3d4e5f6")
    return Series(id="", title="", shows=ids, sheet=sheet, score=score, by=by)


async def _known(shows: list[str], at: Desk) -> None:
    for show in shows:
        await at.services.store.show(show)


async def _shown(series: Series, at: Desk) -> list[Standing]:
    """The board as everybody may have it: reckoned once for all who ask at the same time, however many they are."""
    async with at.reckons:
        now = asyncio.get_running_loop().time()
        kept = at.boards.get(series.id)
        if kept and kept[0] == series and now - kept[1] < FRESH_S:
            return kept[2]
        board = await _board(series, at)
        at.boards.pop(series.id, None)
        while len(at.boards) >= BOARDS:
            del at.boards[next(iter(at.boards))]
        at.boards[series.id] = series, now, board
        return board


async def _board(series: Series, at: Desk) -> list[Standing]:
    if not series.id:
        await _known(series.shows, at)
    kept = _kept(at)
    rows = {show: await kept.rows(show, series.sheet) for show in series.shows}
    persons = await kept.persons(series.shows) if series.by == "person" else {}
    return await asyncio.to_thread(standings, rows, persons, by=series.by, score=series.score)


def _kept(at: Desk) -> SeriesStore:
    return SeriesStore(at.services.store)


def _series(series: Series) -> SeriesOut:
    said = msgspec.structs.asdict(series)
    return SeriesOut(**said, created=said.pop("created_at"))


def _out(title: str, series: Series, board: list[Standing], limit: int, *, persons: bool = True) -> BoardOut:
    first = [msgspec.structs.asdict(one) for one in board[:limit]]
    return BoardOut(
        title=title,
        shows=series.shows,
        players=len(board),
        standings=[StandingOut(**{**one, "person": one["person"] if persons else ""}) for one in first],
    )


def _csv(series: Series, board: list[Standing], excel: bool, *, persons: bool) -> Response:
    columns = ["place", "name", *(["person"] if persons else []), "score", *series.shows]
    rows = [
        [
            one.place,
            one.name,
            *([one.person] if persons else []),
            one.score,
            *map(one.shows.get, series.shows),
        ]
        for one in board
    ]
    text = as_csv(Sheet(name="leaderboard", columns=columns, rows=rows))
    name = f"leaderboard-{series.id or 'shows'}.csv"
    return Response((BOM if excel else "") + text, media_type=CSV, headers=download(name))
