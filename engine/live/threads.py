"""Logs that are played in a thread: an author's code that never comes to an end there is interrupted as the guard does it with the owner's.

Signals are the main thread's, so here the thread is looked at from outside. Whoever has an entry that hangs before the log says that it is
struck comes to the same as its owner will.
"""

from __future__ import annotations

import asyncio
import ctypes
import sys
from collections.abc import Callable
from threading import get_ident
from typing import Any, TypeVar

import structlog

from oncue.engine.errors import Unavailable
from oncue.engine.live.guard import _called, _inner
from oncue.engine.strikes import Overrun

log = structlog.get_logger()

LOOK_S = 0.25
LONG_S = 5.0
"""So long one handler or view may take, beside all that the process has to do."""
T = TypeVar("T")


class Late(Overrun):
    """As the interpreter raises it in another thread: without arguments."""

    def __init__(self) -> None:
        super().__init__(f"it was still at it after {LONG_S:g} s in a replay")


async def in_thread(work: Callable[..., T], *args: Any) -> T:
    """What plays a log, beside the loop: links are to go on. Raises `Unavailable` (`log/busy`) when something in it does not end and
    cannot be struck."""
    began: list[int] = []

    def run() -> T:
        began.append(get_ident())
        return work(*args)

    working = asyncio.ensure_future(asyncio.to_thread(run))
    seen: tuple[object, object] = (None, None)
    since = 0.0
    loop = asyncio.get_running_loop()
    try:
        while not working.done():
            await asyncio.wait([working], timeout=LOOK_S)
            if began and not working.done():
                now = _at(began[0])
                if now[0] is None or now[0] is not seen[0] or now[1] is not seen[1]:
                    seen, since = now, loop.time()
                elif loop.time() - since > LONG_S:
                    _interrupt(began[0])
        return await working
    except Overrun as error:
        why = "this log has something that does not end"
        raise Unavailable(why, code="log/busy", hint="see which part of the show is suspended") from error
    finally:
        if began and since:
            _raise(began[0], None)  # what it has not met yet is not for whatever it does next
        working.cancel()


def _at(thread: int) -> tuple[object, object]:
    """Which call of an author's code a thread is in, and for which entry."""
    call = _called(sys._current_frames().get(thread))  # noqa: SLF001  # the way to look at another thread
    return (call, call.f_locals.get("entry")) if call else (None, None)


def _interrupt(thread: int) -> None:
    frame = sys._current_frames().get(thread)  # noqa: SLF001
    call = _called(frame)
    if call and _inner(frame, call):  # the engine's own code is never torn
        log.warning("what does not end is interrupted in a replay")
        _raise(thread, Late)


def _raise(thread: int, kind: type[BaseException] | None) -> None:
    """Have a thread raise this as soon as it can; None: not any more."""
    what = ctypes.py_object(kind) if kind else None
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), what)
