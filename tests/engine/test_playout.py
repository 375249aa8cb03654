"""How far behind the pictures are is agreed on in the log, and decides who is believed and when a round closes."""

import pytest
from evenings import BEGIN, Arm, Begin, Evening, Reply, begun

from oncue.engine import surfaces
from oncue.engine.log import Entry
from oncue.engine.playout import Dial, Pace
from oncue.engine.snapshot import load, save
from oncue.engine.structs import Role, seconds


def paced(evening: Evening, target: float, last: float) -> None:
    pace = Pace(seconds(target), seconds(last))
    evening.put("", Entry(0, 0, int(Role.SYSTEM), evening.now, 0, 0, 0, pace))


def test_a_round_closes_when_the_last_lane_has_passed_and_what_was_pressed_could_arrive():
    evening = begun()
    evening.act(1, Arm(2))
    paced(evening, 0.6, 2.2)
    evening.act(1, Arm(2))
    assert [timer.due - BEGIN for timer in evening.show.timers.values()] == [seconds(3.5), seconds(4.7)]


def test_who_is_far_behind_is_believed_once_the_target_is_that_far():
    evening = begun()
    evening.act(1, Begin(60))
    evening.now += seconds(5)
    evening.act(2, Reply(0), late=seconds(2))
    paced(evening, 0.5, 2)
    evening.act(3, Reply(0), late=seconds(2))
    turns = evening.show.segments["s1"].state.turns
    assert turns == {2: (seconds(3.5),), 3: (seconds(3),)}


def test_everybody_sees_what_was_agreed_on_and_the_host_their_own_dial():
    evening = begun()
    evening.act(1, Dial(0.5, seconds(0.7)), segment="")
    paced(evening, 0.7, 1.5)
    show = load(save(evening.show), evening.show.formats)
    scene, desk = surfaces.public(show, 1), surfaces.desk(show, 1)
    assert (scene.target, scene.last) == (seconds(0.7), seconds(1.5))
    assert (desk.playout.share, desk.playout.fixed) == (0.5, seconds(0.7))
    assert (desk.playout.target, desk.playout.last) == (seconds(0.7), seconds(1.5))


@pytest.mark.parametrize(("viewer", "action"), [(2, Dial(0.5)), (2, Pace(1, 1)), (1, Pace(1, 1))])
def test_the_dial_is_the_hosts_and_the_pace_the_owners(viewer, action):
    evening = begun()
    evening.act(viewer, action, segment="")
    assert [no.code for no in evening.show.refused] == ["auth/forbidden"]
    assert evening.show.playout.target == 0
