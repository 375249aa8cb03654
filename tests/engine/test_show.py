"""Coming and going, starting and ending, and time."""

import pytest
from evenings import BEGIN, Arm, Evening, Ring, Tap, begun, formats

from oncue.engine.house import Add, Ban, Close, Finish, Join, Kick, Open, Start
from oncue.engine.log import Entry
from oncue.engine.playout import Playout
from oncue.engine.segment import SegmentSpec
from oncue.engine.show import Show
from oncue.engine.structs import Role, ShowId, seconds
from oncue.formats import Action, Cue, Format, Rehearsal, Scene, State, on, scene


def codes(evening: Evening) -> list[str]:
    taken = [refusal.code for refusal in evening.show.refused]
    evening.show.refused.clear()
    return taken


def test_who_was_kicked_may_come_back_and_who_was_banned_may_not():
    evening = begun()
    evening.act(1, Kick(2), segment="")
    evening.act(2, Tap())
    assert codes(evening) == ["show/kicked"]
    evening.act(2, Join("back again"), segment="")
    evening.act(2, Tap())
    assert codes(evening) == []
    evening.act(1, Ban(2), segment="")
    evening.act(2, Join("once more"), segment="")
    evening.act(2, Tap())
    assert codes(evening) == ["show/banned", "show/banned"]
    assert evening.show.put_off == [(2, False), (2, True)]
    assert evening.show.segments["s1"].state.total == 1


def test_a_segment_that_is_not_live_takes_nothing():
    evening = begun()
    evening.act(2, Tap(), segment="s2")
    evening.act(2, Tap(), segment="s7")
    evening.act(1, Finish(), segment="")
    evening.act(2, Tap(), segment="s1")
    assert codes(evening) == ["segment/closed", "segment/unknown", "segment/closed"]


def test_starting_a_segment_finishes_the_one_before():
    evening = begun()
    evening.act(1, Start("s2"), segment="")
    assert [segment.phase for segment in evening.show.segments.values()] == ["done", "live"]
    assert evening.show.ended == ["s1"]
    evening.act(1, Start("s1"), segment="")
    assert codes(evening) == ["segment/done"]


def test_a_show_that_is_over_takes_nothing_more():
    evening = begun()
    evening.act(1, Close(), segment="")
    evening.act(2, Join("late"), segment="")
    evening.act(1, Start("s2"), segment="")
    assert codes(evening) == ["show/closed", "show/closed"]
    assert evening.show.ended == ["s1"]


def test_a_show_that_cannot_be_opened_whole_is_not_opened():
    show = Show(ShowId("evening234"), formats)
    rundown = (SegmentSpec("s1", "pad", "Pad"), SegmentSpec("s2", "pad", "Pad", {"odd": 1}))
    evening = begun()
    evening.show, evening.log = show, []
    evening.put("", Entry(0, 0, int(Role.SYSTEM), BEGIN, 0, 0, 0, Open("Evening", "EVENNG", "seed", rundown)))
    assert (show.phase, show.segments, codes(evening)) == ("new", {}, ["settings/bad"])


def test_a_timer_waits_for_the_last_lanes_picture_unless_it_is_told_not_to():
    evening = begun()
    evening.act(1, Arm(1.0))
    evening.act(1, Arm(2.0))
    assert [timer.due - evening.now for timer in evening.show.timers.values()] == [
        seconds(1),
        seconds(2) + Playout().lanes,
    ]
    assert evening.show.due == (evening.now + seconds(1), 1)


def test_a_timer_is_done_once_however_often_it_is_written_down():
    evening = begun()
    evening.act(1, Arm(1.0))
    for _ in range(3):
        evening.put("s1", Entry(0, 1, int(Role.CLOCK), evening.now + seconds(1), 0, 0, 0, Ring()))
    assert evening.show.segments["s1"].state.words == {"rings": 1}
    assert evening.show.repeats == 2


def test_the_timers_of_a_segment_end_with_it():
    evening = begun()
    evening.act(1, Arm(1.0))
    evening.act(1, Finish(), segment="")
    assert evening.show.timers == {}


def test_time_does_not_go_back():
    evening = begun()
    evening.act(2, Tap())
    now = evening.show.now
    evening.now -= seconds(5)
    evening.act(3, Tap())
    assert evening.show.now == now


class Go(Action, frozen=True): ...


class Stuck(Format[State]):
    """Cannot begin, or asks for what cannot be."""

    @on(Go)
    def go(self, state: State, act: Go, cue: Cue) -> None:
        cue.after(seconds(1), Go())

    def public(self, state: State) -> Scene:
        return scene()


class Never(Stuck):
    def start(self) -> State:
        raise RuntimeError("not today")


def test_a_timer_for_what_the_clock_may_not_do_is_a_fault_of_the_handler():
    rehearsal = Rehearsal(Stuck)
    ada = rehearsal.viewer("Ada")
    with pytest.raises(Exception, match=r"cue.after: no handler for Go by the clock"):
        ada.does(Go())
    assert rehearsal.show.timers == {}


def test_a_format_that_cannot_begin_is_not_added():
    show = begun().show
    evening = begun()
    evening.show.formats = lambda name: Never
    evening.act(1, Add("never"), segment="")
    assert codes(evening) == ["format/fault"]
    assert evening.show.segments.keys() == show.segments.keys()
