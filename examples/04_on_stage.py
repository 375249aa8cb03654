"""The stage: who was the first to know comes on air, to say how.

`cue.stage.invite` asks somebody to come; they still have to accept, and their devices are checked. `Staged` says how it went, so that
the next one is asked when somebody does not come.

Try it: python examples/04_on_stage.py
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
    Staged,
    State,
    ViewerId,
    blocks,
    on,
    scene,
    seconds,
)


class Ask(Action, frozen=True):
    """Ask the question."""


class Say(Action, frozen=True):
    """Answer it."""

    text: str


class Close(Action, frozen=True):
    """Every picture has passed the time."""


class Thanks(Action, frozen=True):
    """Thank who is on stage, and go on without them."""


class Board(State):
    right: Ledger[Micros]
    line: list[ViewerId] = []
    asked: bool = False
    on_air: bool = False


class Fastest(Format[Board]):
    """Who was first comes on stage."""

    @on(Ask, by="host", when=lambda board: not board.asked)
    def ask(self, board: Board, act: Ask, cue: Cue) -> None:
        board.asked = True
        cue.open(seconds(5), "Capital of France?")
        cue.after(seconds(5), Close())

    @on(Say)
    def say(self, board: Board, act: Say, cue: Cue) -> None:
        age = cue.age()
        if act.text.strip().lower() != "paris":
            raise Reject("no", code="say/wrong")
        board.right.setdefault(cue.by, age)

    @on(Close, by="clock")
    def close(self, board: Board, act: Close, cue: Cue) -> None:
        cue.settle(board.right)
        board.line = [ViewerId(viewer) for viewer in sorted(board.right, key=lambda one: board.right[one])]
        self.call(board, cue)

    @on(Staged, by="system")
    def staged(self, board: Board, act: Staged, cue: Cue) -> None:
        if board.line and act.viewer == board.line[0]:
            board.on_air = act.state == "live"
            if not act.state:  # declined, did not answer, or left
                del board.line[0]
                self.call(board, cue)

    @on(Thanks, by="host", when=lambda board: board.on_air)
    def thanks(self, board: Board, act: Thanks, cue: Cue) -> None:
        cue.stage.off(board.line[0])
        board.on_air, board.line = False, []

    def call(self, board: Board, cue: Cue) -> None:
        """On air as soon as they have accepted and are ready."""
        if board.line:
            cue.stage.invite(board.line[0], "How did you know?", live=True)

    def public(self, board: Board) -> Scene:
        if board.on_air:
            return scene(blocks.Heading(f"{self.people.name(board.line[0])} knew it"), mood="final")
        if not board.asked:
            return scene(blocks.Heading("A question comes"))
        form = blocks.Form(fields=(blocks.Field("text", "Your answer"),), send=blocks.Send("say"))
        return scene(blocks.Heading("Capital of France?"), form, mood="live")

    def next(self, board: Board) -> Action | None:
        return Thanks() if board.on_air else None if board.asked else Ask()


if __name__ == "__main__":
    rehearsal = Rehearsal(Fastest)
    near, far = rehearsal.viewer("Near"), rehearsal.viewer("Far", delay=seconds(1))
    rehearsal.host.does(Ask())
    rehearsal.wait(seconds(0.8))
    near.does(Say("Paris"))
    rehearsal.wait(seconds(0.5))
    far.does(Say("paris"))
    rehearsal.wait(seconds(10))
    print(far.stage.state, far.stage.topic)
    rehearsal.wait(seconds(60))
    print(far.stage.why)
    near.accepts()
    print(rehearsal.public.blocks[0], [seat.name for seat in rehearsal.stage.seats])
    rehearsal.host.does(Thanks())
    print([seat.name for seat in rehearsal.stage.seats], near.stage.thanks > 0)
    rehearsal.check()
