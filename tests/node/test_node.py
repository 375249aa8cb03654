"""A node as a whole: its processes, and what happens when they die."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import psutil
import pytest
from patience import PATIENCE_S
from small_show import until

from oncue.api.doctor import CHECKS
from oncue.api.serve import Node, node
from oncue.api.settings import Settings
from oncue.engine.errors import Conflict, Unavailable
from oncue.engine.live import Bus, ShowClock
from oncue.engine.live.agreement import compare


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(port=0, relay_port=0, data=str(tmp_path / "oncue"), log="error")


@pytest.fixture
async def running(settings: Settings) -> AsyncIterator[Node]:
    async with node(settings) as running:
        yield running


def api(running: Node) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        base_url=running.url, headers={"Authorization": f"Bearer {running.key}"}, timeout=PATIENCE_S
    )


async def test_a_node_is_healthy_and_refuses_a_stranger(running: Node) -> None:
    async with api(running) as http:
        assert (await http.get("/healthz")).json()["status"] == "ok"
        refused = await http.get("/api/shows", headers={"Authorization": "Bearer nonsense"})
        assert refused.status_code in (401, 403)
        assert set(refused.json()) == {"code", "message", "hint"}


async def test_its_processes_count_as_nodes_whose_clocks_agree(running: Node) -> None:
    async with api(running) as http:
        figures = (await http.get("/metrics")).text
    [line] = [line for line in figures.splitlines() if line.startswith("oncue_clock_disagreement_seconds ")]
    assert float(line.split()[1]) < 0.02
    bus = await Bus.connect(running.settings.nats_url)
    ahead: dict[str, int] = {}
    while len(ahead) < 3:  # on a busy machine some answer too late to be heard
        ahead = await compare(bus, ShowClock().now, "test")
    await bus.close()
    assert {name.partition("-")[0] for name in ahead} == {"api", "engine", "media"}
    assert max(map(abs, ahead.values())) < 20_000
    asked = ""
    while not asked.startswith("3 "):
        asked = await asyncio.to_thread(dict(CHECKS)["clocks"], running.settings)
    assert asked == "3 processes agree with this machine"


async def test_a_second_node_on_the_same_folder_is_told_so(running: Node, settings: Settings) -> None:
    with pytest.raises(Conflict) as refused:
        async with node(settings):
            pass
    assert refused.value.code == "serve/data-taken"


async def test_a_taken_port_is_named_with_what_to_do(running: Node, tmp_path: Path) -> None:
    taken = Settings(port=running.settings.port, relay_port=0, data=str(tmp_path / "other"))
    with pytest.raises(Conflict) as refused:
        async with node(taken):
            pass
    assert refused.value.code == "serve/port-taken"
    assert "ONCUE_PORT" in refused.value.hint


async def test_a_nats_that_is_not_there_ends_the_start_with_an_error(tmp_path: Path, free_port: int) -> None:
    settings = Settings(
        port=0, relay_port=0, data=str(tmp_path / "o"), nats_url=f"nats://127.0.0.1:{free_port}"
    )
    with pytest.raises(Unavailable) as failed:
        async with node(settings):
            pass
    assert failed.value.code == "serve/failed"


@pytest.mark.parametrize("role", ["engine", "media", "api"])
async def test_a_role_that_is_killed_is_started_again_and_the_show_goes_on(running: Node, role: str) -> None:
    async with api(running) as http:
        made = (await http.post("/api/shows", json={"title": "Friday", "rundown": [poll()]})).json()
        os.kill(running.pids[role], signal.SIGKILL)
        async with asyncio.timeout(PATIENCE_S):
            while (answer := await start(http, made["id"])).status_code != 200:
                assert answer.status_code in (502, 503, 504)
        assert answer.json()["seq"] > 0
        rundown = (await http.get(f"/api/shows/{made['id']}/rundown")).json()
        assert [segment["state"] for segment in rundown["segments"]] == ["live"]


async def start(http: httpx.AsyncClient, show: str) -> httpx.Response:
    """Start the first segment; a connection that breaks counts as `try again`."""
    try:
        answer = await http.post(f"/api/shows/{show}/segments/s1/start")
    except httpx.TransportError:
        return httpx.Response(503)
    return httpx.Response(200, json={"seq": 1}) if answer.json().get("code") == "segment/done" else answer


def poll() -> dict:
    return {
        "format": "poll",
        "title": "Lunch",
        "settings": {"question": "What?", "options": ["Pizza", "Soup"]},
    }


async def test_a_node_that_is_killed_leaves_no_process_behind(settings: Settings) -> None:
    environment = {**os.environ, "ONCUE_PORT": "0", "ONCUE_RELAY_PORT": "0", "ONCUE_DATA": settings.data}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "oncue.api.cli", "serve", env=environment, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout
    assert b"ready" in await process.stdout.readline()
    family = psutil.Process(process.pid).children(recursive=True)
    assert len(family) >= 4  # and an engine that waits
    process.kill()
    await process.wait()
    await until(
        lambda: not any(child.is_running() and child.status() != psutil.STATUS_ZOMBIE for child in family)
    )


async def test_a_node_told_to_stop_ends_in_good_order(settings: Settings) -> None:
    environment = {**os.environ, "ONCUE_PORT": "0", "ONCUE_RELAY_PORT": "0", "ONCUE_DATA": settings.data}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "oncue.api.cli", "serve", env=environment,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout
    await process.stdout.readline()
    process.send_signal(signal.SIGTERM)
    _, errors = await process.communicate()
    assert b"Traceback" not in errors
    assert process.returncode in (0, 130)
