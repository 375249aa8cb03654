"""An engine's process in small: uvloop, its signals, a bound of memory, and two handlers that know none. Prints what became of them."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import uvloop
from small_show import Tally, Tap, Taps

from oncue.engine.cue import Cue
from oncue.engine.format import on
from oncue.engine.house import Join, Open, Start
from oncue.engine.live.guard import bound, guard
from oncue.engine.log import VERSION, Batch, Entry, Part, encode_entries
from oncue.engine.segment import SegmentSpec
from oncue.engine.show import Show
from oncue.engine.structs import Action, Role, ShowId


class Greedy(Taps):
    """The first viewer's tap takes all memory, the second one's all time."""

    @on(Tap)
    def tap(self, tally: Tally, act: Tap, cue: Cue) -> None:
        heap = []
        while cue.by < 3:
            heap += [bytearray(512 << 20)] if cue.by == 1 else []
        super().tap(tally, act, cue)


def fold(show: Show, segment: str, viewer: int, action: Action, role: Role = Role.AUDIENCE) -> None:
    entry = Entry(viewer, show.seq + 1, int(role), 1, 0, 0, 0, action)
    with guard.watching():
        show.fold(Batch(VERSION, "node", 1, [Part(segment, encode_entries([entry]))]), show.seq + 1)


async def main(folder: str) -> None:
    bound(Path(folder), 1500)
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    show = Show(ShowId("greedy2345"), lambda _: Greedy)
    fold(show, "", 0, Open("S", "CODE23", "seed", (SegmentSpec("s1", "taps", "Taps"),)), Role.SYSTEM)
    for viewer in (1, 2, 3):
        fold(show, "", viewer, Join(f"viewer {viewer}"))
    fold(show, "", 7, Start("s1"), Role.HOST)
    for viewer in (1, 2, 3):
        fold(show, "s1", viewer, Tap())
    for struck in show.strikes.values():
        print(struck.viewer, struck.why)
    print(dict(show.segments["s1"].state.taps))
    os.kill(os.getpid(), signal.SIGTERM)
    await stop.wait()
    print("told to stop")


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1]))
