"""Those who try to spoil it: everything that a client must not say, one after the other, each of which must be answered clearly."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import Iterator
from time import monotonic
from typing import Any

import msgspec
from picows import WSCloseCode, WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

from oncue.api.bots.bot import Bot
from oncue.api.bots.habit import Habit
from oncue.engine.log import NONCE
from oncue.engine.wire import DownMsg, Got, Hello, No, Oops, Pong, Welcome

ANSWER_S = 5.0
"""How long an answer may take."""
LATER_S = 1.0
"""How long after a receipt the refusal may take."""
PAUSE_S = (0.05, 0.4)
FLOOD = 400
"""Messages at once, far beyond the pace."""
NAMES = ("", "   ", "x" * 81, "\u202egnp.exe", "\u0000", "<b onclick=alert(1)>Bob", "Ada\n\n\nBen")

_read = msgspec.json.Decoder(DownMsg).decode
_write = msgspec.json.Encoder().encode


class Heckle(msgspec.Struct):
    """Something that was thrown in. `code` is the first answer's (empty: none came; `done`: it was taken, as is right for what is odd
    but not wrong), `closed` whether the link was closed over it. `harmful`: to take it would be wrong."""

    what: str
    code: str = ""
    ms: float = 0.0
    closed: bool = False
    harmful: bool = True

    @property
    def clear(self) -> bool:
        """Whether whoever said it was told what was wrong."""
        return bool(self.code) and not (self.harmful and self.code == "done")


def acting(n: int, do: Any, seg: str = "", pos: int = 0) -> bytes:
    """An action as a client would send it, or nearly."""
    return _write({"op": "act", "n": n, "seg": seg, "pos": pos, "do": do})


def pranks(numbers: Iterator[int], other: int) -> Iterator[tuple[str, bytes]]:
    """What to say, with one of the rising `numbers` where one is needed; `other` is somebody else's id."""

    def act(do: Any, seg: str = "", pos: int = 0) -> bytes:
        return acting(next(numbers), do, seg, pos)

    yield "no JSON", b'{"op":"act","n":'
    yield "no object", b"[1,2,3]"
    yield "JSON without end", b"[" * 4000
    yield "bytes that are no text", b'{"op":"\xff\xfe"}'
    yield "an unknown message", b'{"op":"give-me-the-answer"}'
    yield "hello twice", _write(Hello("x.y.z"))
    yield "a field too many", b'{"op":"ping","t0":1,"admin":true}'
    yield "a number that is a text", acting(0, {"type": "join"}).replace(b'"n":0', b'"n":"all"')
    yield "a number below zero", acting(-5, {"type": "rename", "name": "Minus"})
    yield "a number beyond all", acting(1 << 60, {"type": "rename", "name": "Much"})
    yield "a position beyond all", act({"type": "rename", "name": "Far"}, pos=1 << 60)
    yield "an action without a type", act({})
    yield "an unknown action", act({"type": "win", "points": 1_000_000})
    yield "an action that is a list", act(["join"])
    yield "a part of the show that is not there", act({"type": "vote", "choice": 0}, seg="s999")
    yield "a message of 9 KB", act({"type": "rename", "name": "x" * 9000})
    yield "a message of 100 KB", act({"type": "rename", "name": "x" * 100_000})
    yield "the host's: start", act({"type": "start", "segment": "s1"})
    yield "the host's: finish", act({"type": "finish"})
    yield "the host's: dial", act({"type": "dial", "fixed": 5_000_000})
    yield "the host's: close", act({"type": "close"})
    yield "the moderator's: kick somebody", act({"type": "kick", "viewer": other})
    yield "the moderator's: rename somebody", act({"type": "name-person", "viewer": other, "name": "Loser"})
    yield "the system's: own the show", act({"type": "owned", "epoch": 1 << 40})
    for name in NAMES:
        yield f"the name {name[:32]!r}", act({"type": "rename", "name": name})


