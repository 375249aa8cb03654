"""WebRTC with a real browser: a page without secure context plays by WHEP, Chromium publishes by WHIP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from statistics import median

import pytest
import pytest_asyncio
import services
from patience import PATIENCE_S
from people import READ_TIME_CODE, Person, ShowLinks
from playwright.async_api import async_playwright, expect

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
Make = Callable[..., Awaitable[ShowLinks]]
Come = Callable[..., Awaitable[Person]]

HALL = "hall.test"
POLL = {
    "format": "poll",
    "title": "Lunch",
    "settings": {"question": "What is for lunch?", "options": ["Pizza", "Soup"]},
}
QUESTION = {"kind": "true-false", "text": "A hexagon has six sides.", "right": True, "seconds": 60}
TRIVIA = {"format": "trivia", "title": "Round one", "settings": {"questions": [QUESTION]}}
# As READ_TIME_CODE, of a video element.
READ_VIDEO = (
    READ_TIME_CODE.replace("HTMLCanvasElement && element.width", "HTMLVideoElement && element.videoWidth")
    .replace("canvas.width", "canvas.videoWidth")
    .replace("canvas.height", "canvas.videoHeight")
)
# The frame that is on the screen: by its own time code, and by what the page says of it (ms modulo 2**32), and the page's delay (ms).
SEEN = """(read) => {
  const [{ stamp }] = window.oncue.seats();
  const code = eval(read)();
  return { code, stamp: Math.round(stamp / 1000) % 2 ** 32, delay: window.oncue.delay() / 1000, target: window.oncue.playout.target,
    held: window.oncue.playout.delay };
}"""


class Elsewhere(Person):
    """Somebody whose page is no secure context: it plays in a video element."""

    async def time_code(self) -> int:
        async with asyncio.timeout(PATIENCE_S):
            while (ms := await self.page.evaluate(READ_VIDEO)) < 0:
                await asyncio.sleep(0.05)
        return ms


@pytest_asyncio.fixture(loop_scope="session")
async def on_a_lan(chromium_path: str) -> AsyncIterator[Come]:
    """Opens a page over plain http under a name that is not this machine's own, as on a LAN."""
    flags = [*services.CHROMIUM_FLAGS, f"--host-resolver-rules=MAP {HALL} 127.0.0.1"]
    people: list[Elsewhere] = []
    async with async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=chromium_path, args=flags)

        async def come(url: str) -> Elsewhere:
            person = Elsewhere(await browser.new_page(viewport={"width": 390, "height": 844}))
            people.append(person)
            await person.open(url.replace("127.0.0.1", HALL).replace("localhost", HALL))
            return person

        yield come
        await browser.close()
    assert not [line for person in people for line in person.wrong]


async def test_a_page_without_secure_context_plays_by_whep_and_takes_part(
    make: Make, come: Come, on_a_lan: Come
) -> None:
    show = await make(TRIVIA)
    host, ada = await come(show.host_url), await on_a_lan(show.join_url)
    assert not await ada.page.evaluate(
        "() => isSecureContext || 'VideoDecoder' in window || 'WebTransport' in window"
    )
    await ada.picture_plays()
    await ada.page.wait_for_function("() => window.oncue.door === 'whep'")
    await ada.join("Ada")
    await host.press_primary("Start: Round one")
    await host.press_primary("Next question")
    await ada.reads("scene-heading", "A hexagon has six sides.")
    await ada.see("option-0").click()
    await expect(host.see("desk")).to_contain_text("1", timeout=60_000)
    await ada.shoot("phone-whep")
    await host.press_primary("Lock")
    await host.press_primary("Reveal")
    await expect(ada.see("score").first).to_contain_text("1", timeout=60_000)
    await ada.see("sound").click()
    assert await ada.page.evaluate("() => window.oncue.store.picture.muted") is False
    await ada.picture_plays()


