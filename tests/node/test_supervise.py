"""Processes of a node that cannot be started, or die while they wait, leave nothing behind."""

import asyncio
import os
import signal
from pathlib import Path

import pytest

from oncue.api import supervise
from oncue.api.supervise import Child, Process


def open_files() -> int:
    return len([*Path("/proc/self/fd").iterdir()])


@pytest.mark.parametrize("waits", [False, True])
async def test_a_role_that_cannot_be_started_leaves_no_file_open(waits: bool) -> None:
    before = open_files()
    with pytest.raises(ValueError, match="null"):
        await Process.start("engine", {"ONCUE_DATA": "\0"}, (), waits=waits)
    assert open_files() == before


async def test_one_that_waits_is_ended_with_the_node_also_while_a_role_is_about_to_be_started_again(
    tmp_path: Path,
) -> None:
    environment = {**os.environ, "ONCUE_DATA": str(tmp_path), "NATS_URL": "nats://127.0.0.1:1"}
    child = Child("engine", environment, spare=True)
    child.ready.set()  # it has lived before
    running = asyncio.create_task(child.run())
    while not child.pid:
        await asyncio.sleep(0.01)
    child._spare = spare = await Process.start("engine", environment, (), waits=True)
    os.kill(child.pid, signal.SIGKILL)
    assert child._now
    await child._now.process.wait()
    await asyncio.sleep(0)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert spare.process.returncode is not None


async def test_one_that_dies_while_it_waits_has_another_wait_in_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervise, "SPARE_S", 0.0)
    child = Child("engine", {**os.environ, "ONCUE_DATA": str(tmp_path)}, spare=True)
    playing = await child._start(waits=True)
    playing.ready.set()
    preparing = asyncio.create_task(child._prepare(playing))
    pids: list[int] = []
    while len(pids) < 2:
        await asyncio.sleep(0.01)
        spare = child._spare
        if spare and spare.process.pid not in pids:
            pids.append(spare.process.pid)
            if len(pids) == 1:
                os.kill(spare.process.pid, signal.SIGKILL)
    preparing.cancel()
    await asyncio.gather(preparing, return_exceptions=True)
    assert child._spare
    await asyncio.gather(playing.end(), child._spare.end())


async def test_a_role_that_never_gets_ready_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervise, "HUNG_S", 0.05)
    monkeypatch.setattr(supervise, "START_S", 0.1)
    never = await Process.start("engine", dict(os.environ), (), waits=True)  # nobody tells it to begin
    assert await never.wait() in (-signal.SIGABRT, -signal.SIGKILL)
    never.close()
