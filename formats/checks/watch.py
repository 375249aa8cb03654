"""What handlers and views use besides their arguments: chance, clocks, files, and things that they keep outside of the state.

Calls are seen by `sys.setprofile`, so that `from time import time` hides nothing, and only while a handler or a view runs.
"""

from __future__ import annotations

import copy
import dis
import gc
import inspect
import random
import sys
import sysconfig
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from functools import cached_property
from types import CodeType, FrameType
from typing import Any

from oncue.engine.format import Format
from oncue.engine.segment import Segment

from .finding import Finding, home, place, short
from .tape import Tape

_CLOCKS = {
    "time", "time_ns", "monotonic", "monotonic_ns", "perf_counter", "perf_counter_ns", "process_time", "process_time_ns",
    "thread_time", "thread_time_ns",
}  # fmt: skip
_PROCESS = {"id": "the address of an object", "hash": "a hash, which for text is another in each process"}
_STDLIB = tuple(sysconfig.get_paths()[name] for name in ("stdlib", "platstdlib"))
_GLOBAL: Any = inspect.getattr_static(random, "random").__self__
"""The generator behind `random.random` and its like."""
_SEED: CodeType = random.Random.seed.__code__
_PLAIN = (int, float, str, bool, bytes, type(None))
_MUTABLE = (list, dict, set, bytearray, deque)


class Watch:
    """Looks over the shoulder of handlers and views. `found` is what was seen; `message` is the one that is being played."""

    def __init__(self, tape: Tape) -> None:
        self.tape = tape
        self._own: dict[str, dict[str, Any]] = {}
        self.found: list[Finding] = []
        self.message = 0
        self._doing = ""
        self._home = ""
        self._top: FrameType | None = None

    def hook(self, segment: Segment) -> None:
        """Have the handlers of this segment watched."""
        self._own[segment.spec.id] = _plain_copy(vars(segment.format))
        for action, (handler, roles, when) in list(segment.ways.items()):
            route = segment.routes[action]
            segment.ways[action] = (self._watched(handler, route.type, segment.kind), roles, when)

    def _watched(self, handler: Callable[..., None], name: str, kind: type[Any]) -> Callable[..., None]:
        def watched(state: Any, action: Any, cue: Any) -> None:
            with self.watching(name, kind):
                handler(state, action, cue)

        return watched

    @contextmanager
    def watching(self, doing: str, kind: type[Any]) -> Iterator[None]:
        """While this goes on, calls to the outside are found."""
        before, self._doing, self._home = sys.getprofile(), doing, kind.public.__code__.co_filename
        collecting = gc.isenabled()
        gc.disable()  # whose callbacks would seem to be called by the author
        self._top = sys._getframe(2)  # noqa: SLF001  # up to whom a call is the author's
        sys.setprofile(self._see)
        try:
            yield
        finally:
            sys.setprofile(before)
            if collecting:
                gc.enable()

    def _see(self, frame: FrameType, event: str, arg: Any) -> None:
        if event == "c_call":
            said = _called(frame, arg)
        elif event == "call":
            said = _entered(frame)
        else:
            return
        if said:
            self._tell(frame, *said)

    def _tell(self, frame: FrameType, kind: str, what: str) -> None:
        own: FrameType | None = None
        at: FrameType | None = frame
        while at is not None and at is not self._top:
            file = at.f_code.co_filename
            if "/logging/" in file:
                return  # a line in a log may have its time
            if file == self._home or (own is None and not file.startswith((*_STDLIB, "<frozen"))):
                own = at
                if file == self._home:
                    break
            at = at.f_back
        if own is None:
            return
        where = place(own.f_code, own.f_lineno)
        if not any(one.where == where and one.kind == kind for one in self.found):
            what = f"`{self._doing}` {what}"
            self.found.append(Finding(kind, where, self.tape.seq(self.message), what))

    def kept(self, segment: Segment) -> None:
        """Find what a handler or a view has put on the format. What was there from the start is there again in every play."""
        kind, before = segment.kind, self._own[segment.spec.id]
        for name, value in _plain_copy(vars(segment.format)).items():
            cached = isinstance(inspect.getattr_static(kind, name, None), cached_property)
            if not cached and (name not in before or not _equal(before[name], value)):
                what = "which no snapshot has and no replay finds. Put it into the state"
                what = f"{kind.__name__} keeps `self.{name}`, {what}"
                self.found.append(Finding("outside", _written(kind, name), 0, what))


