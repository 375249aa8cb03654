"""A format is written while a show of it runs: pages, votes and connections stay."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest

from oncue.api.bots.line import Line
from oncue.api.bots.venue import Made, Venue
from oncue.api.serve import Node, node
from oncue.api.settings import Settings
from oncue.engine.wire import DeskMsg, SceneMsg, Welcome

SOURCE = '''
from oncue.formats import Action, Cue, Format, Ledger, Scene, State, ViewerId, blocks, on, scene


class Clap(Action, frozen=True):
    """Clap once."""

MORE
class Noise(State):
    claps: Ledger[int]
    FIELD

class Loud(Format[Noise]):
    """Who is loudest?"""

    @on(Clap)
    def clap(self, noise: Noise, act: Clap, cue: Cue) -> None:
        noise.claps[cue.by] = noise.claps.get(cue.by, 0) + 1

    METHOD
    def public(self, noise: Noise) -> Scene:
        return scene(blocks.Text(f"TEXT {sum(noise.claps.values())}"))
'''
STAMP = """class Stamp(Action, frozen=True):
    pass

"""
STAMPS = """@on(Stamp)
    def stamp(self, noise: Noise, act: Stamp, cue: Cue) -> None:
        noise.stamps += 1
        noise.claps[cue.by] = noise.claps.get(cue.by, 0) + 10

"""


def source(text: str, *, stamps: bool = False) -> str:
    """The format as it is written at some time."""
    parts = {"TEXT": text, "MORE": "", "FIELD": "", "METHOD": ""}
    if stamps:
        parts |= {"MORE": STAMP, "FIELD": "stamps: int = 0\n", "METHOD": STAMPS}
    written = SOURCE
    for word, part in parts.items():
        written = written.replace(word, part)
    return written


class Page:
    """A link that remembers what it saw last, and wakes who waits for something to be seen."""

    def __init__(self, url: str, token: str) -> None:
        self.line = Line(url, token, Random(token), heard=self._hear, settled=lambda _: None)
        self.running = asyncio.create_task(self.line.run())
        self.scene: SceneMsg | None = None
        self.desk: DeskMsg | None = None
        self._news = asyncio.Event()

    def _hear(self, message: Any) -> None:
        if isinstance(message, Welcome):
            self.scene = message.scenes[-1] if message.scenes else None
            self.desk = message.desk
            self.line.report(0, "none", 0, 0)  # no picture brings scenes
        elif isinstance(message, SceneMsg):
            self.scene = message
        elif isinstance(message, DeskMsg):
            self.desk = message
        self._news.set()

    async def sees(self, holds: Callable[["Page"], bool]) -> None:
        """Return once it does."""
        while not holds(self):
            self._news.clear()
            await self._news.wait()

    @property
    def text(self) -> str:
        return self.scene.scene.blocks[0].text if self.scene and self.scene.segment else ""

    async def act(self, kind: str) -> str:
        """Do this; the code of the refusal, or nothing."""
        deed = self.line.act("s1", {"type": kind})
        await self.line.settled.wait()
        return deed.refused

    async def close(self) -> None:
        self.running.cancel()
        await asyncio.gather(self.running, return_exceptions=True)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path.resolve() / "loud.py"
    write(file, source("claps"))
    return file


@pytest.fixture
async def running(tmp_path: Path, file: Path) -> AsyncIterator[Node]:
    settings = Settings(
        port=0, relay_port=0, data=str(tmp_path / "oncue"), log="error",
        formats=f"loud={file}:Loud", reload=True,
    )  # fmt: skip
    async with node(settings) as running:
        yield running


async def test_a_show_follows_the_file_while_it_is_written(running: Node, file: Path) -> None:
    async with Venue(running.url, running.key) as venue:
        made: Made = await venue.make({"title": "Loud", "rundown": [{"format": "loud"}]})
        joined = await venue.join()
        viewer, host = Page(joined.link, joined.token), Page(joined.link, made.token)
        try:
            await follow(venue, file, viewer, host)
        finally:
            await viewer.close()
            await host.close()


async def follow(venue: Venue, file: Path, viewer: Page, host: Page) -> None:
    host.line.act("", {"type": "start", "segment": "s1"})
    viewer.line.act("", {"type": "join", "name": "Ada"})
    await viewer.line.settled.wait()
    await viewer.sees(lambda page: page.text == "claps 0")
    assert [await viewer.act("clap"), await viewer.act("clap"), await viewer.act("stamp")] == [
        "",
        "",
        "input/bad-action",
    ]
    await viewer.sees(lambda page: page.text == "claps 2")

    write(file, source("noise", stamps=True))
    await viewer.sees(lambda page: page.text == "noise 2")
    assert await viewer.act("stamp") == ""
    await viewer.sees(lambda page: page.text == "noise 12")

    write(file, source("noise", stamps=True).replace("noise.stamps += 1", "noise.stamps +="))
    await host.sees(lambda page: bool(page.desk and page.desk.faults))
    assert host.desk
    [fault] = host.desk.faults
    assert (fault.segment, fault.action) == ("s1", "source")
    assert fault.where == f"{file}, line {line_of(file, 'noise.stamps +=')}"
    assert "SyntaxError" in fault.message
    assert await viewer.act("stamp") == ""
    await viewer.sees(lambda page: page.text == "noise 22")

    write(file, source("mended", stamps=True))
    await viewer.sees(lambda page: page.text == "mended 22")
    await host.sees(lambda page: bool(page.desk and not page.desk.faults))
    assert (viewer.line.connections, host.line.connections) == (1, 1)


def write(file: Path, text: str) -> None:
    file.write_text(text)


def line_of(file: Path, words: str) -> int:
    return next(i for i, line in enumerate(file.read_text().splitlines(), 1) if words in line)
