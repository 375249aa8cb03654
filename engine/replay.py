"""Playing a log again: the same log gives the same show."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256

from . import strikes
from .errors import Conflict
from .log import decode_batch
from .show import Formats, Show
from .snapshot import save
from .strikes import Strikes
from .structs import ShowId
from .versions import Upgraded, told, whole


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
    known = strikes.told(log, show.epoch)
    late = strikes.missing(known.keys() - show.strikes.keys(), log)
    known = {key: struck for key, struck in known.items() if key not in late}
    turns = told(log)
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
    """SHA-256 of a show's whole state, in hex: equal where the state is, whoever has played the log, and wherever. What an owner has still
    to tell the outside is none of it. Raises `Conflict` (`snapshot/impossible`)."""
    untold, show.untold = show.untold, []
    try:
        return sha256(save(show)).hexdigest()
    finally:
        show.untold = untold
