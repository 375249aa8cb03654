"""A host and an audience with real browsers play a show over a live picture."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from conftest_trivia import TRIVIA
from people import Person, ShowLinks
from playwright.async_api import expect

pytestmark = pytest.mark.browser
Make = Callable[..., Awaitable[ShowLinks]]
Come = Callable[..., Awaitable[Person]]


async def leaderboard(person: Person) -> list[str]:
    rows = person.page.locator("[data-testid^=leaderboard-row-]")
    await expect(rows.first).to_be_visible(timeout=15_000)
    return [" ".join(text.split()) for text in await rows.all_inner_texts()]


async def test_a_host_plays_a_round_with_two_phones_one_of_which_reloads(make: Make, come: Come) -> None:
    show = await make({"format": "trivia", "title": "Round one", "settings": TRIVIA})
    host, screen = await asyncio.gather(come(show.host_url), come(show.screen_url))
    ada, bob = await asyncio.gather(come(show.join_url, phone=True), come(show.join_url, phone=True, scheme="light"))
    await ada.join("Ada")
    await bob.join("Bob")
    for person in (ada, bob, host, screen):
        await person.picture_plays()
