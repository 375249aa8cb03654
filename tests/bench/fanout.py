"""What a viewer of the picture costs the node: `make bench NAME=fanout`. About four minutes.

The same clips, 30 frames/s at 2 Mbit/s and at 300 kbit/s, are sent unchanged by three kinds of servers in one run: a whole node of ours
(its media process is counted), a bare moq.Server, and a video room of Janus (Debian's package; it is installed when there is none and
the bench may do so). The server has a core to itself, the audience the other. Costs are CPU time of the process (all threads) over
SECONDS with an audience less that without one, for each viewer, in percent of a core; medians of ROUNDS in turns.

cpu_per_viewer_2m, cpu_per_viewer_300k, bare_…, peer_…   percent of a core for each viewer
overhead_pct                 how much more ours costs than the bare relay at 2 Mbit/s
viewers_at_100ms_p99         the largest audience at 2 Mbit/s before p99 of the frames' delay passes 100 ms, one relay process
viewers_at_100ms_p99_two     the same with two relay processes; audience and relays share all cores in both cases
"""

from __future__ import annotations

import asyncio
import json
import os
import resource
import statistics
import sys
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from typing import Any

import httpx
from bench import _fanout_janus as janus
from bench._fanout_clip import make_clip
from bench.link import Child, pin, start

from oncue.api.auth import Tokens
from oncue.api.ids import new_viewer
from oncue.api.keys import signing_secret
from oncue.api.serve import Node, node
from oncue.api.settings import Settings
from oncue.engine.live import ShowClock
from oncue.engine.structs import Role

RATES = (2_000, 300)
VIEWERS = 100
SECONDS = 6.0
ROUNDS = 3
STEP = 20
MOST = 600
LOOKERS = 5
LIMIT_MS = 100.0


@dataclass
class Server:
    """Where an audience can go, and whose CPU counts. `doors` gives the URL and the fingerprint for so many viewers."""

    pids: list[int]
    doors: Callable[[int], list[tuple[str, str]]]
    name: str

    @property
    def cpu(self) -> float:
        """Seconds of CPU so far, of all threads."""
        return sum(_cpu(pid) for pid in self.pids)

    def order(self, count: int) -> dict[str, Any]:
        """What so many viewers are told."""
        return {"doors": self.doors(count), "name": self.name}


def _cpu(pid: int) -> float:
    return (
        sum(int((task / "schedstat").read_text().split()[0]) for task in Path(f"/proc/{pid}/task").iterdir())
        / 1e9
    )


@asynccontextmanager
async def bare(clip: Path) -> AsyncIterator[Server]:
    """A moq.Server and nothing else."""
    child = await start("_fanout_servers.py", str(clip), core=0)
    try:
        assert child.process.stdout
        told = json.loads(await child.process.stdout.readline())
        yield Server([child.pid], lambda count: [(told["url"], told["fingerprint"])] * count, told["name"])
    finally:
        await child.stop()


@asynccontextmanager
async def ours(folder: Path, clip: Path, count: int = 1) -> AsyncIterator[Server]:
    """A node with a show on the air."""
    settings = Settings(port=0, relay_port=0, data=str(folder), log="warning", relays=count)
    async with node(settings) as running, httpx.AsyncClient(base_url=running.url, trust_env=False) as http:
        made = await _show(http, running, clip)
        relays: dict[str, str] = {}
        while len(relays) < count:
            joined = (await http.post("/api/join", json={"code": made["code"]})).raise_for_status().json()
            if joined["relay"]:
                relays[joined["relay"]["url"].partition("?")[0]] = joined["relay"]["fingerprint"]
            await asyncio.sleep(0.05)
        signer = Tokens(signing_secret(running.settings), settings=running.settings, now=ShowClock().now)

        def doors(viewers: int) -> list[tuple[str, str]]:
            tokens = (signer.sign(new_viewer(), made["id"], Role.AUDIENCE) for _ in range(viewers))
            return [
                (f"{url}?token={token}", mark)
                for token, (url, mark) in zip(tokens, cycle(relays.items()), strict=False)
            ]

        pids = [pid for name, pid in running.pids.items() if name.startswith(("media", "relay"))]
        yield Server(pids, doors, f"show/{made['id']}/stage/programme")


async def _show(http: httpx.AsyncClient, running: Node, clip: Path) -> dict[str, Any]:
    body = {"title": "Fan-out", "picture": str(clip), "rundown": []}
    headers = {"Authorization": f"Bearer {running.key}"}
    return (await http.post("/api/shows", json=body, headers=headers)).raise_for_status().json()  # type: ignore[no-any-return]


