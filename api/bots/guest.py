"""A simulated guest: raises a hand, comes on stage when asked to, with a test picture for a camera, and leaves when told to."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from random import Random
from typing import Any

import moq

from oncue.engine.live import end
from oncue.engine.wire import MyStage, Named, PrivateMsg, Welcome
from oncue.media import Picture, TestCard

from .line import Deed, Line
from .usher import Usher
from .venue import Joined, Venue

CAMERA = Picture(320, 180, 15)
AGAIN_S = 0.5
PEOPLE = (
    ("Mira", "I was there when it was built"),
    ("Tomás", "A question about the second round"),
    ("Aiko", "Greetings from Sapporo"),
    ("Ruth", "My cat knows all the answers"),
)
ON_AIR_S = 12.0
BETWEEN_S = 10.0


class Guest:
    """Somebody with a link and a MoQ session. `run` until cancelled. `mine` is their way to the stage as they know it; `on_stage` counts
    how often they went live, `sessions` how many sessions they needed."""

    def __init__(
        self, joined: Joined, name: str, topic: str, *, camera: Picture = CAMERA, seed: int = 0
    ) -> None:
        self._joined = joined
        self._name = name
        self._topic = topic
        self._camera = camera
        self._line = Line(
            joined.link, joined.token, Random(f"{seed}/{name}"), heard=self._heard, settled=self._settled
        )
        self._changed = asyncio.Event()
        self._named = asyncio.Event()
        self._origin = moq.OriginProducer()
        self.mine = MyStage()
        self.on_stage = 0
        self.sessions = 0
        self.refused: list[str] = []

    @property
    def viewer(self) -> int:
        """Who they are."""
        return self._joined.viewer

    async def run(self) -> None:
        """Take part until cancelled."""
        tasks = [asyncio.create_task(work) for work in (self._line.run(), self._connect(), self._walk())]
        try:
            await asyncio.gather(*tasks)
        finally:
            await end(*tasks)

    async def raise_hand(self) -> None:
        """Ask to come on stage, again and again while no hands may go up."""
        await self._named.wait()
        while self.mine.state == "":
            hand = self._line.act("", {"type": "raise-hand", "topic": self._topic})
            while not hand.refused and self.mine.state == "":
                await self._change()
            if hand.refused:
                await asyncio.sleep(AGAIN_S)

    async def become(self, state: str) -> None:
        """Wait until the way to the stage has come so far."""
        while self.mine.state != state:
            await self._change()

    async def _connect(self) -> None:
        """One session for all that they publish, open before anybody asks for it."""
        relay = self._joined.relay
        assert relay
        while True:
            with contextlib.suppress(moq.Error):
                client = moq.connect(
                    relay.url, tls_fingerprints=[relay.fingerprint], reconnect=False, websocket_enabled=False,
                    publish=self._origin, subscribe=moq.OriginProducer(cache_capacity_bytes=1 << 20),
                )  # fmt: skip
                async with client:
                    self.sessions += 1
                    assert client.session
                    await client.session.closed()
            await asyncio.sleep(AGAIN_S)

    async def _walk(self) -> None:
        """From one state to the next, with the camera on from the device check until they have left."""
        filming: asyncio.Task[None] | None = None
        while True:
            state = self.mine.state
            if state == "invited":
                self._line.act("", {"type": "accept-stage"})
            elif state == "check":
                checked = {"type": "checked", "passed": True, "camera": True, "microphone": True}
                self._line.act("", checked)
            wanted = state in ("check", "green", "live")
            if wanted and filming is None:
                filming = asyncio.create_task(self._film())
            elif not wanted and filming is not None:
                await end(filming)
                filming = None
            self.on_stage += state == "live"
            while self.mine.state == state:
                await self._change()

    async def _film(self) -> None:
        await self._line.welcome.wait()
        path = f"show/{self._joined.show.id}/own/{self.viewer}"
        await TestCard(self._camera).run(self._origin.create_broadcast(path), self._line.clock.now)

    async def _change(self) -> None:
        self._changed.clear()
        await self._changed.wait()

    def _heard(self, message: Any) -> None:
        if isinstance(message, Welcome):
            if message.name:
                self._named.set()
            else:
                self._line.act("", {"type": "join", "name": self._name})
            message = message.private
        if isinstance(message, Named):
            self._named.set()
        if isinstance(message, PrivateMsg):
            self.mine = message.stage or MyStage()
            self._changed.set()

    def _settled(self, deed: Deed) -> None:
        if deed.refused not in ("", "stage/hands-down"):
            self.refused.append(deed.refused)
        self._changed.set()


@asynccontextmanager
async def guests(venue: Venue, count: int, *, brought: bool) -> AsyncIterator[None]:
    """So many people who want to come on stage again and again. With `brought` a simulated producer sees to it, else their hands are up
    for whoever has the console."""
    if not count:
        yield
        return
    usher = Usher(await venue.host(), ON_AIR_S if brought else 0.0)
    tasks = [asyncio.create_task(usher.run())]
    for name, topic in PEOPLE[:count]:
        guest = Guest(await venue.join(), name, topic)
        tasks += [asyncio.create_task(guest.run()), asyncio.create_task(_again(guest))]
    try:
        yield
    finally:
        await end(*tasks)


async def _again(guest: Guest) -> None:
    while True:
        await guest.raise_hand()
        await guest.become("live")
        await guest.become("")
        await asyncio.sleep(BETWEEN_S)
