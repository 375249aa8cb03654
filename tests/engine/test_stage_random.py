"""Whatever people do, in whatever order: what must hold of the stage holds."""

import msgspec
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from oncue.engine import stage_views, surfaces
from oncue.engine.errors import OncueError
from oncue.engine.house import Finish, Hide, Join, Kick, Rename
from oncue.engine.snapshot import load, save
from oncue.engine.stage import room
from oncue.engine.stage_actions import (
    AcceptStage,
    BackToGreen,
    Checked,
    DeclineStage,
    Devices,
    Invite,
    Layout,
    LeaveStage,
    LowerHand,
    LowerHandOf,
    Mute,
    Publishing,
    PutLive,
    RaiseHand,
    Record,
    Source,
    Sourced,
    StageRules,
    StepUp,
    Swap,
    TakeOff,
    Talk,
    Transport,
)
from oncue.engine.structs import ViewerId
from oncue.formats import (
    Action,
    Cue,
    Format,
    Ledger,
    Rehearsal,
    Reject,
    Scene,
    Staged,
    State,
    on,
    scene,
    seconds,
)
from oncue.formats.checks import KINDS


class Tap(Action, frozen=True):
    """Count one, unless it was too many."""


class Wish(Action, frozen=True):
    """Have the format ask for this."""

    what: str
    viewer: int
    other: int


class Counts(State):
    taps: Ledger[int]
    seen: list[str] = []


class Wishes(Format[Counts]):
    """Asks for what it is told, reads the stage, and refuses now and then."""

    @on(Tap)
    def tap(self, counts: Counts, act: Tap, cue: Cue) -> None:
        counts.taps[cue.by] = counts.taps.get(cue.by, 0) + 1
        counts.seen.append(f"{cue.stage.state(cue.by)} {cue.stage.on_air}")
        if counts.taps[cue.by] % 3 == 0:
            raise Reject("that is enough")

    @on(Wish, by="host")
    def wish(self, counts: Counts, act: Wish, cue: Cue) -> None:
        stage = cue.stage
        counts.seen.append(act.what)
        match act.what:
            case "invite":
                stage.invite(act.viewer, live=act.other % 2 == 0)
            case "live":
                stage.live(act.viewer)
                stage.live(act.other, main=True)
            case "green":
                stage.green(act.viewer)
            case "off":
                stage.off(act.viewer)
                stage.off(act.other, cut=True)
            case "layout":
                stage.layout("grid", main=act.viewer, order=(act.other,), gains={act.viewer: 2})

    @on(Staged, by="system")
    def told(self, counts: Counts, act: Staged, cue: Cue) -> None:
        counts.seen.append(f"{act.viewer} {act.state}")

    def public(self, counts: Counts) -> Scene:
        return scene()


PEOPLE = st.integers(1, 5)
"""The host, the moderator, and three viewers."""
GUEST = st.integers(0, 9)
"""Mostly somebody who is on the way to the stage: see `pick`."""
YES = st.booleans()
KEYS = (AcceptStage, StepUp)
"""With which somebody comes into the device check: the guest's key."""
AIRS = (PutLive, Swap, Wish)
"""With which staff, or a format, put somebody on air."""


