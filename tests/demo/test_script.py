"""The demo's rundown is cut to the time that there is, and the formats take it."""

import pytest

from oncue.api.bots.autopilot import STUCK_S, Pace, pause
from oncue.api.bots.script import QUESTIONS, script
from oncue.engine.blocks import Countdown, Heading, scene
from oncue.engine.segment import read_settings
from oncue.engine.structs import seconds
from oncue.engine.wire import DeskMsg, SceneMsg
from oncue.formats.registry import format_named

NOW = 1_800_000_000_000_000
PACE = Pace(between=2.0, outcome=4.0, vote=15.0)


@pytest.mark.parametrize("span", [30, 45, 60, 120, 600])
def test_the_rundown_fits(span):
    assert script(span).length <= span


@pytest.mark.parametrize("span", [0, 5, 30, 60, 600])
def test_the_formats_take_the_settings(span):
    rundown = script(span).rundown()
    assert [line["format"] for line in rundown[:2]] == ["poll", "trivia"]
    for line in rundown:
        read_settings(format_named(line["format"]), line["settings"])


def test_there_is_more_of_it_with_more_time():
    assert script(60).questions > script(30).questions >= 2
    assert script(0).questions == len(QUESTIONS)
    assert script(60).rating


def desk(**fields):
    return DeskMsg(1, 1, NOW, "s1", scene(), primary={"type": "lock"}, primary_segment="s1", **fields)


def shown(*blocks, mood, segment="s1"):
    return SceneMsg(1, 1, NOW, segment, "trivia", "Trivia", scene(*blocks, mood=mood))


def test_the_autopilot_lets_a_countdown_run_out():
    clock = Countdown(until=NOW + seconds(20), total=seconds(20))
    assert pause(desk(), shown(clock, mood="live"), NOW, PACE) == 20 + STUCK_S
    assert pause(desk(), shown(clock, mood="live"), NOW + seconds(15), PACE) == 5 + STUCK_S


def test_the_autopilot_leaves_a_vote_without_a_countdown_open_for_a_while():
    assert pause(desk(), shown(Heading("Which?"), mood="live"), NOW, PACE) == PACE.vote


def test_the_autopilot_lets_people_see_an_outcome():
    assert pause(desk(), shown(mood="reveal"), NOW, PACE) == PACE.outcome
    assert pause(desk(), shown(mood="final"), NOW, PACE) == PACE.outcome


def test_the_autopilot_goes_on_soon_when_nothing_is_to_be_seen():
    assert pause(desk(), None, NOW, PACE) == PACE.between
    assert pause(desk(), shown(mood="quiet"), NOW, PACE) == PACE.between
    assert pause(desk(), shown(mood="live", segment="s0"), NOW, PACE) == PACE.between
