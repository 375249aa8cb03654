"""An author's test: passes mypy --strict and pyright."""

from collections.abc import Iterable
from typing import assert_type

from oncue.formats import Action, Cue, Format, Ledger, Rehearsal, Row, Scene, State, blocks, on, scene
from oncue.formats.checks import ChecksFailed, Finding
from oncue.formats.poll import Box, Poll


class Clap(Action, frozen=True):
    """Clap."""

    times: int = 1


class Hall(State):
    claps: Ledger[int]


class Applause(Format[Hall]):
    """Claps."""

    @on(Clap)
    def clap(self, hall: Hall, act: Clap, cue: Cue) -> None:
        hall.claps[cue.by] = hall.claps.get(cue.by, 0) + act.times

    def secrets(self, hall: Hall) -> Iterable[str | type[Action]]:
        return (Clap, "/right")

    def public(self, hall: Hall) -> Scene:
        return scene(blocks.Button(label="Clap", send=blocks.Send("clap")))


def test_it() -> None:
    r = Rehearsal(Applause)
    ada = r.viewer("Ada", delay=None)
    ada.does(Clap(2))
    ada.press("Clap")
    assert_type(r.state, Hall)
    assert_type(r.state.claps[ada.id], int)
    assert_type(ada.sees.find(blocks.Button), blocks.Button)
    assert_type(ada.sees.all(blocks.Choices), list[blocks.Choices])
    assert_type(r.results(), list[Row])
    assert_type(ada.tries(Clap()), str)
    poll = r.adds(Poll, settings={"question": "More?", "options": ["Yes", "No"]})
    assert_type(poll.state, Box)
    r.until(lambda: len(r.state.claps) == 1)
    try:
        r.check(skip=("slow",))
    except ChecksFailed as failed:
        assert_type(failed.findings, list[Finding])
