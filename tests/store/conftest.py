"""A new database for each test: a SQLite file, and a database on a real PostgreSQL server."""

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest
from sqlalchemy import make_url

from oncue.engine.live.store import ShowRow, Store, upgrade


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def server(request: pytest.FixtureRequest) -> str:
    """The address of the PostgreSQL server, or nothing for SQLite."""
    return request.getfixturevalue("postgres_url") if request.param == "postgres" else ""


@pytest.fixture
async def database_url(server: str, tmp_path: Path) -> AsyncIterator[str]:
    """The address of an empty database."""
    if not server:
        yield f"sqlite:///{tmp_path}/new/oncue.db"
        return
    name = f"t{uuid4().hex}"
    admin = await asyncpg.connect(server)
    await admin.execute(f"CREATE DATABASE {name}")
    yield make_url(server).set(database=name).render_as_string(hide_password=False)
    await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await admin.close()


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[Store]:
    """An open store on an empty database."""
    await upgrade(database_url)
    store = Store(database_url)
    await store.open()
    yield store
    await store.close()


@pytest.fixture
async def show(store: Store) -> str:
    """The id of a show that is written down."""
    row = ShowRow(id="aaaaaaaaaa", code="ABC234", title="Friday", created_at=1_700_000_000_000_000)
    await store.add_show(row)
    return row.id
