"""Which delay and which round trip a viewer is believed to have, and what the owner of the show hears of them."""

import itertools

import msgspec
import pytest
from link.conftest import Pause, Phone, Stage, first, until
from prometheus_client import generate_latest

from oncue.api.layers import Figures
from oncue.api.link import Link
from oncue.engine.blocks import Scene
from oncue.engine.live import subject
from oncue.engine.live.messages import Needs, read_needs
from oncue.engine.structs import Role, seconds
from oncue.engine.wire import SceneMsg

ANN = 77
TARGET, LAST = seconds(0.4), seconds(1.2)
_seqs = itertools.count(1)


async def shows(
    stage: Stage, mood: str, *, target: int = TARGET, last: int = LAST, segment: str = "s1"
) -> None:
    """The links' room gets a scene of an owner that comes after all others."""
    mark = next(_seqs)
    scene = SceneMsg(99, mark, stage.now(), segment, "taps", "Taps", Scene((), mood), 0, target, last)
    await stage.bus.publish(subject(stage.show, "scene"), msgspec.json.encode(scene))
    room = stage.rooms.rooms[stage.show]
    await until(lambda: room.scene_at == (99, mark))


async def settled(stage: Stage, mood: str = "quiet") -> None:
    """The target was agreed on long ago."""
    await shows(stage, mood)
    stage.pass_time(11)


async def reports(phone: Phone, delay: int, **more: int | str) -> None:
    """The phone says how it fares, and the node has heard it."""
    phone.say("report", delay=delay, **({"door": "moq"} | more))
    phone.say("ping", t0=1.0)
    await phone.told("pong")


def link_of(stage: Stage, viewer: int) -> Link:
    return stage.rooms.rooms[stage.show].viewers[viewer][-1]


async def test_a_round_believes_the_last_report_before_it_and_then_only_smaller_ones(stage: Stage) -> None:
    ann = await stage.player("Ann", viewer=ANN)
    await settled(stage)
    await reports(ann, 2_000_000)
    await reports(ann, 900_000)
    await shows(stage, "live")
    believed = []
    for delay in (4_000_000, 500_000, 900_000, 300_000):
        await reports(ann, delay)
        ann.act(first(1) + len(believed) + 1)
        await ann.receipted(first(1) + len(believed) + 1)
        believed.append((await stage.entries())[-1].delay)
    assert believed == [900_000, 500_000, 500_000, 300_000]


async def test_delays_stay_locked_until_the_last_answers_have_arrived(stage: Stage) -> None:
    ann = await stage.call(viewer=ANN)
    await settled(stage)
    await reports(ann, 300_000)
    await shows(stage, "live")
    await shows(stage, "quiet")
    stage.pass_time(LAST / 1e6 + 0.4)
    await reports(ann, 800_000)
    assert link_of(stage, ANN).delay == 300_000
    stage.pass_time(0.2)
    assert link_of(stage, ANN).delay == 800_000


async def test_a_report_is_believed_at_once_when_the_lock_is_over(stage: Stage) -> None:
    ann = await stage.call(viewer=ANN)
    await shows(stage, "live", last=0)
    await shows(stage, "reveal", last=0)
    stage.ahead += seconds(1.4)
    await reports(ann, 800_000)
    assert link_of(stage, ANN).delay == TARGET
    stage.ahead += seconds(0.2)
    await reports(ann, 900_000)
    assert link_of(stage, ANN).delay == 900_000


async def test_the_next_round_believes_what_was_said_during_the_last_one(stage: Stage) -> None:
    ann = await stage.call(viewer=ANN)
    await settled(stage)
    await reports(ann, 300_000)
    await shows(stage, "live")
    await reports(ann, 900_000)
    await shows(stage, "reveal")
    await shows(stage, "live")
    assert link_of(stage, ANN).delay == 900_000
    await reports(ann, 1_100_000)
    await shows(stage, "live", segment="s2")
    assert link_of(stage, ANN).delay == 1_100_000


async def test_who_comes_in_a_round_is_believed_up_to_the_target(stage: Stage) -> None:
    host = await stage.call(Role.HOST)
    await settled(stage, "live")
    ann = await stage.call(viewer=ANN)
    assert link_of(stage, ANN).delay == TARGET
    await reports(ann, 2_000_000)
    assert link_of(stage, ANN).delay == TARGET
    await reports(ann, 100_000)
    assert link_of(stage, ANN).delay == 100_000
    assert not host.closed.is_set()


async def test_who_is_there_and_has_never_reported_is_believed_up_to_the_target_too(stage: Stage) -> None:
    ann = await stage.call(viewer=ANN)
    await shows(stage, "live", target=0)
    assert link_of(stage, ANN).delay == 0
    await shows(stage, "live")  # the first target may be agreed on in a round
    assert link_of(stage, ANN).delay == TARGET
    await reports(ann, 0)
    assert link_of(stage, ANN).delay == TARGET


async def test_pictures_on_their_way_to_a_new_target_are_believed_to_have_it(stage: Stage) -> None:
    ann = await stage.call(viewer=ANN)
    await shows(stage, "quiet", target=100_000)
    stage.pass_time(30)
    await reports(ann, 100_000)
    await shows(stage, "quiet")
    await reports(ann, 150_000)
    await shows(stage, "live")
    assert link_of(stage, ANN).delay == TARGET
    await shows(stage, "quiet")
    stage.pass_time(11)
    await shows(stage, "live")
    assert link_of(stage, ANN).delay == 150_000


