"""A newcomer's run: the commands and the code of the tutorial, in order, to a round that is played in the browser."""

import asyncio
import re
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import found
import pytest
from newcomer import Block, apply, blocks, environment
from people import Person
from playwright.async_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
Come = Callable[..., Awaitable[Person]]

TUTORIAL = found.ROOT / "docs" / "tutorial.md"


class Newcomer:
    """Somebody at a shell."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.shell = folder, environment(folder)

    async def types(self, commands: str) -> str:
        """What the commands say; they must go well."""
        shell = await self._begun(f"{commands}\npwd > '{self.folder}/.pwd'")
        said, _ = await shell.communicate()
        assert shell.returncode == 0, f"{commands}\n{said.decode()}"
        self.cwd = Path((self.folder / ".pwd").read_text().strip())
        return said.decode()

    @asynccontextmanager
    async def watches(self, commands: str) -> AsyncIterator[dict[str, str]]:
        """While a demo runs: the links that it has printed."""
        *before, demo = commands.strip().splitlines()
        if before:
            await self.types("\n".join(before))
        shell = await self._begun(f"exec {demo}")
        links: dict[str, str] = {}
        said: list[str] = []
        try:
            async with asyncio.timeout(60):
                while "overlay" not in links:
                    said.append((await shell.stdout.readline()).decode())
                    assert said[-1], "".join(said)
                    if link := re.match(r"(join|host|big screen|overlay) +(http\S+)", said[-1]):
                        links[link[1]] = link[2]
            yield links
        finally:
            shell.send_signal(signal.SIGINT)
            await shell.communicate()

    async def _begun(self, commands: str) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            "bash", "-ec", commands, cwd=getattr(self, "cwd", self.folder), env=self.shell,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip


async def plays_a_round(come: Come, links: dict[str, str]) -> Person:
    """The first round of the tutorial. Gives the host, whose console stays open."""
    host, ada = await come(links["host"]), await come(links["join"], phone=True)
    await ada.join("Ada")
    await host.press_primary("Start: Nearest")
    await host.press_primary("Ask the question")
    await ada.reads("scene-heading", "How many keys")
    await ada.see("field-number").fill("90")
    await ada.see("form-send").click()
    await expect(ada.page.get_by_text("You guessed 90")).to_be_visible(timeout=60_000)
    await host.press_primary("Time is up")
    await host.press_primary("Show the answer")
    await ada.reads("scene-heading", "It is 88")
    await expect(ada.see("leaderboard-name").first).to_contain_text("Ada")
    await expect(ada.page.get_by_text("place 1 of 1")).to_be_visible(timeout=60_000)
    return host


async def finds_the_new_button(host: Person) -> None:
    """The change has come into the show that is running, and what was played is still there."""
    await expect(host.page.get_by_role("button", name="Give the hint")).to_be_visible(timeout=60_000)
    await host.reads("scene-heading", "It is 88")


async def test_a_newcomer_comes_from_nothing_to_a_round_in_the_browser(tmp_path: Path, come: Come) -> None:
    newcomer = Newcomer(tmp_path)
    setup, *steps = blocks(TUTORIAL)
    assert setup == Block("sh", "make setup\nsource .venv/bin/activate\n")
    async with AsyncExitStack() as first:
        for step in steps:
            match step:
                case Block("sh", text) if "--reload" in text:
                    host = await plays_a_round(come, await first.enter_async_context(newcomer.watches(text)))
                case Block("diff", text):
                    apply(text, newcomer.cwd)
                    await finds_the_new_button(host)
                    await first.aclose()
                case _:
                    await does(newcomer, step)


async def does(newcomer: Newcomer, step: Block) -> None:
    """What a block of the page is for."""
    match step:
        case Block("sh", text) if "oncue demo" in text:
            async with newcomer.watches(text) as links:
                assert links["join"]
        case Block("sh", text) if "oncue rehearse" in text:
            pass  # it takes a minute; the tests of rehearsals play it
        case Block("sh", text):
            await newcomer.types(text)
        case Block("python", text) if text.startswith("def test_"):
            with (newcomer.cwd / "tests" / "test_nearest.py").open("a") as file:
                file.write(f"\n\n{text}")
        case Block("python", text):
            assert text in (newcomer.cwd / "src" / "nearest" / "__init__.py").read_text()
