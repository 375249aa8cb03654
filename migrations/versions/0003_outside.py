"""Webhooks with their deliveries, series of shows, and who is who in the host's own system."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "webhooks",
        sa.Column("id", sa.String(20), nullable=False),
        sa.Column("show", sa.String(10), nullable=True),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("events", sa.JSON(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("old_secret", sa.Text(), nullable=False),
        sa.Column("old_until", sa.BigInteger(), nullable=False),
        sa.Column("failing_since", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_webhooks"),
        sa.ForeignKeyConstraint(["show"], ["shows.id"], name="fk_webhooks_show", ondelete="CASCADE"),
    )
    op.create_table(
        "deliveries",
        sa.Column("webhook", sa.String(20), nullable=False),
        sa.Column("event", sa.String(120), nullable=False),
        sa.Column("show", sa.String(40), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("sequence", sa.String(40), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("webhook", "event", name="pk_deliveries"),
        sa.ForeignKeyConstraint(
            ["webhook"], ["webhooks.id"], name="fk_deliveries_webhook", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_deliveries_state", "deliveries", ["state", "due_at"])
    op.create_table(
        "attempts",
        sa.Column("webhook", sa.String(20), nullable=False),
        sa.Column("event", sa.String(120), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("took_ms", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("webhook", "event", "at", name="pk_attempts"),
        sa.ForeignKeyConstraint(
            ["webhook", "event"],
            ["deliveries.webhook", "deliveries.event"],
            name="fk_attempts_webhook",
            ondelete="CASCADE",
        ),
    )
    op.create_table(
        "series",
        sa.Column("id", sa.String(10), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("shows", sa.JSON(), nullable=False),
        sa.Column("sheet", sa.Text(), nullable=False),
        sa.Column("score", sa.Text(), nullable=False),
        sa.Column("by", sa.String(10), nullable=False),
        sa.Column("public", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_series"),
    )
    op.create_table(
        "persons",
        sa.Column("show", sa.String(10), nullable=False),
        sa.Column("viewer", sa.BigInteger(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("show", "viewer", name="pk_persons"),
        sa.ForeignKeyConstraint(["show"], ["shows.id"], name="fk_persons_show", ondelete="CASCADE"),
    )


def downgrade() -> None:
    for table in ("persons", "series", "attempts", "deliveries", "webhooks"):
        op.drop_table(table)