async def test_who_loads_the_page_again_in_a_round_has_what_they_had(stage: Stage) -> None:
    ann = await stage.call(viewer=ANN)
    await settled(stage)
    await reports(ann, 250_000)
    await shows(stage, "live")
    ann.transport.disconnect(False)
    await until(lambda: not stage.rooms.links)
    again = await stage.call(viewer=ANN)
    await reports(again, 350_000)
    assert link_of(stage, ANN).delay == 250_000


@pytest.mark.parametrize("held", [0.9, 4.0])
async def test_a_pong_that_is_held_back_gains_a_quarter_of_a_second(stage: Stage, held: float) -> None:
    await stage.call(viewer=ANN)
    link = link_of(stage, ANN)
    await until(lambda: link.rtt > 0)
    shortest = link.rtt
    pongs(link, held)
    assert link.rtt == shortest + 250_000
    pongs(link, 0.2)
    assert link.rtt == 200_000


async def test_a_network_that_is_slow_for_a_minute_is_believed(stage: Stage) -> None:
    await stage.call(viewer=ANN)
    link = link_of(stage, ANN)
    await until(lambda: link.rtt > 0)
    for _ in range(4):
        pongs(link, 0.7)
    assert link.rtt == 700_000


def pongs(link: Link, after: float) -> None:
    """The next ping is answered after so many seconds."""
    link.measure(1)
    link.ponged(1 + seconds(after))


async def test_a_node_tells_what_its_viewers_need_every_two_seconds(stage: Stage) -> None:
    told: list[Needs] = []
    await stage.bus.subscribe(subject(stage.show, "needs"), lambda _, data: told.append(read_needs(data)))
    ann, ben = await stage.call(viewer=ANN), await stage.call()
    await stage.call(Role.HOST)
    await stage.call(Role.DISPLAY)
    await reports(ann, 310_000, need=201_000, error=1_500)
    await reports(ben, 900_000, error=4_000)
    await reports(await stage.call(), 300_000, door="none")
    await reports(await stage.call(), 0, door="carrier pigeon")
    stage.pass_time(0)
    stage.pass_time(2)
    await until(lambda: bool(told) and told[-1].blind == 3 and bool(told[-1].needs))
    assert told[-1].doors == {"moq": 2, "none": 3}
    assert (told[-1].needs, told[-1].delays, told[-1].errors) == ({21: 1}, {31: 1, 90: 1}, {2: 1, 4: 1})
    seen = len(told)
    stage.pass_time(0.1)
    assert len(told) == seen
    stage.pass_time(2)
    await until(lambda: len(told) > seen)
    assert told[-1].node == told[0].node == stage.rooms.name


async def test_prometheus_sees_the_target_the_lanes_and_the_needs_of_each_show(stage: Stage) -> None:
    ann, ben = await stage.call(viewer=ANN), await stage.call()
    await stage.call()
    await shows(stage, "quiet")
    await reports(ann, 400_000, need=300_000, error=2_000)
    await reports(ben, 900_000, need=900_000)
    await stage.rooms.rooms[stage.show].tell_needs()
    figures = Figures()
    figures.playouts(lambda: {"evening": stage.rooms.rooms[stage.show].in_step()})
    told = generate_latest(figures.registry).decode()
    assert 'oncue_target_seconds{show="evening"} 0.4' in told
    assert 'oncue_clock_error_seconds{show="evening"} 0.002' in told
    assert 'oncue_need_seconds{quantile="1",show="evening"} 0.9' in told
    for lane in ("in_step", "late", "blind"):
        assert f'oncue_viewers{{lane="{lane}",show="evening"}} 1.0' in told


async def test_a_viewer_with_two_tabs_is_one_and_what_is_said_is_bounded(stage: Stage) -> None:
    old, new = await stage.call(viewer=ANN), await stage.call(viewer=ANN)
    await reports(old, 100_000, need=100_000)
    await reports(new, 90_000_000, need=90_000_000, error=90_000_000)
    told = await stage.rooms.rooms[stage.show].needs()
    assert (told.needs, told.delays, told.blind, told.errors) == ({500: 1}, {500: 1}, 0, {1000: 1})


async def test_a_welcome_has_the_scenes_of_the_last_seconds_and_the_one_before(stage: Stage) -> None:
    await stage.call()
    for mood in ("quiet", "live", "reveal"):
        await shows(stage, mood)
        stage.ahead += seconds(2.5)
    ann = await stage.call(viewer=ANN)
    scenes = ann.heard[0]["scenes"]
    assert [one["scene"].get("mood", "quiet") for one in scenes][-3:] == ["quiet", "live", "reveal"]
    stage.ahead += seconds(2)
    ben = await stage.call()
    assert [one["scene"].get("mood", "quiet") for one in ben.heard[0]["scenes"]] == ["live", "reveal"]
    stage.ahead += seconds(60)
    cyd = await stage.call()
    assert [one["scene"].get("mood", "quiet") for one in cyd.heard[0]["scenes"]] == ["reveal"]


async def test_a_node_that_comes_later_learns_the_scenes_of_the_last_seconds_too(node: Stage) -> None:
    moods: list[str] = []
    await node.bus.subscribe(
        subject(node.show, "scene"),
        lambda _, data: moods.append(msgspec.json.decode(data, type=SceneMsg).scene.mood),
    )
    await node.air()
    await node.own()
    await until(lambda: moods[-1:] == ["live"])
    await node.enter(1, Pause(), Role.HOST, "s1")
    await until(lambda: moods[-1:] == ["reveal"])
    await node.open()
    ann = await node.call(viewer=ANN)
    assert [one["scene"]["mood"] for one in ann.heard[0]["scenes"]][-2:] == ["live", "reveal"]
