"""A format at work in a show: its state, what it asked for, and how a refusal leaves no trace."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from typing import Any, Literal

import msgspec

from .blocks import Scene, Text, scene
from .cue import Cue, Effect
from .errors import FormatError, Reject
from .format import Format, People, Route
from .judge import REACH_MAX, judged
from .ledger import Ledger
from .log import Entry
from .structs import Action, Micros, Row, ViewerId
from .wire import Fault

KEEP = 1024
"""After so many actions that went well a new savepoint is made, so that undoing one never repeats more."""


class SegmentSpec(msgspec.Struct, frozen=True):
    """A line of the rundown: which format, with which settings (as they came, already checked)."""

    id: str
    format: str
    title: str
    settings: dict[str, Any] = {}
    version: str = "1"


Phase = Literal["ready", "live", "done"]


class Segment:
    """One running format. Owned by its show; only the show's fold calls `do`."""

    def __init__(self, spec: SegmentSpec, kind: type[Format[Any, Any]], people: People, seed: str) -> None:
        self.spec = spec
        self.kind = kind
        self.phase: Phase = "ready"
        self.format = kind(read_settings(kind, spec.settings), people)
        self.cue = Cue(f"{seed}/{spec.id}")
        self.faults: list[Fault] = []
        self.decoder = msgspec.msgpack.Decoder(list[Entry[kind.union]])  # type: ignore[name-defined]
        self.routes: dict[type[Action], Route] = kind.routes
        self.set_state(self.format.start())

    def set_state(self, state: Any) -> None:
        """Go on from this state."""
        self.state = state
        self.since: list[Entry[Any]] = []
        self._dirty: set[int] = set()
        self.save()

    def save(self) -> None:
        """Make a savepoint: what follows can be undone back to here."""
        self._books: list[Ledger[Any]] = self.kind.keeper.books(self.state)
        for book in self._books:
            self._dirty |= book.changed()
            book.commit()
        self._saved = self.kind.keeper.save(self.state)
        self.since.clear()

    def set_cue(self, entry: Entry[Any], now: Micros) -> None:
        """Tell the cue who acts, and on what they saw. The entry keeps both times as they were judged, for when it is done again."""
        cue = self.cue
        cue.by = entry.viewer
        cue.role = entry.role
        cue.number = entry.number
        cue.position = entry.position = judged(entry.position, entry.at, entry.reach)
        cue.now = entry.at = now

    def undo(self) -> None:
        """Take back what the action that was just refused has done, and nothing else."""
        self.cue.effects.clear()
        keeper = self.kind.keeper
        if (
            not self.since
            and not any(book.touched for book in self._books)
            and keeper.same(self.state, self._saved)
        ):
            return
        for name, book in zip(keeper.ledgers, self._books, strict=True):
            self._dirty |= book.changed()
            book.rollback()
            setattr(self.state, name, book)
        keeper.restore(self.state, self._saved)
        for entry in self.since:
            entry.reach = REACH_MAX
            self.set_cue(entry, entry.at)
            self.routes[type(entry.action)].handler(self.format, self.state, entry.action, self.cue)
        self.cue.effects.clear()
        self.save()

    def effects(self) -> list[Effect]:
        """What handlers asked for since the last call."""
        out = self.cue.effects
        self.cue.effects = []
        return out

    def changed(self) -> set[int]:
        """The viewers whose part of the state changed since the last call."""
        out = self._dirty
        books = self.kind.keeper.books(self.state)
        for old, book in zip(self._books, books, strict=True):
            out |= book.changed()
            if book is not old:
                out |= old.keys() | book.keys()
        self._dirty = set()
        return out

    def fault(self, error: BaseException, action: str, at: Micros) -> None:
        """Remember what a handler or a view of the format did wrong, with the author's own file and line."""
        frames = traceback.extract_tb(error.__traceback__)
        last = frames[-1] if frames else None
        where = f"{last.filename.rsplit('/', 1)[-1]}:{last.lineno}" if last else ""
        message = f"{type(error).__name__}: {error}"
        self.faults = [
            *self.faults[-19:],
            Fault(self.spec.id, self.spec.format, action, where, message[:500], at),
        ]

    def view(self, name: str, draw: Callable[[], Scene | None], at: Micros) -> Scene | None:
        """What a view of the format draws; when it fails a scene that says so, and a fault."""
        try:
            return draw()
        except Exception as error:  # noqa: BLE001  # an author may raise anything
            self.fault(error, name, at)
            return scene(Text("This part of the show has a problem. It will be back.", tone="quiet"))

    def rows(self, at: Micros) -> list[Row]:
        """The results so far; empty with a fault when the format cannot give them."""
        try:
            return list(self.format.results(self.state))
        except Exception as error:  # noqa: BLE001  # an author may raise anything
            self.fault(error, "results", at)
            return []


def read_settings(kind: type[Format[Any, Any]], settings: dict[str, Any]) -> Any:
    """Settings of a format from plain data. Raises `FormatError` (`settings/bad`) that names the field."""
    try:
        return msgspec.convert(settings, kind.settings_type)
    except msgspec.ValidationError as error:
        raise FormatError(
            f"{kind.title}: {error}", code="settings/bad", hint="see the format's settings schema"
        ) from error
