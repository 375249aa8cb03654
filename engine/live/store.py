"""What people ask for later, in SQL: shows, people, results, fairness reports, the audit trail.

Every write may be repeated and may come late: a row remembers the log sequence that it comes from, and an older one changes
nothing. SQLAlchemy is a quarter of what an API process imports, so it is imported when it is first needed.
"""

from __future__ import annotations

import asyncio
import sqlite3
import zlib
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager, closing
from typing import TYPE_CHECKING, Any

import msgspec

from oncue.engine.errors import Conflict, Unknown
from oncue.engine.structs import Micros, Row, ShowId
from oncue.engine.wire import RoundInfo
from oncue.migrations import HEAD

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

    from .database import Database

FILE = "sqlite:///"


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
        self._url = url
        self._database: Database | None = None
        self._loading: asyncio.Task[Database] | None = None

    async def open(self) -> None:
        """Check the tables. SQLite is brought up to date; PostgreSQL is not: `Conflict` (`db/outdated`).

        Raises `BadInput` (`settings/bad`) for an address that is none.
        """
        if await asyncio.to_thread(_is_current, self._url):
            return
        try:
            await self._check()
        except BaseException:
            await self.close()
            raise

    async def _check(self) -> None:
        database = await self.database()
        revision = await database.revision()
        if revision == HEAD:
            return
        if database.sqlite or revision > HEAD:
            await database.migrate()
            return
        raise Conflict(
            f"the database is at revision {revision or 'none'}, this program needs {HEAD}",
            code="db/outdated",
            hint="run `oncue db upgrade`",
        )

    async def close(self) -> None:
        """Close all connections."""
        if self._loading:
            await asyncio.wait([self._loading])
        if self._database:
            await self._database.close()

    async def ping(self) -> None:
        """Raise `Unavailable` when the database does not answer."""
        await (await self.database()).revision()

    async def add_show(self, show: ShowRow) -> None:
        """Write down a new show. Raises `Conflict` (`show/code-taken`) while an open show has its code."""
        database = await self.database()
        try:
            async with database.write() as connection:
                await connection.execute(database.sql.add_show(), msgspec.structs.asdict(show))
        except database.Clash as error:
            raise Conflict(f"another open show has the code {show.code}", code="show/code-taken") from error

    async def record_show(self, show: ShowRow) -> None:
        """Write down what a show has become at `show.seq`."""
        database = await self.database()
        async with database.write() as connection:
            await connection.execute(database.sql.record_show(), msgspec.structs.asdict(show))

    async def close_show(self, show: ShowId | str, seq: int = 0) -> None:
        """Note that a show is over, and that all of its log up to `seq` is written down (0: that is not known)."""
        database = await self.database()
        async with database.write() as connection:
            await connection.execute(database.find.close_show(show, seq))

    async def remove_show(self, show: ShowId | str) -> None:
        """Forget a show, with all that belongs to it."""
        database = await self.database()
        async with database.write() as connection:
            await connection.execute(database.find.remove_show(show))

    async def show(self, show: ShowId | str) -> ShowRow:
        """The show with this id. Raises `Unknown` (`show/unknown`)."""
        database = await self.database()
        return _one(await database.all(database.find.one_show(show)))

    async def show_by_code(self, code: str) -> ShowRow:
        """The open show with this code, else the last one that had it. Raises `Unknown` (`show/unknown`)."""
        database = await self.database()
        return _one(await database.all(database.find.show_by_code(code)))

    async def list_shows(self, *, state: str = "", limit: int = 100) -> list[ShowRow]:
        """Shows, newest first; only those in `state` when it is given."""
        database = await self.database()
        return [ShowRow(**row) for row in await database.all(database.find.list_shows(state, limit))]

    async def open_shows(self) -> set[str]:
        """The ids of all shows that are noted as open."""
        database = await self.database()
        return {row["id"] for row in await database.all(database.find.open_shows())}

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
        if values:
            async with self._of(show) as (database, connection):
                await connection.execute(database.sql.record_person(), values)

    async def people(self, show: ShowId | str) -> list[PersonRow]:
        """Who has joined, in order of joining."""
        database = await self.database()
        return [PersonRow(**row) for row in await database.all(database.find.people(show))]

    async def names(self, show: ShowId | str, viewers: Iterable[int]) -> dict[int, str]:
        """The names of those of these viewers who were written down; at most 30,000 at once."""
        database = await self.database()
        found = await database.all(database.find.names(show, viewers))
        return {row["viewer"]: row["name"] for row in found}

    async def record_results(self, show: ShowId | str, segment: str, seq: int, rows: Iterable[Row]) -> None:
        """A segment's results as of log sequence `seq`, in place of older ones."""
        key = {"show": show, "segment": segment, "seq": seq}
        values = [
            {**key, "position": i, "sheet": row.table, "cells": row.cells} for i, row in enumerate(rows)
        ]
        async with self._of(show) as (database, connection):
            if (await connection.execute(database.sql.newest_results(), key)).first() is None:
                return
            await connection.execute(database.find.remove_results(show, segment))
            if values:
                await connection.execute(database.sql.add_result(), values)

    async def results(self, show: ShowId | str, segment: str) -> list[Row]:
        """A segment's results. Raises `Unknown` (`results/none`) when none were written down."""
        database = await self.database()
        async with database.read() as connection:
            if (await connection.execute(database.find.outcome(show, segment))).first() is None:
                raise Unknown(f"there are no results of segment {segment}", code="results/none")
            found = await connection.execute(database.find.results(show, segment))
            return [Row(sheet, cells) for sheet, cells in found]

    async def judged(
        self, show: ShowId | str, segment: str, number: int, seq: int, report: RoundInfo, answers: bytes
    ) -> None:
        """A round as it was judged as of log sequence `seq`, in place of an older judgement. `answers` as in `tables.rounds`, not
        compressed."""
        row = {"show": show, "segment": segment, "number": number, "seq": seq}
        row["report"] = msgspec.to_builtins(report)
        row["answers"] = await asyncio.to_thread(zlib.compress, answers, 1)
        async with self._of(show) as (database, connection):
            await connection.execute(database.sql.record_round(), row)

    async def rounds(self, show: ShowId | str) -> list[RoundInfo]:
        """The reports of all rounds that were judged, in the order in which they were opened."""
        database = await self.database()
        found = [
            msgspec.convert(row["report"], RoundInfo)
            for row in await database.all(database.find.rounds(show))
        ]
        return sorted(found, key=lambda report: report.opened)

    async def round(self, show: ShowId | str, segment: str, number: int) -> tuple[RoundInfo, bytes]:
        """A round's report, and its answers as `judged` takes them. Raises `Unknown` (`fairness/none`)."""
        database = await self.database()
        found = await database.all(database.find.one_round(show, segment, number))
        if not found:
            raise Unknown(f"there is no report of round {number} of segment {segment}", code="fairness/none")
        answers = await asyncio.to_thread(zlib.decompress, found[0]["answers"])
        return msgspec.convert(found[0]["report"], RoundInfo), answers

    async def record_audit(self, show: ShowId | str, seq: int, lines: Sequence[AuditRow]) -> None:
        """What log message `seq` brought; always the same lines for the same message."""
        key = {"show": show, "seq": seq}
        values = [{**key, "position": i, **msgspec.structs.asdict(line)} for i, line in enumerate(lines)]
        if values:
            async with self._of(show) as (database, connection):
                await connection.execute(database.sql.add_audit(), values)

    async def audit(self, show: ShowId | str, *, after: int = 0, limit: int = 1000) -> list[AuditRow]:
        """The audit trail, oldest first, of messages after `after`."""
        database = await self.database()
        return [AuditRow(**row) for row in await database.all(database.find.audit(show, after, limit))]

    async def database(self) -> Database:
        """The door to it, opened when it is first needed; for what is written by others (hooks.py, series.py)."""
        if self._database is None:
            if self._loading is None:
                self._loading = asyncio.create_task(asyncio.to_thread(_database, self._url))
            loading = self._loading
            try:
                self._database = await asyncio.shield(loading)
            finally:
                if loading.done():
                    self._loading = None
        return self._database

    @asynccontextmanager
    async def _of(self, show: ShowId | str) -> AsyncIterator[tuple[Database, AsyncConnection]]:
        database = await self.database()
        try:
            async with database.write() as connection:
                yield database, connection
        except database.Clash as error:
            raise Unknown(f"the database has no show {show}", code="show/unknown") from error


