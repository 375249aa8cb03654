"""A whole node with its processes, and people with browsers."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from pathlib import Path as FolderPath

import httpx
import pytest
import pytest_asyncio
from patience import PATIENCE_S
from people import Person, ShowLinks, doors, lead
from playwright.async_api import Browser, expect

from oncue.api.lab import Lab, Path, Viewer
from oncue.api.serve import Node, node
from oncue.api.settings import Settings

expect.set_options(timeout=PATIENCE_S * 1000)

HERE = FolderPath(__file__).parent
FORMATS = {
    "wheel": HERE.parents[1] / "examples" / "05_custom_component.py",
    "broken": HERE / "broken_component.py",
}
"""What the node knows besides its own."""
LUNCH = {
    "format": "poll",
    "title": "Lunch",
    "settings": {"question": "What is for lunch?", "options": ["Pizza", "Soup"]},
}


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    """One node for all of them, on a loop of its own: each test has shows of its own there."""
    settings = Settings(
        port=0,
        relay_port=0,
        data=str(tmp_path_factory.mktemp("node") / "oncue"),
        log="warning",
        formats=",".join(f"{name}={file}" for name, file in FORMATS.items()),
    )
    begun: Future[tuple[Node, Callable[[], object]]] = Future()

    async def serve() -> None:
        loop, over = asyncio.get_running_loop(), asyncio.Event()
        async with node(settings) as running:
            begun.set_result((running, lambda: loop.call_soon_threadsafe(over.set)))
            await over.wait()

    with ThreadPoolExecutor(1) as thread:
        serving = thread.submit(asyncio.run, serve())
        wait([begun, serving], return_when=FIRST_COMPLETED)
        if serving.done():
            serving.result()
        running, stop = begun.result()
        yield running
        stop()


@pytest_asyncio.fixture(loop_scope="session")
async def make(running: Node) -> AsyncIterator[Callable[..., Awaitable[ShowLinks]]]:
    """Makes a show by the host API: `await make({"format": "trivia", "settings": ...})`. It is closed after the test."""
    shows: list[str] = []
    key = {"Authorization": f"Bearer {running.key}"}
    async with httpx.AsyncClient(base_url=running.url, headers=key, timeout=PATIENCE_S) as http:

        async def make(
            *rundown: dict, picture: str = "test:640x360@30", title: str = "Friday quiz"
        ) -> ShowLinks:
            body = {"title": title, "picture": picture, "rundown": list(rundown)}
            made = await http.post("/api/shows", json=body)
            assert made.status_code == 201, made.text
            links = ShowLinks(**made.json())
            shows.append(links.id)
            return links

        yield make
        for show in shows:
            closed = await http.delete(f"/api/shows/{show}")
            assert closed.status_code == 200, closed.text


@pytest_asyncio.fixture(loop_scope="session")
async def come(browser: Browser, running: Node) -> AsyncIterator[Callable[..., Awaitable[Person]]]:
    """Opens a page in a browser of its own, with an empty profile: `await come(url, phone=True)`."""
    people: list[Person] = []

    async def come(url: str, *, phone: bool = False, scheme: str = "dark") -> Person:
        size = {"width": 390, "height": 844} if phone else {"width": 1280, "height": 800}
        context = await browser.new_context(viewport=size, color_scheme=scheme, has_touch=phone)
        person = Person(await context.new_page())
        people.append(person)
        await person.open(url)
        return person

    yield come
    wrong = [line for person in people for line in person.wrong]
    for person in people:
        await person.page.context.close()
    assert not wrong, wrong


@pytest_asyncio.fixture(loop_scope="session")
async def lab() -> AsyncIterator[Lab]:
    """Networks for people to be behind."""
    async with Lab() as lab:
        yield lab


@pytest.fixture
def behind(lab: Lab, running: Node) -> Callable[[Path, ShowLinks], Awaitable[Viewer]]:
    """A network between somebody and all doors that a show's pages are told of: `await behind(Path.of(80), show)`."""

    async def behind(path: Path, show: ShowLinks) -> Viewer:
        tcp, udp = await doors(running.url, show)
        return await lab.viewer(path, tcp=tcp, udp=udp)

    return behind


@pytest.fixture
def joins(
    behind: Callable[[Path, ShowLinks], Awaitable[Viewer]], come: Callable[..., Awaitable[Person]]
) -> Callable[[str, Path, ShowLinks], Awaitable[tuple[Person, Viewer]]]:
    """Somebody with a phone joins over such a network: `ada, network = await joins("Ada", Path.of(80), show)`."""

    async def joins(name: str, path: Path, show: ShowLinks) -> tuple[Person, Viewer]:
        network, person = await behind(path, show), await come("about:blank", phone=True)
        await lead(person.page, network)
        await person.open(network.over(show.join_url))
        await person.join(name)
        return person, network

    return joins


@pytest_asyncio.fixture(loop_scope="session")
async def show(make: Callable[..., Awaitable[ShowLinks]]) -> ShowLinks:
    return await make(LUNCH)


@pytest_asyncio.fixture(loop_scope="session")
async def host(come: Callable[..., Awaitable[Person]], show: ShowLinks) -> Person:
    """In front of the picture, so that the relay is known to have it."""
    host = await come(show.host_url)
    await host.picture_plays()
    return host


@pytest.fixture
def on(
    joins: Callable[[str, Path, ShowLinks], Awaitable[tuple[Person, Viewer]]], show: ShowLinks, host: Person
) -> Callable[[str, Path], Awaitable[tuple[Person, Viewer]]]:
    """Somebody joins this show over such a network, once its picture plays."""
    return lambda name, path: joins(name, path, show)
