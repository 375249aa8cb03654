"""Several shows with one leaderboard, in SQL, and who is who in the host's own system."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

import msgspec

from oncue.engine.errors import Unknown
from oncue.engine.live.store import Store
from oncue.engine.structs import Micros

By = Literal["person", "name"]


class Series(msgspec.Struct, frozen=True, kw_only=True):
    """Shows whose tables `sheet` are added up by their column `score`, for each `person` (who the host's system says they are, else
    their name) or each `name`."""

    id: str
    title: str
    shows: list[str]
    sheet: str = "standings"
    score: str = "points"
    by: By = "person"
    public: bool = False
    created_at: Micros = 0


class SeriesStore:
    """The tables behind series. All methods raise `Unavailable` (`db/unreachable`) without the database."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def add(self, series: Series) -> None:
        """Write down a new one."""
        database = await self._store.database()
        async with database.write() as connection:
            await connection.execute(database.series.add(), msgspec.structs.asdict(series))

    async def all(self, limit: int = 100) -> list[Series]:
        """The newest ones."""
        database = await self._store.database()
        return [Series(**row) for row in await database.all(database.series.everyone(limit))]

    async def one(self, id: str) -> Series:
        """By its id. Raises `Unknown` (`series/unknown`)."""
        database = await self._store.database()
        found = await database.all(database.series.one(id))
        if not found:
            raise Unknown("there is no such series", code="series/unknown")
        return Series(**found[0])

    async def change(self, id: str, **changed: Any) -> None:
        """Set some of its fields."""
        database = await self._store.database()
        async with database.write() as connection:
            await connection.execute(database.series.change(id, changed))

    async def remove(self, id: str) -> None:
        """Forget one; its shows stay."""
        database = await self._store.database()
        async with database.write() as connection:
            await connection.execute(database.series.remove(id))

    async def rows(self, show: str, sheet: str) -> list[tuple[str, dict[str, Any]]]:
        """The rows of all of a show's tables with this name, by segment."""
        database = await self._store.database()
        found = await database.all(database.series.rows(show, sheet))
        return [(row["segment"], row["cells"]) for row in found]

    async def is_person(self, show: str, viewer: int, person: str) -> None:
        """Note who a viewer is. Raises `Unknown` (`show/unknown`)."""
        database = await self._store.database()
        row = {"show": show, "viewer": viewer, "person": person}
        try:
            async with database.write() as connection:
                await connection.execute(database.sql.set_person(), row)
        except database.Clash as error:
            raise Unknown(f"the database has no show {show}", code="show/unknown") from error

    async def persons(self, shows: Iterable[str]) -> dict[tuple[str, int], str]:
        """Who is who in these shows, by show and viewer."""
        database = await self._store.database()
        found = await database.all(database.series.persons(list(shows)))
        return {(row["show"], row["viewer"]): row["person"] for row in found}
