"""What the store promises, on SQLite and PostgreSQL alike."""

import asyncio
from array import array
from typing import Any

import msgspec
import pytest

from oncue.engine.errors import Conflict, Unknown
from oncue.engine.live.store import AuditRow, PersonRow, ShowRow, Store
from oncue.engine.structs import Row
from oncue.engine.wire import Place, RoundInfo, Ruling

RUNDOWN = [
    {"format": "trivia", "title": "Round one", "settings": {"questions": [{"text": "¿Qué?", "right": 2}]}}
]


def new(**changed: Any) -> ShowRow:
    usual = {
        "id": "bbbbbbbbbb",
        "code": "XYZ789",
        "title": "Späti 東京 🎉",
        "picture": "test",
        "rundown": RUNDOWN,
    }
    return ShowRow(**{**usual, "created_at": 1_800_000_000_000_000, **changed})


async def test_a_show_is_read_as_it_was_written(store: Store):
    await store.add_show(new())
    assert await store.show("bbbbbbbbbb") == new()
    assert await store.show_by_code("XYZ789") == new()


async def test_an_unknown_show_is_said_to_be_unknown(store: Store):
    with pytest.raises(Unknown) as by_id:
        await store.show("zzzzzzzzzz")
    with pytest.raises(Unknown) as by_code:
        await store.show_by_code("ZZZZZZ")
    assert by_id.value.code == by_code.value.code == "show/unknown"


async def test_two_open_shows_cannot_have_one_code(store: Store):
    await store.add_show(new())
    with pytest.raises(Conflict) as taken:
        await store.add_show(new(id="cccccccccc"))
    assert taken.value.code == "show/code-taken"
    assert [row.id for row in await store.list_shows()] == ["bbbbbbbbbb"]


async def test_the_code_of_a_closed_show_is_free_again_and_finds_the_open_one(store: Store):
    await store.add_show(new())
    await store.record_show(new(state="closed", seq=9))
    assert (await store.show_by_code("XYZ789")).id == "bbbbbbbbbb"
    await store.add_show(new(id="cccccccccc", created_at=5))
    assert (await store.show_by_code("XYZ789")).id == "cccccccccc"


async def test_a_show_recorded_late_or_twice_changes_nothing(store: Store):
    await store.record_show(new(seq=4))
    await store.record_show(new(seq=7, state="closed", rundown=[]))
    await store.record_show(new(seq=5, title="older"))
    await store.record_show(new(seq=7, state="closed", rundown=[]))
    assert await store.show("bbbbbbbbbb") == new(seq=7, state="closed", rundown=[])


async def test_shows_are_listed_newest_first_and_by_state(store: Store):
    for age, (name, state) in enumerate([("a", "open"), ("b", "closed"), ("c", "open")]):
        await store.add_show(new(id=name * 10, code=f"AAAAA{age + 2}", state=state, created_at=age))
    assert [row.id[0] for row in await store.list_shows()] == ["c", "b", "a"]
    assert [row.id[0] for row in await store.list_shows(state="open")] == ["c", "a"]
    assert [row.id[0] for row in await store.list_shows(limit=1)] == ["c"]


async def test_people_keep_their_place_when_they_take_another_name(store: Store, show: str):
    big = 2**53 - 1
    await store.record_people(show, 3, [PersonRow(big, "Ana"), PersonRow(7, "Bo", "host")])
    await store.record_people(show, 8, [PersonRow(9, "Cy"), PersonRow(7, "Bob", "host")])
    await store.record_people(show, 5, [PersonRow(7, "too late")])
    await store.record_people(show, 8, [])
    people = await store.people(show)
    assert people == [PersonRow(7, "Bob", "host"), PersonRow(big, "Ana"), PersonRow(9, "Cy")]


