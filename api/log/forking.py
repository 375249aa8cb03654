"""A new show that goes on from a moment of another one."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import msgspec

from oncue.api.ids import new_show_id
from oncue.api.parts import Desk
from oncue.engine.errors import BadInput
from oncue.engine.forks import fork_log
from oncue.engine.live import ShowCard, put_card
from oncue.engine.live.store import ShowRow
from oncue.engine.player import cut
from oncue.engine.show import Show
from oncue.engine.versions import whole

from .spool import Spool
from .writing import write_log

TITLE = 120
"""Letters of a show's title, as the host API has it; that of an archive may be of any length."""


class Place(msgspec.Struct, frozen=True):
    """A moment of a log: after the entry at this place of message `seq` (0: after its last)."""

    seq: int
    place: int = 0


def read_place(text: str) -> Place:
    """`SEQ` or `SEQ:ENTRY`. Raises `BadInput` (`input/invalid`)."""
    seq, colon, place = text.strip().partition(":")
    try:
        return Place(_number(seq), _number(place) if colon else 0)
    except ValueError as error:
        raise BadInput(
            f"{text!r} is no moment of a log",
            code="input/invalid",
            hint="write 812, or 812:3 for its third entry",
        ) from error


def _number(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 19):
        raise ValueError(text)
    return int(text)


def show_at(spool: Spool, place: Place) -> Show:
    """The show at that moment. Raises `BadInput` (`log/before`) when it was not open yet, and `Conflict` (`replay/version`)."""
    player = spool.player(upto=place.seq - 1)
    player.seek(place.seq, place.place)
    if player.show.phase == "new":
        raise BadInput(
            f"the show was not open yet at {place.seq}",
            code="log/before",
            hint="see the sequences by `oncue log show`",
        )
    whole(player.show)
    return player.show


async def fork(spool: Spool, of: Show, place: Place, row: ShowRow, at: Desk) -> ShowCard:
    """Make a show of what the log of `of` has up to there. `row` is written down; its owner begins at once. Raises `Unavailable`."""
    bus, store, now = at.services.bus, at.services.store, at.services.now()
    log = fork_log(of, (data for _, data in _upto(spool, place)), at=now, title=row.title, code=row.code)
    seqs = iter([0, *(seq for seq, _ in _upto(spool, place)), of.seq])
    try:
        await write_log(bus, row.id, ((next(seqs), data) for data in log))
        card = ShowCard(row.id, row.code, row.title, row.picture, "open", row.created_at, of=spool.ancestors)
        await put_card(bus, card)
    except BaseException:
        await asyncio.shield(store.remove_show(row.id))
        raise
    at.directory.seen(card)
    return card


def forked_row(of: Show, title: str, picture: str, now: int) -> ShowRow:
    """How a fork stands in the database, but for its code."""
    specs = [segment.spec for segment in of.segments.values()]
    return ShowRow(
        id=new_show_id(),
        code="",
        title=(title or of.title)[:TITLE],
        picture=picture,
        rundown=[{"format": s.format, "title": s.title, "settings": s.settings} for s in specs],
        created_at=now,
    )


def _upto(spool: Spool, place: Place) -> Iterator[tuple[int, bytes]]:
    for seq, data in spool.log():
        if seq > place.seq:
            return
        yield seq, cut(data, place.place) if place.place and seq == place.seq else data
