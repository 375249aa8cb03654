"""Run by Alembic: the connection comes from `oncue.migrations`, which is the only way in."""

from alembic import context

context.configure(
    connection=context.config.attributes["connection"],
    # The caller's transaction holds on SQLite too, so a migration that fails leaves nothing behind.
    transactional_ddl=True,
)
context.run_migrations()
