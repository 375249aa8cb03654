"""A whole node with its processes, and people with browsers."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import httpx
import pytest
from people import Person, ShowLinks
from playwright.async_api import Browser

from oncue.api.serve import Node, node
from oncue.api.settings import Settings


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[Node]:
    settings = Settings(port=0, relay_port=0, data=str(tmp_path / "oncue"), log="warning")
    async with node(settings) as running:
        yield running


@pytest.fixture
async def make(running: Node) -> Callable[..., Awaitable[ShowLinks]]:
    """Makes a show by the host API: `await make({"format": "trivia", "settings": ...})`."""

    async def make(*rundown: dict, picture: str = "test:640x360@30", title: str = "Friday quiz") -> ShowLinks:
        async with httpx.AsyncClient(
            base_url=running.url, headers={"Authorization": f"Bearer {running.key}"}
        ) as http:
            made = await http.post(
                "/api/shows", json={"title": title, "picture": picture, "rundown": list(rundown)}
            )
            assert made.status_code == 201, made.text
            return ShowLinks(**made.json())

    return make


@pytest.fixture
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
