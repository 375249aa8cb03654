"""Evenings at random, to find what nobody thought of: `@given(evenings(Trivia, settings=…))`. Needs Hypothesis."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from oncue.engine.errors import BadInput, Reject
from oncue.engine.format import Format, Route
from oncue.engine.structs import BY, Micros, State, seconds

from .rehearsal import Rehearsal
from .screen import NotThere
from .someone import Someone

if TYPE_CHECKING:
    from hypothesis.strategies import DrawFn, SearchStrategy

S = TypeVar("S", bound=State)

STEPS = 25
"""Things that happen on an evening, at the most."""
DELAYS: tuple[Micros | None, ...] = (0, seconds(0.4), seconds(1.4), seconds(4), None)
WORDS = ("Paris", "paris ", "été", "x", " ", "Ωmega", "two words", "12")
MOST = 1_000_000


def evenings(
    kind: type[Format[S, Any]], *, settings: dict[str, Any] | None = None, steps: int = STEPS
) -> SearchStrategy[Rehearsal[S]]:
    """Rehearsals of a format in which up to four viewers and the host have done what came to their minds: pressed what was on their
    screens, sent other actions as the types of their fields allow, waited, fallen behind, lost the network and come back.

        @given(evenings(Applause))
        def test_whatever_happens(evening: Rehearsal[Hall]) -> None:
            evening.check()

    Refusals are part of it; a handler or a view that fails raises `FormatError`. Raises `ImportError` without Hypothesis.
    """
    try:
        from hypothesis import strategies as st
    except ImportError as error:
        raise ImportError("evenings at random need Hypothesis: pip install hypothesis") from error

    @st.composite
    def played(draw: DrawFn) -> Rehearsal[S]:
        evening = Evening(Rehearsal(kind, settings=settings), draw)
        for _ in range(draw(st.integers(1, steps))):
            evening.goes_on()
        evening.ends()
        return evening.rehearsal

    return played()


class Evening:
    """One that is being played, as Hypothesis draws it."""

    def __init__(self, rehearsal: Rehearsal[Any], draw: DrawFn) -> None:
        from hypothesis import strategies as st

        self.st = st
        self.rehearsal = rehearsal
        self.draw = draw
        delays = draw(st.lists(st.sampled_from(DELAYS), min_size=1, max_size=4))
        self.viewers = [rehearsal.viewer(f"Viewer {i}", delay=delay) for i, delay in enumerate(delays)]
        everybody = BY["viewer"] | BY["host"] | BY["moderator"]
        self.routes = [route for route in rehearsal.kind.routes.values() if route.roles & everybody]
        self._fields: dict[str, SearchStrategy[Any]] = {}

    def goes_on(self) -> None:
        """One more thing happens."""
        moves = [self.next, self.presses, self.acts, self.presses, self.acts, self.waits, self.network]
        with contextlib.suppress(Reject, BadInput, NotThere):
            self.draw(self.st.sampled_from(moves))()

    def ends(self) -> None:
        """Everybody is back, and what is on its way comes in."""
        for who in self.viewers:
            if who.away:
                with contextlib.suppress(Reject):
                    who.reconnects()
        self.rehearsal.wait(seconds(30))

    def next(self) -> None:
        """The host does what is next."""
        if action := self.rehearsal.next:
            self.rehearsal.host.does(action)

    def presses(self) -> None:
        """Somebody presses something on their screen."""
        who = self.draw(self.st.sampled_from(self.viewers))
        if controls := who.sees.on("phone").controls:
            labels = self.st.lists(self.st.sampled_from(controls), min_size=1, max_size=3, unique=True)
            who.press(*self.draw(labels))

    def acts(self) -> None:
        """Somebody does something, mostly what they may."""
        route = self.draw(self.st.sampled_from(self.routes))
        who = self.draw(self.st.sampled_from(self._who(route)))
        fields = self.draw(self._strategy(route))
        who.does(self.rehearsal.read({"type": route.type, **fields}))

    def waits(self) -> None:
        """Time passes."""
        self.rehearsal.wait(self.draw(self.st.sampled_from([100_000, 700_000, 3_000_000, 20_000_000])))

    def network(self) -> None:
        """Somebody's network gets better or worse."""
        who = self.draw(self.st.sampled_from(self.viewers))
        change = self.draw(self.st.sampled_from(["cut off", "back", "delay"]))
        if change == "cut off":
            who.cut_off()
        elif change == "back":
            who.reconnects()
        else:
            who.delay = self.draw(self.st.sampled_from(DELAYS))

    def _who(self, route: Route) -> list[Someone]:
        everybody = [*self.viewers, self.rehearsal.host, self.rehearsal.moderator]
        allowed = [who for who in everybody if route.roles & who.role]
        return [*allowed * 4, *everybody]

    def _strategy(self, route: Route) -> SearchStrategy[Any]:
        if route.type not in self._fields:
            (own,), parts = msgspec.json.schema_components([route.action], ref_template="{name}")
            ids = [int(who.id) for who in self.viewers]
            self._fields[route.type] = _drawn(self.st, own, parts, ids)
        return self._fields[route.type].map(lambda fields: {n: v for n, v in fields.items() if n != "type"})


def _drawn(st: Any, schema: dict[str, Any], parts: dict[str, Any], ids: list[int]) -> Any:
    """Values that a JSON Schema of msgspec describes, mostly likely ones."""
    if "$ref" in schema:
        return _drawn(st, parts[schema["$ref"]], parts, ids)
    for several in ("anyOf", "oneOf"):
        if several in schema:
            return st.one_of([_drawn(st, one, parts, ids) for one in schema[several]])
    if "enum" in schema or "const" in schema:
        return st.sampled_from(schema.get("enum") or [schema["const"]])
    kind = schema.get("type")
    if kind == "object":
        return _object(st, schema, parts, ids)
    if kind == "array":
        least, most = schema.get("minItems", 0), min(schema.get("maxItems", 4), 4)
        items = _drawn(st, schema.get("items") or {}, parts, ids)
        return st.lists(items, min_size=least, max_size=max(least, most))
    return _plain(st, schema, ids)


def _object(st: Any, schema: dict[str, Any], parts: dict[str, Any], ids: list[int]) -> Any:
    own = {name: _drawn(st, one, parts, ids) for name, one in schema.get("properties", {}).items()}
    needed = {name: one for name, one in own.items() if name in schema.get("required", ())}
    return st.fixed_dictionaries(
        needed, optional={name: one for name, one in own.items() if name not in needed}
    )


def _plain(st: Any, schema: dict[str, Any], ids: list[int]) -> Any:
    kind = schema.get("type")
    if kind == "integer":
        least = schema.get("minimum", schema.get("exclusiveMinimum", -1) + 1)
        most = schema.get("maximum", schema.get("exclusiveMaximum", MOST + 1) - 1)
        few = [one for one in (0, 1, 2, 3, *ids) if least <= one <= most]
        return st.sampled_from(few) | st.integers(least, most) if few else st.integers(least, most)
    if kind == "number":
        least, most = schema.get("minimum", -MOST), schema.get("maximum", MOST)
        return st.floats(least, most, allow_nan=False, allow_infinity=False)
    if kind == "string":
        least, most = schema.get("minLength", 0), min(schema.get("maxLength", 40), 40)
        words = [word for word in WORDS if least <= len(word) <= most]
        text = st.text(min_size=least, max_size=max(least, most))
        return st.sampled_from(words) | text if words else text
    if kind == "boolean":
        return st.booleans()
    return st.none()
