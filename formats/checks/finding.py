"""What a check has found."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from pathlib import Path
from types import CodeType
from typing import Any

import msgspec


class Finding(msgspec.Struct, frozen=True):
    """Something that is wrong with a format, or with how an evening went.

    `kind` is one of `KINDS`. `where` is `file.py:12`, or the segment and what of it (`s1/answer`, `s1/public`). `seq` is the message of
    the log at which it was seen (0: no certain one). `what` is a sentence that says what is wrong and how to mend it.
    """

    kind: str
    where: str
    seq: int
    what: str

    def __str__(self) -> str:
        return f"{self.kind} at {self.where}{f' (message {self.seq})' if self.seq else ''}: {self.what}"


class ChecksFailed(AssertionError):
    """What checks have found, as one message that can be read. `findings` has all of them."""

    def __init__(self, title: str, findings: list[Finding]) -> None:
        self.findings = findings
        things = "one thing" if len(findings) == 1 else f"{len(findings)} things"
        super().__init__("\n".join([f"{title}: {things} to mend", *(f"- {one}" for one in findings)]))


KINDS = (
    "fault",
    "state",
    "replay",
    "random",
    "clock",
    "outside",
    "leak",
    "private",
    "stale",
    "double",
    "views",
    "slow",
)
"""fault: a handler or a view has raised. state: what no snapshot can hold. replay: the log plays to another state. random, clock and
outside: a handler or a view draws, reads a clock, or keeps or uses what is not its state. leak: a secret can be known too early. private:
what one viewer said can be read by another. stale: a private scene changes, and its viewer is not sent it. double: the same counts twice.
views: a view is no plain function, or draws what cannot be. slow: the work for one action grows with the crowd, or is too much."""


def place(code: CodeType, line: int | None = None) -> str:
    """A line as findings and faults name it; without one, where the function begins."""
    return f"{Path(code.co_filename).name}:{line or code.co_firstlineno}"


def home(handler: Callable[..., Any]) -> str:
    """Where a handler stands."""
    return place(inspect.unwrap(getattr(handler, "__func__", handler)).__code__)


def short(value: Any, most: int = 60) -> str:
    """A value as part of a sentence."""
    text = repr(value)
    return text if len(text) <= most else f"{text[: most - 1]}…"


def first(findings: Iterable[Finding]) -> list[Finding]:
    """Each finding once: what was found at the same place again and again is the same."""
    seen: dict[tuple[str, str, str], Finding] = {}
    for one in findings:
        seen.setdefault((one.kind, one.where, one.what.partition(":")[0]), one)
    return list(seen.values())