class Evening(RuleBasedStateMachine):
    """A show with a host, a moderator and three viewers who do anything at any time."""

    @initialize()
    def begin(self) -> None:
        self.r = Rehearsal(Wishes)
        self.people = [self.r.host, self.r.moderator, *(self.r.viewer(f"viewer {i}") for i in range(3))]
        self.r.host.does(StageRules(True, 2))
        self.names: list[str] = []
        self.at_once: set[int] = set()
        for viewer in (3, 4):
            self.on_air(viewer, False)

    def pick(self, n: int) -> int:
        """Somebody on the way, or anybody."""
        guests = [*self.r.show.stage.guests]
        return guests[n % len(guests)] if guests and n > 1 else 1 + n % 5

    def act(self, viewer: int, action: Action) -> None:
        """Somebody does it, and may be refused; what has changed then may have changed by this."""
        before = dict(self.r.show.stage.guests)
        who = self.people[viewer - 1]
        try:
            who.does(action)
        except OncueError:
            assert self.r.show.stage.guests == before
            return
        if isinstance(action, Invite) or (isinstance(action, Wish) and action.what == "invite"):
            guest = self.r.show.stage.guests[action.viewer]
            (self.at_once.add if guest.at_once else self.at_once.discard)(guest.visit)
        self.compare(before, action, viewer)

    def compare(self, before, action, by) -> None:
        live = [guest for guest in before.values() if guest.seat]
        for viewer, guest in self.r.show.stage.guests.items():
            was = before[viewer].state if viewer in before else ""
            if guest.state == was:
                continue
            if guest.state == "check":
                assert isinstance(action, KEYS), action
                assert by == viewer
            elif guest.state == "green":
                assert was in ("check", "live")
                assert was == "live" or (isinstance(action, Checked) and by == viewer)
            elif guest.state == "live":
                assert was in ("green", "check")
                assert isinstance(action, AIRS) or guest.visit in self.at_once, action
                assert len(live) < self.r.show.stage.seats or isinstance(action, Swap)
                self.names.append(guest.seat)
        assert len(set(self.names)) == len(self.names)

    @rule(viewer=PEOPLE, topic=st.text(max_size=5))
    def raise_hand(self, viewer, topic):
        self.act(viewer, RaiseHand(topic))

    @rule(
        n=GUEST, kind=st.sampled_from([LowerHand, AcceptStage, AcceptStage, DeclineStage, LeaveStage, StepUp])
    )
    def on_the_way(self, n, kind):
        self.act(self.pick(n), kind())

    @rule(n=GUEST, passed=YES, camera=YES)
    def check(self, n, passed, camera):
        self.act(self.pick(n), Checked(passed, camera, True))

    @rule(n=GUEST, camera=YES, microphone=YES)
    def devices(self, n, camera, microphone):
        self.act(self.pick(n), Devices(camera, microphone))

    @rule(viewer=PEOPLE, come=YES)
    def into_the_green_room(self, viewer, come):
        self.act(1, StepUp() if viewer == 1 else Invite(viewer))
        self.act(viewer, AcceptStage())
        if come:
            self.arrives(viewer, True)
        self.act(viewer, Checked(True, True, True))

    @rule(viewer=PEOPLE, main=YES)
    def on_air(self, viewer, main):
        self.into_the_green_room(viewer, True)
        self.act(1, PutLive(viewer, main))

    @rule(by=PEOPLE, viewer=PEOPLE, live=YES)
    def invite(self, by, viewer, live):
        self.act(by, Invite(viewer, live=live))

    @rule(by=PEOPLE, n=GUEST, kind=st.sampled_from([PutLive, BackToGreen, LowerHandOf]))
    def anybody(self, by, n, kind):
        self.act(by, kind(self.pick(n)))

    @rule(n=GUEST, kind=st.sampled_from([PutLive, BackToGreen, Talk, Mute, TakeOff]))
    def staff(self, n, kind):
        self.act(1, kind(self.pick(n)))

    @rule(by=PEOPLE, n=GUEST, on=YES, kind=st.sampled_from([TakeOff, Mute, Talk]))
    def switch(self, by, n, on, kind):
        self.act(by, kind(self.pick(n), on))

    @rule(off=GUEST, on=GUEST)
    def swap(self, off, on):
        self.act(1, Swap(self.pick(off), self.pick(on)))

    @rule(main=GUEST, order=st.permutations(range(3)), gain=GUEST, wrong=st.sampled_from(["", "", "g99"]))
    def layout(self, main, order, gain, wrong):
        seats = self.r.show.stage.order or ["programme"]
        there = [seats[i] for i in order if i < len(seats)]
        self.act(
            1,
            Layout("side", wrong or seats[main % len(seats)], tuple(there), {seats[gain % len(seats)]: 0.5}),
        )

    @rule(hands=YES, seats=st.integers(1, 3))
    def rules(self, hands, seats):
        self.act(1, StageRules(hands, seats))

    @rule(source=st.sampled_from(["", "test", "/a/film.mp4"]), live=YES)
    def programme(self, source, live):
        self.act(1, Source(source))
        self.r.node.does(Sourced("/a/film.mp4", live, 5_000_000))

    @rule(playing=YES, media=st.none() | st.integers(0, 9_000_000))
    def transport(self, playing, media):
        self.act(1, Transport(playing, media))
        self.act(1, Record(playing))

    @rule(n=GUEST, on=YES)
    def publishing(self, n, on):
        self.arrives(self.pick(n), on)

    def arrives(self, viewer, on):
        """Their picture comes, or comes no more."""
        before = dict(self.r.show.stage.guests)
        action = Publishing(viewer, on)
        self.r.node.does(action)
        self.compare(before, action, 0)

    @rule(span=st.sampled_from([1, 29, 31, 61]))
    def wait(self, span):
        before = dict(self.r.show.stage.guests)
        self.r.wait(seconds(span))
        assert self.r.show.stage.guests.keys() <= before.keys()

    @rule(viewer=st.integers(3, 5), kind=st.sampled_from([Kick, Hide]))
    def moderate(self, viewer, kind):
        self.act(2, kind(viewer))

    @rule(viewer=st.integers(3, 5), kind=st.sampled_from([Join, Join, Rename]))
    def name(self, viewer, kind):
        self.act(viewer, kind(f"name {viewer}"))

    @rule(viewer=PEOPLE)
    def tap(self, viewer):
        self.act(viewer, Tap())

    @rule(what=st.sampled_from(["invite", "live", "green", "off", "layout"]), n=GUEST, other=GUEST)
    def wish(self, what, n, other):
        self.act(1, Wish(what, self.pick(n), self.pick(other)))

    @rule(really=st.integers(0, 9))
    def finish(self, really):
        if really == 9:
            self.act(1, Finish())

    @invariant()
    def seats_and_layout_belong_together(self):
        stage = self.r.show.stage
        seats = [guest.seat for guest in stage.guests.values() if guest.seat]
        assert sorted(stage.order) == sorted([*seats, *(["programme"] if stage.programme else [])])
        assert {guest.viewer for guest in stage.live.values()} == {
            guest.viewer for guest in stage.guests.values() if guest.state == "live"
        }
        assert stage.main in ("", *stage.order)
        assert stage.gains.keys() <= {*stage.order}
        assert stage.moved == []

    @invariant()
    def every_timer_waits_for_somebody(self):
        show = self.r.show
        waiting = {guest.timer for guest in show.stage.guests.values() if guest.timer}
        assert show.timers.keys() == waiting
        for guest in show.stage.guests.values():
            assert bool(guest.timer) == (guest.state == "invited" or guest.away)
            assert not guest.away or guest.state in ("green", "live")

    @invariant()
    def rooms_are_told_to_those_who_are_in_them(self):
        show = self.r.show
        keys = {
            viewer: path.rsplit("/")[-1]
            for viewer, guest in show.stage.guests.items()
            if (path := room(show.id, show.seed, guest))
        }
        assert len({*keys.values()}) == len(keys)
        for everybody in (surfaces.public(show, 1), surfaces.desk(show, 1)):
            text = msgspec.json.encode(everybody).decode()
            assert not any(key in text for key in keys.values())
        for who in self.people:
            text = msgspec.json.encode(surfaces.private(show, 1, who.id)).decode()
            assert [viewer for viewer, key in keys.items() if key in text] == [who.id] * (who.id in keys)

    @invariant()
    def the_views_agree(self):
        show = self.r.show
        ways = stage_views.ways(show)
        for who in self.people:
            assert stage_views.mine(show, ViewerId(who.id)) == ways.get(who.id)
        seated = {one.viewer: one.state for one in stage_views.orders(show, 1).seated}
        known = {viewer: guest.state for viewer, guest in show.stage.guests.items()}
        assert seated == {v: state for v, state in known.items() if state in ("check", "green", "live")}

    @invariant()
    def a_snapshot_has_it_all(self):
        again = load(save(self.r.show), self.r.show.formats)
        assert (again.stage, again.timers) == (self.r.show.stage, self.r.show.timers)

    def teardown(self) -> None:
        if hasattr(self, "r"):
            self.r.check(skip=set(KINDS) - {"replay"})


TestTheStage = Evening.TestCase
TestTheStage.settings = settings(max_examples=60, stateful_step_count=50, deadline=None)
