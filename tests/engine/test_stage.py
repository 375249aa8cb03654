"""The way to the stage: from a raised hand to the air and off again, with two keys."""

import msgspec
import pytest

from oncue.engine import stage, stage_views, surfaces
from oncue.engine.house import Ban, Close, Hide, Join, Kick, NamePerson, Rename
from oncue.engine.stage_actions import (
    AcceptStage,
    BackToGreen,
    Checked,
    DeclineStage,
    Devices,
    Invite,
    Layout,
    LeaveStage,
    LowerHand,
    LowerHandOf,
    Mute,
    Publishing,
    PutLive,
    RaiseHand,
    Record,
    StageRules,
    StepUp,
    Swap,
    TakeOff,
    Talk,
)
from oncue.engine.structs import Role
from oncue.formats import Action, Cue, Format, Rehearsal, Reject, Scene, State, on, scene, seconds


class Nod(Action, frozen=True): ...


class Plain(Format[State]):
    """Knows nothing of the stage."""

    @on(Nod)
    def nod(self, state: State, act: Nod, cue: Cue) -> None: ...

    def public(self, state: State) -> Scene:
        return scene()


FINE = Checked(True, True, True, "fine")


@pytest.fixture
def r():
    """A show in which hands may be raised."""
    rehearsal = Rehearsal(Plain)
    rehearsal.host.does(StageRules(True))
    return rehearsal


@pytest.fixture
def ada(r):
    return r.viewer("Ada")


@pytest.fixture
def bob(r):
    return r.viewer("Bob")


def green(r, *people):
    for who in people:
        r.host.does(Invite(who.id))
        who.accepts()


def live(r, *people):
    green(r, *people)
    for who in people:
        r.host.does(PutLive(who.id))


def seats(r):
    return [seat.seat for seat in r.stage.seats]


def refused(who, action):
    with pytest.raises(Reject) as no:
        who.does(action)
    return no.value.code


def orders(r):
    return stage_views.orders(r.show, 1)


def test_somebody_comes_from_the_queue_on_air_and_is_thanked(r, ada):
    ada.does(RaiseHand("  My   question "))
    assert (ada.stage.state, ada.stage.place, ada.stage.topic) == ("queue", 1, "My question")
    r.host.does(Invite(ada.id))
    assert ada.stage.state == "invited"
    ada.does(AcceptStage())
    assert (ada.stage.state, ada.stage.room) == ("check", "")
    ada.does(FINE)
    assert (ada.stage.state, seats(r)) == ("green", [])
    assert ada.stage.room.startswith("show/rehearsal2/room/")
    r.wait(seconds(3))
    r.host.does(PutLive(ada.id))
    assert (ada.stage.state, ada.stage.seat) == ("live", "g1")
    [seat] = r.stage.seats
    assert (seat.seat, seat.viewer, seat.name, seat.since) == ("g1", ada.id, "Ada", r.now)
    r.wait(seconds(9))
    r.host.does(TakeOff(ada.id))
    assert (ada.stage.state, ada.stage.thanks, seats(r)) == ("", r.now, [])
    r.check()


def test_both_keys_are_needed(r, ada):
    ada.does(RaiseHand())
    assert refused(r.host, PutLive(ada.id)) == "stage/not-ready"
    assert refused(ada, AcceptStage()) == "stage/not-invited"
    assert refused(ada, FINE) == "stage/not-invited"
    r.host.does(Invite(ada.id))
    assert refused(ada, FINE) == "stage/not-invited"
    assert refused(r.host, PutLive(ada.id)) == "stage/not-ready"
    ada.does(AcceptStage())
    assert refused(r.host, PutLive(ada.id)) == "stage/not-ready"
    assert refused(ada, PutLive(ada.id)) == "auth/forbidden"


def test_a_device_check_that_went_wrong_is_done_again(r, ada):
    r.host.does(Invite(ada.id))
    ada.accepts(passed=False)
    assert ada.stage.state == "check"
    [guest] = surfaces.desk(r.show, 1).stage.guests
    assert (guest.passed, guest.present) == (False, True)
    ada.does(FINE)
    assert ada.stage.state == "green"
    ada.does(Checked(False, False, True, "the camera is gone"))
    assert (ada.stage.state, ada.stage.camera) == ("green", False)


