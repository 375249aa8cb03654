"""What a client says and hears, over real sockets, with the real engine behind."""

import msgspec
import pytest
from link.conftest import Pause, Phone, Stage, first, until

from oncue.api.link import Limits
from oncue.engine.live import ShowCard, put_card, subject
from oncue.engine.structs import Role

DAY = 24 * 3600


async def test_hello_is_answered_by_welcome_with_what_is_to_be_seen(stage: Stage) -> None:
    phone = await stage.dial()
    phone.say("hello", token=stage.token(viewer=77))
    welcome = await phone.told("welcome")
    assert (welcome["viewer"], welcome["role"]) == (77, "audience")
    assert welcome["show"] == {"id": stage.show, "code": "ABCDEF", "title": "Evening"}
    assert welcome["scenes"][-1]["scene"]["mood"] == "live"
    assert "name" not in welcome
    assert "desk" not in welcome


async def test_a_host_is_welcomed_with_the_desk_and_hears_of_its_changes(stage: Stage) -> None:
    host = await stage.dial()
    host.say("hello", token=stage.token(Role.HOST))
    assert (await host.told("welcome"))["desk"]["segment"] == "s1"
    host.act(first(1), "pause")
    assert (await host.told("desk"))["seq"]


async def test_who_has_joined_is_welcomed_with_name_and_private_scene(stage: Stage) -> None:
    await stage.player("Ann", viewer=77)
    phone = await stage.dial()
    phone.say("hello", token=stage.token(viewer=77))
    welcome = await phone.told("welcome")
    assert welcome["name"] == "Ann"
    assert welcome["private"]["scene"]["blocks"][0]["text"] == "yours: 0"


async def test_hellos_that_come_together_are_one_question_to_the_owner(stage: Stage) -> None:
    asked: list[bytes] = []
    await stage.bus.subscribe(subject(stage.show, "ask"), lambda _, data: asked.append(data))
    phones = [await stage.dial() for _ in range(20)]
    for phone in phones:
        phone.say("hello", token=stage.token())
    for phone in phones:
        await phone.told("welcome")
    assert len(asked) < 5  # on a busy machine they do not come together


async def test_an_action_gets_a_receipt_and_shows_in_the_scenes(stage: Stage) -> None:
    phone = await stage.player("Ann")
    phone.say("report", delay=0, door="none")
    phone.act(first(1) + 1)
    assert (await phone.told("got"))["n"] == first(1) + 1
    while (await phone.told("scene"))["scene"]["blocks"][0]["text"] != "1":
        pass
    while (await phone.told("private"))["scene"]["blocks"][0]["text"] != "yours: 1":
        pass


async def test_actions_of_one_batch_share_a_receipt(stage: Stage) -> None:
    phone = await stage.player("Ann")
    for n in range(40):
        phone.act(first(2) + n)
    await phone.receipted(first(2) + 39)
    receipts = [said for said in phone.heard if said["op"] == "got" and said["n"] >= first(2)]
    assert len(receipts) < 10


async def test_what_is_sent_again_on_the_same_link_is_receipted_again(stage: Stage) -> None:
    phone = await stage.player("Ann")
    seq = (await tapped(phone, first(1) + 1))["seq"]
    phone.act(first(1) + 1)
    assert await phone.told("got") == {"op": "got", "n": first(1) + 1, "seq": seq}


async def test_what_is_sent_again_after_a_cut_counts_once(stage: Stage) -> None:
    phone = await stage.player("Ann", viewer=77)
    for n in range(1, 6):
        phone.act(first(1) + n)
    phone.transport.disconnect(False)
    again = await stage.call(viewer=77)
    again.say("report", delay=0, door="none")
    for n in range(1, 8):
        again.act(first(1) + n)
    await again.receipted(first(1) + 7)
    while (await again.told("private"))["scene"]["blocks"][0]["text"] != "yours: 7":
        pass
    host = await stage.call(Role.HOST)
    assert host.heard[0]["scenes"][-1]["scene"]["blocks"][0]["text"] == "7"


