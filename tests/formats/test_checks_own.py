"""Faults that are planted in our own formats are found on an ordinary evening, which without them has none."""

import random
from typing import Any

import pytest

from oncue.formats import Cue, Rehearsal, Scene, ViewerId, blocks, on, scene, seconds
from oncue.formats.poll import Box, Poll
from oncue.formats.poll import Vote as PollVote
from oncue.formats.questions import Answer
from oncue.formats.trivia import Ask, Board, Trivia

QUESTIONS = [
    {"kind": "choice", "text": "Capital?", "options": ["Lyon", "Paris", "Nice"], "right": 1, "seconds": 10},
    {"kind": "true-false", "text": "The Moon is a planet.", "right": False, "seconds": 10},
]
POLL = {"question": "Which?", "options": ["A", "B"], "seconds": 10}


class Eager(Trivia):
    """Says at once who is right."""

    def private(self, board: Board, viewer: ViewerId) -> Scene | None:
        given = board.answers.get(viewer)
        right = given is not None and given.value == getattr(self._question(board), "right", None)
        return scene(blocks.Mark(of="q1", verdict="right" if right else ""))


class Telling(Trivia):
    """Shows the next question on every screen."""

    def public(self, board: Board) -> Scene:
        coming = self.settings.questions[board.asked : board.asked + 1]
        return scene(*super().public(board).blocks, *(blocks.Text(f"Next: {one.text}") for one in coming))


class Counting(Trivia):
    """Shows what others have chosen while one can still choose."""

    def public(self, board: Board) -> Scene:
        return scene(*super().public(board).blocks, blocks.Text(f"{board.counts[:1]} have chosen the first"))


class Lucky(Trivia):
    """Has a chance of its own."""

    @on(Ask, by="host")
    def ask(self, board: Board, act: Ask, cue: Cue) -> None:
        super().ask(board, act, cue)
        random.shuffle(board.shown)


class Ranking(Trivia):
    """Ranks everybody at each answer."""

    @on(Answer)
    def answer(self, board: Board, act: Answer, cue: Cue) -> None:
        super().answer(board, act, cue)
        board.top = sorted(board.answers, key=lambda viewer: board.answers[viewer].age)[:3]


class Stuffed(Poll):
    """Forgets to take the old vote back."""

    @on(PollVote)
    def vote(self, box: Box, act: PollVote, cue: Cue) -> None:
        self._admit(box, "single", cue)
        box.counts[act.choice] += 1
        box.votes[cue.by] = (act.choice,)


class Early(Poll):
    """Shows how it stands."""

    def public(self, box: Box) -> Scene:
        return scene(*super().public(box).blocks, blocks.Bars(bars=self._bars(box)))


def evening(kind: Any) -> Rehearsal[Any]:
    settings = {"questions": QUESTIONS} if issubclass(kind, Trivia) else POLL
    r = Rehearsal(kind, settings=settings)
    ada, bob = r.viewer("Ada"), r.viewer("Bob", delay=seconds(1))
    for label, other in (("Paris", "Nice"), ("True", "False")) if issubclass(kind, Trivia) else (("A", "B"),):
        while label not in ada.sees.controls:
            r.host.does(r.next)
        r.wait(seconds(2))
        ada.press(label)
        bob.press(other)
        r.wait(seconds(20))
        r.host.does(r.next)
    return r


@pytest.mark.parametrize("kind", [Trivia, Poll])
def test_an_ordinary_evening_has_no_fault(kind):
    evening(kind).check()


@pytest.mark.parametrize(
    ("kind", "fault", "where"),
    [
        (Eager, "leak", "s1/private"),
        (Telling, "leak", "s1/public"),
        (Counting, "leak", "s1/public"),
        (Lucky, "random", "test_checks_own.py:"),
        (Ranking, "slow", "test_checks_own.py:"),
        (Stuffed, "double", "test_checks_own.py:"),
        (Early, "leak", "s1/public"),
    ],
)
def test_a_fault_is_found_and_placed(kind, fault, where):
    r = evening(kind)
    with pytest.raises(AssertionError) as failed:
        r.check()
    found = [one for one in failed.value.findings if one.kind == fault]
    assert found, failed.value
    assert found[0].where.startswith(where)
