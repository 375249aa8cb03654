"""Polls of every kind, from the question to the outcome."""

from typing import Any

import pytest

from oncue.engine.blocks import Block
from oncue.formats import FormatError, Rehearsal, Reject, Scene, blocks, seconds
from oncue.formats.poll import (
    SLACK,
    Approve,
    Box,
    Dismiss,
    Lock,
    Open,
    Pick,
    Poll,
    Rank,
    Rate,
    Reveal,
    Say,
    Strike,
    Vote,
)

LUNCH = {"question": "Lunch?", "options": ["Pizza", "Soup", "Salad"]}


def rehearsed(**settings: Any) -> Rehearsal[Box]:
    kind = settings.get("kind", "single")
    chosen = LUNCH if kind in ("single", "multiple", "ranking") else {"question": "Lunch?"}
    return Rehearsal(Poll, settings={**chosen, **settings})


def opened(**settings: Any) -> Rehearsal[Box]:
    r = rehearsed(**settings)
    r.host.does(Open())
    r.wait(seconds(1))
    return r


def found(scene: Scene, kind: type[Block]) -> Any:
    return next((block for block in scene.blocks if isinstance(block, kind)), None)


def ended(r: Rehearsal[Box]) -> None:
    r.host.does(Lock())
    r.wait(seconds(3))


def refused(who: Any, action: Any) -> str:
    with pytest.raises(Reject) as no:
        who.does(action)
    return no.value.code


@pytest.mark.parametrize(
    ("show", "pressed"), [("end", [Open, Lock, Reveal]), ("live", [Open, Lock]), ("never", [Open, Lock])]
)
def test_a_host_who_only_presses_the_big_button_gets_to_the_outcome(show, pressed):
    r = rehearsed(show=show)
    done = []
    while (action := r.next) is not None:
        r.host.does(action)
        done.append(type(action))
        r.wait(seconds(3))
    assert done == pressed
    r.check()


def test_before_it_opens_one_sees_the_question_and_cannot_vote():
    r = rehearsed()
    ada = r.viewer("Ada")
    assert found(r.public, blocks.Heading).text == "Lunch?"
    assert found(r.public, blocks.Choices) is None
    assert refused(ada, Vote(0)) == "poll/closed"


@pytest.mark.parametrize(
    ("show", "seen"), [("live", [True, True]), ("end", [False, True]), ("never", [False, False])]
)
def test_the_outcome_is_seen_when_the_settings_say(show, seen):
    r = opened(show=show)
    ada, bob = r.viewer("Ada"), r.viewer("Bob")
    ada.does(Vote(1))
    bob.does(Vote(1))
    shares = [[option.share for option in found(r.public, blocks.Choices).options]]
    ended(r)
    if r.next:
        r.host.does(r.next)
    shares.append([option.share for option in found(r.public, blocks.Choices).options])
    assert shares == [[0, 1, 0] if shown else [None] * 3 for shown in seen]
    assert [bar.value for bar in found(r.desk, blocks.Bars).bars] == ["0", "2", "0"]
    if show == "never":
        r.never_shows("share")
        assert refused(r.host, Reveal()) == "action/not-now"


def test_a_vote_may_be_changed_until_the_lock():
    r = opened()
    ada = r.viewer("Ada")
    ada.does(Vote(0))
    ada.does(Vote(2))
    assert r.state.counts == [0, 0, 1]
    assert found(ada.sees, blocks.Mark) == blocks.Mark(of="poll", value=2)
    ended(r)
    assert refused(ada, Vote(1)) == "poll/closed"


def test_a_vote_may_be_made_final():
    r = opened(change=False)
    ada = r.viewer("Ada")
    ada.does(Vote(0))
    assert refused(ada, Vote(2)) == "poll/final"
    assert r.state.counts == [1, 0, 0]
    assert found(r.public, blocks.Choices).keep


def test_a_vote_that_was_pressed_in_time_counts_after_the_lock_and_a_late_one_does_not():
    r = opened(seconds=5)
    far, late = r.viewer("Far", delay=seconds(1)), r.viewer("Late")
    assert found(r.public, blocks.Countdown).total == seconds(5)
    r.wait(seconds(4) + SLACK + 1)
    assert r.state.phase == "locking"
    far.does(Vote(0))
    assert refused(late, Vote(0)) == "poll/late"
    r.wait(seconds(2))
    assert (r.state.phase, r.state.counts) == ("closed", [1, 0, 0])


