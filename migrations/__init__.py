"""Brings a database to the tables of `oncue.engine.live.tables` by Alembic, in a transaction of the caller.

Alembic is imported only when there is something to do: `current` is one query.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from alembic.config import Config
    from sqlalchemy import Connection

__all__ = ["HEAD", "current", "downgrade", "upgrade"]

HEAD = "0003"
"""The newest revision in versions/."""


def current(connection: Connection) -> str:
    """The revision that a database is at; empty when it has none of our tables."""
    from sqlalchemy import inspect, text

    if not inspect(connection).has_table("alembic_version"):
        return ""
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar() or ""


def upgrade(connection: Connection, revision: str = "head") -> None:
    """Go up to a revision. Raises `alembic.util.CommandError` for one that does not exist."""
    from alembic import command

    command.upgrade(_config(connection), revision)


def downgrade(connection: Connection, revision: str = "base") -> None:
    """Go down to a revision; `base` drops all tables."""
    from alembic import command

    command.downgrade(_config(connection), revision)


def _config(connection: Connection) -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config
