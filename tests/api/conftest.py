"""A host API over a real NATS, a real owner of shows, and a real SQLite; only the clock can be moved."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import msgspec
import pytest
import services
import structlog

from oncue.api.acting import Acting
from oncue.api.app import Services, create_app
from oncue.api.auth import Tokens
from oncue.api.parts import Desk
from oncue.api.settings import Settings
from oncue.engine.live import Bus, Intake, Records, RelayCard, Runner, ShowClock, cards, put_card
from oncue.engine.live.store import Store, upgrade
from oncue.engine.show import Show
from oncue.engine.structs import Action, Role, Row, ViewerId
from oncue.formats.registry import format_named

structlog.configure(
    processors=[
        structlog.stdlib.add_log_level,
        structlog.processors.format_exc_info,
        structlog.processors.KeyValueRenderer(),
    ]
)

KEY = "key-of-the-host-api"
POLL = {"format": "poll", "title": "Lunch", "settings": {"question": "What?", "options": ["Pizza", "Soup"]}}


class Clock:
    """Show time that stands still but for the `skip` seconds that a test moves it on."""

    def __init__(self) -> None:
        self._began = ShowClock().now()
        self.skip = 0.0

    def now(self) -> int:
        """µs since the Unix epoch."""
        return self._began + round(self.skip * 1e6)


class World:
    """What a test works with. `relay` is what the media role would have told; `admin` the header with the API key."""

    poll = POLL

    def __init__(self, services: Services, desk: Desk, http: httpx.AsyncClient, clock: Clock) -> None:
        self.services = services
        self.desk = desk
        self.http = http
        self.clock = clock
        self.relay: RelayCard | None = None
        self.admin = self.as_(KEY)

    @staticmethod
    def as_(token: str) -> dict[str, str]:
        """The header of somebody with this key or token."""
        return {"Authorization": f"Bearer {token}"}

    async def show(self, **changed: Any) -> dict[str, Any]:
        """A new show with a poll."""
        body = {"title": "Friday", "rundown": [POLL], **changed}
        made = await self.http.post("/api/shows", json=body, headers=self.admin)
        assert made.status_code == 201, made.text
        answer: dict[str, Any] = made.json()
        return answer

    async def join(self, code: str, **more: Any) -> dict[str, Any]:
        """A new viewer's answer."""
        joined = await self.http.post("/api/join", json={"code": code, **more})
        assert joined.status_code == 200, joined.text
        answer: dict[str, Any] = joined.json()
        return answer

    async def act(
        self, show: str, segment: str, action: Action, viewer: int, role: Role = Role.AUDIENCE
    ) -> None:
        """What somebody does on their link."""
        acting = Acting(self.services.bus, self.services.intake, now=self.clock.now)
        await acting.act(show, segment, action, (ViewerId(viewer), role))


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings of a node that is asked by http://test."""
    return Settings(data=str(tmp_path), secret="s" * 32, api_key=KEY)


@pytest.fixture(scope="module")
def nats_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A nats-server of each module's own: every app is told of all shows that there were."""
    with services.nats(tmp_path_factory.mktemp("nats")) as url:
        yield url


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with all tables, to be copied."""
    path = tmp_path_factory.mktemp("database") / "oncue.db"
    asyncio.run(upgrade(f"sqlite:///{path}"))
    return path


@pytest.fixture
async def bus(nats_url: str) -> AsyncIterator[Bus]:
    """A connection to the run's NATS; shows that a test leaves open are closed."""
    bus = await Bus.connect(nats_url)
    yield bus
    for card in await cards(bus):
        if card.state == "open":
            await put_card(bus, msgspec.structs.replace(card, state="closed"))
    await bus.close()


@pytest.fixture
async def store(settings: Settings, migrated: Path) -> AsyncIterator[Store]:
    """An open store on an empty SQLite."""
    shutil.copy(migrated, settings.folder / "oncue.db")
    store = Store(settings.database)
    await store.open()
    yield store
    await store.close()


@pytest.fixture
async def engine(bus: Bus, store: Store) -> AsyncIterator[Runner]:
    """Whoever owns the shows."""

    class Kept(Records):
        async def ended(self, show: Show, segment: str, rows: list[Row]) -> None:
            await store.record_results(show.id, segment, show.seq, rows)

    runner = Runner(bus, formats=format_named, now=ShowClock().now, node=uuid4().hex, records=Kept())
    running = asyncio.create_task(runner.run())
    await runner.ready.wait()
    yield runner
    while (
        not running.done()
    ):  # Python 3.11's wait_for loses a cancellation that comes together with its result
        running.cancel()
        await asyncio.wait([running], timeout=0.5)


@pytest.fixture
def make_world(
    bus: Bus, store: Store, settings: Settings
) -> Callable[..., AbstractAsyncContextManager[World]]:
    """Opens the host API, with some settings changed."""

    @asynccontextmanager
    async def opened(**changed: Any) -> AsyncIterator[World]:
        clock = Clock()
        intake = Intake(bus, node=uuid4().hex)
        used = msgspec.structs.replace(settings, **changed)
        given = Services(
            settings=used,
            bus=bus,
            intake=intake,
            store=store,
            tokens=Tokens(b"s" * 32, settings=used, now=clock.now),
            now=clock.now,
            relay=lambda _: world.relay,
        )
        app = create_app(given)
        transport = httpx.ASGITransport(app)
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=transport, base_url="http://test") as http,
        ):
            world = World(given, app.state.desk, http, clock)
            yield world
        await intake.close()

    return opened


@pytest.fixture
async def world(make_world: Callable[..., AbstractAsyncContextManager[World]]) -> AsyncIterator[World]:
    """The host API, without an owner of shows."""
    async with make_world() as world:
        yield world


@pytest.fixture
async def live(world: World, engine: Runner) -> World:
    """The host API with an owner of shows."""
    return world
