"""A disk that is full: receipts wait, nothing is lost, and it goes on by itself once there is room."""

import asyncio
import os
import signal
import subprocess
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from small_show import SHOW, House, Tap

from oncue.engine.live import Bus, NatsServer, read_log, subject
from oncue.engine.live import server as server_module

MB = 1 << 20


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 24 MB, which only root can have."""
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=24m", "none", str(tmp_path)], capture_output=True, check=False
    )
    if made.returncode:
        pytest.skip("needs the right to mount")
    yield tmp_path
    subprocess.run(["umount", "-l", str(tmp_path)], check=True)


@pytest.fixture
async def server(small_disk: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[NatsServer]:
    monkeypatch.setattr(server_module, "WATCH_S", 0.05)
    server = NatsServer(small_disk / "nats")
    await server.start()
    yield server
    await server.stop()


async def refuses(server: NatsServer, words: bytes) -> None:
    """Returns when nats-server has said so."""
    while words not in (server.data / "nats.log").read_bytes():
        await asyncio.sleep(0.02)


def fill(path: Path) -> None:
    """Take all the room there is."""
    with path.open("wb") as file:
        while True:
            file.write(bytes(MB))


def enlarge(disk: Path) -> None:
    subprocess.run(["mount", "-o", "remount,size=128m", str(disk)], check=True)


async def numbers(bus: Bus) -> list[bytes]:
    return [data[:2] async for _, data in read_log(bus, SHOW)]


async def test_what_the_log_has_no_room_for_waits_until_the_disk_is_larger(
    server: NatsServer, small_disk: Path
) -> None:
    bus = await Bus.connect(server.url)
    many = [b"%02d" % i + os.urandom(MB) for i in range(30)]
    writing = asyncio.gather(*(bus.append(subject(SHOW, "log"), data, f"m-{data[:2]!r}") for data in many))
    await refuses(server, server_module.ENOUGH)
    assert not writing.done()
    enlarge(small_disk)
    assert len(set(await writing)) == 30
    assert sorted(await numbers(bus)) == [data[:2] for data in many]
    await bus.close()


async def test_a_show_goes_on_once_somebody_elses_files_are_gone(
    server: NatsServer, small_disk: Path
) -> None:
    house = House(await Bus.connect(server.url))
    await house.run()
    await house.open(1, 2)
    before = await house.act(1, Tap())
    other = small_disk / "other"
    with pytest.raises(OSError, match="No space"):
        fill(other)
    filling = asyncio.gather(*(house.act(2, Tap(), "s2") for _ in range(3)))
    big = asyncio.create_task(house.bus.append(subject("other00000", "log"), os.urandom(MB), "big"))
    await refuses(server, server_module.FULL)
    assert not big.done()
    other.unlink()
    await filling
    assert await big > before
    show = await house.folded(await house.act(1, Tap()))
    assert show.segments["s1"].state.taps[1] == 2
    await house.close()
    await house.bus.close()


async def test_a_server_that_hangs_on_its_way_out_is_killed_and_started_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server_module, "WATCH_S", 0.05)
    monkeypatch.setattr(server_module, "ENDS_S", 0.05)
    server = NatsServer(tmp_path / "nats")
    await server.start()
    hangs = server.pid
    os.kill(hangs, signal.SIGSTOP)
    monkeypatch.setattr(server, "_can_go_on", lambda: server.pid == hangs)
    while server.pid == hangs:
        await asyncio.sleep(0.02)
    bus = await Bus.connect(server.url)
    assert await bus.append(subject(SHOW, "log"), b"one", "m-1") == 1
    await bus.close()
    os.kill(server.pid, signal.SIGSTOP)
    await server.stop()
