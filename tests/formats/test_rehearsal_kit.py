"""The author's kit: people press what is on their screens, lose the network, come back, and go from one segment to the next."""

import subprocess
import sys
from pathlib import Path

import pytest

from oncue.engine.structs import Role
from oncue.formats import (
    Action,
    Cue,
    Format,
    Ledger,
    Rehearsal,
    Reject,
    Scene,
    State,
    ViewerId,
    blocks,
    on,
    scene,
    seconds,
)
from oncue.formats.buzzer import Arm, Buzzer
from oncue.formats.poll import Poll
from oncue.formats.poll import Vote as PollVote
from oncue.formats.screen import NotThere
from oncue.formats.trivia import Answer, Ask, Reveal, Trivia

CHOICE = {"kind": "choice", "text": "Capital?", "options": ["Lyon", "Paris"], "right": 1, "seconds": 10}
SEVERAL = {"kind": "several", "text": "Primes?", "options": ["2", "4", "5"], "right": [0, 2], "seconds": 10}
ORDER = {"kind": "order", "text": "Oldest?", "options": ["Homer", "Dante", "Borges"], "seconds": 10}
TEXT = {"kind": "text", "text": "Who?", "right": ["Curie"], "seconds": 10}


def asked(*questions):
    r = Rehearsal(Trivia, settings={"questions": list(questions)})
    ada = r.viewer("Ada")
    r.host.press("Next question")
    r.wait(seconds(1))
    return r, ada


def test_people_press_what_is_on_their_screens_and_see_what_came_of_it():
    r, ada = asked(CHOICE)
    assert ada.sees.controls == ["Lyon", "Paris"]
    ada.press("Paris")
    assert r.state.answers[ada.id].value == 1
    assert ada.sees.find(blocks.Mark).value == 1
    r.host.press("Lock")
    r.until(lambda: r.state.phase == "closed")
    r.host.press("Reveal")
    assert ada.sees.find(blocks.Mark).verdict == "right"
    assert ada.sees.find(blocks.Stats, "Right").stats[-1].value == "1"
    assert ada.sees.says("Capital?")
    r.host.press("Leaderboard")
    assert ada.sees.find(blocks.Leaderboard).rows[0].name == ada.name == "Ada"
    assert r.table("standings")[0]["points"] > 900
    r.check()


def test_what_is_pressed_is_sent_as_the_page_sends_it():
    for question, labels, value in (
        (SEVERAL, ("5", "2"), (0, 2)),
        (ORDER, ("Homer", "Dante", "Borges"), None),
    ):
        r, ada = asked(question)
        ada.press(*labels)
        given = r.state.answers[ada.id].value
        assert given == (value or tuple(r.state.shown.index(i) for i in (0, 1, 2)))
    r, ada = asked(TEXT)
    ada.press("Send", text="Curie")
    assert r.state.answers[ada.id].value == "Curie"
    stars = Rehearsal(Poll, settings={"question": "How was it?", "kind": "rating"})
    bob = stars.viewer("Bob")
    stars.host.press("Open the vote")
    bob.press("4")
    assert stars.state.votes[bob.id] == (3,)
    buzzer = Rehearsal(Buzzer)
    eve = buzzer.viewer("Eve")
    buzzer.host.does(Arm())
    buzzer.wait(seconds(1))
    eve.press("Buzz")
    assert list(buzzer.state.buzzes) == [eve.id]


@pytest.mark.parametrize(
    ("question", "labels", "fields", "why"),
    [
        (CHOICE, ("Rome",), {}, "'Rome' cannot be pressed now; what can be: 'Lyon', 'Paris'"),
        (CHOICE, ("Lyon", "Paris"), {}, "2 options are pressed, but one can be sent"),
        (ORDER, ("Homer",), {}, "a ranking has every option once"),
        (TEXT, ("Send",), {}, "the form cannot be sent without 'text'"),
        (TEXT, ("Send",), {"word": "x"}, "the form has no field 'word', but text"),
        (TEXT, ("Send",), {"text": "x" * 81}, "no more than 80 characters"),
    ],
)
def test_what_is_not_on_the_screen_cannot_be_pressed(question, labels, fields, why):
    _, ada = asked(question)
    with pytest.raises(NotThere, match=why):
        ada.press(*labels, **fields)


def test_a_hosts_button_that_is_off_cannot_be_pressed_and_a_block_that_is_not_there_is_not_found():
    r, ada = asked(CHOICE)
    with pytest.raises(NotThere, match="the host's button 'Next question' is off now"):
        r.host.press("Next question")
    with pytest.raises(
        NotThere, match=r"there is no Leaderboard on the screen, but Heading\(Capital\? \| Question 1 of 1\)"
    ):
        ada.sees.find(blocks.Leaderboard)


