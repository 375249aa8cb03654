"""The SQL of webhooks (hooks.py). Each function gives a statement that may be executed again."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Delete, Insert, Select, Update, delete, func, insert, select, update

from .tables import attempts as a
from .tables import deliveries as d
from .tables import webhooks as w


def number() -> Select[Any]:
    """How many webhooks there are."""
    return select(func.count()).select_from(w)


def add() -> Insert:
    """A new webhook."""
    return insert(w)


def everyone() -> Select[Any]:
    """All webhooks, oldest first."""
    return select(w).order_by(w.c.created_at, w.c.id)


def one(id: str) -> Select[Any]:
    """A webhook by its id."""
    return select(w).where(w.c.id == id)


def change(id: str, changed: dict[str, Any]) -> Update:
    """Some of a webhook's fields change."""
    return update(w).where(w.c.id == id).values(**changed)


def failed(id: str, at: int) -> Update:
    """A webhook fails since then, if it did not fail before."""
    return update(w).where((w.c.id == id) & (w.c.failing_since == 0)).values(failing_since=at)


def remove(id: str) -> Delete:
    """A webhook goes, with its deliveries."""
    return delete(w).where(w.c.id == id)


def lanes(now: int) -> Select[Any]:
    """The webhooks and shows of which something is due."""
    return select(d.c.webhook, d.c.show).where(_due(now)).group_by(d.c.webhook, d.c.show)


def first(webhook: str, show: str, now: int) -> Select[Any]:
    """What of a lane stands first in the log."""
    lane = _due(now) & (d.c.webhook == webhook) & (d.c.show == show)
    return select(d).where(lane).order_by(d.c.sequence, d.c.created_at).limit(1)


def soonest() -> Select[Any]:
    """When the next delivery is due."""
    pending = (d.c.state == "pending") & d.c.webhook.in_(_active())
    return select(func.min(d.c.due_at).label("due_at")).where(pending)


def claim(webhook: str, event: str, due_at: int, until: int) -> Update:
    """A delivery is somebody's, unless it is another's already."""
    free = (d.c.due_at == due_at) & (d.c.state == "pending")
    return update(d).where(_is(webhook, event) & free).values(due_at=until)


def become(webhook: str, event: str, values: dict[str, Any]) -> Update:
    """A delivery changes."""
    return update(d).where(_is(webhook, event)).values(**values)


def add_attempt() -> Insert:
    """What came of an attempt."""
    return insert(a)


def newest(webhook: str, state: str, limit: int) -> Select[Any]:
    """A webhook's deliveries, newest first, in one state or (empty) all."""
    mine = (d.c.webhook == webhook) & (d.c.state == state if state else d.c.state != "")
    return select(d).where(mine).order_by(d.c.created_at.desc(), d.c.sequence.desc()).limit(limit)


def delivery(webhook: str, event: str) -> Select[Any]:
    """One delivery with each of its attempts, oldest first: in one statement, so that they agree."""
    columns = (a.c.at, a.c.status, a.c.took_ms, a.c.error, a.c.answer)
    both = d.outerjoin(a, (a.c.webhook == d.c.webhook) & (a.c.event == d.c.event))
    return select(d, *columns).select_from(both).where(_is(webhook, event)).order_by(a.c.at)


def counts() -> Select[Any]:
    """How many deliveries each webhook has, by state."""
    return select(d.c.webhook, d.c.state, func.count().label("n")).group_by(d.c.webhook, d.c.state)


def forget(sent_before: int, dead_before: int) -> Delete:
    """Deliveries that ended long ago go."""
    sent = (d.c.state == "sent") & (d.c.ended_at < sent_before)
    dead = (d.c.state == "dead") & (d.c.ended_at < dead_before)
    return delete(d).where(sent | dead)


def _active() -> Select[Any]:
    return select(w.c.id).where(w.c.active)


def _due(now: int) -> ColumnElement[bool]:
    return (d.c.state == "pending") & (d.c.due_at <= now) & d.c.webhook.in_(_active())


def _is(webhook: str, event: str) -> ColumnElement[bool]:
    return (d.c.webhook == webhook) & (d.c.event == event)