def test_hands_are_raised_only_when_they_may_be(r, ada, bob):
    ada.does(RaiseHand())
    r.host.does(StageRules(False))
    assert refused(bob, RaiseHand()) == "stage/hands-down"
    assert ada.stage.state == "queue"
    ada.does(LowerHand())
    assert refused(ada, LowerHand()) == "stage/unknown"
    assert surfaces.private(r.show, 1, ada.id).stage is None


def test_a_hand_that_is_up_may_get_another_topic_and_keeps_its_place(r, ada, bob):
    ada.does(RaiseHand("one"))
    bob.does(RaiseHand("two"))
    ada.does(RaiseHand("three"))
    assert [(guest.name, guest.topic) for guest in surfaces.desk(r.show, 1).stage.queue] == [
        ("Ada", "three"),
        ("Bob", "two"),
    ]
    r.moderator.does(LowerHandOf(ada.id))
    assert (bob.stage.place, ada.stage.why) == (1, "Your hand was lowered.")


def test_the_queue_has_an_end(r, ada, monkeypatch):
    monkeypatch.setattr("oncue.engine.backstage.QUEUE", 3)
    for i in range(3):
        r.viewer(f"viewer {i}").does(RaiseHand())
    assert refused(ada, RaiseHand()) == "stage/queue-full"


def test_only_so_many_are_backstage_at_once(r, monkeypatch):
    monkeypatch.setattr(stage, "BACKSTAGE", 2)
    people = [r.viewer(f"viewer {i}") for i in range(3)]
    for who in people:
        who.does(RaiseHand())
    for who in people[:2]:
        r.host.does(Invite(who.id))
    assert refused(r.host, Invite(people[2].id)) == "stage/full"
    assert refused(r.host, StepUp()) == "stage/full"
    people[0].does(DeclineStage())
    r.host.does(Invite(people[2].id))


def test_an_invitation_is_open_for_a_minute(r, ada):
    r.host.does(Invite(ada.id))
    r.wait(seconds(30))
    r.host.does(Invite(ada.id))
    r.wait(seconds(29))
    assert ada.stage.state == "invited"
    r.wait(seconds(1))
    assert (ada.stage.state, ada.stage.thanks) == ("", 0)
    assert ada.stage.why.startswith("The invitation was open")
    assert refused(ada, AcceptStage()) == "stage/unknown"
    r.check()


def test_who_has_accepted_is_not_given_up(r, ada):
    r.host.does(Invite(ada.id))
    ada.does(AcceptStage())
    r.wait(seconds(600))
    assert (ada.stage.state, r.show.timers) == ("check", {})


def test_an_old_invitation_does_not_end_a_new_one(r, ada):
    r.host.does(Invite(ada.id))
    r.wait(seconds(50))
    ada.does(DeclineStage())
    r.host.does(Invite(ada.id))
    r.wait(seconds(50))
    assert ada.stage.state == "invited"


def test_who_is_lost_while_live_keeps_their_seat_for_half_a_minute(r, ada, bob):
    live(r, ada, bob)
    ada.drops()
    assert [(seat.seat, seat.away) for seat in r.stage.seats] == [("g1", True), ("g2", False)]
    r.wait(seconds(29))
    ada.returns()
    assert [(seat.seat, seat.away) for seat in r.stage.seats] == [("g1", False), ("g2", False)]
    r.wait(seconds(60))
    assert ada.stage.state == "live"
    ada.drops()
    r.wait(seconds(30))
    assert (ada.stage.state, ada.stage.why, seats(r)) == (
        "",
        "Your connection was lost for too long.",
        ["g2"],
    )
    r.check()


def test_who_is_lost_in_the_green_room_cannot_be_put_live(r, ada, bob):
    green(r, ada)
    live(r, bob)
    ada.drops()
    assert refused(r.host, PutLive(ada.id)) == "stage/not-ready"
    assert refused(r.host, Swap(bob.id, ada.id)) == "stage/not-ready"
    ada.returns()
    r.host.does(PutLive(ada.id))


