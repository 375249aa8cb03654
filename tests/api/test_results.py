"""Results as JSON and CSV, and the log."""

import csv
import io

import msgspec
import pytest

from oncue.api.models import Sheet
from oncue.api.sheets import as_csv, sheets
from oncue.engine.errors import Reject
from oncue.engine.house import Join
from oncue.engine.structs import Row
from oncue.formats.poll import Vote

RESULTS = "segments/s1/results"


@pytest.fixture
async def played(live):
    """A poll in which two have voted, still open."""
    made = await live.show()
    show = made | {"headers": live.as_(made["token"]), "path": f"/api/shows/{made['id']}"}
    await live.http.post(f"{show['path']}/segments/s1/start", headers=show["headers"])
    await live.http.post(
        f"{show['path']}/segments/s1/actions", json={"type": "open"}, headers=show["headers"]
    )
    for viewer, name, choice in ((41, "Ana", 1), (42, "Bo", 1)):
        await live.act(show["id"], "", Join(name), viewer)
        await live.act(show["id"], "s1", Vote(choice), viewer)
    return show


def votes(answer) -> dict[str, int]:
    sheet = answer.json()["sheets"][0]
    option, count = sheet["columns"].index("option"), sheet["columns"].index("votes")
    return {row[option]: row[count] for row in sheet["rows"]}


async def test_results_are_there_while_the_segment_is_live(live, played):
    answer = await live.http.get(f"{played['path']}/{RESULTS}", headers=played["headers"])
    assert answer.json()["final"] is False
    assert votes(answer) == {"Pizza": 0, "Soup": 2}


async def test_results_stay_when_the_show_is_closed(live, played):
    await live.http.delete(played["path"], headers=played["headers"])
    answer = await live.http.get(f"{played['path']}/{RESULTS}", headers=played["headers"])
    assert answer.json()["final"] is True
    assert votes(answer) == {"Pizza": 0, "Soup": 2}


async def test_csv_is_a_download_that_a_program_can_read(live, played):
    answer = await live.http.get(f"{played['path']}/{RESULTS}.csv", headers=played["headers"])
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"].endswith(f'filename="{played["id"]}-s1-result.csv"')
    lines = list(csv.DictReader(io.StringIO(answer.text)))
    assert {line["option"]: line["votes"] for line in lines} == {"Pizza": "0", "Soup": "2"}
    excel = await live.http.get(f"{played['path']}/{RESULTS}.csv?excel=1", headers=played["headers"])
    assert excel.content.startswith("\ufeff".encode())


async def test_results_that_are_not_there_are_not_found(live, played):
    for path, code in (
        ("segments/s9/results", "segment/unknown"),
        (f"{RESULTS}.csv?sheet=no", "results/none"),
    ):
        answer = await live.http.get(f"{played['path']}/{path}", headers=played["headers"])
        assert (answer.status_code, answer.json()["code"]) == (404, code)


async def test_the_log_tells_what_everybody_did_and_what_became_of_it(live, played):
    with pytest.raises(Reject):
        await live.act(played["id"], "s1", Vote(9), 42)
    answer = await live.http.get(f"{played['path']}/log", headers=played["headers"])
    assert answer.headers["content-type"] == "application/x-ndjson"
    lines = [msgspec.json.decode(line) for line in answer.text.splitlines()]
    lines = [line for line in lines if line["type"] != "owned"]  # as soon as an engine has found the show
    told = [(line["segment"], line["type"], line["viewer"], line["outcome"]) for line in lines]
    host = lines[1]["viewer"]
    assert told == [
        ("", "open", 0, "counted"),
        ("", "start", host, "counted"),
        ("s1", "open", host, "counted"),
        ("", "join", 41, "counted"),
        ("s1", "vote", 41, "counted"),
        ("", "join", 42, "counted"),
        ("s1", "vote", 42, "counted"),
        ("s1", "vote", 42, "poll/choice"),
    ]
    assert lines[4]["fields"] == {"choice": 1}
    assert (lines[4]["position"], lines[4]["delay"], lines[4]["rtt"]) == (0, 0, 0)
    assert "seed" not in answer.text
    rest = await live.http.get(
        f"{played['path']}/log", params={"after": lines[-2]["seq"]}, headers=played["headers"]
    )
    assert rest.text.splitlines() == answer.text.splitlines()[-1:]


async def test_the_log_is_for_the_host(live, played):
    viewer = await live.join(played["code"])
    refused = await live.http.get(f"{played['path']}/log", headers=live.as_(viewer["token"]))
    assert refused.json()["code"] == "auth/forbidden"


def test_rows_of_several_tables_become_sheets_with_all_of_their_columns():
    rows = [Row("a", {"x": 1}), Row("b", {"z": 1}), Row("a", {"y": 2, "x": 3})]
    assert sheets(rows) == [
        Sheet(name="a", columns=["x", "y"], rows=[[1, None], [3, 2]]),
        Sheet(name="b", columns=["z"], rows=[[1]]),
    ]


def test_a_spreadsheet_finds_no_formula_in_a_csv():
    nasty = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", '=HYPERLINK("x")']
    sheet = Sheet(name="x", columns=["=name"], rows=[[text] for text in nasty])
    cells = [row[0] for row in csv.reader(io.StringIO(as_csv(sheet), newline=""))]
    assert cells == ["'=name", *(f"'{text}" for text in nasty)]


def test_numbers_and_quotes_stay_as_they_are_in_a_csv():
    sheet = Sheet(name="x", columns=["n", "t", "l", "e"], rows=[[-5, 'say "hi", 東京\nok', [1, "a"], None]])
    rows = list(csv.reader(io.StringIO(as_csv(sheet), newline="")))
    assert rows[1] == ["-5", 'say "hi", 東京\nok', '[1,"a"]', ""]
