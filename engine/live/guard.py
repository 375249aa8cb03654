"""A time budget for authors' code: what does not come to an end is interrupted where it is.

While the engine's thread folds or draws, a timer of the process (`ITIMER_REAL`) looks every 50 ms at the frames that are being run. Where
the same handler or view has used its budget, `Overrun` is raised in it, provided that the innermost frame is the author's own: the
engine's code is never torn. Nothing is measured in between, so that what is quick costs nothing. Python runs signal handlers between two
instructions: a call of C that never returns cannot be interrupted (see crumbs.py). Signals are the main thread's: elsewhere nothing is
guarded.
"""

from __future__ import annotations

import atexit
import resource
import signal
import sys
import sysconfig
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

from oncue.engine import amend, rundown, segment, show, surfaces
from oncue.engine.live.meter import Stopwatch
from oncue.engine.strikes import Overrun

TICK_S = 0.05
SOON_S = 0.001
"""When it was the engine's code that a tick met, or when an author's code went on all the same."""
HARD_S = 0.25
"""What one handler or view may use."""
PART_S = 2.0
"""What one message's entries for a segment may use together: more would stop the other shows of this process."""

_ENGINE = str(Path(show.__file__).parent)  # as frames have it, by whatever links it is reached
_LIBRARY = sysconfig.get_paths()["stdlib"]
_NOT_IN = ("<frozen importlib", f"{_LIBRARY}/threading.py", f"{_LIBRARY}/logging/")
"""Library code that holds locks."""

_FOLD = show.Show._play.__code__  # noqa: SLF001  # the guard looks at frames, and this is the one that calls handlers
_CALLS: set[CodeType] = {
    _FOLD,
    segment.Segment.__init__.__code__,
    segment.Segment.view.__code__,
    segment.Segment.next.__code__,
    segment.Segment.rows.__code__,
    segment.Segment._rulings.__code__,  # noqa: SLF001
    segment.read_settings.__code__,
    rundown.make.__code__,
    surfaces._spec.__code__,  # noqa: SLF001
    amend.check.__code__,
}
"""The engine's functions that call an author's code, and bear that it raises."""

_THROUGH = ("<lambda>", "measured")
"""The engine's functions that only hand on the call: views in surfaces.py, and handlers that are measured."""


