"""What a show leaves in the database, written down beside it."""

import asyncio
from array import array
from collections.abc import AsyncIterator
from types import SimpleNamespace

import pytest

from oncue.api.projection import Projection
from oncue.api.settings import Settings
from oncue.engine.live.store import PersonRow, ShowRow, Store
from oncue.engine.show import Show
from oncue.engine.structs import ShowId, ViewerId
from oncue.engine.wire import RoundInfo
from oncue.formats.registry import format_named


@pytest.fixture
async def projection(settings: Settings, store: Store) -> AsyncIterator[Projection]:
    await store.add_show(ShowRow(id="aaaaaaaaaa", code="ABC234", title="Friday"))
    projection = Projection(settings.database)
    yield projection
    await projection.close()


@pytest.fixture
def show() -> Show:
    """A show in which Ana (41), Bo (42) and Cy (43) are."""
    show = Show(ShowId("aaaaaaaaaa"), format_named)
    for viewer, name in ((41, "Ana"), (42, "Bo"), (43, "Cy")):
        show.crowd.admit(ViewerId(viewer), name)
    show.seq = 12
    return show


def record(number: int, *viewers: int):
    """A round in which these have answered."""
    answers = array("q")
    for viewer in viewers:
        answers.extend((viewer, 1_000_000, 1_500_000, 0, 1))
    report = RoundInfo("s1", number, "What?", number, 20_000_000, len(viewers), len(viewers))
    return SimpleNamespace(number=number, report=report, answers=answers.tobytes())


async def test_a_round_is_written_down_with_the_names_of_those_who_answered(
    projection: Projection, store: Store, show: Show
):
    one = record(1, 42, 41)
    await projection.judged(show, "s1", one)
    await written(projection)
    assert await store.people(show.id) == [PersonRow(41, "Ana"), PersonRow(42, "Bo")]
    assert await store.round(show.id, "s1", 1) == (one.report, one.answers)


async def test_a_name_is_written_again_when_it_is_another_one_or_hidden(
    projection: Projection, store: Store, show: Show
):
    await projection.judged(show, "s1", record(1, 41, 42))
    await written(projection)
    show.crowd.admit(ViewerId(41), "Anabel")
    show.crowd.by_id[42].rest().state = "hidden"
    show.seq = 20
    await projection.judged(show, "s1", record(2, 41, 42, 43))
    await written(projection)
    assert [person.name for person in await store.people(show.id)] == ["Anabel", "•••", "Cy"]


async def test_who_was_there_is_written_down_under_the_names_that_may_be_shown(
    projection: Projection, store: Store, show: Show
):
    show.crowd.by_id[43].rest().state = "banned"
    await projection.closed(show)
    await written(projection)
    assert [person.name for person in await store.people(show.id)] == ["Ana", "Bo", "•••"]
    assert (await store.show(show.id)).state == "closed"


async def test_the_names_of_a_large_audience_are_all_written(
    projection: Projection, store: Store, show: Show
):
    crowd = range(1000, 6001)
    for viewer in crowd:
        show.crowd.admit(ViewerId(viewer), f"v{viewer}")
    await projection.judged(show, "s1", record(1, *crowd))
    await written(projection)
    assert [person.viewer for person in await store.people(show.id)] == list(crowd)


async def written(projection: Projection) -> None:
    """Return once all that was told is in the database."""
    await asyncio.wait(projection._last.values())