def test_who_is_lost_in_the_device_check_is_waited_for_once_it_is_passed(r, ada):
    r.host.does(Invite(ada.id))
    ada.does(AcceptStage())
    ada.returns()
    ada.drops()
    assert r.show.timers == {}
    ada.does(FINE)
    r.wait(seconds(31))
    assert ada.stage.state == ""


def test_the_show_goes_on_without_its_host(r, ada):
    r.host.does(StepUp())
    r.host.does(FINE)
    r.host.returns()
    r.host.does(PutLive(r.host.id))
    live(r, ada)
    assert [seat.name for seat in r.stage.seats] == ["Host", "Ada"]
    r.host.drops()
    assert r.stage.seats[0].away
    r.wait(seconds(31))
    assert seats(r) == ["g2"]


def test_what_comes_of_somebody_who_has_left_is_nothing(r, ada):
    r.publishing(ada, on=True)
    ada.does(RaiseHand())
    r.publishing(ada, on=False)
    assert (ada.stage.state, r.show.timers) == ("queue", {})


def test_who_comes_as_they_are_is_let_in_by_the_producer(r, ada):
    r.host.does(Invite(ada.id))
    ada.does(AcceptStage())
    with pytest.raises(Reject, match="still trying"):
        r.host.does(BackToGreen(ada.id))
    ada.does(Checked(False, False, True, "no camera"))
    assert ada.stage.state == "check"
    r.host.does(BackToGreen(ada.id))
    assert ada.stage.state == "green"


def test_each_time_live_is_another_seat_and_each_visit_another_room(r, ada):
    live(r, ada)
    first = ada.stage.room
    r.host.does(BackToGreen(ada.id))
    r.host.does(BackToGreen(ada.id))
    assert (ada.stage.state, ada.stage.room, ada.stage.seat) == ("green", first, "")
    r.host.does(PutLive(ada.id))
    r.host.does(PutLive(ada.id))
    assert seats(r) == ["g2"]
    ada.does(LeaveStage())
    live(r, ada)
    assert ada.stage.seat == "g3"
    assert ada.stage.room != first
    assert len(first.rsplit("/", 1)[1]) == 32


def test_rooms_are_secrets_of_the_show():
    rooms = set()
    for seed in ("one", "two"):
        r = Rehearsal(Plain, seed=seed)
        people = [r.viewer("Ada"), r.viewer("Bob")]
        green(r, *people)
        rooms |= {who.stage.room for who in people}
    assert len(rooms) == 4


def test_a_full_stage_takes_nobody_more(r, ada, bob):
    r.host.does(StageRules(True, 1))
    live(r, ada)
    green(r, bob)
    assert refused(r.host, PutLive(bob.id)) == "stage/full"
    r.host.does(Swap(ada.id, bob.id))
    assert ([seat.name for seat in r.stage.seats], ada.stage.state) == (["Bob"], "green")
    r.host.does(TakeOff(bob.id))
    r.host.does(PutLive(ada.id))


def test_who_is_to_be_live_at_once_is_so_when_their_picture_comes_and_a_seat_is_free(r, ada, bob):
    r.host.does(StageRules(True, 1))
    live(r, ada)
    r.host.does(Invite(bob.id, live=True))
    bob.does(AcceptStage())
    bob.does(FINE)
    r.host.does(TakeOff(ada.id))
    assert bob.stage.state == "green"
    bob.returns()
    assert bob.stage.state == "live"
    r.host.does(BackToGreen(bob.id))
    assert bob.stage.state == "green"


def test_a_swap_keeps_the_place_and_the_size(r, ada, bob):
    chloe = r.viewer("Chloé")
    live(r, ada, bob)
    green(r, chloe)
    r.host.does(Layout("spotlight", "g1", ("g1", "g2")))
    r.host.does(Swap(ada.id, chloe.id))
    assert ([seat.name for seat in r.stage.seats], r.stage.main) == (["Chloé", "Bob"], "g3")
    assert refused(r.host, Swap(ada.id, chloe.id)) == "stage/not-live"
    assert refused(r.host, Swap(bob.id, chloe.id)) == "stage/not-ready"


