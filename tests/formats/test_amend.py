"""What is judged again is what would have been, had it been known from the start."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oncue.engine import surfaces
from oncue.engine.amend import Amend
from oncue.engine.errors import Conflict, FormatError
from oncue.engine.house import Add
from oncue.engine.judge import Policy
from oncue.engine.log import decode_batch
from oncue.engine.replay import play, same
from oncue.engine.snapshot import load, save
from oncue.formats import (
    Action,
    Cue,
    Format,
    Rehearsal,
    Reject,
    Scene,
    Settings,
    State,
    blocks,
    on,
    scene,
    seconds,
)
from oncue.formats.checks import KINDS
from oncue.formats.questions import Answer, Guess
from oncue.formats.trivia import VOID, Ask, Lock, Reveal, ShowLeaderboard, ShowPodium, Trivia

CHOICE: dict[str, Any] = {
    "kind": "choice",
    "text": "Capital?",
    "options": ["Lyon", "Paris", "Nice"],
    "right": 1,
    "seconds": 10,
}
NUMBER: dict[str, Any] = {"kind": "number", "text": "How high?", "right": 100, "seconds": 10}
QUESTIONS = [CHOICE, NUMBER, CHOICE]


def quiz(**changes: Any) -> dict[str, Any]:
    return {"questions": QUESTIONS, "streak": 50, **changes}


def evening(r: Rehearsal[Any], said: list[list[tuple[int, float]]]) -> None:
    """Three questions and a podium; each player's answers, and how long they took."""
    people = [r.viewer(f"P{i}", delay=seconds(i / 4)) for i in range(len(said))]
    for turn in range(3):
        r.host.does(Ask())
        opened = r.now
        answers = sorted(
            ((opened + seconds(said[i][turn][1]) + (who.delay or 0), i) for i, who in enumerate(people)),
        )
        for at, i in answers:
            r.wait(max(at - r.now, 0))
            tries(people[i], Guess(98 + said[i][turn][0]) if turn == 1 else Answer(said[i][turn][0]))
        r.wait(max(opened + seconds(14) - r.now, 0))
        for act in (Reveal(), ShowLeaderboard()):
            tries(r.host, act)
    tries(r.host, ShowPodium())


def tries(who: Any, action: Action) -> None:
    try:
        who.does(action)
    except Reject:
        return


def came_to(r: Rehearsal[Any]) -> tuple[Any, ...]:
    people = r.show.crowd.by_id
    seen = [surfaces.private(r.show, 0, viewer).scene for viewer in people]
    return r.state, r.public, seen, r.results(), r.rounds, r.show.timers


rulings = st.lists(
    st.sampled_from(
        [
            {"/questions/0/right": 0},
            {"/questions/0/right": 2},
            {"/questions/0/void": True},
            {"/questions/1/right": 101},
            {"/questions/1/void": True},
            {"/questions/2/right": 0, "/questions/0/void": False},
            {"/points": 500, "/grace": 2},
            {"/streak": 0},
            {"/scoring": "accuracy"},
        ]
    ),
    min_size=1,
    max_size=4,
)
sayings = st.lists(
    st.lists(st.tuples(st.integers(0, 2), st.floats(0.05, 10.5)), min_size=3, max_size=3),
    min_size=1,
    max_size=5,
)


def known(changes: list[dict[str, Any]]) -> dict[str, Any]:
    """The settings as they would have been."""
    out: dict[str, Any] = {"questions": [dict(question) for question in QUESTIONS], "streak": 50}
    for change in changes:
        for pointer, value in change.items():
            _, *way = pointer.split("/")
            if len(way) == 1:
                out[way[0]] = value
            else:
                out["questions"][int(way[1])][way[2]] = value
    return out


@settings(max_examples=60, deadline=None)
@given(sayings, rulings)
def test_whatever_is_ruled_the_scores_are_those_of_an_evening_with_the_right_key(said, changes):
    r, wanted = Rehearsal(Trivia, settings=quiz()), Rehearsal(Trivia, settings=known(changes))
    evening(r, said)
    evening(wanted, said)
    for change in changes:
        r.amend(change)
    assert came_to(r) == came_to(wanted)
    r.check(skip=set(KINDS) - {"replay"})


@settings(max_examples=30, deadline=None)
@given(sayings, rulings, st.data())
def test_it_does_not_matter_when_it_is_judged_again(said, changes, data):
    r = Rehearsal(Trivia, settings=quiz())
    evening(r, said)
    for change in changes:
        r.amend(change)
    log, formats = r.log, r.show.formats
    cut = data.draw(st.integers(len(log) - len(changes), len(log)))
    early = load(save(play(r.show.id, formats, log[:cut])), formats)
    for seq, message in log[cut:]:
        early.fold(decode_batch(message), seq)
    early = load(save(early), formats)
    assert early.recount == (cut < len(log))
    again = play(r.show.id, formats, log)
    assert same(again, r.show)
    assert early.amendments == again.amendments


def told() -> Rehearsal[Any]:
    r = Rehearsal(Trivia, settings=quiz())
    evening(r, [[(1, 1), (2, 1), (1, 1)], [(0, 2), (0, 2), (1, 2)]])
    return r


