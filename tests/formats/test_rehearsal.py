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
    Settings,
    State,
    ViewerId,
    blocks,
    on,
    scene,
    seconds,
)
from oncue.formats.someone import Someone


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


class Lamp(State):
    claps: Ledger[int]
    bows: list[int] = []
    on: bool = False


class Light(Action, frozen=True):
    """Light the lamp."""


class Lamps(Format[Lamp]):
    """What is private depends on what all have in common."""

    @on(Light, by="host")
    def light(self, lamp: Lamp, act: Light, cue: Cue) -> None:
        lamp.on = True

    @on(Clap)
    def clap(self, lamp: Lamp, act: Clap, cue: Cue) -> None:
        lamp.claps[cue.by] = lamp.claps.get(cue.by, 0) + 1

    def public(self, lamp: Lamp) -> Scene:
        return scene(blocks.Heading("Lamps"))

    def private(self, lamp: Lamp, viewer: ViewerId) -> Scene | None:
        return scene(
            blocks.Text("bright" if lamp.on else "dark"),
            blocks.Button(send=blocks.Send("clap"), label="Clap"),
        )


def own(who: Someone) -> str:
    return who.sees.find(blocks.Text).text


def test_somebody_sees_what_they_were_sent_last_and_not_what_would_be_drawn_now():
    r = Rehearsal(Lamps)
    ada, bob = r.viewer("Ada"), r.viewer("Bob")
    r.host.does(Light())
    late = r.viewer("Cleo")
    assert [own(who) for who in (ada, bob, late)] == ["dark", "dark", "bright"]
    ada.press("Clap")
    assert [own(who) for who in (ada, bob)] == ["bright", "dark"]


def test_who_comes_back_is_sent_what_there_is_now():
    r = Rehearsal(Lamps)
    ada = r.viewer("Ada")
    ada.cut_off()
    r.host.does(Light())
    assert own(ada) == "dark"
    ada.reconnects()
    assert own(ada) == "bright"


def test_all_are_sent_what_a_segment_has_for_them_when_it_goes_live_and_nothing_of_the_one_before():
    r = Rehearsal(Applause)
    ada = r.viewer("Ada")
    ada.does(Clap())
    lamps = r.adds(Lamps)
    lamps.start()
    assert own(ada) == "dark"
    r.finish()
    assert ada.sees.all(blocks.Button) == []
    assert ada.sees.says("Stay with us")


def test_what_is_judged_again_is_sent_to_all():
    class Kept(Settings, frozen=True):
        word: str = "dark"

    class Ruled(Format[Lamp, Kept]):
        @on(Light, by="host")
        def light(self, lamp: Lamp, act: Light, cue: Cue) -> None: ...

        def public(self, lamp: Lamp) -> Scene:
            return scene(blocks.Heading("Lamps"))

        def private(self, lamp: Lamp, viewer: ViewerId) -> Scene | None:
            return scene(blocks.Text(self.settings.word))

        @classmethod
        def amend(cls, old: Kept, new: Kept) -> None: ...

    r = Rehearsal(Ruled)
    ada = r.viewer("Ada")
    r.amend({"/word": "bright"})
    assert own(ada) == "bright"


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
