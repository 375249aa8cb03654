"""What hangs in a log that is played in a thread is interrupted there, and counts as it will for the show's owner."""

import pytest
from small_show import RUNDOWN, SHOW, Tally, Tap, Taps

from oncue.engine.cue import Cue
from oncue.engine.errors import Unavailable
from oncue.engine.format import on
from oncue.engine.house import Join, Open, Start
from oncue.engine.live import threads
from oncue.engine.live.threads import in_thread
from oncue.engine.log import VERSION, Batch, Entry, Part, encode_entries
from oncue.engine.show import Show
from oncue.engine.strikes import Overrun
from oncue.engine.structs import Action, Role, ShowId


class Endless(Taps):
    """The third tap never ends."""

    @on(Tap)
    def tap(self, tally: Tally, act: Tap, cue: Cue) -> None:
        super().tap(tally, act, cue)
        while cue.by == 3:
            pass


def played() -> Show:
    show = Show(ShowId(SHOW), lambda _: Endless)

    def put(segment: str, viewer: int, role: Role, action: Action) -> None:
        entry = Entry(viewer, (viewer << 20) + show.seq + 1, int(role), 5, 0, 0, 0, action)
        show.fold(Batch(VERSION, "n", show.seq, [Part(segment, encode_entries([entry]))]), show.seq + 1)

    put("", 0, Role.SYSTEM, Open("Taps", "TAPSXY", "seed", RUNDOWN))
    put("", 9, Role.HOST, Start("s1"))
    for viewer in (2, 3, 4):
        put("", viewer, Role.AUDIENCE, Join(f"Viewer {viewer}"))
        put("s1", viewer, Role.AUDIENCE, Tap())
    return show


async def test_an_entry_that_never_ends_is_struck_and_the_others_count(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(threads, "LOOK_S", 0.02)
    monkeypatch.setattr(threads, "LONG_S", 0.1)
    show = await in_thread(played)
    assert dict(show.segments["s1"].state.taps) == {2: 1, 4: 1}
    ((segment, viewer, _),) = show.strikes
    assert (segment, viewer) == ("s1", 3)
    assert [no.code for no in show.refused] == ["format/slow"]


async def test_what_nobody_can_strike_is_told_as_an_error() -> None:
    def late() -> None:
        raise Overrun("late")

    with pytest.raises(Unavailable) as no:
        await in_thread(late)
    assert no.value.code == "log/busy"
    assert await in_thread(lambda: 7) == 7