class Guard:
    """Of one process. `watching` is to be entered around whatever may call an author's code, by the main thread alone. `folder` is where
    crumbs are kept."""

    def __init__(self, *, hard: float = HARD_S, part: float = PART_S) -> None:
        self.folder: Path | None = None
        self.overruns = 0
        self._hard = hard
        self._part = part
        self._watch = Stopwatch(TICK_S * 2)
        self._depth = 0
        self._ticking = False
        self._installed = False
        self._frame: FrameType | None = None
        self._entry: Any = None
        self._used = 0.0
        self._together = 0.0
        self._raised = 0

    def watching(self, patience: float = 1.0) -> Guard:
        """Interrupt what takes too long in the block `with guard.watching():`; `patience` multiplies the budgets. A block inside of
        another one changes nothing."""
        if not self._depth:
            self._patience = patience
        return self

    def __enter__(self) -> None:
        self._depth += 1
        if not self._ticking and self._ready():
            # For as long as there is something to watch at each tick: a call for each block would cost more than that.
            self._ticking = True
            signal.setitimer(signal.ITIMER_REAL, TICK_S, TICK_S)

    def __exit__(self, *_: object) -> None:
        self._depth -= 1
        if self._frame is not None:
            self._forget()

    def _ready(self) -> bool:
        """Take the signal, once."""
        if not self._installed:
            try:
                signal.signal(signal.SIGALRM, self._tick)
            except ValueError:  # not the main thread
                return False
            self._installed = True
            atexit.register(self._rest)  # an alarm that nobody handles any more ends the process
        return True

    def _rest(self) -> None:
        signal.setitimer(signal.ITIMER_REAL, 0)
        self._ticking = False

    def _forget(self) -> None:
        self._frame = self._entry = None
        self._used = self._together = 0.0
        if self._raised > 1:
            sys.settrace(self._before)
        self._raised = 0

    def _tick(self, _: int, frame: FrameType | None) -> None:
        if not self._depth:
            self._rest()
            return
        spent = self._watch.lap()
        call = _called(frame)
        if call is None:
            self._forget()
            return
        entry = call.f_locals.get("entry") if call.f_code is _FOLD else None
        together = self._together + spent if call is self._frame else 0.0
        if call is not self._frame or entry is not self._entry:
            self._forget()
            self._frame, self._entry = call, entry
        else:
            self._used += spent
        self._together = together
        long = together > self._part * self._patience
        if self._used > self._hard * self._patience or long:
            self._interrupt(frame, call, long=long)

    def _interrupt(self, frame: FrameType | None, call: FrameType, *, long: bool) -> None:
        """Raise, if this is the author's code, and come back soon: an author may swallow whatever is raised."""
        signal.setitimer(signal.ITIMER_REAL, SOON_S, TICK_S)
        inner = _inner(frame, call)
        if not inner:
            return
        self._raised += 1
        self.overruns += self._raised == 1
        budget = self._part if long else self._hard
        what = "together with others of the same moment " if long and self._used <= self._hard else ""
        error = Overrun(f"it was still at it {what}after {budget * 1000:.0f} ms", _where(inner))
        if self._raised > 1:
            self._trace(inner, error)
        raise error

    def _trace(self, inner: list[FrameType], error: Overrun) -> None:
        """What is raised was swallowed: raise once more at the first instruction of whatever swallows it now."""

        def trace(frame: FrameType, event: str, _: Any) -> Any:
            if event == "opcode" and self._frame:
                raise error
            return trace if frame in inner else None

        if self._raised == 2:
            self._before = sys.gettrace()
        for frame in inner:
            frame.f_trace, frame.f_trace_opcodes, frame.f_trace_lines = trace, True, False
        sys.settrace(trace)

    _before: Any = None
    _patience: float = 1.0


def bound(folder: Path, megabytes: int) -> None:
    """Keep crumbs in this folder, and have what takes more memory than this raise `MemoryError` in this process, rather than that the
    machine has none left; 0: no limit. Linux only."""
    guard.folder = folder
    if megabytes and sys.platform == "linux":
        _, hard = resource.getrlimit(resource.RLIMIT_DATA)
        most = megabytes * 1024 * 1024
        resource.setrlimit(
            resource.RLIMIT_DATA, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard)
        )


def _called(frame: FrameType | None) -> FrameType | None:
    """The engine's frame that called the author's code which is being run, or which has just been."""
    while frame is not None:
        if frame.f_code in _CALLS:
            return frame
        frame = frame.f_back
    return None


def _inner(frame: FrameType | None, call: FrameType) -> list[FrameType]:
    """The frames inside of `call`, innermost first; none unless all of them are an author's."""
    inner: list[FrameType] = []
    while frame is not None and frame is not call:
        name = frame.f_code.co_filename
        handing_on = frame.f_code.co_name in _THROUGH and frame.f_back is call and inner
        if name.startswith(_NOT_IN) or (name.startswith(_ENGINE) and not handing_on):
            return []
        inner.append(frame)
        frame = frame.f_back
    return inner


def _where(inner: list[FrameType]) -> str:
    """File and line of the innermost frame that is no library's."""
    own = [one for one in inner if not _library(one.f_code.co_filename)]
    frame = (own or inner)[0]
    return f"{frame.f_code.co_filename.rsplit('/', 1)[-1]}:{frame.f_lineno}"


def _library(name: str) -> bool:
    return name.startswith("<") or (name.startswith(_LIBRARY) and "-packages" not in name)


guard = Guard()
"""Of this process."""
