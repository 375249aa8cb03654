"""A process that plays a log as an owner does, with an entry that hangs inside of a call of C: `python hanging.py FOLDER LOG`. Prints what
became of it."""

import sys
from pathlib import Path

import msgspec
from small_show import Tally, Tap, Taps

from oncue.engine.cue import Cue
from oncue.engine.format import on
from oncue.engine.live.care import Care
from oncue.engine.live.guard import guard
from oncue.engine.show import Show
from oncue.engine.structs import ShowId


class Hanging(Taps):
    """The third tap never ends, and nobody can interrupt it."""

    @on(Tap)
    def tap(self, tally: Tally, act: Tap, cue: Cue) -> None:
        super().tap(tally, act, cue)
        if cue.by == 3:
            10**10**9


def play(folder: str, log: str) -> None:
    guard.folder = Path(folder)
    show = Show(ShowId("hanging234"), lambda _: Hanging)
    care = Care(show.id)
    care.known(show)
    messages = msgspec.msgpack.decode(Path(log).read_bytes(), type=list[tuple[int, bytes]])
    for seq, data in messages:
        with care.folding():
            care.fold(show, seq, data)
    taps = dict(show.segments["s1"].state.taps)
    print(msgspec.json.encode([taps, [list(key) for key in show.strikes]]).decode())
    care.crumbs.drop()


if __name__ == "__main__":
    play(*sys.argv[1:])
