"""A round of trivia, from the first question to the podium."""

from typing import Any

import msgspec
import pytest

from oncue.engine.blocks import Block
from oncue.formats import FormatError, Ledger, Micros, Rehearsal, Reject, Scene, blocks, seconds
from oncue.formats.questions import Answer, Arrange, Guess, Pick, Write
from oncue.formats.rehearsal import Someone
from oncue.formats.trivia import (
    SLACK,
    Ask,
    Board,
    Given,
    Lock,
    Reveal,
    Score,
    ShowLeaderboard,
    ShowPodium,
    Trivia,
)

PARIS = {
    "kind": "choice",
    "text": "Capital of France?",
    "options": ["Lyon", "Paris", "Nice"],
    "right": 1,
    "seconds": 10,
}
EVEREST = {"kind": "number", "text": "How high is Everest?", "right": 8849, "unit": "m", "seconds": 10}


def rehearsed(
    *questions: dict[str, Any], state: Board | None = None, span: Micros | None = None, **settings: Any
) -> Rehearsal[Board]:
    asked = {"questions": list(questions or (PARIS,)), **settings}
    return Rehearsal(Trivia, settings=asked, state=state, span=span)


def found(scene: Scene, kind: type[Block]) -> Any:
    return next((block for block in scene.blocks if isinstance(block, kind)), None)


def standing(who: Someone) -> list[str]:
    stats = found(who.sees, blocks.Mark) and [b for b in who.sees.blocks if isinstance(b, blocks.Stats)][-1]
    return [stat.value for stat in stats.stats] if stats else []


def told(r: Rehearsal[Board]) -> None:
    """The question runs out, and the answer is revealed."""
    r.wait(seconds(20))
    r.host.does(Reveal())


def refused(who: Someone, action: Any) -> str:
    with pytest.raises(Reject) as no:
        who.does(action)
    return no.value.code


def test_a_host_who_only_presses_the_big_button_gets_to_the_podium():
    r = rehearsed(PARIS, EVEREST)
    ada = r.viewer("Ada")
    r.host.does(r.next)
    r.wait(seconds(1))
    ada.does(Answer(1))
    pressed = []
    while (action := r.next) is not None:
        r.host.does(action)
        pressed.append(type(action))
        r.wait(seconds(3))
    assert pressed == [Lock, Reveal, ShowLeaderboard, Ask, Lock, Reveal, ShowPodium]
    assert found(r.public, blocks.Leaderboard).podium
    assert r.public.mood == "final"
    r.check()


def test_what_is_seen_at_each_moment():
    r = rehearsed(PARIS, EVEREST)
    assert found(r.public, blocks.Heading).kicker == "2 questions"
    r.host.does(Ask())
    choices, countdown = found(r.public, blocks.Choices), found(r.public, blocks.Countdown)
    assert choices.send == blocks.Send("answer", "choice")
    assert [option.label for option in choices.options] == ["Lyon", "Paris", "Nice"]
    assert (countdown.until, countdown.total) == (r.now + seconds(10), seconds(10))
    assert found(r.public, blocks.Heading).kicker == "Question 1 of 2"
    r.wait(seconds(10))
    assert found(r.public, blocks.Choices).send is None
    assert found(r.public, blocks.Countdown) is None
    told(r)
    assert [option.verdict for option in found(r.public, blocks.Choices).options] == [
        "wrong",
        "right",
        "wrong",
    ]


def test_the_same_reaction_gives_the_same_points_on_every_screen():
    r = rehearsed(PARIS)
    near, far, none = r.viewer("Near"), r.viewer("Far", delay=seconds(1.5)), r.viewer("None", delay=None)
    r.host.does(Ask())
    r.wait(seconds(3))
    near.does(Answer(1))
    none.does(Answer(1))
    r.wait(seconds(1.5))
    far.does(Answer(1))
    told(r)
    assert standing(near) == standing(far) == standing(none) == ["869", "1 of 3"]


def test_an_answer_in_time_on_ones_own_picture_counts_although_the_time_is_up():
    r = rehearsed(PARIS)
    far = r.viewer("Far", delay=seconds(1.2))
    r.host.does(Ask())
    r.wait(seconds(11.1))
    assert r.state.phase == "locking"
    far.does(Answer(1))
    told(r)
    assert standing(far)[0] == "506"


