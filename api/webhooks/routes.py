"""Webhooks: made, changed, tried; what was delivered, what was given up, and sending it again."""

from __future__ import annotations

import secrets
from contextlib import aclosing
from typing import Annotated, Any, Literal

import msgspec
from fastapi import APIRouter, Path, Query

from oncue.api.ids import new_show_id
from oncue.api.parts import Admin, At, Desk
from oncue.api.problems import errors
from oncue.api.shows import KEY
from oncue.engine.errors import BadInput, Conflict
from oncue.engine.events import Event, rfc3339, write
from oncue.engine.live.hooks import Delivery, Hooks, Webhook
from oncue.engine.structs import seconds

from .door import Door
from .feed import deliveries, past
from .models import (
    AttemptOut,
    DeliveryMore,
    DeliveryOut,
    ReplayBody,
    Replayed,
    Secret,
    WebhookBody,
    WebhookChange,
    WebhookMade,
    WebhookOut,
)
from .office import WAKE
from .sending import delivery
from .signing import new_secret

router = APIRouter(prefix="/api/webhooks", tags=["webhooks"])

FAILS = (*KEY, "db/unreachable")
ONE = (*FAILS, "webhook/unknown")
OLD_HOURS = 24
"""How long the secret before the newest still signs."""
REPLAY = 10_000
"""Events that set out again at once."""
CHUNK = 500

WebhookPath = Annotated[str, Path(max_length=20, description="the webhook's id", examples=["wh7q2mzk3v9x"])]
EventPath = Annotated[str, Path(max_length=120, description="the event's id", examples=["k3v9mq2xta-42-0"])]


@router.post(
    "",
    status_code=201,
    summary="Make a webhook",
    responses=errors(*FAILS, "show/unknown", "webhook/address", "webhook/too-many"),
)
async def add_webhook(body: WebhookBody, at: At, _: Admin) -> WebhookMade:
    """Events of these types are sent there from now on, signed with the secret that is in the answer and nowhere else."""
    await _door(at).look(body.url)
    webhook = Webhook(
        id=f"wh{new_show_id()}", show=body.show or None, url=body.url, events=body.events, description=body.description,
        secret=new_secret(), created_at=at.services.now(),
    )  # fmt: skip
    await _hooks(at).add(webhook)
    return WebhookMade(**_out(webhook, {}).model_dump(), secret=webhook.secret)


@router.get("", summary="List webhooks", responses=errors(*FAILS))
async def list_webhooks(at: At, _: Admin) -> list[WebhookOut]:
    """Oldest first, without their secrets."""
    counts = await _hooks(at).counts()
    return [_out(webhook, counts.get(webhook.id, {})) for webhook in await _hooks(at).all()]


@router.get("/{webhook}", summary="One webhook", responses=errors(*ONE))
async def one_webhook(webhook: WebhookPath, at: At, _: Admin) -> WebhookOut:
    """Where it leads, what it is told, and how it fares."""
    return await _one(webhook, at)


@router.patch("/{webhook}", summary="Change a webhook", responses=errors(*ONE, "webhook/address"))
async def change_webhook(webhook: WebhookPath, body: WebhookChange, at: At, _: Admin) -> WebhookOut:
    """Who makes it active again has what is pending sent at once; what happened in between comes by a replay."""
    await _hooks(at).one(webhook)
    changed: dict[str, Any] = body.model_dump(exclude_none=True)
    if body.url:
        await _door(at).look(body.url)
    if body.active is not None:
        changed |= {"why": "" if body.active else "a host has paused it", "failing_since": 0}
    if changed:
        await _hooks(at).change(webhook, **changed)
        await _wake(at)
    return await _one(webhook, at)


@router.delete("/{webhook}", summary="Delete a webhook", responses=errors(*ONE))
async def delete_webhook(webhook: WebhookPath, at: At, _: Admin) -> WebhookOut:
    """It goes, with its deliveries."""
    gone = await _one(webhook, at)
    await _hooks(at).remove(webhook)
    return gone


@router.post("/{webhook}/secret", status_code=201, summary="A new secret", responses=errors(*ONE))
async def new_webhook_secret(webhook: WebhookPath, at: At, _: Admin) -> Secret:
    """Deliveries are signed with both for a day, so that the receiver can be changed in between."""
    old = await _hooks(at).one(webhook)
    secret, until = new_secret(), at.services.now() + seconds(OLD_HOURS * 3600)
    await _hooks(at).change(webhook, secret=secret, old_secret=old.secret, old_until=until)
    return Secret(secret=secret, old_until=until)


