"""Web components of formats in real browsers: loaded, played with, and what becomes of those that fail."""

from collections.abc import Awaitable, Callable

import httpx
import pytest
from people import Person, ShowLinks
from playwright.async_api import expect

from oncue.api.serve import Node

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
Make = Callable[..., Awaitable[ShowLinks]]
Come = Callable[..., Awaitable[Person]]


async def test_a_component_is_played_with_on_a_phone_and_turns_on_the_big_screen(
    make: Make, come: Come
) -> None:
    show = await make({"format": "wheel"})
    host, ada, screen = (
        await come(show.host_url),
        await come(show.join_url, phone=True),
        await come(show.screen_url),
    )
    await ada.join("Ada")
    await host.press_primary("Start: Wheel of fortune")
    for person in (ada, screen, host):
        await expect(person.see("custom").first).to_have_attribute("data-state", "ready", timeout=60_000)
    await expect(screen.page.get_by_role("button", name="Bell")).to_have_count(0)

    bell = ada.page.get_by_role("button", name="Bell")
    await bell.focus()
    await ada.page.keyboard.press("Space")
    await expect(ada.see("choice-state")).to_have_attribute("data-state", "sent", timeout=60_000)
    await expect(bell).to_have_attribute("aria-pressed", "true")
    await expect(screen.see("stat").first).to_contain_text("1", timeout=60_000)
    await ada.shoot("phone-wheel")

    await host.press_primary("Turn the wheel")
    await expect(bell).to_be_hidden(timeout=60_000)
    await screen.shoot("screen-wheel")
    for person in (ada, screen):
        await expect(person.page.locator(".sector.won")).to_have_count(1, timeout=60_000)
        await person.reads("scene-heading", "It is ")
    heading = await screen.see("scene-heading").inner_text()
    assert await ada.page.locator(".sector.won text").text_content() == heading.removeprefix("It is ")


async def test_components_that_fail_leave_words_and_a_page_that_works(make: Make, come: Come) -> None:
    show = await make({"format": "broken"})
    host, ada = await come(show.host_url), await come(show.join_url, phone=True)
    await ada.join("Ada")
    await host.press_primary("Start")
    boxes = ada.page.locator("oq-audience").get_by_test_id("custom")
    await expect(boxes).to_have_count(6, timeout=60_000)
    for name in ("Made", "Placed", "Drawn", "NotThere", "NoElement"):
        await expect(ada.page.get_by_text(f"{name} in words")).to_be_visible(timeout=60_000)
    await expect(ada.page.get_by_text("all is well")).to_be_visible()

    await ada.page.get_by_role("button", name="Press").click()
    await ada.reads("scene-heading", "1 presses")
    await expect(ada.page.get_by_text("Turns in words")).to_be_visible(timeout=60_000)


async def test_a_component_is_served_for_ever_by_its_hash_and_nothing_else_is(
    make: Make, running: Node
) -> None:
    async with httpx.AsyncClient(base_url=running.url) as http:
        found = await http.get("/formats/wheel/0/05_wheel.js")
        assert (found.status_code, found.headers["cache-control"]) == (307, "no-store")
        served = await http.get(found.headers["location"])
        assert served.headers["content-type"].startswith("text/javascript")
        assert served.headers["x-content-type-options"] == "nosniff"
        assert "immutable" in served.headers["cache-control"]
        again = await http.get(found.headers["location"], headers={"If-None-Match": served.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
        folder = found.headers["location"].rpartition("/")[0]
        for path in (
            "05_custom_component.py",
            "../../../etc/passwd",
            "..%2f05_custom_component.py",
            "%2e%2e/README.md",
            "",
        ):
            refused = await http.get(f"{folder}/{path}")
            assert refused.status_code == 404, path
            assert refused.json()["code"] in ("http/not-found", "format/no-component")
        for name in ("poll", "nobody", "..", "wheel@9"):
            refused = await http.get(f"/formats/{name}/0/05_wheel.js")
            assert refused.status_code in (404, 307), name
        assert (await http.get("/formats/poll/0/x.js")).json()["code"] == "format/no-component"
