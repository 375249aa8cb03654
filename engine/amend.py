"""Judging again: what a host has changed in a segment's settings after it was played, and settings that are changed so."""

from __future__ import annotations

import copy
from collections.abc import Iterable
from typing import Annotated, Any

import msgspec

from .errors import FormatError, OncueError, Reject
from .format import Format
from .judge import Policy
from .segment import read_settings
from .structs import Action, Micros

CHANGES = 100
"""In one amendment."""


class Amend(Action, frozen=True):
    """Rule about what was played, and judge it again. `changes` gives settings of the segment new values, by their JSON pointers
    (RFC 6901), `policy` says anew how far viewers are believed in it, and `why` is for all to read."""

    segment: str
    changes: Annotated[dict[str, Any], msgspec.Meta(max_length=CHANGES)]
    why: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    policy: Policy | None = None


class Amendment(msgspec.Struct, frozen=True):
    """An amendment that was accepted. `by` and `number` are those of its entry in the log, by which it is known when that is played
    again."""

    by: int
    number: int
    at: Micros
    segment: str
    changes: dict[str, Any]
    why: str
    policy: Policy | None = None


def amended(kind: type[Format[Any, Any]], settings: dict[str, Any], amendments: Iterable[Amendment]) -> Any:
    """A segment's settings as these amendments, in their order, have left them."""
    now = read_settings(kind, settings)
    for amendment in amendments:
        now = _changed(kind, now, amendment.changes)
    return now


def check(kind: type[Format[Any, Any]], before: Any, changes: dict[str, Any]) -> None:
    """Raises `Reject` (`amend/pointer`), `FormatError` (`settings/bad`), or what the format says, when a segment with these settings
    cannot be judged again with these changes. Depends on nothing else, so that it does not matter what was judged again before."""
    after = _changed(kind, before, changes)
    try:
        kind.amend(before, after)
    except OncueError:
        raise
    except Exception as error:  # an author may raise anything
        raise FormatError(f"{kind.title}.amend: {error}", code="format/fault") from error


def _changed(kind: type[Format[Any, Any]], before: Any, changes: dict[str, Any]) -> Any:
    """Settings with some values replaced. With no defaults left out, so that each setting has its place."""
    data = msgspec.msgpack.decode(msgspec.msgpack.encode(before))  # in which tuples are lists
    for pointer, value in changes.items():
        _put(data, pointer, copy.deepcopy(value))
    return read_settings(kind, data)


def _put(data: Any, pointer: str, value: Any) -> None:
    head, *way = [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")]
    if head or not way:
        raise Reject(f"{pointer!r} is no JSON pointer", code="amend/pointer")
    try:
        for step in way[:-1]:
            data = data[_key(data, step)]
        data[_key(data, way[-1])] = value
    except (LookupError, TypeError, ValueError) as error:
        raise Reject(f"there is no setting {pointer!r}", code="amend/pointer") from error


def _key(data: Any, step: str) -> Any:
    """The key or index of what there is at this step. Raises `LookupError`, `TypeError` or `ValueError`."""
    if isinstance(data, (list, tuple)):
        if step != str(int(step)) or not 0 <= int(step) < len(data):
            raise LookupError
        return int(step)
    if not isinstance(data, dict) or step not in data:
        raise LookupError
    return step