@router.post(
    "/{webhook}/test", status_code=202, summary="Try a webhook", responses=errors(*ONE, "webhook/paused")
)
async def try_webhook(webhook: WebhookPath, at: At, _: Admin) -> DeliveryOut:
    """Sends it an event `oncue.webhook.test` like any other; its delivery tells what came of it."""
    found = await _hooks(at).one(webhook)
    _is_active(found)
    now, id = at.services.now(), secrets.token_hex(8)
    event = Event("test", "webhook.test", now, {"webhook": webhook})
    body = msgspec.json.decode(write("", 0, 0, event, event.data).body)
    body |= {"id": f"test-{id}", "source": f"/webhooks/{webhook}"}
    made = delivery(found, "", msgspec.json.encode(body), now)
    await _hooks(at).enqueue([made])
    await _wake(at)
    return _delivery(made)


@router.get("/{webhook}/deliveries", summary="What was sent to a webhook", responses=errors(*ONE))
async def list_deliveries(
    webhook: WebhookPath,
    at: At,
    _: Admin,
    state: Annotated[Literal["", "pending", "sent", "dead"], Query(description="only these")] = "",
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> list[DeliveryOut]:
    """Newest first. What was sent is kept for seven days, what is `dead` for thirty."""
    await _hooks(at).one(webhook)
    return [_delivery(one) for one in await _hooks(at).deliveries(webhook, state=state, limit=limit)]


@router.get(
    "/{webhook}/deliveries/{event}", summary="One delivery", responses=errors(*ONE, "webhook/no-delivery")
)
async def one_delivery(webhook: WebhookPath, event: EventPath, at: At, _: Admin) -> DeliveryMore:
    """What was sent, and what came of each attempt."""
    await _hooks(at).one(webhook)
    found, attempts = await _hooks(at).delivery(webhook, event)
    return DeliveryMore(
        **_delivery(found).model_dump(),
        body=msgspec.json.decode(found.body),
        attempts=[AttemptOut(**msgspec.structs.asdict(one)) for one in attempts],
    )


@router.post(
    "/{webhook}/deliveries/{event}/retry",
    status_code=202,
    summary="Send an event again",
    responses=errors(*ONE, "webhook/no-delivery", "webhook/paused"),
)
async def retry_delivery(webhook: WebhookPath, event: EventPath, at: At, _: Admin) -> DeliveryOut:
    """Now, whatever its state; if it fails it is tried again as if it were new."""
    _is_active(await _hooks(at).one(webhook))
    await _hooks(at).delivery(webhook, event)
    await _hooks(at).retry(webhook, event, at.services.now())
    await _wake(at)
    return _delivery((await _hooks(at).delivery(webhook, event))[0])


@router.post(
    "/{webhook}/replay",
    status_code=202,
    summary="Send the events since a time again",
    responses=errors(*ONE, "webhook/paused", "nats/unreachable"),
)
async def replay_webhook(webhook: WebhookPath, body: ReplayBody, at: At, _: Admin) -> Replayed:
    """All that it wants to be told of what happened since then, also what it was told before: with the same ids."""
    if body.since.tzinfo is None:
        raise BadInput("since has no time zone", code="input/invalid", hint="write 2026-03-01T20:00:00Z")
    found, now = await _hooks(at).one(webhook), at.services.now()
    _is_active(found)
    made: list[Delivery] = []
    more, since = False, min(max(round(body.since.timestamp() * 1e6), 0), now)
    async with aclosing(past(at.services.bus, found.show, since)) as events:
        async for subject, event in events:
            if len(made) == REPLAY:
                more = True
                break
            made += deliveries([found], subject, event, now)
    for first in range(0, len(made), CHUNK):
        await _hooks(at).enqueue(made[first : first + CHUNK], again=True)
    await _wake(at)
    until = msgspec.json.decode(made[-1].body)["time"] if made else rfc3339(since)
    return Replayed(events=len(made), more=more, until=until)


def _hooks(at: Desk) -> Hooks:
    return Hooks(at.services.store)


def _door(at: Desk) -> Door:
    return Door(private=at.services.settings.webhook_private, now=at.services.now)


async def _wake(at: Desk) -> None:
    await at.services.bus.publish(WAKE, b"")


def _is_active(webhook: Webhook) -> None:
    if not webhook.active:
        raise Conflict(
            f"the webhook is not active: {webhook.why}", code="webhook/paused", hint="make it active first"
        )


async def _one(id: str, at: Desk) -> WebhookOut:
    webhook = await _hooks(at).one(id)
    return _out(webhook, (await _hooks(at).counts()).get(id, {}))


def _out(webhook: Webhook, counts: dict[str, int]) -> WebhookOut:
    return WebhookOut(
        id=webhook.id, url=webhook.url, events=webhook.events, show=webhook.show or "",
        description=webhook.description, active=webhook.active, why=webhook.why, failing_since=webhook.failing_since,
        created=webhook.created_at, pending=counts.get("pending", 0), dead=counts.get("dead", 0),
    )  # fmt: skip


def _delivery(found: Delivery) -> DeliveryOut:
    return DeliveryOut(
        event=found.event, show=found.show, type=found.type, state=found.state, tries=found.tries, due=found.due_at,
        created=found.created_at, ended=found.ended_at,
    )  # fmt: skip
