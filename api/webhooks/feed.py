"""From the stream of events to the deliveries that they make."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable
from datetime import UTC, datetime
from fnmatch import fnmatchcase

import structlog
from nats.aio.msg import Msg
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy

from oncue.engine.errors import OncueError, Unavailable
from oncue.engine.live import Bus
from oncue.engine.live.bus import EVENTS, Gone
from oncue.engine.live.hooks import Delivery, Hooks, Webhook
from oncue.engine.structs import Micros

from .sending import delivery

log = structlog.get_logger()

ALL = "show.*.event.>"
NAME = "webhooks"
"""Of the durable consumer: what it has acknowledged is in the database."""
TOGETHER = 200
WAIT_S = 5.0
ACK_WAIT_S = 10
AGAIN_S = 1.0
TYPE = "oncue."


def wants(webhook: Webhook, show: str, kind: str) -> bool:
    """Whether a webhook is to be told of an event of this type: one of its patterns has to match what stands behind `oncue.`."""
    name = kind.removeprefix(TYPE)
    mine = webhook.active and webhook.show in (None, show)
    return mine and any(fnmatchcase(name, pattern) for pattern in webhook.events)


async def feed(bus: Bus, hooks: Hooks, *, now: Callable[[], Micros], queued: Callable[[], None]) -> None:
    """Make deliveries of events until cancelled, and call `queued` for each lot. An event is acknowledged when all of its deliveries are
    written down; one that comes again makes the same ones."""
    config = ConsumerConfig(ack_policy=AckPolicy.EXPLICIT, ack_wait=ACK_WAIT_S, max_ack_pending=TOGETHER * 2)
    while True:
        try:
            reading = await bus.js.pull_subscribe(ALL, durable=NAME, stream=EVENTS, config=config)
            try:
                while True:
                    with contextlib.suppress(TimeoutError):
                        messages = [*await reading.fetch(1, timeout=WAIT_S)]
                        with contextlib.suppress(TimeoutError):
                            messages += await reading.fetch(TOGETHER, timeout=0.02)
                        await _enqueue(hooks, messages, now())
                        for message in messages:
                            await message.ack()
                        queued()
            finally:
                with contextlib.suppress(*Gone):
                    await reading.unsubscribe()
        except (*Gone, OncueError) as error:
            log.debug("events wait", why=str(error))
            await asyncio.sleep(AGAIN_S)


async def _enqueue(hooks: Hooks, messages: list[Msg], at: Micros) -> None:
    webhooks = await hooks.all()
    found = [made for message in messages for made in deliveries(webhooks, message.subject, message.data, at)]
    await hooks.enqueue(found)


def deliveries(webhooks: list[Webhook], subject: str, body: bytes, at: Micros) -> list[Delivery]:
    """What an event makes for those who want it."""
    show = subject.split(".")[1]
    made = [delivery(webhook, show, body, at) for webhook in webhooks]
    return [one for one, webhook in zip(made, webhooks, strict=True) if wants(webhook, show, one.type)]


async def past(bus: Bus, show: str | None, since: Micros) -> AsyncGenerator[tuple[str, bytes], None]:
    """The events in the stream since a time, of a show or all: subject and body. Raises `Unavailable` (`nats/unreachable`) when not all of
    them could be read."""
    config = ConsumerConfig(
        deliver_policy=DeliverPolicy.BY_START_TIME, opt_start_time=datetime.fromtimestamp(since / 1e6, UTC)
    )
    where = f"show.{show}.event.>" if show else ALL
    reading = await bus.js.subscribe(where, stream=EVENTS, ordered_consumer=True, config=config)
    try:
        info = await reading.consumer_info()
        sent = info.delivered.consumer_seq if info.delivered else 0
        for _ in range((info.num_pending or 0) + sent):
            message = await reading.next_msg(timeout=WAIT_S)
            yield message.subject, message.data
    except Gone as error:
        why = f"the events cannot be read now: {error}"
        raise Unavailable(why, code="nats/unreachable", hint="try again in a moment") from error
    finally:
        with contextlib.suppress(*Gone):
            await reading.unsubscribe()
