"""What is written down of series, on SQLite and PostgreSQL alike."""

import pytest

from oncue.engine.errors import Unknown
from oncue.engine.live.series import Series, SeriesStore
from oncue.engine.live.store import Store
from oncue.engine.structs import Row


@pytest.fixture
def series(store: Store) -> SeriesStore:
    return SeriesStore(store)


async def test_a_series_is_read_as_it_was_written(series: SeriesStore, show: str) -> None:
    spring = Series(id="spring", title="Frühling", shows=[show], by="name", created_at=1)
    await series.add(spring)
    assert await series.all() == [spring]
    await series.change("spring", public=True)
    assert (await series.one("spring")).public
    await series.remove("spring")
    with pytest.raises(Unknown) as none:
        await series.one("spring")
    assert none.value.code == "series/unknown"


async def test_the_rows_of_all_segments_come_in_order(series: SeriesStore, store: Store, show: str) -> None:
    await store.record_results(show, "s2", 5, [Row("standings", {"name": "Bo"})])
    await store.record_results(
        show, "s1", 4, [Row("standings", {"name": "Ana"}), Row("questions", {"text": "?"})]
    )
    assert await series.rows(show, "standings") == [("s1", {"name": "Ana"}), ("s2", {"name": "Bo"})]


async def test_who_is_who_can_be_said_again(series: SeriesStore, show: str) -> None:
    await series.is_person(show, 42, "crm-1")
    await series.is_person(show, 42, "crm-2")
    assert await series.persons([show, "zzzzzzzzzz"]) == {(show, 42): "crm-2"}
    with pytest.raises(Unknown):
        await series.is_person("zzzzzzzzzz", 42, "crm-1")
