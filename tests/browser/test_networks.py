"""People on bad networks play along: delay and loss, a network that is gone for a while, a firewall without UDP."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path as File

import httpx
import pytest
from patience import PATIENCE_S
from people import Person, ShowLinks, doors
from playwright.async_api import BrowserType, Page, async_playwright, expect
from services import CHROMIUM_FLAGS

from oncue.api.lab import NETWORKS, Lab, Path, Viewer
from oncue.api.lab.namespaces import check
from oncue.api.serve import Node
from oncue.engine.errors import Unavailable

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
Make = Callable[..., Awaitable[ShowLinks]]
Come = Callable[..., Awaitable[Person]]

SOON = 60_000
"""ms; what goes over a bad network and through the log, on a busy machine."""
FAR = Path.of(120, jitter_ms=20, loss=0.01)


async def votes(running: Node, show: ShowLinks) -> list[int]:
    """What counts, by option."""
    async with httpx.AsyncClient(
        base_url=running.url, headers={"Authorization": f"Bearer {running.key}"}
    ) as http:
        results = (await http.get(f"/api/shows/{show.id}/segments/s1/results")).json()
    sheet = next(sheet for sheet in results["sheets"] if sheet["name"] == "result")
    column = sheet["columns"].index("votes")
    return [row[column] for row in sheet["rows"]]


async def voted(running: Node, show: ShowLinks, wanted: list[int]) -> None:
    """Returns once this counts: a receipt may come before it is counted."""
    async with asyncio.timeout(PATIENCE_S):
        while await votes(running, show) != wanted:
            await asyncio.sleep(0.05)


async def open_the_vote(host: Person) -> None:
    await host.press_primary("Start: Lunch")
    await host.press_primary("Open the vote")


async def choose(person: Person, option: int) -> None:
    await person.reads("scene-heading", "What is for lunch?")
    await person.see(f"option-{option}").click(timeout=SOON)


async def counted(person: Person) -> None:
    """Waits until the page has the receipt."""
    await expect(person.see("choice-state")).to_have_attribute("data-state", "sent", timeout=SOON)


async def test_a_far_and_a_near_phone_play_a_poll(running, show, host, on) -> None:
    (ada, far), (bob, near) = await on("Ada", FAR), await on("Bob", Path.of(10))
    for person in (ada, bob):
        await person.picture_plays()
    await open_the_vote(host)
    await choose(ada, 0)
    await choose(bob, 1)
    for person in (ada, bob):
        await counted(person)
    await voted(running, show, [1, 1])
    async with asyncio.timeout(PATIENCE_S):
        while not (await far.traffic()).down.lost:  # one of a hundred is
            await asyncio.sleep(0.05)
    slow, quick = await far.traffic(), await near.traffic()
    assert slow.down.delay_least_ms >= 99.9 > 30 > quick.down.delay_least_ms >= 9.9
    assert slow.down.lost > 0 == quick.down.lost


async def test_an_answer_pressed_without_a_network_counts_once_when_it_is_back(
    running, show, host, on
) -> None:
    ada, network = await on("Ada", Path.of(20))
    await ada.picture_plays()
    await open_the_vote(host)
    button = ada.page.get_by_role("button").and_(ada.see("option-1"))
    await expect(button).to_be_visible(timeout=SOON)
    await network.cut()
    begun = await host.time_code()
    await choose(ada, 1)
    while await host.time_code() < begun + 3000:
        await asyncio.sleep(0.1)
    assert await votes(running, show) == [0, 0]
    await network.mend()
    await counted(ada)
    await voted(running, show, [0, 1])
    await ada.picture_plays()
    await choose(ada, 0)
    await expect(host.see("desk")).to_contain_text("1", timeout=SOON)
    await counted(ada)
    assert sum(await votes(running, show)) == 1


async def test_behind_a_firewall_without_udp_people_play_along(running, show, host, on) -> None:
    ada, network = await on("Ada", NETWORKS["office"])
    await open_the_vote(host)
    await choose(ada, 1)
    await counted(ada)
    await voted(running, show, [0, 1])
    assert (await network.traffic()).down.packets > 0
    await ada.picture_plays()


async def test_a_browser_in_a_namespace_sees_the_picture_over_its_network(
    running, show, host, chromium_path, tmp_path
) -> None:
    try:
        check()
    except Unavailable as error:
        pytest.skip(f"{error.message} [{error.code}]")
    async with Lab(namespaces=True) as lab, async_playwright() as driver:
        tcp, udp = await doors(running.url, show)
        network = await lab.viewer(FAR, tcp=tcp, udp=udp)
        page = await inside(driver.chromium, network, chromium_path, tmp_path)
        ada = Person(page)
        await ada.open(show.join_url)
        await ada.join("Ada")
        await ada.picture_plays()
        await open_the_vote(host)
        await choose(ada, 1)
        await counted(ada)
        await voted(running, show, [0, 1])
        traffic = await network.traffic()
        assert traffic.down.delay_least_ms >= 99.9
        assert traffic.down.lost > 0
        await page.context.browser.close()


async def inside(chromium: BrowserType, network: Viewer, path: str, folder: File) -> Page:
    """A page of a browser that runs in the viewer's namespace; Playwright speaks to it over pipes."""
    wrapper = folder / "chromium"
    wrapper.write_text(f'#!/bin/sh\nexec {" ".join(network.command([path]))} "$@"\n')
    wrapper.chmod(0o755)
    browser = await chromium.launch(executable_path=wrapper, args=list(CHROMIUM_FLAGS))
    return await browser.new_page(viewport={"width": 390, "height": 844})
