"""What is wrong with a format is said when its class is defined, not in the middle of a show."""

from typing import Any

import msgspec
import pytest

from oncue.engine.segment import read_settings
from oncue.formats import Action, Cue, Format, FormatError, Ledger, Scene, Settings, State, on, scene


class Go(Action, frozen=True):
    """Go."""


class AlsoGo(Action, frozen=True, tag="go"):
    """Another action by the same name."""


class Strange(Action, frozen=True):
    what: complex


class Empty(State):
    pass


class Fine(Format[Empty]):
    """A format with nothing wrong."""

    @on(Go, by="host|clock")
    def go(self, state: Empty, act: Go, cue: Cue) -> None: ...

    def public(self, state: Empty) -> Scene:
        return scene()


class Loose:
    pass


class Open(msgspec.Struct):
    many: list[int]


class Nested(msgspec.Struct, frozen=True):
    many: list[int]


class WithSet(State):
    seen: dict[str, set[int]] = {}


class WithLoose(State):
    thing: Loose | None = None


class WithNeed(State):
    need: int


class BareLedger(State):
    book: Ledger


class ListLedger(State):
    book: Ledger[list[int]]


class TupleLedger(State):
    book: Ledger[tuple[list[int], ...]]


class OpenLedger(State):
    book: Ledger[Open]


class NestedLedger(State):
    book: Ledger[Nested]


class AnyLedger(State):
    book: Ledger[Any]


class SetLedger(State):
    book: Ledger[frozenset[int]]


class Unclear(State):
    later: "Nowhere" = 0  # noqa: F821


class Odd(Settings, frozen=True):
    what: complex = 0j


def define(state: Any = Empty, *, base: Any = None, **members: Any) -> Any:
    """A format that is fine but for what is given; None takes away."""

    def go(self: Any, state: Any, act: Any, cue: Any) -> None: ...

    known = {"go": on(Go)(go), "public": lambda self, state: scene(), **members}
    body = {name: member for name, member in known.items() if member is not None}
    return type("Mine", (Format,), {**body, "__orig_bases__": (base or Format[state],)})


async def later(self, state, act, cue): ...


def bit_by_bit(self, state, act, cue):
    yield


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (lambda: define(base=Format), "does not say its state"),
        (lambda: define(go=None), "handles no action"),
        (lambda: define(public=None), "has no public scene"),
        (lambda: define(go=on(Go)(later)), "plain function"),
        (lambda: define(go=on(Go)(bit_by_bit)), "plain function"),
        (lambda: define(go=on(Go)(lambda self, state: None)), "must take"),
        (lambda: define(too=on(AlsoGo)(lambda self, state, act, cue: None)), "handles 'go' already"),
        (lambda: define(too=on(Strange)(lambda self, state, act, cue: None)), "complex"),
        (lambda: define(base=Format[Empty, Odd]), "complex"),
        (lambda: define(WithSet), "WithSet.seen: a set has no order"),
        (lambda: define(WithLoose), "WithLoose.thing: Loose cannot be kept"),
        (lambda: define(WithNeed), "WithNeed.need has no default"),
        (lambda: define(BareLedger), "must be immutable"),
        (lambda: define(ListLedger), "must be immutable"),
        (lambda: define(TupleLedger), "must be immutable"),
        (lambda: define(OpenLedger), "must be immutable"),
        (lambda: define(NestedLedger), "must be immutable"),
        (lambda: define(AnyLedger), "must be immutable"),
        (lambda: define(SetLedger), "a set has no order"),
        (lambda: define(Unclear), "Nowhere"),
        (lambda: on(Go, by="everybody"), "nobody is called 'everybody'"),
    ],
)
def test_a_format_that_cannot_work_is_refused_when_it_is_defined(wrong, said):
    with pytest.raises(FormatError, match=said.replace("'", ".")) as told:
        wrong()
    assert told.value.code == "format/error"
    assert told.value.status == 422


def test_a_format_without_faults_is_taken_as_it_is():
    assert [route.type for route in Fine.routes.values()] == ["go"]
    assert (Fine.title, Fine.version) == ("Fine", "1")
    assert define().routes.keys() == {Go}


def test_the_hosts_buttons_stand_in_the_order_in_which_they_are_written():
    class Zoom(Action, frozen=True): ...

    class Again(Action, frozen=True): ...

    made = define(zoom=on(Zoom)(lambda s, a, b, c: None), again=on(Again)(lambda s, a, b, c: None))
    assert [route.type for route in made.routes.values()] == ["go", "zoom", "again"]


def test_a_format_may_extend_another():
    class More(Fine):
        title = "More than fine"

        @on(Strange2)
        def strange(self, state: Empty, act: Any, cue: Cue) -> None: ...

    assert [route.type for route in More.routes.values()] == ["go", "strange2"]
    assert (More.title, More.state) == ("More than fine", Empty)


class Strange2(Action, frozen=True):
    pass


class Limits(Settings, frozen=True):
    rounds: int = 3

    def __post_init__(self) -> None:
        if self.rounds > 9:
            raise ValueError("nine rounds are enough")


class Limited(Format[Empty, Limits]):
    @on(Go)
    def go(self, state: Empty, act: Go, cue: Cue) -> None: ...

    def public(self, state: Empty) -> Scene:
        return scene()


@pytest.mark.parametrize("settings", [{"rounds": "3"}, {"round": 3}, {"rounds": 10}, {"rounds": None}])
def test_settings_that_make_no_sense_are_named(settings):
    with pytest.raises(FormatError) as told:
        read_settings(Limited, settings)
    assert told.value.code == "settings/bad"
    assert "round" in told.value.message


def test_settings_are_read_from_plain_data():
    assert read_settings(Limited, {"rounds": 5}) == Limits(5)
    assert read_settings(Limited, {}) == Limits()
