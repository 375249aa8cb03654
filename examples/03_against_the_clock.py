"""Time: who presses first when the light turns green, judged on each one's own picture.

`cue.position` is the show time of the picture that the viewer saw when they pressed, so that somebody 1.5 seconds behind has the same
chance. `cue.after` comes back by the clock once the last viewer's picture has passed the moment.

Try it: python examples/03_against_the_clock.py
"""

from oncue.formats import (
    Action,
    Cue,
    Format,
    Ledger,
    Micros,
    Rehearsal,
    Reject,
    Scene,
    State,
    ViewerId,
    blocks,
    on,
    scene,
    seconds,
)


class Ready(Action, frozen=True):
    """The light turns green in a moment."""


class Green(Action, frozen=True):
    """The light is green."""


class Over(Action, frozen=True):
    """Everybody's picture has passed the time."""


class Press(Action, frozen=True):
    """Press as soon as it is green."""


class Lights(State):
    pressed: Ledger[Micros]
    light: str = "off"
    since: Micros = 0


class GreenLight(Format[Lights]):
    """How fast are you?"""

    @on(Ready, by="host", when=lambda lights: lights.light in ("off", "over"))
    def ready(self, lights: Lights, act: Ready, cue: Cue) -> None:
        lights.light = "red"
        lights.pressed.clear()
        cue.after(seconds(2 + 3 * cue.random.random()), Green(), lanes=False)

    @on(Green, by="clock")
    def green(self, lights: Lights, act: Green, cue: Cue) -> None:
        lights.light, lights.since = "green", cue.now
        cue.after(seconds(3), Over())

    @on(Press)
    def press(self, lights: Lights, act: Press, cue: Cue) -> None:
        took = cue.position - lights.since
        if lights.light != "green" or took < seconds(0.1):
            raise Reject("it was not green yet", code="green/early")
        if cue.by in lights.pressed:
            raise Reject("once is enough", code="green/again")
        lights.pressed[cue.by] = took

    @on(Over, by="clock")
    def over(self, lights: Lights, act: Over, cue: Cue) -> None:
        lights.light = "over"

    def public(self, lights: Lights) -> Scene:
        if lights.light == "over":
            fastest = sorted(lights.pressed.items(), key=lambda item: item[1])[:3]
            rows = [
                blocks.Standing(place, "", score=round(took / 1000), viewer=viewer)
                for place, (viewer, took) in enumerate(fastest, 1)
            ]
            board = blocks.Leaderboard(rows=tuple(rows), players=len(lights.pressed), podium=True)
            return scene(blocks.Heading("The fastest, in ms"), board, mood="final")
        press = blocks.Button(label="Press", send=blocks.Send("press"), primary=True)
        return scene(blocks.Heading(f"The light is {lights.light}"), press, mood="live")

    def private(self, lights: Lights, viewer: ViewerId) -> Scene | None:
        took = lights.pressed.get(viewer)
        return scene(blocks.Text(f"You took {took / 1e6:.2f} s")) if took else None

    def next(self, lights: Lights) -> Action | None:
        return Ready() if lights.light in ("off", "over") else None


if __name__ == "__main__":
    rehearsal = Rehearsal(GreenLight)
    near, far = rehearsal.viewer("Near"), rehearsal.viewer("Far", delay=seconds(1.5))
    rehearsal.host.does(Ready())
    while rehearsal.state.light == "red":
        rehearsal.wait(seconds(0.01))
    green = rehearsal.state.since
    rehearsal.wait(green + seconds(0.5) - rehearsal.now)
    near.does(Press())
    rehearsal.wait(seconds(1.4))
    far.does(Press())
    rehearsal.wait(seconds(5))
    board = rehearsal.public.blocks[1]
    assert isinstance(board, blocks.Leaderboard)
    print([(row.name, row.score) for row in board.rows])
    rehearsal.check()
