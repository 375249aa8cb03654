"""What a format's author writes down: the shapes of state and actions, and who may act."""

from __future__ import annotations

from enum import IntFlag
from typing import Any, NewType

import msgspec

ViewerId = NewType("ViewerId", int)
"""A person in a show: a random integer in 1..2**53-1, so that JavaScript can hold it."""

ShowId = NewType("ShowId", str)
"""Ten characters of a-z2-7."""

Micros = int
"""A time or a span in µs. Times are show time: since the Unix epoch, on the show's clock, never going back."""


class Role(IntFlag):
    """What a signed token says that somebody is. Flags, so that one mask says who may act."""

    AUDIENCE = 1
    GUEST = 2
    MODERATOR = 4
    PRODUCER = 8
    HOST = 16
    CLOCK = 32
    SYSTEM = 64
    DISPLAY = 128

    @property
    def label(self) -> str:
        """The lower-case word used in tokens and on wires."""
        return (self.name or "nobody").lower()


BY: dict[str, Role] = {
    "viewer": Role.AUDIENCE | Role.GUEST,
    "guest": Role.GUEST,
    "moderator": Role.MODERATOR | Role.PRODUCER | Role.HOST,
    "producer": Role.PRODUCER | Role.HOST,
    "host": Role.PRODUCER | Role.HOST,
    "clock": Role.CLOCK,
    "system": Role.SYSTEM,
}
"""The words for `@on(..., by=...)` and the roles that they admit."""


def _tag(name: str) -> str:
    out = ""
    for i, letter in enumerate(name):
        out += ("-" if i and letter.isupper() else "") + letter.lower()
    return out


class Action(msgspec.Struct, frozen=True, tag=_tag, tag_field="type", forbid_unknown_fields=True, gc=False):
    """Something that somebody does: a verb with its fields. On the wire `{"type": "answer", "choice": 2}`.

    The tag is the class name in kebab case. Fields are msgspec types; bounds by `Annotated[int, msgspec.Meta(ge=0)]`.
    """


class State(msgspec.Struct):
    """What a segment remembers. Plain fields for what is small and shared, `Ledger` for what each viewer has."""


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a host may set before a segment starts; its JSON Schema becomes the form in the console."""


class Row(msgspec.Struct, frozen=True):
    """One line of results: `table` names the sheet it belongs to, `cells` are its columns in order.

    Rows of the table `standings` with `viewer` (their id), `name` and `points` are added up in leaderboards over shows.
    """

    table: str
    cells: dict[str, Any]


def seconds(span: float) -> Micros:
    """Seconds as µs."""
    return round(span * 1_000_000)
