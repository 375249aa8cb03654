"""Where a rehearsal takes place: on a node of its own, of which nothing is left, or on one that runs already."""

from __future__ import annotations

import contextlib
import io
import os
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import IO, Any

import msgspec

from oncue.api.serve import Node, node
from oncue.api.settings import Settings
from oncue.engine.errors import OncueError
from oncue.engine.live import Bus, read_log
from oncue.engine.show import Formats
from oncue.formats.registry import format_named

BAD = ("warning", "error", "critical")
TOLD = ("code", "why", "where", "dead", "exit", "exception")
"""Fields of a line of the log that are told."""


class Said(msgspec.Struct, frozen=True):
    """Something that a node has logged as wrong; `times` it did so."""

    level: str
    role: str
    what: str
    times: int = 1


class Ground(msgspec.Struct, frozen=True):
    """A node at `url` with this API key, and a folder for what is kept for a while. Of a node of our own also its processes and what it
    logs; `formats` finds formats as it does."""

    url: str
    key: str
    folder: Path
    formats: Formats = format_named
    node: Node | None = None
    log: Path | None = None

    @property
    def pids(self) -> dict[str, int]:
        """The processes of the node by role, as far as they are ours."""
        if self.node is None:
            return {}
        nats = self.node.nats
        return {**self.node.pids, **({"nats": nats.pid} if nats else {})}

    def said(self, since: int = 0) -> list[Said]:
        """What the node has logged as wrong, after so many bytes."""
        if self.log is None:
            return []
        with self.log.open("rb") as file:
            file.seek(since)
            return read_said(file.read().decode(errors="replace"))

    @property
    def logged(self) -> int:
        """How many bytes it has logged so far."""
        return self.log.stat().st_size if self.log else 0

    async def messages(self, show: str) -> list[tuple[int, bytes]]:
        """The log of a show as it is written, `(sequence, data)`; of a node that is not ours there is none."""
        if self.node is None:
            return []
        bus = await Bus.connect(self.node.settings.nats_url, name="oncue rehearsal")
        try:
            return [one async for one in read_log(bus, show)]
        finally:
            await bus.close()


def read_said(text: str) -> list[Said]:
    """From JSON lines and others: what is at least a warning, each once with how often it came."""
    found: dict[tuple[str, str, str], int] = {}
    for line in text.splitlines():
        try:
            said = msgspec.json.decode(line, type=dict[str, Any])
        except msgspec.DecodeError:
            said = _plain(line)
        if said.get("level") in BAD:
            words = [
                f"{key}={value}" for key, value in said.items() if key in ("code", "why", "dead", "exit")
            ]
            what = " ".join([str(said.get("event", "")), *words])
            one = (str(said["level"]), str(said.get("role", "")), what)
            found[one] = found.get(one, 0) + 1
    return [Said(*one, times) for one, times in found.items()]


def _plain(line: str) -> dict[str, Any]:
    word, _, rest = line.partition(" ")
    if word.lower() in BAD:
        return {"level": word.lower(), "event": rest}
    if line.startswith("Traceback ") or "panicked at" in line:
        return {"level": "error", "event": line}
    return {}


@contextlib.contextmanager
def captured(file: Path) -> Iterator[IO[str]]:
    """What this process and those that it starts write to stderr goes into the file; gives what stderr was."""
    sys.stderr.flush()
    before = os.dup(2)
    with file.open("ab") as kept:
        os.dup2(kept.fileno(), 2)
    try:
        with io.TextIOWrapper(os.fdopen(os.dup(before), "wb"), line_buffering=True) as stderr:
            yield stderr
    finally:
        os.dup2(before, 2)
        os.close(before)


@asynccontextmanager
async def own_ground(settings: Settings, log: Path | None = None) -> AsyncIterator[Ground]:
    """A node of its own for as long as the block lasts. What it logs goes to our stderr, which is to be `captured` in `log`; when it comes
    to nothing, the last of it is told."""
    folder = Path(settings.data).parent
    try:
        async with node(settings) as running:
            yield Ground(running.url, running.key, folder, node=running, log=log)
    except OncueError as error:
        error.hint = "\n  ".join(filter(None, (error.hint, *_end_of(log))))
        raise


def _end_of(log: Path | None) -> list[str]:
    """The last that was wrong, as lines."""
    said = read_said(log.read_text(errors="replace")) if log and log.exists() else []
    return [f"the node's log, {one.role} {one.level}: {one.what[-1500:]}" for one in said[-3:]]


@asynccontextmanager
async def other_ground(url: str, key: str) -> AsyncIterator[Ground]:
    """A node that runs already."""
    with tempfile.TemporaryDirectory(prefix="oncue-rehearsal-") as folder:
        yield Ground(url.rstrip("/"), key, Path(folder))


def apart(settings: Settings, folder: Path) -> Settings:
    """For a node of a rehearsal's own: ports, log and database of its own, whatever the environment says of the real ones."""
    return msgspec.structs.replace(
        settings,
        host="127.0.0.1",
        port=0,
        relay_port=0,
        public_url="",
        data=str(folder / "data"),
        database_url="",
        nats_url="",
        log="warning" if settings.log == "info" else settings.log,
        log_format="json",
    )
