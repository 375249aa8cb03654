"""A format is tried out without a server, and everything goes the way that it goes in a show."""

import pytest

from oncue.engine.errors import BadInput
from oncue.engine.house import Ban, Kick, Rename
from oncue.engine.replay import play
from oncue.formats import (
    Action,
    Cue,
    Format,
    FormatError,
    Ledger,
    Rehearsal,
    Reject,
    Row,
    Scene,
    State,
    ViewerId,
    blocks,
    on,
    scene,
    seconds,
)


class Clap(Action, frozen=True):
    """Clap."""


class Trip(Action, frozen=True):
    """Fail."""


class Wait(Action, frozen=True):
    """Do something later."""


class Bow(Action, frozen=True):
    """It is later."""


class Stage(State):
    claps: Ledger[int]
    bows: list[int] = []
    impure: int = 0


class Applause(Format[Stage]):
    """Counts claps."""

    @on(Clap)
    def clap(self, stage: Stage, act: Clap, cue: Cue) -> None:
        stage.claps[cue.by] = stage.claps.get(cue.by, 0) + 1

    @on(Trip, by="viewer|host")
    def trip(self, stage: Stage, act: Trip, cue: Cue) -> None:
        stage.claps[cue.by] = 1 // (cue.by - cue.by)

    @on(Wait, by="host|guest")
    def wait(self, stage: Stage, act: Wait, cue: Cue) -> None:
        cue.after(seconds(2), Bow(), lanes=False)
        cue.after(seconds(1), Bow(), lanes=False)
        cue.emit("waits", of=2)

    @on(Bow, by="clock")
    def bow(self, stage: Stage, act: Bow, cue: Cue) -> None:
        stage.bows.append(cue.now)

    def public(self, stage: Stage) -> Scene:
        return scene(blocks.Stats(stats=(blocks.Stat("Claps", str(sum(stage.claps.values()))),)))

    def private(self, stage: Stage, viewer: ViewerId) -> Scene | None:
        mine = stage.claps.get(viewer)
        return scene(blocks.Text(f"{self.people.name(viewer)} clapped {mine} times")) if mine else None

    def results(self, stage: Stage) -> list[Row]:
        return [
            Row("claps", {"name": self.people.name(ViewerId(v)), "claps": n}) for v, n in stage.claps.items()
        ]


def test_people_act_and_each_sees_their_own():
    r = Rehearsal(Applause)
    ada, bob = r.viewer("Ada"), r.viewer("Bob")
    ada.does(Clap())
    ada.does(Clap())
    bob.does(Clap())
    assert r.state.claps == {ada.id: 2, bob.id: 1}
    assert [block for block in ada.sees.blocks if isinstance(block, blocks.Text)] == [
        blocks.Text("Ada clapped 2 times")
    ]
    assert r.results() == [
        Row("claps", {"name": "Ada", "claps": 2}),
        Row("claps", {"name": "Bob", "claps": 1}),
    ]
    r.check()


def test_timers_fire_in_order_and_at_their_time():
    r = Rehearsal(Applause)
    r.host.does(Wait())
    begun = r.now
    r.wait(seconds(0.5))
    assert r.state.bows == []
    r.wait(seconds(5))
    assert r.state.bows == [begun + seconds(1), begun + seconds(2)]
    assert r.now == begun + seconds(5.5)
    assert [(event.name, event.data) for event in r.events] == [("waits", {"of": 2})]
    r.check()


def test_a_refusal_is_raised_with_its_code():
    r = Rehearsal(Applause)
    ada = r.viewer("Ada")
    with pytest.raises(Reject) as no:
        ada.does(Wait())
    assert no.value.code == "auth/forbidden"
    with pytest.raises(Reject, match="somebody here is called ada already"):
        r.viewer("ada")
    r.guest("Grace").does(Wait())


def test_a_fault_is_raised_with_the_line_and_only_once():
    r = Rehearsal(Applause)
    ada = r.viewer("Ada")
    with pytest.raises(FormatError, match=r"trip: ZeroDivisionError: .* \(test_rehearsal.py:\d+\)") as fault:
        ada.does(Trip())
    assert fault.value.code == "format/fault"
    ada.does(Clap())
    assert r.state.claps == {ada.id: 1}


def test_a_view_that_fails_is_raised():
    class Blind(Applause):
        def public(self, stage: Stage) -> Scene:
            return scene(blocks.Text("x" * (2 - len(stage.claps)) if len(stage.claps) < 2 else None.text))

    r = Rehearsal(Blind)
    r.viewer("Ada").does(Clap())
    bob = r.viewer("Bob")
    with pytest.raises(FormatError, match="public: AttributeError"):
        bob.does(Clap())


def test_fields_out_of_bounds_are_refused_as_on_the_link():
    class Much(Action, frozen=True):
        n: int

    class Counter(Applause):
        @on(Much)
        def much(self, stage: Stage, act: Much, cue: Cue) -> None: ...

    with pytest.raises(BadInput, match="Expected `int`, got `str`"):
        Rehearsal(Counter).viewer("Ada").does(Much("many"))


def test_the_shows_own_actions_work_too():
    r = Rehearsal(Applause)
    ada = r.viewer("Ada")
    ada.does(Rename("Grace"))
    ada.does(Clap())
    assert r.results()[0].cells["name"] == "Grace"
    r.moderator.does(Kick(ada.id))
    with pytest.raises(Reject) as no:
        ada.does(Clap())
    assert no.value.code == "show/kicked"
    r.moderator.does(Ban(ada.id))
    r.finish()
    assert r.show.segments["s1"].phase == "done"
    r.check()


def test_what_viewers_receive_is_known():
    r = Rehearsal(Applause)
    ada = r.viewer("Ada")
    ada.does(Clap())
    r.never_shows("Bob")
    with pytest.raises(AssertionError, match="'Ada clapped 1' was sent to viewers"):
        r.never_shows("Ada clapped 1")


def test_a_handler_that_is_no_plain_function_is_found_out():
    outside = []

    class Impure(Applause):
        @on(Clap)
        def clap(self, stage: Stage, act: Clap, cue: Cue) -> None:
            outside.append(1)
            stage.impure = len(outside)

    r = Rehearsal(Impure)
    r.viewer("Ada").does(Clap())
    with pytest.raises(AssertionError, match="`outside` was "):
        r.check()


def test_a_rehearsal_from_a_state_goes_on_from_there_and_plays_again():
    r = Rehearsal(Applause, state=Stage(claps=Ledger({3: 40})))
    r.viewer("Ada").does(Clap())
    assert r.state.claps == {3: 41}
    r.check()


def test_the_log_of_a_rehearsal_is_the_log_of_a_show():
    r = Rehearsal(Applause)
    r.viewer("Ada").does(Clap())
    again = play(r.show.id, lambda name: {"applause": Applause}[name], r.log)
    assert again.segments["s1"].state == r.state


def test_the_same_seed_gives_the_same_chances():
    class Dice(Applause):
        @on(Clap)
        def clap(self, stage: Stage, act: Clap, cue: Cue) -> None:
            stage.bows += [cue.random.randrange(10**9), cue.random.randrange(10**9)]

    def thrown(seed: str) -> list[int]:
        r = Rehearsal(Dice, seed=seed)
        r.viewer("Ada").does(Clap())
        return r.state.bows

    assert thrown("a") == thrown("a") != thrown("b")
    assert len(set(thrown("a"))) == 2
