"""What an audience notices when processes die: `make bench NAME=failover`, with ARGS="--runs 20 --bots 500".

A node as `oncue serve` runs it, and a poll in which every bot votes about once a second over its link, and changes its mind. In each run
the process that owns the show is killed with SIGKILL, and a few seconds later nats-server is.

owner_pause_*_ms   from the kill to the first scene of the next owner at a viewer
nats_pause_*_ms    from the kill to the first receipt, at any of the bots, for a vote that was sent after it
lost, doubled      votes with a receipt that do not stand in the log, or count more than once; `wrong` tables of results differ from them
client_errors      errors that a page would have shown: refusals other than the format's own, and links that were told to go away
reconnects         links that had to be opened again
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from random import Random
from time import monotonic
from typing import Any

import httpx
import psutil

from oncue.api.bots import Venue
from oncue.api.bots.count import check_results, count
from oncue.api.bots.crowd import percentile
from oncue.api.bots.line import Deed, Line
from oncue.api.serve import Node, node
from oncue.api.settings import Settings
from oncue.engine.live import end
from oncue.engine.wire import Oops, SceneMsg, Welcome

QUIET_S = 3.0
"""Between two kills: what the last one has delayed is over by then."""
PATIENCE_S = 30.0
SETTINGS = {"question": "Which?", "options": ["Red", "Green", "Blue"], "show": "live"}
POLL = {"format": "poll", "settings": SETTINGS}


class Voter:
    """A viewer with a link, who votes about once a second and changes their mind."""

    def __init__(self, joined: Any, index: int) -> None:
        self.viewer = joined.viewer
        self.random = Random(index)
        self.line = Line(joined.link, joined.token, self.random, heard=self._heard, settled=self._settled)
        self.scenes: list[tuple[float, int]] = []
        self.errors: list[str] = []
        self.receipts: list[tuple[float, float]] = []
        self.resting = False
        self._index = index

    async def run(self) -> None:
        """Until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.line.run())
            await self.line.welcome.wait()
            self.line.act("", {"type": "join", "name": f"Voter {self._index}"})
            tasks.create_task(self._report())
            while not self.resting:
                await asyncio.sleep(self.random.uniform(0.5, 1.5))
                self.line.act("s1", {"type": "vote", "choice": self.random.randrange(3)})

    async def _report(self) -> None:
        """Without a relay the scenes come over the link; to the first voter, who looks at them."""
        while not self._index:
            self.line.report(0, "none", 0, 0)
            await asyncio.sleep(1.0)

    def _heard(self, message: Any) -> None:
        if isinstance(message, Oops) and not message.retry:  # else a page connects again and says nothing
            self.errors.append(message.code)
        for scene in message.scenes if isinstance(message, Welcome) else (message,):
            if isinstance(scene, SceneMsg):
                self.scenes.append((monotonic(), scene.epoch))

    def _settled(self, deed: Deed) -> None:
        if deed.receipt:
            self.receipts.append((deed.sent, deed.receipt))
        if deed.refused:
            self.errors.append(deed.refused)


async def until(holds: Callable[[], Any]) -> Any:
    """What `holds` gives once that is something."""
    async with asyncio.timeout(PATIENCE_S):
        while not (found := holds()):
            await asyncio.sleep(0.001)
        return found


async def owner_dies(running: Node, voters: list[Voter]) -> float:
    """Seconds until a viewer sees a scene of another owner."""
    probe = voters[0]
    epoch = max((epoch for _, epoch in probe.scenes), default=0)
    probe.scenes.clear()
    died = _kill(running.pids["engine"])
    first = await until(lambda: [at for at, new in probe.scenes if new > epoch])
    return float(min(first) - died)


async def nats_dies(running: Node, voters: list[Voter]) -> float:
    """Seconds until the first receipt for what was done after it."""
    assert running.nats
    for voter in voters:
        voter.receipts.clear()
    died = _kill(running.nats.pid)
    first = await until(lambda: [got for v in voters for sent, got in v.receipts if sent > died])
    return float(min(first) - died)


