"""An owner that finds a version gone goes on in another, or without that part; hosts upgrade what runs; nobody is lost on the way."""

import asyncio
import contextlib
from collections.abc import Callable

import msgspec
from counting import Arm, Count, Count2, Count3, Double, Kind, Tap, Unwilling, having
from small_show import SHOW, House, Taps, until
from small_show import Tap as TapTaps

from oncue.engine import replay
from oncue.engine.errors import Unavailable, Unknown
from oncue.engine.house import Start
from oncue.engine.live import Ask, Runner, read_log, subject
from oncue.engine.live.messages import encode, read_answer, read_news, read_privates
from oncue.engine.segment import SegmentSpec
from oncue.engine.show import Show
from oncue.engine.structs import ShowId
from oncue.engine.versions import Upgrade
from oncue.engine.wire import DeskMsg

RUNDOWN = (SegmentSpec("s1", "count", "Count"), SegmentSpec("s2", "count", "More"))


def installed(**formats: tuple[Kind, ...]) -> Callable[[str], Kind]:
    """What `format_named` is where these versions of formats are installed."""

    def format_named(name: str) -> Kind:
        bare = name.partition("@")[0]
        if bare not in formats:
            raise Unknown(f"there is no format {bare!r}", code="format/unknown")
        return having(*formats[bare])(name)

    return format_named


async def runs(house: House, formats: Callable[[str], Kind], node: str = "engine") -> Runner:
    runner = Runner(house.bus, formats=formats, now=house.now, node=node, records=house.kept)
    house.runners.append((runner, asyncio.create_task(runner.run())))
    await runner.ready.wait()
    return runner


async def desk(house: House) -> DeskMsg:
    answer = None
    while answer is None:
        with contextlib.suppress(Unavailable):
            answer = read_answer(await house.bus.request(subject(SHOW, "ask"), encode(Ask([], True))))
    return msgspec.json.decode(answer.desk, type=DeskMsg)


async def runs_version(house: House, version: str) -> Show:
    """The show once its first part runs that version."""

    def there() -> bool:
        show = house.show()
        return show is not None and show.segments["s1"].spec.version == version

    await until(there)
    show = house.show()
    assert show
    return show


async def log(house: House) -> list[tuple[int, bytes]]:
    return [message async for message in read_log(house.bus, SHOW)]


async def test_a_version_that_is_gone_is_migrated_when_another_node_takes_over(house: House) -> None:
    first = await runs(house, installed(count=(Count,)), "first")
    await house.open(1, 2, rundown=RUNDOWN)
    await house.act(1, Tap())
    await house.folded(await house.host(Arm()))
    await house.end(first)
    missed = await house.act(2, Tap())
    second = await runs(house, installed(count=(Count3,)), "second")
    show = await house.folded(missed)
    assert dict(show.segments["s1"].state.counts) == {1: 1.0, 2: 1.0}
    house.ahead += 5_000_000
    await until(lambda: show.segments["s1"].state.rings == 1)
    seq = await house.act(1, Double())
    await house.folded(seq)
    again = replay.play(ShowId(SHOW), installed(count=(Count3, Count2, Count)), await log(house))
    assert replay.same(again, show)
    await house.end(second)
    await runs(house, installed(count=(Count3,)), "third")
    show = await house.folded(seq)
    assert dict(show.segments["s1"].state.counts) == {1: 3.0, 2: 1.0}


async def test_a_part_whose_version_is_gone_for_good_is_refused_and_the_rest_goes_on(house: House) -> None:
    first = await runs(house, installed(count=(Count,), taps=(Taps,)), "first")
    await house.open(1, rundown=(*RUNDOWN, SegmentSpec("s3", "taps", "Taps")))
    await house.folded(await house.act(1, Tap()))
    await house.end(first)
    news = []
    await house.bus.subscribe(subject(SHOW, "news"), lambda _, data: news.append(read_news(data)))
    second = await runs(house, installed(count=(Unwilling,), taps=(Taps,)), "second")
    await house.folded(await house.act(1, Tap()))
    await until(lambda: any(told.refused for told in news))
    assert [one.code for told in news for one in told.refused] == ["format/version"]
    said = await desk(house)
    assert [bool(line.problem) for line in said.rundown] == [True, True, False]
    assert "but 4" in said.rundown[0].problem
    await house.host(Start("s3"), "")
    show = await house.folded(await house.act(1, TapTaps(), "s3"))
    assert show.segments["s3"].state.taps[1] == 1
    await house.end(second)
    await runs(house, installed(count=(Count,), taps=(Taps,)), "third")
    show = await house.folded((await log(house))[-1][0])
    # It came before the part was over, and counts now that it can be played.
    assert dict(show.segments["s1"].state.taps) == {1: 2}
    assert not any(line.problem for line in (await desk(house)).rundown)


async def test_a_format_that_is_unknown_at_take_over_harms_no_other_show_and_no_part(house: House) -> None:
    first = await runs(house, installed(count=(Count,), taps=(Taps,)), "first")
    await house.open(1, rundown=(SegmentSpec("s1", "count", "Count"), SegmentSpec("s2", "taps", "Taps")))
    await house.folded(await house.act(1, Tap()))
    await house.end(first)
    runner = await runs(house, installed(taps=(Taps,)), "second")
    await house.host(Start("s2"), "")
    show = await house.folded(await house.act(1, TapTaps(), "s2"))
    assert show.segments["s2"].state.taps[1] == 1
    assert (await desk(house)).rundown[0].problem == "there is no format 'count'"
    owner = runner.owner(SHOW)
    await house.folded(await house.act(1, TapTaps(), "s2"))
    assert runner.owner(SHOW) is owner


async def test_a_host_upgrades_what_runs_or_hears_why_not(house: House) -> None:
    privates = []
    await house.bus.subscribe(subject(SHOW, "private"), lambda _, data: privates.append(data))
    await runs(house, installed(count=(Count2, Count, Unwilling)))
    await house.open(1, 2, rundown=RUNDOWN)
    await house.act(1, Tap())
    await house.folded(await house.host(Upgrade("s1", "4"), ""))
    await until(lambda: "upgrade" in house.owner.show.segments["s1"].views)
    assert "version 1 is too old" in (await desk(house)).faults[0].message
    assert (await desk(house)).rundown[0].upgrade == "2"
    privates.clear()
    await house.host(Upgrade("s1", "2"), "")
    show = await runs_version(house, "2")
    await house.folded(await house.act(2, Double()))
    assert dict(show.segments["s1"].state.taps) == {1: 1, 2: 2}
    await until(lambda: {viewer for data in privates for viewer, _ in read_privates(data)} == {1, 2})
    assert (await desk(house)).faults == ()
    assert replay.same(replay.play(ShowId(SHOW), show.formats, await log(house)), show)


async def test_a_version_that_is_being_written_is_followed_by_itself(house: House) -> None:
    class Draft(Count2):
        version = "1+abc"

    class Draft2(Draft):
        version = "1+def"

    kinds: list[Kind] = [Draft]

    def newest(name: str) -> Kind:
        return having(*kinds)(name)

    await runs(house, newest)
    await house.open(1, rundown=(SegmentSpec("s1", "count", "Count", version="1+abc"),))
    await house.folded(await house.act(1, Tap()))
    kinds.insert(0, Draft2)
    show = await runs_version(house, "1+def")
    await house.folded(await house.act(1, Double()))
    assert dict(show.segments["s1"].state.taps) == {1: 3}
    assert show.turns.torn