def refusal(r: Rehearsal[Any], changes: dict[str, Any]) -> str:
    with pytest.raises(Reject) as no:
        r.amend(changes)
    assert r.show.amendments == []
    return no.value.code


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"/questions/7/right": 0}, "amend/pointer"),
        ({"/questions/-/right": 0}, "amend/pointer"),
        ({"/questions/00/right": 0}, "amend/pointer"),
        ({"/questions/0/wrong": 0}, "amend/pointer"),
        ({"questions": []}, "amend/pointer"),
        ({"": {}}, "amend/pointer"),
        ({"/questions/0/right": 9}, "settings/bad"),
        ({"/questions/0/right": "Paris"}, "settings/bad"),
        ({"/questions/0/text": "Which?"}, "trivia/amend"),
        ({"/questions/0/options": ["a", "b"]}, "trivia/amend"),
        ({}, "amend/empty"),
    ],
)
def test_a_ruling_that_makes_no_sense_is_refused_and_says_why(changes, code):
    assert refusal(told(), changes) == code


def test_a_question_that_does_not_count_is_shown_so_and_gives_nothing_and_breaks_no_row():
    r = told()
    r.amend({"/questions/1/void": True})
    assert [score.streak for score in r.state.scores.values()] == [2, 1]
    assert r.state.tallies[1].right == 0
    live = Rehearsal(Trivia, settings=quiz(questions=[{**CHOICE, "void": True}]))
    evening_of_one(live)
    assert [block.text for block in live.public.blocks if isinstance(block, blocks.Text)] == [VOID]
    assert all(option.verdict == "" for option in live.public.blocks[1].options)
    assert live.results()[0].cells["void"] is True


def evening_of_one(r: Rehearsal[Any]) -> None:
    ada = r.viewer("Ada")
    r.host.does(Ask())
    r.wait(seconds(1))
    ada.does(Answer(1))
    r.host.does(Lock())
    r.wait(seconds(2))
    r.host.does(Reveal())


def test_a_ruling_while_the_segment_is_live_counts_for_what_comes():
    r = Rehearsal(Trivia, settings=quiz())
    ada = r.viewer("Ada")
    r.host.does(Ask())
    r.wait(seconds(1))
    ada.does(Answer(2))
    r.amend({"/questions/0/right": 2}, "it is Nice")
    r.host.does(Lock())
    r.wait(seconds(2))
    r.host.does(Reveal())
    assert r.state.scores[ada.id].right == 1
    [amendment] = surfaces.desk(r.show, 0).amendments
    assert (amendment.why, amendment.by, amendment.changes) == ("it is Nice", 1, {"/questions/0/right": 2})
    r.check()


def test_what_a_host_may_rule_about_a_round_is_in_its_report():
    r = told()
    titles = [[ruling.title for ruling in report.rulings] for report in r.rounds]
    assert titles[:2] == [["Right: Lyon", "Right: Nice", "Does not count"], ["Does not count"]]
    for ruling in r.rounds[0].rulings:
        r.amend(ruling.changes)
    assert r.rounds[0].void
    assert [ruling.title for ruling in r.rounds[0].rulings] == ["Right: Lyon", "Right: Paris", "Counts"]


def test_how_far_viewers_are_believed_can_be_ruled_anew():
    r = Rehearsal(Trivia, settings=quiz())
    far = r.viewer("Far", delay=seconds(1.5))
    r.host.does(Ask())
    r.wait(seconds(3))
    far.does(Answer(1))
    r.host.does(Lock())
    r.wait(seconds(2))
    r.host.does(Reveal())
    assert r.rounds[0].winner.age == seconds(1.5)
    r.host.does(Amend("s1", {}, "nobody is that far behind", Policy(lane=seconds(0.5))))
    assert r.rounds[0].winner.age == seconds(2.5)
    assert (r.rounds[0].clipped, r.rounds[0].clipped_most) == (1, seconds(1))
    r.check()


def test_only_a_host_may_rule_and_only_about_what_was_live():
    r = told()
    with pytest.raises(Reject, match="not for you"):
        r.moderator.does(Amend("s1", {"/streak": 0}, "I think"))
    r.host.does(Add("trivia", settings=quiz()))
    with pytest.raises(Reject, match="not live yet"):
        r.host.does(Amend("s2", {"/streak": 0}, "too early"))


class Press(Action, frozen=True):
    """Press."""


class Worth(Settings, frozen=True):
    points: int = 1


class Plain(Format[State, Worth]):
    """Says nothing of rulings."""

    @on(Press)
    def press(self, state: State, act: Press, cue: Cue) -> None:
        cue.emit("pressed")

    def public(self, state: State) -> Scene:
        return scene()


class Broken(Plain):
    """Errs when it is asked."""

    @classmethod
    def amend(cls, old: Worth, new: Worth) -> None:
        raise ZeroDivisionError("no")


def test_a_format_that_does_not_say_what_may_be_changed_cannot_be_judged_again():
    with pytest.raises(Reject, match="Plain cannot be judged again"):
        Rehearsal(Plain).amend({"/points": 2})
    with pytest.raises(Reject, match="no") as no:
        Rehearsal(Broken).amend({"/points": 2})
    assert no.value.code == "format/fault"


def test_what_began_with_a_state_has_no_log_that_could_be_judged_again():
    r = Rehearsal(Trivia, settings=quiz(), state=told().state)
    with pytest.raises(Conflict, match="from its start"):
        r.amend({"/streak": 0})


def test_a_rehearsal_can_have_a_target_for_those_who_are_far_behind():
    r = Rehearsal(Trivia, settings=quiz(), target=seconds(2))
    far = r.viewer("Far", delay=seconds(3.5))
    r.host.does(Ask())
    r.wait(seconds(5))
    far.does(Answer(1))
    assert next(iter(r.state.answers.values())).age == seconds(1.5)
    with pytest.raises(FormatError):
        Rehearsal(Trivia, settings={"questions": []})
