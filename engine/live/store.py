"""What people ask for later, in SQL: shows, people, results, the audit trail.

Every write may be repeated and may come late: a row remembers the log sequence that it comes from, and an
older one changes nothing.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import msgspec
from sqlalchemy import delete, select, text, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from oncue.engine.errors import Conflict, Unknown
from oncue.engine.structs import Micros, Row, ShowId
from oncue.migrations import HEAD

from . import tables as t
from .database import Database


class ShowRow(msgspec.Struct, frozen=True, kw_only=True):
    """A show in the database. `rundown` lists `{"format", "title", "settings"}`; `created_at` is in µs."""

    id: str
    code: str
    title: str
    picture: str = ""
    rundown: list[dict[str, Any]] = []
    state: str = "open"
    created_at: Micros = 0
    seq: int = 0


class PersonRow(msgspec.Struct, frozen=True):
    """Somebody who joined; `role` is the word in their token."""

    viewer: int
    name: str
    role: str = "audience"


class AuditRow(msgspec.Struct, frozen=True):
    """What somebody with a say did: `at` in µs, `who` a viewer id, `what` the action with its `type`."""

    at: Micros
    who: int
    role: str
    what: dict[str, Any]


class Store:
    """The database behind DATABASE_URL. All methods raise `Unavailable` (`db/unreachable`) without it."""

    def __init__(self, url: str) -> None:
        self._db = Database(url)
        self._insert: Any = sqlite.insert if self._db.sqlite else postgresql.insert

    async def open(self) -> None:
        """Check the tables. SQLite is brought up to date; PostgreSQL is not: `Conflict` (`db/outdated`)."""
        try:
            await self._check()
        except BaseException:
            await self.close()
            raise

    async def _check(self) -> None:
        revision = await self._db.revision()
        if revision == HEAD:
            return
        if self._db.sqlite or revision > HEAD:
            await self._db.migrate()
            return
        raise Conflict(
            f"the database is at revision {revision or 'none'}, this program needs {HEAD}",
            code="db/outdated",
            hint="run `oncue db upgrade`",
        )

    async def close(self) -> None:
        """Close all connections."""
        await self._db.close()

    async def ping(self) -> None:
        """Raise `Unavailable` when the database does not answer."""
        async with self._db.read() as connection:
            await connection.execute(text("SELECT 1"))

    async def add_show(self, show: ShowRow) -> None:
        """Write down a new show. Raises `Conflict` (`show/code-taken`) while an open show has its code."""
        try:
            async with self._db.write() as connection:
                await connection.execute(self._insert(t.shows).values(msgspec.structs.asdict(show)))
        except IntegrityError as error:
            raise Conflict(f"another open show has the code {show.code}", code="show/code-taken") from error

    async def record_show(self, show: ShowRow) -> None:
        """Write down what a show has become at `show.seq`."""
        values = msgspec.structs.asdict(show)
        statement = self._insert(t.shows).values(values)
        changed = {name: statement.excluded[name] for name in ("title", "picture", "rundown", "state", "seq")}
        async with self._db.write() as connection:
            await connection.execute(
                statement.on_conflict_do_update(
                    index_elements=["id"], set_=changed, where=t.shows.c.seq <= statement.excluded.seq
                )
            )

    async def open_shows(self) -> set[str]:
        """The ids of all shows that are noted as open."""
        return {row["id"] for row in await self._all(select(t.shows.c.id).where(t.shows.c.state == "open"))}

    async def close_show(self, show: ShowId | str) -> None:
        """Note that a show is over."""
        async with self._db.write() as connection:
            await connection.execute(update(t.shows).where(t.shows.c.id == show).values(state="closed"))

    async def remove_show(self, show: ShowId | str) -> None:
        """Forget a show, with all that belongs to it."""
        async with self._db.write() as connection:
            await connection.execute(delete(t.shows).where(t.shows.c.id == show))

    async def show(self, show: ShowId | str) -> ShowRow:
        """The show with this id. Raises `Unknown` (`show/unknown`)."""
        return _one(await self._all(select(t.shows).where(t.shows.c.id == show)))

    async def show_by_code(self, code: str) -> ShowRow:
        """The open show with this code, else the last one that had it. Raises `Unknown` (`show/unknown`)."""
        newest = t.shows.c.created_at.desc()
        found = (
            select(t.shows).where(t.shows.c.code == code).order_by(t.shows.c.state != "open", newest).limit(1)
        )
        return _one(await self._all(found))

    async def list_shows(self, *, state: str = "", limit: int = 100) -> list[ShowRow]:
        """Shows, newest first; only those in `state` when it is given."""
        found = select(t.shows).order_by(t.shows.c.created_at.desc(), t.shows.c.id).limit(limit)
        rows = await self._all(found.where(t.shows.c.state == state) if state else found)
        return [ShowRow(**row) for row in rows]

    async def record_people(self, show: ShowId | str, seq: int, people: Iterable[PersonRow]) -> None:
        """Who joined or changed, as of log sequence `seq`."""
        values = [
            {
                "show": show,
                "viewer": p.viewer,
                "name": _clean(p.name),
                "role": p.role,
                "joined": seq,
                "seq": seq,
            }
            for p in people
        ]
        statement = self._insert(t.people)
        new = statement.excluded
        newest = statement.on_conflict_do_update(
            index_elements=["show", "viewer"],
            set_={"name": new.name, "role": new.role, "seq": new.seq},
            where=t.people.c.seq <= new.seq,
        )
        await self._put(newest, values)

    async def people(self, show: ShowId | str) -> list[PersonRow]:
        """Who has joined, in order of joining."""
        columns = (t.people.c.viewer, t.people.c.name, t.people.c.role)
        found = select(*columns).where(t.people.c.show == show).order_by(t.people.c.joined, t.people.c.viewer)
        return [PersonRow(**row) for row in await self._all(found)]

    async def record_results(self, show: ShowId | str, segment: str, seq: int, rows: Iterable[Row]) -> None:
        """A segment's results as of log sequence `seq`, in place of older ones."""
        values = [
            {
                "show": show,
                "segment": segment,
                "seq": seq,
                "position": i,
                "sheet": row.table,
                "cells": row.cells,
            }
            for i, row in enumerate(rows)
        ]
        statement = self._insert(t.outcomes).values(show=show, segment=segment, seq=seq)
        newest = statement.on_conflict_do_update(
            index_elements=["show", "segment"],
            set_={"seq": statement.excluded.seq},
            where=t.outcomes.c.seq < statement.excluded.seq,
        ).returning(t.outcomes.c.seq)
        mine = (t.results.c.show == show) & (t.results.c.segment == segment)
        async with self._of(show) as connection:
            if (await connection.execute(newest)).first() is None:
                return
            await connection.execute(delete(t.results).where(mine))
            if values:
                await connection.execute(self._insert(t.results), values)

    async def results(self, show: ShowId | str, segment: str) -> list[Row]:
        """A segment's results. Raises `Unknown` (`results/none`) when none were written down."""
        mine = (t.results.c.show == show) & (t.results.c.segment == segment)
        known = (t.outcomes.c.show == show) & (t.outcomes.c.segment == segment)
        async with self._db.read() as connection:
            if (await connection.execute(select(t.outcomes.c.seq).where(known))).first() is None:
                raise Unknown(f"there are no results of segment {segment}", code="results/none")
            found = select(t.results.c.sheet, t.results.c.cells).where(mine).order_by(t.results.c.position)
            return [Row(sheet, cells) for sheet, cells in await connection.execute(found)]

    async def record_audit(self, show: ShowId | str, seq: int, lines: Sequence[AuditRow]) -> None:
        """What log message `seq` brought; always the same lines for the same message."""
        values = [
            {"show": show, "seq": seq, "position": i, **msgspec.structs.asdict(line)}
            for i, line in enumerate(lines)
        ]
        await self._put(self._insert(t.audit).on_conflict_do_nothing(), values)

    async def audit(self, show: ShowId | str, *, after: int = 0, limit: int = 1000) -> list[AuditRow]:
        """The audit trail, oldest first, of messages after `after`."""
        columns = (t.audit.c.at, t.audit.c.who, t.audit.c.role, t.audit.c.what)
        found = select(*columns).where((t.audit.c.show == show) & (t.audit.c.seq > after))
        rows = await self._all(found.order_by(t.audit.c.seq, t.audit.c.position).limit(limit))
        return [AuditRow(**row) for row in rows]

    async def _all(self, statement: Any) -> list[dict[str, Any]]:
        async with self._db.read() as connection:
            return [dict(row) for row in (await connection.execute(statement)).mappings()]

    async def _put(self, statement: Any, values: list[dict[str, Any]]) -> None:
        if values:
            async with self._of(values[0]["show"]) as connection:
                await connection.execute(statement, values)

    @asynccontextmanager
    async def _of(self, show: ShowId | str) -> AsyncIterator[AsyncConnection]:
        try:
            async with self._db.write() as connection:
                yield connection
        except IntegrityError as error:
            raise Unknown(f"the database has no show {show}", code="show/unknown") from error


async def upgrade(url: str) -> str:
    """Bring the tables at a DATABASE_URL to the newest revision, and give it.

    Raises `Unavailable`, `Conflict` (`db/newer`) and `BadInput`.
    """
    database = Database(url)
    try:
        await database.migrate()
        return HEAD
    finally:
        await database.close()


async def current(url: str) -> str:
    """The revision of the tables at a DATABASE_URL; empty without any. Raises `Unavailable`, `BadInput`."""
    database = Database(url)
    try:
        return await database.revision()
    finally:
        await database.close()


def _one(rows: list[dict[str, Any]]) -> ShowRow:
    if not rows:
        raise Unknown("there is no such show", code="show/unknown", hint="check the code or the link")
    return ShowRow(**rows[0])


def _clean(name: str) -> str:
    return name.replace("\0", "")  # PostgreSQL's text cannot hold it
