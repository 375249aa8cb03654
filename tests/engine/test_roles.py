"""A role is in the signed token; it decides who may do what."""

import msgspec
import pytest
from evenings import BEGIN, batch

from oncue.engine.forks import Copied, Fork, Forked
from oncue.engine.house import SHOW_ROUTES, Join, JudgedAgain, Open, Owned, Start
from oncue.engine.log import NONCE, Entry
from oncue.engine.segment import SegmentSpec
from oncue.engine.show import Show
from oncue.engine.stage_actions import Swap
from oncue.engine.strikes import Struck, Suspended
from oncue.engine.structs import BY, ShowId
from oncue.engine.versions import Upgraded
from oncue.formats import Action, Cue, Format, Role, Scene, State, on, scene


class ByViewer(Action, frozen=True): ...


class ByGuest(Action, frozen=True): ...


class ByModerator(Action, frozen=True): ...


class ByProducer(Action, frozen=True): ...


class ByHost(Action, frozen=True): ...


class BySystem(Action, frozen=True): ...


class ByClock(Action, frozen=True): ...


class Done(State):
    by: list[str] = []


class Doors(Format[Done]):
    """One door for each."""

    @on(ByViewer, by="viewer")
    def one(self, done: Done, act: Action, cue: Cue) -> None:
        done.by.append("viewer")

    @on(ByGuest, by="guest")
    def two(self, done: Done, act: Action, cue: Cue) -> None:
        done.by.append("guest")

    @on(ByModerator, by="moderator")
    def three(self, done: Done, act: Action, cue: Cue) -> None:
        done.by.append("moderator")

    @on(ByProducer, by="producer")
    def four(self, done: Done, act: Action, cue: Cue) -> None:
        done.by.append("producer")

    @on(ByHost, by="host")
    def five(self, done: Done, act: Action, cue: Cue) -> None:
        done.by.append("host")

    @on(BySystem, by="system")
    def six(self, done: Done, act: Action, cue: Cue) -> None:
        done.by.append("system")

    @on(ByClock, by="clock")
    def seven(self, done: Done, act: Action, cue: Cue) -> None:
        done.by.append("clock")

    def public(self, done: Done) -> Scene:
        return scene()


ACTIONS = {
    "viewer": ByViewer,
    "guest": ByGuest,
    "moderator": ByModerator,
    "producer": ByProducer,
    "host": ByHost,
    "system": BySystem,
}
MAY = {
    Role.AUDIENCE: {"viewer"},
    Role.GUEST: {"viewer", "guest"},
    Role.MODERATOR: {"moderator"},
    Role.PRODUCER: {"moderator", "producer", "host"},
    Role.HOST: {"moderator", "producer", "host"},
    Role.SYSTEM: {"system"},
    Role.DISPLAY: set(),
}


def opened() -> Show:
    show = Show(ShowId("doors23456"), lambda _: Doors)
    spec = SegmentSpec("s1", "doors", "Doors")
    put(show, "", 0, Role.SYSTEM, Open("Doors", "DOORSX", "seed", (spec,)))
    put(show, "", 1, Role.HOST, Start("s1"))
    return show


def put(show: Show, segment: str, viewer: int, role: Role, action: Action) -> None:
    entry = Entry(viewer, viewer * NONCE + show.seq + 1, int(role), BEGIN, 0, 0, 0, action)
    show.fold(batch([(segment, msgspec.msgpack.encode(entry))]), show.seq + 1)


@pytest.mark.parametrize("role", MAY)
@pytest.mark.parametrize("word", ACTIONS)
def test_an_action_is_open_to_its_roles_only(role, word):
    show = opened()
    if role in (Role.AUDIENCE, Role.GUEST, Role.DISPLAY):
        put(show, "", 5, Role.AUDIENCE, Join("Ada"))
    put(show, "s1", 5, role, ACTIONS[word]())
    if word in MAY[role]:
        assert show.segments["s1"].state.by == [word]
        assert not show.refused
    else:
        assert show.segments["s1"].state.by == []
        assert [refusal.code for refusal in show.refused] == ["auth/forbidden"]


def test_nobody_plays_the_clock():
    show = opened()
    put(show, "s1", 0, Role.CLOCK, ByClock())
    assert show.segments["s1"].state.by == []


@pytest.mark.parametrize("role", [Role.AUDIENCE, Role.DISPLAY, Role.MODERATOR])
def test_the_show_itself_obeys_its_host_alone(role):
    show = opened()
    put(show, "", 5, Role.AUDIENCE, Join("Ada"))
    for kind, (_, roles) in SHOW_ROUTES.items():
        if roles == BY["host"]:
            fields = {"segment": "s1", "order": ("s1",), "format": "doors", "changes": {"/x": 1}, "why": "so"}
            fields |= {"viewer": 5, "off": 5, "on": 5 if kind is Swap else True, "layout": "grid"}
            fields |= {"hands": True, "source": "test", "version": "2"}
            wanted = {name: value for name, value in fields.items() if name in kind.__struct_fields__}
            put(show, "", 5, role, kind(**wanted))
    assert {refusal.code for refusal in show.refused} == {"auth/forbidden"}
    assert len(show.refused) == sum(roles == BY["host"] for _, roles in SHOW_ROUTES.values())
    assert show.live == "s1"


@pytest.mark.parametrize("role", [role for role in Role if role != Role.SYSTEM])
def test_what_the_show_decides_by_itself_nobody_else_can_write(role):
    show = opened()
    put(show, "", 5, Role.AUDIENCE, Join("Ada"))
    kinds = [kind for kind, (_, roles) in SHOW_ROUTES.items() if roles == Role.SYSTEM]
    assert {Struck, Suspended, Owned, Upgraded, Copied, Forked, JudgedAgain} <= set(kinds)
    before = len(show.refused)
    for kind in kinds:
        fields = {one.name: "1" for one in msgspec.structs.fields(kind) if one.required}
        put(
            show,
            "",
            5,
            role,
            msgspec.convert({"type": kind.__struct_config__.tag, **fields}, kind, strict=False),
        )
    refused = [] if role == Role.CLOCK else ["auth/forbidden"] * len(kinds)  # it has no such timer
    assert [no.code for no in show.refused[before:]] == refused
    assert (show.title, show.epoch, show.strikes, show.fork, show.stage.guests) == (
        "Doors",
        0,
        {},
        Fork(),
        {},
    )


def test_somebody_who_has_not_joined_cannot_act():
    show = opened()
    put(show, "s1", 5, Role.AUDIENCE, ByViewer())
    assert [refusal.code for refusal in show.refused] == ["show/not-joined"]


def test_roles_have_the_words_that_tokens_use():
    assert {role.label for role in Role} == {
        "audience", "guest", "moderator", "producer", "host", "clock", "system", "display"
    }  # fmt: skip
