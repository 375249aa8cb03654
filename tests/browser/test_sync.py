"""Everybody sees and hears the same at the same time, and answers say which moment they were given to.

What pages show is read off their canvases in each animation frame (tests/watching.py). Show time and wall time are in ms. A machine
that is busy makes single frames late: so it is medians that are compared, over spans in which pages say that they are in step.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pytest
import pytest_asyncio
from bench._sync_show import Show, on_air
from people import Person, lead
from playwright.async_api import Browser, Page, async_playwright, expect
from services import CHROMIUM_FLAGS
from tabs import Tab
from watching import WATCHER, Floats, Sight, Span, in_step, lips, seen, shown, sight, watch

from oncue.api.lab import Lab, Path

pytestmark = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="module"),
]

RATE = 30
FRAME = 1000 / RATE
"""How long a frame of the picture stands, ms."""
STILL = 500
"""A picture that has not changed for so long (ms) may be about to stand still."""
USUAL, OTHER, LARGE = 1200, 1600, 4500
"""Delays that the host sets: the usual, another to slew to, and one that leaves time to join before a scene is to be seen."""
IN_STEP = """(delay) => {
  const { lane, delay: now, target } = window.oncue?.playout ?? {};
  return lane === "step" && target > 0 && Math.abs(now - target) < 1 && (!delay || Math.abs(target - delay) < 1);
}"""
POLL = {
    "format": "poll",
    "title": "Lunch",
    "settings": {"question": "What is for lunch?", "options": ["Pizza", "Soup"]},
}


def now() -> float:
    return time.time() * 1000


@dataclass
class Stage:
    """A show on the air, and who watches it: `near` with the sound on, `far` 150 ms away."""

    show: Show
    browser: Browser
    lab: Lab
    people: list[Person] = field(default_factory=list)

    @property
    def near(self) -> Page:
        return self.people[0].page

    @property
    def far(self) -> Page:
        return self.people[1].page

    async def come(self, path: Path | None = None) -> Page:
        """Somebody's page, behind such a network if one is given."""
        context = await self.browser.new_context(viewport={"width": 360, "height": 640})
        await watch(context)
        page = await context.new_page()
        self.people.append(Person(page))
        url = f"{self.show.node.url}/j/{self.show.code}"
        if path:
            pages, doors = urlsplit(url), await self.show.doors()
            network = await self.lab.viewer(
                path, tcp=[(pages.hostname, pages.port)], udp=[(pages.hostname, port) for port in doors]
            )
            await lead(page, network)
            url = network.over(url)
        await page.goto(url)
        return page

    async def act(self, action: dict[str, Any], where: str = "") -> int:
        """Something that the host does; gives its sequence in the log."""
        path = f"/api/shows/{self.show.id}{where}/actions"
        done = await self.show.http.post(path, json=action, headers=self.host)
        return done.raise_for_status().json()["seq"]

    async def turn(self) -> int:
        return await self.act({"type": "turn"}, "/segments/s1")

    async def dial(self, delay: int) -> None:
        """Sets the delay of all, and waits until both are there."""
        await self.act({"type": "dial", "fixed": delay * 1000})
        for page in (self.near, self.far):
            await page.wait_for_function(IN_STEP, arg=delay, timeout=60_000)

    @property
    def host(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.show.token}"}

    async def sights(self) -> list[Sight]:
        return [await sight(page) for page in (self.near, self.far)]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage(tmp_path_factory: pytest.TempPathFactory, chromium_path: str) -> AsyncIterator[Stage]:
    folder = tmp_path_factory.mktemp("sync")
    async with (
        on_air(folder / "oncue", f"test:320x180@{RATE}") as show,
        async_playwright() as driver,
        Lab() as lab,
    ):
        browser = await driver.chromium.launch(executable_path=chromium_path, args=list(CHROMIUM_FLAGS))
        stage = Stage(show, browser, lab)
        near = await stage.come(Path.of(10))
        await near.get_by_test_id("sound").click(timeout=60_000)
        far = await stage.come(Path.of(150))
        for page in (near, far):
            await page.wait_for_function("() => watching.changes.length > 5", timeout=60_000)
        yield stage
        await browser.close()
    assert not [line for person in stage.people for line in person.wrong]