async def cost(server: Server, audience: Child, count: int) -> float:
    """Percent of a core for each viewer."""
    pin(server.pids[0], 0)
    alone = await _spent(server)
    await audience.order(do="join", **server.order(count))
    await asyncio.sleep(1)
    with_all = await _spent(server)
    here = (await audience.order(do="watch", seconds=0))["here"]
    await audience.order(do="leave")
    assert here == count, f"{count - here} viewers were lost"
    return (with_all - alone) / SECONDS * 100 / count


async def _spent(server: Server) -> float:
    before = server.cpu
    await asyncio.sleep(SECONDS)
    return server.cpu - before


async def largest(server: Server, audience: Child, lookers: Child) -> int:
    """The largest audience whose frames come within LIMIT_MS, 99 of 100."""
    for pid in server.pids:
        os.sched_setaffinity(pid, os.sched_getaffinity(0))
    fits = 0
    await lookers.order(do="join", **server.order(LOOKERS))
    for count in range(STEP, MOST + 1, STEP):
        try:
            await audience.order(do="join", **server.order(STEP))
        except json.JSONDecodeError:  # it gave up: no picture within a minute
            break
        await asyncio.sleep(1)
        late = (await lookers.order(do="watch", seconds=3))["late"]
        p99 = late[int(len(late) * 0.99)] if late else float("inf")
        print(f"{len(server.pids)} relays, {count} viewers: p99 {p99:.0f} ms", flush=True)
        if p99 > LIMIT_MS:
            break
        fits = count + LOOKERS
    await lookers.order(do="leave")
    return fits


async def viewers(*words: str, core: int | None = 1) -> Child:
    """An audience."""
    return await start("_fanout_viewers.py", *words, core=core)


async def costs(folder: Path, clips: dict[int, Path]) -> dict[tuple[str, int], float]:
    """Of each kind at each rate."""
    found: dict[tuple[str, int], list[float]] = {}
    for rate, clip in clips.items():
        async with AsyncExitStack() as stack:
            servers = {
                "bare": await stack.enter_async_context(bare(clip)),
                "ours": await stack.enter_async_context(ours(folder / f"node-{rate}", clip)),
            }
            audience = await viewers()
            stack.push_async_callback(audience.stop)
            for _ in range(ROUNDS):
                for kind, server in servers.items():
                    spent = await cost(server, audience, VIEWERS)
                    print(f"{kind} at {rate} kbit/s: {spent:.4f} % of a core a viewer", flush=True)
                    found.setdefault((kind, rate), []).append(spent)
    return {key: statistics.median(each) for key, each in found.items()}


async def sizes(folder: Path, clip: Path) -> dict[int, int]:
    """The largest audience with one relay process and with two."""
    found = {}
    for relays in (1, 2):
        async with ours(folder / f"relays-{relays}", clip, relays) as server:
            audience, lookers = await viewers(core=None), await viewers("look", core=None)
            for child in (audience, lookers):
                os.sched_setaffinity(child.pid, os.sched_getaffinity(0))
            if os.geteuid() == 0:  # they are the clock: what they wait for is not to be measured
                os.setpriority(os.PRIO_PROCESS, lookers.pid, -10)
            try:
                found[relays] = await largest(server, audience, lookers)
            finally:
                await audience.stop()
                await lookers.stop()
    return found


async def main() -> dict[str, Any]:
    """All of it."""
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    with tempfile.TemporaryDirectory(prefix="oncue-bench-") as name:
        folder = Path(name)
        clips = {rate: folder / f"{rate}.mp4" for rate in RATES}
        for rate, clip in clips.items():
            print(f"clip: {make_clip(clip, rate)} kbit/s", flush=True)
        each = await costs(folder, clips)
        peer = await janus.cost(clips[RATES[0]], SECONDS, ROUNDS)
        found = await sizes(folder, clips[RATES[0]])
    of_ours, of_bare = each["ours", RATES[0]], each["bare", RATES[0]]
    return {
        "cpu_per_viewer_2m": round(of_ours, 4),
        "cpu_per_viewer_300k": round(each["ours", RATES[1]], 4),
        "bare_cpu_per_viewer_2m": round(of_bare, 4),
        "bare_cpu_per_viewer_300k": round(each["bare", RATES[1]], 4),
        "overhead_pct": round((of_ours / of_bare - 1) * 100, 1),
        "viewers_at_100ms_p99": found[1],
        "viewers_at_100ms_p99_two": found[2],
        "peer_name": janus.NAME,
        "peer_cpu_per_viewer_2m": None if peer is None else round(peer, 4),
        "viewers": VIEWERS,
        "cores": len(os.sched_getaffinity(0)),
        "python": sys.version.split()[0],
    }
