"""Webhooks in SQL: who is told what, what is on its way to them, and what came of each attempt.

A delivery is known by its webhook and the id of its event, so an event that comes again is the same delivery.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from oncue.engine.errors import Conflict, Unknown
from oncue.engine.live.store import Store
from oncue.engine.structs import Micros

if TYPE_CHECKING:
    from sqlalchemy import Update

    from .database import Database

State = Literal["pending", "sent", "dead"]
WEBHOOKS = 100
"""How many there may be."""


class Webhook(msgspec.Struct, frozen=True, kw_only=True):
    """Who is told what: of one show, or of all (None). Times are µs; `why` says why it is not active."""

    id: str
    show: str | None = None
    url: str
    events: list[str]
    description: str = ""
    active: bool = True
    why: str = ""
    secret: str
    old_secret: str = ""
    old_until: Micros = 0
    failing_since: Micros = 0
    created_at: Micros = 0


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """An event on its way to a webhook; `due_at` is when it is tried next, `body` the CloudEvent."""

    webhook: str
    event: str
    show: str
    type: str
    sequence: str
    body: str
    state: State = "pending"
    tries: int = 0
    due_at: Micros
    created_at: Micros
    ended_at: Micros = 0


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """What came of an attempt: the HTTP status (0: there was none, `error` says why) and the first kB of the answer."""

    at: Micros
    status: int = 0
    took_ms: int = 0
    error: str = ""
    answer: str = ""


class Hooks:
    """The tables behind webhooks. All methods raise `Unavailable` (`db/unreachable`) without the database."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def add(self, webhook: Webhook) -> None:
        """Write down a new one. Raises `Conflict` (`webhook/too-many`), and `Unknown` (`show/unknown`)."""
        database = await self._database()
        find = database.hooks
        try:
            async with database.write() as connection:
                number = (await connection.execute(find.number())).scalar_one()
                if number >= WEBHOOKS:
                    raise Conflict(f"there are {number} webhooks", code="webhook/too-many", hint="delete one")
                await connection.execute(find.add(), msgspec.structs.asdict(webhook))
        except database.Clash as error:
            raise Unknown(f"there is no show {webhook.show}", code="show/unknown") from error

    async def all(self) -> list[Webhook]:
        """Every one, oldest first."""
        database = await self._database()
        return [Webhook(**row) for row in await database.all(database.hooks.everyone())]

    async def one(self, id: str) -> Webhook:
        """By its id. Raises `Unknown` (`webhook/unknown`)."""
        database = await self._database()
        found = await database.all(database.hooks.one(id))
        if not found:
            raise Unknown("there is no such webhook", code="webhook/unknown")
        return Webhook(**found[0])

    async def change(self, id: str, **changed: Any) -> None:
        """Set some of its fields."""
        database = await self._database()
        await self._do(database, database.hooks.change(id, changed))

    async def failed(self, id: str, at: Micros) -> None:
        """An attempt failed; remember since when that is so."""
        database = await self._database()
        await self._do(database, database.hooks.failed(id, at))

    async def remove(self, id: str) -> None:
        """Forget one, with its deliveries."""
        database = await self._database()
        async with database.write() as connection:
            await connection.execute(database.hooks.remove(id))

    async def enqueue(self, deliveries: Sequence[Delivery], *, again: bool = False) -> None:
        """Have these delivered; those that are there already only with `again`, from their first attempt on."""
        if not deliveries:
            return
        database = await self._database()
        statement = database.sql.add_delivery(again=again)
        async with database.write() as connection:
            await connection.execute(statement, [msgspec.structs.asdict(one) for one in deliveries])

    async def lanes(self, now: Micros) -> list[tuple[str, str]]:
        """The webhooks and shows of which something is due."""
        database = await self._database()
        found = await database.all(database.hooks.lanes(now))
        return [(row["webhook"], row["show"]) for row in found]

    async def next(self, webhook: str, show: str, now: Micros) -> Delivery | None:
        """What is to be tried first of what is due to a webhook of a show: in the order of the log."""
        database = await self._database()
        found = await database.all(database.hooks.first(webhook, show, now))
        return Delivery(**found[0]) if found else None

    async def soonest(self) -> Micros | None:
        """When the next one is due."""
        database = await self._database()
        (found,) = await database.all(database.hooks.soonest())
        due: Micros | None = found["due_at"]
        return due

    async def claim(self, delivery: Delivery, until: Micros) -> bool:
        """Have it for oneself until then; False when another process has it."""
        database = await self._database()
        claim = database.hooks.claim(delivery.webhook, delivery.event, delivery.due_at, until)
        return await self._do(database, claim) == 1

    async def tried(self, delivery: Delivery, attempt: Attempt, state: State, due_at: Micros = 0) -> None:
        """What came of it, and what it has become; `due_at` when it is still pending."""
        key = {"webhook": delivery.webhook, "event": delivery.event}
        ended = 0 if state == "pending" else attempt.at
        values = {"state": state, "tries": delivery.tries + 1, "due_at": due_at, "ended_at": ended}
        database = await self._database()
        async with database.write() as connection:
            done = await connection.execute(database.hooks.become(**key, values=values))
            if done.rowcount:  # else the webhook was deleted meanwhile
                row = {**key, **msgspec.structs.asdict(attempt)}
                await connection.execute(database.hooks.add_attempt(), row)

    async def deliveries(self, webhook: str, *, state: str = "", limit: int = 100) -> list[Delivery]:
        """The newest ones, only in one state when it is given."""
        database = await self._database()
        found = await database.all(database.hooks.newest(webhook, state, limit))
        return [Delivery(**row) for row in found]

    async def delivery(self, webhook: str, event: str) -> tuple[Delivery, list[Attempt]]:
        """One of them with its attempts, oldest first. Raises `Unknown` (`webhook/no-delivery`)."""
        database = await self._database()
        found = await database.all(database.hooks.delivery(webhook, event))
        if not found:
            raise Unknown("there is no such delivery", code="webhook/no-delivery")
        delivery = Delivery(**{name: found[0][name] for name in Delivery.__struct_fields__})
        tried = [row for row in found if row["at"] is not None]
        return delivery, [Attempt(**{name: row[name] for name in Attempt.__struct_fields__}) for row in tried]

    async def retry(self, webhook: str, event: str, now: Micros) -> None:
        """Try it now, and again from its first attempt on."""
        anew = {"state": "pending", "tries": 0, "due_at": now, "ended_at": 0}
        database = await self._database()
        await self._do(database, database.hooks.become(webhook, event, anew))

    async def counts(self) -> dict[str, dict[str, int]]:
        """How many deliveries each webhook has, by state."""
        database = await self._database()
        out: dict[str, dict[str, int]] = {}
        for row in await database.all(database.hooks.counts()):
            out.setdefault(row["webhook"], {})[row["state"]] = row["n"]
        return out

    async def forget(self, sent_before: Micros, dead_before: Micros) -> None:
        """Deliveries that ended long ago go."""
        database = await self._database()
        async with database.write() as connection:
            await connection.execute(database.hooks.forget(sent_before, dead_before))

    async def _database(self) -> Database:
        return await self._store.database()

    async def _do(self, database: Database, what: Update) -> int:
        async with database.write() as connection:
            return (await connection.execute(what)).rowcount
