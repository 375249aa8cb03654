"""Several people on stage, as a viewer sees and hears them: read from the pixels of each tile (tests/watching.js).

Without a node (tests/theatre.py), so that each scene and each source comes at a moment that the test knows. Show time and wall time are
the same clock here, in ms.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import AsyncIterator

import numpy as np
import pytest
import pytest_asyncio
from actors import Actor
from playwright.async_api import Browser
from theatre import PROGRAMME, Theatre, Visitor, now, theatre
from watching import CARD, NONE, Floats, shown, sight

from oncue.engine.wire import MyStage, ProgrammeInfo, SeatInfo, StageInfo
from oncue.media import Picture, TestCard

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

RATE = 15
FRAME = 1000 / RATE
DELAY = 800
"""That all have, ms."""
MUCH = 500
"""What a tile may stand on a machine that is busy with other things, ms."""


def card() -> TestCard:
    return TestCard(Picture(320, 180, RATE))


def wall() -> float:
    return time.time() * 1000


@pytest_asyncio.fixture(loop_scope="session")
async def house(browser: Browser) -> AsyncIterator[Theatre]:
    """The programme plays."""
    async with theatre(browser, DELAY * 1000) as house:
        since = house.play(PROGRAMME, card())
        house.scene(StageInfo(seats=(SeatInfo(PROGRAMME, since=since),)), since)
        yield house


@pytest_asyncio.fixture(loop_scope="session")
async def viewer(house: Theatre) -> Visitor:
    """Somebody who sees it, at the delay of all."""
    return await settled(await house.come())


async def settled(viewer: Visitor) -> Visitor:
    await viewer.until(
        """(delay) => {
            const { lane, delay: now } = window.oncue?.playout ?? {};
            return lane === "step" && Math.abs(now - delay) < 1 && watching.changes.length > 30;
        }""",
        DELAY,
    )
    return viewer


def live(house: Theatre, seat: str, viewer: int, name: str) -> int:
    """Puts somebody on stage; gives since when, µs."""
    since = house.play(seat, card())
    house.scene(
        StageInfo(seats=(*house.stage.seats, SeatInfo(seat, viewer, name, since)), programme=ON), since
    )
    return since


ON = ProgrammeInfo("test")


async def off(house: Theatre, seat: str, cut: bool = False) -> int:
    """Takes them off; gives until when, µs."""
    until = now()
    seats = tuple(info for info in house.stage.seats if info.seat != seat)
    house.scene(StageInfo(seats=seats, cut=(seat,) if cut else (), programme=ON), until)
    await house.stop(seat)
    return until


async def plays(viewer: Visitor, seat: str, frames: int = 20) -> None:
    await viewer.until(
        """([seat, frames]) => (watching.seats[seat] ?? []).filter(([, code]) => code >= 0).length > frames""",
        [seat, frames],
    )


async def gone(viewer: Visitor, seat: str) -> float:
    """When its tile went, by the wall."""
    await viewer.until("(seat) => watching.seats[seat].at(-1)[1] === -3", seat)
    rows = (await sight(viewer.page)).seats[seat]
    return float(rows[-1, 0])


def frames(rows: Floats) -> Floats:
    """Those rows of a tile at which it showed another frame."""
    return rows[rows[:, 1] >= 0]


async def test_a_guest_comes_with_the_scene_and_goes_with_it_and_all_play_on(
    house: Theatre, viewer: Visitor
) -> None:
    begun = wall()
    since = live(house, "g1", 7, "Grace Hopper") / 1000
    came = house._seq
    await plays(viewer, "g1", 30)
    until = await off(house, "g1") / 1000
    went = house._seq
    over = await gone(viewer, "g1")

    seen = await sight(viewer.page)
    guest, programme = seen.seats["g1"], seen.seats[PROGRAMME]
    scenes = {int(seq): at for at, seq, *_ in seen.scenes}
    # Comes: never without a picture, with the frame of its scene or the first one after it.
    assert NONE not in guest[:, 1]
    assert CARD not in guest[:, 1]
    due = max(scenes[came], guest[0, 1] + DELAY)
    assert guest[0, 0] >= scenes[came] - 20
    assert abs(guest[0, 0] - due) <= MUCH
    assert guest[0, 1] >= since
    assert guest[0, 0] - since >= DELAY - 2 * FRAME
    # Goes: with the scene, after what was captured before that.
    assert abs(over - scenes[went]) <= 2 * FRAME
    assert until - frames(guest)[-1, 1] <= MUCH
    # In step, and nobody stands still.
    for rows in (frames(guest), frames(programme)[frames(programme)[:, 0] > begun]):
        assert stood(rows, seen.late) <= MUCH, np.diff(rows[:, 0])
        assert np.diff(rows[:, 1]).min() > 0
    at = np.arange(guest[0, 0], over, 10)
    apart = shown(frames(guest), at) - shown(frames(programme), at)
    assert np.median(abs(apart)) <= FRAME
    assert set(programme[programme[:, 1] < 0, 1]) <= {NONE}


async def test_who_is_cut_is_gone_at_once_and_the_others_play_on(house: Theatre, viewer: Visitor) -> None:
    live(house, "g1", 7, "Grace Hopper")
    await plays(viewer, "g1")
    cut = await off(house, "g1", cut=True) / 1000
    over = await gone(viewer, "g1")
    assert over - cut <= DELAY / 2
    seen = await sight(viewer.page)
    assert seen.scenes[-1, 1] < house._seq or seen.scenes[-1, 0] > over
    await viewer.until("(seq) => watching.scenes.at(-1)[1] === seq", house._seq)
    again = live(house, "g1", 8, "Ada") / 1000
    await viewer.until("() => watching.seats.g1.at(-1)[1] >= 0")
    assert frames((await sight(viewer.page)).seats["g1"])[-1, 1] >= again


async def test_cameras_that_are_off_and_connections_that_are_lost_show_a_card(
    house: Theatre, viewer: Visitor
) -> None:
    since = live(house, "g1", 7, "Grace Hopper")
    await plays(viewer, "g1")
    for info in (
        SeatInfo("g1", 7, "Grace Hopper", since, camera=False),
        SeatInfo("g1", 7, "Grace Hopper", since, away=True),
        SeatInfo("g1", 7, "Grace Hopper", since),
    ):
        seats = (house.stage.seats[0], info)
        house.scene(StageInfo(seats=seats, programme=ON))
        there = -2 if not info.camera or info.away else 0
        await viewer.until(f"() => watching.seats.g1.at(-1)[1] {'===' if there else '>='} {there}")
    page = viewer.page
    assert await page.locator("[data-tile=g1] figcaption").inner_text() == "Grace Hopper"


async def test_a_guest_whose_picture_never_comes_has_a_card_and_nobody_waits(
    house: Theatre, viewer: Visitor
) -> None:
    begun = wall()
    seats = (*house.stage.seats, SeatInfo("g1", 7, "Grace Hopper", now()))
    house.scene(StageInfo(seats=seats, programme=ON))
    await viewer.until("() => watching.seats.g1?.at(-1)[1] === -2")
    seen = await sight(viewer.page)
    assert seen.seats["g1"][0, 1] == CARD
    programme = seen.changes[seen.changes[:, 0] > begun]
    assert stood(programme, seen.late) <= MUCH
    assert await viewer.page.locator("[data-tile=g1] .disc").inner_text() == "GH"


async def test_a_programme_that_is_paused_is_no_stall(house: Theatre, viewer: Visitor) -> None:
    paused = ProgrammeInfo("test", playing=False, live=False, at=now())
    house.scene(StageInfo(seats=house.stage.seats, programme=paused))
    await viewer.until("(seq) => watching.scenes.at(-1)[1] === seq", house._seq)
    await house.stop(PROGRAMME)
    await viewer.until("() => performance.timeOrigin + performance.now() - watching.changes.at(-1)[0] > 1500")
    late = await viewer.page.evaluate("() => oncue.delay()")
    assert abs(late / 1000 - DELAY) <= 2 * FRAME
    assert await viewer.page.get_by_test_id("picture").get_attribute("data-state") == "playing"


def stood(rows: Floats, late: Floats) -> float:
    """How long (ms) a picture stood at most, without the time in which the page itself stood still: a machine that is busy."""
    walls = rows[:, 0]
    pauses = [
        late[(late[:, 0] > one) & (late[:, 0] <= two), 1].sum() for one, two in itertools.pairwise(walls)
    ]
    return float((np.diff(walls) - pauses).max())


def lost(changes: Floats, late: Floats) -> list[float]:
    """When frames were left out, other than because the page itself stood still: a machine that is busy."""
    gaps = np.flatnonzero(np.diff(np.rint(changes[:, 1] / FRAME)) > 1)
    ends = changes[gaps + 1, 0]
    return [at for at in ends if not ((late[:, 0] > at - 4 * FRAME) & (late[:, 0] < at + FRAME)).any()]


LOG_POSITIONS = """() => {
  window.positions = [];
  const look = (now) => {
    positions.push([now, oncue.position() / 1000, oncue.playout.delay]);
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}"""


async def test_a_guest_goes_to_real_time_and_back_without_a_gap_or_a_jump(house: Theatre) -> None:
    guest = await settled(await house.come(viewer=7))
    page = guest.page
    await page.evaluate(LOG_POSITIONS)
    begun = wall()
    guest.tell(MyStage("green"), 100)
    await guest.until("() => oncue.playout.delay < 450 && oncue.playout.lane === 'own'")
    await guest.until("() => oncue.store.publisher?.preview?.getVideoTracks().length > 0")
    guest.tell(MyStage("live", seat="g1"), 101)
    live(house, "g1", 7, "Grace Hopper")
    live(house, "g2", 8, "Ada Lovelace")
    await plays(guest, "g2", 15)
    # One's own tile has one's own camera and nothing of the relay.
    assert await page.evaluate(
        "() => { const find = (root) => [...root.querySelectorAll('*')].flatMap((one) =>"
        " [one, ...(one.shadowRoot ? find(one.shadowRoot) : [])]);"
        " const mine = find(document).filter((one) => one.dataset?.seat === 'g1');"
        " return mine.map((one) => [one.tagName, one.readyState > 1 && !one.paused && one.muted]); }"
    ) == [["VIDEO", True]]
    assert {one["seat"]: one["frames"] > 0 for one in await page.evaluate("() => oncue.seats()")} == {
        PROGRAMME: True,
        "g1": False,
        "g2": True,
    }
    await off(house, "g1")
    guest.tell(MyStage(thanks=now()), 102)
    await settled(guest)

    seen = await sight(page)
    programme = seen.changes[seen.changes[:, 0] > begun]
    numbers = np.rint(programme[:, 1] / FRAME)
    assert np.diff(numbers).min() >= 1  # none twice
    assert not lost(programme, seen.late)
    positions = np.array(await page.evaluate("() => positions"))
    assert np.diff(positions[:, 1]).min() >= -1
    moved, passed = abs(np.diff(positions[:, 2])), np.diff(positions[:, 0])
    assert (moved - 0.2 * passed).max() <= 5
    # No scene is seen before its picture.
    assert (seen.scenes[:, 3] - seen.scenes[:, 2] / 1000 >= -FRAME)[1:].all()


async def test_a_tile_that_gets_smaller_takes_a_smaller_rendition_without_a_gap(house: Theatre) -> None:
    since = house.play("g1", Actor((640, 360), (320, 180)))
    host = SeatInfo("g1", 8, "Ada Lovelace", since)
    await house.stop(PROGRAMME)
    house.scene(StageInfo(seats=(host,)))
    viewer = await house.come(width=1280, height=800)
    await plays(viewer, "g1", 40)
    canvas = viewer.page.locator("canvas[data-seat=g1]")
    assert await canvas.evaluate("(one) => one.width") == 640
    begun = wall()
    house.play("g2", card())
    house.scene(StageInfo(seats=(host, SeatInfo("g2", 7, "Grace", now())), layout="spotlight", main="g2"))
    await plays(viewer, "g2", 10)
    handle = await canvas.element_handle()
    await viewer.until("(one) => one.width === 320", handle)
    count = len((await sight(viewer.page)).seats["g1"])
    await viewer.until("(count) => watching.seats.g1.length > count + 20", count)
    seen = await sight(viewer.page)
    rows = seen.seats["g1"][seen.seats["g1"][:, 0] > begun]
    assert rows[:, 1].min() > 0
    assert np.diff(rows[:, 1]).min() > 0
    assert not lost(rows, seen.late)


async def test_the_programme_goes_down_while_a_guest_speaks_and_levels_are_the_hosts(
    house: Theatre, viewer: Visitor
) -> None:
    speaks = False
    await viewer.page.get_by_test_id("sound").click()
    await viewer.until("() => faders?.length === 1 && faders[0].gain.value === 1")
    since = house.play("g1", Actor(voice=lambda: speaks))
    info = SeatInfo("g1", 7, "Grace Hopper", since, camera=False)
    seats = (house.stage.seats[0], info)
    house.scene(StageInfo(seats=seats, gains={"g1": 0.8}, duck=0.25, programme=ON), since)
    await viewer.until("() => faders.length === 2 && Math.abs(faders[1].gain.value - 0.8) < 0.01")
    assert await viewer.page.evaluate("() => faders[0].gain.value") == 1
    speaks = True
    await viewer.until("() => faders[0].gain.value < 0.3")
    assert await viewer.page.locator("[data-tile=g1][data-speaking]").count() == 1
    speaks = False
    await viewer.until("() => faders[0].gain.value > 0.95")
    muted = SeatInfo("g1", 7, "Grace Hopper", since, camera=False, microphone=False)
    house.scene(StageInfo(seats=(house.stage.seats[0], muted), programme=ON))
    await viewer.until("() => faders[1].gain.value < 0.01")


async def test_a_voice_beside_the_show_is_listened_to_as_soon_as_it_is_there(
    house: Theatre, viewer: Visitor
) -> None:
    page = viewer.page
    await page.evaluate("""() => {
        window.monitor = document.body.appendChild(document.createElement("canvas"));
        monitor.dataset.seat = "monitor";
        window.stop = oncue.store.picture.listen("show/abcdefghij/extra", monitor);
    }""")
    await asyncio.gather(viewer.until("() => watching.frames > 100"))
    house.play("extra", card(), "extra")
    await viewer.until("() => monitor.width === 320")
    await page.evaluate("() => stop()")
    assert len(await page.evaluate("() => oncue.seats()")) == 1
