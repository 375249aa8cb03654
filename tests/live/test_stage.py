"""The stage with a real owner: what the relay is told, who hears of what, and how a take-over goes on."""

import msgspec
import pytest
from small_show import SHOW, House, Tap, told, until

from oncue.engine import replay
from oncue.engine.amend import Amend
from oncue.engine.house import Kick
from oncue.engine.live import Ask as AskOwner
from oncue.engine.live import read_log, subject
from oncue.engine.live.messages import read_orders, read_privates
from oncue.engine.segment import SegmentSpec
from oncue.engine.stage_actions import (
    AcceptStage,
    Checked,
    Devices,
    Invite,
    Publishing,
    PutLive,
    RaiseHand,
    StageRules,
)
from oncue.engine.structs import Role, ShowId, seconds
from oncue.engine.wire import DeskMsg, PrivateMsg, SceneMsg
from oncue.formats.trivia import Ask


class Heard:
    """All that the owner says of the stage."""

    def __init__(self) -> None:
        self.orders: list = []
        self.scenes: list[SceneMsg] = []
        self.desks: list[DeskMsg] = []
        self.privates: list[tuple[int, PrivateMsg]] = []

    async def listen(self, house: House) -> "Heard":
        hears = {
            "stage": lambda _, data: self.orders.append(read_orders(data)),
            "scene": lambda _, data: self.scenes.append(msgspec.json.decode(data, type=SceneMsg)),
            "desk": lambda _, data: self.desks.append(msgspec.json.decode(data, type=DeskMsg)),
            "private": self.private,
        }
        for what, hear in hears.items():
            await house.bus.subscribe(subject(SHOW, what), hear)
        return self

    def private(self, _: str, data: bytes) -> None:
        for viewer, frame in read_privates(data):
            if b'"op":"private"' in frame:
                self.privates.append((viewer, msgspec.json.decode(frame, type=PrivateMsg)))

    def told(self, viewer: int) -> list[str]:
        """The states that somebody has heard, in order."""
        return [one.stage.state if one.stage else "-" for who, one in self.privates if who == viewer]


@pytest.fixture
async def heard(house: House) -> Heard:
    return await Heard().listen(house)


async def bring(house: House, viewer: int) -> int:
    """Into the green room."""
    await house.host(Invite(viewer), "")
    await house.act(viewer, AcceptStage(), "")
    await house.act(0, Publishing(viewer, True), "", Role.SYSTEM)
    return await house.act(viewer, Checked(True, True, True), "")


async def test_the_relay_hears_who_may_publish_and_who_is_on_air(house: House, heard: Heard) -> None:
    await house.run()
    await house.open(1, 2)
    await until(lambda: bool(heard.orders))
    assert heard.orders[0].seated == ()
    await bring(house, 1)
    seq = await house.host(PutLive(1), "")
    await until(lambda: bool(heard.orders) and heard.orders[-1].seq >= seq)
    [seated] = heard.orders[-1].seated
    assert (seated.viewer, seated.state, seated.seat) == (1, "live", "g1")
    assert seated.room.startswith(f"show/{SHOW}/room/")
    await until(lambda: heard.scenes[-1].seq >= seq)
    assert [seat.name for seat in heard.scenes[-1].stage.seats] == ["viewer 1"]
    await until(lambda: "live" in heard.told(1))
    assert [state for state in heard.told(1) if state != "-"] == ["invited", "check", "green", "live"]
    assert set(heard.told(2)) == {"-"}
    assert heard.desks[-1].stage.guests[0].state == "live"
    numbers = [(one.epoch, one.seq) for one in heard.orders]
    assert numbers == sorted(numbers)


async def test_what_changes_nothing_on_stage_is_no_order(house: House, heard: Heard) -> None:
    await house.run()
    await house.open(1)
    await house.host(StageRules(True), "")
    await house.act(1, RaiseHand("a question"), "")
    seq = await house.act(1, Tap())
    await until(lambda: bool(heard.desks) and heard.desks[-1].seq >= seq)
    before = [one.seq for one in heard.orders]
    assert heard.desks[-1].stage.waiting == 1
    await house.act(1, Tap())
    seq = await house.host(Kick(1), "")
    await until(lambda: heard.desks[-1].seq >= seq)
    assert [one.seq for one in heard.orders] == before


async def test_only_those_hear_of_the_queue_whose_place_has_changed(house: House, heard: Heard) -> None:
    await house.run()
    await house.open(1, 2, 3)
    await house.host(StageRules(True), "")
    for viewer in (1, 2, 3):
        await house.act(viewer, RaiseHand(), "")
    await until(lambda: all(heard.told(viewer)[-1:] == ["queue"] for viewer in (1, 2, 3)))
    heard.privates.clear()
    await house.host(Invite(2), "")
    await until(lambda: heard.told(2) == ["invited"] and heard.told(3) == ["queue"])
    assert heard.told(1) == []
    assert [one.stage.place for who, one in heard.privates if who == 3 and one.stage] == [2]


