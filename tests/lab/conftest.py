"""Labs of both levels, a server that stamps what it gets, and somebody who measures."""

import asyncio
import json
import subprocess
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path as File

import pytest

from oncue.api.lab import Lab, Path, Viewer
from oncue.api.lab.namespaces import check
from oncue.engine.errors import Unavailable

HERE = File(__file__).parent
Measure = Callable[..., Awaitable[dict]]


@pytest.fixture(scope="session")
def echo() -> Iterator[tuple[int, int]]:
    """The TCP and the UDP port of a server that sends back what it gets."""
    with subprocess.Popen(
        [sys.executable, HERE / "_echo.py"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout
        tcp, udp = map(int, server.stdout.readline().split())
        yield tcp, udp


@pytest.fixture(params=["loopback", "namespaces"])
async def lab(request: pytest.FixtureRequest) -> AsyncIterator[Lab]:
    """A lab of each level; that with namespaces only where they can be had."""
    namespaces = request.param == "namespaces"
    if namespaces:
        try:
            check()
        except Unavailable as error:
            pytest.skip(f"{error.message} [{error.code}]")
    async with Lab(seed=7, namespaces=namespaces) as lab:
        yield lab


@pytest.fixture
def viewer(lab: Lab, echo: tuple[int, int]) -> Callable[[Path], Awaitable[Viewer]]:
    """A viewer between whom and the server there is such a network."""

    async def viewer(path: Path) -> Viewer:
        return await lab.viewer(path, tcp=[("127.0.0.1", echo[0])], udp=[("127.0.0.1", echo[1])])

    return viewer


@pytest.fixture
def measure() -> Measure:
    """`await measure(viewer, "udp", count=100, size=200, gap_ms=5)`: see _probe.py for what comes out."""

    async def measure(
        viewer: Viewer, kind: str, *, count: int, size: int = 200, gap_ms: float = 0, patience: float = 2.0
    ) -> dict:
        host, port = (viewer.udp if kind == "udp" else viewer.tcp)[0]
        words = [sys.executable, HERE / "_probe.py", kind, host, port, count, size, gap_ms, patience]
        command = [str(word) for word in words]
        if viewer.namespace:
            command = viewer.command(command)
        probe = await asyncio.create_subprocess_exec(*command, stdout=PIPE)
        out, _ = await probe.communicate()
        return json.loads(out)

    return measure
