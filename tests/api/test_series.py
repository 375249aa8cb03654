"""Leaderboards over shows."""

import asyncio
import csv
import io
from typing import Any

import pytest

from oncue.api.parts import Desk
from oncue.api.series import routes
from oncue.api.series.board import Standing, standings
from oncue.engine.live.series import Series
from oncue.engine.live.store import ShowRow
from oncue.engine.structs import Row

A, B, C = "aaaaaaaaaa", "bbbbbbbbbb", "cccccccccc"


def row(name: str, points: Any, viewer: int = 0, **more: Any) -> tuple[str, dict[str, Any]]:
    return "s1", {"name": name, "viewer": viewer, "points": points, **more}


def said(
    shows: dict[str, list[tuple[str, dict[str, Any]]]], persons: Any = None, **how: Any
) -> list[tuple[int, str, float]]:
    return [(one.place, one.name, one.score) for one in standings(shows, persons or {}, **how)]


def test_who_has_the_same_name_in_any_case_is_added_up() -> None:
    assert said({A: [row("Ana", 10), row("Bo", 5)], B: [row("ANA", 1), row("Cy", 7.5)]}) == [
        (1, "ANA", 11),
        (2, "Cy", 7.5),
        (3, "Bo", 5),
    ]


def test_who_has_the_same_score_has_the_same_place() -> None:
    board = said({A: [row("Di", 1), row("Ana", 5), row("Cy", 3), row("Bo", 3), row("Ed", -2)]})
    assert board == [(1, "Ana", 5), (2, "Bo", 3), (2, "Cy", 3), (4, "Di", 1), (5, "Ed", -2)]


def test_a_person_is_one_under_every_name_and_another_one_than_somebody_of_that_name() -> None:
    shows = {A: [row("Ana", 10, 1), row("Bo", 4, 2)], B: [row("Annie", 1, 3), row("Ana", 2, 4)]}
    persons = {(A, 1): "crm-1", (B, 3): "crm-1"}
    assert said(shows, persons) == [(1, "Annie", 11), (2, "Bo", 4), (3, "Ana", 2)]
    assert said(shows, persons, by="name") == [(1, "Ana", 12), (2, "Bo", 4), (3, "Annie", 1)]


def test_names_that_are_hidden_are_nobodys() -> None:
    shows = {A: [row("•••", 3, 1), row("•••", 2, 2)], B: [row("•••", 1, 1), row("", 9, 5)]}
    assert [score for _, _, score in said(shows)] == [9, 3, 2, 1]


def test_rows_without_a_score_or_anybody_do_not_count() -> None:
    nobody = ("s1", {"points": 3})
    assert said({A: [row("Ana", "many"), row("Bo", True), row("Cy", None), nobody]}) == []
    assert said({A: [row("Di", 10**400), row("Ed", float("nan")), row("Flo", float("-inf"))]}) == []


@pytest.fixture
async def shows(world):
    """Two shows with standings."""
    store = world.services.store
    for id, code in ((A, "AAAAAA"), (B, "BBBBBB")):
        await store.add_show(ShowRow(id=id, code=code, title=id, state="closed"))
    await store.record_results(A, "s1", 5, [Row("standings", {"viewer": 1, "name": "=Ana", "points": 10})])
    await store.record_results(A, "s2", 6, [Row("standings", {"viewer": 2, "name": "Bo", "points": 4})])
    await store.record_results(
        B, "s1", 5, [Row("standings", {"viewer": 3, "name": "bo", "points": 7}), Row("other", {"points": 99})]
    )
    return f"{A},{B}"


async def get(world, path: str, status: int = 200, headers: Any = None, **query: Any):
    answer = await world.http.get(
        f"/api/{path}", params=query, headers=world.admin if headers is None else headers
    )
    assert answer.status_code == status, answer.text
    return answer


async def test_a_leaderboard_follows_results_that_are_judged_again(world, shows) -> None:
    board = (await get(world, "leaderboard", shows=shows)).json()
    assert [(one["place"], one["name"], one["score"], one["shows"]) for one in board["standings"]] == [
        (1, "bo", 11, {A: 4, B: 7}),
        (2, "=Ana", 10, {A: 10}),
    ]
    await world.services.store.record_results(
        B, "s1", 9, [Row("standings", {"viewer": 3, "name": "bo", "points": 0})]
    )
    board = (await get(world, "leaderboard", shows=shows, limit=1)).json()
    assert (board["players"], [one["name"] for one in board["standings"]]) == (2, ["=Ana"])


