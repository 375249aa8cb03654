"""A node with one show that is played by the real engine, and phones that come to it over real sockets."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import msgspec
import pytest
import uvicorn
import uvloop
from picows import WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

from oncue.api.auth import Tokens
from oncue.api.link import Limits
from oncue.api.rooms import Rooms
from oncue.api.settings import Settings
from oncue.api.socket import Front, link_protocol
from oncue.engine.blocks import Heading, Scene, Text, scene
from oncue.engine.cue import Cue
from oncue.engine.errors import Reject, Unknown
from oncue.engine.format import Format, on
from oncue.engine.house import Open, Start
from oncue.engine.ledger import Ledger
from oncue.engine.live import Bus, Intake, Runner, ShowCard, ShowClock, end, put_card, read_log
from oncue.engine.log import NONCE, Entry, decode_batch
from oncue.engine.segment import SegmentSpec
from oncue.engine.structs import Action, Role, State, ViewerId

_numbers = itertools.count(1)


class Tap(Action, frozen=True):
    """Tap."""


class Say(Action, frozen=True):
    """Say a number, which nobody may."""

    number: int


class Pause(Action, frozen=True):
    """Nobody may tap for a while, or everybody again."""


class Count(State):
    total: int = 0
    taps: Ledger[int] = msgspec.field(default_factory=Ledger)
    live: bool = True


class Taps(Format[Count]):
    """Counts taps."""

    @on(Tap)
    def tap(self, state: Count, act: Tap, cue: Cue) -> None:
        state.total += 1
        state.taps[cue.by] = state.taps.get(cue.by, 0) + 1

    @on(Say)
    def say(self, state: Count, act: Say, cue: Cue) -> None:
        raise Reject("nobody may say anything", code="taps/quiet")

    @on(Pause, by="host")
    def pause(self, state: Count, act: Pause, cue: Cue) -> None:
        state.live = not state.live

    def public(self, state: Count) -> Scene:
        return scene(Heading(str(state.total)), mood="live" if state.live else "reveal")

    def private(self, state: Count, viewer: ViewerId) -> Scene | None:
        return scene(Text(f"yours: {state.taps.get(viewer, 0)}"))


def find(name: str) -> type[Format[Any, Any]]:
    """The formats of these tests."""
    if name != "taps":
        raise Unknown(f"there is no format {name}", code="format/unknown")
    return Taps


class Phone(WSListener):
    """A client. `heard` is all that came; `told(op)` waits for the next one of a kind."""

    def __init__(self) -> None:
        self.heard: list[dict[str, Any]] = []
        self.code = 0
        self.closed = asyncio.Event()
        self._more = asyncio.Event()
        self._read: dict[str, int] = {}
        self._parts = b""
        self.transport: WSTransport

    def on_ws_connected(self, transport: WSTransport) -> None:
        self.transport = transport

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type is WSMsgType.TEXT:
            self.heard.append(msgspec.json.decode(frame.get_payload_as_bytes()))
            self._more.set()
        elif frame.msg_type is WSMsgType.CLOSE:
            self.code = int.from_bytes(frame.get_payload_as_bytes()[:2], "big")
            transport.disconnect()

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        self.closed.set()
        self._more.set()

    def say(self, op: str, **fields: Any) -> None:
        self.send(msgspec.json.encode({"op": op, **fields}))

    def send(self, data: bytes, kind: WSMsgType = WSMsgType.TEXT, **flags: bool) -> None:
        self.transport.send(kind, data, **flags)

    def act(self, n: int, do: dict[str, Any] | str = "tap", seg: str = "s1", pos: int = 0) -> None:
        """Send action `n`, given whole or by its type."""
        self.say("act", n=n, seg=seg, pos=pos, do={"type": do} if isinstance(do, str) else do)

    async def told(self, op: str) -> dict[str, Any]:
        """The next message of this kind that was not asked for yet."""
        while True:
            begun = self._read.get(op, 0)
            for i in range(begun, len(self.heard)):
                if self.heard[i]["op"] == op:
                    self._read[op] = i + 1
                    return self.heard[i]
            assert not self.closed.is_set(), f"closed with {self.code}, after {self.heard}"
            self._more.clear()
            await self._more.wait()

    async def receipted(self, n: int) -> dict[str, Any]:
        """The receipt that covers action `n`."""
        while (got := await self.told("got"))["n"] < n:
            pass
        return got

    async def over(self) -> int:
        """The code with which the server closes."""
        await self.closed.wait()
        return self.code


class Stage:
    """A node. `ahead` is how far its links' clock is set forward, in µs."""

    def __init__(self, bus: Bus, stack: AsyncExitStack) -> None:
        self.bus = bus
        self.stack = stack
        self.clock = ShowClock()
        self.ahead = 0
        self.show = f"show{next(_numbers):06}".translate(str.maketrans("0189", "abcd"))
        self.tokens = Tokens(b"x" * 32, settings=Settings(), now=self.now)
        self.intake = Intake(bus, node=f"node{next(_numbers)}")
        self._viewers = itertools.count(1001)

    def now(self) -> int:
        return self.clock.now() + self.ahead

    def pass_time(self, seconds: float) -> None:
        """Set the links' clock forward, and let them look at it."""
        self.ahead += round(seconds * 1_000_000)
        self.rooms.tick()

    async def open(self, *, limits: Limits | None = None, **front: Any) -> None:
        """Serve links."""
        self.rooms = Rooms(
            self.bus,
            self.intake,
            formats=find,
            verify=self.tokens.verify,
            now=self.now,
            limits=limits or Limits(),
        )
        self.rooms.start()
        ws = link_protocol(Front(self.rooms, **front))
        config = uvicorn.Config(pages, port=0, ws=ws, http="httptools", lifespan="off", log_config=None)
        self.server = uvicorn.Server(config)
        self.port = await self.stack.enter_async_context(serving(self.server))
        self.stack.push_async_callback(self.rooms.close)

    async def air(self) -> None:
        """Write the opening of a show with a live segment into the log."""
        card = ShowCard(self.show, "ABCDEF", "Evening")
        await put_card(self.bus, card)
        # Else the engines of the tests that follow own this show too.
        over = msgspec.structs.replace(card, state="closed")
        self.stack.push_async_callback(put_card, self.bus, over)
        rundown = (SegmentSpec("s1", "taps", "Taps"), SegmentSpec("s2", "taps", "Later"))
        await self.enter(0, Open("Evening", "ABCDEF", "seed", rundown), Role.SYSTEM)
        await self.enter(1, Start("s1"), Role.HOST)

    async def enter(self, viewer: int, action: Action, role: Role, segment: str = "") -> int:
        """Write one entry into the log."""
        entry = Entry(viewer, next(_numbers), int(role), self.clock.now(), 0, 0, 0, action)
        return await self.intake.record(self.show, segment, entry)

    async def own(self) -> None:
        """Run the engine."""
        runner = Runner(self.bus, formats=find, now=self.clock.now, node=f"engine{next(_numbers)}")
        engine = asyncio.create_task(runner.run())
        self.stack.push_async_callback(end, engine)
        await runner.ready.wait()

    async def entries(self) -> list[Entry[Any]]:
        """What the log has of this show."""
        found: list[Entry[Any]] = []
        async for _, data in read_log(self.bus, self.show):
            for part in decode_batch(data).parts:
                found += msgspec.msgpack.decode(part.entries, type=list[Entry[Any]])
        return found

    def token(self, role: Role = Role.AUDIENCE, *, viewer: int = 0) -> str:
        return self.tokens.sign(ViewerId(viewer or next(self._viewers)), self.show, role)

    async def dial(
        self, *, path: str = "/link", headers: dict[str, str] | None = None, **options: Any
    ) -> Phone:
        """A connection that has not said hello."""
        url = f"ws://127.0.0.1:{self.port}{path}"
        _, phone = await ws_connect(Phone, url, extra_headers=headers, **options)
        assert isinstance(phone, Phone)
        return phone

    async def call(self, role: Role = Role.AUDIENCE, *, viewer: int = 0, **options: Any) -> Phone:
        """A connection that said hello and is welcome."""
        phone = await self.dial(**options)
        phone.say("hello", token=self.token(role, viewer=viewer))
        await phone.told("welcome")
        return phone

    async def player(self, name: str, *, viewer: int = 0) -> Phone:
        """Somebody who has joined, with action 1 of tab 1."""
        phone = await self.call(viewer=viewer)
        phone.act(first(1), {"type": "join", "name": name}, "")
        await phone.receipted(first(1))
        await phone.told("named")
        return phone


