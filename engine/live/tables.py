"""The SQL tables: what people ask for later. The log is the truth; these are written from it.

Times are show time in µs. `seq` is the log sequence that a row comes from: a write with a lower one changes
nothing.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    text,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)
"""All tables; migrations/ brings a database to them, and a test compares the two."""


def _show() -> Column[str]:
    return Column("show", String(10), ForeignKey("shows.id", ondelete="CASCADE"), primary_key=True)


shows = Table(
    "shows",
    metadata,
    Column("id", String(10), primary_key=True),
    Column("code", String(6), nullable=False),
    Column("title", String(200), nullable=False),
    Column("picture", Text, nullable=False),
    Column("rundown", JSON, nullable=False),
    Column("state", String(10), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("seq", BigInteger, nullable=False),
    # Codes are short, so they are free again once their show is closed.
    Index(
        "ix_shows_open_code",
        "code",
        unique=True,
        sqlite_where=text("state = 'open'"),
        postgresql_where=text("state = 'open'"),
    ),
    Index("ix_shows_created_at", "created_at"),
)
"""One row for each show. `rundown` lists `{"format", "title", "settings"}`, `state` is `open` or `closed`, and `importing` until
all of an imported one is there."""

people = Table(
    "people",
    metadata,
    _show(),
    Column("viewer", BigInteger, primary_key=True, autoincrement=False),
    Column("name", Text, nullable=False),
    Column("role", String(20), nullable=False),
    Column("joined", BigInteger, nullable=False),
    Column("seq", BigInteger, nullable=False),
)
"""Who joined, under which name; `joined` is the sequence of their first row."""

outcomes = Table(
    "outcomes",
    metadata,
    _show(),
    Column("segment", String(20), primary_key=True),
    Column("seq", BigInteger, nullable=False),
)
"""Which results of a segment count: those of the newest sequence. Present even when a segment has no rows."""

results = Table(
    "results",
    metadata,
    _show(),
    Column("segment", String(20), primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("sheet", Text, nullable=False),
    Column("cells", JSON, nullable=False),
)
"""A segment's results row by row; `sheet` is `Row.table`, `cells` keeps the order of its columns."""

rounds = Table(
    "rounds",
    metadata,
    _show(),
    Column("segment", String(20), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("seq", BigInteger, nullable=False),
    Column("report", JSON, nullable=False),
    Column("answers", LargeBinary, nullable=False),
)
"""A judged round of a segment. `report` is its `RoundInfo`; `answers` has five little-endian int64 for each answer, compressed by zlib:
viewer, age on their picture, age when it was received, how much of the claim was not believed (all µs), and whether it was right."""

audit = Table(
    "audit",
    metadata,
    _show(),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("who", BigInteger, nullable=False),
    Column("role", String(20), nullable=False),
    Column("what", JSON, nullable=False),
)
"""What hosts, producers and moderators did: line `position` of what log message `seq` brought."""

webhooks = Table(
    "webhooks",
    metadata,
    Column("id", String(20), primary_key=True),
    Column("show", String(10), ForeignKey("shows.id", ondelete="CASCADE"), nullable=True),
    Column("url", Text, nullable=False),
    Column("events", JSON, nullable=False),
    Column("description", Text, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("why", Text, nullable=False),
    Column("secret", Text, nullable=False),
    Column("old_secret", Text, nullable=False),
    Column("old_until", BigInteger, nullable=False),
    Column("failing_since", BigInteger, nullable=False),
    Column("created_at", BigInteger, nullable=False),
)
"""Who is told what of one show or (null) all. `why` says why it is not `active`; `old_secret` signs as well until `old_until`;
`failing_since` is the first failure after the last success (0: none)."""

deliveries = Table(
    "deliveries",
    metadata,
    Column("webhook", String(20), ForeignKey("webhooks.id", ondelete="CASCADE"), primary_key=True),
    Column("event", String(120), primary_key=True),
    Column("show", String(40), nullable=False),
    Column("type", Text, nullable=False),
    Column("sequence", String(40), nullable=False),
    Column("body", Text, nullable=False),
    Column("state", String(10), nullable=False),
    Column("tries", Integer, nullable=False),
    Column("due_at", BigInteger, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("ended_at", BigInteger, nullable=False),
    Index("ix_deliveries_state", "state", "due_at"),
)
"""An event on its way to a webhook: `pending` and next tried at `due_at`, `sent`, or `dead`. `body` is the CloudEvent as it is signed."""

attempts = Table(
    "attempts",
    metadata,
    Column("webhook", String(20), primary_key=True),
    Column("event", String(120), primary_key=True),
    Column("at", BigInteger, primary_key=True, autoincrement=False),
    Column("status", Integer, nullable=False),
    Column("took_ms", Integer, nullable=False),
    Column("error", Text, nullable=False),
    Column("answer", Text, nullable=False),
    ForeignKeyConstraint(
        ["webhook", "event"], ["deliveries.webhook", "deliveries.event"], ondelete="CASCADE"
    ),
)
"""What came of each attempt: the HTTP status (0: no answer), and how the answer began."""

series = Table(
    "series",
    metadata,
    Column("id", String(10), primary_key=True),
    Column("title", Text, nullable=False),
    Column("shows", JSON, nullable=False),
    Column("sheet", Text, nullable=False),
    Column("score", Text, nullable=False),
    Column("by", String(10), nullable=False),
    Column("public", Boolean, nullable=False),
    Column("created_at", BigInteger, nullable=False),
)
"""Shows that have one leaderboard: column `score` of their tables `sheet`, added up by `person` or by `name`."""

persons = Table(
    "persons",
    metadata,
    _show(),
    Column("viewer", BigInteger, primary_key=True, autoincrement=False),
    Column("person", Text, nullable=False),
)
"""Who a viewer is in the host's own system, where the host has said so."""
