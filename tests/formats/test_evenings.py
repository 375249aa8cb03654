"""Whatever happens on an evening, our own formats and the examples stand the checks; and a fault that is planted is found by chance."""

import importlib.util
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, find, given, settings

from oncue.formats import Action, Cue, Format, FormatError, Ledger, Rehearsal, Scene, State, blocks, on, scene
from oncue.formats.buzzer import Buzzer
from oncue.formats.checks import ChecksFailed
from oncue.formats.poll import Poll
from oncue.formats.testing import evenings
from oncue.formats.trivia import Trivia

EXAMPLES = Path(__file__).parents[2] / "examples"
QUESTIONS = [
    {"kind": "choice", "text": "Capital?", "options": ["Lyon", "Paris", "Nice"], "right": 1, "seconds": 10},
    {"kind": "text", "text": "Which city?", "right": ["Paris"], "seconds": 5},
    {"kind": "several", "text": "Primes?", "options": ["2", "4", "5"], "right": [0, 2], "seconds": 10},
    {"kind": "number", "text": "How high?", "right": 12, "seconds": 5},
]
KINDS: dict[str, tuple[type[Format[Any, Any]], dict[str, Any]]] = {
    "trivia": (Trivia, {"questions": QUESTIONS, "streak": 10}),
    "buzzer": (Buzzer, {"questions": ["Who?", "What?"], "penalty": 20, "void": [2]}),
    "poll, single": (Poll, {"question": "Which?", "options": ["A", "B", "C"], "seconds": 10}),
    "poll, ranking": (Poll, {"question": "Which?", "kind": "ranking", "options": ["A", "B"], "show": "live"}),
    "poll, words": (Poll, {"question": "Which?", "kind": "words"}),
    "poll, text": (Poll, {"question": "Why?", "kind": "text", "secret": False, "show": "live"}),
}

few = settings(
    max_examples=6,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def example(name: str) -> type[Format[Any, Any]]:
    """The format in a file of the examples."""
    path = next(EXAMPLES.glob(f"{name}*.py"))
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    return next(
        one
        for one in vars(module).values()
        if isinstance(one, type) and issubclass(one, Format) and one is not Format
    )


@pytest.mark.parametrize("name", KINDS)
def test_our_own_formats_stand_whatever_happens(name):
    kind, plain = KINDS[name]

    @few
    @given(evenings(kind, settings=plain))
    def stands(evening: Rehearsal[Any]) -> None:
        evening.check()

    stands()


@pytest.mark.parametrize("name", sorted(path.stem[:2] for path in EXAMPLES.glob("0*.py")))
def test_the_examples_stand_whatever_happens(name):
    @few
    @given(evenings(example(name)))
    def stands(evening: Rehearsal[Any]) -> None:
        evening.check()

    stands()


class Clap(Action, frozen=True):
    """Clap."""

    times: int


class Hall(State):
    claps: Ledger[int]


class Applause(Format[Hall]):
    """Divides by what comes."""

    @on(Clap)
    def clap(self, hall: Hall, act: Clap, cue: Cue) -> None:
        hall.claps[cue.by] = 100 // act.times

    def public(self, hall: Hall) -> Scene:
        return scene(blocks.Heading(f"{len(hall.claps)} have clapped"))


def test_a_handler_that_fails_for_some_values_is_found_by_chance():
    @few
    @given(evenings(Applause))
    def stands(evening: Rehearsal[Hall]) -> None:
        evening.check()

    with pytest.raises(FormatError, match="clap: ZeroDivisionError"):
        stands()


def test_what_is_found_by_chance_is_told_as_an_evening_that_is_as_short_as_can_be():
    class Once(Applause):
        @on(Clap, once=True)
        def clap(self, hall: Hall, act: Clap, cue: Cue) -> None:
            hall.claps[cue.by] = hall.claps.get(cue.by, 0) + 1

        def public(self, hall: Hall) -> Scene:
            return scene(blocks.Heading(f"{sum(hall.claps.values())} claps"))

    def fails(evening: Rehearsal[Hall]) -> bool:
        try:
            evening.check(skip=("slow", "private", "leak"))
        except ChecksFailed as failed:
            return failed.findings[0].kind == "double"
        return False

    shortest = find(
        evenings(Once, steps=5),
        fails,
        settings=settings(few, phases=[Phase.generate, Phase.shrink], max_examples=50),
    )
    assert len(shortest.log) == 4  # opened, started, joined, clapped
