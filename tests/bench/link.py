"""From a viewer's action to its durable receipt: `make bench NAME=link`.

Three servers take turns, several rounds of each in one run, with the same generator and connections, each of them with one message in
flight: ours (the real link, tokens, intake and JetStream with `sync_interval: always`, and the engine folding the log), a bare uvicorn
WebSocket echo, and a python-socketio echo with acknowledgements. The server in turn has a core to itself; the generator, nats-server
and the engine share the others. Medians of the rounds.

receipts_per_cpu_s         for each second of CPU of the link's process, nats-server and the engine together
receipts_per_link_cpu_s    for each second of CPU of the link's process alone
receipt_p99_ms             at RATE actions a second, from when each was due
saturated_p99_ms           with every connection sending again as soon as it has its receipt
bytes_per_idle_connection  growth of a fresh link process over welcomed connections that say nothing
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import resource
import socket
import statistics
import sys
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

from bench._link_servers import SECRET

from oncue.api.auth import Tokens
from oncue.api.settings import Settings
from oncue.engine.house import Open, Start
from oncue.engine.live import Bus, Intake, NatsServer, ShowCard, ShowClock, put_card
from oncue.engine.log import Entry
from oncue.engine.segment import SegmentSpec
from oncue.engine.structs import Role, ViewerId

HERE = Path(__file__).parent
CONNECTIONS = 500
ROUNDS = 3
SECONDS = 2.5
WARM = 0.7
RATE = 5000
IDLE = 2000
SHOW = "benchshow2"
KINDS = ("link", "bare", "socketio")


class Child:
    """A process of the bench."""

    def __init__(self, process: asyncio.subprocess.Process, port: int = 0) -> None:
        self.process = process
        self.port = port

    @property
    def pid(self) -> int:
        """For what it costs."""
        return self.process.pid

    async def order(self, **what: Any) -> dict[str, Any]:
        """Have the generator do something; its outcome."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(json.dumps(what).encode() + b"\n")
        return json.loads(await self.process.stdout.readline())  # type: ignore[no-any-return]

    async def stop(self) -> None:
        """End it."""
        with contextlib.suppress(ProcessLookupError):
            self.process.kill()
        await self.process.wait()


async def start(script: str, *words: str, core: int | None, port: int = 0) -> Child:
    """A child on a core (None: wherever there is room)."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(HERE / script),
        *words,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    pin(process.pid, core)
    while port and not reachable(port):
        assert process.returncode is None, f"{words} ended"
        await asyncio.sleep(0.05)
    return Child(process, port)


async def serve(kind: str, nats: str, core: int | None = 0) -> Child:
    """A server on a free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    return await start(
        "_link_servers.py", kind, str(port), nats, core=core, port=0 if kind == "engine" else port
    )


def reachable(port: int) -> bool:
    """Whether somebody listens there."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def pin(pid: int, core: int | None) -> None:
    """The first core is the server's whose turn it is."""
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) > 1:
        os.sched_setaffinity(pid, {cores[0]} if core == 0 else set(cores[1:]))


@asynccontextmanager
async def show_on_air(folder: Path) -> AsyncIterator[NatsServer]:
    """A nats-server with a show whose one segment is live."""
    server = NatsServer(folder)
    await server.start()
    bus = await Bus.connect(server.url)
    intake = Intake(bus, node="bench")
    at = ShowClock().now()
    opening = Open("Bench", "BENCHX", "seed", (SegmentSpec("s1", "poll", "Poll"),))
    await intake.record(SHOW, "", Entry(0, 1, int(Role.SYSTEM), at, 0, 0, 0, opening))
    await intake.record(SHOW, "", Entry(1, 1, int(Role.HOST), at, 0, 0, 0, Start("s1")))
    await put_card(bus, ShowCard(SHOW, "BENCHX", "Bench"))
    await bus.close()
    pin(server.pid, None)
    try:
        yield server
    finally:
        await server.stop()


def tokens(count: int, first: int) -> list[str]:
    """For as many viewers."""
    signer = Tokens(SECRET, settings=Settings(), now=ShowClock().now)
    return [signer.sign(ViewerId(first + i), SHOW, Role.AUDIENCE) for i in range(count)]


def resident(pid: int) -> int:
    """Bytes of memory of a process."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


async def idle(load: Child, nats: str) -> float:
    """What one more welcomed connection costs."""
    server = await serve("link", nats)
    try:
        await load.order(do="connect", kind="idle", port=server.port, tokens=tokens(100, 100_000))
        before = resident(server.pid)
        await load.order(do="connect", kind="idle", port=server.port, tokens=tokens(IDLE, 200_000))
        return (resident(server.pid) - before) / IDLE
    finally:
        await server.stop()


async def main() -> dict[str, Any]:
    """All measurements, about a minute."""
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="oncue-bench-")))
        nats = await stack.enter_async_context(show_on_air(folder))

        async def child(starting: Any) -> Child:
            made: Child = await starting
            stack.push_async_callback(made.stop)
            return made

        engine = await child(serve("engine", nats.url, core=None))
        servers = {kind: await child(serve(kind, nats.url)) for kind in KINDS}
        load = await child(start("_link_load.py", core=None))
        for kind, server in servers.items():
            await load.order(do="connect", kind=kind, port=server.port, tokens=tokens(CONNECTIONS, 1000))
        runs: dict[str, list[dict[str, Any]]] = {kind: [] for kind in (*KINDS, "rate")}
        for _ in range(ROUNDS):
            for kind, done in runs.items():
                of = "link" if kind == "rate" else kind
                pids = [servers[of].pid, *([nats.pid, engine.pid] if of == "link" else [])]
                rate = RATE if kind == "rate" else 0
                run = await load.order(do="run", kind=of, seconds=SECONDS, warm=WARM, rate=rate, pids=pids)
                done.append(run)
                print(kind, json.dumps(run), flush=True)
        return figures(runs) | {"bytes_per_idle_connection": round(await idle(load, nats.url))}


def figures(runs: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    """The medians."""

    def median(kind: str, value: Callable[[dict[str, Any]], float]) -> float:
        return statistics.median(value(run) for run in runs[kind])

    ours, bare, socketio = (median(kind, lambda run: run["n"] / sum(run["cpu"])) for kind in KINDS)
    return {
        "receipts_per_cpu_s": round(ours),
        "receipts_per_link_cpu_s": round(median("link", lambda run: run["n"] / run["cpu"][0])),
        "receipts_per_s": round(median("link", lambda run: run["per_s"])),
        "receipt_p99_ms": median("rate", lambda run: run["p99_ms"]),
        "rate": RATE,
        "saturated_p99_ms": median("link", lambda run: run["p99_ms"]),
        "bare_echo_per_cpu_s": round(bare),
        "socketio_echo_per_cpu_s": round(socketio),
        "ratio_bare": round(ours / bare, 2),
        "ratio_socketio": round(ours / socketio, 2),
        "connections": CONNECTIONS,
    }
