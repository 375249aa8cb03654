"""Fairness reports: how they are read, over the API and as CSV."""

import csv
import io
from array import array

import msgspec
import pytest

from oncue.engine.live.store import PersonRow
from oncue.engine.wire import Place, RoundInfo, Ruling

ROUND = "segments/s1/rounds/1/fairness.csv"
REPORT = RoundInfo(
    "s1", 1, "What?", 1_800_000_000_000_000, 20_000_000, 4, 3,
    winner=Place(41, "Ana", 1_000_500),
    by_receipt=Place(42, "Bo", 1_500_000),
    cap=3_700_000,
    rulings=(Ruling("Right: Soup", {"/questions/0/right": 1}),),
)  # fmt: skip
ANSWERS = array("q", (
    44, 900_000, 1_000_000, 0, 0,
    42, 1_100_000, 1_500_000, 0, 1,
    41, 1_000_500, 3_000_500, 250_000, 1,
    43, 1_100_000, 1_600_000, 0, 1,
)).tobytes()  # fmt: skip


@pytest.fixture
async def closed(live):
    """A show that is over, of which a round was written down."""
    made = await live.show()
    path, headers = f"/api/shows/{made['id']}", live.as_(made["token"])
    await live.http.delete(path, headers=headers)
    store = live.services.store
    await store.judged(made["id"], "s1", 1, 9, REPORT, ANSWERS)
    people = [PersonRow(41, "=Ana"), PersonRow(42, "Bo"), PersonRow(43, "•••")]
    await store.record_people(made["id"], 9, people)
    await store.record_results(made["id"], "s1", 9, [])
    return made | {"headers": headers, "path": path}


async def test_the_reports_of_a_show_have_every_field_also_those_with_nothing_in_them(live, closed):
    (report,) = (await live.http.get(f"{closed['path']}/fairness", headers=closed["headers"])).json()
    assert report == msgspec.structs.asdict(REPORT) | {
        "winner": {"viewer": 41, "name": "Ana", "age": 1_000_500},
        "by_receipt": {"viewer": 42, "name": "Bo", "age": 1_500_000},
        "rulings": [{"title": "Right: Soup", "changes": {"/questions/0/right": 1}}],
    }
    assert report["void"] is False


async def test_results_come_with_the_reports_of_their_own_rounds(live, closed):
    other = msgspec.structs.replace(REPORT, segment="s2")
    await live.services.store.judged(closed["id"], "s2", 1, 9, other, b"")
    answer = await live.http.get(f"{closed['path']}/segments/s1/results", headers=closed["headers"])
    assert [(report["segment"], report["number"]) for report in answer.json()["fairness"]] == [("s1", 1)]


async def test_the_csv_has_a_line_for_each_viewer_the_quickest_who_were_right_first(live, closed):
    answer = await live.http.get(f"{closed['path']}/{ROUND}", headers=closed["headers"])
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"].endswith(f'filename="{closed["id"]}-s1-round-1.csv"')
    lines = list(csv.reader(io.StringIO(answer.text, newline="")))
    assert lines == [
        [
            "viewer",
            "name",
            "right",
            "delay_ms",
            "age_ms",
            "received_ms",
            "clipped_ms",
            "place",
            "place_by_receipt",
        ],
        ["41", "'=Ana", "1", "2000.0", "1000.5", "3000.5", "250.0", "1", "3"],
        ["42", "Bo", "1", "400.0", "1100.0", "1500.0", "0.0", "2", "1"],
        ["43", "•••", "1", "500.0", "1100.0", "1600.0", "0.0", "2", "2"],
        ["44", "", "0", "100.0", "900.0", "1000.0", "0.0", "", ""],
    ]
    excel = await live.http.get(f"{closed['path']}/{ROUND}?excel=1", headers=closed["headers"])
    assert excel.content.startswith("\ufeff".encode())


async def test_the_csv_of_a_hundred_thousand_answers_comes_in_pieces(live, closed):
    crowd = array("q")
    for viewer in range(1, 100_001):
        crowd.extend((viewer, viewer * 37 % 9_999_991, viewer * 41 % 9_999_991, 0, viewer & 1))
    await live.services.store.judged(closed["id"], "s1", 2, 9, REPORT, crowd.tobytes())
    path = f"{closed['path']}/segments/s1/rounds/2/fairness.csv"
    async with live.http.stream("GET", path, headers=closed["headers"]) as answer:
        lines = [line async for line in answer.aiter_lines()]
    assert len(lines) == 100_001
    places = [int(line.split(",")[7]) for line in lines[1:50_001]]
    assert places == sorted(places)
    assert set(lines[-1].split(",")[7:]) == {""}


async def test_a_report_that_is_not_there_is_not_found(live, closed):
    for path, code in (
        ("segments/s1/rounds/9/fairness.csv", "fairness/none"),
        ("segments/s9/rounds/1/fairness.csv", "fairness/none"),
        ("segments/s1/rounds/0/fairness.csv", "input/invalid"),
    ):
        answer = await live.http.get(f"{closed['path']}/{path}", headers=closed["headers"])
        assert answer.json()["code"] == code
    unknown = await live.http.get("/api/shows/zzzzzzzzzz/fairness", headers=live.admin)
    assert (unknown.status_code, unknown.json()["code"]) == (404, "show/unknown")


async def test_reports_are_for_the_host(live):
    made = await live.show()
    viewer = live.as_((await live.join(made["code"]))["token"])
    for path in ("fairness", ROUND):
        refused = await live.http.get(f"/api/shows/{made['id']}/{path}", headers=viewer)
        assert refused.json()["code"] == "auth/forbidden"
        refused = await live.http.get(f"/api/shows/{made['id']}/{path}")
        assert refused.json()["code"] == "auth/missing"


async def test_a_show_without_a_round_of_answers_has_no_report(live):
    made = await live.show()
    answer = await live.http.get(f"/api/shows/{made['id']}/fairness", headers=live.as_(made["token"]))
    assert answer.json() == []
