"""An archive becomes a show of this node: closed, to be looked at, replayed and forked."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import secrets
from collections.abc import Iterator
from contextlib import asynccontextmanager
from itertools import islice
from typing import Any

import msgspec

from oncue.api.ids import new_code
from oncue.api.parts import Desk
from oncue.engine.errors import BadInput, Conflict, OncueError, Unavailable, Unknown
from oncue.engine.live import ShowCard, end, put_card
from oncue.engine.live.lease import Lease
from oncue.engine.live.store import AuditRow, PersonRow, ShowRow, Store
from oncue.engine.live.threads import in_thread
from oncue.engine.log import Batch, Entry, decode_batch
from oncue.engine.player import Player, pieces, read
from oncue.engine.replay import state_hash
from oncue.engine.rounds import RoundRecord
from oncue.engine.show import Formats, Show
from oncue.engine.structs import Role, ShowId
from oncue.engine.versions import whole
from oncue.formats.registry import format_named

from .archive import Archive, Witness
from .forking import TITLE
from .writing import Sequences, purge, write_log

SLICE = 200
"""Messages that are played in one go."""
PEOPLE = 2000
MOST = 1 << 53
"""Viewers and times are below."""
HALF = "importing"
"""The state of a show in the database until all of it is there."""
LONGEST = 40
"""Letters of a show's id."""
RENEW_S = 0.5


class Imported(msgspec.Struct, frozen=True):
    """What became of an archive. `new`: it was not here before. `same`: its state is the one that the archive says; None: it says none."""

    card: ShowCard
    of: str
    messages: int
    entries: int
    new: bool
    same: bool | None


def checked(archive: Archive, formats: Formats = format_named) -> Player:
    """A player at the end of an archive's log. Raises `BadInput` (`log/unreadable`) for one with a message that is none, and `Conflict`
    (`replay/version`) when a format is not here in its version."""
    first = True
    head = archive.header
    if not 0 <= head.since < MOST or not 0 < len(head.show) <= LONGEST:
        raise BadInput("the archive's header is none of a show", code="log/unreadable")
    for seq, data in archive.messages():
        batch = _batch(seq, data)
        for segment, raw in pieces(batch):
            entry = read(raw)
            if entry is None:
                raise BadInput(f"message {seq} has what is no entry", code="log/unreadable")
            if not _fits(batch, segment, entry):
                raise BadInput(f"message {seq} has a number that no show writes", code="log/unreadable")
            if first and (segment or entry.action.get("type") not in ("open", "copied")):
                raise BadInput("the log does not begin with the opening of a show", code="log/unreadable")
            first = False
    if first:
        raise BadInput("the log is empty", code="log/unreadable")
    player = Player(ShowId(archive.show), formats, archive.messages)
    player.seek(archive.finish.last)
    whole(player.show)
    return player


def _fits(batch: Batch, segment: str, entry: Entry[Any]) -> bool:
    """Whether its numbers leave room for what shows, owners and databases make of them."""
    action = entry.action if isinstance(entry.action, dict) and not segment else {}
    small = (entry.viewer, entry.at, entry.role, entry.delay, entry.rtt, batch.epoch, action.get("epoch", 0))
    either = (entry.position, action.get("shift", 0))
    return (
        all(isinstance(one, int) and 0 <= one < MOST for one in small)
        and all(isinstance(one, int) and -MOST < one < MOST for one in either)
        and 0 <= entry.number < 1 << 62
    )


def _batch(seq: int, data: bytes) -> Batch:
    try:
        return decode_batch(data)
    except OncueError as error:
        raise BadInput(f"message {seq}: {error.message}", code="log/unreadable", hint=error.hint) from error


def own_id(archive: Archive) -> str:
    """The id that a show has which comes from this log: the same, whenever it is imported."""
    digest = hashlib.sha256(
        b"oncue import\n" + archive.show.encode() + bytes.fromhex(archive.content)
    ).digest()
    return base64.b32encode(digest)[:10].decode().lower()