def test_a_swap_is_one_for_one_also_where_fewer_seats_are_allowed_by_now(r, ada, bob):
    chloe = r.viewer("Chloé")
    live(r, ada, bob)
    green(r, chloe)
    r.host.does(StageRules(True, 1))
    r.host.does(Swap(ada.id, chloe.id))
    assert [seat.name for seat in r.stage.seats] == ["Chloé", "Bob"]


def test_what_is_cut_is_named_for_a_while_and_a_dump_reaches_who_left_a_moment_ago(r, ada, bob):
    live(r, ada, bob)
    r.host.does(TakeOff(ada.id))
    assert r.stage.cut == ()
    r.wait(seconds(2))
    r.host.does(TakeOff(ada.id, cut=True))
    assert r.stage.cut == ("g1",)
    assert refused(r.host, TakeOff(ada.id, cut=True)) == "stage/unknown"
    r.host.does(BackToGreen(bob.id))
    r.moderator.does(TakeOff(bob.id, cut=True))
    assert r.stage.cut == ("g1", "g2")
    assert [(one.seat, one.cut) for one in orders(r).gone] == [("g1", True), ("g2", True)]
    r.wait(seconds(11))
    r.host.does(StageRules(True))
    assert r.stage.cut == ()


@pytest.mark.parametrize("how", [Kick, Ban])
def test_who_is_put_off_is_cut_at_once(r, ada, how):
    live(r, ada)
    r.moderator.does(how(ada.id))
    assert (seats(r), r.stage.cut, orders(r).seated) == ([], ("g1",), ())
    with pytest.raises(Reject):
        r.host.does(Invite(ada.id))
    r.check()


def test_a_mute_stands_whatever_one_turns_on(r, ada):
    live(r, ada)
    r.moderator.does(Mute(ada.id))
    ada.does(Devices(True, True))
    assert (r.stage.seats[0].microphone, orders(r).seated[0].microphone) == (False, False)
    assert (ada.stage.muted, ada.stage.microphone) == (True, True)
    r.moderator.does(Mute(ada.id, False))
    assert r.stage.seats[0].microphone
    ada.does(Devices(False, True))
    assert (r.stage.seats[0].camera, orders(r).seated[0].camera) == (False, False)


def test_what_does_not_come_is_not_waited_for_on_screens_but_may_come(r, ada):
    live(r, ada)
    r.node.does(Publishing(ada.id, True, camera=False))
    assert (r.stage.seats[0].camera, orders(r).seated[0].camera) == (False, True)


def test_staff_speak_into_a_green_room_once_they_have_stepped_up(r, ada):
    green(r, ada)
    assert refused(r.host, Talk(ada.id)) == "stage/not-ready"
    r.host.does(StepUp())
    assert refused(r.host, Talk(ada.id)) == "stage/not-ready"
    r.host.does(FINE)
    r.host.does(Talk(ada.id))
    r.host.does(Talk(ada.id))
    assert (ada.stage.talkers, orders(r).seated[0].talkers) == ((r.host.id,), (r.host.id,))
    assert refused(r.host, Talk(r.host.id)) == "stage/here-already"
    r.host.does(Talk(ada.id, False))
    assert ada.stage.talkers == ()
    r.host.does(Talk(ada.id))
    r.host.does(LeaveStage())
    assert ada.stage.talkers == ()


def test_a_layout_is_of_seats_that_are_there(r, ada, bob):
    live(r, ada, bob)
    r.host.does(Layout("side", "g2", ("g2",), {"g1": 0.5, "g2": 1}, 0.1))
    assert (seats(r), r.stage.layout, r.stage.main, r.stage.gains, r.stage.duck) == (
        ["g2", "g1"], "side", "g2", {"g1": 0.5}, 0.1,
    )  # fmt: skip
    for wrong in (
        Layout("grid", "g9"),
        Layout("grid", "", ("g1", "g1")),
        Layout("grid", gains={"programme": 1}),
    ):
        assert refused(r.host, wrong) == "stage/layout"
    r.host.does(TakeOff(bob.id))
    r.host.does(TakeOff(ada.id))
    assert (r.stage.main, r.stage.gains, r.stage.layout) == ("", {}, "side")


