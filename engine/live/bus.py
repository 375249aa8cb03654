"""NATS: messages between the parts, the durable log, the small shelves of keys, and snapshots."""

from __future__ import annotations

import asyncio
import contextlib
import json
from base64 import urlsafe_b64encode
from collections.abc import Callable
from hashlib import sha256

import nats
import nats.errors
import nats.js.errors
import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.js.api import (
    AckPolicy,
    ConsumerConfig,
    KeyValueConfig,
    ObjectMeta,
    ObjectMetaOptions,
    RetentionPolicy,
    StorageType,
    StreamConfig,
)
from nats.js.client import JetStreamContext
from nats.js.kv import KeyValue
from nats.js.object_store import ObjectStore

from oncue.engine.errors import Unavailable

log = structlog.get_logger()

STREAM = "SHOWS"
EVENTS = "EVENTS"
"""The stream of what shows tell the outside, one CloudEvent in each message."""
EVENTS_DAYS, EVENTS_MOST, EVENT_BYTES = 7, 1_000_000, 512 * 1024
"""How long and how many events are kept, and how large one may be."""
WINDOW_S = 300
"""How long JetStream knows a message id; an older repeat is caught by the fold."""
CONNECT_S = 4.0
READS, READ_S = 3, 2.0
"""How often a snapshot is tried to be read, and how long without a part of it each time."""
SNAPSHOTS = "SNAPSHOTS"
CHUNK, PARTS = 512 * 1024, 8
"""Bytes of a snapshot in one message (a server takes a megabyte), and how many are asked for at once."""
LEASE_S = 2.0
ACK_S, ACK_MOST_S = 0.3, 5.0
"""How long an acknowledgement is waited for before the same is sent again, at first and at most."""

Heard = Callable[[str, bytes], None]
Gone = (nats.errors.Error, nats.js.errors.Error, asyncio.TimeoutError, OSError)


def subject(show: str, what: str) -> str:
    """`show.<id>.<what>`."""
    return f"show.{show}.{what}"


