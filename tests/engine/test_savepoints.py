"""How much is done again for actions that are refused."""

import msgspec
import pytest

from oncue.engine.format import Format, on
from oncue.engine.house import Join, Open, Start
from oncue.engine.log import NONCE, VERSION, Batch, Entry, Part, encode_entries
from oncue.engine.segment import SegmentSpec
from oncue.engine.show import Show
from oncue.engine.structs import Role, ShowId
from oncue.formats import Action, Cue, Ledger, Reject, Scene, State, scene

BEGIN = 1_750_000_000_000_000
MANY = 4000


class Tap(Action, frozen=True):
    """Count one for me."""

    good: bool = True


class Taps(State):
    """How many."""

    all: int = 0
    of: Ledger[int] = msgspec.field(default_factory=Ledger)


class Counted(Format[Taps]):
    """Counts taps, and how often a handler was called."""

    calls = 0

    @on(Tap)
    def tap(self, state: Taps, act: Tap, cue: Cue) -> None:
        """One more."""
        type(self).calls += 1
        state.all += 1
        state.of[cue.by] = state.of.get(cue.by, 0) + 1
        if not act.good:
            raise Reject("that is no good")

    def public(self, state: Taps) -> Scene:
        """Nothing."""
        return scene()


def played(bad: int) -> Show:
    """A show with many taps in one message, of which one in so many is refused."""
    show = Show(ShowId("savepoints"), lambda _: Counted)
    entries = [
        (
            "",
            [Entry(0, 1, int(Role.SYSTEM), BEGIN, 0, 0, 0, Open("", "", "", (SegmentSpec("s1", "c", ""),)))],
        ),
        ("", [Entry(1, NONCE + 1, int(Role.HOST), BEGIN, 0, 0, 0, Start("s1"))]),
        ("", [Entry(2, NONCE + 1, int(Role.AUDIENCE), BEGIN, 0, 0, 0, Join("Ada"))]),
        (
            "s1",
            [
                Entry(2, NONCE + 2 + i, int(Role.AUDIENCE), BEGIN, 0, 0, 0, Tap(i % bad > 0))
                for i in range(1, MANY)
            ],
        ),
    ]
    Counted.calls = 0
    for seq, (segment, some) in enumerate(entries, 1):
        show.fold(Batch(VERSION, "test", seq, [Part(segment, encode_entries(some))]), seq)
    return show


@pytest.mark.parametrize(("bad", "most"), [(2, 1.6), (50, 1.6), (200, 1.4), (1000, 1.3)])
def test_what_is_refused_has_little_of_the_rest_done_again(bad, most):
    show = played(bad)
    assert show.segments["s1"].state.all == len(show.segments["s1"].state.of) * (MANY - 1 - (MANY - 1) // bad)
    assert len(show.refused) == (MANY - 1) // bad
    assert Counted.calls < MANY * most
