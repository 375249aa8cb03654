"""Playing a log again: the same log gives the same show."""

from __future__ import annotations

from collections.abc import Iterable

from .log import decode_batch
from .show import Formats, Show
from .snapshot import save
from .structs import ShowId


def play(
    id: ShowId, formats: Formats, messages: Iterable[tuple[int, bytes]], show: Show | None = None
) -> Show:
    """The show after these messages of its log, `(sequence, data)` in order; goes on from `show` if one is given."""
    show = show or Show(id, formats)
    for seq, data in messages:
        show.fold(decode_batch(data), seq)
    return show


def same(one: Show, other: Show) -> bool:
    """Whether two shows are in the same state."""
    return save(one) == save(other)
