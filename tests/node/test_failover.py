"""Processes of a node die, hang, or are told to stop while people vote: every receipt counts once, and nobody sees an error."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import httpx
import psutil
import pytest
import pytest_asyncio
from bench.failover import POLL, Voter
from small_show import until

from oncue.api import supervise
from oncue.api.bots import Venue
from oncue.api.bots.count import Count, check_results, count
from oncue.api.serve import Node, node
from oncue.api.settings import Settings, variable
from oncue.engine.errors import BadInput
from oncue.engine.live import end

pytestmark = [pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def running(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Node]:
    """A node that has no patience with what is stuck."""
    folder = tmp_path_factory.mktemp("failover") / "oncue"
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(supervise, "HUNG_S", 2.5)
        patched.setattr(supervise, "SPARE_S", 0.0)
        async with node(Settings(port=0, relay_port=0, data=str(folder), log="error")) as running:
            yield running


@asynccontextmanager
async def voting(url: str, key: str, people: int = 5) -> AsyncIterator[tuple[Venue, list[Voter]]]:
    """A show with a poll that is open, and people who vote and change their minds."""
    async with Venue(url, key) as venue:
        made = await venue.make({"title": "Failover", "rundown": [POLL]})
        host = {"Authorization": f"Bearer {made.token}"}
        async with httpx.AsyncClient(base_url=f"{url}/api/shows/{made.id}/segments/s1", headers=host) as http:
            (await http.post("/start")).raise_for_status()
            (await http.post("/actions", json={"type": "open"})).raise_for_status()
        voters = [Voter(await venue.join(), i) for i in range(people)]
        tasks = [asyncio.create_task(voter.run()) for voter in voters]
        try:
            await until(lambda: all(voter.receipts for voter in voters))
            yield venue, voters
        finally:
            await end(*tasks)


async def kept(venue: Venue, voters: list[Voter]) -> Count:
    """What was promised, held against log and results, once all have their receipts."""
    for voter in voters:
        voter.resting = True
    for voter in voters:
        await voter.line.settled.wait()
    deeds = {voter.viewer: voter.line.deeds for voter in voters}
    total = count(await venue.log(), deeds)
    while check_results(
        "s1", await venue.results("s1"), deeds, 0
    ):  # until the owner has folded the last vote
        await asyncio.sleep(0.1)
    assert not [code for voter in voters for code in (*voter.errors, voter.line.over) if code]
    return total


def waiting() -> int:
    """The engine that waits to take the place of the one that plays; 0: none yet."""
    children = psutil.Process().children()
    return next(
        (child.pid for child in children if child.cmdline()[-1:] == ["wait"] and "engine" in child.cmdline()),
        0,
    )


async def newer(voters: list[Voter], epoch: int) -> int:
    """The epoch of the next owner whose scene is seen."""
    await until(lambda: voters[0].scenes and voters[0].scenes[-1][1] > epoch)
    return voters[0].scenes[-1][1]


async def test_when_the_owner_of_a_show_dies_the_engine_that_waited_goes_on(running: Node) -> None:
    async with voting(running.url, running.key) as (venue, voters):
        await until(lambda: waiting() not in (0, running.pids["engine"]))
        heir, epoch = waiting(), await newer(voters, 0)
        os.kill(running.pids["engine"], signal.SIGKILL)
        await newer(voters, epoch)
        assert running.pids["engine"] == heir
        total = await kept(venue, voters)
    assert total.kept, total.broken


async def test_an_owner_that_hangs_is_ended_and_another_goes_on(running: Node) -> None:
    async with voting(running.url, running.key) as (venue, voters):
        epoch, stuck = await newer(voters, 0), running.pids["engine"]
        os.kill(stuck, signal.SIGSTOP)
        await newer(voters, epoch)
        assert not psutil.pid_exists(stuck)
        total = await kept(venue, voters)
    assert total.kept, total.broken


async def test_nobody_loses_a_vote_when_nats_dies(running: Node) -> None:
    assert running.nats
    async with voting(running.url, running.key) as (venue, voters):
        for voter in voters:
            voter.receipts.clear()
        os.kill(running.nats.pid, signal.SIGKILL)
        await until(lambda: all(voter.receipts for voter in voters))
        total = await kept(venue, voters)
    assert total.kept, total.broken


async def test_the_engine_of_another_machine_takes_over(tmp_path: Path, nats_url: str) -> None:
    """Three nodes on one NATS, two of which have nothing but an engine."""

    def settings(name: str) -> Settings:
        data = str(tmp_path / name)
        return Settings(port=0, relay_port=0, data=data, log="error", nats_url=nats_url, secret="s" * 32)

    async with node(settings("front"), ("api", "media")) as front, AsyncExitStack() as machines:
        alone = serving(_variables(settings("first")), "--role", "engine")
        first = await machines.enter_async_context(alone)
        async with voting(front.url, front.key) as (venue, voters):
            epoch = await newer(voters, 0)
            await machines.enter_async_context(node(settings("second"), ("engine",)))
            family = [*psutil.Process(first.pid).children(recursive=True), psutil.Process(first.pid)]
            for sign in (
                signal.SIGSTOP,
                signal.SIGKILL,
            ):  # as when the power is cut: nobody can say a last word
                for process in family:
                    process.send_signal(sign)
            await first.wait()
            await newer(voters, epoch)
            total = await kept(venue, voters)
    assert total.kept, total.broken


def _variables(settings: Settings) -> dict[str, str]:
    return {
        variable(name): str(getattr(settings, name)) for name in ("port", "data", "nats_url", "secret", "log")
    }


@asynccontextmanager
async def serving(environment: dict[str, str], *words: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """`oncue serve`, once it is ready; gone at the end, whatever happens."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "oncue.api.cli", "serve", *words,
        env={**os.environ, **environment}, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        assert process.stdout
        assert b"ready" in await process.stdout.readline()
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
        await process.communicate()


@pytest.mark.parametrize(
    ("roles", "code"), [(("engine",), "serve/no-nats"), (("api", "enigne"), "serve/role")]
)
async def test_a_part_of_a_node_says_what_it_needs(tmp_path: Path, roles: tuple[str, ...], code: str) -> None:
    with pytest.raises(BadInput) as wrong:
        async with node(Settings(port=0, relay_port=0, data=str(tmp_path)), roles):
            pass
    assert wrong.value.code == code


async def test_a_node_that_is_told_to_stop_gives_its_receipts_and_goes_on_where_it_was(
    tmp_path: Path, free_port: int
) -> None:
    data = tmp_path / "oncue"
    environment = {
        "ONCUE_PORT": str(free_port),
        "ONCUE_RELAY_PORT": "0",
        "ONCUE_DATA": str(data),
        "ONCUE_LOG": "error",
    }
    async with AsyncExitStack() as voters_stay:
        async with serving(environment) as process:
            key = (data / "api-key").read_text().strip()
            venue, voters = await voters_stay.enter_async_context(
                voting(f"http://127.0.0.1:{free_port}", key)
            )
        assert process.returncode in (0, 130)
        for voter in voters:
            voter.receipts.clear()
        async with serving(environment):
            await until(lambda: all(voter.receipts for voter in voters))
            total = await kept(venue, voters)
    assert total.kept, total.broken
