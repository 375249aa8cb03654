"""One owner folds a show, and another goes on when it is gone."""

import asyncio
import os
import signal

import msgspec
from patience import PATIENCE_S
from small_show import SHOW, Arm, House, Tap, told, until

from oncue.engine import replay, snapshot
from oncue.engine.errors import Unavailable
from oncue.engine.house import Close, Finish, Kick, Start
from oncue.engine.live import Ask, NatsServer, News, cards, read_log, snapshots, subject
from oncue.engine.live.messages import encode, read_news, read_privates, read_put_off
from oncue.engine.live.owner import Owner
from oncue.engine.show import Show
from oncue.engine.structs import ShowId
from oncue.engine.wire import DeskMsg, PrivateMsg, SceneMsg


def states(show: Show) -> list[bytes]:
    """Of its segments and people; that it has another owner is another matter."""
    return [show.crowd.names, *(one.kind.keeper.encode(one.state) for one in show.segments.values())]


async def heard(house: House, what: str) -> list[bytes]:
    out: list[bytes] = []
    await house.bus.subscribe(subject(SHOW, what), lambda _, data: out.append(data))
    return out


async def test_a_counted_action_is_seen_in_a_scene_that_names_its_place_in_the_log(house: House) -> None:
    scenes = await heard(house, "scene")
    await house.run()
    await house.open(1)
    seq = await house.act(1, Tap())
    await until(lambda: bool(scenes) and msgspec.json.decode(scenes[-1], type=SceneMsg).seq >= seq)
    scene = msgspec.json.decode(scenes[-1], type=SceneMsg)
    assert scene.scene.blocks[0].stats[0].value == "1"
    assert (scene.segment, scene.format, scene.people) == ("s1", "taps", 1)


async def test_only_the_viewers_whose_part_changed_get_a_private_scene(house: House) -> None:
    privates = await heard(house, "private")
    await house.run()
    await house.open(1, 2, 3)
    # For joining each hears their name, and what there is for them.
    await until(
        lambda: sorted(viewer for data in privates for viewer, _ in read_privates(data)) == [1, 1, 2, 2, 3, 3]
    )
    privates.clear()
    await house.act(2, Tap())
    await until(lambda: bool(privates))
    [(viewer, data)] = read_privates(privates[0])
    assert viewer == 2
    assert msgspec.json.decode(data, type=PrivateMsg).scene.blocks[0].stats[0].value == "1"


async def test_who_has_something_private_from_the_start_of_a_segment_gets_it_when_that_goes_live(
    house: House,
) -> None:
    await house.run()
    await house.open(1, 2)
    await house.folded(await house.act(2, Tap()))
    privates = await heard(house, "private")
    seq = await house.host(Start("s2"), "")

    def mine() -> dict[int, PrivateMsg]:
        read = [one for told in privates for one in read_privates(told)]
        drawn = [(viewer, data) for viewer, data in read if b'"op":"private"' in data]
        return {viewer: msgspec.json.decode(data, type=PrivateMsg) for viewer, data in drawn}

    await until(lambda: mine().keys() == {1, 2} and all(one.seq >= seq for one in mine().values()))
    assert [(one.segment, one.scene.blocks[0].stats[0].value) for one in mine().values()] == [("s2", "0")] * 2


async def test_what_the_owner_before_may_not_have_sent_a_new_one_sends(house: House) -> None:
    """It may have died between the snapshot, in which nobody's part has changed since, and sending."""
    first = await house.run("first")
    await house.open(1)
    await house.folded(await house.act(1, Tap()))
    await house.end(first)
    privates = await heard(house, "private")
    await house.run("second")
    await until(lambda: any(viewer == 1 for data in privates for viewer, _ in read_privates(data)))


