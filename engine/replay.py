"""Playing a log again: the same log gives the same show."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256
from typing import Any

import msgspec

from .ahead import Ahead, absent
from .errors import Conflict
from .log import decode_batch
from .segment import Segment
from .show import Formats, Show
from .snapshot import save
from .strikes import Strikes
from .structs import ShowId
from .versions import Upgraded, whole

_encode = msgspec.msgpack.Encoder().encode


def play(
    id: ShowId, formats: Formats, messages: Iterable[tuple[int, bytes]], show: Show | None = None
) -> Show:
    """The show after these messages of its log, `(sequence, data)` in order; goes on from `show` if one is given.

    When they have an amendment that is not known, they are played twice, the second time by a show that knows it from its start. Entries
    that never came to an end (strikes.py) are known before.
    Raises `Conflict` (`replay/start`) when that cannot be, because they go on from another show, and `replay/version` when a segment was
    played in a version of its format that is not here.
    """
    log = list(messages)
    begun = show is not None
    show = show or Show(id, formats)
    ahead = Ahead.of(log, show)
    late = absent(ahead.strikes.keys() - show.strikes.keys(), log)
    known = {key: struck for key, struck in ahead.strikes.items() if key not in late}
    turns = ahead.turns
    _knowing(show, turns)
    show = _folded(show, log, known)
    if not show.recount:
        return whole(show)
    if begun:
        raise Conflict("a log with an amendment is played from its start", code="replay/start")
    if not show.granted:
        return whole(_folded(_knowing(Show(id, formats, show.amendments), turns), log, show.strikes))
    return whole(_amended(_knowing(Show(id, formats), turns), log, show.strikes))


def _knowing(show: Show, turns: list[Upgraded]) -> Show:
    show.turns.known = turns.copy()
    return show


def _folded(show: Show, log: list[tuple[int, bytes]], known: Strikes) -> Show:
    show.strikes.update(known)
    for seq, data in log:
        show.fold(decode_batch(data), seq)
    return show


def _amended(show: Show, log: list[tuple[int, bytes]], known: Strikes) -> Show:
    """Judged again at each amendment, as it was then: what formats have done on stage depends on what they knew."""
    turns = show.turns.known.copy()
    show.strikes.update(known)
    for i, (seq, data) in enumerate(log, 1):
        show.fold(decode_batch(data), seq)
        if show.recount:
            again = _knowing(Show(show.id, show.formats, show.amendments, show.granted), turns)
            show = _folded(again, log[:i], show.strikes)
            show.caught_up()
    return show


def same(one: Show, other: Show) -> bool:
    """Whether two shows are in the same state."""
    return save(one) == save(other)


def state_hash(show: Show) -> str:
    """SHA-256 in hex of what a log has come to: equal where that is equal, whoever has played it, wherever, and in whatever version of this
    program that plays it so. It is of the msgpack of `_facts`. Raises `Conflict` (`snapshot/impossible`)."""
    try:
        return sha256(_encode(_facts(show))).hexdigest()
    except (TypeError, ValueError, OverflowError) as error:
        raise Conflict(f"a state cannot be kept: {error}", code="snapshot/impossible") from error


def _facts(show: Show) -> list[Any]:
    """What is never to change its form: archives have its hash, and are kept for years."""
    stage = show.stage
    return [
        "oncue state 1",
        [show.title, show.phase, show.seed, show.now, show.live, show.counted, show.repeats],
        [_segment_facts(segment) for segment in show.segments.values()],
        [[one.id, one.name, one.state, one.tab, one.count] for one in show.crowd.by_id.values()],
        [[n, t.due, t.segment, t.action] for n, t in sorted(show.timers.items())],
        [[one.viewer, one.state, one.seat, one.since] for one in stage.guests.values()],
        [stage.order, stage.layout, stage.main],
        [show.playout.target, show.playout.last],
        [[one.by, one.number, one.segment, one.changes] for one in show.amendments],
    ]


def _segment_facts(segment: Segment) -> list[Any]:
    spec, now = segment.spec, segment.round
    state = segment.gap.state if segment.gap else segment.kind.keeper.plain(segment.state)
    answers = [now.number, now.opened, now.span, now.answers] if now else None
    return [spec.id, spec.format, spec.version, spec.settings, segment.phase, segment.rounds, answers, state]
