"""Processes of a node that cannot be started, or die while they wait, leave nothing behind."""

import asyncio
import os
import signal
from pathlib import Path

import pytest

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
