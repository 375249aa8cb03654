"""What docs/log.md shows works as it stands there."""

import asyncio
import os
import re
import stat
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import msgspec
import pytest
from log_files import golden, written

from oncue.api.log.archive import Archive
from oncue.api.serve import Node, node
from oncue.api.settings import Settings

PAGE = Path(__file__).parent.parent / "docs" / "log.md"
POLL = {"format": "poll", "title": "Lunch", "settings": {"question": "What?", "options": ["Pizza", "Soup"]}}


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE.read_text(), re.DOTALL)


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[Node]:
    data = tmp_path / "data"
    data.mkdir()
    settings = Settings(data=str(data), port=0, relay_port=0, log="error", api_key="k" * 32)
    async with node(settings) as running:
        yield running


def test_the_reader_on_the_page_reads_an_archive(tmp_path: Path) -> None:
    names: dict[str, object] = {"__name__": "reader"}
    (code,) = blocks("python")
    exec(compile(code, "log.md", "exec", dont_inherit=True), names)
    log = golden("poll")
    path = written(tmp_path / "a.oncue", log)
    header, messages, end = names["read"](path)  # type: ignore[operator]
    assert messages == log
    assert (header["show"], end["entries"]) == ("rehearsal2", len(log))
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises((AssertionError, EOFError)):
        names["read"](path)  # type: ignore[operator]


async def test_the_commands_on_the_page_work_on_a_running_node(running: Node, tmp_path: Path) -> None:
    (tmp_path / "rundown.json").write_bytes(msgspec.json.encode({"title": "Friday", "rundown": [POLL]}))
    binary = Path(sys.executable).parent
    env = {
        **os.environ,
        "ONCUE_PUBLIC_URL": running.url,
        "ONCUE_API_KEY": running.key,
        "PATH": f"{binary}:{os.environ['PATH']}",
    }

    def run() -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["bash", "-euc", "\n".join(blocks("sh"))],
            cwd=tmp_path,
            env=env,
            capture_output=True,
            text=True,
            check=False,
        )

    done = await asyncio.to_thread(run)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "as the archive says" in done.stdout
    assert "imported as" in done.stdout
    assert "goes on from" in done.stdout
    file = tmp_path / "evening.oncue"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert Archive(file).signature
    admin = {"Authorization": f"Bearer {running.key}"}
    async with httpx.AsyncClient(base_url=running.url, headers=admin) as http:
        shows = (await http.get("/api/shows")).json()
    assert sorted((show["title"], show["state"]) for show in shows) == [
        ("Friday", "closed"),
        ("Friday", "open"),
        ("What if", "open"),
    ]
