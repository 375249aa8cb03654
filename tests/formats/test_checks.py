"""Faults are planted in formats, and the rehearsal names them and their place."""

import random
import time
from typing import Any

import pytest

from oncue.formats import (
    Action,
    Cue,
    Format,
    Ledger,
    Rehearsal,
    Ruling,
    Scene,
    Settings,
    State,
    ViewerId,
    blocks,
    on,
    scene,
    seconds,
)
from oncue.formats.checks import ChecksFailed, Finding, check_log


class Ask(Action, frozen=True):
    """Ask."""


class Say(Action, frozen=True):
    """Answer."""

    choice: int


class Close(Action, frozen=True):
    """It is over."""


class Key(Settings, frozen=True):
    right: int = 1


class Board(State):
    open: bool = False
    counts: dict[int, int] = {}
    told: int = -1
    answers: Ledger[int] = {}  # type: ignore[assignment]


class Quiz(Format[Board, Key]):
    """One question, without a fault."""

    @on(Ask, by="host")
    def ask(self, board: Board, act: Ask, cue: Cue) -> None:
        board.open = True
        cue.open(seconds(5), "Which?")
        cue.after(seconds(5), Close())

    @on(Say)
    def say(self, board: Board, act: Say, cue: Cue) -> None:
        cue.age()
        board.answers[cue.by] = act.choice

    @on(Close, by="clock")
    def close(self, board: Board, act: Close, cue: Cue) -> None:
        board.open, board.told = False, self.settings.right
        cue.settle([viewer for viewer, choice in board.answers.items() if choice == self.settings.right])

    def public(self, board: Board) -> Scene:
        options = tuple(blocks.Option(label) for label in "abc")
        told = (blocks.Text(f"It was {board.told}"),) if board.told >= 0 else ()
        return scene(blocks.Choices(id="q", options=options, send=blocks.Send("say", "choice")), *told)

    def private(self, board: Board, viewer: ViewerId) -> Scene | None:
        mine = board.answers.get(viewer)
        return None if mine is None else scene(blocks.Mark(of="q", value=mine))

    @classmethod
    def amend(cls, old: Key, new: Key) -> None: ...

    def rulings(self, board: Board, number: int) -> list[Ruling]:
        return [Ruling(f"Right: {i}", {"/right": i}) for i in range(3) if i != self.settings.right]


def evening(kind: type[Format[Any, Any]], **settings: Any) -> Rehearsal[Any]:
    r = Rehearsal(kind, settings=settings)
    ada, bob = r.viewer("Ada"), r.viewer("Bob")
    r.host.does(Ask())
    r.wait(seconds(1))
    ada.does(Say(1))
    r.wait(seconds(1))
    bob.does(Say(2))
    r.wait(seconds(9))
    return r


def findings(r: Rehearsal[Any]) -> list[Finding]:
    with pytest.raises(ChecksFailed) as failed:
        r.check()
    return failed.value.findings


def the_finding(r: Rehearsal[Any]) -> Finding:
    found = findings(r)
    assert len(found) == 1, found
    return found[0]


def line(handler: Any) -> str:
    return f"test_checks.py:{handler.__code__.co_firstlineno}"


def test_a_format_without_a_fault_has_none():
    evening(Quiz).check()


def test_a_handler_that_draws_its_own_number_does_not_replay():
    class Luck(Quiz):
        @on(Say)
        def say(self, board: Board, act: Say, cue: Cue) -> None:
            cue.age()
            board.answers[cue.by] = random.randrange(10**9)

    found = next(one for one in findings(evening(Luck)) if one.kind == "replay")
    assert found.where == line(Luck.say)
    assert "gives another state from `say` on: `answers` is {" in found.what


def test_the_first_message_at_which_it_differs_is_named():
    class Late(Quiz):
        @on(Close, by="clock")
        def close(self, board: Board, act: Close, cue: Cue) -> None:
            board.told = time.time_ns()
            cue.settle()

    r = evening(Late)
    found = next(one for one in findings(r) if one.kind == "replay")
    assert (found.where, found.seq) == (line(Late.close), len(r.log))


def test_what_is_kept_on_the_format_is_in_no_snapshot():
    class Forgetful(Quiz):
        asked = 0

        @on(Say)
        def say(self, board: Board, act: Say, cue: Cue) -> None:
            cue.age()
            self.asked += 1
            board.answers[cue.by] = self.asked

    found = next(one for one in findings(evening(Forgetful)) if one.kind == "replay")
    assert found.what.startswith("going on from a snapshot, the log gives another state from `say` on")
    assert found.where == line(Forgetful.say)


def test_the_right_answer_in_the_public_scene_is_a_leak():
    class Open(Quiz):
        def public(self, board: Board) -> Scene:
            options = tuple(
                blocks.Option(label, verdict="right" if i == self.settings.right else "")
                for i, label in enumerate("abc")
            )
            return scene(blocks.Choices(id="q", options=options, send=blocks.Send("say", "choice")))

    found = next(one for one in findings(evening(Open)) if one.kind == "leak")
    assert found.where == "s1/public"
    assert "scene.blocks[0] (choices q).options[" in found.what


@pytest.mark.parametrize("right", range(3))
def test_the_right_answer_in_a_private_scene_is_a_leak(right):
    class Eager(Quiz):
        def private(self, board: Board, viewer: ViewerId) -> Scene | None:
            mine = board.answers.get(viewer)
            if mine is None:
                return None
            return scene(
                blocks.Mark(of="q", value=mine, verdict="right" if mine == self.settings.right else "wrong")
            )

    found = next(one for one in findings(evening(Eager, right=right)) if one.kind == "leak")
    assert found.where == "s1/private"
    assert "After `say`, scene.blocks[0] (mark).verdict in a viewer's private scene" in found.what


def test_the_log_of_a_real_show_is_checked_by_itself():
    r = evening(Quiz)
    assert check_log(r.show.id, r.show.formats, r.log) == []
