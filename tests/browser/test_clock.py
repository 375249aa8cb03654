"""A page's clock in a real browser, over a network that loses packets."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

import httpx
import pytest
from people import Person, ShowLinks
from playwright.async_api import Route

from oncue.api.lab import Lab, Path, Viewer
from oncue.api.serve import Node
from oncue.engine.live import ShowClock

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
Make = Callable[..., Awaitable[ShowLinks]]
Come = Callable[..., Awaitable[Person]]

POLL = {
    "format": "poll",
    "title": "Lunch",
    "settings": {"question": "What is for lunch?", "options": ["Pizza", "Soup"]},
}


async def over(lab: Lab, path: Path, ada: Person, show: ShowLinks) -> Viewer:
    """Opens the show's page over a network: the page, its link and its clock pings; the picture comes straight."""
    page = urlsplit(show.join_url)
    async with httpx.AsyncClient() as http:
        joined = (await http.post(f"http://{page.netloc}/api/join", json={"code": show.code})).json()
    clock = urlsplit(joined["clock"]["url"])
    phone = await lab.viewer(path, tcp=[(page.hostname, page.port)], udp=[(clock.hostname, clock.port)])

    async def joins(route: Route) -> None:
        """Where clock pings go is in the answer."""
        answer = await route.fetch()
        joined = await answer.json()
        joined["clock"]["url"] = phone.over(joined["clock"]["url"], "udp")
        await route.fulfill(response=answer, body=json.dumps(joined))

    await ada.page.route("**/api/join", joins)
    await ada.open(phone.over(show.join_url))
    await ada.page.wait_for_function("() => window.oncue?.clock.error > 0", timeout=60_000)
    return phone


async def off_ms(ada: Person) -> float:
    """How far the page's show time is from this host's; a call into the page takes a moment, of which the least counts."""
    clock = ShowClock()
    tries = []
    for _ in range(10):
        began = clock.now()
        shown = await ada.page.evaluate("() => window.oncue.store.clock.now()")
        tries.append((clock.now() - began, shown - (began + clock.now()) / 2))
    return min(tries)[1] / 1000


async def test_clock_pings_go_by_datagram_while_the_link_loses_packets_and_stop_when_it_is_calm(
    make: Make, come: Come, lab: Lab, running: Node
) -> None:
    show, ada = await make(POLL), await come("about:blank", phone=True)
    phone = await over(lab, Path.of(20, 2, loss=0.15), ada, show)
    await ada.page.wait_for_function("() => window.oncue.store.datagrams.heard >= 5", timeout=60_000)
    assert (await phone.traffic()).up.lost > 0
    assert abs(await off_ms(ada)) < 8
    await phone.change(Path.of(20, 2))
    await ada.page.evaluate("() => setInterval(() => window.oncue.store.nudge(), 1000)")
    await ada.page.wait_for_function("() => !window.oncue.store.datagrams.open", timeout=60_000)
    assert abs(await off_ms(ada)) < 8


async def test_jitter_is_not_taken_for_loss_and_the_clock_is_right_all_the_same(
    make: Make, come: Come, lab: Lab, running: Node
) -> None:
    show, ada = await make(POLL), await come("about:blank", phone=True)
    phone = await over(lab, Path.of(40, 20), ada, show)
    await ada.page.wait_for_function("() => window.oncue.store.clock.pause > 1e6", timeout=60_000)
    assert abs(await off_ms(ada)) < 8
    assert not await ada.page.evaluate("() => window.oncue.store.datagrams.open")
    await phone.change(Path.of(10))
    await ada.page.evaluate("() => navigator.connection.dispatchEvent(new Event('change'))")
    await ada.page.wait_for_function("() => window.oncue.clock.error < 16000", timeout=60_000)
    assert abs(await off_ms(ada)) < 6


async def test_a_wall_clock_that_is_set_back_an_hour_moves_nothing(make: Make, come: Come) -> None:
    show, ada = await make(POLL), await come("about:blank", phone=True)
    await ada.open(show.join_url)
    await ada.page.wait_for_function("() => window.oncue?.store.clock.pause > 1e6")
    before = await ada.page.evaluate("() => window.oncue.clock.offset")
    await ada.page.evaluate("""() => {
        const now = Date.now;
        window.hurried = 0;
        setInterval(() => { window.hurried += window.oncue.store.clock.pause < 1e6; }, 20);
        Date.now = () => now() - 3_600_000;
    }""")
    # The page finds that its clocks are apart, and asks again.
    await ada.page.wait_for_function("() => window.hurried > 0", timeout=60_000)
    await ada.page.wait_for_function("() => window.oncue.store.clock.pause > 1e6")
    assert abs(await ada.page.evaluate("() => window.oncue.clock.offset") - before) < 5_000
    assert abs(await off_ms(ada)) < 5