async def test_a_refusal_is_told_with_its_reason(house: House) -> None:
    news = await heard(house, "news")
    await house.run()
    await house.open(1)
    for _ in range(5):
        await house.act(1, Tap())
    seq = await house.act(1, Tap())
    await until(lambda: bool(news) and read_news(news[-1]).seq >= seq)
    refused = [refusal for data in news for refusal in read_news(data).refused]
    assert [(r.viewer, r.number, r.code, r.why) for r in refused] == [
        (1, house.counters[1], "taps/enough", "five are enough")
    ]


async def test_a_timer_rings_once_even_when_its_owner_is_replaced_before(house: House) -> None:
    first = await house.run("first")
    await house.open(1)
    await house.folded(await house.host(Arm()))
    await house.end(first)
    await house.run("second")
    await until(lambda: (show := house.show()) is not None and show.segments["s1"].state.rings > 0)
    await house.folded(await house.act(1, Tap()))
    show = house.show()
    assert show
    assert show.segments["s1"].state.rings == 1


async def test_a_second_node_takes_over_with_the_same_state(house: House) -> None:
    first = await house.run("first")
    await house.open(1, 2)
    for _ in range(3):
        seq = await house.act(1, Tap())
    before = states(await house.folded(seq))
    await house.end(first)
    await house.run("second")
    assert states(await house.folded(seq)) == before


async def test_two_nodes_never_own_a_show_at_once(house: House) -> None:
    first, second = await house.run("first"), await house.run("second")
    await house.open(1)
    await house.folded(await house.act(1, Tap()))
    assert [runner.owner(SHOW) is not None for runner in (first, second)].count(True) == 1


async def test_the_log_alone_gives_the_same_show_as_its_owner_has(house: House) -> None:
    await house.run()
    await house.open(1, 2, 3)
    await house.host(Arm())
    for viewer in (1, 2, 3) * 6:
        seq = await house.act(viewer, Tap())
    show = await house.folded(seq)
    await until(lambda: show.segments["s1"].state.rings == 1)
    messages = [message async for message in read_log(house.bus, SHOW)]
    assert replay.same(replay.play(ShowId(SHOW), show.formats, messages), show)


async def test_a_show_goes_on_after_nats_was_killed(house: House, server: NatsServer) -> None:
    await house.run()
    await house.open(1)
    await house.folded(await house.act(1, Tap()))
    os.kill(server.pid, signal.SIGKILL)
    show = await house.folded(await house.act(1, Tap()))
    assert show.segments["s1"].state.taps[1] == 2


async def test_an_owner_goes_on_from_its_snapshot_not_from_the_beginning(house: House, monkeypatch) -> None:
    monkeypatch.setattr(snapshots, "MESSAGES", 3)
    await house.run("first")
    await house.open(1)
    for _ in range(5):
        seq = await house.act(1, Tap())
    await house.folded(seq)
    while (kept := await house.bus.kept(SHOW)) is None:
        await asyncio.sleep(0.01)
    assert snapshot.load(kept, house.runners[0][0]._formats).seq >= 3


async def test_a_snapshot_is_made_once_much_was_folded_since_the_last_even_in_few_messages(
    house: House, monkeypatch
) -> None:
    monkeypatch.setattr(snapshots, "REPLAY_S", 0.0)
    monkeypatch.setattr(snapshots, "SHARE", 0)
    await house.run("first")
    await house.open(1)
    seq = await house.act(1, Tap())
    await house.folded(seq)
    while (kept := await house.bus.kept(SHOW)) is None or snapshot.load(
        kept, house.runners[0][0]._formats
    ).seq < seq:
        await asyncio.sleep(0.01)


async def failing(_: Owner) -> None:
    raise Unavailable("nobody answers")


async def test_an_owner_that_has_to_catch_up_keeps_snapshots_on_its_way_for_the_next(
    house: House, monkeypatch
) -> None:
    monkeypatch.setattr(snapshots, "REPLAY_S", 0.0)
    monkeypatch.setattr(snapshots, "SHARE", 0)
    monkeypatch.setattr(Owner, "_resume", failing)
    await house.open(1)
    seq = await house.act(1, Tap())
    await house.run()
    while (kept := await house.bus.kept(SHOW)) is None or snapshot.load(
        kept, house.runners[0][0]._formats
    ).seq < seq:
        await asyncio.sleep(0.01)