async def test_names_are_found_for_those_who_are_asked_for(store: Store, show: str):
    crowd = range(1, 5001)
    await store.record_people(show, 3, [PersonRow(viewer, f"v{viewer}") for viewer in crowd])
    assert await store.names(show, [7, 9, 8000]) == {7: "v7", 9: "v9"}
    assert len(await store.names(show, crowd)) == 5000
    assert await store.names(show, []) == {}


async def test_a_name_that_sql_cannot_hold_is_cleaned(store: Store, show: str):
    await store.record_people(show, 3, [PersonRow(7, "A\0na")])
    assert await store.people(show) == [PersonRow(7, "Ana")]


async def test_results_keep_their_order_and_the_order_of_their_columns(store: Store, show: str):
    rows = [
        Row("players", {"name": f"p{i}", "score": i, "accuracy": 0.5, "b": None, "a": [1]}) for i in range(40)
    ]
    await store.record_results(show, "s1", 12, rows)
    read = await store.results(show, "s1")
    assert read == rows
    assert list(read[0].cells) == ["name", "score", "accuracy", "b", "a"]


async def test_the_newest_results_count_whatever_order_they_come_in(store: Store, show: str):
    await store.record_results(show, "s1", 12, [Row("x", {"n": 12}), Row("x", {"n": 13})])
    await store.record_results(show, "s1", 20, [Row("x", {"n": 20})])
    await store.record_results(show, "s1", 12, [Row("x", {"n": 12}), Row("x", {"n": 13})])
    await store.record_results(show, "s1", 20, [Row("x", {"n": 20})])
    await store.record_results(show, "s2", 1, [Row("x", {"n": 1})])
    assert [row.cells["n"] for row in await store.results(show, "s1")] == [20]


async def test_a_segment_without_rows_has_results_and_one_that_never_ended_has_none(store: Store, show: str):
    await store.record_results(show, "s1", 12, [])
    assert await store.results(show, "s1") == []
    with pytest.raises(Unknown) as none:
        await store.results(show, "s2")
    assert none.value.code == "results/none"


async def test_results_of_a_show_that_the_database_does_not_know_are_refused(store: Store):
    with pytest.raises(Unknown) as unknown:
        await store.record_results("zzzzzzzzzz", "s1", 1, [Row("x", {})])
    assert unknown.value.code == "show/unknown"
    with pytest.raises(Unknown):
        await store.record_people("zzzzzzzzzz", 1, [PersonRow(1, "A")])


def report(number: int, **changed: Any) -> RoundInfo:
    """A round that was opened `number` seconds into the show."""
    usual = {"segment": "s1", "title": "¿Qué? 東京", "span": 20_000_000, "answers": 2, "right": 1}
    return RoundInfo(**{**usual, "number": number, "opened": 1_800_000_000_000_000 + number, **changed})


ANSWERS = array("q", (2**53 - 1, 1_200_000, 1_900_000, 0, 1, 42, 0, -5, 2**40, 0)).tobytes()


async def test_a_judged_round_is_read_as_it_was_written(store: Store, show: str):
    whole = report(
        1,
        winner=Place(2**53 - 1, "Ana", 1_200_000),
        by_receipt=Place(42, "Bo\0", 1_700_000),
        rulings=(Ruling("Right: Soup", {"/questions/0/right": 1}),),
        void=True,
    )
    await store.judged(show, "s1", 1, 12, whole, ANSWERS)
    assert await store.rounds(show) == [whole]
    assert await store.round(show, "s1", 1) == (whole, ANSWERS)


async def test_a_round_that_is_judged_again_replaces_the_report_and_a_late_one_changes_nothing(
    store: Store, show: str
):
    await store.judged(show, "s1", 1, 12, report(1, right=12), ANSWERS)
    await store.judged(show, "s1", 1, 20, report(1, right=20), b"")
    await store.judged(show, "s1", 1, 12, report(1, right=12), ANSWERS)
    await store.judged(show, "s1", 1, 20, report(1, right=20), b"")
    assert await store.round(show, "s1", 1) == (report(1, right=20), b"")


