"""A real receiver of webhooks, and what sends to it over a real database and a real NATS."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import services
from patience import PATIENCE_S

from oncue.api.webhooks.door import Door
from oncue.api.webhooks.sending import Sender
from oncue.engine.live import Bus, ShowClock, end
from oncue.engine.live.hooks import Delivery, Hooks, Webhook
from oncue.engine.live.store import Store, upgrade

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # that of the standard's own example


class Receiver:
    """A small HTTP server. `answers` are what it says, the last one for ever; `heard` what it got: path, headers, body."""

    def __init__(self) -> None:
        self.answers = ["200 OK"]
        self.heard: list[tuple[str, dict[str, str], bytes]] = []
        self.news = asyncio.Condition()
        self.hold = asyncio.Event()
        self.hold.set()
        self.port = 0

    def url(self, path: str = "/in") -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := (await reader.readuntil(b"\r\n\r\n")).decode():
                first, *lines = head.rstrip().split("\r\n")
                headers = {k.lower(): v for k, v in (line.split(": ", 1) for line in lines)}
                body = await reader.readexactly(int(headers["content-length"]))
                async with self.news:
                    self.heard.append((first.split()[1], headers, body))
                    self.news.notify_all()
                await self.hold.wait()
                status, _, text = (
                    self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
                ).partition("|")
                writer.write(f"HTTP/1.1 {status}\r\ncontent-length: {len(text)}\r\n\r\n{text}".encode())
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def got(self, number: int) -> None:
        """Wait until so many requests were heard."""
        async with self.news:
            await self.news.wait_for(lambda: len(self.heard) >= number)


@asynccontextmanager
async def receiving(**tls: object) -> AsyncIterator[Receiver]:
    receiver = Receiver()
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", 0, limit=1 << 20, **tls)  # type: ignore[arg-type]
    receiver.port = server.sockets[0].getsockname()[1]
    yield receiver
    receiver.hold.set()
    server.close()


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as receiver:
        yield receiver


class Clock:
    """Show time that a test moves on."""

    def __init__(self) -> None:
        self.skip = 0.0
        self._clock = ShowClock()

    def now(self) -> int:
        return self._clock.now() + round(self.skip * 1e6)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("database") / "oncue.db"
    asyncio.run(upgrade(f"sqlite:///{path}"))
    return path


@pytest.fixture
async def hooks(tmp_path: Path, migrated: Path) -> AsyncIterator[Hooks]:
    shutil.copy(migrated, tmp_path / "oncue.db")
    store = Store(f"sqlite:///{tmp_path}/oncue.db")
    await store.open()
    yield Hooks(store)
    await store.close()


@pytest.fixture(scope="module")
def nats_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with services.nats(tmp_path_factory.mktemp("nats")) as url:
        yield url


@pytest.fixture
async def bus(nats_url: str) -> AsyncIterator[Bus]:
    bus = await Bus.connect(nats_url)
    yield bus
    await bus.close()


@pytest.fixture
async def door(clock: Clock) -> AsyncIterator[Door]:
    door = Door(private=True, timeout=PATIENCE_S, now=clock.now)
    yield door
    await door.close()


@pytest.fixture
async def sender(hooks: Hooks, door: Door, clock: Clock) -> AsyncIterator[Sender]:
    """Sends, and tries again after 10, 100 and 1000 s of the pretend clock."""
    sender = Sender(hooks, door, now=clock.now, retries=(10, 100, 1000))
    running = asyncio.create_task(sender.run())
    yield sender
    await end(running)


Queue = Callable[..., Delivery]


def made(number: int = 1, webhook: str = "wh1", show: str = "aaaaaaaaaa", **changed: object) -> Delivery:
    id = f"{show}-{number}-0"
    usual = {"due_at": 0, "created_at": 0, "sequence": f"{number:016}.000000", "type": "oncue.segment.ended"}
    return Delivery(
        **{"webhook": webhook, "event": id, "show": show, "body": f'{{"id":"{id}"}}', **usual, **changed}
    )  # type: ignore[arg-type]


def to(url: str, id: str = "wh1", **changed: object) -> Webhook:
    return Webhook(**{"id": id, "url": url, "events": ["*"], "secret": SECRET, **changed})  # type: ignore[arg-type]
