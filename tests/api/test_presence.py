"""The media role's part of a stage: it follows the orders, even those that were lost, and writes down who is there."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from patience import PATIENCE_S

import oncue.api.programme
from oncue.api.playing import Place
from oncue.api.presence import Roll
from oncue.api.programme import Stage
from oncue.engine.live import ShowCard, ShowClock
from oncue.engine.stage_actions import StepUp, TakeOff
from oncue.engine.structs import Role
from oncue.media import Presence, Relay


@pytest.fixture
async def place(live) -> AsyncIterator[Place]:
    """A relay that hears nothing of the owner's by itself."""
    now, services = ShowClock().now, live.services
    async with Relay(lambda _: pytest.fail("nobody comes"), now) as relay:
        yield Place(relay, services.bus, services.intake, now, services.settings)


async def until(found) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not await found():
            await asyncio.sleep(0.01)


async def test_orders_that_were_lost_are_followed_all_the_same(live, place, monkeypatch):
    monkeypatch.setattr(oncue.api.programme, "AGAIN_S", 0.05)
    made = await live.show()
    stage = Stage(place, ShowCard(made["id"], made["code"], "Friday"))

    async def seated() -> bool:
        return stage.people.feed(9) is not None

    async def gone() -> bool:
        return stage.people.feed(9) is None

    await live.act(made["id"], "", StepUp(), 9, Role.HOST)
    await until(seated)
    await live.act(made["id"], "", TakeOff(9), 9, Role.HOST)
    await until(gone)
    await stage.close()


async def test_who_is_there_is_written_down(live):
    made = await live.show()
    await live.act(made["id"], "", StepUp(), 9, Role.HOST)
    roll = Roll(live.services.intake, made["id"], live.clock.now)
    roll.told(9, Presence(True, True, False))
    await live.services.intake.drain()

    async def present(wanted: bool) -> bool:
        told = await live.http.get(f"/api/shows/{made['id']}/stage", headers=live.as_(made["token"]))
        return [guest["present"] for guest in told.json()["guests"]] == [wanted]

    await until(lambda: present(True))
    roll.told(9, Presence())
    await until(lambda: present(False))
