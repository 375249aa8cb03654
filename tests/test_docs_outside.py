"""What docs/events.md and docs/results.md show works as it stands there."""

import asyncio
import os
import re
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from receivers import SECRET, Receiver, receiving

from oncue.api.serve import Node, node
from oncue.api.settings import Settings
from oncue.api.webhooks.signing import headers

DOCS = Path(__file__).parent.parent / "docs"
POLL = {"format": "poll", "title": "Lunch", "settings": {"question": "What?", "options": ["Pizza", "Soup"]}}


def blocks(page: str, language: str) -> list[str]:
    found = re.findall(rf"^ *```{language}\n(.*?)^ *```", (DOCS / page).read_text(), re.DOTALL | re.MULTILINE)
    return [re.sub(r"(?m)^  (?=curl)", "", block) for block in found]


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[Node]:
    """A node that has its data where the pages look for it."""
    settings = Settings(
        port=0, relay_port=0, data=str(tmp_path / ".oncue"), log="error", webhook_private=True
    )
    async with node(settings) as running:
        yield running


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as receiver:
        yield receiver


async def run(running: Node, folder: Path, commands: str, **more: str) -> str:
    """The output of a page's commands. Fails when one of them does."""
    commands = commands.replace(".venv/bin", str(Path(sys.executable).parent))
    environment = {**os.environ, "ONCUE_PUBLIC_URL": running.url, "ONCUE_API_KEY": running.key, **more}
    done = await asyncio.to_thread(
        subprocess.run,
        ["bash", "-ec", commands],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_receivers_check_knows_our_signatures_and_no_others() -> None:
    names: dict[str, Any] = {}
    (code,) = [block for block in blocks("events.md", "python") if "def verify" in block]
    exec(compile(code, "events.md", "exec", dont_inherit=True), names)
    verify, now = names["verify"], int(names["time"].time())
    other = f"whsec_{'A' * 43}="
    good = headers("e-1-0", now, b"{}", [other, SECRET])
    assert verify(good, b"{}", SECRET)
    assert verify(good, b"{}", other)
    assert not verify(good, b"{ }", SECRET)
    assert not verify({**good, "webhook-id": "e-1-1"}, b"{}", SECRET)
    assert not verify(headers("e-1-0", now, b"{}", [other]), b"{}", SECRET)
    assert not verify(headers("e-1-0", now - 301, b"{}", [SECRET]), b"{}", SECRET)


def test_the_format_on_the_page_emits_what_it_says() -> None:
    for page in ("events.md", "results.md"):
        for code in blocks(page, "python"):
            if "oncue" in code and "nats" not in code:
                exec(compile(code, page, "exec", dont_inherit=True), {"__name__": "page"})


async def test_the_commands_of_both_pages_work_on_a_running_node(
    running: Node, receiver: Receiver, tmp_path: Path
) -> None:
    (webhooks,) = blocks("events.md", "sh")
    said = await run(running, tmp_path, webhooks.replace("https://crm.example.org/oncue", receiver.url()))
    assert "whsec_" in said
    assert "HTTP 200 after" in said
    assert [msgspec.json.decode(body)["type"] for _, _, body in receiver.heard] == ["oncue.webhook.test"]

    admin = {"Authorization": f"Bearer {running.key}"}
    async with httpx.AsyncClient(base_url=running.url, headers=admin, timeout=20) as http:
        body = {"title": "Friday", "rundown": [POLL]}
        shows = [(await http.post("/api/shows", json=body)).json()["id"] for _ in range(2)]
        for what in ("start", "finish"):
            (await http.post(f"/api/shows/{shows[0]}/segments/s1/{what}")).raise_for_status()
    where = {"FIRST": shows[0], "SECOND": shows[1]}
    key = tmp_path / ".oncue" / "api-key"
    key.parent.mkdir(exist_ok=True)
    key.write_text(running.key)
    results = "\n".join(blocks("results.md", "sh")).replace("http://localhost:8080", running.url)
    came = await run(running, tmp_path, results, **where)
    assert "Spring cup" in came
    assert "# s1 Lunch" in came
    assert "Pizza,0" in came

    (code,) = [block for block in blocks("events.md", "python") if "import nats" in block]
    (tmp_path / "listen.py").write_text(code)
    url = running.settings.nats_url
    heard = await run(running, tmp_path, ".venv/bin/python listen.py", NATS_URL=url)
    assert heard == "oncue.segment.started Lunch\n"
    await receiver.got(2)
    assert "oncue.segment.started" in receiver.heard[1][2].decode()


def test_every_type_on_the_page_is_one_and_none_is_missing() -> None:
    from oncue.engine.events import EVENTS

    page = (DOCS / "events.md").read_text()
    told = set(re.findall(r"`oncue\.([a-z]+\.[a-z-]+)`", page))
    assert told == set(EVENTS)