def _kill(pid: int) -> float:
    os.kill(pid, signal.SIGKILL)
    return monotonic()


def _rss() -> float:
    """MB of all processes of the node."""
    return sum(child.memory_info().rss for child in psutil.Process().children(recursive=True)) / 1e6


async def bench(bots: int, runs: int) -> dict[str, Any]:
    """One node, one show, so many runs."""
    with tempfile.TemporaryDirectory(prefix="oncue-failover-") as folder:
        settings = Settings(port=0, relay_port=0, data=str(Path(folder) / "oncue"), log="error")
        async with node(settings) as running, Venue(running.url, running.key) as venue:
            made = await venue.make({"title": "Failover", "rundown": [POLL]})
            where = f"{running.url}/api/shows/{made.id}/segments/s1"
            host = {"Authorization": f"Bearer {made.token}"}
            async with httpx.AsyncClient(trust_env=False) as http:
                (await http.post(f"{where}/start", headers=host)).raise_for_status()
                (await http.post(f"{where}/actions", headers=host, json={"type": "open"})).raise_for_status()
            voters = [Voter(await venue.join(), i) for i in range(bots)]
            tasks = [asyncio.create_task(voter.run()) for voter in voters]
            try:
                return await _runs(running, venue, voters, runs)
            finally:
                await end(*tasks)


async def _runs(running: Node, venue: Venue, voters: list[Voter], runs: int) -> dict[str, Any]:
    await until(lambda: all(voter.receipts for voter in voters))
    await asyncio.sleep(2 * QUIET_S)  # the engine that waits is there as well
    began = _rss()
    pauses: dict[str, list[float]] = {"owner": [], "nats": []}
    for number in range(1, runs + 1):
        for what, die in (("owner", owner_dies), ("nats", nats_dies)):
            await asyncio.sleep(QUIET_S)
            pauses[what].append(await die(running, voters))
        owner, nats = (pauses[what][-1] * 1000 for what in pauses)
        print(f"run {number}: owner {owner:.0f} ms, nats {nats:.0f} ms", flush=True)
    for voter in voters:
        voter.resting = True
    async with asyncio.timeout(PATIENCE_S):
        for voter in voters:
            await voter.line.settled.wait()
    await asyncio.sleep(QUIET_S)  # refusals come after receipts
    return {"runs": runs, "bots": len(voters), **await _counted(venue, voters), **_figures(pauses),
            "rss_growth_mb": round(_rss() - began, 1)}  # fmt: skip


async def _counted(venue: Venue, voters: list[Voter]) -> dict[str, int]:
    """What was promised, held against the log and the results."""
    deeds = {voter.viewer: voter.line.deeds for voter in voters}
    total = count(await venue.log(), deeds)
    wrong = check_results("s1", await venue.results("s1"), deeds, 0)
    errors = [code for voter in voters for code in (*voter.errors, voter.line.over) if code]
    print(*total.broken[:5], *wrong[:5], *sorted(set(errors)), sep="\n")
    return {
        "receipts": total.receipts,
        "lost": total.lost,
        "doubled": total.doubled,
        "wrong": len(wrong),
        "client_errors": len(errors),
        "reconnects": sum(voter.line.connections - 1 for voter in voters),
    }


def _figures(pauses: dict[str, list[float]]) -> dict[str, float | None]:
    return {
        f"{what}_pause_p{share}_ms": percentile(found, share / 100)
        for what, found in pauses.items()
        for share in (50, 95)
    }


def main() -> dict[str, Any]:
    """The figures."""
    options = argparse.ArgumentParser(prog="failover")
    options.add_argument("--runs", type=int, default=20)
    options.add_argument("--bots", type=int, default=500)
    said = options.parse_args(sys.argv[1:])
    return asyncio.run(bench(said.bots, said.runs))
