"""Every evening in this folder plays as it played when it was aired."""

import msgspec
import pytest
from replays.record import EVENINGS, HERE, outcome, replayed

NAMES = sorted(file.stem for file in HERE.glob("*.log"))


def test_every_evening_that_was_written_down_is_here():
    assert set(NAMES) >= set(EVENINGS)


@pytest.mark.parametrize("snapshots", [False, True], ids=["in one go", "by a new owner after each message"])
@pytest.mark.parametrize("name", NAMES)
def test_an_evening_plays_as_it_played(name, snapshots):
    known = msgspec.json.decode((HERE / f"{name}.json").read_bytes())
    again = outcome(replayed(name, snapshots=snapshots))
    assert msgspec.json.decode(msgspec.json.encode(again)) == known
