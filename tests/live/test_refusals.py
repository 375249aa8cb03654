"""What was refused in the last minute is told again to who comes back."""

from oncue.engine.live.refusals import MOST, Refusals
from oncue.engine.outcome import Refusal
from oncue.engine.structs import seconds

ANN, BEN = 11, 12


def no(viewer: int, number: int = 1) -> Refusal:
    return Refusal(viewer, number, "taps/quiet", "nobody may")


def test_everybody_hears_their_own() -> None:
    kept = Refusals()
    kept.add([no(ANN), no(BEN), no(ANN, 2)], seconds(1))
    assert kept.of([ANN], seconds(2)) == [no(ANN), no(ANN, 2)]
    assert kept.of([ANN, BEN, 99], seconds(2)) == [no(ANN), no(BEN), no(ANN, 2)]
    assert kept.of([], seconds(2)) == []


def test_after_a_minute_nobody_wants_to_know() -> None:
    kept = Refusals()
    kept.add([no(ANN)], seconds(1))
    kept.add([no(ANN, 2)], seconds(50))
    assert kept.of([ANN], seconds(70)) == [no(ANN, 2)]


def test_there_is_an_end_to_what_is_kept() -> None:
    kept = Refusals()
    kept.add([no(ANN, number) for number in range(MOST + 5)], seconds(1))
    assert len(kept.of([ANN], seconds(1))) == MOST
