"""What a format makes is bounded, the same on every machine; the documentation says how."""

import re
from pathlib import Path
from typing import Any

import pytest

from oncue.engine import limits, strikes, surfaces
from oncue.engine.live import care, guard
from oncue.formats import Action, Cue, Format, Rehearsal, Row, Scene, State, blocks, on, scene, seconds
from oncue.formats.rehearsal import FormatError

DOCS = Path(__file__).parent.parent.parent / "docs" / "formats.md"


class Make(Action, frozen=True):
    """Make so many of these."""

    what: str
    count: int


class Later(Action, frozen=True):
    """What a timer does."""


class Board(State):
    made: int = 0
    large: int = 0


class Maker(Format[Board]):
    @on(Make, by="host")
    def make(self, board: Board, act: Make, cue: Cue) -> None:
        board.made += 1
        if act.what == "large":
            board.large = act.count
        for _ in range(act.count if act.what != "large" else 0):
            cue.after(seconds(60), Later()) if act.what == "timers" else cue.cancel(Later)

    @on(Later, by="clock")
    def later(self, board: Board, act: Later, cue: Cue) -> None:
        board.made += 1

    def public(self, board: Board) -> Scene:
        return scene(blocks.Text("x" * board.large))

    def results(self, board: Board) -> list[Row]:
        return [Row("made", {"text": "x" * 1000})] * board.large


def fault(rehearsal: Rehearsal[Any], action: Action) -> str:
    with pytest.raises(FormatError) as raised:
        rehearsal.host.does(action)
    return raised.value.message


def test_a_segment_has_only_so_many_timers_at_once() -> None:
    rehearsal = Rehearsal(Maker)
    rehearsal.host.does(Make("timers", limits.TIMERS))
    assert "timers" in fault(rehearsal, Make("timers", 1))
    assert (rehearsal.state.made, len(rehearsal.show.timers)) == (1, limits.TIMERS)
    rehearsal.wait(seconds(70))
    rehearsal.host.does(Make("timers", limits.TIMERS))


def test_one_action_has_only_so_many_effects() -> None:
    rehearsal = Rehearsal(Maker)
    rehearsal.host.does(Make("cancels", limits.EFFECTS))
    assert "effects" in fault(rehearsal, Make("cancels", limits.EFFECTS + 1))
    assert rehearsal.state.made == 1


def test_a_scene_and_results_have_only_so_many_bytes() -> None:
    rehearsal = Rehearsal(Maker)
    assert "scene" in fault(rehearsal, Make("large", limits.SCENE))
    assert "has a problem" in str(surfaces.public(rehearsal.show, 0).scene)
    rehearsal = Rehearsal(Maker)
    rehearsal.host.does(Make("large", limits.RESULTS // 1000 - limits.RESULTS // 20_000))
    assert rehearsal.results()
    rehearsal.state.large = limits.RESULTS // 1000
    with pytest.raises(FormatError):
        rehearsal.results()


def test_the_documentation_names_the_limits_as_they_are() -> None:
    said = dict(re.findall(r"^\| ([^|]+) \| ([^|]+) \|", DOCS.read_text(), re.MULTILINE))
    figures = {
        "a handler, and a `when`": f"{guard.HARD_S * 1000:.0f} ms",
        "entries of one moment together": f"{guard.PART_S:.0f} s",
        "a view, `next`, `results`": f"{guard.HARD_S * 1000:.0f} ms",
        "strikes of a segment": f"{strikes.MOST}",
        "a state, as it is kept": f"{limits.STATE >> 20} MB",
        "a scene, as JSON": f"{limits.SCENE >> 10} kB",
        "effects of one action": f"{limits.EFFECTS:,}",
        "timers of a segment at once": f"{limits.TIMERS:,}",
        "rows of results, as JSON": f"{limits.RESULTS >> 20} MB",
    }
    assert {name: said[name] for name in figures} == figures
    views = next(line for line in DOCS.read_text().splitlines() if line.startswith("| a view"))
    assert f"after {limits.OVERRUNS} times it rests for {care.REST_S:.0f} s" in views
