"""Forks: a show whose log begins with that of another one, up to a cue, and that is live from there on.

    Copied(of, seq, shift)   what the other show's log has, as it is   Forked(title, code)   what happens from now on

What is copied happens as long ago as it was at the cue: the fold adds `shift` to all of its times. So a timer that had three seconds to go
has three seconds to go, a round is as old as it was, and show time goes on from the moment of the fork. Randomness is drawn as without it
(`Show.shift`), so what was drawn stays; what is drawn later depends on who acts, and when. A fork may be forked: its log lies in the other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Annotated, Any

import msgspec

from . import events
from .errors import Conflict
from .log import VERSION, Batch, Entry, Part, encode_batch, encode_entries
from .stage import clear, tell_moves
from .structs import Action, Micros, Role

if TYPE_CHECKING:
    from .show import Show

MOST = 16
"""Forks of forks."""
_WHY = "The show goes on from an earlier moment."


class Copied(Action, frozen=True):
    """What follows, up to the `Forked` that belongs to it, is the log of another show up to its message `seq`; it happened `shift` µs later
    than it says."""

    of: str
    seq: int
    shift: Micros


class Forked(Action, frozen=True):
    """From here on the show goes on by itself, under this title and code."""

    title: Annotated[str, msgspec.Meta(max_length=200)]
    code: str


class Fork(msgspec.Struct, array_like=True):
    """How a show came from others. `of` and `seq`: which show's log its own begins with, and up to which message. `copied`: the shifts of
    the copies that are being played. `shift`: by how much its times are later than those that randomness was drawn for. `amended`: how
    many amendments are the other show's, which has told of them."""

    of: str = ""
    seq: int = 0
    copied: list[Micros] = []
    shift: Micros = 0
    amended: int = 0


def copied(show: Show, entry: Entry[Any], act: Copied) -> None:
    """The log of another show begins."""
    if show.phase != "new" or len(show.fork.copied) >= MOST:
        raise Conflict("a log is copied into one that is empty", code="fork/late")
    fork = show.fork
    if not fork.copied:
        fork.of, fork.seq = act.of, act.seq
    fork.copied.append(act.shift)
    fork.shift += act.shift


def forked(show: Show, entry: Entry[Any], act: Forked) -> None:
    """The copy is over. Nobody is on stage any more: those who were are in the other show."""
    if not show.fork.copied:
        raise Conflict("nothing was copied", code="fork/late")
    show.fork.copied.pop()
    show.fork.amended = len(show.amendments)
    clear(show, _WHY)
    tell_moves(show)
    show.phase, show.title, show.code = "open", act.title, act.code
    lines = [events.Line(one.spec.id, one.spec.format, one.spec.title) for one in show.segments.values()]
    show.tell(events.ShowOpened(act.title, act.code, tuple(lines)))


def late(entry: Entry[Any], fork: Fork) -> None:
    """Have a copied entry happen when the show has it happen."""
    shift = sum(fork.copied)
    entry.at += shift
    if entry.position:
        entry.position += shift


def fork_log(of: Show, messages: Iterable[bytes], *, at: Micros, title: str, code: str) -> Iterator[bytes]:
    """The log of a fork, message by message: `of` is the other show as these messages of its log have left it, `at` the moment of the
    fork."""
    yield _message(1, 0, Copied(of.id, of.seq, at - of.now))
    yield from messages
    yield _message(2, of.now, Forked(title, code))


def _message(number: int, at: Micros, action: Action) -> bytes:
    entry = Entry(0, number, int(Role.SYSTEM), at, 0, 0, 0, action)
    return encode_batch(Batch(VERSION, "fork", number, [Part("", encode_entries([entry]))]))


FORK_ROUTES: dict[type[Action], tuple[Callable[[Show, Entry[Any], Any], None], Role]] = {
    Copied: (copied, Role.SYSTEM),
    Forked: (forked, Role.SYSTEM),
}
