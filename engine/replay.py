"""Playing a log again: the same log gives the same show."""

from __future__ import annotations

from collections.abc import Iterable

from . import strikes
from .errors import Conflict
from .log import decode_batch
from .show import Formats, Show
from .snapshot import save
from .strikes import Strikes
from .structs import ShowId


def play(
    id: ShowId, formats: Formats, messages: Iterable[tuple[int, bytes]], show: Show | None = None
) -> Show:
    """The show after these messages of its log, `(sequence, data)` in order; goes on from `show` if one is given.

    When they have an amendment that is not known, they are played twice, the second time by a show that knows it from its start. Entries
    that never came to an end (strikes.py) are known before.
    Raises `Conflict` (`replay/start`) when that cannot be, because they go on from another show.
    """
    log = list(messages)
    begun = show is not None
    show = show or Show(id, formats)
    known = strikes.told(log, show.epoch)
    late = strikes.missing(known.keys() - show.strikes.keys(), log)
    known = {key: struck for key, struck in known.items() if key not in late}
    show = _folded(show, log, known)
    if not show.recount:
        return show
    if begun:
        raise Conflict("a log with an amendment is played from its start", code="replay/start")
    if not show.granted:
        return _folded(Show(id, formats, show.amendments), log, show.strikes)
    return _amended(Show(id, formats), log, show.strikes)


def _folded(show: Show, log: list[tuple[int, bytes]], known: Strikes) -> Show:
    show.strikes.update(known)
    for seq, data in log:
        show.fold(decode_batch(data), seq)
    return show


def _amended(show: Show, log: list[tuple[int, bytes]], known: Strikes) -> Show:
    """Judged again at each amendment, as it was then: what formats have done on stage depends on what they knew."""
    show.strikes.update(known)
    for i, (seq, data) in enumerate(log, 1):
        show.fold(decode_batch(data), seq)
        if show.recount:
            show = _folded(Show(show.id, show.formats, show.amendments, show.granted), log[:i], show.strikes)
            show.caught_up()
    return show


def same(one: Show, other: Show) -> bool:
    """Whether two shows are in the same state."""
    return save(one) == save(other)