class Bus:
    """One connection. It reconnects by itself; what must not be lost goes through `append`, which keeps trying."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.js: JetStreamContext = client.jetstream(timeout=5)
        self._shelves: dict[str, KeyValue] = {}
        self._objects: ObjectStore | None = None
        self._on_return: list[Callable[[], None]] = []
        self._url = ""

    @classmethod
    async def connect(cls, url: str, *, name: str = "oncue") -> Bus:
        """Connect and make sure that the stream is there. Raises `Unavailable` (`nats/unreachable`)."""
        bus: Bus | None = None

        async def returned() -> None:
            for call in bus._on_return if bus else ():
                call()

        async def quiet(error: Exception) -> None:
            log.debug("nats", error=str(error))

        try:
            connecting = nats.connect(
                url.split(","), name=name, reconnect_time_wait=0.1, max_reconnect_attempts=-1, connect_timeout=2,
                reconnected_cb=returned, error_cb=quiet, pending_size=8 * 1024 * 1024, allow_reconnect=True,
            )  # fmt: skip
            async with asyncio.timeout(CONNECT_S):
                client = await connecting
        except Gone as error:
            raise Unavailable(
                f"no NATS at {url}: {error}", code="nats/unreachable", hint="check NATS_URL"
            ) from error
        bus = cls(client)
        bus._url = url
        await bus._prepare()
        return bus

    async def beside(self) -> Bus:
        """Another connection to the same NATS, for what must not wait behind the megabytes that come by this one."""
        return await Bus.connect(self._url, name="oncue leases")

    async def _prepare(self) -> None:
        config = StreamConfig(
            name=STREAM, subjects=["show.*.log"], retention=RetentionPolicy.LIMITS, storage=StorageType.FILE,
            duplicate_window=WINDOW_S, allow_direct=True,
        )  # fmt: skip
        events = StreamConfig(
            name=EVENTS, subjects=["show.*.event.>"], retention=RetentionPolicy.LIMITS, storage=StorageType.FILE,
            duplicate_window=WINDOW_S, allow_direct=True, max_age=EVENTS_DAYS * 86400, max_msgs=EVENTS_MOST,
            max_msg_size=EVENT_BYTES,
        )  # fmt: skip
        for stream in (config, events):
            with contextlib.suppress(
                nats.js.errors.BadRequestError
            ):  # somebody else made it with other limits
                await self.js.add_stream(stream)

    async def close(self) -> None:
        """Flush and disconnect."""
        with contextlib.suppress(*Gone):
            await self.client.drain()

    def when_back(self, call: Callable[[], None]) -> None:
        """Call this after each reconnect, until `not_back`."""
        self._on_return.append(call)

    def not_back(self, call: Callable[[], None]) -> None:
        """Call this no more after a reconnect."""
        with contextlib.suppress(ValueError):
            self._on_return.remove(call)

    async def publish(self, subject: str, data: bytes) -> None:
        """Tell whoever listens now. Lost when nobody does, or while NATS is away."""
        with contextlib.suppress(*Gone):
            await self.client.publish(subject, data)

    async def subscribe(self, subject: str, heard: Heard, *, queue: str = "") -> Subscription:
        """Call `heard(subject, data)` for each message; `.unsubscribe()` on what this returns ends it."""

        async def call(message: Msg) -> None:
            heard(message.subject, message.data)

        return await self.client.subscribe(subject, queue=queue, cb=call)

    async def answer(self, subject: str, reply: Callable[[bytes], bytes | None]) -> Subscription:
        """Answer requests; None leaves one unanswered."""

        async def call(message: Msg) -> None:
            data = reply(message.data)
            if data is not None:
                await message.respond(data)

        return await self.client.subscribe(subject, cb=call)

    async def request(self, subject: str, data: bytes, timeout: float = 2.0) -> bytes:
        """Ask and wait. Raises `Unavailable` (`bus/no-answer`)."""
        try:
            return (await self.client.request(subject, data, timeout=timeout)).data
        except Gone as error:
            raise Unavailable("nobody answers", code="bus/no-answer", hint="try again in a moment") from error

    async def append(self, subject: str, data: bytes, message_id: str) -> int:
        """Write to the log and return the sequence there, once it is on disk. Tries again, with the same id, until it is: a full
        disk or a NATS that is gone holds receipts back, and loses nothing."""
        patience, headers = ACK_S, {"Nats-Msg-Id": message_id}
        while True:
            try:
                reply = await self.client.request(subject, data, timeout=patience, headers=headers)
                answer = json.loads(reply.data)
                if "error" not in answer:
                    return int(answer["seq"])
                log.warning("the log refuses", error=answer["error"])
            except Gone as error:
                log.debug("log is away", error=str(error))
            await asyncio.sleep(patience / 10)
            patience = min(patience * 2, ACK_MOST_S)

    async def last(self, subject: str) -> int:
        """The sequence of a subject's last message in the log; 0 when there is none."""
        try:
            message = await self.js.get_last_msg(STREAM, subject, direct=True)
        except nats.js.errors.NotFoundError:
            return 0
        return message.seq or 0

    async def newest(self, stream: str, subject: str) -> bytes:
        """The newest message of a stream on a subject, which may have wildcards; empty when there is none."""
        try:
            return (await self.js.get_last_msg(stream, subject)).data or b""
        except nats.js.errors.NotFoundError:
            return b""

    async def shelf(self, name: str, *, ttl: float = 0) -> KeyValue:
        """A bucket of keys, made when it is not there; entries go after `ttl` seconds (0: never)."""
        if name not in self._shelves:
            config = KeyValueConfig(bucket=name, ttl=ttl or None, history=1)
            try:
                self._shelves[name] = await self.js.key_value(name)
            except nats.js.errors.NotFoundError:
                self._shelves[name] = await self.js.create_key_value(config)
        return self._shelves[name]

    async def watch(self, name: str, seen: Callable[[str, bytes], None], *, ttl: float = 0) -> None:
        """Call `seen(key, value)` for what stands on a shelf and all that is put there, through restarts, until cancelled."""
        back = asyncio.Event()
        self.when_back(back.set)
        while True:
            back.clear()
            with contextlib.suppress(*Gone):
                watcher = await (await self.shelf(name, ttl=ttl)).watchall()
                try:
                    while not back.is_set():
                        with contextlib.suppress(TimeoutError):
                            async with asyncio.timeout(1.0):
                                update = await watcher.updates(timeout=None)
                            if update is not None and update.value:
                                seen(update.key, update.value)
                finally:
                    with contextlib.suppress(
                        *Gone
                    ):  # else what it raises would take the place of a cancellation
                        await watcher.stop()
            await asyncio.sleep(0.05)

    async def keep(self, name: str, data: bytes) -> None:
        """Store a snapshot under this name, in place of the last."""
        meta = ObjectMeta(name=name, options=ObjectMetaOptions(max_chunk_size=CHUNK))
        await (await self._store()).put(name, data, meta)

    async def kept(self, name: str) -> bytes | None:
        """The snapshot of this name. None when there is none, or none that can be read whole: one that is being replaced may lose its
        parts while it is read."""
        for _ in range(READS):
            try:
                return await self._read(await self._store(), name)
            except nats.js.errors.NotFoundError:
                return None
            except Gone as error:
                log.debug("a snapshot is read again", name=name, why=str(error))
        return None

    async def _read(self, store: ObjectStore, name: str) -> bytes:
        """As the object store's own `get`, which copies all that it has at each part, and waits for its flow control."""
        info = await store.get_info(name)
        config = ConsumerConfig(
            ack_policy=AckPolicy.NONE, mem_storage=True, num_replicas=1, inactive_threshold=30
        )
        where = f"$O.{SNAPSHOTS}.C.{info.nuid}"
        parts: list[bytes] = []
        reading = await self.js.pull_subscribe(where, stream=f"OBJ_{SNAPSHOTS}", config=config)
        try:
            while len(parts) < (info.chunks or 0):
                parts += [one.data for one in await reading.fetch(PARTS, timeout=READ_S)]
        finally:
            with contextlib.suppress(*Gone):
                await reading.unsubscribe()
        data = b"".join(parts)
        if urlsafe_b64encode(sha256(data).digest()).decode() != (info.digest or "").partition("=")[2]:
            raise nats.js.errors.DigestMismatchError
        return data

    async def _store(self) -> ObjectStore:
        if self._objects is None:
            try:
                self._objects = await self.js.object_store(SNAPSHOTS)
            except nats.js.errors.NotFoundError:
                self._objects = await self.js.create_object_store(SNAPSHOTS)
        return self._objects