@pytest_asyncio.fixture(loop_scope="module")
async def usual(stage: Stage) -> Stage:
    """All are at the usual delay."""
    await stage.dial(USUAL)
    return stage


async def until(look: Callable[[], Awaitable[Floats]], enough: int, seconds: float = 60) -> Floats:
    """Looks again and again until there is so much to be seen."""
    async with asyncio.timeout(seconds):
        while len(found := await look()) < enough:
            await asyncio.sleep(0.2)
    return found


def frames(shows: Floats) -> Floats:
    """Numbers of the frames with these show times."""
    return np.rint(shows / FRAME)


async def test_near_and_far_show_the_same_frame(stage: Stage) -> None:
    async def skew() -> Floats:
        near, far = await stage.sights()
        at = np.arange(near.changes[0, 0], near.changes[-1, 0], 10)
        at = at[in_step(near, at) & in_step(far, at)]
        apart = frames(shown(near.changes, at)) - frames(shown(far.changes, at))
        return apart[~np.isnan(apart)]

    apart = await until(skew, enough=300, seconds=120)
    assert np.median(abs(apart)) <= 1


async def test_a_scene_appears_with_its_frame(usual: Stage) -> None:
    begun = now()

    async def late() -> Floats:
        await usual.turn()
        await another(usual.near, 0.3)
        scenes = np.concatenate([Span(begun, np.inf).of(one.scenes) for one in await usual.sights()])
        return scenes[:, 3] - scenes[:, 2] / 1000

    assert np.nanmedian(abs(await until(late, enough=14))) <= FRAME


async def test_the_tick_is_with_the_lamp(usual: Stage) -> None:
    begun = now()

    async def heard() -> Floats:
        near = await sight(usual.near)
        return lips(near, Span(begun, near.changes[-1, 0]))

    # Sound may be 40 ms ahead of the picture or 60 ms behind it: EBU R 37.
    assert -40 <= np.median(await until(heard, enough=5)) <= 60


async def test_while_the_delay_changes_the_playhead_neither_jumps_nor_goes_back(usual: Stage) -> None:
    begun = now()
    await usual.dial(OTHER)
    await usual.dial(USUAL)
    span = Span(begun, now())
    for one in await usual.sights():
        changes, said = span.of(one.changes), span.of(one.said)
        assert np.diff(changes[:, 1]).min() > 0
        moved, passed = abs(np.diff(said[:, 1])), np.diff(said[:, 0])
        assert (moved - 0.2 * passed).max() <= 3 * FRAME
        # On the canvas too: a frame at a time it was on the way.
        glass = changes[:, 0] + usual.show.offset - changes[:, 1]
        quarter = (OTHER - USUAL) / 4
        way = glass[(glass > USUAL + quarter) & (glass < OTHER - quarter)]
        assert len(way) >= RATE / 2


