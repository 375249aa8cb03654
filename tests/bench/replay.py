"""An evening of a million entries played again, and taken over by another owner: `make bench NAME=replay`.

100,000 viewers join, vote, answer seven questions of a quiz, rate and buzz (see `_evening.py`); nothing but the log is left of it.

entries_per_s       entries for each second of CPU of `replay.play`, which is what `oncue replay` does: from messages in memory to the show,
                    with everything in it: joins, refusals, rounds judged and ranked. The median of RUNS
bare_per_s          a loop in the same run that only decodes the same log, and remembers each viewer's number and action: what this
                    machine can do at the most now. `ratio_bare`: `entries_per_s` for each of these
nats_entries_per_s  entries for each second of time with the log read from JetStream: another process, on the same cores
takeover_ms         from a lease that is free to the first scene of the next owner, at a subscriber: another process, with its imports
                    done, real NATS, a snapshot as old as any that an owner leaves. The median of RUNS; `takeover_entries` were
                    played on top of the snapshot of `snapshot_mb`
snapshot_ms, load_ms  CPU time to make and to read such a snapshot
state_hash_equal    whether the state is the same, byte for byte, of the show that wrote the log, the one that is played from it, one
                    restored from a snapshot amid it and continued, one played from what JetStream has, and the one taken over
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import hashlib
import signal
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import uvloop
from bench._evening import FORMATS, ID, Evening, Message, fold

from oncue.engine import replay
from oncue.engine.live import Bus, NatsServer, ShowCard, end, put_card, read_log, snapshots, subject
from oncue.engine.live.lease import Lease
from oncue.engine.live.recent import Seen
from oncue.engine.log import Entry, decode_batch
from oncue.engine.show import Show
from oncue.engine.snapshot import load, save

VIEWERS = 100_000
RUNS = 3
PATIENCE_S = 60
find = FORMATS.__getitem__
read_scene = msgspec.json.Decoder(Seen).decode


def state(show: Show) -> str:
    """A hash of all that a show remembers; what it has not told yet is no part of that."""
    untold, show.untold = show.untold, []
    try:
        return hashlib.sha256(save(show)).hexdigest()
    finally:
        show.untold = untold


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds of CPU, and what came out."""
    gc.collect()
    begun = time.process_time()
    out = work()
    return time.process_time() - begun, out


def bare(messages: list[Message]) -> None:
    """The least that playing a log can be: no engine, no format."""
    decode = msgspec.msgpack.Decoder(list[Entry[Any]]).decode
    numbers: dict[int, int] = {}
    done: dict[int, tuple[Any, int]] = {}
    for _, data in messages:
        for part in decode_batch(data).parts:
            for entry in decode(part.entries):
                viewer = entry.viewer
                if entry.number > numbers.get(viewer, 0):
                    numbers[viewer] = entry.number
                    done[viewer] = (entry.action, entry.position)


def played(evening: Evening) -> tuple[dict[str, float], list[str]]:
    """From messages in memory: figures and hashes."""
    taken: dict[str, list[float]] = {"play": [], "bare": []}
    for number in range(RUNS):
        taken["bare"].append(timed(lambda: bare(evening.messages))[0])
        cpu, show = timed(lambda: replay.play(ID, find, evening.messages))
        taken["play"].append(cpu)
        print(
            f"run {number + 1}: {evening.entries / cpu:,.0f} entries/s; ratio {taken['bare'][-1] / cpu:.2f}"
        )
    return {
        "entries_per_s": round(evening.entries / statistics.median(taken["play"])),
        "bare_per_s": round(evening.entries / statistics.median(taken["bare"])),
        "ratio_bare": round(
            statistics.median(b / p for b, p in zip(taken["bare"], taken["play"], strict=True)), 3
        ),
    }, [state(show)]


def oldest(evening: Evening) -> tuple[int, bytes, dict[str, float]]:
    """How many messages a snapshot has that is as old as an owner lets one become, at the end of this log; the snapshot; what it costs."""
    took, show = [], Show(ID, find)
    for message in evening.messages:
        begun = time.thread_time()
        fold(show, *message)
        took.append(time.thread_time() - begun)
    cut, spent = len(took), 0.0
    while spent < snapshots.REPLAY_S:
        cut -= 1
        spent += took[cut]
    show = Show(ID, find)
    for message in evening.messages[:cut]:
        fold(show, *message)
    making, data = timed(lambda: save(show))
    reading, _ = timed(lambda: load(data, find))
    return cut, data, {
        "snapshot_mb": round(len(data) / 1e6, 1),
        "snapshot_ms": round(making * 1e3, 1),
        "load_ms": round(reading * 1e3, 1),
    }  # fmt: skip