async def test_numbers_must_rise(stage: Stage) -> None:
    phone = await stage.player("Ann")
    phone.act(first(1) + 9, {"type": "say", "number": "x"})
    phone.act(first(1) + 10)
    phone.act(first(1) + 9)
    assert await codes(phone, 2) == ["input/bad-action", "input/number"]
    await phone.receipted(first(1) + 10)


@pytest.mark.parametrize(
    ("do", "seg", "code"),
    [
        ("tap", "s9", "segment/unknown"),
        ("dance", "s1", "input/bad-action"),
        ({"type": "say"}, "s1", "input/bad-action"),
        ({"type": "say", "number": "three"}, "s1", "input/bad-action"),
        ({"type": "say", "number": 10**30}, "s1", "input/bad-action"),
        ({"type": "tap", "more": 1}, "s1", "input/bad-action"),
        ("pause", "s1", "auth/forbidden"),
        ({"type": "start", "segment": "s2"}, "", "auth/forbidden"),
        ({"type": "say", "number": 3}, "s1", "taps/quiet"),
        ("tap", "s2", "segment/closed"),
    ],
)
async def test_an_action_that_does_not_count_is_answered_by_no(
    stage: Stage, do: str, seg: str, code: str
) -> None:
    phone = await stage.player("Ann")
    phone.act(first(1) + 1, do, seg)
    no = await phone.told("no")
    assert (no["n"], no["code"]) == (first(1) + 1, code)
    assert no["why"]
    await tapped(phone, first(1) + 2)


async def test_a_part_whose_version_this_node_lacks_takes_nothing_until_it_has_another(stage: Stage) -> None:
    phone = await stage.player("Ann")
    await tapped(phone, first(1) + 1)
    rooms, formats = stage.rooms, stage.rooms.formats
    rooms.formats = lambda name: formats(f"{name} is gone")
    for kept in (rooms._doors, rooms.rooms[stage.show].pinned):
        kept.clear()
    rooms.rooms[stage.show]._door("s1", "taps@1")
    phone.act(first(1) + 2)
    assert (await phone.told("no"))["code"] == "format/version"
    rooms.formats = formats
    rooms.rooms[stage.show]._door("s1", "taps@1")
    await tapped(phone, first(1) + 3)


async def test_who_was_refused_hears_so_again_when_they_come_back(stage: Stage) -> None:
    phone = await stage.player("Ann", viewer=77)
    phone.act(first(1) + 1, {"type": "say", "number": 7})
    assert (await phone.told("no"))["code"] == "taps/quiet"
    phone.transport.disconnect()  # it might have been a moment earlier
    other = await stage.dial()
    other.say("hello", token=stage.token(viewer=78))
    await other.told("welcome")
    back = await stage.dial()
    back.say("hello", token=stage.token(viewer=77))
    told = await back.told("no")
    assert (told["n"], told["code"]) == (first(1) + 1, "taps/quiet")
    other.say("ping", t0=1)
    await other.told("pong")
    assert [said["op"] for said in other.heard if said["op"] == "no"] == []


@pytest.mark.parametrize("n", [0, -5, 2**53, 2**70])
async def test_a_number_that_no_tab_can_have_is_refused(stage: Stage, n: int) -> None:
    phone = await stage.player("Ann")
    phone.act(n)
    assert (await phone.told("no"))["code"] == "input/number"


async def test_one_who_only_displays_may_not_act(stage: Stage) -> None:
    screen = await stage.call(Role.DISPLAY)
    screen.act(first(1))
    assert (await screen.told("no"))["code"] == "auth/forbidden"


async def test_one_who_has_not_joined_hears_that_after_the_receipt(stage: Stage) -> None:
    phone = await stage.call()
    await tapped(phone, first(1))
    assert (await phone.told("no"))["code"] == "show/not-joined"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "input/malformed"),
        (b"hello", "input/malformed"),
        (b"\xff\xfe", "input/malformed"),
        (b"[" * 5000, "input/bad-message"),
        (b'{"op":"act","n":5,"seg":"s1","do":' + b"[" * 3000 + b"]" * 3000 + b"}", "input/malformed"),
        (b"[]", "input/bad-message"),
        (b"{}", "input/bad-message"),
        (b'{"op":"sing"}', "input/unknown-op"),
        (b'{"op":"ping"}', "input/bad-message"),
        (b'{"op":"ping","t0":"now"}', "input/bad-message"),
        (b'{"op":"report","delay":1.5}', "input/bad-message"),
        (b'{"op":"hello","token":"x"}', "input/hello-twice"),
    ],
)
async def test_what_cannot_be_understood_is_an_error_and_the_link_goes_on(
    stage: Stage, data: bytes, code: str
) -> None:
    phone = await stage.player("Ann")
    phone.send(data)
    error = await phone.told("error")
    assert error["code"] == code
    assert "fatal" not in error
    await tapped(phone, first(1) + 1)


