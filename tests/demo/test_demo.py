"""Whole shows with simulated viewers, on a real node."""

import asyncio
from collections.abc import AsyncIterator, Callable

import msgspec
import pytest
import pytest_asyncio

from oncue.api.bots.autopilot import Autopilot, Pace
from oncue.api.bots.crowd import Crowd
from oncue.api.bots.demo import DemoOptions, play, reckon, run_demo
from oncue.api.bots.script import Script
from oncue.api.bots.venue import Venue
from oncue.api.serve import Node, node
from oncue.api.settings import Settings
from oncue.engine.errors import OncueError

pytestmark = pytest.mark.asyncio(loop_scope="module")

QUICK = Script(1, 3.0, 2.0, False, Pace(between=0.1, outcome=0.1, vote=2.0), 0.5)
PROMISED = (
    "viewers", "sent", "receipts", "counted", "doubled", "lost", "frames_per_viewer",
    "receipt_p50_ms", "receipt_p95_ms", "scene_p50_ms", "scene_p95_ms",
)  # fmt: skip


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def running(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Node]:
    """One node for all."""
    folder = tmp_path_factory.mktemp("demo")
    async with node(Settings(port=0, relay_port=0, data=str(folder / "oncue"), log="error")) as running:
        yield running


async def until(holds: Callable[[], bool]) -> None:
    """Return once it holds; the test's own time limit is the limit."""
    while not holds():
        await asyncio.sleep(0.01)


@pytest_asyncio.fixture(loop_scope="module")
async def venue(running: Node) -> AsyncIterator[Venue]:
    async with Venue(running.url, running.key) as venue:
        yield venue


async def test_a_show_plays_by_itself_and_counts_everything_once(venue: Venue) -> None:
    await venue.make({"title": "Demo", "rundown": QUICK.rundown(), "picture": "test"})
    report = await play(venue, QUICK, DemoOptions(bots=8, autopilot=True))
    assert report.rundown_done
    assert report.promises.kept, report.promises.broken
    assert report.viewers == report.audience.over_moq == 8
    assert report.receipts == report.counted >= 16
    assert report.audience.scenes_measured > 0
    assert report.scene_p95_ms is not None
    assert report.audience.frames_least > 0
    assert report.audience.megabytes_per_viewer > 0
    assert report.in_step + report.late + report.beyond + report.blind == 8
    assert report.playout
    assert report.playout.target == report.target_ms * 1000 > 0


async def test_the_hosts_dial_moves_the_pictures_of_all_viewers(venue: Venue) -> None:
    made = await venue.make({"title": "Demo", "rundown": QUICK.rundown(), "picture": "test:320x180@15"})
    async with Crowd(venue, 4) as crowd:
        await crowd.enter(0.1)
        await until(lambda: all(0 < bot.target >= bot.need for bot in crowd.bots))
        assert len({bot.target for bot in crowd.bots}) == 1
        for turned in (4_000_000, 4_500_000):
            dial = {"type": "dial", "fixed": turned}
            told = await venue._http.post(f"/api/shows/{made.id}/actions", json=dial, headers=venue._key)
            assert told.status_code == 200
            await until(lambda: {bot.target for bot in crowd.bots} == {turned})  # noqa: B023
        assert crowd.figures().playout.in_step == 4


async def test_the_demo_ends_with_one_json_line(running: Node, capsys: pytest.CaptureFixture[str]) -> None:
    assert await run_demo(running.url, running.key, DemoOptions(bots=2, seconds=2, json=True)) == 0
    out = capsys.readouterr().out
    assert out.count("\n") == 1
    said = msgspec.json.decode(out)
    assert tuple(said)[: len(PROMISED)] == PROMISED
    assert said["viewers"] == said["receipts"] == said["counted"] == 2


async def test_the_demo_tells_people_where_to_go(running: Node, capsys: pytest.CaptureFixture[str]) -> None:
    assert await run_demo(running.url, running.key, DemoOptions(seconds=0.1)) == 0
    said = capsys.readouterr().out
    for link in ("/j/", "/host/", "/screen/", "/overlay/"):
        assert f"{running.url}{link}" in said
    assert len(said.split("#token=")[1].split()[0]) > 100


async def test_what_was_sent_on_a_lost_connection_is_sent_again_and_counts_once(venue: Venue) -> None:
    await venue.make({"title": "Demo", "rundown": QUICK.rundown()})
    async with Crowd(venue, 3) as crowd:
        await crowd.enter(0.1)
        for bot in crowd.bots:
            assert bot.line
            bot.line.act("", {"type": "rename", "name": f"Somebody {bot.index}"})
            bot.line.drop()
            bot.line.act("", {"type": "rename", "name": f"Somebody else {bot.index}"})
        await crowd.settle(10)
        promises = await reckon(venue, crowd)
        figures = crowd.figures()
    assert figures.reconnects == 3
    assert promises.kept, promises.broken
    assert promises.receipts == promises.counted == 9


async def test_a_bot_that_may_not_come_says_why(venue: Venue) -> None:
    await venue.make({"title": "Demo"})
    await venue.close()
    async with Crowd(venue, 1) as crowd:
        await crowd.enter(0)
        assert crowd.bots[0].problem == "show/closed"
        assert crowd.figures().absent == 1


async def test_an_autopilot_that_is_put_off_does_not_wait_for_ever(venue: Venue) -> None:
    await venue.make({"title": "Demo", "rundown": []})
    host = msgspec.structs.replace(await venue.host(), token="a.b.c")
    await Autopilot(host, QUICK.pace).run()


async def test_a_wrong_key_is_an_error_with_a_code(running: Node) -> None:
    async with Venue(running.url, "x" * 32) as venue:
        with pytest.raises(OncueError) as refused:
            await venue.make({"title": "Demo"})
    assert refused.value.code == "auth/forged"
