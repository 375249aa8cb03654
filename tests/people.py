"""People in front of browsers, for tests."""

import asyncio
import base64
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

import httpx
from patience import PATIENCE_S
from playwright.async_api import Error, Page, Route, expect

from oncue.api.lab import Viewer

OUT = Path(__file__).parent / "out"

# The time code of the test picture: 40 blocks in the top strip, 32 bits of show time in ms and a checksum (media/timecode.py).
READ_TIME_CODE = """() => {
  const find = (root) => {
    for (const element of root.querySelectorAll('*')) {
      if (element instanceof HTMLCanvasElement && element.width > 100) return element;
      const inside = element.shadowRoot && find(element.shadowRoot);
      if (inside) return inside;
    }
  };
  const canvas = find(document);
  if (!canvas) return -1;
  const copy = new OffscreenCanvas(canvas.width, 1);
  const context = copy.getContext('2d', { willReadFrequently: true });
  context.drawImage(canvas, 0, Math.floor(canvas.height / 32), canvas.width, 1, 0, 0, canvas.width, 1);
  const data = context.getImageData(0, 0, canvas.width, 1).data;
  let bits = 0n;
  for (let i = 0; i < 40; i++) bits = (bits << 1n) | (data[Math.floor((i + 0.5) * canvas.width / 40) * 4] > 127 ? 1n : 0n);
  const ms = Number(bits >> 8n);
  const sum = ((ms >>> 24) * 3 + ((ms >>> 16) & 255) * 5 + ((ms >>> 8) & 255) * 7 + (ms & 255) * 11 + 0x5a) & 255;
  return sum === Number(bits & 255n) ? ms : -1;
}"""


@dataclass
class ShowLinks:
    """What the host API says of a new show."""

    id: str
    code: str
    join_url: str
    host_url: str
    screen_url: str
    overlay_url: str
    token: str


async def doors(url: str, show: ShowLinks) -> tuple[list[tuple[str, int]], list[tuple[str, int]]]:
    """Where a show's pages connect to: by TCP the pages themselves, at `url`, by UDP the relay and the clock's own door."""
    async with httpx.AsyncClient(base_url=url, headers={"Authorization": f"Bearer {show.token}"}) as http:
        session = (await http.get("/api/session")).json()
    udp = [urlsplit(session[door]["url"]) for door in ("relay", "clock") if session.get(door)]
    return _addresses([urlsplit(url)]), _addresses(udp)


def _addresses(urls: list[SplitResult]) -> list[tuple[str, int]]:
    return [(str(url.hostname), url.port or 0) for url in urls]


class Person:
    """Somebody with a browser of their own."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.wrong: list[str] = []
        page.on("pageerror", lambda error: self.wrong.append(str(error)))

    async def open(self, url: str) -> None:
        await self.page.goto(url)

    def see(self, name: str):
        """The element with this data-testid."""
        return self.page.get_by_test_id(name)

    async def join(self, name: str) -> None:
        await self.see("join-name").fill(name)
        await self.see("join-go").click()
        await expect(self.see("join-name")).to_have_count(0, timeout=60_000)

    async def reads(self, name: str, text: str) -> None:
        """Waits until the element says this."""
        await expect(self.see(name)).to_contain_text(text, timeout=60_000)

    async def press_primary(self, title: str) -> None:
        """Presses the host's big button once it says this."""
        await self.reads("primary", title)
        await expect(self.see("primary")).to_be_enabled(timeout=60_000)
        await self.see("primary").click()

    async def picture_plays(self) -> None:
        """Waits until the picture moves: frames are counted, and the time code on the canvas goes on."""
        await self.page.wait_for_function("() => window.oncue && window.oncue.frames() > 5", timeout=60_000)
        first = await self.time_code()
        async with asyncio.timeout(PATIENCE_S):
            while await self.time_code() <= first:
                await asyncio.sleep(0.05)

    async def time_code(self) -> int:
        """Show time in ms (32 bits) as burnt into the picture on the screen."""
        async with asyncio.timeout(PATIENCE_S):
            while (ms := await self.page.evaluate(READ_TIME_CODE)) < 0:
                await asyncio.sleep(0.05)
        return ms

    async def shoot(self, name: str) -> None:
        """A screenshot in tests/out."""
        OUT.mkdir(exist_ok=True)
        await self.page.screenshot(path=OUT / f"{name}.png")


async def lead(page: Page, viewer: Viewer) -> None:
    """Leads what the page is told to find on other ports than its own (relay, clock) over this viewer's network."""

    async def answer(route: Route) -> None:
        try:
            response = await route.fetch()
        except Error:  # the network was cut, or the page is gone
            await route.abort()
            return
        session = await response.json()
        for door in ("relay", "clock"):
            if session.get(door):
                session[door]["url"] = viewer.over(session[door]["url"], "udp")
        await route.fulfill(response=response, json=session)

    for path in ("join", "session"):
        await page.route(f"**/api/{path}", answer)


async def compose(page: Page, name: str, *shots: str) -> None:
    """Puts screenshots of tests/out side by side into one, as docs/show.png has them (copied from tests/out when the pages change)."""
    images = [base64.b64encode((OUT / f"{shot}.png").read_bytes()).decode() for shot in shots]
    style = (
        "body{margin:0;padding:36px;display:flex;gap:28px;align-items:center;background:#26221c}"
        "img{height:520px;border-radius:14px;box-shadow:0 12px 40px #0009}"
    )
    pictures = "".join(f'<img src="data:image/png;base64,{image}">' for image in images)
    await page.set_viewport_size({"width": 2040, "height": 592})
    await page.set_content(f"<style>{style}</style>{pictures}")
    await page.screenshot(path=OUT / f"{name}.png")
