"""Migrations on both databases, and what is said when a database cannot be used."""

import asyncio
import socket
import sqlite3
import sys
from pathlib import Path
from subprocess import run

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, make_url, text

from oncue import migrations
from oncue.engine.errors import BadInput, Conflict, Unavailable
from oncue.engine.live.database import Database
from oncue.engine.live.store import ShowRow, Store, current, upgrade
from oncue.engine.live.tables import metadata


@pytest.fixture
async def database(database_url: str):
    database = Database(database_url)
    yield database
    await database.close()


def differences(connection: Connection) -> list[object]:
    context = MigrationContext.configure(
        connection, opts={"compare_type": True, "compare_server_default": True}
    )
    return compare_metadata(context, metadata)


def test_the_head_that_the_store_checks_is_the_newest_script():
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    config.set_main_option("path_separator", "os")
    assert ScriptDirectory.from_config(config).get_heads() == [migrations.HEAD]


async def test_an_empty_database_comes_to_the_tables_of_the_models(database_url: str, database: Database):
    assert await current(database_url) == ""
    assert await upgrade(database_url) == migrations.HEAD
    assert await current(database_url) == migrations.HEAD
    async with database.read() as connection:
        assert await connection.run_sync(differences) == []


async def test_going_down_leaves_no_table_of_ours_and_going_up_again_works(
    database_url: str, database: Database
):
    await upgrade(database_url)
    async with database.write() as connection:
        await connection.run_sync(migrations.downgrade)
    async with database.read() as connection:
        assert await connection.run_sync(lambda c: inspect(c).get_table_names()) == ["alembic_version"]
    await upgrade(database_url)
    async with database.read() as connection:
        assert await connection.run_sync(differences) == []


async def test_a_database_of_the_first_revision_keeps_its_rows(database_url: str, database: Database):
    async with database.write() as connection:
        await connection.run_sync(migrations.upgrade, "0001")
    store = Store(database_url)
    await store.add_show(ShowRow(id="aaaaaaaaaa", code="ABC234", title="before"))
    await upgrade(database_url)
    assert (await store.show("aaaaaaaaaa")).title == "before"
    assert await store.rounds("aaaaaaaaaa") == []
    await store.close()


async def test_upgrading_what_is_up_to_date_does_nothing(migrated_url: str, store: Store):
    await store.add_show(ShowRow(id="aaaaaaaaaa", code="ABC234", title="t"))
    await upgrade(migrated_url)
    assert (await store.show("aaaaaaaaaa")).title == "t"


async def test_several_processes_may_upgrade_at_once(database_url: str):
    assert await asyncio.gather(*(upgrade(database_url) for _ in range(4))) == [migrations.HEAD] * 4


async def test_a_migration_that_fails_leaves_nothing_behind(
    database_url: str, database: Database, monkeypatch
):
    def fails(connection: Connection) -> None:
        migrations.upgrade(connection)
        raise RuntimeError("power cut")

    monkeypatch.setattr("oncue.engine.live.database.upgrade", fails)
    with pytest.raises(RuntimeError):
        await database.migrate()
    assert await current(database_url) == ""


async def test_a_database_of_a_newer_program_is_refused(database_url: str, database: Database):
    await upgrade(database_url)
    async with database.write() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(Conflict) as newer:
        await Store(database_url).open()
    assert newer.value.code == "db/newer"


async def test_sqlite_migrates_by_itself(tmp_path: Path):
    store = Store(f"sqlite:///{tmp_path}/deep/er/oncue.db")
    await store.open()
    await store.ping()
    await store.close()


@pytest.mark.postgres
@pytest.mark.parametrize("server", ["postgres"], indirect=True)
async def test_an_outdated_postgresql_is_refused_with_what_to_run(database_url: str):
    store = Store(database_url)
    with pytest.raises(Conflict) as outdated:
        await store.open()
    assert outdated.value.code == "db/outdated"
    assert "oncue db upgrade" in outdated.value.hint
    await store.close()


def test_a_store_that_is_up_to_date_opens_without_sqlalchemy(tmp_path: Path):
    program = (
        "import asyncio, sys\n"
        "from oncue.engine.live.store import Store\n"
        f"store = Store('sqlite:///{tmp_path}/oncue.db')\n"
        "async def main():\n"
        "    await store.open()\n"
        "    await store.close()\n"
        "asyncio.run(main())\n"
        "print('alembic' in sys.modules, 'sqlalchemy' in sys.modules)\n"
    )
    said = [
        run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
        for _ in range(2)
    ]
    assert said == ["True True\n", "False False\n"]


@pytest.mark.parametrize(
    "given",
    [
        "",
        "oncue.db",
        "mysql://kim:hunter2@h/d",
        "sqlite://",
        "sqlite:///:memory:",
        "postgresql://u:hunter2@h:port/d",
    ],
)
async def test_an_address_that_is_none_is_refused_without_repeating_its_password(given: str):
    with pytest.raises(BadInput) as bad:
        await Store(given).open()
    assert bad.value.code == "settings/bad"
    assert "hunter2" not in str(bad.value.as_dict())


def test_the_words_of_libpq_are_understood():
    url = Database("postgres://u:p@h/d?sslmode=require").url
    assert (url.drivername, dict(url.query)) == ("postgresql+asyncpg", {"ssl": "require"})


async def test_a_server_that_is_not_there_is_unavailable():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        store = Store(f"postgresql://u:hunter2@127.0.0.1:{free.getsockname()[1]}/d")
        with pytest.raises(Unavailable) as gone:
            await store.open()
    await store.close()
    assert gone.value.code == "db/unreachable"
    assert "hunter2" not in str(gone.value.as_dict())


@pytest.mark.postgres
async def test_a_database_that_does_not_exist_is_unavailable(postgres_url: str):
    store = Store(make_url(postgres_url).set(database="nowhere").render_as_string(hide_password=False))
    with pytest.raises(Unavailable) as gone:
        await store.ping()
    await store.close()
    assert "nowhere" in gone.value.message


async def test_a_file_that_is_no_database_is_unavailable(tmp_path: Path):
    (tmp_path / "oncue.db").write_text("this is not a database" * 100)
    store = Store(f"sqlite:///{tmp_path}/oncue.db")
    with pytest.raises(Unavailable):
        await store.open()
    await store.close()


async def test_a_database_that_another_program_keeps_locked_is_unavailable(tmp_path: Path, monkeypatch):
    monkeypatch.setattr("oncue.engine.live.database.BUSY", 0.05)
    store = Store(f"sqlite:///{tmp_path}/oncue.db")
    await store.open()
    holder = sqlite3.connect(tmp_path / "oncue.db", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(Unavailable) as locked:
        await store.add_show(ShowRow(id="aaaaaaaaaa", code="ABC234", title="t"))
    assert "locked" in locked.value.message
    holder.close()
    await store.add_show(ShowRow(id="aaaaaaaaaa", code="ABC234", title="t"))
    await store.close()
