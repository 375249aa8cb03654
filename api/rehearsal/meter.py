"""What the processes of a node take: memory and processor time, over the time."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from time import monotonic

import msgspec

EVERY_S = 0.5
WARM_S = 15.0
"""Once the audience is there, so long (or half of the rehearsal) until memory is compared: caches fill first."""
PROC = Path("/proc")
PAGE = os.sysconf("SC_PAGE_SIZE")
TICKS = os.sysconf("SC_CLK_TCK")


class Reading(msgspec.Struct, frozen=True):
    """A process at a moment: seconds since the rehearsal began, MB of memory in use (RSS), and processor seconds so far."""

    t: float
    rss_mb: float
    cpu_s: float


class Process(msgspec.Struct, frozen=True):
    """A process over the rehearsal. `grown_mb` is how much more memory it had at the end (the mean of the last tenth of the readings) than
    a while after the audience was there; `most_mb` the largest; `cpu` is the share of one processor."""

    name: str
    begin_mb: float
    end_mb: float
    most_mb: float
    grown_mb: float
    cpu: float
    readings: list[Reading]


class Meter:
    """Reads the processes of a node, and this one (the audience). `run` until cancelled; `settled` when memory is to be compared from
    now on. Where there is no /proc it has nothing to say."""

    def __init__(self, pids: dict[str, int]) -> None:
        self._pids = {**pids, **_nats()} if pids else {}
        self._pids["audience"] = os.getpid()
        self._begun = monotonic()
        self._from = 0.0
        self.readings: dict[str, list[Reading]] = {name: [] for name in self._pids}

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            self.read()
            await asyncio.sleep(EVERY_S)

    def read(self) -> None:
        """A reading of each that is still there."""
        t = round(monotonic() - self._begun, 2)
        for name, pid in self._pids.items():
            try:
                pages = int((PROC / str(pid) / "statm").read_text().split()[1])
                spent = (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            cpu = (int(spent[11]) + int(spent[12])) / TICKS
            self.readings[name].append(Reading(t, round(pages * PAGE / 1e6, 2), cpu))

    def settled(self) -> None:
        """The audience is there."""
        self._from = monotonic() - self._begun

    def processes(self) -> list[Process]:
        """Each of them, as far as there were readings."""
        return [_process(name, readings, self._from) for name, readings in self.readings.items() if readings]


def _process(name: str, readings: list[Reading], since: float) -> Process:
    counted = [one for one in readings if one.t >= since] or readings[-1:]
    few = max(len(counted) // 10, 1)
    begin, end = (sum(one.rss_mb for one in part) / few for part in (counted[:few], counted[-few:]))
    span = counted[-1].t - counted[0].t
    return Process(
        name=name,
        begin_mb=round(begin, 1),
        end_mb=round(end, 1),
        most_mb=round(max(one.rss_mb for one in readings), 1),
        grown_mb=round(end - begin, 1),
        cpu=round((counted[-1].cpu_s - counted[0].cpu_s) / span, 3) if span else 0.0,
        readings=readings,
    )


def _nats() -> dict[str, int]:
    """The nats-server that this process has started."""
    for tasks in PROC.glob("self/task/*/children"):
        for pid in map(int, tasks.read_text().split()):
            if (PROC / str(pid) / "comm").read_text().strip() == "nats-server":
                return {"nats": pid}
    return {}
