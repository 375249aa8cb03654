"""A format for `bench/sync.py`: the host turns one page after another."""

from oncue.formats import Action, Cue, Format, Scene, State, blocks, on, scene


class Turn(Action, frozen=True):
    """The next page."""


class Page(State):
    """How many were turned."""

    number: int = 0


class Flash(Format[Page]):
    """One number after another."""

    @on(Turn, by="host")
    def turn(self, page: Page, act: Turn, cue: Cue) -> None:
        """A new scene, which belongs to this moment."""
        page.number += 1

    def public(self, page: Page) -> Scene:
        """The number."""
        return scene(blocks.Heading(f"Page {page.number}"))
