"""All checks of a log."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from oncue.engine.show import Formats
from oncue.engine.structs import ShowId

from .aired import Aired
from .finding import Finding, first
from .leak import leaks
from .replay import replays
from .tape import Tape


def check_log(
    show_id: ShowId,
    formats: Formats,
    log: Iterable[tuple[int, bytes]],
    *,
    begun: bytes = b"",
    aired: bytes = b"",
    skip: Collection[str] = (),
) -> list[Finding]:
    """What is wrong with the formats of this log, or with how its evening went; empty when nothing is.

    `log` has `(sequence, data)` of each message, in order. `begun` is the snapshot that it goes on from, if it is not all of a show, and
    `aired` one of the show that was on air, at the end of this log: what it has come to there is compared as well. Kinds of findings in
    `skip` are not looked for. Raises `BadInput` (`log/unreadable`) for what is no log, and `Unknown` for a format that is not installed.
    """
    tape = Tape(show_id, formats, log, begun)
    found = [] if "replay" in skip else list(replays(tape, aired))
    if not found and "leak" not in skip:
        found += leaks(Aired(tape))
    return first(one for one in found if one.kind not in skip)
