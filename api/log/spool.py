"""The log of a show on a node's disk, to be played there or sent away."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import msgspec

from oncue.engine.errors import Conflict, OncueError, Unknown
from oncue.engine.live import Bus, ShowCard, read_log
from oncue.engine.log import Entry, decode_batch
from oncue.engine.player import Mark, Player, count
from oncue.engine.replay import state_hash
from oncue.engine.show import Show
from oncue.engine.snapshot import load
from oncue.engine.structs import Micros, ShowId
from oncue.engine.versions import missing
from oncue.formats.registry import format_named

from .archive import Header, Played, Witness, Writer
from .signing import Signer

SLICE = 256
"""Messages that are written in one go."""

_entries = msgspec.msgpack.Decoder(list[Entry[Any]])


class Spool:
    """An archive of a log that is being written. `player` plays what is there so far, and goes on from what the show's owner has kept."""

    def __init__(self, path: Path, card: ShowCard, kept: bytes) -> None:
        self.path = path
        self._card = card
        self._kept = kept
        self._writer = Writer()
        self._entries: dict[int, int] = {}
        self.entries = self.messages = self.last = 0

    def begin(self, first: tuple[int, bytes], last: tuple[int, bytes], now: Micros) -> None:
        """The header, and nothing else."""
        header = Header(
            show=self._card.id, title=self._card.title, code=self._card.code, software=software(), exported=now,
            first=first[0], last=last[0], since=min(_times(first[1]), default=0), until=max(_times(last[1]), default=0),
        )  # fmt: skip
        self.path.write_bytes(self._writer.begin(header))

    def add(self, messages: list[tuple[int, bytes]]) -> None:
        """Some more of the log."""
        with self.path.open("ab") as file:
            for seq, data in messages:
                entries = entries_in(data)
                file.write(self._writer.add(seq, data, entries))
                self.entries, self.messages, self.last = self.entries + entries, self.messages + 1, seq

    @property
    def ancestors(self) -> tuple[str, ...]:
        """The show, and those that it was forked from."""
        return (self._card.id, *self._card.of)

    def flush(self) -> None:
        """Have all of it on the disk."""
        with self.path.open("ab") as file:
            file.write(self._writer.flush())

    def log(self, after: int = 0) -> Iterator[tuple[int, bytes]]:
        """The messages after this sequence."""
        return self._writer.blocks.messages(self.path, after)

    def player(self, *, upto: int = 0) -> Player:
        """A player of it, which begins with what the owner has kept if that is not later than `upto` (0: the end)."""
        player = Player(ShowId(self._card.id), format_named, self.log)
        seq = self._owner(upto)
        if seq:
            before = sum(entries_in(data) for at, data in self.log() if at <= seq)
            player.remember(Mark(seq, 1, before, self._kept))
        return player

    def _owner(self, upto: int) -> int:
        """The sequence of what the owner has kept; 0 when it is of no use."""
        try:
            seq = load(self._kept, format_named).seq if self._kept else 0
        except Conflict:
            return 0
        return seq if seq <= (upto or self.last) else 0

    def end(self, signer: Signer | None) -> None:
        """The end of an archive: what the show is by then, and who says so."""
        player = self.player()
        owner = self._owner(0)
        player.seek(self.last)
        state, rundown = None, rundown_of(player.show)
        if not missing(player.show):
            state = Witness(self.last, state_hash(player.show), owner)
        with self.path.open("ab") as file:
            file.write(self._writer.end(state, rundown))
            if signer:
                file.write(self._writer.signed(signer.sign(self._writer.digest)))


@asynccontextmanager
async def spooled(bus: Bus, card: ShowCard, folder: Path, now: Micros) -> AsyncIterator[Spool]:
    """The log of a show up to now, in a file that is there as long as this is open. Raises `Unknown` (`log/none`)."""
    with tempfile.TemporaryDirectory(prefix="log-", dir=folder) as name:
        spool = Spool(Path(name) / "log.oncue", card, await bus.kept(card.id) or b"")
        waiting: list[tuple[int, bytes]] = []
        async for message in read_log(bus, card.id):
            if not spool.messages and not waiting:
                spool.begin(message, await last_message(bus, card.id), now)
            waiting.append(message)
            if len(waiting) >= SLICE:
                await asyncio.to_thread(spool.add, waiting)
                waiting = []
        if not waiting and not spool.messages:
            raise Unknown("there is no log of this show any more", code="log/none")
        await asyncio.to_thread(spool.add, waiting)
        await asyncio.to_thread(spool.flush)
        yield spool


async def last_message(bus: Bus, show: str) -> tuple[int, bytes]:
    """The last message of a show's log."""
    from oncue.engine.live.bus import STREAM, subject

    message = await bus.js.get_last_msg(STREAM, subject(show, "log"), direct=True)
    return message.seq or 0, message.data or b""


def rundown_of(show: Show) -> tuple[Played, ...]:
    """The segments of a show, and what plays them."""
    specs = [segment.spec for segment in show.segments.values()]
    return tuple(Played(spec.id, spec.format, spec.version, spec.title) for spec in specs)


def entries_in(data: bytes) -> int:
    """How many entries a message has; 0 for what is none."""
    try:
        return sum(count(part) for part in decode_batch(data).parts)
    except OncueError:
        return 0


def software() -> str:
    """What writes the archive."""
    try:
        return f"oncue {version('oncue')}"
    except PackageNotFoundError:
        return "oncue"


def _times(data: bytes) -> list[Micros]:
    try:
        return [
            entry.at
            for part in decode_batch(data).parts
            for entry in _entries.decode(part.entries)
            if entry.at
        ]
    except (OncueError, msgspec.MsgspecError, ValueError):
        return []
