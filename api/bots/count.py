"""Whether a show kept its word: everything that got a receipt stands in the log once, and who was refused has heard so.

The log and the results come from the host API; what was promised comes from the bots' own memory.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from .line import Deed
from .venue import LogLine, Sheet

COUNTED, REPEAT = "counted", "repeat"
RECKONED = ("poll", "trivia")
"""Formats whose results are reckoned here once more."""
EXAMPLES = 5
"""How many of the broken promises are named."""

Deeds = Mapping[int, Mapping[int, Deed]]
"""What each viewer did, by number."""


class Count(msgspec.Struct):
    """`receipts` were given; of them `counted` stand in the log exactly once, of which `refused` were refused there; `doubled` more than
    once, `lost` not at all. `unheard`: refused in the log, and the viewer does not know. `misled`: the viewer was told that it does not
    count, and it does. `wrong`: tables of results that differ from what the viewers know. `broken` has examples."""

    receipts: int = 0
    counted: int = 0
    refused: int = 0
    doubled: int = 0
    lost: int = 0
    unheard: int = 0
    misled: int = 0
    wrong: int = 0
    broken: list[str] = []

    @property
    def kept(self) -> bool:
        """Whether every promise was kept."""
        return not (self.doubled or self.lost or self.unheard or self.misled or self.wrong)

    def blame(self, what: str, which: object) -> None:
        """Count a broken promise."""
        setattr(self, what, getattr(self, what) + 1)
        if len(self.broken) < EXAMPLES:
            self.broken.append(f"{what}: {which}")


def count(log: Iterable[LogLine], deeds: Deeds) -> Count:
    """Hold the log against what each viewer knows. A repeat does not count, so it may stand there as often as it was sent again."""
    found: dict[tuple[int, int], list[str]] = {}
    for line in log:
        if line.viewer in deeds and line.outcome != REPEAT:
            found.setdefault((line.viewer, line.number), []).append(line.outcome)
    total = Count()
    for viewer, own in deeds.items():
        for number, deed in own.items():
            _judge(
                total,
                found.get((viewer, number), []),
                deed,
                f"viewer {viewer}, number {number}, {deed.do.get('type')}",
            )
    return total


def _judge(total: Count, outcomes: list[str], deed: Deed, which: str) -> None:
    if deed.receipt:
        total.receipts += 1
        if len(outcomes) == 1:
            total.counted += 1
            total.refused += outcomes[0] != COUNTED
        else:
            total.blame("doubled" if outcomes else "lost", which)
    if outcomes == [COUNTED] and deed.refused:
        total.blame("misled", f"{which}, told {deed.refused}")
    elif deed.receipt and len(outcomes) == 1 and outcomes[0] != COUNTED and not deed.refused:
        total.blame("unheard", f"{which}, {outcomes[0]}")


def check_results(segment: str, sheets: Iterable[Sheet], deeds: Deeds, others: int) -> list[str]:
    """What is wrong with a segment's results, by the viewers' own reckoning; no dedup and no fold has a part in it.

    Knows the tables of our poll (`result`: option, votes) and trivia (`questions`: question, answered). `others` is how many actions
    in this segment came from people who are not ours, or have neither receipt nor refusal: results may differ by so much.
    """
    tables = {
        sheet.name: [dict(zip(sheet.columns, row, strict=True)) for row in sheet.rows] for sheet in sheets
    }
    votes = [row["votes"] for row in tables.get("result", ()) if "votes" in row]
    pairs = {f"option {i}": (votes[i], known) for i, known in enumerate(_votes(segment, deeds, len(votes)))}
    answers = Counter(
        block for own in deeds.values() for block in {deed.block for deed in _valid(segment, own)}
    )
    for row in tables.get("questions", ()):
        pairs[f"question {row['question']}"] = (row["answered"], answers[f"q{row['question']}"])
    return [
        f"{segment}, {name}: {there} in the results, {known} known"
        for name, (there, known) in pairs.items()
        if abs(there - known) > others
    ]


def _valid(segment: str, own: Mapping[int, Deed]) -> list[Deed]:
    return [deed for deed in own.values() if deed.segment == segment and deed.receipt and not deed.refused]


def _votes(segment: str, deeds: Deeds, options: int) -> list[int]:
    """Votes by option: of each viewer the last that was not refused."""
    counts = [0] * options
    for own in deeds.values() if options else ():
        valid = _valid(segment, own)
        for pick in _picks(max(valid, key=lambda deed: deed.number).do) if valid else ():
            counts[pick] += 1
    return counts


def _picks(do: dict[str, Any]) -> list[int]:
    if do["type"] == "rate":
        return [do["value"] - 1]
    return [do["choice"]] if do["type"] == "vote" else list(do.get("choices", ()))