async def upgrade(url: str) -> str:
    """Bring the tables at a DATABASE_URL to the newest revision, and give it.

    Raises `Unavailable`, `Conflict` (`db/newer`) and `BadInput`.
    """
    database = _database(url)
    try:
        await database.migrate()
        return HEAD
    finally:
        await database.close()


async def current(url: str) -> str:
    """The revision of the tables at a DATABASE_URL; empty without any. Raises `Unavailable`, `BadInput`."""
    database = _database(url)
    try:
        return await database.revision()
    finally:
        await database.close()


def _database(url: str) -> Database:
    from .database import Database

    return Database(url)


def _is_current(url: str) -> bool:
    """Whether this is a SQLite file whose tables are up to date; told without SQLAlchemy."""
    if not url.startswith(FILE) or "?" in url:
        return False
    try:
        with closing(sqlite3.connect(f"file:{url.removeprefix(FILE)}?mode=ro", uri=True)) as connection:
            return bool(connection.execute("SELECT version_num FROM alembic_version").fetchall() == [(HEAD,)])
    except sqlite3.Error:
        return False


def _one(rows: list[dict[str, Any]]) -> ShowRow:
    if not rows:
        raise Unknown("there is no such show", code="show/unknown", hint="check the code or the link")
    return ShowRow(**rows[0])


def _clean(name: str) -> str:
    return name.replace("\0", "")  # PostgreSQL's text cannot hold it