class Heckles(Habit):
    """Throws everything in over a second link of the same person, one after the other, and waits for what is said to it; in the end a
    flood. `said` has it all."""

    def __init__(self) -> None:
        self.said: list[Heckle] = []

    async def lives(self, bot: Bot) -> None:
        """All of it once, as long as the show goes on."""
        await bot.entered.wait()
        joined = bot.joined
        assert joined
        jeer = Jeer(joined.link, joined.token)
        numbers = itertools.count(bot.random.randrange(1 << 31, 1 << 32) * NONCE + 1)
        try:
            for what, said in pranks(numbers, joined.viewer - 1):
                if not bot.resting:
                    self.said.append(await jeer.say(what, said))
                    await asyncio.sleep(bot.random.uniform(*PAUSE_S))
            if not bot.resting:
                self.said.append(await jeer.flood())
        finally:
            jeer.close()


class Jeer(WSListener):
    """A bare link: says bytes, and hears what comes of it. Comes back when it was closed."""

    def __init__(self, url: str, token: str) -> None:
        self._url = url
        self._token = token
        self._transport: WSTransport | None = None
        self._heard: asyncio.Queue[Any] = asyncio.Queue()

    async def say(self, what: str, said: bytes) -> Heckle:
        """Say this, and wait for the answer."""
        heckle = Heckle(what, harmful=not what.startswith("the name"))
        begun = await self._send(heckle, said)
        if begun:
            heckle.ms = round(1000 * (monotonic() - begun), 1)
        return heckle

    async def flood(self) -> Heckle:
        """Say far too much at once; the answer is that it is too much."""
        heckle = Heckle("a flood of messages")
        ping = b'{"op":"ping","t0":1}'
        if await self._send(heckle, ping) and self._transport:
            begun, heckle.code = monotonic(), ""
            for _ in range(FLOOD):
                self._transport.send(WSMsgType.TEXT, ping)
            await self._answered(heckle, only=Oops)
            heckle.ms = round(1000 * (monotonic() - begun), 1)
        return heckle

    def close(self) -> None:
        """Be gone."""
        if self._transport:
            self._transport.disconnect(False)
            self._transport = None

    async def _send(self, heckle: Heckle, said: bytes) -> float:
        """Once the link is up; when it was, 0 if it cannot be."""
        with contextlib.suppress(OSError, TimeoutError):
            if self._transport is None:
                await self._come()
            while not self._heard.empty():
                self._heard.get_nowait()
            begun = monotonic()
            if self._transport:
                self._transport.send(WSMsgType.TEXT, said)
                await self._answered(heckle)
                return begun
        return 0.0

    async def _come(self) -> None:
        self._heard = asyncio.Queue()
        async with asyncio.timeout(ANSWER_S):
            self._transport, _ = await ws_connect(lambda: self, self._url, max_frame_size=1 << 24)
            while not isinstance(await self._heard.get(), Welcome):
                pass

    async def _answered(self, heckle: Heckle, only: type[Any] | None = None) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(ANSWER_S):
                while not heckle.code and not heckle.closed:
                    self._take(heckle, await self._heard.get(), only)
            async with asyncio.timeout(LATER_S):
                while heckle.code == "done":
                    self._take(heckle, await self._heard.get(), only)

    def _take(self, heckle: Heckle, message: Any, only: type[Any] | None) -> None:
        if message is None:
            heckle.closed = True
        elif isinstance(message, No | Oops) and message.code:
            heckle.code = message.code
        elif isinstance(message, Got | Pong) and only is None:
            heckle.code = "done"

    def on_ws_connected(self, transport: WSTransport) -> None:
        """The connection is there."""
        transport.send(WSMsgType.TEXT, _write(Hello(self._token)))

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        """A frame has come."""
        if frame.msg_type is WSMsgType.TEXT:
            self._heard.put_nowait(_read(frame.get_payload_as_bytes()))
        elif frame.msg_type is WSMsgType.CLOSE:
            if frame.get_close_code() == WSCloseCode.MESSAGE_TOO_BIG:
                self._heard.put_nowait(Oops("input/too-large", "closed with 1009"))
            transport.disconnect()

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        """It is gone."""
        self._transport = None
        self._heard.put_nowait(None)
