"""Other values that would have been as good: of settings, and of what somebody has said by an action."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from oncue.engine.amend import Amendment, amended
from oncue.engine.errors import OncueError
from oncue.engine.format import Format

TRIES = 4
"""Other values of one setting or field."""


def leaves(data: Any, pointer: str = "") -> Iterator[tuple[str, Any]]:
    """All values in plain data that are neither lists nor maps, by their JSON pointers. A list or map without any is one too."""
    if isinstance(data, dict) and data:
        for key, value in data.items():
            yield from leaves(value, f"{pointer}/{str(key).replace('~', '~0').replace('/', '~1')}")
    elif isinstance(data, (list, tuple)) and data:
        for i, value in enumerate(data):
            yield from leaves(value, f"{pointer}/{i}")
    else:
        yield pointer, data


def others(value: Any) -> Iterator[Any]:
    """Values that might stand there as well."""
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, int):
        yield from dict.fromkeys(one for one in (value + 1, value - 1, 0, 1, 2, 3) if one != value)
    elif isinstance(value, float):
        yield from (value + 1.5, value / 2, value - 1.5)
    elif isinstance(value, str):
        yield from (word for word in (_turned(value), "Quite another", "zz") if word != value)
    elif value is None:
        yield from (0, 1, True, "Quite another")
    elif isinstance(value, (list, tuple)):
        yield from ([0], [1], ["Quite another"])


def alike(value: Any, said: Iterable[Any]) -> list[Any]:
    """The first of these values that might stand there as well."""
    return [one for one in said if type(one) is type(value) and one != value][:1]


def _turned(text: str) -> str:
    """Longer by a letter, and no word of it is the same."""
    return "".join(_letter(one) for one in text) + "x"


def _letter(one: str) -> str:
    for first, size in (("a", 26), ("A", 26), ("0", 10)):
        if first <= one < chr(ord(first) + size):
            return chr(ord(first) + (ord(one) - ord(first) + size // 2) % size)
    return one


def other_settings(
    kind: type[Format[Any, Any]], settings: dict[str, Any], pointer: str, said: Iterable[Any]
) -> Iterator[Any]:
    """Other values that the setting could have had; first what somebody has `said`, which may be judged by it."""
    now = value_at(kind, settings, pointer)
    tries = [*alike(now, said), *others(now)]
    good = (value for value in tries if changed(kind, settings, {pointer: value}) is not None)
    for _, value in zip(range(TRIES), good, strict=False):
        yield value


def changed(kind: type[Format[Any, Any]], settings: dict[str, Any], changes: dict[str, Any]) -> Any:
    """Settings with these changes; None when that makes no sense, or no difference."""
    try:
        after = amended(kind, settings, [Amendment(0, 0, 0, "", changes, "")])
        return None if after == amended(kind, settings, []) else after
    except OncueError:
        return None


def below(kind: type[Format[Any, Any]], settings: dict[str, Any], pointer: str) -> list[str]:
    """The pointers to all values in what a pointer points to; empty when there is nothing."""
    data = msgspec.to_builtins(amended(kind, settings, []))
    return [one for one, _ in leaves(data) if one == pointer or one.startswith(f"{pointer}/")]


def value_at(kind: type[Format[Any, Any]], settings: dict[str, Any], pointer: str) -> Any:
    """The value of a leaf."""
    return dict(leaves(msgspec.to_builtins(amended(kind, settings, []))))[pointer]
