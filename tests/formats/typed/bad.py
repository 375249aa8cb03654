"""What an author must be told: each line that ends with the word is an error for mypy --strict and for pyright."""

from oncue.formats import Action, Rehearsal, blocks
from oncue.formats.trivia import Trivia


class Clap(Action, frozen=True):
    """Clap."""

    times: int = 1


r = Rehearsal(Trivia)
ada = r.viewer("Ada", delay="late")  # wrong
ada.does("clap")  # wrong
ada.does(Clap("twice"))  # wrong
ada.does(Clap)  # wrong
nothing = r.state.nothing  # wrong
r.state.phase = "later"  # wrong
rows = ada.sees.find(blocks.Choices).rows  # wrong
r.wait("a second")  # wrong
r.check(skip=3)  # wrong
Rehearsal(int)  # wrong