def test_the_outcome_may_be_asked_for_while_the_last_votes_come_in():
    r = opened()
    r.host.does(Lock())
    r.host.does(Reveal())
    r.host.does(Lock())
    assert r.state.phase == "locking"
    r.wait(seconds(2))
    assert r.state.phase == "shown"


def test_of_several_options_each_counts_once():
    r = opened(kind="multiple", most=2)
    ada, bob = r.viewer("Ada"), r.viewer("Bob")
    ada.does(Pick((0, 2)))
    bob.does(Pick((2,)))
    assert (found(r.public, blocks.Choices).most, found(ada.sees, blocks.Mark).value) == (2, (0, 2))
    for bad in ((0, 1, 2), (1, 1), (7,)):
        assert refused(ada, Pick(bad)) == "poll/choice"
    ada.does(Pick((1,)))
    assert r.state.counts == [0, 1, 1]
    ended(r)
    r.host.does(Reveal())
    assert [option.share for option in found(r.public, blocks.Choices).options] == [0, 0.5, 0.5]


def test_a_rating_has_an_average():
    r = opened(kind="rating", steps=4, low="bad", high="good")
    for name, stars in (("Ada", 1), ("Bob", 4), ("Chloé", 4)):
        r.viewer(name).does(Rate(stars))
    assert refused(r.viewer("Eve"), Rate(5)) == "poll/choice"
    assert found(r.public, blocks.Rating).average is None
    ended(r)
    r.host.does(Reveal())
    assert found(r.public, blocks.Rating).average == 3
    assert [bar.value for bar in found(r.public, blocks.Bars).bars] == ["1", "0", "0", "2"]
    assert [row.cells["votes"] for row in r.results()] == [1, 0, 0, 2]


def test_a_ranking_counts_points_by_place():
    r = opened(kind="ranking")
    ada, bob = r.viewer("Ada"), r.viewer("Bob")
    ada.does(Rank((1, 0, 2)))
    bob.does(Rank((1, 2, 0)))
    bob.does(Rank((2, 1, 0)))
    assert r.state.counts == [3, 5, 4]
    for bad in ((0, 1), (0, 1, 1), (0, 1, 3)):
        assert refused(ada, Rank(bad)) == "poll/choice"
    assert found(bob.sees, blocks.Mark).value == (2, 1, 0)
    ended(r)
    r.host.does(Reveal())
    assert [(bar.label, bar.value) for bar in found(r.public, blocks.Bars).bars] == [
        ("Soup", "5"),
        ("Salad", "4"),
        ("Pizza", "3"),
    ]


def test_words_are_counted_whatever_their_capitals_and_can_be_struck():
    r = opened(kind="words", most=2, show="live")
    ada, bob = r.viewer("Ada"), r.viewer("Bob")
    ada.does(Say("Sunny "))
    ada.does(Say("warm"))
    bob.does(Say("SUNNY"))
    assert found(r.public, blocks.Words).words == (blocks.Word("sunny", 2), blocks.Word("warm", 1))
    assert refused(bob, Say("sunny")) == refused(ada, Say("third")) == "poll/final"
    assert refused(bob, Say(" \n ")) == "poll/empty"
    r.moderator.does(Strike("sunny"))
    r.viewer("Eve").does(Say("sunny"))
    assert found(r.public, blocks.Words).words == (blocks.Word("warm", 1),)
    assert refused(r.moderator, Strike("sunny")) == "poll/unknown-word"
    assert found(ada.sees, blocks.Mark).value == "sunny, warm"


def test_a_text_is_seen_when_a_moderator_has_read_it():
    r = opened(kind="text", show="live")
    ada, bob = r.viewer("Ada"), r.viewer("Bob")
    ada.does(Say("Why is the\nsky blue?"))
    bob.does(Say("Something rude"))
    assert found(ada.sees, blocks.Mark).note == "A moderator reads it first"
    r.never_shows('Something rude"}],')
    assert found(r.public, blocks.Text) is None
    waiting = [block for block in r.desk.blocks if isinstance(block, blocks.Button)]
    assert [button.label for button in waiting] == ["Approve", "Dismiss"] * 2
    r.moderator.does(Approve(ada.id, "Why is the sky blue?"))
    r.moderator.does(Dismiss(bob.id, "Something rude"))
    assert found(bob.sees, blocks.Mark).note == ""
    assert found(r.public, blocks.Text).text == "Why is the sky blue?"
    assert found(ada.sees, blocks.Mark).note == ""
    assert found(r.desk, blocks.Button) is None
    r.moderator.does(Dismiss(ada.id, "Why is the sky blue?"))
    assert found(r.public, blocks.Text) is None
    assert [row.cells for row in r.results()] == [
        {"text": "Why is the sky blue?", "shown": False},
        {"text": "Something rude", "shown": False},
    ]


