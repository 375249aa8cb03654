"""What people see of a show: published when it has changed, and told to those who ask."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator

import msgspec

from oncue.engine import stage_views
from oncue.engine.format import Format
from oncue.engine.live.bus import Bus, subject
from oncue.engine.live.care import Care, Pace
from oncue.engine.live.guard import guard
from oncue.engine.live.lease import Lease
from oncue.engine.live.messages import Answer, encode, read_ask
from oncue.engine.live.pacemaker import Pacemaker
from oncue.engine.live.recent import Recent
from oncue.engine.live.refusals import Refusals
from oncue.engine.outcome import Refusal
from oncue.engine.people import Person
from oncue.engine.show import Show
from oncue.engine.structs import Micros, ViewerId
from oncue.engine.wire import MyStage, Named

SCENE_S = 0.1
"""The least time between two scenes that viewers' actions bring about; what a host or the clock does is shown at once."""
PRIVATE = 2000
"""Private scenes sent in one go."""
TOGETHER = 500
"""Private messages in one message to the nodes."""
IDLE_S = 60.0

to_json = msgspec.json.Encoder().encode


def _audience(show: Show) -> Iterator[ViewerId]:
    return (person.id for person in show.crowd.by_id.values() if not person.staff)


class Screens:
    """One for each owner. The show is given each time, because one that is judged again takes its place. `urgent`: what has changed is to
    be seen at once."""

    def __init__(
        self, bus: Bus, lease: Lease, care: Care, pacemaker: Pacemaker, now: Callable[[], Micros]
    ) -> None:
        self._bus = bus
        self._lease = lease
        self._care = care
        self._pacemaker = pacemaker
        self._now = now
        self._dirty = False
        self.urgent = False
        # Ordered, because to take the first out of a plain dict costs as much as all that were taken out before it.
        self._owed: OrderedDict[ViewerId, None] = OrderedDict()
        self._greeted: OrderedDict[ViewerId, None] = OrderedDict()
        self._live = ""
        self._turns = -1
        self._moves = (-1, -1)
        self._ways: dict[int, MyStage] = {}
        self._refusals = Refusals()
        self._recent = Recent()
        self._scenes = Pace(SCENE_S)
        self._owing = Pace(0.0)

    def changed(self, *, urgent: bool = False) -> None:
        """There is something to be seen."""
        self._dirty = True
        self.urgent = self.urgent or urgent

    def renew(self) -> None:
        """Another show is seen from now on: what was told of the stage is told anew."""
        self._turns, self._moves = -1, (-1, -1)

    def refused(self, refusals: list[Refusal]) -> None:
        """Remember them for those who are away."""
        self._refusals.add(refusals, self._now())

    @property
    def pause(self) -> float:
        """Seconds until there is something to publish, as far as is known now."""
        pause = IDLE_S
        if self._dirty:
            pause = 0.0 if self.urgent else self._scenes.wait()
        if self._owed or self._greeted:
            pause = min(pause, max(0.01, self._owing.wait()))
        return pause

    def owe_all(self, show: Show) -> None:
        """Everybody is to get their private scene."""
        self._owed.update(dict.fromkeys(_audience(show)))

    async def introduce(self, show: Show, joined: Iterable[Person]) -> None:
        """Those who have joined, or have another name, hear it, and get what is for them."""
        people = list(joined)
        self._owed.update(dict.fromkeys(person.id for person in people))
        await self._send(show, [(person.id, to_json(Named(person.name))) for person in people])

    async def order(self, show: Show) -> None:
        """What happens on stage goes to the relay and to those whom it is about before all else: they are to be seen soon."""
        if self._turns != show.stage.turns:
            self._turns = show.stage.turns
            orders = stage_views.orders(show, self._lease.epoch)
            await self._bus.publish(subject(show.id, "stage"), encode(orders))
            self._owe_ways(show)
            await self._privates(show)

    def _owe_ways(self, show: Show) -> None:
        """Those whose own way to the stage has changed are to hear of it."""
        stage = show.stage
        if self._moves == (stage.turns, stage.shifts):
            return
        self._moves = stage.turns, stage.shifts
        before, self._ways = self._ways, stage_views.ways(show)
        people = show.crowd.by_id
        changed = [v for v in before.keys() | self._ways.keys() if before.get(v) != self._ways.get(v)]
        self._owed.update((ViewerId(v), None) for v in sorted(changed) if not people[ViewerId(v)].staff)

    def _greet(self, show: Show) -> None:
        """Another segment is live, or another owner is here, who cannot know what was sent: who has something private is to get it, after
        those who have done something."""
        if self._live == show.live:
            return
        self._live = show.live
        private = show.segment is not None and show.segment.kind.private is not Format.private
        self._greeted = OrderedDict.fromkeys(_audience(show) if private else ())

    async def publish(self, show: Show, *, behind: bool) -> None:
        """All that is due. An owner that is `behind` draws less for single viewers."""
        if self._dirty and (self.urgent or not self._scenes.wait()):
            self._dirty = self.urgent = False
            with self._scenes.drawing():
                scene = self._care.public(show, self._lease.epoch)
                drawn, desk = to_json(scene), self._desk(show)
            self._recent.add(scene, drawn)
            await self._bus.publish(subject(show.id, "scene"), drawn)
            await self._bus.publish(subject(show.id, "desk"), desk)
            if show.segment:
                self._owed.update(dict.fromkeys(map(ViewerId, show.segment.changed())))
            self._greet(show)
            self._owe_ways(show)
        elif self._pacemaker.news(show):
            await self._bus.publish(subject(show.id, "desk"), self._desk(show))
        if self._owed or self._greeted:
            await self._privates(show, behind=behind)

    def _desk(self, show: Show) -> bytes:
        return to_json(self._care.desk(show, self._lease.epoch, self._pacemaker.audience()))

    async def _privates(self, show: Show, *, behind: bool = False) -> None:
        self._greet(show)  # before anybody is sent theirs, so that nobody is sent it twice
        if self._owing.wait():
            return
        epoch = self._lease.epoch
        messages: list[tuple[ViewerId, bytes]] = []
        with self._owing.drawing(behind=behind) as time_left, guard.watching():
            while (owed := self._owed or self._greeted) and len(messages) < PRIVATE and time_left():
                greets = owed is self._greeted
                viewer, _ = owed.popitem(last=False)
                self._greeted.pop(viewer, None)
                private = self._care.private(show, epoch, viewer)
                if private.scene.blocks or not greets:
                    messages.append((viewer, to_json(private)))
        await self._send(show, messages)

    async def _send(self, show: Show, messages: list[tuple[ViewerId, bytes]]) -> None:
        for i in range(0, len(messages), TOGETHER):
            await self._bus.publish(subject(show.id, "private"), encode(messages[i : i + TOGETHER]))

    def answer(self, show: Show, data: bytes) -> bytes | None:
        """The answer to an `Ask`; None while the show is not ours."""
        if not self._lease.held:
            return None
        ask, epoch = read_ask(data), self._lease.epoch
        known = [(ViewerId(v), show.crowd.by_id[ViewerId(v)]) for v in ask.viewers if v in show.crowd.by_id]
        segment = show.segments.get(ask.results)
        return encode(
            Answer(
                epoch, show.seq, to_json(self._care.public(show, epoch)),
                {v: to_json(self._care.private(show, epoch, v)) for v, person in known if not person.staff},
                {v: person.name for v, person in known if person.name},
                [v for v, person in known if person.state == "banned"],
                self._desk(show) if ask.desk else b"",
                {name: f"{s.spec.format}@{s.spec.version}" for name, s in show.segments.items()},
                self._care.rows(show, segment) if segment else [],
                show.phase,
                self._recent.since(self._now()) if ask.recent else [],
                stage_views.orders(show, epoch) if ask.stage else None,
                self._refusals.of(ask.viewers, self._now()),
            )
        )  # fmt: skip
