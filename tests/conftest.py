"""What any test may ask for. Servers start when the first test asks and are shared by the run."""

import itertools
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import found
import pytest
import pytest_asyncio
import services
from hypothesis import HealthCheck, settings
from playwright.async_api import Browser, async_playwright

_numbers = itertools.count(1)
# The same examples in each run: what is red once is red again. `--hypothesis-profile=default` looks for others.
# How long an example takes says something of the machine alone.
settings.register_profile(
    "repeatable", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("repeatable")


@pytest.fixture
def free_port() -> int:
    """A TCP port that was free a moment ago; where a server can choose by itself, give it port 0 instead."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    """An empty data directory for one oncue."""
    folder = tmp_path / "oncue"
    folder.mkdir()
    return folder


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[services.Postgres]:
    """A PostgreSQL of this run."""
    binaries = found.postgres_folder()
    assert binaries, "no PostgreSQL server found: run `make setup`"
    with services.postgres(binaries) as server:
        yield server


@pytest.fixture(scope="session")
def postgres_url(request: pytest.FixtureRequest) -> str:
    """The DATABASE_URL of a database that the whole run shares; DATABASE_URL_TEST gives one of your own."""
    if given := os.environ.get("DATABASE_URL_TEST"):
        return given
    server: services.Postgres = request.getfixturevalue("postgres_server")
    return server.create("shared")


@pytest.fixture
def new_postgres_url(postgres_server: services.Postgres) -> str:
    """The DATABASE_URL of an empty database for this test alone."""
    return postgres_server.create(f"test{next(_numbers)}")


@pytest.fixture(scope="session")
def nats_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The NATS_URL of a nats-server of this run."""
    with services.nats(tmp_path_factory.mktemp("nats")) as url:
        yield url


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """The Chromium that was found."""
    path = found.chromium()
    assert path, "no Chromium found: run `make setup` or set ONCUE_CHROMIUM"
    return path


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromiums(chromium_path: str) -> AsyncIterator[Callable[[], Awaitable[Browser]]]:
    """Gives the Chromium of this run: another one when that has died."""
    browsers: list[Browser] = []
    async with async_playwright() as driver:

        async def one() -> Browser:
            if not browsers or not browsers[-1].is_connected():
                flags = list(services.CHROMIUM_FLAGS)
                browsers.append(await driver.chromium.launch(executable_path=chromium_path, args=flags))
            return browsers[-1]

        yield one
        for browser in browsers:
            await browser.close()


@pytest_asyncio.fixture(loop_scope="session")
async def browser(chromiums: Callable[[], Awaitable[Browser]]) -> AsyncIterator[Browser]:
    """A headless Chromium; each `await browser.new_context()` is another person with an empty profile. All tests share it, and so they
    share the run's loop: `pytest.mark.asyncio(loop_scope="session")`. What a test leaves open is closed."""
    browser = await chromiums()
    yield browser
    for context in list(browser.contexts):
        await context.close()