async def test_a_newcomer_to_the_node_asks_for_the_orders(house: House) -> None:
    await house.run()
    await house.open(1)
    seq = await bring(house, 1)
    await house.folded(seq)
    for wanted in (True, False):
        answer = await told(house, AskOwner([1], stage=wanted))
        assert (answer.orders is not None) == wanted
        assert msgspec.json.decode(answer.privates[1], type=PrivateMsg).stage.state == "green"  # type: ignore[union-attr]


@pytest.mark.parametrize("kept", [True, False], ids=["with a snapshot", "from the log alone"])
async def test_after_a_take_over_the_guest_is_still_on_air_and_timers_ring_once(
    house: House, heard: Heard, monkeypatch: pytest.MonkeyPatch, kept: bool
) -> None:
    first = await house.run("first")
    await house.open(1, 2)
    await bring(house, 1)
    await house.host(PutLive(1), "")
    seq = await house.host(Invite(2), "")
    show = await house.folded(seq)
    await until(lambda: bool(heard.orders) and heard.orders[-1].seq >= seq)
    before = heard.orders[-1]
    if not kept:

        async def keeps_nothing(show: str, data: bytes) -> None: ...

        monkeypatch.setattr(house.bus, "keep", keeps_nothing)
    assert len(show.timers) == 1
    await house.end(first)
    heard.orders.clear()
    await house.run("second")
    await until(lambda: bool(heard.orders))
    assert heard.orders[0].epoch > before.epoch
    assert (heard.orders[0].seated, heard.orders[0].gone) == (before.seated, before.gone)
    house.ahead += seconds(61)
    await until(lambda: "" in heard.told(2))
    await house.folded(await house.act(1, Tap()))
    log = [message async for message in read_log(house.bus, SHOW)]
    assert sum(b"give-up" in data for _, data in log) == 1
    show = await house.folded(log[-1][0])
    assert show.stage.state(1) == "live"
    assert replay.same(replay.play(ShowId(SHOW), show.formats, log), show)


async def test_who_is_lost_while_nobody_owns_the_show_is_given_up_by_the_next_owner(
    house: House, heard: Heard
) -> None:
    first = await house.run("first")
    await house.open(1)
    await bring(house, 1)
    await house.host(PutLive(1), "")
    await house.folded(await house.act(0, Publishing(1, False), "", Role.SYSTEM))
    await house.end(first)
    house.ahead += seconds(31)
    await house.run("second")
    await until(lambda: bool(heard.orders) and not heard.orders[-1].seated)
    assert [one.seat for one in heard.orders[-1].gone] == ["g1"]


async def test_what_guests_do_on_stage_is_shown_at_once(
    house: House, heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    await house.run()
    await house.open(1)
    await bring(house, 1)
    await house.folded(await house.host(PutLive(1), ""))
    # So long would it wait for others.
    monkeypatch.setattr(house.owner._screens._scenes, "wait", lambda: 3600.0)
    seq = await house.act(1, Devices(False, True), "")
    await until(lambda: bool(heard.scenes) and heard.scenes[-1].seq >= seq)
    assert not heard.scenes[-1].stage.seats[0].camera


async def test_who_is_on_stage_stays_there_while_a_question_is_judged_again(
    house: House, heard: Heard
) -> None:
    question = {"kind": "choice", "text": "Capital?", "options": ["Lyon", "Paris"], "right": 1}
    await house.run()
    await house.open(
        1,
        2,
        rundown=(SegmentSpec("s1", "trivia", "Trivia", {"questions": [question], "scoring": "accuracy"}),),
    )
    await bring(house, 1)
    await house.host(PutLive(1), "")
    await house.host(Ask())
    await house.host(Invite(2), "")
    await until(lambda: bool(heard.orders) and bool(heard.orders[-1].seated))
    await house.folded(await house.host(Amend("s1", {"/questions/0/right": 0}, "it was Lyon"), ""))
    await until(lambda: (show := house.show()) is not None and len(show.known) == 1)
    show = house.show()
    assert show
    assert (show.stage.state(1), show.stage.state(2), "g1" in show.stage.order) == ("live", "invited", True)
    house.ahead += seconds(61)
    await until(lambda: heard.told(2)[-1:] == [""])
    log = [message async for message in read_log(house.bus, SHOW)]
    assert sum(b"give-up" in data for _, data in log) == 1
    assert heard.orders[-1].seated[0].seat == "g1"
