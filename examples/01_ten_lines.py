"""The smallest format: everybody may clap, and all see how often. Ten lines, no JavaScript, every surface.

Try it: python examples/01_ten_lines.py
On air: ONCUE_FORMATS=applause=examples/01_ten_lines.py:Applause oncue serve, and add it to a show's rundown
"""

from oncue.formats import Action, Cue, Format, Rehearsal, Scene, State, blocks, on, scene


class Clap(Action, frozen=True):
    """Clap your hands."""


class Hall(State):
    claps: int = 0


class Applause(Format[Hall]):
    @on(Clap)
    def clap(self, hall: Hall, act: Clap, cue: Cue) -> None:
        hall.claps += 1

    def public(self, hall: Hall) -> Scene:
        return scene(
            blocks.Heading(f"{hall.claps} claps"), blocks.Button(label="Clap", send=blocks.Send("clap"))
        )


if __name__ == "__main__":
    rehearsal = Rehearsal(Applause)
    ada, bob = rehearsal.viewer("Ada"), rehearsal.viewer("Bob")
    ada.does(Clap())
    bob.does(Clap())
    print(bob.sees.blocks[0])
    rehearsal.check()
