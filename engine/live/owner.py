"""The owner of one show: folds its log, fires its timers, publishes what it looks like."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import structlog
from nats.aio.subscription import Subscription

from oncue.engine import versions
from oncue.engine.ahead import Ahead, keys_in
from oncue.engine.errors import Conflict, OncueError
from oncue.engine.events import Event
from oncue.engine.house import JudgedAgain, Owned
from oncue.engine.live.bus import Bus, Gone, subject
from oncue.engine.live.care import PATIENCE, SLICE_S, Care
from oncue.engine.live.guard import guard
from oncue.engine.live.lease import RENEW_S, Lease
from oncue.engine.live.messages import News, encode
from oncue.engine.live.outbox import Outbox
from oncue.engine.live.pacemaker import Pacemaker
from oncue.engine.live.pen import Pen
from oncue.engine.live.reader import Reader, read_log
from oncue.engine.live.records import Records
from oncue.engine.live.recount import Recount
from oncue.engine.live.screens import Screens
from oncue.engine.live.snapshots import Snapshots
from oncue.engine.live.tasks import end
from oncue.engine.live.upgrades import Upgrades
from oncue.engine.log import Entry
from oncue.engine.show import Formats, Show
from oncue.engine.snapshot import load
from oncue.engine.structs import ShowId

log = structlog.get_logger()

FOLD = 64
"""Messages folded before the loop is given to others."""
REFUSALS = 5000
"""How many of the latest refusals a new owner tells again."""


class Owner:
    """Runs one show for as long as the lease is held."""

    def __init__(
        self,
        bus: Bus,
        lease: Lease,
        show: ShowId,
        *,
        formats: Formats,
        now: Callable[[], int],
        records: Records,
    ) -> None:
        self._bus = bus
        self._lease = lease
        self._formats = formats
        self._now = now
        self._records = records
        self.show = Show(show, formats)
        self._reader = Reader(bus, show)
        self._pen = Pen(bus, show, now)
        self._acts: list[tuple[int, list[Entry[Any]]]] = []
        self._snapshots = Snapshots(bus)
        self._stopping = False
        self._recount: Recount | None = None
        self._anew = 0
        self._pacemaker = Pacemaker(now)
        self._outbox = Outbox(bus, show)
        self._told: list[tuple[int, list[Event]]] = []
        self._care = Care(show)
        self.upgrades = Upgrades()
        self._screens = Screens(bus, lease, self._care, self._pacemaker, now)

    def stop(self) -> None:
        """Hand the show over in good order: `run` returns soon."""
        self._stopping = True
        self._reader.poke()

    async def run(self) -> None:
        """Until the lease is lost, `stop` is called or the show is closed."""
        await self._restore()
        untold, self.show.untold = self.show.untold, []
        self._outbox.start(untold)
        renewing = asyncio.create_task(self._renew())
        hearing: list[Subscription] = []
        try:
            hearing += [await self._bus.subscribe(subject(self.show.id, "needs"), self._pacemaker.hear)]
            await self._catch_up()
            answer = subject(self.show.id, "ask")
            hearing += [await self._bus.answer(answer, lambda asked: self._screens.answer(self.show, asked))]
            while (
                await self._keeps()
                and not self._stopping
                and (self.show.phase != "closed" or self.show.recount or self._anew)
            ):
                await self._turn()
            if self._owns:
                await self._snapshot()
                await self._snapshots.written()
            self._care.crumbs.drop()
            while self._owns and self.show.phase == "closed" and not await self._outbox.empty(RENEW_S):
                continue
            if self.show.phase == "closed":
                await self._records.closed(self.show)
        finally:
            await end(renewing)
            for subscription in hearing:
                with contextlib.suppress(*Gone):
                    await subscription.unsubscribe()
            await self._reader.stop()
            await self._outbox.stop()
            await self._snapshots.stop()
            if self._recount:
                await self._recount.stop()
            if self._lease.held:
                await self._lease.give_up()

    @property
    def over(self) -> bool:
        """Whether nobody need own the show any more: it is closed, and all of it was told."""
        return self.show.phase == "closed" and not self._outbox.untold

    @property
    def _owns(self) -> bool:
        """Whether the show can still be ours: by the lease, which a clock of ours may think held, and by the log, which decides."""
        return self._lease.held and self.show.epoch <= self._pen.epoch

    async def _keeps(self) -> bool:
        """Whether it is still ours."""
        return await self._lease.kept() and self._owns

    async def _goes_on(self) -> bool:
        """Whether to go on catching up. Once not, this owner ends: it has not seen all that it would have to know."""
        self._stopping = self._stopping or not await self._lease.kept()
        return not self._stopping

    async def _restore(self) -> None:
        data = await self._bus.kept(self.show.id)
        if data:
            try:
                self.show = load(data, self._formats)
                self.upgrades.restored(self.show)
                self._snapshots.kept = self.show.seq
            except Conflict as error:
                log.warning("the log is played from its start", show=self.show.id, why=error.message)
        self._reader = Reader(self._bus, self.show.id, self.show.seq)

    async def _catch_up(self) -> None:
        end = await self._bus.last(subject(self.show.id, "log"))
        await self._look_ahead()
        await self._reader.start()
        self._care.known(self.show)
        while self.show.seq < end and await self._goes_on():
            await self._reader.wait(1.0)
            self._fold()
            await self._judged()
            await self._snapshot_if_due()  # who takes over from this owner goes on from here
            await asyncio.sleep(0)
        self._care.patience = 1.0
        if await self._goes_on():
            await self._resume()

    async def _look_ahead(self) -> None:
        """Learn of strikes before the entries are played. One of an entry that a snapshot has otherwise makes that worthless."""
        ahead = Ahead(self.show)
        async for _, data in self._log_ahead():
            ahead.look(data)
        late = ahead.strikes.keys() - self.show.strikes.keys()
        if late:
            async for _, data in self._log_ahead():
                late -= keys_in(data)
        if late and self.show.seq:
            log.warning(
                "the log is played from its start: a strike is older than the snapshot", show=self.show.id
            )
            self.show = Show(self.show.id, self._formats)
            self._reader = Reader(self._bus, self.show.id)
            await self._look_ahead()
            return
        self.show.strikes.update(ahead.strikes)
        self.show.turns.known = ahead.turns

    async def _log_ahead(self) -> AsyncIterator[tuple[int, bytes]]:
        async with contextlib.aclosing(read_log(self._bus, self.show.id, self.show.seq)) as messages:
            async for message in messages:
                if not await self._goes_on():
                    return
                yield message

    async def _resume(self) -> None:
        """What the owner before may have left undone; all of it may be said twice. From here on nothing counts that it decides."""
        show = self.show
        # Higher than any in a log that came from elsewhere.
        self._pen.epoch = epoch = max(self._lease.epoch, show.epoch + 1)
        await self._pen.decide("owner", Owned(epoch), number=epoch, at=show.now)  # nothing has happened
        await self._strike()
        await self._upgrade()
        del show.refused[:-REFUSALS]
        show.ended = [name for name, segment in show.segments.items() if segment.phase == "done"]
        await self._tell()
        self._screens.changed(urgent=True)

    async def _turn(self) -> None:
        # Nothing below need wait while much has come, and the lease is to be renewed meanwhile: so it is amid the turn.
        await asyncio.sleep(0)
        await self._reader.wait(self._pause())
        await self._outbox.room()
        folded = self._fold()
        await self._strike()
        await self._upgrade()
        await self._screens.order(self.show)
        if folded:
            await self._tell()
        if self.show.recount:
            await self._judge_again()
        await self._pen.ring(self.show.timers)
        await self._pace()
        await asyncio.sleep(0)
        await self._screens.publish(self.show, behind=self._reader.behind)
        await self._snapshot_if_due()

    def _pause(self) -> float:
        pause = min(RENEW_S, self._screens.pause)
        if self._recount:
            pause = min(pause, 0.01 if self._recount.waits else 0.0)
        due = self._pen.rings(self.show.timers)
        if due is not None:
            pause = min(pause, (due - self._now()) / 1e6)
        return max(pause, 0.0)

    def _fold(self) -> bool:
        """Fold what has come; whether there was anything."""
        begun = self.show.seq
        with self._care.folding(), self._snapshots.folding():
            self._fold_for(SLICE_S)
        told, self._told = self._told, []
        for seq, events in told:
            self._outbox.add(self.show, seq, events, self._care.rows)
        if 0 < self._anew <= self.show.seq:
            self._anew = 0
            self._screens.owe_all(self.show)
        return self.show.seq > begun

    def _fold_for(self, seconds: float) -> None:
        show, until = self.show, time.monotonic() + seconds
        for seq, data in self._reader.each(FOLD):
            counted, directed = show.counted, show.directed + show.stage.turns
            try:
                self._care.fold(show, seq, data)
            except OncueError as error:
                show.seq = seq
                log.error("a log message is skipped", show=show.id, seq=seq, why=error.message)
                continue
            if show.counted != counted:
                self._screens.changed()
            if show.directed + show.stage.turns != directed:
                self._screens.urgent = True
            if show.told:
                self._told.append((seq, show.told))
            if show.acts:
                self._acts.append((seq, show.acts))
                show.acts = []
            if time.monotonic() > until:
                break

    async def _strike(self) -> None:
        """Write down what never came to an end, and what has grown too large, before anybody hears what came of it."""
        show, recount = self.show, self._recount
        found, show.struck = show.struck, []
        for struck in found:
            log.warning(
                "an entry is struck", show=show.id, segment=struck.segment, why=struck.why, where=struck.where
            )
            if recount:
                recount.show.strikes[struck.key] = struck
        for action in (*found, *self._care.heavy(show)):
            await self._pen.decide("care", action)

    async def _upgrade(self) -> None:
        """Write down which segments go on in other versions. Those that have done so look different to all, and are kept at once: it may be
        that nobody can play what was before."""
        show = self.show
        for act in self.upgrades.due(show):
            self.upgrades.wrote(await self._pen.decide("upgrade", act))
        if self.upgrades.heard(show):
            self._screens.changed(urgent=True)
        if self.upgrades.again:
            log.info("a format is here again: the show is read anew", show=show.id)
            self.stop()
        if show.turns.done:
            show.turns.done.clear()
            self._screens.owe_all(show)
            self._screens.changed(urgent=True)
            await self._snapshot()
            await self._snapshots.written()

    async def _tell(self) -> None:
        show, publish = self.show, self._bus.publish
        refused, show.refused = show.refused, []
        self._screens.refused(refused)
        lag = max(self._now() - show.now, 0) if self._reader.behind else 0
        await publish(subject(show.id, "news"), encode(News(self._lease.epoch, show.seq, refused, lag)))
        if show.put_off:
            out, show.put_off = show.put_off, []
            await publish(subject(show.id, "out"), encode(out))
        joined, show.joined = show.joined, []
        await self._screens.introduce(show, joined)
        acts, self._acts = self._acts, []
        for seq, done in acts:
            await self._records.acted(show, seq, done)
        await self._judged()
        ended, show.ended = show.ended, []
        for name in ended:
            await self._records.ended(show, name, self._care.rows(show, show.segments[name]))
        if ended:
            await self._snapshot()

    async def _judged(self) -> None:
        """Have it written down how fair rounds were; those that are being judged again are not worth it."""
        show, recount = self.show, self._recount
        judged, show.judged = show.judged, []
        for segment, record in judged:
            if recount is None or not recount.judges(segment):
                await self._records.judged(show, segment, record)

    async def _judge_again(self) -> None:
        """Amendments were accepted: another show that knows them plays the log from its start, while this one goes on, and takes its place
        when it has caught up."""
        try:
            recount = await self._recounting()
        except Gone as error:
            log.debug("the log cannot be read now", show=self.show.id, why=str(error))
            return
        with guard.watching(PATIENCE):
            reached = recount.play(self.show.seq)
        for struck in recount.show.struck:
            self.show.strikes.setdefault(struck.key, struck)
        self.show.struck += recount.show.struck
        recount.show.struck = []
        judged, recount.judged = recount.judged, []
        for segment, record in judged:
            await self._records.judged(self.show, segment, record)
        if reached and versions.worse(recount.show, self.show):
            await self._leave_it(recount)
        elif reached:
            await self._take_over(recount)

    async def _recounting(self) -> Recount:
        """The recount that knows all amendments."""
        old = self._recount
        if old and old.knows(self.show):
            return old
        self._recount = None
        if old:
            await old.stop()
        new = Recount(self._bus, self.show)
        await new.start()
        self._recount = new
        return new

    async def _take_over(self, recount: Recount) -> None:
        """Everything is sent anew once the log has gone on: what has the same sequence counts as the same."""
        show, self.show, self._recount = self.show, recount.show, None
        self.show.struck = show.struck  # what was found just now is still to be written
        self._screens.renew()
        self.show.caught_up()
        await recount.stop()
        log.info("judged again", show=show.id, seq=show.seq, amendments=len(show.amendments))
        told = JudgedAgain(len(show.known), len(self.show.known))
        self._anew = await self._pen.decide("judged", told, number=show.seq)
        ended = [name for name, segment in self.show.segments.items() if segment.phase == "done"]
        self.show.ended = [name for name in ended if recount.judges(name)]
        await self._tell()
        await self._snapshot()

    async def _leave_it(self, recount: Recount) -> None:
        """The log cannot be played from its start any more: all stays as it was judged."""
        show, self._recount = self.show, None
        await recount.stop()
        versions.settle_for(show, recount.show)
        log.error(
            "cannot be judged again",
            show=show.id,
            missing=[s.spec.id for s in versions.missing(recount.show)],
        )
        self._screens.changed(urgent=True)

    async def _pace(self) -> None:
        """Agree on another delay of all pictures, when it is time for it."""
        pace = self._pacemaker.decide(self.show)
        if pace is not None:
            self._pacemaker.wrote(await self._pen.decide("pace", pace, number=self.show.seq))

    async def _renew(self) -> None:
        while self._lease.epoch:
            await asyncio.sleep(RENEW_S)
            if not await self._lease.renew():
                self._reader.poke()

    async def _snapshot(self) -> None:
        if self.show.struck:
            return  # who goes on from a snapshot takes it that the log has all of its strikes
        await self._snapshots.make(self.show, self._outbox.untold)

    async def _snapshot_if_due(self) -> None:
        if self._snapshots.due(self.show.seq):
            await self._snapshot()
