"""A node with one show that is played by the real engine, and phones that come to it over real sockets."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Annotated, Any

import msgspec
import pytest
import uvicorn
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
from oncue.engine.house import Open
from oncue.engine.ledger import Ledger
from oncue.engine.live import Bus, Intake, Runner, ShowCard, ShowClock, put_card
from oncue.engine.log import NONCE, Entry
from oncue.engine.segment import SegmentSpec
from oncue.engine.structs import Action, Role, State, ViewerId

SHOW = "abcdefgh23"
_shows = itertools.count(1)


class Tap(Action, frozen=True):
    """Tap."""


class Say(Action, frozen=True):
    """Say a number."""

    number: int


class Name(Action, frozen=True):
    """Say a short word."""

    word: Annotated[str, msgspec.Meta(max_length=8)]


class Reset(Action, frozen=True):
    """Begin again."""


class Count(State):
    total: int = 0
    taps: Ledger[int] = Ledger()
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

    @on(Name)
    def name(self, state: Count, act: Name, cue: Cue) -> None:
        state.total += 1

    @on(Reset, by="host")
    def reset(self, state: Count, act: Reset, cue: Cue) -> None:
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

    def act(self, n: int, kind: str, *, segment: str = "s1", pos: int = 0, **fields: Any) -> None:
        self.say("act", n=n, seg=segment, pos=pos, do={"type": kind, **fields})

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


@dataclass
class Stage:
    """The node. `ahead` is how far its links' clock is set forward; what tests change before `open` are its limits."""

    bus: Bus
    stack: AsyncExitStack
    limits: Limits = Limits()
    ahead: int = 0
    show: str = ""
    port: int = 0
    clock: ShowClock = field(default_factory=ShowClock)
    viewers: Callable[[], int] = field(default_factory=lambda: itertools.count(1001).__next__)

    def now(self) -> int:
        return self.clock.now() + self.ahead

    async def open(self, *, origins: tuple[str, ...] = (), proxies: int = 0, limits: Limits | None = None) -> None:
        """Serve links."""
        self.tokens = Tokens(b"x" * 32, settings=Settings(), now=self.now)
        self.intake = Intake(self.bus, node=f"node{next(_shows)}")
        self.rooms = Rooms(
            self.bus, self.intake, formats=find, verify=self.tokens.verify, now=self.now, limits=limits or self.limits
        )
        self.rooms.start()
        front = Front(self.rooms, origins=origins, proxies=proxies)
        config = uvicorn.Config(
            pages, port=0, ws=link_protocol(front), http="httptools", lifespan="off", log_config=None
        )
        self.server = uvicorn.Server(config)
        self.port = await self.stack.enter_async_context(serving(self.server))
        self.stack.push_async_callback(self.rooms.close)

    async def air(self) -> None:
        """Open a show with one live segment, and own it."""
        self.show = f"show{next(_shows):06}".translate(str.maketrans("0189", "abcd"))
        opening = Open("Evening", "ABCDEF", "seed", (SegmentSpec("s1", "taps", "Taps"), SegmentSpec("s2", "taps", "Later")))
        await self.enter(Entry(0, 1, int(Role.SYSTEM), self.clock.now(), 0, 0, opening))
        await put_card(self.bus, ShowCard(self.show, "ABCDEF", "Evening"))
        await self.own()

    async def enter(self, entry: Entry[Any]) -> None:
        await self.intake.record(self.show, "", entry)

    async def own(self) -> None:
        """Run the engine."""
        self.runner = Runner(self.bus, formats=find, now=self.clock.now, node=f"engine{next(_shows)}", ended=ended)
        self.engine = asyncio.create_task(self.runner.run())
        self.stack.push_async_callback(self.disown)
        await self.runner.ready.wait()

    async def disown(self) -> None:
        self.engine.cancel()
        await asyncio.gather(self.engine, return_exceptions=True)

    def token(self, role: Role = Role.AUDIENCE, *, viewer: int = 0, show: str = "") -> str:
        return self.tokens.sign(ViewerId(viewer or self.viewers()), show or self.show, role)

    async def dial(self, *, path: str = "/link", **headers: str) -> Phone:
        """A connection that has not said hello."""
        extra = [(name.replace("_", "-"), value) for name, value in headers.items()]
        _, phone = await ws_connect(
            Phone, f"ws://127.0.0.1:{self.port}{path}", extra_headers=extra, logger_name=None
        )
        assert isinstance(phone, Phone)
        return phone

    async def call(self, role: Role = Role.AUDIENCE, *, viewer: int = 0, token: str = "") -> Phone:
        """A connection that said hello and is welcome."""
        phone = await self.dial()
        phone.say("hello", token=token or self.token(role, viewer=viewer))
        await phone.told("welcome")
        return phone

    async def player(self, name: str, **who: Any) -> tuple[Phone, int]:
        """Somebody who has joined, and the number of their last action."""
        phone = await self.call(**who)
        first = NONCE * 7 + 1
        phone.act(first, "join", segment="", name=name)
        await phone.receipted(first)
        return phone, first

    async def host(self) -> Phone:
        """The host, who has started the first segment."""
        phone = await self.call(Role.HOST)
        phone.act(NONCE + 1, "start", segment="", segment_="s1")
        return phone


async def ended(*_: Any) -> None:
    """Results are nobody's business here."""


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
    task = asyncio.create_task(server.main_loop())
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        await task
        await server.shutdown()


@pytest.fixture
async def node(nats_url: str) -> AsyncIterator[Stage]:
    """A node that serves links; `air` opens a show."""
    async with AsyncExitStack() as stack:
        bus = await Bus.connect(nats_url)
        stack.push_async_callback(bus.close)
        stage = Stage(bus, stack)
        yield stage


@pytest.fixture
async def stage(node: Stage) -> Stage:
    """A node with a show on air."""
    await node.open()
    await node.air()
    return node