async def test_a_tab_that_was_hidden_is_back_in_step_at_once(usual: Stage) -> None:
    window = await usual.browser.new_browser_cdp_session()
    other, tab = await Tab.open(window), await Tab.open(window)
    await tab.goto(f"{usual.show.node.url}/j/{usual.show.code}", WATCHER)
    await tab.until(f"window.watching?.changes.length > 5 && ({IN_STEP})({USUAL})")
    await tab.evaluate("""document.addEventListener("visibilitychange", () => {
        if (!document.hidden) window.back = [performance.timeOrigin + performance.now(), watching.frames, watching.changes.length];
    })""")

    await other.front()
    await tab.until("document.hidden")
    await another(usual.near, 0.5)
    drawn = await tab.evaluate("watching.frames")
    await another(usual.near, 3)
    assert await tab.evaluate("watching.frames") == drawn

    await tab.front()
    await tab.until(f"window.back && watching.changes.length > window.back[2] + {2 * RATE}")
    _, drawn_then, before = await tab.evaluate("window.back")
    own = seen(await tab.evaluate("watching")).changes[before:]
    near = (await sight(usual.near)).changes
    apart = abs(frames(own[:, 1]) - frames(shown(near, own[:, 0])))
    close = [np.median(apart[i : i + 10]) <= 1 for i in range(RATE + 1)]
    assert drawn_then == drawn
    assert any(close), apart
    assert apart.max() <= 2 * RATE  # nothing from before it was hidden flashes up
    await tab.close()
    await other.close()


async def another(page: Page, seconds: float) -> None:
    """Waits until the picture of this page has gone on by so much."""
    await page.wait_for_function(
        """(ms) => {
            const last = watching.changes.at(-1)[1];
            window.since ??= last;
            return last - window.since > ms && (window.since = undefined, true);
        }""",
        arg=seconds * 1000,
        timeout=60_000,
    )


async def test_who_comes_late_sees_the_scene_of_their_position_and_no_newer_one(usual: Stage) -> None:
    await usual.dial(LARGE)
    early = False
    while not early:  # a machine that is too busy for the delay begins again
        old = await usual.turn()
        await usual.near.wait_for_function(
            "(seq) => watching.scenes.at(-1)[1] === seq", arg=old, timeout=60_000
        )
        new = await usual.turn()
        ada = await usual.come()
        await ada.wait_for_function("(seq) => watching.scenes.at(-1)?.[1] === seq", arg=new, timeout=60_000)
        scenes = (await sight(ada)).scenes
        await ada.context.close()
        # Whoever comes gets no frame of before: until then they are where the pictures of the others are.
        positions, at = scenes[:, 0] + usual.show.offset - LARGE, scenes[:, 2] / 1000
        assert (positions >= at - FRAME).all()
        early = positions[0] < at[-1] - FRAME
    assert [int(seq) for seq in scenes[:, 1]] == [old, new]


async def test_an_answer_has_the_moment_that_was_on_the_canvas(usual: Stage) -> None:
    """While the picture moves: one that has stood still for a second is no position. Ends the segment that turns pages: the last test."""
    made = await usual.show.http.post(f"/api/shows/{usual.show.id}/segments", json=POLL, headers=usual.host)
    path = f"/segments/{made.raise_for_status().json()['id']}"
    start = f"/api/shows/{usual.show.id}{path}/start"
    (await usual.show.http.post(start, headers=usual.host)).raise_for_status()
    await usual.act({"type": "open"}, path)

    ada = usual.people[1]
    await ada.join("Ada")
    await ada.page.evaluate("""() => {
        window.presses = [];
        addEventListener("click", () => presses.push(performance.timeOrigin + performance.now()), true);
    }""")
    for option in (0, 1, 0, 1, 0):
        await another(ada.page, 0.3)
        await ada.see(f"option-{option}").click(timeout=60_000)
        await expect(ada.see("choice-state")).to_have_attribute("data-state", "sent", timeout=60_000)

    log = await usual.show.http.get(f"/api/shows/{usual.show.id}/log", headers=usual.host)
    lines = [json.loads(line) for line in log.text.splitlines()]
    positions = [line["position"] / 1000 for line in lines if line["type"] == "vote"]
    pressed = np.array(await ada.page.evaluate("presses"))
    changes = (await sight(ada.page)).changes
    moved = pressed - changes[np.searchsorted(changes[:, 0], pressed, "right") - 1, 0] < STILL
    assert len(positions) == len(pressed)
    assert moved.sum() >= 3
    assert (abs(np.array(positions) - shown(changes, pressed))[moved] <= 2 * FRAME).all()