def test_names_follow_the_crowd(r, ada):
    live(r, ada)
    ada.does(Rename("Ada L."))
    assert r.stage.seats[0].name == "Ada L."
    r.moderator.does(Hide(ada.id))
    assert r.stage.seats[0].name == "•••"
    [guest] = surfaces.desk(r.show, 1).stage.guests
    assert guest.name == "Ada L."
    r.moderator.does(NamePerson(ada.id, "Lovelace"))
    assert surfaces.desk(r.show, 1).stage.guests[0].name == "Lovelace"


def test_staff_are_named_by_their_role_or_as_they_say(r):
    r.host.does(StepUp())
    r.host.does(FINE)
    r.host.does(PutLive(r.host.id))
    assert r.stage.seats[0].name == "Host"
    r.host.does(StepUp("  Kim "))
    assert r.stage.seats[0].name == "Kim"
    assert refused(r.host, StepUp("\u202e")) == "name/bad"


def test_staff_who_are_invited_are_asked_as_well(r):
    r.moderator.does(RaiseHand("let me"))
    r.host.does(Invite(r.moderator.id))
    r.moderator.accepts()
    [guest] = surfaces.desk(r.show, 1).stage.guests
    assert (guest.name, guest.staff, guest.state) == ("Moderator", True, "green")


def test_who_is_on_the_way_already_is_not_invited_again(r, ada):
    green(r, ada)
    assert refused(r.host, Invite(ada.id)) == "stage/here-already"
    assert refused(ada, RaiseHand()) == "stage/here-already"
    ada.does(AcceptStage())
    assert ada.stage.state == "green"
    with pytest.raises(Reject):
        r.host.does(Invite(999))


def test_who_is_nowhere_cannot_leave_nor_be_taken_off(r, ada):
    for who, action in (
        (ada, LeaveStage()),
        (ada, DeclineStage()),
        (ada, Devices(True, True)),
        (r.host, TakeOff(ada.id)),
        (r.host, TakeOff(ada.id, cut=True)),
        (r.host, BackToGreen(ada.id)),
        (r.moderator, Mute(ada.id)),
    ):
        assert refused(who, action) == "stage/unknown"


def test_a_show_that_closes_takes_everybody_off(r, ada, bob):
    live(r, ada)
    r.host.does(Invite(bob.id))
    r.host.does(Record(True))
    r.host.does(Close())
    assert (seats(r), r.show.timers, r.show.stage.guests) == ([], {}, {})
    assert (orders(r).seated, orders(r).recording, ada.stage.thanks) == ((), False, r.now)
    assert refused(ada, RaiseHand()) == "show/closed"


def test_a_viewer_has_to_join_first(r):
    who = r.viewer("Ada")
    stranger = type(who)(r, 77, Role.AUDIENCE, 0)
    assert refused(stranger, RaiseHand()) == "show/not-joined"
    stranger.does(Join("Stranger"))
    stranger.does(RaiseHand())


def test_a_show_without_guests_sends_not_a_byte_more(r, ada):
    r.host.does(StageRules(False))
    for message in (
        surfaces.public(r.show, 1),
        surfaces.private(r.show, 1, ada.id),
        surfaces.desk(r.show, 1),
    ):
        assert "stage" not in msgspec.json.decode(msgspec.json.encode(message))
    live(r, ada)
    assert "stage" in msgspec.json.decode(msgspec.json.encode(surfaces.public(r.show, 1)))
    ada.does(LeaveStage())
    assert "stage" not in msgspec.json.decode(msgspec.json.encode(surfaces.public(r.show, 1)))


def test_who_left_is_remembered_for_so_many_and_no_more(r, monkeypatch):
    monkeypatch.setattr(stage, "PARTED", 2)
    monkeypatch.setattr(stage, "GONE", 2)
    people = [r.viewer(f"viewer {i}") for i in range(3)]
    live(r, *people)
    for who in people:
        r.host.does(TakeOff(who.id))
    assert [who.stage.thanks > 0 for who in people] == [False, True, True]
    assert [one.seat for one in orders(r).gone] == ["g2", "g3"]