def test_codes_of_refusals_are_told():
    r, ada = asked(CHOICE)
    assert ada.tries(Answer(7)) == "trivia/choice"
    assert ada.tries(Answer(1)) == ""
    assert ada.tries(Answer(0)) == "trivia/final"
    assert ada.tries(Reveal()) == "auth/forbidden"
    assert r.viewer("Late", delay=seconds(5)).tries(Answer(1)) in ("judge/early", "trivia/impossible")


def test_who_is_cut_off_is_heard_later_and_judged_by_the_picture_that_they_saw():
    r, ada = asked(CHOICE)
    ada.cut_off()
    ada.press("Paris")
    r.wait(seconds(0.3))
    assert len(r.state.answers) == 0
    ada.delay = seconds(0.3)
    ada.reconnects()
    assert r.state.answers[ada.id].age == pytest.approx(seconds(1), abs=seconds(0.3))
    ada.cut_off()
    ada.reconnects()  # what was sent before comes again, and does not count
    assert r.show.repeats == 2
    ada.cut_off()
    ada.does(Answer(0))
    with pytest.raises(Reject, match="your answer is final"):
        ada.reconnects()
    r.check()


def test_a_picture_may_fall_behind():
    r, ada = asked(CHOICE)
    ada.delay = seconds(1.5)
    r.wait(seconds(1))
    assert ada.tries(Answer(1)) == ""
    assert r.state.answers[ada.id].age == seconds(0.5)


def test_time_goes_on_until_something_is_so():
    r, _ = asked(CHOICE)
    r.until(lambda: r.state.phase == "locking")
    assert r.now == r.state.opened + seconds(10)
    with pytest.raises(AssertionError, match="nothing is left that the clock could do"):
        r.until(lambda: r.state.phase == "podium")
    r, _ = asked(CHOICE)
    with pytest.raises(AssertionError, match="it is not so after 5 seconds"):
        r.until(lambda: r.state.phase == "locking", most=seconds(5))


def test_a_rundown_of_several_segments_is_one_evening():
    r, ada = asked(CHOICE)
    poll = r.adds(Poll, settings={"question": "More?", "options": ["Yes", "No"]})
    ada.press("Paris")
    poll.start()
    assert ada.tries(PollVote(0)) == "poll/closed"
    r.host.press("Open the vote")
    ada.press("Yes")
    assert poll.state.counts == [1, 0]
    assert poll.table("result")[0]["votes"] == 1
    assert [row.table for row in poll.results()] == ["result", "result"]
    assert r.state.answers[ada.id].value == 1
    assert ada.tries(Answer(1)) == "segment/closed"
    r.check()


def test_there_may_be_more_hosts_and_producers():
    r = Rehearsal(Trivia, settings={"questions": [CHOICE]})
    r.staff().does(Ask())
    r.staff(Role.PRODUCER).press("Lock")
    assert r.state.phase == "locking"
    assert r.staff(Role.MODERATOR).tries(Reveal()) == "auth/forbidden"
    assert r.moderator.sees.says("Right: Paris")


class Wave(Action, frozen=True):
    """Wave."""


class Sea(State):
    waves: Ledger[int]


class Waving(Format[Sea]):
    """Waves are told to the world."""

    @on(Wave)
    def wave(self, sea: Sea, act: Wave, cue: Cue) -> None:
        sea.waves[cue.by] = cue.position
        cue.emit("wave", by=cue.by)

    def public(self, sea: Sea) -> Scene:
        return scene(blocks.Button(label="Wave", send=blocks.Send("wave"), on=("screen",)))

    def private(self, sea: Sea, viewer: ViewerId) -> Scene | None:
        return scene(blocks.Button(label="Again", send=blocks.Send("wave")))


def test_events_are_known_by_name_and_what_is_on_another_surface_is_not_pressed():
    r = Rehearsal(Waving)
    ada = r.viewer("Ada")
    ada.press("Again")
    assert r.emitted("wave") == [{"by": ada.id}]
    with pytest.raises(NotThere, match="'Wave' cannot be pressed now; what can be: 'Again'"):
        ada.press("Wave")


TYPED = Path(__file__).parent / "typed"


@pytest.mark.parametrize("checker", ["mypy", "pyright"])
def test_what_authors_write_is_typed_and_what_is_wrong_is_told_by_their_editors(checker):
    """`good.py` must pass, and each line of `bad.py` that ends with `# wrong` must not, and no other."""
    bad = TYPED / "bad.py"
    wrong = {n for n, line in enumerate(bad.read_text().splitlines(), 1) if line.endswith("# wrong")}
    args = ["mypy", "--strict"] if checker == "mypy" else ["pyright"]
    done = subprocess.run(
        [sys.executable, "-m", *args, str(TYPED / "good.py"), str(bad)],
        capture_output=True,
        text=True,
        check=False,
        cwd=TYPED.parents[2],
    )
    told = [line for line in done.stdout.splitlines() if "error" in line and ".py:" in line]
    assert [line for line in told if "good.py" in line] == []
    assert {int(line.split("bad.py:")[1].split(":")[0]) for line in told if "bad.py" in line} == wrong, told
