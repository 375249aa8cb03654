"""Formats with a fault each, which a rehearsal is to find."""

import random
from collections.abc import Iterable

from oncue.formats import Action, Cue, Format, Row, Scene, State, blocks, on, scene
from oncue.formats.trivia import Trivia


class Blabs(Trivia):
    """Puts the right answer into the scene while it is asked."""

    def public(self, board):
        drawn = super().public(board)
        if drawn.mood != "live":
            return drawn
        return Scene((*drawn.blocks, blocks.Text(f"hint: {self.settings.questions[0].right}")), drawn.mood)


class Begin(Action, frozen=True):
    """Begin."""


class End(Action, frozen=True):
    """It is over."""


class Say(Action, frozen=True):
    """Say it."""

    choice: int


class Ballot(State):
    open: bool = False
    over: bool = False
    tea: int = 0
    coffee: int = 0
    lucky: int = -1


class Counts(Format[Ballot]):
    """A vote, of which each click counts."""

    @on(Begin, by="host", when=lambda ballot: not ballot.open and not ballot.over)
    def begin(self, ballot: Ballot, act: Begin, cue: Cue) -> None:
        ballot.open = True

    @on(End, by="host", when=lambda ballot: ballot.open)
    def end(self, ballot: Ballot, act: End, cue: Cue) -> None:
        ballot.open, ballot.over = False, True

    @on(Say, when=lambda ballot: ballot.open)
    def say(self, ballot: Ballot, act: Say, cue: Cue) -> None:
        self.count(ballot, act.choice % 2, cue)

    def count(self, ballot: Ballot, choice: int, cue: Cue) -> None:
        if choice:
            ballot.coffee += 1
        else:
            ballot.tea += 1

    def public(self, ballot: Ballot) -> Scene:
        if not ballot.open:
            return scene(blocks.Heading("Tea or coffee?"), mood="final" if ballot.over else "quiet")
        options = (blocks.Option("Tea"), blocks.Option("Coffee"))
        shown = blocks.Text(f"{ballot.tea + ballot.coffee} votes, lucky number {ballot.lucky}")
        ask = blocks.Choices(id="q1", options=options, send=blocks.Send("say", "choice"))
        return scene(blocks.Heading("Tea or coffee?"), ask, shown, mood="live")

    def next(self, ballot: Ballot) -> Action | None:
        return None if ballot.over else End() if ballot.open else Begin()

    def results(self, ballot: Ballot) -> Iterable[Row]:
        for i, votes in enumerate((ballot.tea, ballot.coffee)):
            yield Row("result", {"option": i, "votes": votes})


class Draws(Counts):
    """Draws a number of its own."""

    def count(self, ballot: Ballot, choice: int, cue: Cue) -> None:
        ballot.lucky = random.randrange(1 << 30)


class Dawdles(Counts):
    """Takes its time."""

    def count(self, ballot: Ballot, choice: int, cue: Cue) -> None:
        ballot.lucky = sum(i * i for i in range(400_000)) % 97


NAMES = {"blabs": Blabs, "counts": Counts, "draws": Draws, "dawdles": Dawdles}
