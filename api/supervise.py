"""Roles as processes: started, listened to, started again when they die or hang, with one that waits to take the place of the next.

A role has two pipes. On its standard input it hears when it is to begin, and that the node is gone when that ends; on the other it says
when it is ready, and from then on each second that it is not stuck.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys

import structlog

from oncue.engine.errors import Unavailable
from oncue.engine.live import end

log = structlog.get_logger()

READY, BEAT, BEGIN = b"r", b".", b"g"
BEAT_S = 1.0
STOP_S = 15
HUNG_S = 8.0
"""A role that has not said anything for so long is stuck in one step: it is ended, and says where it was."""
START_S = 120.0
"""A role that is not ready after so long will not be, and is ended as well."""
CALM_S = 5.0
"""A role that lived this long is started again at once; one that dies sooner waits a little longer each time."""
SPARE_S = 4.0
"""So long after a role is ready the one that waits is started: not while a node starts, which it would slow down."""


class Process:
    """One life of a role."""

    def __init__(self, process: asyncio.subprocess.Process, heard: int, life: int) -> None:
        self.process = process
        self.ready = asyncio.Event()
        self._heard = heard
        self._life = life
        self._beat = asyncio.Event()
        asyncio.get_running_loop().add_reader(heard, self._listen)

    @classmethod
    async def start(
        cls, role: str, environment: dict[str, str], fds: tuple[int, ...], *, waits: bool
    ) -> Process:
        """Start it; one that `waits` does all but begin."""
        heard, said = os.pipe()
        stdin, life = os.pipe()
        try:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "oncue.api.roles", role, str(said), *(("wait",) if waits else ()),
                stdin=stdin, env=environment, pass_fds=(said, *fds),
                start_new_session=True,  # Ctrl-C on a terminal is for the node, which ends them in its order
            )  # fmt: skip
        except BaseException:
            for fd in (heard, life):
                os.close(fd)
            raise
        finally:
            for fd in (said, stdin):
                os.close(fd)
        return cls(process, heard, life)

    def begin(self) -> None:
        """Have the one that waits take its part."""
        with contextlib.suppress(BrokenPipeError):  # it is dead, as `wait` will say
            os.write(self._life, BEGIN)

    async def wait(self) -> int:
        """Its exit code, once it has died, or was stuck and is ended."""
        dying = asyncio.ensure_future(self.process.wait())
        loop = asyncio.get_running_loop()
        late = loop.time() + START_S
        try:
            while not dying.done():
                self._beat.clear()
                hearing = asyncio.ensure_future(self._beat.wait())
                await asyncio.wait([dying, hearing], timeout=HUNG_S, return_when=asyncio.FIRST_COMPLETED)
                hearing.cancel()
                await asyncio.sleep(0)  # what was said while this process itself stood still
                silent = not self._beat.is_set() and not dying.done()
                if silent and (self.ready.is_set() or loop.time() > late):
                    log.error("a role is stuck and is ended", pid=self.process.pid)
                    await self._abort()
            return await dying
        finally:
            dying.cancel()

    async def _abort(self) -> None:
        """Its last words are where it is (faulthandler), if it can still say anything."""
        for sign in (signal.SIGABRT, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError):
                self.process.send_signal(sign)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(1.0):
                    await self.process.wait()
                    return

    async def end(self) -> None:
        """Have it finish what it does, and end."""
        if self.process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self.process.terminate()
            try:
                async with asyncio.timeout(STOP_S):
                    await self.process.wait()
            except TimeoutError:
                self.process.kill()
                await self.process.wait()
        self.close()

    def close(self) -> None:
        """Hear no more of it, which ends it if it is still there."""
        asyncio.get_running_loop().remove_reader(self._heard)
        for fd in (self._heard, self._life):
            os.close(fd)

    def _listen(self) -> None:
        said = os.read(self._heard, 4096)
        if not said:
            asyncio.get_running_loop().remove_reader(self._heard)
        self._beat.set()
        if READY in said:
            self.ready.set()


class Child:
    """A role that is always there. With a `spare` another process of it waits, all imports done, for the day when it dies."""

    def __init__(
        self, name: str, environment: dict[str, str], fds: tuple[int, ...] = (), *, spare: bool = False
    ) -> None:
        self.name = name
        self.role = name.partition("-")[0]
        self.ready = asyncio.Event()
        self._environment = environment
        self._fds = fds
        self._keeps_spare = spare
        self._now: Process | None = None
        self._spare: Process | None = None

    @property
    def pid(self) -> int:
        """The process that plays now; 0: none."""
        return self._now.process.pid if self._now else 0

    async def run(self) -> None:
        """Keep it running until cancelled. Raises `Unavailable` (`serve/failed`) when it never gets ready."""
        pause = 0.0
        loop = asyncio.get_running_loop()
        try:
            while True:
                began = loop.time()
                why = await self._lives()
                if not self.ready.is_set():
                    raise Unavailable(
                        f"the {self.name} role did not start", code="serve/failed", hint="see what it logged"
                    )
                log.warning("a role died and is started again", dead=self.name, exit=why)
                pause = 0.0 if loop.time() - began > CALM_S else min(pause * 2 + 0.1, 5.0)
                await asyncio.sleep(pause)
        finally:
            if self._spare:  # it waits for a turn that does not come
                await self._spare.end()

    async def _lives(self) -> int | str:
        """Its exit code; why it could not be started on a machine that has no room for it now."""
        try:
            return await self._live()
        except OSError as error:
            return str(error)

    async def _live(self) -> int:
        now = self._now = await self._next()
        keeping = asyncio.create_task(self._prepare(now))
        try:
            return await now.wait()
        finally:
            await end(keeping)
            stopping = asyncio.current_task()
            if stopping and stopping.cancelling():
                spare, self._spare = self._spare, None
                await asyncio.gather(now.end(), *([spare.end()] if spare else []))
            else:
                now.close()

    async def _next(self) -> Process:
        """The one that waits, if it is still alive, else a new one."""
        spare, self._spare = self._spare, None
        if spare and spare.process.returncode is None:
            spare.begin()
            return spare
        if spare:
            spare.close()
        return await self._start(waits=False)

    async def _start(self, *, waits: bool) -> Process:
        return await Process.start(self.role, self._environment, self._fds, waits=waits)

    async def _prepare(self, now: Process) -> None:
        await now.ready.wait()
        self.ready.set()
        while self._keeps_spare:
            if self._spare:
                await self._spare.process.wait()
                log.warning("a role that waited died: another will wait", role=self.name)
                self._spare.close()
                self._spare = None
            await asyncio.sleep(SPARE_S)
            try:
                self._spare = await self._start(waits=True)
            except OSError as error:
                log.warning("there is no room for one that waits", role=self.name, why=str(error))