def test_a_text_cannot_be_changed_under_the_moderators_finger():
    r = opened(kind="text", show="live")
    ada = r.viewer("Ada")
    ada.does(Say("nice"))
    ada.does(Say("nasty"))
    assert refused(r.moderator, Approve(ada.id, "nice")) == "poll/changed"
    r.moderator.does(Approve(ada.id, "nasty"))
    ada.does(Say("nastier"))
    assert found(r.public, blocks.Text) is None


def test_texts_without_approval_are_seen_at_once_with_names_when_the_poll_is_open():
    r = opened(kind="text", show="live", approve=False, secret=False, change=False)
    ada = r.viewer("Ada")
    ada.does(Say("Hello"))
    assert found(r.public, blocks.Text).text == "Hello — Ada"
    assert refused(ada, Say("Hello again")) == "poll/final"
    assert r.results()[0].cells == {"text": "Hello", "shown": True, "viewer": ada.id, "name": "Ada"}


@pytest.mark.parametrize("secret", [True, False])
def test_a_secret_ballot_tells_nobody_who_voted_for_what(secret):
    r = opened(secret=secret, show="live")
    ada = r.viewer("Ada")
    ada.does(Vote(1))
    votes = [row.cells for row in r.results() if row.table == "votes"]
    assert votes == ([] if secret else [{"viewer": ada.id, "name": "Ada", "vote": "Soup"}])
    assert [row.cells for row in r.results()][1] == {"option": "Soup", "votes": 1, "share": 1.0}
    r.never_shows("Ada")


def test_nothing_that_others_receive_depends_on_a_vote_before_it_may_be_seen():
    def received(choice: int) -> list[str]:
        r = opened(show="end")
        r.viewer("Ada").does(Vote(choice))
        ended(r)
        return [scene for scene in r.received if '"mark"' not in scene]

    assert received(0) == received(1) == received(2)


@pytest.mark.parametrize(
    ("kind", "action"),
    [
        ("single", Pick((0,))),
        ("multiple", Vote(0)),
        ("rating", Vote(0)),
        ("ranking", Rate(1)),
        ("words", Rank((0, 1))),
        ("single", Say("x")),
    ],
)
def test_an_answer_of_another_kind_is_refused(kind, action):
    r = opened(kind=kind)
    assert refused(r.viewer("Ada"), action) in ("poll/kind", "poll/choice")
    assert (r.state.votes, r.state.said) == ({}, {})


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"question": "?"}, "needs two options"),
        ({"question": "?", "options": ["one"]}, "needs two options"),
        ({"question": "?", "kind": "rating", "options": ["a", "b"]}, "has no `options`"),
        ({"question": ""}, "length >= 1"),
        ({"options": ["a", "b"]}, "question"),
        ({"question": "?", "kind": "what"}, "what"),
        ({"question": "?", "options": ["a", "b"], "seconds": -1}, ">= 0"),
    ],
)
def test_a_ballot_that_makes_no_sense_is_refused(wrong, said):
    with pytest.raises(FormatError, match=said) as error:
        Rehearsal(Poll, settings=wrong)
    assert error.value.code == "settings/bad"


@pytest.mark.parametrize("kind", ["single", "multiple", "rating", "ranking", "words", "text"])
def test_an_evening_of_each_kind_plays_again(kind):
    r = opened(kind=kind, show="live", seconds=20)
    actions = {
        "single": Vote(1),
        "multiple": Pick((0, 1)),
        "rating": Rate(3),
        "ranking": Rank((2, 1, 0)),
        "words": Say("a"),
        "text": Say("b"),
    }
    for i in range(5):
        r.viewer(f"viewer {i}").does(actions[kind])
        r.wait(seconds(1))
    ended(r)
    assert r.results()
    r.check()
