"""Fairness reports of rounds that were judged, with the answers that they were made from."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "rounds",
        sa.Column("show", sa.String(10), nullable=False),
        sa.Column("segment", sa.String(20), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("report", sa.JSON(), nullable=False),
        sa.Column("answers", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("show", "segment", "number", name="pk_rounds"),
        sa.ForeignKeyConstraint(["show"], ["shows.id"], name="fk_rounds_show", ondelete="CASCADE"),
    )


def downgrade() -> None:
    op.drop_table("rounds")
