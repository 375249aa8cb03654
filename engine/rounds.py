"""Rounds of answers: who answered when, on their own picture and by the server's clock, and how fair that was."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from itertools import chain, compress, count
from operator import gt, lt, sub
from typing import Any

import msgspec

from .cue import Settles
from .judge import Policy, cap
from .structs import Micros
from .wire import Place, RoundInfo

PACK = 128
"""So many answers are worth packing."""
FIELDS = 5
"""Numbers for each answer in a record."""

ANSWER = 4
"""Numbers for each answer in a round: viewer, judged position, when the node got it, how far the claim went beyond what was believed."""

LOOSE = 250_000 * ANSWER
"""So many numbers may come before those are looked for that a later answer has replaced; more where there are more that count."""

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(list[int]).decode


class RoundRecord(msgspec.Struct, frozen=True):
    """A round that was judged, for those who write it down. `answers` has five numbers of 64 bits, an `array("q")`, for each viewer who
    answered: the viewer, the age of the answer, its age at receipt, how much was clipped (µs), and 1 if it was right."""

    number: int
    report: RoundInfo
    answers: bytes


class Round:
    """A round that is open or closing, and its answers so far. The fold's hot loop appends them to `fresh`; packed, a million of them take
    30 MB, and none of them is looked at before the round is settled, but that of each viewer's many only the last is kept."""

    def __init__(
        self, number: int, title: str, opened: Micros, span: Micros, target: Micros, packed: bytes = b""
    ) -> None:
        self.number = number
        self.title = title
        self.opened = opened
        self.span = span
        self.target = target
        self.fresh: list[int] = []
        self._packed = [packed] if packed else []
        self._loose = 0
        self._most = LOOSE

    def pack(self) -> None:
        """Make the answers small."""
        self._packed.append(_encode(self.fresh))
        self._loose += len(self.fresh)
        self.fresh.clear()
        if self._loose >= self._most:
            # As often as there are again as many, so that each answer is looked at twice at the most.
            self._most = max(LOOSE, self._gather())

    @property
    def answers(self) -> list[int]:
        """The last one of each viewer, in the order in which viewers came in the log: `ANSWER` numbers for each, one after the other."""
        numbers = [*chain.from_iterable(map(_decode, self._packed)), *self.fresh]
        viewers = numbers[::ANSWER]
        last = dict(zip(viewers, count()))
        if len(last) == len(viewers):
            return numbers
        kept = [0] * ANSWER * len(last)
        for i in range(ANSWER):
            kept[i::ANSWER] = map(numbers[i::ANSWER].__getitem__, last.values())
        return kept

    @property
    def packed(self) -> bytes:
        """All that is in `answers`, to be kept."""
        self._gather()
        return self._packed[0]

    def _gather(self) -> int:
        """Keep no more than what is in `answers`; how many numbers that is."""
        answers = self.answers
        self._packed, self._loose = [_encode(answers)], 0
        self.fresh.clear()
        return len(answers)


def settle(
    over: Round, how: Settles, segment: str, policy: Policy, name: Callable[[int], str]
) -> RoundRecord:
    """The fairness report of a round that is over. The last answer of a viewer counts; places are one more than the number of those who
    were faster. A hundred thousand answers in a tenth of a second: by columns, with as few steps of Python's own as can be."""
    answers = over.answers
    viewers, positions, received, clipped = (answers[i::ANSWER] for i in range(ANSWER))
    # Spans are small numbers, which sort twice as fast as times.
    ages, late = ([time - over.opened for time in times] for times in (positions, received))
    span = over.span if how.span is None else how.span
    marks = [True] * len(viewers) if how.right is None else list(map(how.right.__contains__, viewers))
    right = [list(compress(column, marks)) for column in (viewers, ages, late)]
    report = RoundInfo(
        segment=segment,
        number=over.number,
        title=over.title,
        opened=over.opened,
        span=span,
        answers=len(viewers),
        right=len(right[0]),
        robbed=list(map(span.__lt__, late)).count(True) if span else 0,
        clipped=len(clipped) - clipped.count(0),
        clipped_most=max(clipped, default=0),
        target=over.target,
        cap=cap(over.target, policy),
        void=how.void,
        **_delays(sorted(map(sub, late, ages))),
        **_fairness(right, span, name),
    )
    return RoundRecord(over.number, report, _interleaved(viewers, ages, late, clipped, marks))


def _interleaved(*columns: Sequence[int]) -> bytes:
    out = array("q", bytes(8 * FIELDS * len(columns[0])))
    for i, column in enumerate(columns):
        out[i::FIELDS] = array("q", column)
    return out.tobytes()


def _delays(ordered: list[Micros]) -> dict[str, Any]:
    """Percentiles by nearest rank."""
    if not ordered:
        return {}
    p50, p95 = (ordered[-(-len(ordered) * percent // 100) - 1] for percent in (50, 95))
    return {"delay_p50": p50, "delay_p95": p95, "delay_least": ordered[0], "delay_most": ordered[-1]}


def _fairness(right: list[list[int]], span: Micros, name: Callable[[int], str]) -> dict[str, Any]:
    """Who was first among those who were right, and what the server's clock would have made of it."""
    viewers, ages, late = right
    if not viewers:
        return {}
    first, places = _places(ages, max(ages))
    soonest, arrivals = _places(late, span or max(late))
    winner, by_receipt = (
        Place(viewers[i], name(viewers[i]), age[i]) for i, age in ((first, ages), (soonest, late))
    )
    return {
        "winner": winner,
        "by_receipt": by_receipt if arrivals[soonest] == 1 else None,
        "gained": list(map(gt, places, arrivals)).count(True),
        "lost": list(map(lt, places, arrivals)).count(True),
    }


def _places(ages: list[Micros], limit: Micros) -> tuple[int, Sequence[int]]:
    """Which age is the least (the first of those that are equal), and each one's place. Ages above the limit have none, which is worse than
    any."""
    order = sorted(range(len(ages)), key=ages.__getitem__)
    places = array("l", [len(ages) + 1]) * len(ages)
    place, last = 0, -1
    for number, i in enumerate(order, 1):
        age = ages[i]
        if age != last:
            if age > limit:
                break
            place, last = number, age
        places[i] = place
    return order[0], places
