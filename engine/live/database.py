"""One door to SQLite and PostgreSQL: addresses, transactions, migrations, and what their errors mean."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import Connection, Select, event, make_url, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import (
    ArgumentError,
    DataError,
    DBAPIError,
    IntegrityError,
    NotSupportedError,
    ProgrammingError,
)
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from oncue.engine.errors import BadInput, Conflict, OncueError, Unavailable
from oncue.migrations import HEAD, current, upgrade

from . import hook_statements, series_statements, statements
from .statements import Statements

BUSY = 5.0
"""Seconds that a writer waits for another process's transaction before it gives up."""

MIGRATING = 0x6F6E637565
"""Key of the PostgreSQL advisory lock that lets one process migrate at a time ("oncue")."""


def database_url(given: str) -> URL:
    """The address with the driver that we use. Takes `sqlite:///file`, `postgresql://…` and `postgres://…`.

    Raises `BadInput` (`settings/bad`), without repeating what was given: it may hold a password.
    """
    hint = "write sqlite:///oncue.db or postgresql://user:password@host/database"
    try:
        url = make_url(given)
    except (ArgumentError, ValueError) as error:
        raise BadInput(
            "DATABASE_URL is not the address of a database", code="settings/bad", hint=hint
        ) from error
    kind = url.drivername.partition("+")[0]
    if kind == "sqlite" and url.database not in (None, "", ":memory:"):
        return url.set(drivername="sqlite+aiosqlite")
    if kind not in ("postgresql", "postgres"):
        raise BadInput(
            f"DATABASE_URL is for {kind}, and names no file or server", code="settings/bad", hint=hint
        )
    query = dict(url.query)
    if "sslmode" in query:  # libpq's word; asyncpg's argument is `ssl`
        query["ssl"] = query.pop("sslmode")
    return url.set(drivername="postgresql+asyncpg", query=query)


STATEMENT = (DataError, IntegrityError, NotSupportedError, ProgrammingError)
"""Errors of a statement, not of the database."""


class Database:
    """An engine on one database. Transactions come from `read()` and `write()`, what to execute in them from `sql` and `find`."""

    Clash = IntegrityError
    """A row that is there already, or one that it belongs to is not."""
    find = statements
    hooks = hook_statements
    series = series_statements

    def __init__(self, url: str) -> None:
        self.url = database_url(url)
        self.sqlite = self.url.drivername.startswith("sqlite")
        self._engine = _sqlite(self.url) if self.sqlite else _postgres(self.url)
        self._writer = self._engine.execution_options(write=True)
        self.sql = Statements(sqlite_=self.sqlite)

    async def close(self) -> None:
        """Close all connections."""
        await self._engine.dispose()

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that writes nothing. Raises `Unavailable` (`db/unreachable`)."""
        async with self._begin(self._engine) as connection:
            yield connection

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that is committed at the end. Raises `Unavailable` (`db/unreachable`)."""
        async with self._begin(self._writer) as connection:
            yield connection

    async def all(self, statement: Select[Any]) -> list[dict[str, Any]]:
        """All rows that a statement finds."""
        async with self.read() as connection:
            return [dict(row) for row in (await connection.execute(statement)).mappings()]

    async def revision(self) -> str:
        """The revision of its tables; empty when it has none."""
        async with self.read() as connection:
            return await connection.run_sync(current)

    async def migrate(self) -> None:
        """Bring the tables to the newest revision in one transaction; of several processes one does it.

        Raises `Conflict` (`db/newer`).
        """
        async with self.write() as connection:
            if not self.sqlite:
                await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATING})
            await connection.run_sync(_migrate)

    @asynccontextmanager
    async def _begin(self, engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
        try:
            async with engine.begin() as connection:
                yield connection
        except OncueError:
            raise
        except Exception as error:
            if not _outage(error):
                raise
            where = self.url.render_as_string(hide_password=True)
            raise Unavailable(
                f"the database at {where} cannot be reached: {_words(error)}",
                code="db/unreachable",
                hint="check DATABASE_URL, and that the database is running",
            ) from error


def _migrate(connection: Connection) -> None:
    have = current(connection)
    if have > HEAD:
        raise Conflict(
            f"the database is at revision {have}, this program knows {HEAD}",
            code="db/newer",
            hint="run the version of oncue that wrote it, or a newer one",
        )
    if have != HEAD:
        upgrade(connection)


def _outage(error: Exception) -> bool:
    """Whether the database could not be reached or let us wait too long; else a statement was wrong."""
    if isinstance(error, DBAPIError):
        return error.connection_invalidated or not isinstance(error, STATEMENT)
    # While connecting, the drivers' own errors come through as they are.
    return isinstance(error, OSError) or type(error).__module__.startswith(("asyncpg", "sqlite3"))


def _words(error: Exception) -> str:
    return str(getattr(error, "orig", None) or error).splitlines()[0]


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def _sqlite(url: URL) -> AsyncEngine:
    Path(url.database or "").parent.mkdir(parents=True, exist_ok=True)
    engine = create_async_engine(
        url, connect_args={"timeout": BUSY}, json_serializer=_json, json_deserializer=msgspec.json.decode
    )
    event.listen(engine.sync_engine, "connect", _opened)
    event.listen(engine.sync_engine, "begin", _begun)
    return engine


def _postgres(url: URL) -> AsyncEngine:
    return create_async_engine(
        url,
        pool_pre_ping=True,
        connect_args={"timeout": BUSY},
        json_serializer=_json,
        json_deserializer=msgspec.json.decode,
    )


def _opened(connection: Any, _record: object) -> None:
    # sqlite3 would open transactions when it sees fit, and none before DDL; _begun does it instead.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _begun(connection: Connection) -> None:
    # One that reads first and writes later would fail when another process wrote between; this one waits.
    immediate = connection.get_execution_options().get("write")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")
