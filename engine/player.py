"""Going through a log: forwards, back, to an entry. It shows what its show was there, as its owner had it then."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from .ahead import Ahead
from .errors import BadInput, Conflict, OncueError
from .log import Batch, Entry, Part, decode_batch, encode_batch
from .show import Formats, Show
from .snapshot import load, save
from .structs import ShowId

Messages = Callable[[int], Iterator[tuple[int, bytes]]]
"""The messages of a log after this sequence, `(sequence, data)` in order. May be asked again and again."""

EVERY = 10_000
"""Entries between two snapshots, at first."""
WHOLE = 1 << 62
MARKS = 32
"""Snapshots that are kept; above that every other one is dropped, and they are made half as often."""

_raws = msgspec.msgpack.Decoder(list[msgspec.Raw])
_encode = msgspec.msgpack.Encoder().encode
_anything = msgspec.msgpack.Decoder(Entry[Any])


class Step(msgspec.Struct, frozen=True):
    """An entry of a log: the message that it stands in, its place there (from 1) of how many, and the segment that it is for. `entry` is
    None for what is none; its action is plain data. `outcome`: `counted`, `repeat`, or the code with which it was refused."""

    seq: int
    place: int
    of: int
    segment: str
    entry: Entry[Any] | None
    outcome: str = ""


class Mark(msgspec.Struct, frozen=True):
    """A snapshot: after that message, which had `done` entries, and so many entries of the log."""

    seq: int
    done: int
    entries: int
    data: bytes


def pieces(batch: Batch) -> list[tuple[str, msgspec.Raw]]:
    """The entries of a batch one by one, each with its segment, still encoded. What is no list of entries is left out, as the fold does."""
    out = []
    for part in batch.parts:
        try:
            out += [(part.segment, raw) for raw in _raws.decode(part.entries)]
        except (msgspec.DecodeError, ValueError):
            continue
    return out


def joined(batch: Batch, some: list[tuple[str, msgspec.Raw]]) -> Batch:
    """That batch with these entries only."""
    parts: list[tuple[str, list[msgspec.Raw]]] = []
    for segment, raw in some:
        if not parts or parts[-1][0] != segment:
            parts.append((segment, []))
        parts[-1][1].append(raw)
    whole = [Part(segment, msgspec.Raw(_encode(raws))) for segment, raws in parts]
    return msgspec.structs.replace(batch, parts=whole)


def cut(data: bytes, entries: int) -> bytes:
    """A message of the log with no more than its first `entries` entries."""
    batch = decode_batch(data)
    return encode_batch(joined(batch, pieces(batch)[:entries]))


def read(raw: msgspec.Raw) -> Entry[Any] | None:
    """An entry with its action as plain data; None for what is none."""
    try:
        return _anything.decode(raw)
    except (msgspec.DecodeError, ValueError):
        return None


class Player:
    """Plays a log; stands after the first `done` entries of message `seq` (all of them when `rest` is empty).

    `show` is the show there: before an amendment was made it is judged as it was judged then. What the last message or entry brought about
    (`refused`, `judged`, …) stays in it until the next one. `entries` counts the entries up to here, `unreadable` has the messages that
    are none, which are skipped as owners do. Needs memory for the show, `MARKS` snapshots, and no more.
    """

    def __init__(self, id: ShowId, formats: Formats, messages: Messages, *, every: int = EVERY) -> None:
        self._id = id
        self._formats = formats
        self._messages = messages
        self._every = every
        self._marks: list[Mark] = []
        self._known = Ahead.of(messages(0))
        self.unreadable: dict[int, str] = {}
        self._begin()

    def remember(self, mark: Mark) -> None:
        """Here is a snapshot that somebody else has made, such as the show's owner."""
        self._marks = sorted([*self._marks, mark], key=lambda one: one.seq)

    def _begin(self) -> None:
        self.show = self._fresh()
        self.seq = self.done = self.entries = 0
        self.rest: list[tuple[str, msgspec.Raw]] = []
        self._open(0)

    def _open(self, seq: int) -> None:
        self._log = self._messages(seq)
        self._ahead: tuple[int, bytes] | None = next(self._log, None)
        self._batch: Batch | None = None

    def _fresh(self, like: Show | None = None) -> Show:
        """The show before the log; with `like` one that knows the amendments of that."""
        show = Show(self._id, self._formats, like.amendments, like.granted) if like else None
        return self._knowing(show or Show(self._id, self._formats), 0)

    def _knowing(self, show: Show, seq: int) -> Show:
        show.strikes.update(self._known.strikes)
        show.turns.known = [turn for turn in self._known.turns if turn.since >= seq]
        return show

    @property
    def over(self) -> bool:
        """Whether this is the end of the log."""
        return not self.rest and self._ahead is None

    def message(self) -> bool:
        """To the end of the next message, or of this one; False at the end of the log."""
        if self.rest:
            batch, rest = self._batch, self.rest
            assert batch
            self.rest = []
            self._fold(joined(batch, rest), self.seq, len(rest))
            return True
        taken = self._take()
        if taken is None:
            return False
        self.done = 0
        if taken[1]:
            self._fold(taken[1], taken[0], sum(count(part) for part in taken[1].parts))
        self._mark()
        return True

    def step(self) -> Step | None:
        """Play one entry; None at the end of the log. A message without any is passed over."""
        while not self.rest:
            taken = self._take()
            if taken is None:
                return None
            self.done = 0
            self._batch = taken[1]
            self.rest = pieces(taken[1]) if taken[1] else []
        batch, seq, of = self._batch, self.seq, self.done + len(self.rest)
        assert batch
        segment, raw = self.rest.pop(0)
        repeats, before = self.show.repeats, self.show.seq
        self._fold(joined(batch, [(segment, raw)]), seq, 1)
        if self.rest:
            self.show.seq = before  # else what is left of this message would count as played
        else:
            self._mark()
        entry = read(raw)
        return Step(seq, self.done, of, segment, entry, self._outcome(entry, repeats))

    def seek(self, seq: int, place: int = 0) -> None:
        """To after the entry at this place of message `seq` (0: its last; 1: its first). Where there is none, to the last before it; a
        sequence of 0 is the beginning."""
        if (seq, place) == (self.seq, self.done):
            return
        behind = (seq, place or WHOLE) < (self.seq, self.done if self.rest else WHOLE)
        if behind or any(mark.seq < seq and mark.entries > self.entries for mark in self._marks):
            self._restore(seq)
        while self._short_of(seq, place):
            self.message()
        while place and self._within(seq) and not (self.seq == seq and self.done >= place):
            self.step()

    def back(self) -> None:
        """To before the entry that was played last."""
        seq, done = self.seq, self.done
        if done > 1:
            self.seek(seq, done - 1)
            return
        self._restore(seq)
        while self._short_of(seq - 1, 0):
            self.message()

    def _short_of(self, seq: int, place: int) -> bool:
        """Whether the next whole message, or what is left of this one, still belongs before that entry."""
        if self.rest:
            return self.seq < seq or (self.seq == seq and not place)
        return self._ahead is not None and self._ahead[0] < seq + (not place)

    def _within(self, seq: int) -> bool:
        """Whether the next entry is one of that message."""
        return self.seq == seq if self.rest else self._ahead is not None and self._ahead[0] == seq

    def afresh(self) -> Show:
        """The show before the log, knowing all that was found in it up to here: played into it, each round is judged as it stays."""
        return self._fresh(self.show if self.show.amendments else None)

    def _take(self) -> tuple[int, Batch | None] | None:
        """The next message; without a batch if it is none."""
        if self._ahead is None:
            return None
        seq, data = self._ahead
        self.seq, self._ahead = seq, next(self._log, None)
        self._batch = None
        try:
            self._batch = decode_batch(data)
        except OncueError as error:
            self.unreadable[seq] = error.message
            self.show.seq = seq
        return seq, self._batch

    def _fold(self, batch: Batch, seq: int, entries: int) -> None:
        show = self.show
        show.forget()
        show.fold(batch, seq)
        self.done += entries
        self.entries += entries
        if show.recount:
            self.show = self._again()

    def _again(self) -> Show:
        """The show here, judged as what it has accepted by now has it: as its owner does it (live/recount.py)."""
        refused, acts = self.show.refused, self.show.acts
        again = self._fresh(self.show)
        for seq, data in self._messages(0):
            if seq > self.seq:
                break
            part = cut(data, self.done) if seq == self.seq and self.rest else data
            try:
                again.fold(decode_batch(part), seq)
            except BadInput:
                again.seq = seq
        if again.recount:
            raise Conflict("a log with an amendment is played from its start", code="replay/start")
        again.caught_up()
        again.refused, again.acts = refused, acts
        return again

    def _outcome(self, entry: Entry[Any] | None, repeats: int) -> str:
        if entry is None:
            return "unreadable"
        who = (entry.viewer, entry.number)
        refused = next((no.code for no in self.show.refused if (no.viewer, no.number) == who), "")
        return refused or ("repeat" if self.show.repeats > repeats else "counted")

    def _mark(self) -> None:
        last = self._marks[-1].entries if self._marks else 0
        if self.entries - last < self._every:
            return
        try:
            self._marks.append(Mark(self.seq, self.done, self.entries, save(self.show)))
        except Conflict:
            return
        if len(self._marks) > MARKS:
            del self._marks[::2]
            self._every *= 2

    def _restore(self, seq: int) -> None:
        """Go back to the last snapshot before that message."""
        for mark in reversed(self._marks):
            if mark.seq >= seq:
                continue
            try:
                self.show = self._knowing(load(mark.data, self._formats), mark.seq)
            except Conflict:
                continue
            self.seq, self.done, self.entries, self.rest = mark.seq, mark.done, mark.entries, []
            self._open(mark.seq)
            return
        self._begin()


def count(part: Part) -> int:
    """How many entries are in a part, told from its first bytes: it is a msgpack array."""
    head = bytes(memoryview(part.entries)[:5])
    if not head:
        return 0
    if head[0] & 0xF0 == 0x90:
        return head[0] & 0x0F
    return int.from_bytes(head[1:3] if head[0] == 0xDC else head[1:5]) if head[0] in (0xDC, 0xDD) else 0
