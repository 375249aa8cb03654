"""A web component: a wheel of fortune. Everybody bets on a field, the wheel turns on all screens in step, and some win.

`web` names the JavaScript module beside this file, and `blocks.Custom` puts its element into a scene. It is handed `props`; what it
sends becomes an action by `send`, as with any other control. What it looks like is in 05_wheel.js, docs/formats.md says how to write one.

Try it: python examples/05_custom_component.py
On air: oncue demo --format examples/05_custom_component.py
"""

from collections.abc import Iterable
from typing import Annotated, Any, Literal

from msgspec import Meta

from oncue.formats import (
    Action,
    Cue,
    Format,
    Ledger,
    Micros,
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

Label = Annotated[str, Meta(min_length=1, max_length=16)]
FIELDS = ("Apple", "Bell", "Clover", "Diamond", "Eclipse", "Feather", "Grape", "Horseshoe")
SPIN: Micros = seconds(4)


class Bet(Action, frozen=True):
    """Bet on a field."""

    field: Annotated[int, Meta(ge=0, le=11)]


class Spin(Action, frozen=True):
    """No more bets; the wheel turns."""


class Stop(Action, frozen=True):
    """It has come to rest."""


class Again(Action, frozen=True):
    """Take bets for another turn."""


class Rules(Settings, frozen=True):
    """What is on the wheel."""

    fields: Annotated[tuple[Label, ...], Meta(min_length=2, max_length=12)] = FIELDS


class Table(State):
    bets: Ledger[int]
    wins: Ledger[int]
    phase: Literal["open", "turning", "still"] = "open"
    since: Micros = 0
    drawn: int = 0


class Wheel(Format[Table, Rules]):
    """Bet on a field, and see where it stops."""

    title = "Wheel of fortune"
    web = "05_wheel.js"

    @on(Bet, once=False)
    def bet(self, table: Table, act: Bet, cue: Cue) -> None:
        if table.phase != "open":
            raise Reject("no more bets", code="wheel/closed")
        if act.field >= len(self.settings.fields):
            raise Reject("there is no such field", code="wheel/field")
        table.bets[cue.by] = act.field

    @on(Spin, by="host", when=lambda table: table.phase == "open", title="Turn the wheel")
    def spin(self, table: Table, act: Spin, cue: Cue) -> None:
        table.phase, table.since = "turning", cue.now
        table.drawn = cue.random.randrange(len(self.settings.fields))
        cue.after(SPIN, Stop())

    @on(Stop, by="clock")
    def stop(self, table: Table, act: Stop, cue: Cue) -> None:
        table.phase = "still"
        for (
            viewer,
            field,
        ) in table.bets.items():  # also of who has lost: whose part is written is sent a private scene
            table.wins[viewer] = table.wins.get(viewer, 0) + (field == table.drawn)

    @on(Again, by="host", when=lambda table: table.phase == "still")
    def again(self, table: Table, act: Again, cue: Cue) -> None:
        table.phase = "open"
        table.bets.clear()

    def next(self, table: Table) -> Action | None:
        return {"open": Spin(), "turning": None, "still": Again()}[table.phase]

    def public(self, table: Table) -> Scene:
        fields, still = self.settings.fields, table.phase == "still"
        says = {
            "open": "Where will it stop?",
            "turning": "No more bets",
            "still": f"It is {fields[table.drawn]}",
        }
        won = sum(field == table.drawn for field in table.bets.values())
        stats = [blocks.Stat("bets", str(len(table.bets)))]
        if still:
            stats.append(blocks.Stat("won", str(won), tone="good"))
        mood: Literal["live", "final"] = "final" if still else "live"
        return scene(
            blocks.Heading(says[table.phase]), self.wheel(table), blocks.Stats(stats=tuple(stats)), mood=mood
        )

    def wheel(self, table: Table) -> blocks.Custom:
        """The element that 05_wheel.js exports, with what it is to show."""
        props: dict[str, Any] = {"fields": self.settings.fields}
        if table.phase != "open":
            props |= {"drawn": table.drawn, "since": table.since, "span": SPIN}
        return blocks.Custom(
            id="wheel",
            props=props,
            send=blocks.Send("bet", "field") if table.phase == "open" else None,
            alt="A wheel of fortune: " + ", ".join(self.settings.fields),
        )

    def private(self, table: Table, viewer: ViewerId) -> Scene | None:
        bet, wins = table.bets.get(viewer), table.wins.get(viewer, 0)
        parts: list[blocks.AnyBlock] = []
        if bet is not None:
            told = table.phase == "still"
            verdict: blocks.Verdict = "" if not told else "right" if bet == table.drawn else "wrong"
            parts.append(blocks.Mark(of="wheel", value=bet, verdict=verdict))
        if wins:
            parts.append(blocks.Text(f"You have won {wins} times" if wins > 1 else "You have won once"))
        return scene(*parts) if parts else None

    def results(self, table: Table) -> Iterable[Row]:
        for viewer, wins in table.wins.items():
            if wins:
                yield Row("winners", {"name": self.people.name(ViewerId(viewer)), "wins": wins})


if __name__ == "__main__":
    rehearsal = Rehearsal(Wheel, seed="a lucky one")
    ada, bob = rehearsal.viewer("Ada"), rehearsal.viewer("Bob")
    ada.does(Bet(0))
    ada.does(Bet(4))
    bob.does(Bet(1))
    rehearsal.host.does(Spin())
    rehearsal.wait(SPIN + seconds(3))
    print(rehearsal.public.blocks[0])
    print(rehearsal.results())
    rehearsal.check()
