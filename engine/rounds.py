"""Rounds of answers: who answered when, on their own picture and by the server's clock, and how fair that was."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Sequence
from operator import gt, lt, sub
from typing import Any

import msgspec

from .cue import Settles
from .judge import Policy, cap
from .structs import Micros
from .wire import Place, RoundInfo

PACK = 512
"""So many answers are worth packing."""
FIELDS = 5
"""Numbers for each answer in a record."""

Answer = tuple[int, Micros, Micros, Micros]
"""Viewer, judged position, when the node got it, and how far the claim went beyond what was believed."""

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(list[Answer]).decode


class RoundRecord(msgspec.Struct, frozen=True):
    """A round that was judged, for those who write it down. `answers` has five numbers of 64 bits, an `array("q")`, for each viewer who
    answered: the viewer, the age of the answer, its age at receipt, how much was clipped (µs), and 1 if it was right."""

    number: int
    report: RoundInfo
    answers: bytes


class Round:
    """A round that is open or closing, and its answers so far. The fold's hot loop appends them to `fresh`; packed, a million of them take
    30 MB, and none of them is looked at before the round is settled."""

    def __init__(
        self, number: int, title: str, opened: Micros, span: Micros, target: Micros, packed: bytes = b""
    ) -> None:
        self.number = number
        self.title = title
        self.opened = opened
        self.span = span
        self.target = target
        self.fresh: list[Answer] = []
        self._packed = [packed] if packed else []

    def pack(self) -> None:
        """Make the answers small."""
        self._packed.append(_encode(self.fresh))
        self.fresh.clear()

    @property
    def answers(self) -> list[Answer]:
        """In the order of the log; a viewer may have several."""
        return [answer for part in self._packed for answer in _decode(part)] + self.fresh

    @property
    def packed(self) -> bytes:
        """All answers, to be kept."""
        return _encode(self.answers)


def settle(
    over: Round, how: Settles, segment: str, policy: Policy, name: Callable[[int], str]
) -> RoundRecord:
    """The fairness report of a round that is over. The last answer of a viewer counts; places are one more than the number of those who
    were faster."""
    answers = list({answer[0]: answer for answer in over.answers}.values())
    span = over.span if how.span is None else how.span
    right = answers if how.right is None else [one for one in answers if one[0] in how.right]
    viewers, positions, received, clipped = _columns(answers)
    report = RoundInfo(
        segment=segment,
        number=over.number,
        title=over.title,
        opened=over.opened,
        span=span,
        answers=len(answers),
        right=len(right),
        robbed=sum(at - over.opened > span for at in received) if span else 0,
        clipped=sum(map(bool, clipped)),
        clipped_most=max(clipped, default=0),
        target=over.target,
        cap=cap(over.target, policy),
        void=how.void,
        **_delays(sorted(map(sub, received, positions))),
        **_fairness(right, over.opened, span, name),
    )
    ages = [position - over.opened for position in positions]
    late = [at - over.opened for at in received]
    marks = [1] * len(answers) if how.right is None else [int(viewer in how.right) for viewer in viewers]
    return RoundRecord(over.number, report, _interleaved(viewers, ages, late, clipped, marks))


def _columns(answers: list[Answer]) -> Sequence[Sequence[int]]:
    return list(zip(*answers, strict=True)) if answers else [()] * 4


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


def _fairness(
    right: list[Answer], opened: Micros, span: Micros, name: Callable[[int], str]
) -> dict[str, Any]:
    """Who was first among those who were right, and what the server's clock would have made of it."""
    if not right:
        return {}
    _, positions, received, _ = _columns(right)
    limit = opened + span if span else max(received)
    places, arrivals, none = _places(positions), _places(received), len(right) + 1
    own = [places[position] for position in positions]
    other = [arrivals[at] if at <= limit else none for at in received]
    first = min((position, at, viewer) for viewer, position, at, _ in right)
    soonest = min(((at, position, viewer) for viewer, position, at, _ in right if at <= limit), default=None)
    winner, by_receipt = (
        Place(one[2], name(one[2]), one[0] - opened) if one else None for one in (first, soonest)
    )
    gained, lost = sum(map(gt, own, other)), sum(map(lt, own, other))
    return {"winner": winner, "by_receipt": by_receipt, "gained": gained, "lost": lost}


def _places(times: Iterable[Micros]) -> dict[Micros, int]:
    """Each time's place."""
    ordered = sorted(times, reverse=True)
    return dict(zip(ordered, range(len(ordered), 0, -1), strict=True))
