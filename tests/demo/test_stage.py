"""Simulated guests come on stage of a real node, with two relays: whoever watches at either of them sees whoever publishes at either."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager

import moq
import pytest
import pytest_asyncio
from patience import PATIENCE_S

from oncue.api.bots.guest import Guest
from oncue.api.bots.usher import Usher
from oncue.api.bots.venue import Joined, Venue
from oncue.api.serve import Node, node
from oncue.api.settings import Settings
from oncue.engine.live import end

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def running(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Node]:
    folder = tmp_path_factory.mktemp("stage")
    settings = Settings(port=0, relay_port=0, relays=2, data=str(folder / "oncue"), log="error")
    async with node(settings) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def venue(running: Node) -> AsyncIterator[Venue]:
    async with Venue(running.url, running.key) as venue:
        await venue.make({"title": "Two relays", "rundown": [], "picture": "test:320x180@15"})
        yield venue


def door(joined: Joined) -> str:
    assert joined.relay
    return joined.relay.url.partition("?")[0]


async def people_at_both(venue: Venue, each: int = 1) -> dict[str, list[Joined]]:
    """As many viewers at each relay."""
    found: dict[str, list[Joined]] = {}
    while len(found) < 2 or any(len(there) < each for there in found.values()):
        joined = await venue.join()
        if joined.relay:
            found.setdefault(door(joined), []).append(joined)
    return found


@asynccontextmanager
async def session(joined: Joined) -> AsyncIterator[moq.Client]:
    assert joined.relay
    client = moq.connect(
        joined.relay.url,
        tls_fingerprints=[joined.relay.fingerprint],
        reconnect=False,
        websocket_enabled=False,
    )
    async with client:
        yield client


async def first_frame(client: moq.Client, path: str) -> moq.MediaFrame:
    broadcast = await client.announced_broadcast(path)
    async for catalog in await broadcast.subscribe_catalog():
        if catalog.video:
            break
    [(name, track)] = catalog.video.items()
    async for frame in await broadcast.subscribe_media(name, track, moq.Subscription(max_age_us=5_000_000)):
        if frame.payload:
            return frame
    raise AssertionError("no frame came")


async def on_air(client: moq.Client, show: str, seen: Callable[[str], None]) -> None:
    """Tell of each seat that comes or goes."""
    prefix = f"show/{show}/stage"
    async with client.announced(prefix) as announcements:
        async for update in announcements:
            seen(("+" if update.active else "-") + update.prefix.rpartition("/")[2])


async def test_the_picture_comes_from_both_relays(venue: Venue) -> None:
    async with AsyncExitStack() as stack:
        for [joined, *_] in (await people_at_both(venue)).values():
            client = await stack.enter_async_context(session(joined))
            assert await first_frame(client, f"show/{joined.show.id}/stage/programme")


async def test_guests_at_both_relays_come_on_air_for_viewers_at_both(venue: Venue) -> None:
    people = await people_at_both(venue, each=2)
    guests = [Guest(there[0], f"Guest {i}", "hello") for i, there in enumerate(people.values(), 1)]
    usher = Usher(await venue.host(), 1.0)
    seen: list[list[str]] = [[], []]
    async with AsyncExitStack() as stack:
        working = [asyncio.create_task(one.run()) for one in (*guests, usher)]
        stack.push_async_callback(end, *working)
        show = guests[0]._joined.show.id
        for there, list_of in zip(people.values(), seen, strict=True):
            client = await stack.enter_async_context(session(there[1]))
            watching = asyncio.create_task(on_air(client, show, list_of.append))
            stack.push_async_callback(end, watching)
        for guest in guests:
            await guest.raise_hand()
        for number, guest in enumerate(guests, 1):
            await guest.become("live")
            frame = await first_frame(client, f"show/{show}/stage/g{number}")
            assert frame.payload
        async with asyncio.timeout(PATIENCE_S):
            while not all("-g2" in list_of for list_of in seen):
                await asyncio.sleep(0.02)
    assert [[one for one in list_of if one != "+programme"] for list_of in seen] == [
        ["+g1", "-g1", "+g2", "-g2"]
    ] * 2
    assert [guest.sessions for guest in guests] == [1, 1]
    assert [guest.refused for guest in guests] == [[], []]
