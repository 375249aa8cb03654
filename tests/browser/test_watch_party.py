"""A host puts a film on, stops it, winds it, plays it faster; the audience's pixels say where it is."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import av
import httpx
import pytest
from patience import PATIENCE_S
from people import Person, ShowLinks

from oncue.api.serve import Node
from oncue.media.card import Card

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

SECONDS, RATE = 12, 30
FRAME_MS = 1000 / RATE


@pytest.fixture
def film(running: Node) -> Iterator[str]:
    """A film of twelve seconds with a key frame every two, whose time code is its own time."""
    folder = running.settings.media_folder
    folder.mkdir(exist_ok=True)
    card = Card(640, 360)
    with av.open(folder / "film.mp4", "w", format="mp4") as out:
        video = out.add_stream("libx264", rate=RATE, options={"preset": "ultrafast", "bf": "0", "g": "60"})
        video.width, video.height, video.pix_fmt = 640, 360, "yuv420p"
        for number in range(SECONDS * RATE):
            picture = card.paint(number * 1_000_000 // RATE, number)
            picture.pts = number
            out.mux(video.encode(picture))
        out.mux(video.encode(None))
    yield "film.mp4"
    (folder / "film.mp4").unlink()


async def stands(person: Person, at: float) -> None:
    """Waits until the picture is that of this moment of the film (ms), and stays."""
    async with asyncio.timeout(PATIENCE_S):
        while abs(await person.time_code() - at) > 1:
            await asyncio.sleep(0.05)
    for _ in range(5):
        await asyncio.sleep(0.1)
        assert abs(await person.time_code() - at) <= 1


async def test_a_watch_party(
    running: Node,
    film: str,
    make: Callable[..., Awaitable[ShowLinks]],
    come: Callable[..., Awaitable[Person]],
) -> None:
    show = await make(picture="test:640x360@30")
    host = {"Authorization": f"Bearer {show.token}"}
    async with httpx.AsyncClient(base_url=running.url, headers=host) as http:

        async def remote(**how: Any) -> None:
            done = await http.put(f"/api/shows/{show.id}/programme", json=how)
            assert done.status_code == 200, done.text

        ada = await come(show.join_url, phone=True)
        await ada.picture_plays()
        assert [one["source"] for one in (await http.get("/api/sources")).json()] == ["test", film]

        await remote(source=film)
        async with asyncio.timeout(PATIENCE_S):
            while await ada.time_code() > SECONDS * 1000:
                await asyncio.sleep(0.05)
        await ada.picture_plays()

        # Between two key frames, exactly.
        await remote(playing=False, media=5_300_000)
        await stands(ada, 5300)
        bob = await come(show.join_url)
        await stands(bob, 5300)
        assert await bob.page.evaluate("oncue.position() > 0")
        assert await bob.see("picture").get_attribute("data-state") == "playing"

        await remote(media=9_100_000)
        await asyncio.gather(stands(ada, 9100), stands(bob, 9100))

        await remote(playing=True, media=1_000_000, rate=2)
        async with asyncio.timeout(PATIENCE_S):
            while not 1500 < await ada.time_code() < 6000:
                await asyncio.sleep(0.02)
        one, began = await ada.time_code(), asyncio.get_running_loop().time()
        while (two := await ada.time_code()) < one + 2500:
            await asyncio.sleep(0.02)
        ended = asyncio.get_running_loop().time()
        assert abs((two - one) / 1000 / (ended - began) - 2) < 0.3

        # It stops at its end.
        await asyncio.gather(*(stands(person, (SECONDS * RATE - 1) * 1000 // RATE) for person in (ada, bob)))
        await remote(source="test")
        async with asyncio.timeout(PATIENCE_S):
            while await ada.time_code() <= SECONDS * 1000:
                await asyncio.sleep(0.05)
        await ada.picture_plays()