async def test_the_rounds_of_a_show_come_in_the_order_in_which_they_were_opened(store: Store, show: str):
    later = report(1, segment="s10", opened=1_900_000_000_000_000)
    await store.judged(show, "s10", 1, 40, later, b"")
    await store.judged(show, "s2", 2, 30, report(2, segment="s2"), b"")
    await store.judged(show, "s2", 1, 30, report(1, segment="s2"), b"")
    assert [(r.segment, r.number) for r in await store.rounds(show)] == [("s2", 1), ("s2", 2), ("s10", 1)]


async def test_a_round_that_was_not_judged_and_a_show_that_is_not_known_are_said_to_be_unknown(
    store: Store, show: str
):
    assert await store.rounds(show) == []
    with pytest.raises(Unknown) as none:
        await store.round(show, "s1", 1)
    assert none.value.code == "fairness/none"
    with pytest.raises(Unknown) as unknown:
        await store.judged("zzzzzzzzzz", "s1", 1, 1, report(1), b"")
    assert unknown.value.code == "show/unknown"


async def test_a_round_of_a_hundred_thousand_answers_is_kept_whole(store: Store, show: str):
    crowd = array("q")
    for viewer in range(1, 100_001):
        crowd.extend((viewer, viewer * 37, viewer * 41, 0, viewer & 1))
    await store.judged(show, "s1", 1, 3, report(1, answers=100_000), crowd.tobytes())
    assert await store.round(show, "s1", 1) == (report(1, answers=100_000), crowd.tobytes())


async def test_the_audit_trail_has_each_line_once(store: Store, show: str):
    lines = [
        AuditRow(at, 7, "host", {"type": "start", "segment": "s1"}) for at in (1_700_000_000_000_001, 2, 3)
    ]
    await store.record_audit(show, 4, lines[:2])
    await store.record_audit(show, 4, lines[:2])
    await store.record_audit(show, 9, lines[2:])
    await store.record_audit(show, 10, [])
    assert await store.audit(show) == lines
    assert await store.audit(show, after=4) == lines[2:]
    assert await store.audit(show, limit=1) == lines[:1]


async def test_a_removed_show_takes_all_of_its_rows_along(store: Store, show: str):
    await store.record_people(show, 3, [PersonRow(1, "Ana")])
    await store.record_results(show, "s1", 3, [Row("x", {})])
    await store.judged(show, "s1", 1, 3, report(1), ANSWERS)
    await store.remove_show(show)
    assert await store.people(show) == []
    assert await store.rounds(show) == []
    with pytest.raises(Unknown):
        await store.results(show, "s1")


async def test_many_writers_at_once_all_get_their_turn(store: Store, show: str, migrated_url: str):
    other = Store(migrated_url)
    await other.open()
    both = [(store if i % 2 else other, i) for i in range(60)]
    await asyncio.gather(*(where.record_people(show, i, [PersonRow(i, f"p{i}")]) for where, i in both))
    await asyncio.gather(*(where.record_results(show, "s1", i, [Row("x", {"n": i})]) for where, i in both))
    await other.close()
    assert len(await store.people(show)) == 60
    assert [row.cells for row in await store.results(show, "s1")] == [{"n": 59}]


async def test_ten_thousand_people_are_written_in_one_go(store: Store, show: str):
    crowd = [PersonRow(i, f"person {i}") for i in range(1, 10_001)]
    await store.record_people(show, 3, crowd)
    assert len(await store.people(show)) == 10_000


async def test_a_cell_may_be_whatever_json_can_hold(store: Store, show: str):
    cells = {"text": "line\nbreak \0 'quoted' 😀", "n": 2**62, "f": 1e300, "deep": {"a": [None, True]}}
    await store.record_results(show, "s1", 1, [Row("x", cells)])
    assert (await store.results(show, "s1"))[0].cells == cells
    assert msgspec.json.decode(msgspec.json.encode(await store.results(show, "s1")))[0]["cells"] == cells


async def test_a_ping_is_answered(store: Store):
    await store.ping()
