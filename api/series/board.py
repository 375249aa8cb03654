"""Adding up the standings of several shows.

Who is the same person in two shows? Whom the host's own system has named when it asked for their link (`person` in
`POST /api/shows/{show}/links`); else, within one leaderboard, who has the same name, in any case. Nothing is kept on a device by which
it would be known in another show. A name that moderators have hidden is nobody's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from oncue.engine.live.series import By

SHEET, VIEWER, NAME, SCORE = "standings", "viewer", "name", "points"
"""The table by which formats say who has how many points, and its columns."""
HIDDEN = ("", "•••")

MOST = 1e15
"""What is no score: nothing can be added to it, and JSON has no word for it."""

Rows = Iterable[tuple[str, dict[str, Any]]]
"""A show's rows with their segments."""
Number = int | float


class Standing(msgspec.Struct, kw_only=True):
    """Somebody's place; who has the same score has the same one. `person` is empty for those who are known by their name alone; `shows` has
    the score of each show that they were in."""

    place: int = 0
    name: str
    person: str = ""
    score: Number = 0
    shows: dict[str, Number]


def standings(
    shows: Mapping[str, Rows],
    persons: Mapping[tuple[str, int], str],
    *,
    by: By = "person",
    score: str = SCORE,
) -> list[Standing]:
    """All who have a score, best first. A row counts that has a number in the column `score` and a viewer or a name."""
    found: dict[tuple[str, ...], Standing] = {}
    for show, rows in shows.items():
        for _, cells in rows:
            points = cells.get(score)
            if isinstance(points, bool) or not isinstance(points, int | float) or not abs(points) < MOST:
                continue
            viewer, name = cells.get(VIEWER), str(cells.get(NAME) or "")
            person = persons.get((show, viewer), "") if by == "person" and isinstance(viewer, int) else ""
            key = _key(show, viewer, name, person)
            if key:
                one = found.setdefault(key, Standing(name=name, person=person, shows={}))
                one.name = name if name not in HIDDEN else one.name
                one.score += points
                one.shows[show] = one.shows.get(show, 0) + points
    return _placed(list(found.values()))


def _key(show: str, viewer: Any, name: str, person: str) -> tuple[str, ...]:
    if person:
        return ("person", person)
    if name not in HIDDEN:
        return ("name", name.casefold())
    return ("viewer", show, str(viewer)) if viewer is not None else ()


def _placed(found: list[Standing]) -> list[Standing]:
    found.sort(key=lambda one: (-one.score, one.name.casefold()))
    for i, one in enumerate(found):
        tied = i and found[i - 1].score == one.score
        one.place = found[i - 1].place if tied else i + 1
    return found
