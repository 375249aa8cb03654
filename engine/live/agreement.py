"""Whether the clocks of all nodes agree.

Every process of a cluster counts as a node. Each asks all others every ten seconds what time they have, over NATS, with four timestamps
(RFC 5905, section 8): the subject `clocks` has the `Question`, the asker's inbox the answers. Of a node's latest answers the least way
there and the least way back bound what its clock is ahead of ours; what these bounds leave no doubt about is a disagreement.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable

import msgspec
import structlog

from oncue.engine.live.bus import Bus, Gone
from oncue.engine.live.tasks import end
from oncue.engine.structs import Micros, seconds

log = structlog.get_logger()

SUBJECT = "clocks"
EVERY_S = 10.0
KEPT = 6
"""Answers of each node that count."""
FORGOTTEN: Micros = seconds(60)
TOLERATED: Micros = seconds(0.02)


class Question(msgspec.Struct, frozen=True, array_like=True):
    """`node` asks at its time `t0`."""

    node: str
    t0: Micros


class Said(msgspec.Struct, frozen=True, array_like=True):
    """`node` got what was asked at `t0` at its own `t1`, and answers at `t2`."""

    node: str
    t0: Micros
    t1: Micros
    t2: Micros


_question = msgspec.msgpack.Decoder(Question).decode
_said = msgspec.msgpack.Decoder(Said).decode
_pack = msgspec.msgpack.Encoder().encode


class Peer:
    """Another node's clock: `up` and `down` bound what it is ahead of ours."""

    def __init__(self) -> None:
        self.ways: deque[tuple[Micros, Micros]] = deque(maxlen=KEPT)
        self.heard: Micros = 0
        self.warned = False

    @property
    def ahead(self) -> Micros:
        """What it is ahead of ours without a doubt; below 0: behind. 0 when the ways there and back explain all."""
        up, down = min(up for up, _ in self.ways), max(down for _, down in self.ways)
        return max(down, 0) + min(up, 0)


class Agreement:
    """Compares this node's clock with all others' until cancelled. `worst` is the largest disagreement in µs, for metrics."""

    def __init__(self, bus: Bus, now: Callable[[], Micros], node: str, *, every: float = EVERY_S) -> None:
        self._bus = bus
        self._now = now
        self._node = node
        self._every = every
        self.peers: dict[str, Peer] = {}

    @property
    def worst(self) -> Micros:
        """The largest disagreement with any other node (µs)."""
        return max((abs(peer.ahead) for peer in self.peers.values()), default=0)

    async def run(self) -> None:
        """Ask, again and again, and answer whoever asks."""
        inbox = f"{SUBJECT}.{self._node}"
        listening = [
            await self._bus.answer(SUBJECT, self._answer),
            await self._bus.subscribe(inbox, self._heard),
        ]
        try:
            while True:
                with contextlib.suppress(*Gone):
                    question = _pack(Question(self._node, self._now()))
                    await self._bus.client.publish(SUBJECT, question, reply=inbox)
                await asyncio.sleep(self._every)
                self._forget()
        finally:
            for subscription in listening:
                with contextlib.suppress(*Gone):
                    await subscription.unsubscribe()

    def _answer(self, data: bytes) -> bytes | None:
        came, asked = self._now(), _question(data)
        if asked.node == self._node:
            return None
        return _pack(Said(self._node, asked.t0, came, self._now()))

    def _heard(self, _: str, data: bytes) -> None:
        came, said = self._now(), _said(data)
        peer = self.peers.setdefault(said.node, Peer())
        peer.ways.append((said.t1 - said.t0, said.t2 - came))
        peer.heard = came
        self._judge(said.node, peer)

    def _judge(self, name: str, peer: Peer) -> None:
        wrong = abs(peer.ahead) > TOLERATED
        if wrong and not peer.warned:
            log.warning(
                "the clocks of two nodes disagree: does NTP run on both?",
                node=self._node, other=name, ahead_ms=round(peer.ahead / 1000, 1),
            )  # fmt: skip
        elif peer.warned and not wrong:
            log.info("the clocks of two nodes agree again", node=self._node, other=name)
        peer.warned = wrong

    def _forget(self) -> None:
        """Nodes that are gone."""
        gone = [name for name, peer in self.peers.items() if self._now() - peer.heard > FORGOTTEN]
        for name in gone:
            del self.peers[name]


async def compare(
    bus: Bus, now: Callable[[], Micros], node: str, *, patience: float = 0.5
) -> dict[str, Micros]:
    """How far each node's clock is ahead of this one, by a few questions."""
    agreement = Agreement(bus, now, node, every=patience / 3)
    running = asyncio.create_task(agreement.run())
    await asyncio.wait([running], timeout=patience)
    await end(running)
    return {name: peer.ahead for name, peer in agreement.peers.items()}