async def test_an_act_with_a_wrong_field_is_refused_by_its_number(stage: Stage) -> None:
    phone = await stage.player("Ann")
    phone.say("act", n=first(1) + 1, seg=1, do={"type": "tap"})
    assert await codes(phone, 1) == ["input/bad-message"]


async def test_mistake_after_mistake_closes_the_link(stage: Stage) -> None:
    phone = await stage.call()
    for _ in range(11):
        phone.send(b"?")
    assert await phone.over() == 4400
    assert phone.heard[-1]["fatal"]


async def test_mistakes_are_forgotten_in_time(stage: Stage) -> None:
    phone = await stage.call()
    for _ in range(3):
        for _ in range(8):
            phone.send(b"?")
            await phone.told("error")
        stage.ahead += 90_000_000
    await pinged(phone)


async def test_who_talks_too_fast_is_refused_and_then_closed(node: Stage) -> None:
    await node.open(limits=Limits(pace=1_000_000, burst=5))
    await node.air()
    await node.own()
    phone = await node.call()
    for n in range(30):
        phone.act(first(1) + n)
    assert await phone.over() == 4429
    refused = [said for said in phone.heard if said["op"] == "no"]
    assert refused[0] == {
        "op": "no",
        "n": first(1) + 5,
        "code": "limit/messages",
        "why": "too many messages: slow down",
    }


async def test_only_so_many_actions_may_wait_for_their_receipts(node: Stage) -> None:
    await node.open(limits=Limits(unreceipted=3))
    await node.air()
    await node.own()
    phone = await node.call()
    for n in range(5):
        phone.act(first(1) + n)
    assert await codes(phone, 2) == ["limit/unreceipted"] * 2
    await phone.receipted(first(1) + 2)


async def test_a_ping_is_answered_with_the_times_of_the_show(stage: Stage) -> None:
    phone = await stage.call()
    before = stage.now()
    pong = await pinged(phone, 12.5)
    assert pong["t0"] == 12.5
    assert before <= pong["t1"] <= pong["t2"] <= stage.now()


@pytest.mark.parametrize("token", ["", "nonsense", "a.b.c"])
async def test_a_token_that_is_not_ours_closes_the_link_for_good(stage: Stage, token: str) -> None:
    phone = await stage.dial()
    phone.say("hello", token=token)
    assert await phone.over() == 4401
    assert phone.heard[0]["code"].startswith("auth/")


async def test_a_token_that_has_ended_closes_the_link_for_good(stage: Stage) -> None:
    token = stage.token()
    stage.ahead = 8 * DAY * 1_000_000
    phone = await stage.dial()
    phone.say("hello", token=token)
    assert await phone.over() == 4401
    assert phone.heard[0]["code"] == "auth/expired"


async def test_a_link_ends_with_its_token(stage: Stage) -> None:
    phone = await stage.call()
    stage.pass_time(8 * DAY)
    assert await phone.over() == 4401
    assert phone.heard[-1]["code"] == "auth/expired"


async def test_a_client_that_never_says_hello_is_closed(stage: Stage) -> None:
    phone = await stage.dial()
    await until(lambda: bool(stage.rooms.links))
    stage.pass_time(3)
    assert not phone.closed.is_set()
    stage.pass_time(4)
    assert await phone.over() == 4400
    assert phone.heard[-1]["code"] == "link/hello-late"


