"""Two owners who both believe that a show is theirs: the log decides, and nothing that the earlier one does counts any more."""

import asyncio
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_show import KINDS, SHOW, Arm, House, Tap, until

from oncue.engine.house import Open, Owned
from oncue.engine.live import subject
from oncue.engine.live.lease import Lease
from oncue.engine.live.owner import Owner
from oncue.engine.log import VERSION, Batch, Entry, Part, encode_batch, encode_entries
from oncue.engine.playout import Pace
from oncue.engine.replay import play
from oncue.engine.snapshot import load, save
from oncue.engine.strikes import Struck
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
    await until(lambda: second.owner(SHOW) is not None and second.owner(SHOW).show.epoch > stale._pen.epoch)
    await until(lambda: first.owner(SHOW) is not stale)
    await house.act(1, Tap())
    fresh = second.owner(SHOW)
    await until(lambda: fresh.show.segments["s1"].state.taps.get(1) == 2)
    assert stale._pen.epoch < fresh._pen.epoch


async def test_what_a_stale_owner_decides_stands_in_the_log_and_does_not_count(house: House) -> None:
    first = await house.run("first")
    await house.open(1)
    await house.folded(await house.act(1, Tap()))
    stale = house.owner
    await house.end(first)
    await house.run("second")
    await until(lambda: house.show() is not None and house.show().epoch > stale._pen.epoch)
    before = house.show().playout
    seq = await stale._pen.decide("pace", Pace(3_000_000, 3_000_000), number=1)
    assert (await house.folded(seq)).playout == before
    seq = await house.owner._pen.decide("pace", Pace(3_000_000, 3_000_000), number=1)
    assert (await house.folded(seq)).playout.target == 3_000_000


async def test_a_timer_of_two_owners_rings_once(house: House) -> None:
    """Whoever is the first to write it: it has the same message id, and the fold knows it by its number."""
    first = await house.run("first")
    await house.open(1)
    await house.folded(await house.host(Arm()))
    stale = house.owner
    await house.end(first)
    await house.run("second")
    await until(lambda: house.show() is not None and house.show().epoch > stale._pen.epoch)
    house.ahead = 1_000_000
    await asyncio.gather(*(one._pen.ring(one.show.timers) for one in (stale, house.owner)))
    show = await house.folded(await house.act(1, Tap()))
    assert show.segments["s1"].state.rings == 1


async def an_owner(house: House) -> tuple[Owner, Lease]:
    """One of the show that nobody has begun to run."""
    lease = Lease(house.bus, SHOW, "second")
    assert await lease.take()
    now, records = house.now, house.kept
    return Owner(house.bus, lease, ShowId(SHOW), formats=KINDS.__getitem__, now=now, records=records), lease


async def owned_before(house: House) -> int:
    """A show that had an owner, and then went on without one; the end of its log."""
    first = await house.run("first")
    await house.open(1)
    await house.folded(await house.act(1, Tap()))
    await house.end(first)
    return await house.act(1, Tap())


async def test_an_owner_begins_when_it_has_caught_up_with_the_owners_before_it(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("oncue.engine.live.owner.FOLD", 1)
    begun: list[int] = []
    resume = Owner._resume

    async def resumed(owner: Owner) -> None:
        begun.append(owner.show.seq)
        await resume(owner)

    end = await owned_before(house)
    monkeypatch.setattr(Owner, "_resume", resumed)
    await house.run("second")
    await until(lambda: bool(begun))
    assert begun == [end]


async def test_an_owner_that_loses_its_lease_before_it_has_begun_writes_nothing(house: House) -> None:
    end = await owned_before(house)
    owner, lease = await an_owner(house)
    await (await house.bus.shelf("leases")).delete(SHOW)
    assert await Lease(house.bus, SHOW, "third").take()
    lease._renewed = -math.inf
    await owner.run()
    assert await house.bus.last(subject(SHOW, "log")) == end


async def test_an_owner_had_no_time_to_renew_its_lease_and_has_seen_all_that_is_ahead_nevertheless(
    house: House,
) -> None:
    await owned_before(house)
    one = house.entry(1, Tap())
    struck = Struck(1, one.number, "s1", "it took too long")
    await house.intake.record(SHOW, "s1", one)
    await house.bus.append(subject(SHOW, "log"), decided(0, 1, struck), "struck-1")
    owner, lease = await an_owner(house)
    lease._renewed = -math.inf
    running = asyncio.create_task(owner.run())
    await until(lambda: owner._pen.epoch > 0)
    assert owner.show.segments["s1"].state.taps[1] == 2
    owner.stop()
    await running


async def test_a_strike_of_what_is_not_in_the_log_does_not_keep_an_owner_from_beginning(house: House) -> None:
    await owned_before(house)
    await house.bus.append(
        subject(SHOW, "log"), decided(0, 1, Struck(1, 99, "s1", "no such entry")), "struck-1"
    )
    await house.run("second")
    await house.folded(await house.act(1, Tap()))
