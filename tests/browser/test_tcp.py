"""Where UDP is blocked, picture, sound and scenes come by a WebSocket."""

import asyncio
from collections.abc import Awaitable, Callable

import httpx
import pytest
from patience import PATIENCE_S
from people import Person, ShowLinks
from playwright.async_api import expect

from oncue.api.lab import NETWORKS

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
Make = Callable[..., Awaitable[ShowLinks]]
Come = Callable[..., Awaitable[Person]]

SOON = 60_000
"""ms; what goes over a bad network and through the log, on a busy machine."""


FIRST_FRAME = """() => {
  const own = window.WebTransport;
  window.WebTransport = class extends own {
    constructor(...all) { super(...all); window.asked ??= performance.now(); }
  };
  const look = () => {
    if (window.oncue?.frames?.() > 0) window.took = Math.round(performance.now() - window.asked);
    else requestAnimationFrame(look);
  };
  look();
}"""
"""Times the first frame, from the moment at which the page tries to connect."""


async def door(person: Person, wanted: str) -> None:
    """Returns once the page's picture comes this way."""
    await person.page.wait_for_function("(door) => window.oncue.door === door", arg=wanted, timeout=SOON)


async def test_behind_a_firewall_without_udp_people_see_answer_and_are_in_step(
    running, show, host, on
) -> None:
    ada, network = await on("Ada", NETWORKS["office"])
    await ada.picture_plays()
    await door(ada, "tcp")
    await door(host, "moq")
    await host.press_primary("Start: Lunch")
    await host.press_primary("Open the vote")
    await ada.see("option-1").click(timeout=SOON)
    await expect(ada.see("choice-state")).to_have_attribute("data-state", "sent", timeout=SOON)
    assert (await network.traffic()).up.lost > 0
    async with httpx.AsyncClient(
        base_url=running.url, headers={"Authorization": f"Bearer {running.key}"}
    ) as http:
        results = (await http.get(f"/api/shows/{show.id}/segments/s1/results")).json()
    sheet = next(sheet for sheet in results["sheets"] if sheet["name"] == "result")
    assert [row[sheet["columns"].index("votes")] for row in sheet["rows"]] == [0, 1]
    await ada.page.wait_for_function("() => window.oncue.delay() > 0", timeout=SOON)
    await host.page.wait_for_function(
        "() => (window.oncue.store.desk?.playout?.doors ?? {}).tcp === 1", timeout=SOON
    )


async def test_scenes_come_by_the_picture_s_door_and_not_by_the_link(show, host, on) -> None:
    ada, _ = await on("Ada", NETWORKS["office"])
    await ada.picture_plays()
    await door(ada, "tcp")
    await ada.page.evaluate(
        "() => { window.heard = []; const own = window.oncue.store.relayed.bind(window.oncue.store);"
        " window.oncue.store.relayed = (scene) => { if (scene) window.heard.push(scene.seq); own(scene); }; }"
    )
    await host.press_primary("Start: Lunch")
    await ada.reads("scene-heading", "What is for lunch?")
    assert await ada.page.evaluate("() => window.heard.length") > 0


async def test_the_first_frame_comes_soon_after_the_page_asks_for_it(host, on) -> None:
    ada, _ = await on("Ada", NETWORKS["office"])
    await ada.picture_plays()
    await ada.page.add_init_script(f"({FIRST_FRAME})()")
    took = []
    for _ in range(3):
        await ada.page.reload()
        await ada.page.wait_for_function("() => window.oncue && window.oncue.frames() > 0", timeout=SOON)
        took.append(await ada.page.evaluate("() => window.took"))
    print("first frame (ms after the page has asked for a connection):", took)
    assert min(took) < 2_500


async def test_when_udp_gets_through_again_the_page_goes_over(host, on) -> None:
    ada, network = await on("Ada", NETWORKS["office"])
    await ada.picture_plays()
    await door(ada, "tcp")
    await network.change(NETWORKS["fibre"])
    await ada.page.evaluate("() => window.dispatchEvent(new Event('online'))")
    await door(ada, "moq")
    await ada.picture_plays()


async def test_a_guest_behind_the_firewall_goes_on_stage_by_the_same_door(running, show, host, on) -> None:
    guest, _ = await on("Grace", NETWORKS["office"])
    await guest.picture_plays()
    await door(guest, "tcp")
    bearer = {"Authorization": f"Bearer {running.key}"}
    async with httpx.AsyncClient(base_url=running.url, headers=bearer, timeout=PATIENCE_S) as http:

        async def does(what: str, viewer: int | str = "", body: dict | None = None) -> None:
            path = f"/api/shows/{show.id}/stage/{viewer}/{what}".replace("//", "/")
            async with asyncio.timeout(PATIENCE_S):
                while (
                    answer := await http.request("POST" if viewer else "PUT", path, json=body)
                ).status_code == 409:
                    await asyncio.sleep(0.1)
            assert answer.status_code < 300, answer.text

        await does("rules", body={"hands": True, "seats": 6})
        await guest.see("hand").click(timeout=SOON)
        await guest.see("topic").fill("No UDP here")
        await guest.see("raise").click()
        viewer = await guest.page.evaluate("() => window.oncue.store.session.viewer")
        await does("invite", viewer)
        await guest.see("accept").click(timeout=SOON)
        await expect(guest.see("ready")).to_have_attribute("data-passed", "true", timeout=60_000)
        await guest.see("ready").click()
        await expect(guest.see("green")).to_be_visible(timeout=SOON)
        await guest.page.evaluate(
            "() => { window.session = window.oncue.store.picture.connection.established.peek(); }"
        )
        await does("live", viewer)
        await expect(guest.see("live")).to_be_visible(timeout=SOON)
        stage = (await http.get(f"/api/shows/{show.id}/stage")).json()
        seat = next(one["seat"] for one in stage["guests"] if one["viewer"] == viewer)
    await host.page.wait_for_function(
        "(seat) => (window.oncue.store.picture?.seats().find((one) => one.seat === seat)?.frames ?? 0) > 20",
        arg=seat,
        timeout=60_000,
    )
    assert await guest.page.evaluate("() => window.oncue.door") == "tcp"
    same = "() => window.session === window.oncue.store.picture.connection.established.peek()"
    assert await guest.page.evaluate(same)
