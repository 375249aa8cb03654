"""The pages that `bench/sync.py` watches: each in a browser of its own, behind a network of its own."""

from __future__ import annotations

import functools
import http.server
import json
import subprocess
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import found
import psutil
from bench._sync_show import Show
from playwright.async_api import BrowserType, Page
from services import CHROMIUM_FLAGS
from watching import Sight, sight, wall_is_ours, watch

from oncue.api.lab import Lab
from oncue.api.lab import Path as Network

VIEWPORT = {"width": 360, "height": 560}
PORTS = """(ports) => {
  // Through this page's own network: what the server says of its ports is said to all.
  const Direct = WebTransport;
  window.WebTransport = class extends Direct {
    constructor(url, options) {
      const to = new URL(url);
      to.port = ports[to.port] ?? to.port;
      super(to.href, options);
    }
  };
}"""
FACTS = """() => {
  const { oncue } = window;
  return oncue && { delay: oncue.delay() / 1000, door: oncue.door, playout: oncue.playout ?? null,
    offset: oncue.store.clock.offset / 1000 - performance.timeOrigin };
}"""

SETTLED = """() => {
  const playout = window.oncue?.playout;
  return !playout || (playout.lane === "step" ? Math.abs(playout.delay - playout.target) < 5 : playout.lane === "late");
}"""


@dataclass
class Watched:
    """A page, and the network that it is behind."""

    page: Page
    network: Network

    async def plays(self) -> None:
        """Waits until its picture moves."""
        await self.page.wait_for_function("() => window.watching.changes.length > 5", timeout=60_000)

    async def settled(self) -> bool:
        """Whether it is at the delay that it wants to have. The peer does not say."""
        return bool(await self.page.evaluate(SETTLED))

    async def sight(self) -> Sight:
        """What it showed; `extra` has what our page says of itself."""
        own = await sight(self.page)
        own.extra = (await self.page.evaluate(FACTS)) or {}
        own.extra["wall_off_ms"] = round(await wall_is_ours(self.page), 2)
        return own


@dataclass(frozen=True)
class Hall:
    """Where pages are opened: the show, the browser to start, the networks, and the address of the peer's page."""

    show: Show
    chromium: BrowserType
    lab: Lab
    peer: str = ""


@asynccontextmanager
async def behind(hall: Hall, network: Network) -> AsyncIterator[tuple[int, dict[int, int]]]:
    """A network to the node for as long as the block lasts: the port of its pages, and of each of its UDP ports, as seen from there."""
    here, doors = "127.0.0.1", await hall.show.doors()
    tcp = [(here, hall.show.node.settings.port)]
    viewer = await hall.lab.viewer(network, tcp=tcp, udp=[(here, port) for port in doors])
    try:
        yield viewer.tcp[0][1], {port: at[1] for port, at in zip(doors, viewer.udp, strict=True)}
    finally:
        await viewer.leave()


@asynccontextmanager
async def ours(hall: Hall, network: Network) -> AsyncIterator[Watched]:
    """The page of somebody in the audience, with the sound on."""
    async with AsyncExitStack() as stack:
        tcp, udp = await stack.enter_async_context(behind(hall, network))
        page = await stack.enter_async_context(browser(hall.chromium))
        await page.add_init_script(f"({PORTS})({json.dumps(udp)})")
        await page.goto(f"http://127.0.0.1:{tcp}/j/{hall.show.code}", timeout=60_000)
        watched = Watched(page, network)
        await watched.plays()
        await page.get_by_test_id("sound").click(timeout=30_000)
        yield watched


@asynccontextmanager
async def peer(hall: Hall, network: Network) -> AsyncIterator[Watched]:
    """@moq/watch's element as it comes."""
    async with AsyncExitStack() as stack:
        relay: dict[str, str] = (await hall.show.join())["relay"]
        _, udp = await stack.enter_async_context(behind(hall, network))
        for port, instead in udp.items():
            relay["url"] = relay["url"].replace(f":{port}/", f":{instead}/")
        page = await stack.enter_async_context(browser(hall.chromium))
        to = urlencode({**relay, "name": f"show/{hall.show.id}/stage/programme"})
        await page.goto(f"{hall.peer}#{to}")
        watched = Watched(page, network)
        await watched.plays()
        yield watched


@asynccontextmanager
async def browser(chromium: BrowserType) -> AsyncIterator[Page]:
    """A page that is watched, in a browser of its own: nobody shares its vsync, its network or its sound."""
    flags = list(CHROMIUM_FLAGS)
    launched = await chromium.launch(executable_path=found.chromium(), args=flags)
    try:
        # All pages turn at the same moment, and here they share two cores without a GPU: moving them in would be most of the work.
        context = await launched.new_context(viewport=VIEWPORT, color_scheme="dark", reduced_motion="reduce")
        await watch(context)
        yield await context.new_page()
    finally:
        await launched.close()


@contextmanager
def peer_page(folder: Path) -> Iterator[str]:
    """Builds the peer's page into `folder` and serves it; gives its address."""
    web, node = found.ROOT / "web", found.node_folder()
    assert node, "no Node.js found: run `make setup`"
    subprocess.run(
        [node / "npx", "vite", "build", "--logLevel", "error", "--config", "bench/vite.config.ts", "--outDir", folder],
        cwd=web,
        env=found.node_environment(node),
        check=True,
    )  # fmt: skip
    with http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(_Quiet, directory=str(folder))
    ) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        """Says nothing."""


@dataclass(frozen=True)
class Used:
    """CPU seconds so far: of the browsers that we started, of all that we started and ourselves, of the whole machine."""

    browsers: float
    own: float
    machine: float

    @classmethod
    def now(cls) -> Used:
        """As the kernel counts them."""
        browsers, own = 0.0, _seconds(psutil.Process().cpu_times())
        for process in psutil.Process().children(recursive=True):
            with suppress(psutil.NoSuchProcess):
                used = _seconds(process.cpu_times())
                own += used
                browsers += used if "chrom" in process.name() else 0.0
        times = psutil.cpu_times()
        return cls(browsers, own, sum(times) - times.idle - times.iowait - times.guest - times.guest_nice)

    def since(self, before: Used, seconds: float) -> tuple[float, float]:
        """Per cent of one core: of the browsers, and of whatever else ran on the machine and may have disturbed them."""
        browsers, own = self.browsers - before.browsers, self.own - before.own
        others = self.machine - before.machine - own
        return round(100 * browsers / seconds), round(100 * others / seconds)


def _seconds(times: Any) -> float:
    return float(times.user + times.system)
