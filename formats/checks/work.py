"""How much work a call is: steps of Python, and things that it goes through in the state. The same on every machine."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any, SupportsIndex

import msgspec

from oncue.engine.keep import Keeper
from oncue.engine.ledger import Ledger
from oncue.engine.structs import State

MOST = 300_000
"""Steps for one action of a viewer. At some 30 ns each, they take 10 ms."""
FAR = 3 * MOST
"""What takes more is not looked at to its end."""


class Work(msgspec.Struct):
    """`steps` of Python's virtual machine, and `things` in lists, maps and ledgers of the state that were gone through."""

    steps: int = 0
    things: int = 0


class Enough(BaseException):
    """Work was done that is more than enough. No `Exception`, which an author may catch."""


def measured(keeper: Keeper, state: State, call: Callable[[Any], object], most: int) -> Work:
    """The work of a call with a copy of this state, of which nothing is left; after `most` steps it is broken off."""
    work = Work()
    try:
        copy = _counted(keeper, state, work)
    except Exception:  # noqa: BLE001  # a state that cannot be kept, which is told elsewhere
        return work
    before = sys.gettrace()

    def trace(frame: FrameType, event: str, arg: Any) -> Any:
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        if event == "opcode":
            work.steps += 1
            if work.steps > most:
                raise Enough
        return trace

    sys.settrace(trace)
    try:
        call(copy)
    except Enough:
        pass
    except Exception:  # noqa: BLE001  # what goes wrong here goes wrong in the evening too
        work = Work()
    finally:
        sys.settrace(before)
    return work


def _counted(keeper: Keeper, state: State, work: Work) -> Any:
    copy = keeper.decode(keeper.encode(state))
    for name in keeper.names:
        value = getattr(copy, name)
        if type(value) is list:
            setattr(copy, name, _List(value, work))
        elif type(value) is dict:
            setattr(copy, name, _Dict(value, work))
    for name in keeper.ledgers:
        setattr(copy, name, _Ledger(_Dict(getattr(copy, name).plain, work)))
    return copy


class _List(list[Any]):
    def __init__(self, values: list[Any], work: Work) -> None:
        super().__init__(values)
        self._work = work

    def _all(self) -> None:
        self._work.things += len(self)

    def __iter__(self) -> Iterator[Any]:
        for value in super().__iter__():
            self._work.things += 1
            yield value

    def __contains__(self, value: object) -> bool:
        self._all()
        return super().__contains__(value)

    def index(self, *args: Any) -> int:
        self._all()
        return super().index(*args)

    def count(self, value: Any) -> int:
        self._all()
        return super().count(value)

    def remove(self, value: Any) -> None:
        self._all()
        super().remove(value)

    def insert(self, place: SupportsIndex, value: Any) -> None:
        self._all()
        super().insert(place, value)

    def sort(self, **how: Any) -> None:
        self._all()
        super().sort(**how)

    def copy(self) -> list[Any]:
        self._all()
        return super().copy()


class _Dict(dict[Any, Any]):
    def __init__(self, values: Any, work: Work) -> None:
        super().__init__(values)
        self._work = work

    def __iter__(self) -> Iterator[Any]:
        return self._each(super().__iter__())

    def _each(self, values: Iterator[Any]) -> Iterator[Any]:
        for value in values:
            self._work.things += 1
            yield value

    def keys(self) -> Any:
        return _View(super().keys(), self)

    def values(self) -> Any:
        return _View(super().values(), self)

    def items(self) -> Any:
        return _View(super().items(), self)


class _View:
    """What `keys`, `values` and `items` give, counted when it is gone through."""

    def __init__(self, view: Any, owner: _Dict) -> None:
        self._view, self._owner = view, owner

    def __iter__(self) -> Iterator[Any]:
        return self._owner._each(iter(self._view))  # noqa: SLF001  # its own

    def __reversed__(self) -> Iterator[Any]:
        return self._owner._each(reversed(self._view))  # noqa: SLF001  # its own

    def __len__(self) -> int:
        return len(self._view)

    def __contains__(self, value: object) -> bool:
        return value in self._view

    def __getattr__(self, name: str) -> Any:
        return getattr(self._view, name)


class _Ledger(Ledger[Any]):
    """A ledger around a map that counts."""

    def __init__(self, values: _Dict) -> None:
        super().__init__()
        self._take(values)

    def _remember_order(self) -> None:
        """The engine's own work, once for many actions."""