@pytest.mark.parametrize("said", [b'{"op":"ping","t0":1}', b'{"op":"act","n":1,"seg":"","do":{}}'])
async def test_the_first_message_must_be_hello(stage: Stage, said: bytes) -> None:
    phone = await stage.dial()
    phone.send(said)
    assert await phone.over() == 4400
    assert phone.heard[0]["code"] == "input/hello-first"


async def test_another_version_of_the_protocol_is_told_so(stage: Stage) -> None:
    phone = await stage.dial()
    phone.say("hello", token=stage.token(), v=2)
    assert await phone.over() == 4400
    assert phone.heard[0]["code"] == "link/version"


async def test_a_show_that_nobody_knows_is_gone(node: Stage) -> None:
    await node.open(limits=Limits(patience=0))
    phone = await node.dial()
    phone.say("hello", token=node.token())
    assert await phone.over() == 4404
    assert phone.heard[0]["code"] == "show/unknown"


async def test_a_show_that_is_over_is_gone_at_once(node: Stage) -> None:
    await node.open()
    await node.air()
    await put_card(node.bus, ShowCard(node.show, "ABCDEF", "Evening", state="closed"))
    await until(lambda: node.show in node.rooms.cards and node.rooms.cards[node.show].state == "closed")
    phone = await node.dial()
    phone.say("hello", token=node.token())
    assert await phone.over() == 4404
    assert phone.heard[0]["code"] == "show/closed"


async def test_a_show_without_owner_is_to_be_tried_again(node: Stage) -> None:
    await node.open(limits=Limits(patience=0))
    await node.air()
    await until(lambda: node.show in node.rooms.cards)
    phone = await node.dial()
    phone.say("hello", token=node.token())
    assert await phone.over() == 4503
    assert phone.heard[0]["code"] == "show/unavailable"
    assert phone.heard[0]["retry"]


async def test_hello_waits_for_an_owner_that_is_on_its_way(node: Stage) -> None:
    await node.open()
    await node.air()
    phone = await node.dial()
    phone.say("hello", token=node.token())
    await node.own()
    await phone.told("welcome")


async def test_what_comes_for_a_viewer_before_the_welcome_follows_it(node: Stage) -> None:
    await node.open()
    await node.air()
    phone = await node.dial()
    phone.say("hello", token=node.token(viewer=77))
    await until(lambda: any(room.task and len(room.subscriptions) == 5 for room in node.rooms.rooms.values()))
    frame = msgspec.json.encode({"op": "named", "name": "Ann"})
    await node.bus.publish(subject(node.show, "private"), msgspec.msgpack.encode([(77, frame)]))
    await node.own()
    await phone.told("named")
    assert [said["op"] for said in phone.heard] == ["welcome", "named"]


async def test_scenes_come_only_where_the_picture_brings_none(stage: Stage) -> None:
    plain, other = await stage.call(), await stage.call()
    plain.say("report", delay=0, door="none")
    other.say("report", delay=0, door="moq")
    await pinged(plain)
    await pinged(other)
    await stage.enter(1, Pause(), Role.HOST, "s1")
    assert (await plain.told("scene"))["scene"]["mood"] == "reveal"
    await pinged(other)
    assert not [said for said in other.heard if said["op"] == "scene"]
    other.say("report", delay=0, door="none")
    assert (await other.told("scene"))["scene"]["mood"] == "reveal"


async def test_a_scene_of_an_owner_that_has_lost_its_lease_is_dropped(stage: Stage) -> None:
    phone = await stage.call()
    phone.say("report", delay=0, door="none")
    await pinged(phone)
    old = {**phone.heard[0]["scenes"][-1], "title": "of the past"}
    new = {**old, "seq": old["seq"] + 1, "title": "of today"}
    for scene in ({**old, "epoch": old["epoch"] - 1, "seq": old["seq"] + 5}, old, new):
        await stage.bus.publish(subject(stage.show, "scene"), msgspec.json.encode(scene))
    assert (await phone.told("scene"))["title"] == "of today"


