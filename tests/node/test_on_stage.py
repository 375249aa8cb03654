"""From a raised hand to the air and off it again, on a whole node: log, engine, orders, relay."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import moq
import pytest
from guests import Screen, now
from patience import PATIENCE_S

from oncue.api.bots.guest import Guest
from oncue.api.bots.venue import Joined, Venue
from oncue.api.serve import Node, node
from oncue.api.settings import Settings
from oncue.engine.live import end


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[Node]:
    async with node(Settings(port=0, relay_port=0, data=str(tmp_path / "oncue"), log="error")) as running:
        yield running


@pytest.fixture
async def venue(running: Node) -> AsyncIterator[Venue]:
    async with Venue(running.url, running.key) as venue:
        await venue.make({"title": "Friday"})
        await venue.staged()
        yield venue


class Desk:
    """The host's, over HTTP."""

    def __init__(self, running: Node, venue: Venue) -> None:
        self._base = f"{running.url}/api/shows/{venue.show.id}/stage"
        self._key = {"Authorization": f"Bearer {running.key}"}

    async def say(self, method: str, path: str, body: dict | None = None) -> None:
        async with httpx.AsyncClient(timeout=PATIENCE_S) as http:
            (
                await http.request(method, f"{self._base}{path}", json=body, headers=self._key)
            ).raise_for_status()

    async def sees(self, viewer: int, **wanted: Any) -> dict:
        """Waits until the desk says so of a guest."""
        async with httpx.AsyncClient(timeout=PATIENCE_S) as http, asyncio.timeout(PATIENCE_S):
            while True:
                told = (await http.get(self._base, headers=self._key)).json()
                for guest in told["guests"]:
                    if guest["viewer"] == viewer and wanted.items() <= guest.items():
                        return guest | {"room": told["rooms"].get(str(viewer))}
                await asyncio.sleep(0.05)  # the API bears only so many questions a second


def connect(joined: Joined) -> moq.Client:
    return moq.connect(
        joined.relay.url,
        tls_fingerprints=[joined.relay.fingerprint],
        reconnect=False,
        websocket_enabled=False,
    )


async def test_a_guest_comes_on_air_with_the_session_they_had_and_goes_off_it(
    running: Node, venue: Venue
) -> None:
    desk, guest = Desk(running, venue), Guest(await venue.join(), "Mira", "cats")
    show, me = venue.show.id, guest.viewer
    walking = asyncio.create_task(guest.run())
    await desk.say("PUT", "/rules", {"hands": True})
    async with (
        asyncio.timeout(60),
        connect(await venue.join()) as audience,
        connect(await venue.host()) as host,
    ):
        await guest.raise_hand()
        await desk.say("POST", f"/{me}/invite")
        await guest.become("green")
        there = await desk.sees(me, state="green", present=True)
        console = Screen(host, f"{there['room']}/guest")
        await console.frames(5)

        pressed = now()
        await desk.say("POST", f"/{me}/live")
        seat = (await desk.sees(me, state="live"))["seat"]
        screen = Screen(audience, f"show/{show}/stage/{seat}")
        await screen.frames(5)
        assert min(stamp for _, _, stamp, _ in screen.got) >= pressed

        await desk.say("POST", f"/{me}/mute", {"on": True})
        muted = now()
        await screen.frames(15, since=muted + 200_000)
        assert not [one for one in screen.got if one[0].startswith("audio") and one[2] > muted + 200_000]

        await desk.say("POST", f"/{me}/off")
        off = now()
        await screen.ends()
        assert max(stamp for _, _, stamp, _ in screen.got) <= off
        await console.ends()
        await guest.become("")
        assert guest.sessions == 1
        await console.off()
        await screen.off()
    await end(walking)


async def test_who_is_lost_on_air_is_away_and_comes_back_into_their_seat(running: Node, venue: Venue) -> None:
    desk, joined = Desk(running, venue), await venue.join()
    guest = Guest(joined, "Mira", "cats")
    me = guest.viewer
    walking = asyncio.create_task(guest.run())
    await desk.say("PUT", "/rules", {"hands": True})
    async with asyncio.timeout(60), connect(await venue.join()) as audience:
        await guest.raise_hand()
        await desk.say("POST", f"/{me}/invite", {"live": True})
        seat = (await desk.sees(me, state="live", present=True))["seat"]
        screen = Screen(audience, f"show/{venue.show.id}/stage/{seat}")
        await screen.frames(5)
        await end(walking)
        await desk.sees(me, state="live", present=False, seat=seat)
        back = Guest(joined, "Mira", "cats")
        walking = asyncio.create_task(back.run())
        await desk.sees(me, state="live", present=True, seat=seat)
        await screen.frames(5, since=now())
        assert not screen.over.is_set()
        await screen.off()
    await end(walking)