async def bring_in(archive: Archive, wanted: str, at: Desk) -> Imported:
    """Import an archive as the show `wanted` (empty: an id that comes from its content). All of it is there in the end, or nothing.

    Raises what `checked` raises, `Conflict` (`show/taken`) when there is such a show, `Unavailable`.
    """
    new, store = wanted or own_id(archive), at.services.store
    player = await in_thread(checked, archive)
    state = archive.finish.state
    same = await in_thread(_same, player, state) if state else None
    show = player.show
    row = _row(new, archive, show)
    async with _alone(new, at):
        try:
            there = await store.show(new)
        except Unknown:
            there = None
        if there and there.state == HALF:  # whoever imported it died over it
            await store.remove_show(new)
            there = None
        if there and wanted:
            raise Conflict(
                f"there is a show {new} already", code="show/taken", hint="choose another id, or none"
            )
        card = ShowCard(new, (there or row).code, row.title, "", "closed", row.created_at, of=(archive.show,))
        if there is None:
            await _write(archive, player, row, at)
            await put_card(at.services.bus, card)
            at.directory.seen(card)
    return Imported(card, archive.show, archive.finish.messages, player.entries, there is None, same)


def _row(new: str, archive: Archive, show: Show) -> ShowRow:
    specs = [segment.spec for segment in show.segments.values()]
    return ShowRow(
        id=new,
        code=new_code(),
        title=show.title[:TITLE],
        rundown=[{"format": s.format, "title": s.title, "settings": s.settings} for s in specs],
        state=HALF,
        created_at=archive.header.since,
    )


def _same(player: Player, known: Witness) -> bool:
    player.seek(known.seq)
    same = state_hash(player.show) == known.hash
    player.seek(1 << 62)
    return same


@asynccontextmanager
async def _alone(show: str, at: Desk) -> Any:
    """Nobody else imports the same at the same time."""
    lease = Lease(at.services.bus, show, f"import-{secrets.token_hex(5)}")
    if not await lease.take():
        raise Unavailable("this log is being imported", code="log/busy", hint="try again in a moment")

    async def renew() -> None:
        while await lease.renew():  # noqa: ASYNC110  # a lease is renewed by the clock
            await asyncio.sleep(RENEW_S)

    renewing = asyncio.create_task(renew())
    try:
        yield
    finally:
        await end(renewing)
        await lease.give_up()


async def _write(archive: Archive, player: Player, row: ShowRow, at: Desk) -> None:
    bus, store = at.services.bus, at.services.store
    await purge(bus, row.id)  # what an import has left that was interrupted
    sequences = await write_log(bus, row.id, archive.messages())
    try:
        await store.add_show(row)
        await project(archive, player, row.id, sequences, store)
    except BaseException:
        await store.remove_show(row.id)
        await purge(bus, row.id)
        raise


async def project(archive: Archive, player: Player, show: str, sequences: Sequences, store: Store) -> None:
    """What the database has of a show that was played: who was there, results, rounds, and what staff did."""
    again, log = player.afresh(), archive.messages()
    while True:
        acts, judged = await in_thread(_played, again, log)
        for seq, lines in acts or ():
            await store.record_audit(show, sequences.new(seq), lines)
        for name, seq, one in judged:
            await store.judged(show, name, one.number, sequences.new(seq), one.report, one.answers)
        if acts is None:
            break
    last, crowd = sequences.last, again.crowd
    people = [PersonRow(one.id, crowd.name(one.id)) for one in crowd.by_id.values() if not one.staff]
    for first in range(0, len(people), PEOPLE):
        await store.record_people(show, last, people[first : first + PEOPLE])
    for name, segment in again.segments.items():
        if segment.phase != "ready":
            await store.record_results(show, name, last, segment.rows(again.now))
    await store.close_show(show, last)


Acts = list[tuple[int, list[AuditRow]]]
Judged = list[tuple[str, int, RoundRecord]]


def _played(show: Show, log: Iterator[tuple[int, bytes]]) -> tuple[Acts | None, Judged]:
    """What the next messages bring; None in the place of acts at the end."""
    acts: Acts = []
    judged: Judged = []
    messages = list(islice(log, SLICE))
    for seq, data in messages:
        show.fold(decode_batch(data), seq)
        if show.acts:
            acts.append((seq, [_line(entry) for entry in show.acts]))
        judged += [(segment, seq, record) for segment, record in show.judged]
        show.forget()
    return acts if messages else None, judged


def _line(entry: Entry[Any]) -> AuditRow:
    return AuditRow(entry.at, entry.viewer, Role(entry.role).label, msgspec.to_builtins(entry.action))
