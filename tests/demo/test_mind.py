"""What a simulated viewer makes of scenes: any control of the vocabulary, and nothing that is not there."""

from random import Random

import pytest

from oncue.api.bots.mind import Mind, Tap, controls
from oncue.engine.blocks import (
    Button,
    Choices,
    Countdown,
    Field,
    Form,
    Heading,
    Option,
    Ranking,
    Rating,
    Send,
    Stat,
    Stats,
    scene,
)
from oncue.engine.structs import seconds
from oncue.engine.wire import SceneMsg

NOW = 1_800_000_000_000_000
OPTIONS = (Option("red"), Option("green"), Option("blue"))
VOTE = Choices(id="q1", options=OPTIONS, send=Send("vote", "choice"))


def shown(*blocks, segment="s1", seq=1):
    return SceneMsg(1, seq, NOW, segment, "poll", "Poll", scene(*blocks, mood="live"))


def crowd(size=300):
    return [Mind(Random(f"test/{i}")) for i in range(size)]


def taps(*blocks, size=300) -> list[Tap]:
    found = controls(shown(*blocks))
    return [tap for mind in crowd(size) for tap in mind.look(found, NOW)]


def test_most_answer_and_some_do_not():
    answers = [mind.look(controls(shown(VOTE)), NOW) for mind in crowd()]
    silent = sum(not taps for taps in answers)
    assert 0 < silent < 100


def test_some_tap_twice():
    twice = [found for mind in crowd() if len(found := mind.look(controls(shown(VOTE)), NOW)) == 2]
    assert twice
    for first, second in twice:
        assert 0 < second.after - first.after < 1


def test_the_same_seed_decides_the_same():
    assert taps(VOTE, size=50) == taps(VOTE, size=50)


def test_a_choice_is_an_index_that_exists():
    picked = {tap.do["choice"] for tap in taps(VOTE)}
    assert picked == {0, 1, 2}
    assert all(tap.do["type"] == "vote" and tap.segment == "s1" and tap.block == "q1" for tap in taps(VOTE))


def test_several_choices_are_different_and_not_too_many():
    several = Choices(options=OPTIONS, send=Send("pick", "choices"), least=1, most=2)
    for tap in taps(several):
        chosen = tap.do["choices"]
        assert 1 <= len(chosen) <= 2
        assert len(set(chosen)) == len(chosen)
        assert set(chosen) <= {0, 1, 2}


def test_a_rating_stays_on_its_scale():
    rated = {tap.do["value"] for tap in taps(Rating(steps=4, send=Send("rate", "value")))}
    assert rated <= {1, 2, 3, 4}
    assert len(rated) > 1


def test_a_ranking_has_every_option_once():
    for tap in taps(Ranking(options=OPTIONS, send=Send("rank", "order"))):
        assert sorted(tap.do["order"]) == [0, 1, 2]


def test_a_form_is_filled_in_within_its_bounds():
    fields = (
        Field("word", "A word", most=6),
        Field("age", "Your age", kind="number", most=120),
        Field("sure", "Sure?", kind="check"),
    )
    for tap in taps(Form(fields=fields, send=Send("say", fixed={"round": 2}))):
        assert tap.do["type"] == "say"
        assert tap.do["round"] == 2
        assert 0 < len(tap.do["word"]) <= 6
        assert 0 <= tap.do["age"] <= 120
        assert isinstance(tap.do["sure"], bool)


def test_a_primary_button_is_pressed_more_than_another():
    main = taps(Button(label="Buy", send=Send("buy", fixed={"item": 3}), primary=True))
    other = taps(Button(label="Details", send=Send("details")))
    assert len(main) > 1.5 * len(other) > 0
    assert main[0].do == {"type": "buy", "item": 3}


def test_what_cannot_be_used_is_left_alone():
    closed = Choices(options=OPTIONS)
    for_others = Choices(options=OPTIONS, send=Send("vote", "choice"), on=("screen", "overlay"))
    assert not controls(shown(Heading("Hello"), closed, for_others))


def test_a_question_is_answered_once_although_its_scene_changes():
    mind = next(mind for mind in crowd() if mind.keen > 0.95)
    first = mind.look(controls(shown(Heading("Which?"), VOTE, Stats(stats=(Stat("Votes", "0"),)))), NOW)
    counted = Choices(
        id="q1", options=tuple(Option(o.label, share=0.3, count=4) for o in OPTIONS), send=VOTE.send
    )
    again = mind.look(
        controls(shown(Heading("Which?"), counted, Stats(stats=(Stat("Votes", "12"),)), seq=2)), NOW
    )
    assert first
    assert not again


@pytest.mark.parametrize(
    "other",
    [
        shown(Heading("Which now?"), VOTE),
        shown(Heading("Which?"), VOTE, segment="s2"),
        shown(Heading("Which?"), Choices(id="q2", options=OPTIONS, send=VOTE.send)),
    ],
)
def test_the_next_question_is_answered_too(other):
    answered = 0
    for mind in crowd():
        mind.look(controls(shown(Heading("Which?"), VOTE)), NOW)
        answered += bool(mind.look(controls(other), NOW))
    assert answered > 200


def test_most_answer_before_the_countdown_ends_and_a_few_after_it():
    found = taps(VOTE, Countdown(until=NOW + seconds(4), total=seconds(4)), size=1000)
    late = [tap for tap in found if tap.after > 4]
    assert 0 < len(late) < len(found) / 5


def test_reading_takes_longer_when_there_is_more_to_read():
    short = taps(Heading("Red?"), VOTE)
    long = taps(
        Heading("Which of these three colours, if you had to paint a whole house, would it be? " * 2), VOTE
    )
    assert sum(tap.after for tap in long) / len(long) > 2 * sum(tap.after for tap in short) / len(short)
