"""Who hears of a show what is asked for later: its results, its rounds, and what staff did."""

from __future__ import annotations

from typing import Any

from oncue.engine.log import Entry
from oncue.engine.rounds import RoundRecord
from oncue.engine.show import Show
from oncue.engine.structs import Row


class Records:
    """Who writes down what people ask for later; this one writes nothing. Each thing may be told twice: a new owner cannot know what the
    last one told."""

    async def ended(self, show: Show, segment: str, rows: list[Row]) -> None:
        """A segment has ended, with these results."""

    async def acted(self, show: Show, seq: int, acts: list[Entry[Any]]) -> None:
        """What staff did, in the log message at `seq`."""

    async def judged(self, show: Show, segment: str, record: RoundRecord) -> None:
        """A round was judged, or judged again."""

    async def closed(self, show: Show) -> None:
        """The show is over."""
