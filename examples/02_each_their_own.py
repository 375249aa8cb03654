"""What each viewer has, what the host does, and what is refused: guess a number between 1 and 100.

A `Ledger` holds what each one has: the engine sends a private scene to those only whose entry changed. A handler refuses with
`Reject`, and then nothing of what it did was ever there. The host's buttons come from the actions `by="host"`.

Try it: python examples/02_each_their_own.py
"""

from collections.abc import Iterable
from typing import Annotated

from msgspec import Meta

from oncue.formats import (
    Action,
    Cue,
    Format,
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
)

Number = Annotated[int, Meta(ge=1, le=100)]


class Guess(Action, frozen=True):
    """Guess the number."""

    number: Number


class Draw(Action, frozen=True):
    """Think of a number."""


class Rules(Settings, frozen=True):
    """The host fills this in before the segment starts."""

    tries: Annotated[int, Meta(ge=1, le=20)] = 7


class Table(State):
    guesses: Ledger[tuple[int, ...]]
    secret: int = 0
    winner: ViewerId | None = None


class GuessIt(Format[Table, Rules]):
    """Higher, lower, found."""

    title = "Guess the number"

    @on(Draw, by="host", when=lambda table: not table.secret)
    def draw(self, table: Table, act: Draw, cue: Cue) -> None:
        table.secret = cue.random.randint(1, 100)

    @on(Guess)
    def guess(self, table: Table, act: Guess, cue: Cue) -> None:
        mine = table.guesses.get(cue.by, ())
        if not table.secret or table.winner:
            raise Reject("there is nothing to guess now", code="guess/closed")
        if len(mine) == self.settings.tries:
            raise Reject("you have no tries left", code="guess/tries")
        table.guesses[cue.by] = (*mine, act.number)
        if act.number == table.secret:
            table.winner = cue.by

    def public(self, table: Table) -> Scene:
        if table.winner:
            return scene(
                blocks.Heading(f"{self.people.name(table.winner)} found {table.secret}"), mood="final"
            )
        if not table.secret:
            return scene(blocks.Heading("Get ready"))
        ask = blocks.Field("number", "A number from 1 to 100", kind="number", most=100)
        form = blocks.Form(id="guess", fields=(ask,), send=blocks.Send("guess"))
        return scene(blocks.Heading("Which number is it?"), form, mood="live")

    def private(self, table: Table, viewer: ViewerId) -> Scene | None:
        mine = table.guesses.get(viewer)
        if not mine:
            return None
        last = mine[-1]
        hint = "higher" if last < table.secret else "lower" if last > table.secret else "found!"
        return scene(
            blocks.Text(f"{last}: {hint}"),
            blocks.Text(f"{self.settings.tries - len(mine)} tries left", tone="quiet"),
        )

    def next(self, table: Table) -> Action | None:
        return Draw() if not table.secret else None

    def results(self, table: Table) -> Iterable[Row]:
        for viewer, guesses in table.guesses.items():
            yield Row("guesses", {"name": self.people.name(ViewerId(viewer)), "guesses": len(guesses)})


if __name__ == "__main__":
    rehearsal = Rehearsal(GuessIt, settings={"tries": 7})
    ada = rehearsal.viewer("Ada")
    rehearsal.host.does(Draw())
    low, high = 1, 100
    while rehearsal.state.winner is None:
        middle = (low + high) // 2
        ada.does(Guess(middle))
        low, high = (middle + 1, high) if middle < rehearsal.state.secret else (low, middle - 1)
    print(rehearsal.public.blocks[0])
    print(rehearsal.results())
    rehearsal.check()
