"""The store's SQL, for SQLite and PostgreSQL alike. Each function gives a statement that may be executed again."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Delete, Select, Update, case, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from . import tables as t

Insert = Any
"""What either dialect's `insert` gives; the two have no type in common that knows `on_conflict_do_update`."""


class Statements:
    """For one dialect."""

    def __init__(self, *, sqlite_: bool) -> None:
        self._insert: Any = sqlite.insert if sqlite_ else postgresql.insert

    def add_show(self) -> Insert:
        """A new show; its id and the code of an open show are unique."""
        return self._insert(t.shows)

    def record_show(self) -> Insert:
        """A show as it is at its `seq`."""
        new = self._insert(t.shows)
        names = ("title", "picture", "rundown", "state", "seq")
        return self._newer(new, t.shows, ["id"], {name: new.excluded[name] for name in names})

    def record_person(self) -> Insert:
        """Somebody's name and role as of `seq`."""
        new = self._insert(t.people)
        names = ("name", "role", "seq")
        return self._newer(new, t.people, ["show", "viewer"], {name: new.excluded[name] for name in names})

    def newest_results(self) -> Insert:
        """Gives a row when results as of `seq` are newer than those that are there."""
        new = self._insert(t.outcomes)
        upsert = new.on_conflict_do_update(
            index_elements=["show", "segment"],
            set_={"seq": new.excluded.seq},
            where=t.outcomes.c.seq < new.excluded.seq,
        )
        return upsert.returning(t.outcomes.c.seq)

    def add_result(self) -> Insert:
        """One row of results."""
        return self._insert(t.results)

    def record_round(self) -> Insert:
        """A round's report and answers as of `seq`."""
        new = self._insert(t.rounds)
        names = ("report", "answers", "seq")
        keys = ["show", "segment", "number"]
        return self._newer(new, t.rounds, keys, {name: new.excluded[name] for name in names})

    def add_audit(self) -> Insert:
        """A line of the audit trail, unless it is there."""
        return self._insert(t.audit).on_conflict_do_nothing()

    def add_delivery(self, *, again: bool) -> Insert:
        """An event on its way to a webhook, unless it is there; with `again` it sets out once more."""
        new = self._insert(t.deliveries)
        if not again:
            return new.on_conflict_do_nothing()
        anew = {name: new.excluded[name] for name in ("state", "tries", "due_at", "ended_at")}
        return new.on_conflict_do_update(index_elements=["webhook", "event"], set_=anew)

    def set_person(self) -> Insert:
        """Who a viewer is in the host's own system."""
        new = self._insert(t.persons)
        changed = {"person": new.excluded.person}
        return new.on_conflict_do_update(index_elements=["show", "viewer"], set_=changed)

    def _newer(self, new: Insert, table: Any, keys: list[str], changed: dict[str, Any]) -> Insert:
        newer = table.c.seq <= new.excluded.seq
        return new.on_conflict_do_update(index_elements=keys, set_=changed, where=newer)


def one_show(show: str) -> Select[Any]:
    """A show by its id."""
    return select(t.shows).where(t.shows.c.id == show)


def show_by_code(code: str) -> Select[Any]:
    """The open show with a code, else the last one that had it."""
    newest = t.shows.c.created_at.desc()
    return select(t.shows).where(t.shows.c.code == code).order_by(t.shows.c.state != "open", newest).limit(1)


def list_shows(state: str, limit: int) -> Select[Any]:
    """Shows, newest first, in one state or (empty) all."""
    found = select(t.shows).order_by(t.shows.c.created_at.desc(), t.shows.c.id).limit(limit)
    return found.where(t.shows.c.state == state) if state else found


def open_shows() -> Select[Any]:
    """The ids of open shows."""
    return select(t.shows.c.id).where(t.shows.c.state == "open")


def close_show(show: str, seq: int) -> Update:
    """A show is over; all of its log up to `seq` is written down."""
    newest = case((t.shows.c.seq < seq, seq), else_=t.shows.c.seq)
    return update(t.shows).where(t.shows.c.id == show).values(state="closed", seq=newest)


def remove_show(show: str) -> Delete:
    """A show goes, with all that belongs to it."""
    return delete(t.shows).where(t.shows.c.id == show)


def people(show: str) -> Select[Any]:
    """Who joined, in that order."""
    columns = (t.people.c.viewer, t.people.c.name, t.people.c.role)
    return select(*columns).where(t.people.c.show == show).order_by(t.people.c.joined, t.people.c.viewer)


def names(show: str, viewers: Iterable[int]) -> Select[Any]:
    """The names of some of those who joined."""
    mine = (t.people.c.show == show) & t.people.c.viewer.in_(viewers)
    return select(t.people.c.viewer, t.people.c.name).where(mine)


def outcome(show: str, segment: str) -> Select[Any]:
    """The sequence of a segment's results."""
    return select(t.outcomes.c.seq).where((t.outcomes.c.show == show) & (t.outcomes.c.segment == segment))


def results(show: str, segment: str) -> Select[Any]:
    """A segment's results, row by row."""
    mine = (t.results.c.show == show) & (t.results.c.segment == segment)
    return select(t.results.c.sheet, t.results.c.cells).where(mine).order_by(t.results.c.position)


def remove_results(show: str, segment: str) -> Delete:
    """A segment's results go."""
    return delete(t.results).where((t.results.c.show == show) & (t.results.c.segment == segment))


def rounds(show: str) -> Select[Any]:
    """The reports of a show's rounds, without the answers."""
    return select(t.rounds.c.report).where(t.rounds.c.show == show)


def one_round(show: str, segment: str, number: int) -> Select[Any]:
    """One round's report and answers."""
    key = (t.rounds.c.show == show) & (t.rounds.c.segment == segment) & (t.rounds.c.number == number)
    return select(t.rounds.c.report, t.rounds.c.answers).where(key)


def audit(show: str, after: int, limit: int) -> Select[Any]:
    """The audit trail of messages after a sequence."""
    columns = (t.audit.c.at, t.audit.c.who, t.audit.c.role, t.audit.c.what)
    found = select(*columns).where((t.audit.c.show == show) & (t.audit.c.seq > after))
    return found.order_by(t.audit.c.seq, t.audit.c.position).limit(limit)
