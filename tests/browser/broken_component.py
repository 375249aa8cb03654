"""A format whose components fail in each way in which they can, beside a button that works."""

from oncue.formats import Action, Cue, Format, Scene, State, blocks, on, scene


class Press(Action, frozen=True):
    """Press."""


class Count(State):
    presses: int = 0


class Broken(Format[Count]):
    title = "Broken"
    web = "broken_component.js"

    @on(Press)
    def press(self, count: Count, act: Press, cue: Cue) -> None:
        count.presses += 1

    def public(self, count: Count) -> Scene:
        names = ("Made", "Placed", "Drawn", "NotThere", "NoElement", "Turns")
        parts = [
            blocks.Custom(id=name, element=name, alt=f"{name} in words", props={"n": count.presses})
            for name in names
        ]
        button = blocks.Button(label="Press", send=blocks.Send("press"))
        return scene(blocks.Heading(f"{count.presses} presses"), *parts, button)
