"""Formats that bring people on stage."""

import pytest

from oncue.engine.house import Kick
from oncue.engine.stage_actions import DeclineStage, PutLive, RaiseHand, StageRules
from oncue.formats import (
    Action,
    Cue,
    Format,
    FormatError,
    Ledger,
    Rehearsal,
    Reject,
    Scene,
    Settings,
    Staged,
    State,
    on,
    scene,
    seconds,
)


class Do(Action, frozen=True):
    """Ask the stage for these things, one after the other; then fail, if that is wanted."""

    what: list[list[str | int | bool]]
    fails: bool = False


class Tap(Action, frozen=True):
    """Write down what is to be seen of the stage."""


class Spill(Action, frozen=True):
    """Write, and be refused: what was written before is written once more."""


class Seen(State):
    taps: Ledger[str]
    log: list[str] = []
    staged: list[str] = []


class Director(Format[Seen]):
    """Does with the stage what it is told."""

    @on(Do, by="host|viewer")
    def do(self, seen: Seen, act: Do, cue: Cue) -> None:
        seen.log.append("did")
        for name, *args in act.what:
            if name == "layout":
                cue.stage.layout("pip", main=args[0], order=args, gains={args[0]: 0.5})
            elif name == "at-once":
                cue.stage.invite(args[0], "now", live=True)
            else:
                getattr(cue.stage, name)(*args)
        if act.fails:
            raise Reject("no")

    @on(Tap)
    def tap(self, seen: Seen, act: Tap, cue: Cue) -> None:
        stage = cue.stage
        seen.taps[cue.by] = f"{stage.state(cue.by)} {stage.on_air} {stage.waiting} {stage.free}"

    @on(Spill)
    def spill(self, seen: Seen, act: Spill, cue: Cue) -> None:
        seen.log.append("spilt")
        raise Reject("no")

    @on(Staged, by="system")
    def told(self, seen: Seen, act: Staged, cue: Cue) -> None:
        seen.staged.append(f"{act.viewer} {act.state}")

    def public(self, seen: Seen) -> Scene:
        return scene()


@pytest.fixture
def r():
    rehearsal = Rehearsal(Director)
    rehearsal.host.does(StageRules(True, 2))
    return rehearsal


@pytest.fixture
def ada(r):
    return r.viewer("Ada")


@pytest.fixture
def bob(r):
    return r.viewer("Bob")


def test_a_format_has_the_producers_key_but_not_the_guests(r, ada):
    r.host.does(Do([["invite", ada.id, "You won"]]))
    assert (ada.stage.state, ada.stage.topic) == ("invited", "You won")
    with pytest.raises(Reject) as no:
        r.host.does(Do([["live", ada.id]]))
    assert no.value.code == "stage/not-ready"
    ada.accepts()
    r.host.does(Do([["live", ada.id], ["layout", ada.id]]))
    assert (r.stage.main, r.stage.layout, r.stage.gains) == ("g1", "pip", {"g1": 0.5})
    r.host.does(Do([["green", ada.id]]))
    assert ada.stage.state == "green"
    r.host.does(Do([["off", ada.id], ["off", 99]]))
    assert ada.stage.state == ""
    r.check()


def test_all_that_a_handler_asks_for_happens_or_nothing(r, ada, bob):
    chloe = r.viewer("Chloé")
    for who in (ada, bob, chloe):
        r.host.does(Do([["invite", who.id]]))
        who.accepts()
    before, timers = r.show.stage.mark(), dict(r.show.timers)
    for wrong, code in (
        ([["live", ada.id], ["live", bob.id], ["live", chloe.id]], "stage/full"),
        ([["off", ada.id], ["invite", ada.id], ["invite", 99]], "viewer/unknown"),
        ([["off", ada.id], ["live", ada.id]], "stage/unknown"),
        ([["live", ada.id], ["layout", bob.id]], "stage/layout"),
    ):
        with pytest.raises(Reject) as no:
            r.host.does(Do(wrong))
        assert no.value.code == code
        assert (r.show.stage, r.show.timers, r.state.log) == (before, timers, ["did"] * 3)
    with pytest.raises(Reject):
        r.host.does(Do([["live", ada.id]], fails=True))
    assert r.show.stage == before
    r.check()