async def test_the_csv_is_safe_for_spreadsheets(world, shows) -> None:
    answer = await get(world, "leaderboard.csv", shows=shows)
    rows = list(csv.reader(io.StringIO(answer.text, newline="")))
    assert rows == [
        ["place", "name", "person", "score", A, B],
        ["1", "bo", "", "11", "4", "7"],
        ["2", "'=Ana", "", "10", "10", ""],
    ]


async def test_a_person_whom_the_hosts_system_names_is_the_same_each_time(world) -> None:
    shows = [await world.show(), await world.show()]
    tokens = []
    for show in (*shows, shows[0]):
        body = {"role": "audience", "name": "Ana", "person": "crm-1"}
        made = await world.http.post(
            f"/api/shows/{show['id']}/links", json=body, headers=world.as_(show["token"])
        )
        tokens.append(world.services.tokens.verify(made.json()["token"]))
    assert tokens[0].viewer == tokens[2].viewer != tokens[1].viewer
    store = world.services.store
    for show, claims, name in zip(shows, tokens, ("Ana", "Annie"), strict=False):
        rows = [Row("standings", {"viewer": claims.viewer, "name": name, "points": 2})]
        await store.record_results(show["id"], "s1", 9, rows)
    ids = ",".join(show["id"] for show in shows)
    (one,) = (await get(world, "leaderboard", shows=ids)).json()["standings"]
    assert (one["person"], one["score"]) == ("crm-1", 4)
    assert (await get(world, "leaderboard", shows=ids, by="name")).json()["players"] == 2


async def test_only_viewers_can_be_persons(world) -> None:
    show = await world.show()
    body = {"role": "moderator", "person": "crm-1"}
    made = await world.http.post(f"/api/shows/{show['id']}/links", json=body, headers=world.admin)
    assert made.json()["code"] == "input/invalid"


async def test_a_series_is_made_changed_and_deleted(world, shows) -> None:
    made = await world.http.post("/api/series", json={"title": "Cup", "shows": [A]}, headers=world.admin)
    assert made.status_code == 201, made.text
    id = made.json()["id"]
    board = (await get(world, f"series/{id}/leaderboard")).json()
    assert (board["title"], board["players"]) == ("Cup", 2)
    changed = await world.http.patch(f"/api/series/{id}", json={"shows": [A, B]}, headers=world.admin)
    assert changed.json()["shows"] == [A, B]
    assert (await get(world, "series")).json() == [changed.json()]
    assert (await get(world, f"series/{id}/leaderboard.csv")).text.count("\r\n") == 3
    await world.http.delete(f"/api/series/{id}", headers=world.admin)
    assert (await get(world, f"series/{id}/leaderboard", 404)).json()["code"] == "series/unknown"


async def test_a_series_is_seen_by_everybody_only_if_it_is_public_and_then_without_persons(
    world, shows
) -> None:
    await world.services.store.record_results(A, "s3", 7, [])
    made = await world.http.post("/api/series", json={"title": "Cup", "shows": [A, B]}, headers=world.admin)
    path = f"series/{made.json()['id']}/leaderboard"
    await get(world, path, 404, headers={})
    await get(world, path, 401, headers=world.as_("wrong key"))
    await world.http.patch(f"/api/series/{made.json()['id']}", json={"public": True}, headers=world.admin)
    assert (await get(world, path, headers={})).json()["players"] == 2
    assert "person" not in (await get(world, f"{path}.csv", headers={})).text


async def test_a_hall_that_looks_at_a_public_board_has_it_reckoned_once(world, shows, monkeypatch) -> None:
    reckoned: list[str] = []
    reckon = routes._board

    async def counted(series: Series, at: Desk) -> list[Standing]:
        reckoned.append(series.id)
        return await reckon(series, at)

    monkeypatch.setattr(routes, "_board", counted)
    body = {"title": "Cup", "shows": [A, B], "public": True}
    made = (await world.http.post("/api/series", json=body, headers=world.admin)).json()
    path = f"series/{made['id']}/leaderboard"
    await asyncio.gather(*(get(world, path, headers={}) for _ in range(20)))
    assert reckoned == [made["id"]]
    await world.http.patch(f"/api/series/{made['id']}", json={"shows": [A]}, headers=world.admin)
    assert (await get(world, path, headers={})).json()["shows"] == [A]
    assert len(reckoned) == 2


async def test_what_cannot_be_is_refused(world, shows) -> None:
    show = await world.show()
    await get(world, "leaderboard", 401, headers=world.as_(show["token"]), shows=A)
    assert (await get(world, "leaderboard", 422, shows="")).json()["code"] == "input/invalid"
    assert (await get(world, "leaderboard", 404, shows=C)).json()["code"] == "show/unknown"
    made = await world.http.post("/api/series", json={"title": "Cup", "shows": [C]}, headers=world.admin)
    assert made.json()["code"] == "show/unknown"