async def test_results_are_handed_on_when_a_segment_ends_and_again_after_a_take_over(house: House) -> None:
    first = await house.run("first")
    await house.open(1)
    await house.act(1, Tap())
    seq = await house.host(Finish(), "")
    await house.folded(seq)
    await until(lambda: bool(house.kept.results))
    assert house.kept.results[0][0] == "s1"
    assert house.kept.results[0][1][0].cells == {"viewer": 1, "taps": 1}
    await house.end(first)
    house.kept.results.clear()
    await house.run("second")
    await until(lambda: bool(house.kept.results))
    assert house.kept.results[0][0] == "s1"


async def test_who_is_kicked_is_put_off(house: House) -> None:
    out = await heard(house, "out")
    await house.run()
    await house.open(1)
    await house.host(Kick(1), "")
    await until(lambda: bool(out))
    assert read_put_off(out[0]) == [(1, False)]


async def test_the_owner_tells_a_newcomer_what_they_may_see(house: House) -> None:
    await house.run()
    await house.open(1)
    await house.folded(await house.act(1, Tap()))
    answer = await told(house, Ask([1, 2], True, "s1"))
    assert answer.names == {1: "viewer 1"}
    assert answer.formats == {"s1": "taps@1", "s2": "taps@1"}
    assert [row.cells for row in answer.rows] == [{"viewer": 1, "taps": 1}]
    desk = msgspec.json.decode(answer.desk, type=DeskMsg)
    assert [action.type for action in desk.actions if action.ready] == ["arm", "ask"]
    assert (desk.primary, desk.primary_title) == ({"type": "start", "segment": "s2"}, "Start: More taps")


async def test_a_closed_show_is_given_up_and_marked_closed(house: House) -> None:
    await house.run()
    await house.open(1)
    await house.host(Close(), "")
    await until(lambda: house.show() is None)
    async with asyncio.timeout(PATIENCE_S):
        while [card.state for card in await cards(house.bus)] != ["closed"]:
            await asyncio.sleep(0.01)


async def test_a_message_that_cannot_be_read_is_skipped_and_the_show_goes_on(house: House) -> None:
    await house.run()
    await house.open(1)
    await house.bus.append(subject(SHOW, "log"), b"\xc1 nonsense", "nonsense-1")
    show = await house.folded(await house.act(1, Tap()))
    assert show.segments["s1"].state.taps[1] == 1


async def test_a_segment_that_is_not_live_refuses_and_says_so(house: House) -> None:
    news = await heard(house, "news")
    await house.run()
    await house.open(1)
    seq = await house.act(1, Tap(), "s2")
    await until(lambda: bool(news) and read_news(news[-1]).seq >= seq)
    codes = [refusal.code for data in news for refusal in read_news(data).refused]
    assert codes == ["segment/closed"]
    await house.host(Start("s2"), "")
    show = await house.folded(await house.act(1, Tap(), "s2"))
    assert show.segments["s2"].state.taps[1] == 1


def test_news_is_small() -> None:
    assert len(encode(News(1, 1000))) < 10


async def test_what_staff_do_is_told_with_its_place_in_the_log_and_so_is_the_end(house: House) -> None:
    await house.run()
    await house.open(1)
    arming = await house.host(Arm())
    await house.act(1, Tap())
    await house.host(Close(), "")
    await until(lambda: bool(house.kept.over))
    assert house.kept.over == [SHOW]
    told = [(seq, type(act.action).__name__) for seq, acts in house.kept.acts for act in acts]
    assert (arming, "Arm") in told
    assert [name for _, name in told] == ["Start", "Arm", "Close"]


async def test_an_owner_is_not_asked_before_it_has_caught_up(house: House) -> None:
    await house.open(1)
    seq = await house.act(1, Tap())
    await house.run()
    assert (await told(house, Ask([1]))).seq >= seq