async def test_who_plays_by_whep_is_in_step_with_all_others(
    make: Make, come: Come, on_a_lan: Come, capsys
) -> None:
    show = await make(POLL)
    bob, ada = await come(show.join_url, phone=True), await on_a_lan(show.join_url)
    for person in (ada, bob):
        await person.picture_plays()
    await ada.page.wait_for_function("() => window.oncue.playout.target > 0", timeout=60_000)
    async with asyncio.timeout(90):
        while True:
            seen = [
                (await ada.page.evaluate(SEEN, READ_VIDEO), await bob.page.evaluate(SEEN, READ_TIME_CODE))
                for _ in range(40)
            ]
            late = median(one["held"] - one["target"] for one, _ in seen)
            apart = median(one["delay"] - other["delay"] for one, other in seen)
            if abs(apart) < 50 and abs(late) < 50:
                break
    wrong = [one["stamp"] - one["code"] for one, _ in seen if one["code"] >= 0]
    with capsys.disabled():
        print(
            f"\nWHEP: {apart:+.0f} ms from MoQ, {late:+.0f} ms from the target; position wrong by {median(wrong):+.0f} ms"
        )
    # The compositor may be one frame on by the time that the page copies it.
    assert abs(median(wrong)) <= 34
    assert len(wrong) > 20


# A browser's camera and microphone (Chromium's fake ones) by WHIP: what a page or an encoder does.
PUBLISH = """async ({ url, token }) => {
  const stream = await navigator.mediaDevices.getUserMedia({ video: { width: 640, height: 360 }, audio: true });
  const connection = new RTCPeerConnection();
  for (const track of stream.getTracks()) connection.addTransceiver(track, { direction: "sendonly", streams: [stream] });
  await connection.setLocalDescription();
  const headers = { Authorization: `Bearer ${token}`, "Content-Type": "application/sdp" };
  const answer = await fetch(url, { method: "POST", headers, body: connection.localDescription.sdp });
  if (answer.status !== 201) throw new Error(await answer.text());
  await connection.setRemoteDescription({ type: "answer", sdp: await answer.text() });
  const fragment = `a=ice-ufrag:${/ice-ufrag:(\\S+)/.exec(connection.localDescription.sdp)[1]}\\r\\na=end-of-candidates\\r\\n`;
  const place = answer.headers.get("Location");
  const more = await fetch(place, {
    method: "PATCH", body: fragment,
    headers: { ...headers, "Content-Type": "application/trickle-ice-sdpfrag", "If-Match": answer.headers.get("ETag") },
  });
  window.stop = async () => (await fetch(place, { method: "DELETE", headers })).status;
  window.sent = async () => {
    const stats = [...(await connection.getStats()).values()].find((one) => one.type === "outbound-rtp" && one.kind === "video");
    return { height: stats.frameHeight, frames: stats.framesEncoded };
  };
  return more.status;
}"""
# Whether a picture is larger than the test picture.
LARGE = """() => {
  const find = (root) => [...root.querySelectorAll("*")].some((element) =>
    (element.matches("canvas, video") && (element.videoWidth ?? element.width) > 320) ||
    (element.shadowRoot && find(element.shadowRoot)));
  return find(document);
}"""


async def test_a_host_publishes_the_programme_by_whip_and_the_source_comes_back_after(
    make: Make, come: Come, on_a_lan: Come
) -> None:
    show = await make(POLL, picture="test:320x180@15")
    encoder = await come(show.host_url)
    bob, ada = await come(show.join_url, phone=True), await on_a_lan(show.join_url)
    for person in (bob, ada):
        await person.picture_plays()
    origin = show.host_url.partition("/host")[0]
    url = f"{origin}/whip/{show.id}?seat=programme"
    assert await encoder.page.evaluate(PUBLISH, {"url": url, "token": show.token}) == 204
    # The camera's picture is larger than the test picture, and has no time code.
    for person in (bob, ada):
        await person.page.wait_for_function(LARGE, timeout=60_000)
        before = await person.page.evaluate("() => window.oncue.frames()")
        await person.page.wait_for_function(f"() => window.oncue.frames() > {before} + 20", timeout=60_000)
        delay = await person.page.evaluate("() => window.oncue.delay() / 1000")
        assert 0 < delay < 3_000
    assert await encoder.page.evaluate("() => window.stop()") == 200
    for person in (bob, ada):
        first = await person.time_code()
        async with asyncio.timeout(PATIENCE_S):
            while await person.time_code() <= first:
                await asyncio.sleep(0.05)