def test_an_answer_after_the_deadline_on_ones_own_picture_is_refused_with_a_reason():
    r = rehearsed(PARIS)
    ada, bob, eve = r.viewer("Ada"), r.viewer("Bob"), r.viewer("Eve")
    r.host.does(Ask())
    r.wait(seconds(10) + SLACK)
    ada.does(Answer(1))
    r.wait(1)
    assert refused(bob, Answer(1)) == "trivia/late"
    r.wait(seconds(5))
    assert refused(eve, Answer(1)) == "trivia/closed"
    told(r)
    assert standing(ada)[0] == "500"


def test_an_answer_before_the_question_could_be_seen_is_refused_and_may_be_given_again():
    r = rehearsed(PARIS)
    ada = r.viewer("Ada", delay=seconds(1))
    assert refused(ada, Answer(1)) == "trivia/choice"
    r.host.does(Ask())
    r.wait(seconds(0.5))
    assert refused(ada, Answer(1)) == "judge/early"
    r.wait(seconds(0.59))
    assert refused(ada, Answer(1)) == "trivia/impossible"
    r.wait(seconds(0.01))
    ada.does(Answer(1))
    assert len(r.state.answers) == 1


def test_an_answer_is_final():
    r = rehearsed(PARIS, PARIS)
    ada = r.viewer("Ada")
    r.host.does(Ask())
    r.wait(seconds(1))
    ada.does(Answer(0))
    assert refused(ada, Answer(1)) == "trivia/final"
    assert r.state.counts == [1, 0, 0]
    told(r)
    r.host.does(Ask())
    r.wait(seconds(1))
    ada.does(Answer(1))
    assert r.state.counts == [0, 1, 0]


def test_what_was_pressed_before_the_host_locked_counts_and_what_came_after_does_not():
    r = rehearsed(PARIS)
    early, late = r.viewer("Early", delay=seconds(1)), r.viewer("Late", delay=seconds(0.5))
    r.host.does(Ask())
    r.wait(seconds(4))
    r.host.does(Lock())
    r.wait(seconds(0.9))
    early.does(Answer(1))
    assert refused(late, Answer(1)) == "trivia/late"
    assert refused(r.host, Lock()) == "action/not-now"


def test_a_reveal_that_is_asked_for_too_early_comes_when_the_last_answers_are_in():
    r = rehearsed(PARIS)
    ada = r.viewer("Ada", delay=seconds(1))
    r.host.does(Ask())
    r.wait(seconds(2))
    r.host.does(Lock())
    r.host.does(Reveal())
    assert r.state.phase == "locking"
    ada.does(Answer(1))
    r.wait(seconds(2))
    assert r.state.phase == "told"
    assert standing(ada)[1] == "1 of 1"


def test_points_are_full_in_the_grace_time_and_fall_to_half_at_the_deadline():
    r = rehearsed(PARIS, grace=2, points=1000)
    people = [r.viewer(name) for name in ("a", "b", "c", "d")]
    r.host.does(Ask())
    for who, wait in zip(people, (1, 1, 4, 4), strict=True):
        r.wait(seconds(wait))
        who.does(Answer(1))
    told(r)
    assert [standing(who)[0] for who in people] == ["1000", "1000", "750", "500"]


def test_points_for_accuracy_do_not_look_at_the_clock():
    r = rehearsed(PARIS, scoring="accuracy", points=10)
    fast, slow, wrong = r.viewer("Fast"), r.viewer("Slow"), r.viewer("Wrong")
    r.host.does(Ask())
    r.wait(seconds(1))
    fast.does(Answer(1))
    wrong.does(Answer(0))
    r.wait(seconds(8))
    slow.does(Answer(1))
    told(r)
    assert [standing(who)[:2] for who in (fast, slow, wrong)] == [
        ["10", "1 of 3"],
        ["10", "2 of 3"],
        ["0", "3 of 3"],
    ]
    assert found(wrong.sees, blocks.Mark).verdict == "wrong"
    assert found(fast.sees, blocks.Mark).note == "+10"


def test_a_survey_has_no_points_and_no_leaderboard():
    r = rehearsed({**PARIS, "right": None}, PARIS, scoring="none")
    ada = r.viewer("Ada")
    r.host.does(Ask())
    r.wait(seconds(1))
    ada.does(Answer(0))
    told(r)
    assert [option.verdict for option in found(r.public, blocks.Choices).options] == ["", "", ""]
    assert found(ada.sees, blocks.Mark) == blocks.Mark(of="q1", value=0)
    assert refused(r.host, ShowLeaderboard()) == "action/not-now"
    r.host.does(r.next)
    told(r)
    assert r.next is None