def first(tab: int) -> int:
    """The number of a tab's first action."""
    return tab * NONCE + 1


async def until(holds: Callable[[], bool]) -> None:
    """Return once it holds; the test's own time limit is the limit."""
    while not holds():
        await asyncio.sleep(0.002)


async def pages(scope: Any, receive: Any, send: Any) -> None:
    """What is served on the same port."""
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]})
    await send({"type": "http.response.body", "body": b"a page"})


@asynccontextmanager
async def serving(server: uvicorn.Server) -> AsyncIterator[int]:
    """Runs uvicorn in this loop, on a port that it chose."""
    server.config.load()
    server.lifespan = server.config.lifespan_class(server.config)
    await server.startup()
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        await server.shutdown()


def pytest_asyncio_loop_factories() -> dict[str, Any]:
    """The loop that serves links."""
    return {"uvloop": uvloop.new_event_loop}


@pytest.fixture
async def node(nats_url: str) -> AsyncIterator[Stage]:
    """A node that does not serve yet; its show has neither opening nor owner."""
    async with AsyncExitStack() as stack:
        bus = await Bus.connect(nats_url)
        stack.push_async_callback(bus.close)
        yield Stage(bus, stack)


@pytest.fixture
async def stage(node: Stage) -> Stage:
    """A node that serves links to a show that is on air."""
    await node.open()
    await node.air()
    await node.own()
    return node