def test_who_was_put_off_is_not_brought_on_stage(r, ada):
    r.moderator.does(Kick(ada.id))
    with pytest.raises(Reject) as no:
        r.host.does(Do([["invite", ada.id]]))
    assert no.value.code == "show/kicked"


@pytest.mark.parametrize("wrong", [["invite", "Ada"], ["invite", 3, "x" * 141], ["layout", "g1"]])
def test_what_makes_no_sense_is_the_formats_fault(r, ada, wrong):
    with pytest.raises(FormatError):
        r.host.does(Do([wrong]))
    assert (ada.stage.state, r.state.log) == ("", [])


def test_somebody_goes_live_as_soon_as_they_are_ready(r, ada):
    r.host.does(Do([["at-once", ada.id]]))
    ada.accepts()
    assert ada.stage.state == "live"
    r.check()


def test_a_format_hears_of_what_it_has_not_done_itself(r, ada, bob):
    ada.does(RaiseHand())
    r.host.does(Do([["invite", ada.id], ["invite", bob.id]]))
    bob.does(DeclineStage())
    ada.accepts()
    r.host.does(Do([["live", ada.id]]))
    ada.drops()
    r.wait(seconds(30))
    assert r.state.staged == [
        f"{ada.id} queue", f"{bob.id} ", f"{ada.id} check", f"{ada.id} green", f"{ada.id} ",
    ]  # fmt: skip
    r.check()


def test_a_handler_that_is_repeated_finds_the_stage_that_it_found(r, ada, bob):
    ada.does(Tap())
    r.host.does(Do([["invite", ada.id]]))
    bob.does(Tap())
    ada.accepts()
    with pytest.raises(Reject):
        bob.does(Spill())
    ada.does(Tap())
    r.host.does(Do([["live", ada.id]]))
    with pytest.raises(Reject):
        bob.does(Spill())
    assert dict(r.state.taps) == {ada.id: "green () () 2", bob.id: " () () 2"}
    ada.does(Tap())
    bob.does(RaiseHand())
    bob.does(Tap())
    assert dict(r.state.taps) == {
        ada.id: f"live ({ada.id},) () 1",
        bob.id: f"queue ({ada.id},) ({bob.id},) 1",
    }
    r.check()


class Key(Settings, frozen=True):
    right: str = "a"


class Say(Action, frozen=True):
    """Answer."""

    text: str


class Call(Action, frozen=True):
    """Who was right comes on stage, who was not goes."""


class Line(State):
    right: Ledger[bool]


class Winner(Format[Line, Key]):
    """Whoever is right is invited; the key may turn out to be another."""

    @on(Say)
    def say(self, line: Line, act: Say, cue: Cue) -> None:
        line.right[cue.by] = act.text == self.settings.right
        if line.right[cue.by]:
            cue.stage.invite(cue.by, live=True)

    @on(Call, by="host")
    def call(self, line: Line, act: Call, cue: Cue) -> None:
        for viewer, right in line.right.items():
            if not right:
                cue.stage.off(viewer)
            elif not cue.stage.state(viewer):
                cue.stage.invite(viewer)

    @on(Staged, by="system")
    def told(self, line: Line, act: Staged, cue: Cue) -> None:
        if act.state == "live" and line.right[act.viewer]:
            cue.stage.layout("spotlight", main=act.viewer)

    @classmethod
    def amend(cls, old: Key, new: Key) -> None:
        return

    def public(self, line: Line) -> Scene:
        return scene()


def test_who_is_on_air_stays_there_when_it_is_judged_again_that_they_were_wrong():
    r = Rehearsal(Winner)
    ada, bob = r.viewer("Ada"), r.viewer("Bob")
    ada.does(Say("a"))
    bob.does(Say("b"))
    ada.accepts()
    assert (ada.stage.seat, r.stage.main) == ("g1", "g1")
    r.amend({"/right": "b"})
    assert dict(r.state.right) == {ada.id: False, bob.id: True}
    assert (ada.stage.seat, r.stage.main, r.stage.layout, bob.stage.state) == ("g1", "g1", "spotlight", "")
    r.check()
    r.host.does(Call())
    assert (ada.stage.state, bob.stage.state) == ("", "invited")
    r.check()
    bob.accepts()
    r.host.does(PutLive(bob.id))
    r.amend({"/right": "c"})
    assert (ada.stage.state, bob.stage.seat) == ("", "g2")
    r.host.does(Call())
    assert r.stage.seats == ()
    r.check()
