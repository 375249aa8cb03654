"""A stage without a node: a real relay, test pictures in its seats, and pages that are told what a node would tell them.

So a test says to the moment what comes and when. The pages are the built ones; only HTTP and the link are made here.
"""

from __future__ import annotations

import asyncio
import http.server
import json
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import msgspec
from playwright.async_api import Browser, Page, WebSocketRoute
from watching import watch

from oncue.api.bundle import bundle
from oncue.engine.blocks import Heading, Scene
from oncue.engine.live import end
from oncue.engine.wire import MyStage, PrivateMsg, SceneMsg, SeatInfo, ShowInfo, StageInfo, Welcome
from oncue.media import Grant, Relay, RelaySettings, SceneTrack, Source

SHOW, CODE = "abcdefghij", "QK7XP2"
PROGRAMME = "programme"


def now() -> int:
    """Show time, µs."""
    return time.time_ns() // 1000


@dataclass
class Visitor:
    """A page and its link."""

    viewer: int
    page: Page
    wrong: list[str] = field(default_factory=list)
    link: WebSocketRoute | None = None
    mine: PrivateMsg | None = None

    def say(self, message: Any) -> None:
        """As the node would."""
        if self.link:
            self.link.send(msgspec.json.encode(message).decode())

    def tell(self, mine: MyStage | None, seq: int) -> None:
        """Their own way to the stage."""
        self.mine = PrivateMsg(1, seq, now(), "", Scene(), mine)
        self.say(self.mine)

    async def until(self, expression: str, arg: Any = None) -> None:
        """Returns once this holds in the page."""
        await self.page.wait_for_function(expression, arg=arg, timeout=60_000)


class Theatre:
    """One show on a relay. `delay` is the target of all, µs."""

    def __init__(self, relay: Relay, browser: Browser, origin: str, delay: int) -> None:
        self.relay = relay
        self.origin = origin
        self.delay = delay
        self.stage = StageInfo(seats=(SeatInfo(PROGRAMME, since=now()),))
        self.visitors: list[Visitor] = []
        self._browser = browser
        self._scenes = SceneTrack(relay.broadcast(SHOW, "scene"))
        self._seq = 0
        self._playing: dict[str, asyncio.Task[None]] = {}
        self._last = self.scene(self.stage)
        # What guests publish lands here, and is nobody's business.
        relay.stage(SHOW, lambda visit: visit.over())

    def play(self, seat: str, source: Source, path: str = "") -> int:
        """Somebody is on the air; gives the show time from which on."""
        since = now()
        broadcast = self.relay.broadcast(SHOW, path or f"stage/{seat}")
        self._playing[seat] = asyncio.create_task(source.run(broadcast, now))
        return since

    async def stop(self, *seats: str) -> None:
        """They are on the air no more."""
        await end(*(self._playing.pop(seat) for seat in seats))

    def scene(self, stage: StageInfo, at: int = 0) -> SceneMsg:
        """Another scene, to be shown at `at` (µs; 0: now)."""
        self._seq += 1
        self.stage = stage
        heading = Heading(text=f"Scene {self._seq}")
        self._last = SceneMsg(
            1,
            self._seq,
            at or now(),
            "s1",
            "test",
            "Test",
            Scene(blocks=(heading,)),
            target=self.delay,
            stage=stage,
        )
        self._scenes.put(msgspec.json.encode(self._last))
        return self._last

    async def come(self, viewer: int = 3, width: int = 640, height: int = 480) -> Visitor:
        """Somebody's page."""
        context = await self._browser.new_context(viewport={"width": width, "height": height})
        await watch(context)
        visitor = Visitor(viewer, await context.new_page())
        self.visitors.append(visitor)
        visitor.page.on("pageerror", lambda error: visitor.wrong.append(error.stack or str(error)))
        await context.route("**/api/*", lambda route: route.fulfill(json=self._session(visitor)))
        await context.route_web_socket("**/link", lambda link: self._link(link, visitor))
        await visitor.page.goto(f"{self.origin}/j/{CODE}")
        return visitor

    async def close(self) -> None:
        """Everybody goes home."""
        for visitor in self.visitors:
            await visitor.page.context.close()
        await self.stop(*self._playing)
        self._scenes.close()
        wrong = [line for visitor in self.visitors for line in visitor.wrong]
        assert not wrong, wrong

    def _session(self, visitor: Visitor) -> dict[str, Any]:
        relay = {
            "url": f"https://127.0.0.1:{self.relay.address[1]}/?token={visitor.viewer}",
            "fingerprint": self.relay.fingerprint,
        }
        show = {"id": SHOW, "code": CODE, "title": "Test"}
        return {
            "token": str(visitor.viewer),
            "viewer": visitor.viewer,
            "role": "audience",
            "show": show,
            "link": f"ws://{urlsplit(self.origin).netloc}/link",
            "relay": relay,
            "clock": None,
            "urls": {"join": f"{self.origin}/j/{CODE}"},
        }

    def _link(self, link: WebSocketRoute, visitor: Visitor) -> None:
        visitor.link = link

        def hear(text: str | bytes) -> None:
            said = json.loads(text)
            if said["op"] == "ping":
                at = now()
                visitor.link = link
                link.send(json.dumps({"op": "pong", "t0": said["t0"], "t1": at, "t2": at}))
            elif said["op"] == "hello":
                show = ShowInfo(SHOW, CODE, "Test")
                visitor.say(
                    Welcome(
                        visitor.viewer, "audience", show, now(), scenes=(self._last,), private=visitor.mine
                    )
                )

        link.on_message(hear)


class Pages(http.server.SimpleHTTPRequestHandler):
    """The built pages; every address that is no file is one of them."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args, directory=str(bundle()))

    def translate_path(self, path: str) -> str:
        file = super().translate_path(path)
        return file if "." in path.rsplit("/", 1)[-1] else f"{bundle()}/index.html"

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def pages() -> Iterator[str]:
    """Serves them; gives the origin."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Pages) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


@asynccontextmanager
async def theatre(browser: Browser, delay: int = 800_000) -> AsyncIterator[Theatre]:
    """Opens one; it ends with the block, and asserts that no page raised anything."""

    def admit(token: str) -> Grant:
        return Grant(SHOW, int(token), "audience")

    with pages() as origin:
        async with Relay(admit, now, RelaySettings(linger=0.05)) as relay:
            house = Theatre(relay, browser, origin, delay)
            try:
                yield house
            finally:
                await house.close()
