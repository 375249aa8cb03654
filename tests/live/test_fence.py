"""Two owners who both believe that a show is theirs: the log decides, and nothing that the earlier one does counts any more."""

import asyncio
import math

from hypothesis import given, settings
from hypothesis import strategies as st
from small_show import KINDS, SHOW, Arm, House, Tap, until

from oncue.engine.house import Open, Owned
from oncue.engine.live.lease import Lease
from oncue.engine.log import VERSION, Batch, Entry, Part, encode_batch, encode_entries
from oncue.engine.playout import Pace
from oncue.engine.replay import play
from oncue.engine.snapshot import load, save
from oncue.engine.structs import Action, Role, ShowId


def decided(epoch: int, number: int, action: Action) -> bytes:
    entry = Entry(0, number, int(Role.SYSTEM), 1_000_000 + number, 0, 0, 0, action)
    return encode_batch(Batch(VERSION, "owner", number, [Part("", encode_entries([entry]))], epoch))


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.lists(st.tuples(st.integers(1, 4), st.booleans()), max_size=30), st.integers(0, 30))
def test_only_the_newest_owner_that_the_log_names_decides(doings: list[tuple[int, bool]], cut: int) -> None:
    opening = decided(0, 0, Open("Show", "CODE23", "seed"))
    log, epoch, target = [(1, opening)], 0, 0
    for seq, (owner, begins) in enumerate(doings, 2):
        log.append((seq, decided(owner, seq, Owned(owner) if begins else Pace(seq * 1000, 0))))
        if owner >= epoch and begins:
            epoch = owner
        elif owner >= epoch:
            target = seq * 1000
    show = play(ShowId(SHOW), KINDS.__getitem__, log)
    assert (show.epoch, show.playout.target, show.seq) == (epoch, target, len(log))
    half = save(play(ShowId(SHOW), KINDS.__getitem__, log[: cut + 1]))
    assert save(play(ShowId(SHOW), KINDS.__getitem__, log[cut + 1 :], load(half, KINDS.__getitem__))) == save(
        show
    )


class Deaf(Lease):
    """Believes for ever that it is held: as on a machine whose clock stood still."""

    async def renew(self) -> bool:
        self._renewed = math.inf
        return True

    @property
    def held(self) -> bool:
        return bool(self.epoch)


async def test_an_owner_that_does_not_know_that_it_is_one_no_more_stops_when_the_log_says_so(
    house: House, monkeypatch
) -> None:
    monkeypatch.setattr("oncue.engine.live.runner.Lease", Deaf)
    first = await house.run("first")
    await house.open(1)
    await house.folded(await house.act(1, Tap()))
    stale = first.owner(SHOW)
    assert stale
    await (await house.bus.shelf("leases")).delete(SHOW)
    second = await house.run("second")
    await until(lambda: second.owner(SHOW) is not None and second.owner(SHOW).show.epoch > stale._epoch)
    await until(lambda: first.owner(SHOW) is not stale)
    await house.act(1, Tap())
    fresh = second.owner(SHOW)
    await until(lambda: fresh.show.segments["s1"].state.taps.get(1) == 2)
    assert stale._epoch < fresh._epoch


async def test_what_a_stale_owner_decides_stands_in_the_log_and_does_not_count(house: House) -> None:
    first = await house.run("first")
    await house.open(1)
    await house.folded(await house.act(1, Tap()))
    stale = house.owner
    await house.end(first)
    await house.run("second")
    await until(lambda: house.show() is not None and house.show().epoch > stale._epoch)
    before = house.show().playout
    seq = await stale._decide("pace", 1, Pace(3_000_000, 3_000_000))
    assert (await house.folded(seq)).playout == before
    seq = await house.owner._decide("pace", 1, Pace(3_000_000, 3_000_000))
    assert (await house.folded(seq)).playout.target == 3_000_000


async def test_a_timer_of_two_owners_rings_once(house: House) -> None:
    """Whoever is the first to write it: it has the same message id, and the fold knows it by its number."""
    first = await house.run("first")
    await house.open(1)
    await house.folded(await house.host(Arm()))
    stale = house.owner
    await house.end(first)
    await house.run("second")
    await until(lambda: house.show() is not None and house.show().epoch > stale._epoch)
    house.ahead = 1_000_000
    await asyncio.gather(stale._fire(), house.owner._fire())
    show = await house.folded(await house.act(1, Tap()))
    assert show.segments["s1"].state.rings == 1