def test_right_answers_in_a_row_give_more_and_a_missed_question_ends_the_row():
    r = rehearsed(*[PARIS] * 4, scoring="accuracy", points=100, streak=10)
    ada = r.viewer("Ada")
    points = []
    for choice in (1, 1, None, 1):
        r.host.does(Ask())
        r.wait(seconds(1))
        if choice is not None:
            ada.does(Answer(choice))
        told(r)
        points.append(r.state.scores[ada.id].points)
    assert points == [100, 210, 210, 310]


def test_equal_points_and_times_share_a_place_and_time_saved_decides_else():
    r = rehearsed(PARIS, scoring="accuracy")
    a, b, c, d = (r.viewer(name) for name in "abcd")
    r.host.does(Ask())
    r.wait(seconds(1))
    a.does(Answer(0))
    r.wait(seconds(1))
    b.does(Answer(1))
    c.does(Answer(1))
    r.wait(seconds(1))
    d.does(Answer(1))
    told(r)
    assert [r.state.scores[who.id].rank for who in (a, b, c, d)] == [4, 1, 1, 3]


def test_the_leaderboard_tells_who_moved_since_it_was_shown_last():
    r = rehearsed(*[PARIS] * 4, scoring="accuracy", points=100)
    ada, bob = r.viewer("Ada"), r.viewer("Bob")

    def play(right: Someone, show: bool) -> list[tuple[str, int]]:
        r.host.does(Ask())
        r.wait(seconds(1))
        for who in (ada, bob):
            who.does(Answer(1 if who is right else 0))
        told(r)
        if not show:
            return []
        r.host.does(ShowLeaderboard())
        return [(row.name, row.moved) for row in found(r.public, blocks.Leaderboard).rows]

    assert play(ada, True) == [("Ada", 0), ("Bob", 0)]
    assert play(bob, False) == []
    assert play(bob, True) == [("Bob", 1), ("Ada", -1)]
    assert play(bob, True) == [("Bob", 0), ("Ada", 0)]


def test_who_comes_late_plays_the_live_question_and_is_ranked_from_then_on():
    r = rehearsed(PARIS, PARIS)
    ada = r.viewer("Ada")
    r.host.does(Ask())
    r.wait(seconds(1))
    ada.does(Answer(1))
    told(r)
    r.host.does(Ask())
    r.wait(seconds(5))
    late = r.viewer("Late")
    assert found(late.sees, blocks.Choices).send is not None
    assert found(late.sees, blocks.Countdown).until == r.now + seconds(5)
    r.wait(seconds(1))
    late.does(Answer(1))
    ada.does(Answer(0))
    told(r)
    assert r.state.scores[late.id].rank == 2
    assert r.state.scores[late.id].points == 711


def test_who_reloads_sees_their_answer_and_score():
    r = rehearsed(PARIS, PARIS)
    ada = r.viewer("Ada")
    r.host.does(Ask())
    r.wait(seconds(1))
    ada.does(Answer(1))
    assert found(ada.sees, blocks.Mark) == blocks.Mark(of="q1", value=1)
    told(r)
    r.host.does(Ask())
    assert found(ada.sees, blocks.Mark) is None
    assert [stat.value for stat in ada.sees.blocks[-1].stats] == ["974", "1 of 1"]


