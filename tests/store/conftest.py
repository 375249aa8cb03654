"""A new database for each test: a SQLite file, and a database on a real PostgreSQL server."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest
from sqlalchemy import make_url

from oncue.engine.live.store import ShowRow, Store, upgrade


@asynccontextmanager
async def database_on(server: str, template: str = "") -> AsyncIterator[str]:
    """The address of a new database on a PostgreSQL server, empty or with the tables of another one."""
    name = f"t{uuid4().hex}"
    admin = await asyncpg.connect(server)
    await admin.execute(f"CREATE DATABASE {name}" + (f" TEMPLATE {template}" if template else ""))
    try:
        yield make_url(server).set(database=name).render_as_string(hide_password=False)
    finally:
        await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
        await admin.close()


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
    async with database_on(server) as url:
        yield url


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with all tables."""
    path = tmp_path_factory.mktemp("template") / "oncue.db"
    asyncio.run(upgrade(f"sqlite:///{path}"))
    return path


@pytest.fixture(scope="session")
def postgres_template(postgres_url: str) -> Iterator[str]:
    """The name of a PostgreSQL database with all tables."""
    with asyncio.Runner() as runner:
        made = database_on(postgres_url)
        url = runner.run(made.__aenter__())
        runner.run(upgrade(url))
        yield str(make_url(url).database)
        runner.run(made.__aexit__(None, None, None))


@pytest.fixture
def template(server: str, request: pytest.FixtureRequest) -> Path | str:
    """What a database with all tables is copied from."""
    found: Path | str = request.getfixturevalue("postgres_template" if server else "sqlite_template")
    return found


@pytest.fixture
async def migrated_url(server: str, template: Path | str, tmp_path: Path) -> AsyncIterator[str]:
    """The address of a database with all tables and no rows."""
    if isinstance(template, Path):
        shutil.copy(template, tmp_path / "oncue.db")
        yield f"sqlite:///{tmp_path}/oncue.db"
        return
    async with database_on(server, template) as url:
        yield url


@pytest.fixture
async def store(migrated_url: str) -> AsyncIterator[Store]:
    """An open store without rows."""
    store = Store(migrated_url)
    await store.open()
    yield store
    await store.close()


@pytest.fixture
async def show(store: Store) -> str:
    """The id of a show that is written down."""
    row = ShowRow(id="aaaaaaaaaa", code="ABC234", title="Friday", created_at=1_700_000_000_000_000)
    await store.add_show(row)
    return row.id
