"""A client's side of the link: numbers its actions, keeps those without a receipt, and comes back when the connection drops."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from random import Random
from time import monotonic
from typing import Any

import msgspec
from picows import WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

from oncue.engine.log import NONCE
from oncue.engine.wire import Act, DownMsg, Got, Hello, No, Oops, Ping, Pong, Report, UpMsg, Welcome

from .clock import Clock

AGAIN_S = (0.2, 1.2)
"""How long to wait before connecting again: spread, so that a crowd does not come back at once."""

THROUGH_S = 10.0
"""After so long a scene is not waited for any more."""

_read = msgspec.json.Decoder(DownMsg).decode
_write = msgspec.json.Encoder().encode


class Deed(msgspec.Struct):
    """An action as its sender knows it. Times are of `time.monotonic`: `sent`, of the receipt (0: none yet) and of the first
    scene that reflects it. `refused` is the code of the refusal, `seq` where it stands in the log at the latest. `block` is what it was
    the answer to. `true` is the position that was on the screen, whatever was said of it; `cut`: the link was gone in the meantime."""

    number: int
    segment: str
    do: dict[str, Any]
    pos: int
    sent: float
    block: str = ""
    receipt: float = 0.0
    seq: int = 0
    scene: float = 0.0
    refused: str = ""
    true: int = 0
    cut: bool = False


class Line:
    """One tab's link. `heard` gets every message but receipts, refusals and clock answers; the function `settled` each deed that
    has just got its receipt or refusal, the event `settled` is set while none is without. May be set before it runs: `overheard` gets
    each frame as it came, and pings of the server are answered `echo_s` seconds late."""

    def __init__(
        self,
        url: str,
        token: str,
        random: Random,
        *,
        heard: Callable[[Any], None],
        settled: Callable[[Deed], None],
    ) -> None:
        self._url = url
        self._token = token
        self._random = random
        self._heard = heard
        self._on_settled = settled
        self._next = random.randrange(1, 1 << 32) * NONCE
        self._socket: WSTransport | None = None
        self._owed: deque[Deed] = deque()
        self.clock = Clock()
        self.deeds: dict[int, Deed] = {}
        self.welcome = asyncio.Event()
        self.settled = asyncio.Event()
        self.settled.set()
        self.overheard: Callable[[bytes], None] | None = None
        self.echo_s = 0.0
        self.connections = 0
        self.over = ""
        self._awake = asyncio.Event()
        self._awake.set()

    async def run(self) -> None:
        """Be there until cancelled, or until the server says that it is for good (`over` says why)."""
        while not self.over:
            await self._awake.wait()
            try:
                transport = await self.open(self._url)
            except (OSError, TimeoutError, ConnectionError):
                await asyncio.sleep(self._random.uniform(*AGAIN_S))
                continue
            ticking = asyncio.create_task(self._tick(transport))
            try:
                await transport.wait_disconnected()
            finally:
                ticking.cancel()
                self._socket = None
                self.welcome.clear()
                transport.disconnect()
                self._cut()
            if not self.over:
                await asyncio.sleep(self._random.uniform(*AGAIN_S))

    def _cut(self) -> None:
        """The link is gone: what was done on it says nothing about how long things take."""
        now = monotonic()
        for deed in self.deeds.values():
            deed.cut = deed.cut or not deed.receipt or (not deed.scene and now - deed.sent < THROUGH_S)

    async def open(self, url: str) -> WSTransport:
        """A new connection."""
        return (
            await ws_connect(
                lambda: Ears(self), url, max_frame_size=1 << 24, enable_auto_pong=not self.echo_s
            )
        )[0]

    def act(self, segment: str, do: dict[str, Any], pos: int = 0, block: str = "") -> Deed:
        """Do this: now, or as soon as the link is up."""
        self._next += 1
        deed = Deed(self._next, segment, do, pos, monotonic(), block)
        self.deeds[deed.number] = deed
        self._owed.append(deed)
        self.settled.clear()
        if self._socket is not None:
            self._send(deed)
        return deed

    def repeat(self, deed: Deed) -> None:
        """Send the same action under the same number once more, as who knows nothing of its receipt."""
        if self._socket is not None:
            self._send(deed)

    def say(self, message: UpMsg) -> None:
        """Say this if the link is up."""
        if self._socket is not None:
            self._socket.send(WSMsgType.TEXT, _write(message))

    def report(self, delay: int, door: str, frames: int, need: int) -> None:
        """How this viewer fares; see `oncue.engine.wire.Report`."""
        self.say(Report(delay, door, frames, self.clock.error, need))

    def drop(self) -> None:
        """Lose the connection, as phones do."""
        if self._socket is not None:
            self._socket.underlying_transport.abort()

    def sleep(self) -> None:
        """Be gone without a word, until `wake`: what is done meanwhile is sent then."""
        self._awake.clear()
        self.drop()

    def wake(self) -> None:
        """Come back."""
        self._awake.set()

    def connected(self, transport: WSTransport) -> None:
        """The connection is there."""
        self.connections += 1
        transport.send(WSMsgType.TEXT, _write(Hello(self._token)))

    def received(self, transport: WSTransport, data: bytes) -> None:
        """A message has come."""
        if self.overheard is not None:
            self.overheard(data)
        message = _read(data)
        if isinstance(message, Got):
            self._got(message)
        elif isinstance(message, No):
            self._no(message)
        elif isinstance(message, Pong):
            self.clock.heard(message.t0, message.t1, message.t2)
        elif isinstance(message, Welcome):
            self._welcomed(transport, message)
        else:
            if isinstance(message, Oops) and message.fatal and not message.retry:
                self.over = message.code
            self._heard(message)

    def _welcomed(self, transport: WSTransport, message: Welcome) -> None:
        self.clock.seed(message.now)
        self.clock.hurry()
        self._socket = transport
        self._heard(message)
        self.welcome.set()
        for deed in self._owed:
            self._send(deed)

    def _send(self, deed: Deed) -> None:
        self.say(Act(deed.number, deed.segment, msgspec.Raw(_write(deed.do)), deed.pos))

    def _got(self, message: Got) -> None:
        now = monotonic()
        while self._owed and self._owed[0].number <= message.n:
            deed = self._owed.popleft()
            deed.receipt, deed.seq = now, message.seq
            self._on_settled(deed)
        self._rest()

    def _no(self, message: No) -> None:
        deed = self.deeds.get(message.n)
        if deed is not None:
            deed.refused = message.code
            if not deed.receipt:
                self._owed = deque(other for other in self._owed if other is not deed)
            self._on_settled(deed)
        self._rest()

    def _rest(self) -> None:
        if not self._owed:
            self.settled.set()

    async def _tick(self, transport: WSTransport) -> None:
        await self.welcome.wait()
        while True:
            self.say(Ping(self.clock.local()))
            await asyncio.sleep(self.clock.pause / 1e6)


class Ears(WSListener):
    """One connection of a line."""

    def __init__(self, line: Line) -> None:
        self._line = line

    def on_ws_connected(self, transport: WSTransport) -> None:
        self._line.connected(transport)

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type is WSMsgType.TEXT:
            self._line.received(transport, frame.get_payload_as_bytes())
        elif frame.msg_type is WSMsgType.PING and self._line.echo_s:
            echo = frame.get_payload_as_bytes()
            asyncio.get_running_loop().call_later(self._line.echo_s, transport.send_pong, echo)
        elif frame.msg_type is WSMsgType.CLOSE:
            transport.send_close(frame.get_close_code())
            transport.disconnect()
