"""All checks of a log."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator

from oncue.engine.show import Formats
from oncue.engine.structs import Micros, ShowId

from .aired import Aired
from .double import doubled
from .finding import KINDS, Finding, first
from .leak import leaks
from .private import overheard
from .replay import replays
from .slow import slowness
from .stale import staleness
from .tape import Tape
from .timed import overdue
from .views import plainness

BUDGET: Micros = 250_000
"""More than any handler needs, on any machine."""

_CHECKS: dict[str, Callable[[Aired], Iterator[Finding]]] = {
    "leak": leaks,
    "private": overheard,
    "double": doubled,
    "slow": slowness,
    "stale": lambda evening: staleness(evening.tape),
}
_PLAIN = {"fault", "random", "clock", "outside", "views", "slow"}
_SPOIL = {"replay", "state", "random", "clock", "outside", "views"}


def check_log(
    show_id: ShowId,
    formats: Formats,
    log: Iterable[tuple[int, bytes]],
    *,
    aired: bytes = b"",
    skip: Collection[str] = (),
    budget: Micros = BUDGET,
) -> list[Finding]:
    """What is wrong with the formats of this log, or with how its evening went; empty when nothing is.

    `log` has `(sequence, data)` of each message from the show's beginning, in order. `aired` is a snapshot of the show that was on air, at
    the end of this log: what it has come to there is compared as well. Kinds of findings in `skip` are not looked for. `budget`: the CPU
    time that one call of a handler may take, µs. Raises `BadInput` (`log/unreadable`) for what is no log, and `Unknown` for a format that
    is not installed.
    """
    return check_tape(Tape(show_id, formats, log), aired=aired, skip=skip, budget=budget)


def check_tape(
    tape: Tape, *, aired: bytes = b"", skip: Collection[str] = (), budget: Micros = BUDGET
) -> list[Finding]:
    """What `check_log` does, for a log that may go on from a snapshot. What makes further checks meaningless ends them: who draws their own
    number never plays the same evening again."""
    left = set(KINDS) - set(skip)
    found: list[Finding] = []
    if left & _PLAIN:
        found += plainness(tape)
        found += overdue(tape, budget)
    if "replay" in left and not _spoilt(found):
        found += replays(tape, aired)
    if left & _CHECKS.keys() and not _spoilt(found):
        evening = Aired(tape)
        for kind, check in _CHECKS.items():
            found += check(evening) if kind in left else ()
    return first(one for one in found if one.kind in left)


def _spoilt(found: list[Finding]) -> bool:
    return any(one.kind in _SPOIL for one in found)