def _called(frame: FrameType, call: Any) -> tuple[str, str] | None:
    """What is wrong with a call of something that is not written in Python."""
    name, module, owner = call.__name__, call.__module__, getattr(call, "__self__", None)
    if owner is _GLOBAL:
        return "random", f"draws from `random.{name}`: a replay draws something else. Draw from `cue.random`"
    if module == "time" and name in _CLOCKS:
        return "clock", f"reads `time.{name}`: a replay has another time. Use `cue.now`"
    if module == "time" and name == "sleep":
        return "slow", "sleeps: nobody's action is done meanwhile. Come back by `cue.after`"
    if name in ("now", "utcnow", "today") and isinstance(owner, type) and issubclass(owner, date):
        return (
            "clock",
            f"reads the machine's date by `{owner.__name__}.{name}`: a replay has another. Use `cue.now`",
        )
    if name == "urandom":
        return "random", "draws from the system's randomness: a replay draws something else. Use `cue.random`"
    if module in ("io", "_io") and name == "open":
        return (
            "outside",
            "opens a file, which a replay may not find as it was. Put what it needs in the settings",
        )
    if module == "builtins" and name in _PROCESS and _written_by_an_author(frame.f_code):
        return "outside", f"uses {_PROCESS[name]}: a replay has another. Use a value of the state"
    return None


def _written_by_an_author(code: CodeType) -> bool:
    """Not the standard library's, nor made by it, nor what only serves to be found in a dict."""
    return not code.co_filename.startswith((*_STDLIB, "<")) and code.co_name != "__hash__"


def _entered(frame: FrameType) -> tuple[str, str] | None:
    """What is wrong with a call of something that is written in Python."""
    code = frame.f_code
    if code is _SEED and frame.f_locals.get("a") is None:
        return "random", "makes a `Random` without a seed: a replay draws something else. Use `cue.random`"
    if code.co_filename == _SEED.co_filename and frame.f_locals.get("self") is _GLOBAL:
        name = code.co_name
        return "random", f"draws from `random.{name}`: a replay draws something else. Draw from `cue.random`"
    return None


class Kept:
    """What a format could keep outside of its state: on itself, on its class, in its module and in its closures."""

    def __init__(self, kind: type[Format[Any, Any]]) -> None:
        self.kind = kind
        self._before = _outside(kind)

    def changed(self, at: int) -> Iterator[Finding]:
        """What is not as it was when this was made."""
        now = _outside(self.kind)
        for key, (where, before) in self._before.items():
            after = now.get(key, (where, None))[1]
            if not _equal(before, after):
                what = f"{key} was {short(before, 30)} and is {short(after, 30)} after the evening was played: what is kept outside of the "
                yield Finding(
                    "outside", where, at, f"{what}state is lost with the process. Put it into the state"
                )


def _plain_copy(own: dict[str, Any]) -> dict[str, Any]:
    """What is kept on a format, so that it can be seen whether it has changed."""
    return {name: _copied(value) for name, value in own.items() if name not in ("settings", "people")}


def _written(kind: type[Format[Any, Any]], name: str) -> str:
    """Where an attribute is set."""
    for function in _functions(kind):
        for step in dis.get_instructions(function):
            if step.opname == "STORE_ATTR" and step.argval == name:
                return place(function.__code__, step.positions.lineno if step.positions else None)
    return home(kind.public)


def _outside(kind: type[Format[Any, Any]]) -> dict[str, tuple[str, Any]]:
    out: dict[str, tuple[str, Any]] = {}
    for cls in kind.__mro__[: kind.__mro__.index(Format)]:
        for name, value in vars(cls).items():
            if isinstance(value, (*_PLAIN, *_MUTABLE)) and not name.startswith("__") and name != "routes":
                out[f"`{cls.__name__}.{name}`"] = (place(kind.public.__code__), _copied(value))
    for function in _functions(kind):
        free = zip(function.__code__.co_freevars, function.__closure__ or (), strict=True)
        held = {name: cell.cell_contents for name, cell in free if not inspect.isclass(cell.cell_contents)}
        names = _names(function.__code__)
        held |= {name: function.__globals__[name] for name in names if name in function.__globals__}
        for name, value in held.items():
            if isinstance(value, (*_PLAIN, *_MUTABLE)):
                out.setdefault(f"`{name}`", (home(function), _copied(value)))
    return out


def _functions(kind: type[Format[Any, Any]]) -> Iterator[Any]:
    for cls in kind.__mro__[: kind.__mro__.index(Format)]:
        for value in vars(cls).values():
            plain = value.__func__ if isinstance(value, (classmethod, staticmethod)) else value
            if inspect.isfunction(plain):
                yield plain


def _names(code: CodeType) -> set[str]:
    """The names that a function uses, with those of the functions in it."""
    inner = [_names(const) for const in code.co_consts if isinstance(const, CodeType)]
    return set(code.co_names).union(*inner)


def _copied(value: Any) -> Any:
    try:
        return copy.deepcopy(value)
    except Exception:  # noqa: BLE001  # an author may keep anything
        return None


def _equal(one: Any, other: Any) -> bool:
    try:
        return bool(one == other)
    except Exception:  # noqa: BLE001  # an author may keep anything
        return True
