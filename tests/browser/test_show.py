"""A host and an audience with real browsers play a show over a live picture."""

import asyncio
import re
from collections.abc import Awaitable, Callable

import pytest
from people import Person, ShowLinks, compose
from playwright.async_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
Make = Callable[..., Awaitable[ShowLinks]]
Come = Callable[..., Awaitable[Person]]

FIRST = {
    "kind": "choice",
    "text": "Which planet is the largest?",
    "options": ["Mars", "Jupiter", "Venus"],
    "right": 1,
    "seconds": 60,
}
SECOND = {"kind": "true-false", "text": "A hexagon has six sides.", "right": True, "seconds": 60}
TRIVIA = {"format": "trivia", "title": "Round one", "settings": {"questions": [FIRST, SECOND]}}
POLL = {
    "format": "poll",
    "title": "Lunch",
    "settings": {"question": "What is for lunch?", "options": ["Pizza", "Soup"]},
}


async def leaderboard(person: Person) -> list[tuple[str, str]]:
    """Names and scores, best first, once it is shown."""
    await expect(person.see("leaderboard-name").first).to_be_visible(timeout=60_000)
    names = [
        name.split()[0] for name in await person.see("leaderboard-name").all_inner_texts()
    ]  # without "you"
    scores = await person.see("leaderboard-score").all_inner_texts()
    return list(zip(names, ["".join(filter(str.isdigit, score)) for score in scores], strict=True))


async def everybody_reads(people: list[Person], text: str) -> None:
    await asyncio.gather(*(person.reads("scene-heading", text) for person in people))


async def test_a_host_plays_a_round_with_two_phones_one_of_which_reloads(make: Make, come: Come) -> None:
    show = await make(TRIVIA)
    host, screen = await come(show.host_url), await come(show.screen_url)
    ada, bob = await come(show.join_url, phone=True), await come(show.join_url, phone=True, scheme="light")
    await ada.join("Ada")
    await bob.join("Bob")
    for person in (host, screen, ada, bob):
        await person.picture_plays()

    await host.press_primary("Start: Round one")
    await host.press_primary("Next question")
    await everybody_reads([ada, bob, screen], "Which planet is the largest?")
    await ada.see("option-1").click()
    await bob.see("option-0").click()
    await expect(host.see("desk")).to_contain_text("2")
    await ada.shoot("phone-question")
    await host.press_primary("Lock")
    await host.press_primary("Reveal")
    await expect(ada.see("score").first).to_contain_text(re.compile("[5-9]\\d\\d|1.?000"), timeout=60_000)
    score = await ada.see("score").first.inner_text()

    await host.press_primary("Leaderboard")
    boards = await asyncio.gather(*(leaderboard(person) for person in (ada, bob, screen)))
    assert boards[0] == boards[1] == boards[2]
    assert [name for name, _ in boards[0]] == ["Ada", "Bob"]

    await host.press_primary("Next question")
    await everybody_reads([ada, bob, screen], "A hexagon has six sides.")
    await ada.page.reload()
    await ada.reads("scene-heading", "A hexagon has six sides.")
    assert await ada.see("score").first.inner_text() == score
    await expect(ada.see("join-name")).to_have_count(0)
    await ada.picture_plays()
    await ada.see("option-0").click()
    await bob.see("option-0").click()
    await host.shoot("host-question")
    await screen.shoot("screen-question")
    await host.press_primary("Lock")
    await host.press_primary("Reveal")
    await host.press_primary("Podium")
    boards = await asyncio.gather(*(leaderboard(person) for person in (ada, bob, screen)))
    assert boards[0] == boards[1] == boards[2]
    assert [name for name, _ in boards[0]] == ["Ada", "Bob"]
    assert all(int(score) > 0 for _, score in boards[0])
    for person in (host, screen, ada, bob):
        await person.picture_plays()
    await screen.shoot("screen-podium")
    await compose(
        (await come("about:blank")).page, "show", "phone-question", "host-question", "screen-question"
    )


async def test_a_poll_by_keyboard_alone_and_a_second_device_that_watches(make: Make, come: Come) -> None:
    show = await make(POLL)
    host, ada = await come(show.host_url), await come(show.join_url, phone=True)
    overlay = await come(show.overlay_url)
    await ada.join("Ada")
    await host.press_primary("Start: Lunch")
    await host.press_primary("Open the vote")
    await everybody_reads([ada, overlay], "What is for lunch?")
    await ada.see("option-1").focus()
    await ada.page.keyboard.press("Space")
    await expect(host.see("desk")).to_contain_text("1", timeout=60_000)
    await overlay.shoot("overlay-poll")
    background = await overlay.page.evaluate("() => getComputedStyle(document.body).backgroundColor")
    assert background == "rgba(0, 0, 0, 0)"
    assert await overlay.page.locator("[data-testid^=option-] button:visible").count() == 0


async def test_a_taken_name_is_refused_with_words_and_another_one_is_taken(make: Make, come: Come) -> None:
    show = await make(POLL)
    ada, other = await come(show.join_url, phone=True), await come(show.join_url, phone=True)
    await ada.join("Ada")
    await other.see("join-name").fill("ADA")
    await other.see("join-go").click()
    await other.reads("join-why", "called ADA already")
    await other.join("Ada B.")


async def test_an_unknown_code_is_said_in_words(running, come: Come) -> None:
    lost = await come(f"{running.url}/j/ZZZZZZ", phone=True)
    await expect(lost.page.get_by_text("no show", exact=False).first).to_be_visible(timeout=60_000)


async def test_somebody_who_is_banned_is_told_and_stays_out(make: Make, come: Come) -> None:
    show = await make(POLL)
    host, troll = await come(show.host_url), await come(show.join_url, phone=True)
    await troll.join("Troll")
    await host.see("person").get_by_role("button").click()
    await host.see("ban").click()
    await host.see("confirm-yes").click()
    await expect(troll.see("over-why")).to_be_visible(timeout=60_000)
    await troll.page.reload()
    await expect(troll.see("over-why")).to_be_visible(timeout=60_000)


async def test_secrets_never_reach_a_browser_before_they_may_be_seen(make: Make, come: Come) -> None:
    secret = {"kind": "text", "text": "Name the river.", "right": ["Zambezi-7341"], "seconds": 60}
    show = await make({"format": "trivia", "settings": {"questions": [secret]}})
    host, ada = await come(show.host_url), await come("about:blank", phone=True)
    heard: list[str] = []
    ada.page.on("websocket", lambda socket: socket.on("framereceived", lambda data: heard.append(str(data))))
    ada.page.on("response", lambda response: heard.append(response.url))
    await ada.open(show.join_url)
    await ada.join("Ada")
    await host.press_primary("Start")
    await host.press_primary("Next question")
    await ada.reads("scene-heading", "Name the river.")
    assert not [frame for frame in heard if "Zambezi" in frame]
    assert "Zambezi" not in await ada.page.content()
    assert "Zambezi" not in await ada.page.evaluate("() => JSON.stringify(window.oncue)")
