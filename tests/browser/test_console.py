"""The host's view of the clock, and rulings after the fact, with real browsers."""

import re
from collections.abc import Awaitable, Callable

import pytest
from people import Person, ShowLinks
from playwright.async_api import Locator, expect

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
Make = Callable[..., Awaitable[ShowLinks]]
Come = Callable[..., Awaitable[Person]]

SOON = 60_000
"""ms; what goes through the log and comes back, on a busy machine."""
QUESTIONS = [
    {
        "kind": "choice",
        "text": "Which planet is the largest?",
        "options": ["Mars", "Jupiter", "Venus"],
        "right": 1,
        "seconds": 60,
    },
    {"kind": "true-false", "text": "A hexagon has six sides.", "right": True, "seconds": 60},
]
TRIVIA = {
    "format": "trivia",
    "title": "Round one",
    "settings": {"questions": QUESTIONS, "scoring": "accuracy"},
}


def score(person: Person) -> Locator:
    return person.see("score").first


async def answered(host: Person, *choices: tuple[Person, int]) -> None:
    """Asks the next question, has everybody choose, and reveals the answer."""
    await host.press_primary("Next question")
    for person, option in choices:
        await person.see(f"option-{option}").click(timeout=SOON)
        await expect(person.see("choice-state")).to_have_attribute("data-state", "sent", timeout=SOON)
    await host.press_primary("Lock")
    await host.press_primary("Reveal")


async def rules(host: Person, ruling: str, why: str) -> None:
    """Rules on the first round, by keyboard alone from the button on."""
    await host.see("rule-s1-1").focus()
    await host.page.keyboard.press("Enter")
    dialog = host.page.get_by_role("dialog", name="Rule on this round")
    await expect(dialog).to_be_visible()
    await dialog.get_by_role("radio", name=ruling, exact=True).focus()
    await host.page.keyboard.press("Space")
    await host.page.keyboard.press("Tab")
    await host.page.keyboard.type(why)
    await host.page.keyboard.press("Tab")
    await host.page.keyboard.press("Tab")
    await host.page.keyboard.press("Enter")
    await expect(host.see("ruling-dialog")).to_be_hidden(timeout=SOON)
    await expect(host.see("ruling").first).to_contain_text(why)


async def test_a_ruling_after_the_reveal_changes_everybodys_scores(make: Make, come: Come) -> None:
    show = await make(TRIVIA, picture="")
    host = await come(show.host_url)
    ada, bo = await come(show.join_url, phone=True), await come(show.join_url, phone=True, scheme="light")
    await ada.join("Ada")
    await bo.join("Bo")
    await host.press_primary("Start: Round one")
    await expect(host.see("rounds")).to_contain_text("Nothing has been judged yet.")
    await answered(host, (ada, 1), (bo, 0))
    await expect(score(ada)).to_contain_text("1000", timeout=SOON)
    await expect(host.see("round-s1-1")).to_contain_text(
        re.compile("2 answers, .*judged .*Ada"), timeout=SOON
    )

    await rules(host, "Right: Mars", "It was about the smallest.")
    await expect(score(bo)).to_contain_text("1000", timeout=SOON)
    await expect(score(ada)).not_to_contain_text("1000", timeout=SOON)

    await rules(host, "Does not count", "The picture froze.")
    await expect(score(bo)).not_to_contain_text("1000", timeout=SOON)
    await host.reads("round-s1-1", "does not count")
    await expect(host.see("ruling")).to_have_count(2)
    for phone in (ada, bo):
        await phone.reads("scene", "does not count")
    await ada.shoot("phone-void")
    await host.shoot("host-ruling")

    await host.press_primary("Leaderboard")
    await answered(host, (ada, 0), (bo, 1))
    await expect(score(ada)).to_contain_text("1000", timeout=SOON)


async def test_the_answers_of_a_round_can_be_saved_as_a_table(make: Make, come: Come) -> None:
    show = await make(TRIVIA, picture="")
    host, ada = await come(show.host_url), await come(show.join_url, phone=True)
    await ada.join("Ada")
    await host.press_primary("Start: Round one")
    await answered(host, (ada, 1))
    await host.see("round-s1-1").get_by_role("button", expanded=False).first.click()
    async with host.page.expect_download() as saving:
        await host.see("csv").click()
    download = await saving.value
    assert download.suggested_filename.endswith(".csv")
    lines = (await download.path()).read_text().splitlines()
    assert lines[0].startswith("viewer,name,right")
    assert "Ada" in lines[1]


async def test_the_dial_moves_the_picture_but_not_while_a_question_is_open(make: Make, come: Come) -> None:
    show = await make(TRIVIA, picture="test:320x180@15")
    host, ada = await come(show.host_url), await come(show.join_url, phone=True)
    await ada.join("Ada")
    await ada.picture_plays()
    await host.see("dial").locator("summary").first.click()
    slider = host.page.get_by_role("slider", name="From fast to together")
    await expect(slider).to_have_attribute("aria-valuetext", "95 of 100 in step", timeout=SOON)
    await slider.focus()
    await host.page.keyboard.press("End")
    await expect(slider).to_have_attribute("aria-valuetext", "Everybody in step")
    await host.see("dial-fixed").check()
    await host.see("dial-ms").fill("900")
    await host.page.keyboard.press("Enter")
    await expect(host.see("dial-target")).to_have_text(re.compile(r"0\.90\ss"), timeout=SOON)
    await expect(host.see("dial-in_step")).not_to_have_text("0", timeout=SOON)

    await host.press_primary("Start: Round one")
    await host.press_primary("Next question")
    await ada.reads("scene-heading", "Which planet is the largest?")
    await host.see("dial-ms").fill("1400")
    await host.page.keyboard.press("Enter")
    await host.reads("dial-note", "Waits until this question is judged.")
    await host.shoot("host-dial")
    await expect(host.see("dial-target")).to_have_text(re.compile(r"0\.90\ss"))
    await host.press_primary("Lock")
    await host.press_primary("Reveal")
    await expect(host.see("dial-target")).to_have_text(re.compile(r"1\.40\ss"), timeout=SOON)
