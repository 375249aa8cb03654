"""Shows, people, results and the audit trail."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def _show(table: str) -> tuple[sa.Column[str], sa.ForeignKeyConstraint]:
    key = sa.ForeignKeyConstraint(["show"], ["shows.id"], name=f"fk_{table}_show", ondelete="CASCADE")
    return sa.Column("show", sa.String(10), nullable=False), key


def upgrade() -> None:
    op.create_table(
        "shows",
        sa.Column("id", sa.String(10), nullable=False),
        sa.Column("code", sa.String(6), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("picture", sa.Text(), nullable=False),
        sa.Column("rundown", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_shows"),
    )
    still_open = sa.text("state = 'open'")
    op.create_index(
        "ix_shows_open_code",
        "shows",
        ["code"],
        unique=True,
        sqlite_where=still_open,
        postgresql_where=still_open,
    )
    op.create_index("ix_shows_created_at", "shows", ["created_at"])
    op.create_table(
        "people",
        *_show("people"),
        sa.Column("viewer", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.String(20), nullable=False),
        sa.Column("joined", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("show", "viewer", name="pk_people"),
    )
    op.create_table(
        "outcomes",
        *_show("outcomes"),
        sa.Column("segment", sa.String(20), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("show", "segment", name="pk_outcomes"),
    )
    op.create_table(
        "results",
        *_show("results"),
        sa.Column("segment", sa.String(20), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("sheet", sa.Text(), nullable=False),
        sa.Column("cells", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("show", "segment", "seq", "position", name="pk_results"),
    )
    op.create_table(
        "audit",
        *_show("audit"),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("who", sa.BigInteger(), nullable=False),
        sa.Column("role", sa.String(20), nullable=False),
        sa.Column("what", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("show", "seq", "position", name="pk_audit"),
    )


def downgrade() -> None:
    for table in ("audit", "results", "outcomes", "people", "shows"):
        op.drop_table(table)
