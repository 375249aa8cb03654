"""Reading a show's log in order, through restarts of the server."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncGenerator, Iterator

from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy

from oncue.engine.live.bus import STREAM, Bus, Gone, subject
from oncue.engine.live.tasks import end

MOST = 8 * 1024 * 1024
"""Bytes that may wait to be taken: then the server is not asked for more, whose window may bring four times as many."""
BEAT_S = 1.0
"""The server says that often that it is there; after three beats of silence the reader starts again where it was."""


class Reader:
    """Messages of one show's log after sequence `after`, each once, in order.

    An ordered push consumer as in JetStream's ADR-17, kept here because the client's own dies silently when the server restarts.
    """

    def __init__(self, bus: Bus, show: str, after: int = 0) -> None:
        self._bus = bus
        self._subject = subject(show, "log")
        self._next = after + 1
        self._expected = 1
        self._got: deque[tuple[int, bytes]] = deque()
        self._bytes = 0
        self._asked = ""
        self._ready = asyncio.Event()
        self._heard = 0.0
        self._subscription: Subscription | None = None
        self._watch: asyncio.Task[None] | None = None
        self._broken = asyncio.Event()

    async def start(self) -> None:
        """Begin to receive."""
        await self._subscribe()
        self._bus.when_back(self._broken.set)
        self._watch = asyncio.create_task(self._mend())

    async def stop(self) -> None:
        """Receive no more."""
        self._bus.not_back(self._broken.set)
        if self._watch:
            await end(self._watch)
        await self._drop()

    async def wait(self, timeout: float) -> None:
        """Return when something is there to `take`, at the latest after `timeout` seconds."""
        await self._go_on()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout):
                await self._ready.wait()
        if not self._got:  # somebody has poked
            self._ready.clear()

    def poke(self) -> None:
        """Make `wait` return now."""
        self._ready.set()

    def take(self, most: int) -> list[tuple[int, bytes]]:
        """What has come, oldest first, `(sequence, data)`."""
        return list(self.each(most))

    def each(self, most: int) -> Iterator[tuple[int, bytes]]:
        """What has come, one by one: what is not asked for any more stays."""
        for _ in range(min(most, len(self._got))):
            seq, data = self._got.popleft()
            self._bytes -= len(data)
            if not self._got:
                self._ready.clear()
            yield seq, data

    @property
    def behind(self) -> bool:
        """Whether what waits to be taken is much."""
        return self._bytes > MOST // 8

    async def _subscribe(self) -> None:
        inbox = self._bus.client.new_inbox()
        self._expected, self._asked = 1, ""
        self._heard = asyncio.get_running_loop().time()
        self._subscription = await self._bus.client.subscribe(inbox, cb=self._receive)
        config = ConsumerConfig(
            deliver_subject=inbox, filter_subject=self._subject, deliver_policy=DeliverPolicy.BY_START_SEQUENCE,
            opt_start_seq=self._next, ack_policy=AckPolicy.NONE, max_deliver=1, mem_storage=True, num_replicas=1,
            idle_heartbeat=BEAT_S, flow_control=True, inactive_threshold=30,
        )  # fmt: skip
        await self._bus.client.jsm().add_consumer(STREAM, config=config)

    async def _receive(self, message: Msg) -> None:
        self._heard = asyncio.get_running_loop().time()
        headers = message.headers or {}
        if not message.reply:  # a heartbeat, which says what should have come by now
            if int(headers.get("Nats-Last-Consumer", "0")) >= self._expected:
                self._broken.set()
            self._asked = headers.get("Nats-Consumer-Stalled", "")
            await self._go_on()
            return
        if headers.get("Status") == "100":
            self._asked = message.reply
            await self._go_on()
            return
        # $JS.ACK.<stream>.<consumer>.<delivered>.<stream seq>.<consumer seq>.<time>.<pending>, longer with a domain
        parts = message.reply.split(".")
        stream_seq, consumer_seq = int(parts[-4]), int(parts[-3])
        if consumer_seq != self._expected or stream_seq < self._next:
            self._broken.set()
            return
        self._expected += 1
        self._next = stream_seq + 1
        self._got.append((stream_seq, message.data))
        self._bytes += len(message.data)
        self._ready.set()

    async def _go_on(self) -> None:
        """Flow control: the server sends more of a long log when this says that there is room, and so never takes a client that plays
        what it has for one that is gone."""
        if self._asked and self._bytes < MOST:
            reply, self._asked = self._asked, ""
            await self._bus.publish(reply, b"")

    async def _mend(self) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(BEAT_S):
                    await self._broken.wait()
            silent = asyncio.get_running_loop().time() - self._heard > 3 * BEAT_S
            if self._broken.is_set() or silent:
                self._broken.clear()
                try:
                    await self._drop()
                    await self._subscribe()
                except Gone:
                    self._broken.set()
                    await asyncio.sleep(0.1)

    async def _drop(self) -> None:
        if self._subscription:
            with contextlib.suppress(*Gone):
                await self._subscription.unsubscribe()


async def read_log(bus: Bus, show: str, after: int = 0) -> AsyncGenerator[tuple[int, bytes], None]:
    """The messages of a show's log from after sequence `after` to what is its end now."""
    end = await bus.last(subject(show, "log"))
    reader = Reader(bus, show, after)
    await reader.start()
    try:
        seq = after
        while seq < end:
            await reader.wait(5.0)
            for seq, data in reader.each(1000):
                yield seq, data
    finally:
        await reader.stop()