KINDS: list[tuple[dict[str, Any], list[Any], list[Any], str]] = [
    ({"kind": "true-false", "text": "?", "right": True}, [Answer(0)], [Answer(1)], "True"),
    (
        {"kind": "several", "text": "?", "options": ["a", "b", "c"], "right": [2, 0]},
        [Pick((0, 2)), Pick((2, 0))], [Pick((0,)), Pick((0, 1, 2))], "a, c",
    ),
    (
        {"kind": "number", "text": "?", "right": 100, "within": 5},
        [Guess(95), Guess(105), Guess(100)], [Guess(94), Guess(106)], "100",
    ),
    ({"kind": "number", "text": "?", "right": 100}, [Guess(90), Guess(110.0)], [Guess(111)], "100"),
    (
        {"kind": "text", "text": "?", "right": ["Marie Curie", "Curie", "1867"]},
        [Write("marie curie"), Write("Márie  Curié!"), Write("Mraie Curi"), Write("curye"), Write("1867")],
        [Write("Mary"), Write("1868"), Write("Piere Curie")], "Marie Curie",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("question", "right", "wrong", "solution"), KINDS)
def test_each_kind_of_question_knows_right_from_wrong(question, right, wrong, solution):
    r = rehearsed(question)
    good = [r.viewer(f"good {i}") for i in range(len(right))]
    bad = [r.viewer(f"bad {i}") for i in range(len(wrong))]
    r.host.does(Ask())
    r.wait(seconds(1))
    for who, action in zip([*good, *bad], [*right, *wrong], strict=True):
        who.does(action)
    r.wait(seconds(25))
    r.host.does(Reveal())
    assert [found(who.sees, blocks.Mark).verdict for who in good] == ["right"] * len(right)
    assert [found(who.sees, blocks.Mark).verdict for who in bad] == ["wrong"] * len(wrong)
    assert r.results()[0].cells["solution"] == solution
    r.check()


def test_options_to_be_ordered_are_shown_mixed_and_judged_as_they_were_shown():
    r = rehearsed({"kind": "order", "text": "?", "options": ["one", "two", "three", "four"]})
    ada, bob = r.viewer("Ada"), r.viewer("Bob")
    r.host.does(Ask())
    r.wait(seconds(1))
    labels = [option.label for option in found(r.public, blocks.Ranking).options]
    assert sorted(labels) == ["four", "one", "three", "two"]
    assert labels != ["one", "two", "three", "four"]
    right = tuple(labels.index(label) for label in ("one", "two", "three", "four"))
    ada.does(Arrange(right))
    bob.does(Arrange(right[::-1]))
    assert refused(r.viewer("Eve"), Arrange((0, 1, 2, 2))) == "trivia/choice"
    r.wait(seconds(25))
    r.host.does(Reveal())
    assert [found(who.sees, blocks.Mark).verdict for who in (ada, bob)] == ["right", "wrong"]
    assert found(r.public, blocks.Text).text == "one → two → three → four"


@pytest.mark.parametrize(
    "action",
    [Answer(3), Pick((0, 1)), Arrange((0, 1)), Guess(5), Write("Paris")],
    ids=lambda action: type(action).__name__,
)
def test_an_answer_of_another_kind_than_the_question_is_refused(action):
    r = rehearsed(PARIS)
    ada = r.viewer("Ada")
    r.host.does(Ask())
    r.wait(seconds(1))
    assert refused(ada, action) == "trivia/choice"
    assert len(r.state.answers) == 0


SECRETS = [
    ({**PARIS, "right": 0}, {**PARIS, "right": 1}, [Answer(0), Answer(2)], [Answer(2), Answer(1)]),
    (
        {"kind": "several", "text": "?", "options": ["a", "b", "c"], "right": [2, 0]},
        {"kind": "several", "text": "?", "options": ["a", "b", "c"], "right": [1]},
        [Pick((0,)), Pick((1,))], [Pick((0, 1)), Pick((2,))],
    ),
    ({"kind": "number", "text": "?", "right": 1}, {"kind": "number", "text": "?", "right": 2}, [Guess(1), Guess(2)], [Guess(3), Guess(4)]),
    (
        {"kind": "text", "text": "?", "right": ["x"], "explanation": "because"}, {"kind": "text", "text": "?", "right": ["y"]},
        [Write("x"), Write("z")], [Write("y"), Write("w")],
    ),
    (
        {"kind": "true-false", "text": "?", "right": True}, {"kind": "true-false", "text": "?", "right": False},
        [Answer(0), Answer(1)], [Answer(1), Answer(0)],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("one", "other", "these", "those"), SECRETS)
def test_nothing_that_a_browser_receives_before_the_reveal_depends_on_what_is_secret(
    one, other, these, those
):
    def received(question: dict[str, Any], actions: list[Any]) -> list[str]:
        r = rehearsed(question)
        ada, others = r.viewer("Ada"), [r.viewer("Bob"), r.viewer("Eve")]
        r.host.does(Ask())
        r.wait(seconds(1))
        ada.does(these[0])
        mine = len(r.received)
        for who, action in zip(others, actions, strict=True):
            who.does(action)
        r.wait(seconds(30))
        assert r.state.phase == "closed"
        return [scene for i, scene in enumerate(r.received) if i < mine or '"mark"' not in scene]

    assert received(one, these) == received(one, those) == received(other, these) == received(other, those)


def test_the_desk_sees_what_the_audience_must_not_see_yet():
    r = rehearsed(PARIS, EVEREST)
    ada = r.viewer("Ada")
    r.host.does(Ask())
    r.wait(seconds(1))
    ada.does(Answer(1))
    assert [bar.value for bar in found(r.desk, blocks.Bars).bars] == ["0", "1", "0"]
    assert "Right: Paris" in [block.text for block in r.desk.blocks if isinstance(block, blocks.Text)]
    r.never_shows("right")
    r.never_shows("Everest")
    r.never_shows("share")


def test_a_picture_comes_with_its_words():
    r = rehearsed({**PARIS, "picture": "/p.jpg", "alt": "A tower", "explanation": "Since 987."})
    r.host.does(Ask())
    assert found(r.public, blocks.Image) == blocks.Image("/p.jpg", "A tower")
    told(r)
    assert found(r.public, blocks.Text).text == "Since 987."


def test_results_have_a_line_for_each_question_and_each_player():
    r = rehearsed(PARIS)
    ada, bob = r.viewer("Ada"), r.viewer("Bob")
    r.host.does(Ask())
    r.wait(seconds(1))
    bob.does(Answer(0))
    ada.does(Answer(1))
    told(r)
    question, first, second = r.results()
    assert question.cells == {
        "question": 1,
        "text": "Capital of France?",
        "solution": "Paris",
        "answered": 2,
        "right": 1,
    }
    assert first.cells == {
        "place": 1,
        "name": "Ada",
        "viewer": ada.id,
        "points": 974,
        "right": 1,
        "seconds_saved": 9.0,
    }
    assert (second.cells["name"], second.cells["points"]) == ("Bob", 0)


def test_a_rehearsal_may_begin_in_the_middle():
    answers = Ledger({3: Given(1, seconds(2)), 4: Given(0, seconds(1))})
    r = rehearsed(
        PARIS,
        state=Board(phase="closed", asked=1, span=seconds(10), counts=[1, 1, 0], answers=answers),
        span=seconds(10),
    )
    r.host.does(Reveal())
    assert r.state.scores == {3: Score(922, seconds(8), 1, 0, 922, 1, 1), 4: Score(0, 0, 2, 0, 0, 0, 0)}
    r.check()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"questions": []}, "length >= 1"),
        ({"questions": [{**PARIS, "right": 3}]}, "the last option is 2"),
        ({"questions": [{**PARIS, "right": None}]}, "does not say what is `right`"),
        ({"questions": [{**PARIS, "options": ["one"]}]}, "length >= 2"),
        ({"questions": [{**PARIS, "seconds": 0}]}, ">= 3"),
        ({"questions": [{**PARIS, "kind": "what"}]}, "what"),
        ({"questions": [{**PARIS, "colour": "red"}]}, "colour"),
        ({"questions": [PARIS], "points": 0}, ">= 1"),
        ({"questions": [PARIS], "scoring": "luck"}, "luck"),
    ],
)
def test_a_quiz_that_makes_no_sense_is_refused_with_the_place(wrong, said):
    with pytest.raises(FormatError, match=said) as error:
        Rehearsal(Trivia, settings=wrong)
    assert error.value.code == "settings/bad"


def test_the_settings_have_a_schema_for_the_hosts_form():
    schema = msgspec.json.schema(Trivia.settings_type)
    assert schema["$defs"]["Quiz"]["required"] == ["questions"]
    kinds = schema["$defs"]["Quiz"]["properties"]["questions"]["items"]["discriminator"]["mapping"]
    assert kinds.keys() == {"choice", "true-false", "several", "order", "number", "text"}


def test_who_is_among_more_than_before_is_told_even_if_nothing_else_has_changed():
    r = rehearsed(PARIS, PARIS)
    ada, bob = r.viewer("Ada"), r.viewer("Bob")
    r.host.does(Ask())
    r.wait(seconds(1))
    ada.does(Answer(0))
    told(r)
    r.host.does(Ask())
    r.wait(seconds(1))
    bob.does(Answer(0))
    told(r)
    assert ada.sees.says("1 of 2")
    r.check()