async def test_a_larger_delay_is_not_believed_while_a_round_is_open(stage: Stage) -> None:
    phone = await stage.player("Ann", viewer=77)
    await stage.enter(1, Pause(), Role.HOST, "s1")
    phone.say("report", delay=400_000, door="none")
    while (await phone.told("scene"))["scene"]["mood"] != "reveal":
        pass
    phone.say("report", delay=300_000, door="none")
    await stage.enter(1, Pause(), Role.HOST, "s1")
    while (await phone.told("scene"))["scene"]["mood"] != "live":
        pass
    phone.say("report", delay=4_000_000, door="none")
    await tapped(phone, first(1) + 1)
    phone.say("report", delay=100_000, door="none")
    await tapped(phone, first(1) + 2)
    again = await stage.call(viewer=77)
    again.say("report", delay=5_000_000)
    await tapped(again, first(2) + 1)
    delays = [entry.delay for entry in await stage.entries() if entry.viewer == 77][1:]
    assert delays == [300_000, 100_000, 0]


async def test_a_position_goes_into_the_log_as_it_was_said(stage: Stage) -> None:
    phone = await stage.player("Ann", viewer=77)
    phone.act(first(1) + 1, pos=1_234_567)
    await phone.receipted(first(1) + 1)
    assert (await stage.entries())[-1].position == 1_234_567


async def test_two_tabs_of_one_viewer_both_hear(stage: Stage) -> None:
    tab = await stage.player("Ann", viewer=77)
    other = await stage.call(viewer=77)
    other.act(first(2), {"type": "say", "number": 3})
    assert (await tab.told("no"))["n"] == (await other.told("no"))["n"] == first(2)
    await tapped(other, first(2) + 1)
    await tapped(tab, first(1) + 1)


async def test_the_oldest_of_too_many_links_of_one_viewer_is_closed(stage: Stage) -> None:
    phones = [await stage.call(viewer=77) for _ in range(9)]
    assert await phones[0].over() == 4429
    assert phones[0].heard[-1]["code"] == "limit/links"
    for phone in phones[1:]:
        await pinged(phone)


@pytest.mark.parametrize(("kind", "code"), [("kick", "show/kicked"), ("ban", "show/banned")])
async def test_who_is_put_off_by_a_moderator_is_closed(stage: Stage, kind: str, code: str) -> None:
    phone = await stage.player("Ann", viewer=77)
    moderator = await stage.call(Role.MODERATOR)
    moderator.act(first(1), {"type": kind, "viewer": 77}, "")
    assert await phone.over() == 4403
    assert phone.heard[-1]["code"] == code


async def test_who_is_banned_may_not_come_back(stage: Stage) -> None:
    phone = await stage.player("Ann", viewer=77)
    moderator = await stage.call(Role.MODERATOR)
    moderator.act(first(1), {"type": "ban", "viewer": 77}, "")
    await phone.over()
    again = await stage.dial()
    again.say("hello", token=stage.token(viewer=77))
    assert await again.over() == 4403


async def test_a_node_that_stops_gives_its_receipts_first(stage: Stage) -> None:
    phone = await stage.player("Ann")
    for n in range(1, 21):
        phone.act(first(1) + n)
    await until(lambda: any(link.last == first(1) + 20 for link in stage.rooms.links))
    await stage.rooms.drain()
    assert await phone.over() == 4503
    await phone.receipted(first(1) + 20)
    assert phone.heard[-1]["code"] == "node/draining"
    assert phone.heard[-1]["retry"]


async def test_a_room_that_nobody_is_in_stops_listening_after_a_while(stage: Stage) -> None:
    phone = await stage.call()
    phone.transport.disconnect()
    await until(lambda: not stage.rooms.links)
    stage.pass_time(20)
    assert stage.rooms.rooms
    stage.pass_time(20)
    assert not stage.rooms.rooms
    await stage.call()


async def tapped(phone: Phone, n: int) -> dict[str, object]:
    """The receipt of a tap with this number."""
    phone.act(n)
    return await phone.receipted(n)


async def pinged(phone: Phone, t0: float = 1.0) -> dict[str, int]:
    """The answer to a ping: all that was sent before it has been dealt with."""
    phone.say("ping", t0=t0)
    return await phone.told("pong")


async def codes(phone: Phone, count: int) -> list[str]:
    """The codes of the next refusals."""
    return [(await phone.told("no"))["code"] for _ in range(count)]
