"""Delivering what is due to webhooks, and trying again what fails.

Each webhook and show is a lane: what is due there is sent one after the other, in the order of the log. What fails steps aside until it is
tried again, so it holds nothing up; `sequence` in the event tells the order. Lanes go on beside each other. A delivery is claimed in the
database for as long as an attempt may take, so no two processes send the same at once, and one that dies leaves it to the next.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable

import msgspec
import structlog

from oncue.engine.errors import OncueError
from oncue.engine.events import rfc3339
from oncue.engine.live import end
from oncue.engine.live.hooks import Attempt, Delivery, Hooks, Webhook
from oncue.engine.structs import Micros, seconds

from .door import Door
from .signing import headers

log = structlog.get_logger()

RETRIES_S = (5, 30, 120, 600, 1800, 3600, 7200, 14400, 28800, 43200)
"""Seconds before each further attempt: 28 hours in all."""
JITTER = 0.2
"""A part of each wait is drawn, so that what failed together does not come back together."""
LANES, LANES_EACH = 64, 8
"""Attempts at once: all, and to one webhook."""
GIVEN_UP_S = 5 * 24 * 3600
"""A webhook to which nothing has gone well for so long is not active any more."""
CLAIM_S = 60
LOOK_S = 5.0
"""The longest time between two looks at what is due."""
AGAIN_S = 1.0
GONE = 410

Lane = tuple[str, str]


class Sender:
    """Sends what is due until cancelled. `retries` are the waits in seconds."""

    def __init__(
        self, hooks: Hooks, door: Door, *, now: Callable[[], Micros], retries: tuple[float, ...] = RETRIES_S
    ) -> None:
        self._hooks = hooks
        self._door = door
        self._now = now
        self._retries = retries
        self._lanes: dict[Lane, asyncio.Task[None]] = {}
        self._awake = asyncio.Event()

    def wake(self) -> None:
        """Something may be due."""
        self._awake.set()

    async def run(self) -> None:
        """Until cancelled; what is on its way then is tried again by the next."""
        try:
            while True:
                self._awake.clear()
                try:
                    await self._begin()
                    pause = await self._pause()
                except OncueError as error:
                    log.warning("webhooks wait", why=error.message)
                    pause = AGAIN_S
                try:
                    async with asyncio.timeout(pause):
                        await self._awake.wait()
                except TimeoutError:
                    continue
        finally:
            await end(*self._lanes.values())

    async def _begin(self) -> None:
        for lane in await self._hooks.lanes(self._now()):
            each = sum(webhook == lane[0] for webhook, _ in self._lanes)
            if lane not in self._lanes and each < LANES_EACH and len(self._lanes) < LANES:
                self._lanes[lane] = asyncio.create_task(self._send_all(lane))

    async def _pause(self) -> float:
        soonest = await self._hooks.soonest()
        if soonest is None:
            return LOOK_S
        wait = (soonest - self._now()) / 1e6
        if wait <= 0 and self._lanes:  # it waits for a lane, whose end wakes us
            return LOOK_S
        return min(max(wait, 0.0), LOOK_S)

    async def _send_all(self, lane: Lane) -> None:
        try:
            while due := await self._hooks.next(*lane, self._now()):
                until = self._now() + seconds(CLAIM_S)
                if await self._hooks.claim(due, until):
                    await self._send(due)
        except OncueError as error:
            log.warning("a webhook waits", webhook=lane[0], why=error.message)
            await asyncio.sleep(AGAIN_S)
        finally:
            del self._lanes[lane]
            self._awake.set()

    async def _send(self, due: Delivery) -> None:
        webhook = await self._hooks.one(due.webhook)
        attempt = await self._door.post(webhook.url, signed(webhook, due, self._now()), due.body.encode())
        # What is known of the webhook first: who sees the attempt sees what came of it.
        if 200 <= attempt.status < 300:
            if webhook.failing_since:
                await self._hooks.change(webhook.id, failing_since=0)
            await self._hooks.tried(due, attempt, "sent")
            return
        log.debug("a webhook failed", webhook=webhook.id, status=attempt.status, error=attempt.error)
        await self._judge(webhook, attempt)
        if due.tries < len(self._retries):
            await self._hooks.tried(due, attempt, "pending", self._again(due.tries, attempt))
        else:
            await self._hooks.tried(due, attempt, "dead")

    def _again(self, tries: int, attempt: Attempt) -> Micros:
        wait = self._retries[tries]
        return attempt.at + seconds(wait * random.uniform(1 - JITTER, 1 + JITTER))

    async def _judge(self, webhook: Webhook, attempt: Attempt) -> None:
        """Whether a webhook that failed is given up."""
        if attempt.status == GONE:
            why = "it answered 410 Gone"
        elif webhook.failing_since and attempt.at - webhook.failing_since > seconds(GIVEN_UP_S):
            why = f"nothing has gone well since {rfc3339(webhook.failing_since)}"
        else:
            await self._hooks.failed(webhook.id, attempt.at)
            return
        await self._hooks.change(webhook.id, active=False, why=why)
        log.warning("a webhook is given up", webhook=webhook.id, why=why)


def signed(webhook: Webhook, due: Delivery, now: Micros) -> dict[str, str]:
    """The headers of a delivery, signed by the secret, and by the one before while that is good."""
    keys = [webhook.secret]
    if webhook.old_secret and now < webhook.old_until:
        keys.append(webhook.old_secret)
    made = headers(due.event, now // 1_000_000, due.body.encode(), keys)
    return {**made, "content-type": "application/cloudevents+json; charset=utf-8", "user-agent": "oncue"}


class _Event(msgspec.Struct):
    id: str
    type: str
    sequence: str


_event = msgspec.json.Decoder(_Event).decode


def delivery(webhook: Webhook, show: str, body: bytes, now: Micros) -> Delivery:
    """An event that is to set out to a webhook now."""
    event = _event(body)
    return Delivery(
        webhook=webhook.id, event=event.id, show=show, type=event.type, sequence=event.sequence, body=body.decode(),
        due_at=now, created_at=now,
    )  # fmt: skip