def restored(data: bytes, messages: list[Message]) -> str:
    """The hash after a snapshot and what follows it."""
    show = load(data, find)
    for seq, message in messages:
        fold(show, seq, message)
    return state(show)


@asynccontextmanager
async def nats(messages: list[Message]) -> AsyncIterator[tuple[Bus, str]]:
    """A nats-server that has the log."""
    with tempfile.TemporaryDirectory(prefix="oncue-bench-") as folder:
        server = NatsServer(Path(folder))
        await server.start()
        bus = await Bus.connect(server.url)
        try:
            for seq, data in messages:
                at = await bus.append(subject(ID, "log"), data, f"bench-{seq}")
                assert at == seq
            yield bus, server.url
        finally:
            await bus.close()
            await server.stop()


async def read(bus: Bus, entries: int) -> tuple[float, str]:
    """Entries a second from JetStream, and the hash of the show."""
    show, begun = Show(ID, find), time.perf_counter()
    async for seq, data in read_log(bus, ID):
        fold(show, seq, data)
    return entries / (time.perf_counter() - begun), state(show)


async def taken_over(bus: Bus, url: str) -> float:
    """Seconds from a free lease to the first scene of an owner in another process."""
    lease = Lease(bus, ID, "bench")
    while not await lease.take():  # the owner before is dead, but its lease has to run out
        await asyncio.sleep(0.1)
    renewing = asyncio.create_task(_renew(lease))
    scene: asyncio.Future[float] = asyncio.get_running_loop().create_future()
    epoch = lease.epoch

    def seen(_: str, data: bytes) -> None:
        if read_scene(data).epoch > epoch and not scene.done():
            scene.set_result(time.perf_counter())

    hearing = await bus.subscribe(subject(ID, "scene"), seen)
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(Path(__file__).parent / "_owner.py"), url, stdout=asyncio.subprocess.PIPE
    )
    try:
        assert process.stdout
        assert await process.stdout.readline() == b"ready\n"
        await end(renewing)
        await lease.give_up()
        begun = time.perf_counter()
        async with asyncio.timeout(PATIENCE_S):
            return await scene - begun
    finally:
        await hearing.unsubscribe()
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)  # it leaves a snapshot of all that it has folded
        await process.wait()


async def _renew(lease: Lease) -> None:
    while await lease.renew():
        await asyncio.sleep(0.3)


async def over_nats(evening: Evening, snapshot: bytes) -> tuple[dict[str, float], list[str]]:
    """With the log in JetStream: figures, and whether the show that was taken over is as it is to be."""
    async with nats(evening.messages) as (bus, url):
        per_s, hash_read = await read(bus, evening.entries)
        await put_card(bus, ShowCard(ID, "BENCHX", "An evening"))
        times = []
        for number in range(RUNS):
            await bus.keep(ID, snapshot)
            times.append(await taken_over(bus, url))
            print(f"take-over {number + 1}: {times[-1] * 1e3:,.0f} ms")
        kept = await bus.kept(ID)
        assert kept
        async for seq, data in read_log(bus, ID, evening.show.seq):
            fold(evening.show, seq, data)  # what the owners have decided
    return {
        "nats_entries_per_s": round(per_s),
        "takeover_ms": round(statistics.median(times) * 1e3),
        "takeover_most_ms": round(max(times) * 1e3),
    }, [hash_read, state(load(kept, find)), state(evening.show)]


def main() -> dict[str, Any]:
    """All measurements, with the collector as the engine's process sets it."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    evening = Evening(VIEWERS)
    evening.play()
    print(f"{evening.entries:,} entries in {len(evening.messages):,} messages")
    first = state(evening.show)
    figures, hashes = played(evening)
    cut, snapshot, costs = oldest(evening)
    hashes.append(restored(snapshot, evening.messages[cut:]))
    tail = sum(_entries(data) for _, data in evening.messages[cut:])
    over, (from_nats, taken, now) = uvloop.run(over_nats(evening, snapshot))
    equal = {first} == {*hashes, from_nats} and taken == now
    return figures | over | costs | {
        "entries": evening.entries, "takeover_entries": tail, "state_hash_equal": equal,
    }  # fmt: skip


def _entries(data: bytes) -> int:
    decode = msgspec.msgpack.Decoder(list[msgspec.Raw]).decode
    return sum(len(decode(part.entries)) for part in decode_batch(data).parts)
