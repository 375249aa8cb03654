"""Nothing of a lab is left, however it ends."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import PIPE
from pathlib import Path as File

import pytest
from patience import PATIENCE_S

from oncue.api.lab import Lab, Path
from oncue.api.lab.namespaces import NAMED, NAMES, check
from oncue.engine.errors import Conflict, Unavailable

OWNER = """
import asyncio
from oncue.api.lab import Lab, Path
async def main():
    async with Lab(namespaces={namespaces}) as lab:
        await lab.viewer(Path.of(5), tcp=[("127.0.0.1", 9)])
        print(lab.pid, flush=True)
        await asyncio.Event().wait()
asyncio.run(main())
"""


def namespaces_of(pid: int) -> list[str]:
    return [file.name for file in NAMED.glob(f"{NAMES}{pid}-*")]


def runs(pid: int) -> bool:
    """Whether there is such a process, and not only its remains."""
    try:
        return File(f"/proc/{pid}/stat").read_text().rpartition(")")[2][1] != "Z"
    except OSError:
        return False


async def gone(pid: int) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while runs(pid):
            await asyncio.sleep(0.02)


async def owner(namespaces: bool) -> tuple[asyncio.subprocess.Process, int]:
    """A process that has a lab, and the pid of the lab's."""
    made = await asyncio.create_subprocess_exec(
        sys.executable, "-c", OWNER.format(namespaces=namespaces), stdout=PIPE
    )
    assert made.stdout
    return made, int(await made.stdout.readline())


@pytest.fixture
def root() -> None:
    """Only where there can be namespaces."""
    try:
        check()
    except Unavailable as error:
        pytest.skip(f"{error.message} [{error.code}]")


async def test_a_lab_ends_with_its_owner_even_when_that_is_killed() -> None:
    killed, pid = await owner(namespaces=False)
    killed.kill()
    await killed.wait()
    await gone(pid)


@pytest.mark.usefixtures("root")
async def test_namespaces_go_with_an_owner_that_is_killed() -> None:
    killed, pid = await owner(namespaces=True)
    assert len(namespaces_of(pid)) == 2
    killed.kill()
    await killed.wait()
    await gone(pid)
    assert namespaces_of(pid) == []


@pytest.mark.usefixtures("root")
async def test_the_next_lab_sweeps_what_one_left_that_was_killed_itself() -> None:
    killed, pid = await owner(namespaces=True)
    killed.kill()
    os.kill(pid, signal.SIGKILL)
    await killed.wait()
    await gone(pid)
    assert len(namespaces_of(pid)) == 2
    async with Lab(namespaces=True) as lab:
        assert namespaces_of(pid) == []
        assert len(namespaces_of(lab.pid)) == 1
    assert namespaces_of(lab.pid) == []


@pytest.mark.usefixtures("root")
async def test_what_runs_in_a_namespace_ends_with_it() -> None:
    async with Lab(namespaces=True) as lab:
        phone = await lab.viewer(Path())
        inside = await asyncio.create_subprocess_exec(*phone.command(["sleep", "1000"]))
        link = await asyncio.create_subprocess_exec(*phone.command(["ip", "-br", "link"]), stdout=PIPE)
        out, _ = await link.communicate()
        assert [line.split()[0].split(b"@")[0] for line in out.splitlines()] == [b"lo", b"eth0"]
    assert await inside.wait() == -signal.SIGKILL


async def test_a_lab_that_was_killed_says_so() -> None:
    async with Lab() as lab:
        os.kill(lab.pid, signal.SIGKILL)
        with pytest.raises(Unavailable) as over:
            await lab.viewer(Path())
        assert over.value.code == "lab/over"


async def test_without_root_or_programs_it_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    if os.geteuid() == 0:
        os.seteuid(65534)
        try:
            with pytest.raises(Unavailable) as missing:
                check()
        finally:
            os.seteuid(0)
        monkeypatch.setenv("PATH", "/nowhere")
        with pytest.raises(Unavailable) as no_tool:
            check()
        assert no_tool.value.code == "lab/no-ip"
    else:
        with pytest.raises(Unavailable) as missing:
            check()
    assert missing.value.code == "lab/needs-root"


async def test_without_a_namespace_nothing_can_be_started_in_it() -> None:
    async with Lab() as lab:
        phone = await lab.viewer(Path())
        with pytest.raises(Conflict) as none:
            phone.command(["true"])
        assert none.value.code == "lab/no-namespace"
