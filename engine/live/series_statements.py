"""The SQL of series and of who is who (series.py). Each function gives a statement that may be executed again."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Delete, Insert, Select, Update, delete, insert, select, update

from .tables import persons as p
from .tables import results as r
from .tables import series as s


def add() -> Insert:
    """A new series."""
    return insert(s)


def everyone(limit: int) -> Select[Any]:
    """Series, newest first."""
    return select(s).order_by(s.c.created_at.desc(), s.c.id).limit(limit)


def one(id: str) -> Select[Any]:
    """A series by its id."""
    return select(s).where(s.c.id == id)


def change(id: str, changed: dict[str, Any]) -> Update:
    """Some of a series' fields change."""
    return update(s).where(s.c.id == id).values(**changed)


def remove(id: str) -> Delete:
    """A series goes; the shows stay."""
    return delete(s).where(s.c.id == id)


def rows(show: str, sheet: str) -> Select[Any]:
    """The rows of all of a show's tables with a name."""
    mine = (r.c.show == show) & (r.c.sheet == sheet)
    return select(r.c.segment, r.c.cells).where(mine).order_by(r.c.segment, r.c.position)


def persons(shows: Iterable[str]) -> Select[Any]:
    """Who is who in these shows."""
    return select(p).where(p.c.show.in_(shows))
