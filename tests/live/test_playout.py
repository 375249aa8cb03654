"""What viewers need on all nodes becomes one delay for all, in the log, by whoever owns the show."""

import asyncio
from collections import Counter

import msgspec
from small_show import SHOW, Ask, House, Judge, Still, until

from oncue.engine.house import SHOW_DECODER
from oncue.engine.live import Bus, Runner, read_log, subject
from oncue.engine.live.messages import Needs, encode
from oncue.engine.live.pacemaker import KEPT, LOOK
from oncue.engine.log import decode_batch
from oncue.engine.pacing import GATHER, RAISE, STEP
from oncue.engine.playout import Dial, Pace, Playout
from oncue.engine.structs import seconds
from oncue.engine.wire import DeskMsg, SceneMsg


def needs(node: str, *spans: int, blind: int = 0) -> Needs:
    """What a node says of viewers who have the delay that they need."""
    steps = Counter(-(-span // STEP) for span in spans)
    return Needs(node=node, needs=steps, delays=steps, blind=blind, errors={3: len(spans)})


async def tell(house: House, *nodes: Needs, after: int = 0) -> None:
    """The nodes tell it when so much more show time has passed, and the owner has heard it."""
    house.ahead += after
    since = house.now()
    for one in nodes:
        while house.owner._pacemaker._nodes.get(one.node, (0,))[0] < since:
            await house.bus.publish(subject(SHOW, "needs"), encode(one))
            await asyncio.sleep(0.005)


async def agree(house: House, target: int, *nodes: Needs, after: int = 0) -> None:
    """Return once all pictures are to have this delay; the nodes go on telling it until then."""
    await tell(house, *nodes, after=after)
    while playout(house).target != target:
        await tell(house, *nodes)


async def on_air(house: House) -> Runner:
    """A show with an owner who listens."""
    runner = await house.run()
    await house.open(1)
    await until(lambda: house.show() is not None)
    return runner


async def thought_over(house: House) -> None:
    """Return once the owner has looked at what it knows now."""
    since = house.now()
    house.ahead += LOOK
    await until(lambda: house.owner._pacemaker._looked > since)


async def hear(house: House, what: str, kind: type) -> list:
    heard: list = []
    await house.bus.subscribe(
        subject(SHOW, what), lambda _, data: heard.append(msgspec.json.decode(data, type=kind))
    )
    return heard


async def paces(bus: Bus) -> list[Pace]:
    """All that were written."""
    found = []
    async for _, data in read_log(bus, SHOW):
        for part in decode_batch(data).parts:
            found += [] if part.segment else [one.action for one in SHOW_DECODER.decode(part.entries)]
    return [action for action in found if isinstance(action, Pace)]


def playout(house: House) -> Playout:
    show = house.show()
    return show.playout if show else Playout()


async def test_the_needs_of_two_nodes_make_one_pace_that_the_scene_tells(house: House) -> None:
    scenes = await hear(house, "scene", SceneMsg)
    await on_air(house)
    nodes = needs("a", 110_000, 120_000), needs("b", 480_000, blind=1)
    await tell(house, *nodes)
    await agree(house, 500_000, *nodes, after=GATHER)
    assert playout(house).last == 500_000
    await until(lambda: scenes[-1].target == 500_000)
    assert scenes[-1].last == 500_000
    await tell(house, *nodes)
    await thought_over(house)
    assert await paces(house.bus) == [Pace(500_000, 500_000)]


async def test_an_owner_listens_to_all_nodes_before_it_decides(house: House) -> None:
    await on_air(house)
    await tell(house, needs("a", 100_000))
    await thought_over(house)
    await tell(house, needs("b", 700_000))
    await agree(house, 720_000, needs("a", 100_000), needs("b", 700_000), after=GATHER)
    assert [pace.target for pace in await paces(house.bus)] == [720_000]


async def test_a_node_that_is_heard_no_more_is_forgotten(house: House) -> None:
    await on_air(house)
    await agree(house, 920_000, needs("a", 100_000), needs("b", 900_000), after=GATHER)
    for _ in range(7):
        await tell(house, needs("a", 100_000), after=KEPT - seconds(3))
        await thought_over(house)
    await agree(house, 120_000, needs("a", 100_000), after=KEPT - seconds(3))


async def test_an_open_round_holds_a_change_back_until_it_is_judged(house: House) -> None:
    await on_air(house)
    await agree(house, 120_000, needs("a", 100_000), after=GATHER)
    show = await house.folded(await house.host(Ask()))
    assert show.busy
    for _ in range(4):
        await tell(house, needs("a", 400_000), after=RAISE)
        await thought_over(house)
    await house.folded(await house.host(Dial(fixed=seconds(2)), ""))
    assert await paces(house.bus) == [Pace(120_000, 200_000)]
    await house.host(Judge())
    await until(lambda: playout(house).target == seconds(2))


async def test_the_hosts_dial_counts_at_once(house: House) -> None:
    await on_air(house)
    everybody = needs("a", *[100_000] * 9, 700_000)
    await agree(house, 720_000, everybody, after=GATHER)
    await house.folded(await house.host(Dial(share=0.5), ""))
    await agree(house, 120_000, everybody, after=LOOK)


async def test_a_new_owner_goes_on_with_what_was_agreed_and_waits_like_the_last_one(house: House) -> None:
    first = await on_air(house)
    await agree(house, 220_000, needs("a", 200_000), after=GATHER)
    await house.end(first)
    second = await house.run("second")
    await until(lambda: second.owner(SHOW) is not None and playout(house).target == 220_000)
    for span in (GATHER - LOOK, RAISE - seconds(2)):
        await tell(house, needs("a", 900_000), after=span)
        await thought_over(house)
        assert playout(house).target == 220_000
    await agree(house, 920_000, needs("a", 900_000), after=RAISE)
    assert [pace.target for pace in await paces(house.bus)] == [220_000, 920_000]


async def test_the_desk_hears_how_well_the_audience_is_in_step_and_not_more_often_than_it_must(
    house: House,
) -> None:
    desks = await hear(house, "desk", DeskMsg)
    await on_air(house)
    await tell(house, needs("a", *[200_000] * 8, 300_000, seconds(1), seconds(4), blind=3), after=GATHER)
    await until(lambda: bool(desks) and desks[-1].playout.target > 0)
    await house.host(Dial(fixed=300_000), "")
    await until(lambda: desks[-1].playout.target == 300_000)
    told = desks[-1].playout
    assert (told.in_step, told.late, told.beyond, told.blind) == (9, 1, 1, 3)
    assert (told.need_p50, told.need_most, told.error_p95) == (200_000, seconds(4), 3_000)
    await tell(house, needs("a", 200_000), after=seconds(2))
    await until(lambda: desks[-1].playout.blind == 0)
    # Else on a busy machine the moment comes in which the desk is told again.
    house.clock = Still(house.clock.now())
    before = len(desks)
    await tell(house, needs("a", 210_000))
    await house.folded(await house.act(1, Ask()))  # refused: it is the host's, and the desk stays as it is
    assert len(desks) == before
    await tell(house, after=seconds(2))
    await until(lambda: len(desks) > before)
    assert desks[-1].playout.need_p50 == 210_000
