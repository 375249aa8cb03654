"""The WebSocket below a link: accepted by uvicorn with all else on the port, then handed over to picows.

uvicorn gives an upgrade to what its `ws` setting names: `connection_made`, `data_received` with the request, then
it makes that the transport's protocol. picows has a buffered protocol in Cython; `Handover` is that, and takes the
request as uvicorn gives it. No ASGI application has a part in it.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Collection, Mapping
from functools import partial
from typing import Any, cast
from urllib.parse import urlsplit

import msgspec
from picows import (
    WSAutoPingStrategy,
    WSCloseCode,
    WSFrame,
    WSListener,
    WSMsgType,
    WSTransport,
    WSUpgradeRequest,
    WSUpgradeResponse,
    WSUpgradeResponseWithListener,
)
from picows.picows import WSProtocol  # type: ignore[attr-defined]  # its stubs leave it out

from oncue.engine.errors import Forbidden, OncueError, TooMany, Unavailable, Unknown

from .limits import address
from .link import Closing, Link
from .rooms import Rooms
from .tcp import MoqSocket, Pass, TcpDoor, admitted

TEXT, PING, PONG, CLOSE = WSMsgType.TEXT, WSMsgType.PING, WSMsgType.PONG, WSMsgType.CLOSE
MORE = WSMsgType.CONTINUATION
LARGEST = 64 * 1024
"""A frame up to this size is read, to say in words that it is too large; above it the parser closes with 1009."""
FIRST_BUFFER = 2048
"""What a connection reads into; it grows when messages are larger, and there may be very many connections."""
GOODBYE = 2.0
"""Seconds that a client has to answer our close before the connection is dropped."""
PASSED_ON = (b"host", b"sec-websocket-key", b"sec-websocket-version", b"origin")


class Quiet(logging.LoggerAdapter[logging.Logger]):
    """picows logs what clients do wrong as errors of ours; and it makes a logger for each connection of a `Logger`."""

    def error(self, msg: object, *args: object, **kwargs: Any) -> None:
        self.debug(msg, *args, **kwargs)

    warning = info = error


LOG = Quiet(logging.getLogger("oncue.link"), {})


class Front:
    """Where connections come in: who may, and what they share.

    `origins` are those of our own pages (`https://show.example`) besides the host that was asked; what is no browser
    sends none. `proxies` is how many proxies of ours stand in front, each of which adds to X-Forwarded-For. `tcp` is for pictures.
    """

    def __init__(
        self,
        rooms: Rooms,
        *,
        origins: Collection[str] = (),
        proxies: int = 0,
        tcp: TcpDoor | None = None,
    ) -> None:
        self.rooms = rooms
        self.tcp = tcp
        self.largest = rooms.limits.message
        self.origins = frozenset(origins)
        self.proxies = proxies
        self.addresses: Counter[str] = Counter()

    def _ours(self, origin: str, host: str) -> bool:
        return origin in self.origins or urlsplit(origin).netloc == host

    def judge(self, path: str, headers: Mapping[bytes, bytes], address: str) -> OncueError | Pass | None:
        """Why a connection may not come in; None: it may be a link; a `Pass`: it may be for pictures."""
        origin = headers.get(b"origin", b"").decode("latin-1")
        if origin and not self._ours(origin, headers.get(b"host", b"").decode("latin-1")):
            return Forbidden(
                f"pages of {origin} may not connect here", code="link/origin", hint="set ONCUE_PUBLIC_URL"
            )
        return admitted(self.tcp, path, headers, address) or self._refusal(path, address)

    def _refusal(self, path: str, address: str) -> OncueError | None:
        if urlsplit(path).path != "/link":
            return Unknown("there is no WebSocket here", code="link/path", hint="the link is at /link")
        if self.addresses[address] >= self.rooms.limits.links_per_address:
            return TooMany("too many links from this address", code="limit/address")
        if self.rooms.draining:
            return Unavailable("this server stops", code="node/draining", hint="come back at once")
        return None


class WebSocket(WSListener):
    """One connection. Sees to frames, so that the link has whole text messages only."""

    __slots__ = ("_front", "_link", "_parts", "_transport", "address")

    def __init__(self, front: Front, address: str) -> None:
        self._front = front
        self._parts: list[bytes] = []
        self.address = address

    def on_ws_connected(self, transport: WSTransport) -> None:
        """The handshake is done."""
        self._transport = transport
        transport.request.headers.clear()
        transport.response.headers.clear()
        transport.underlying_transport.set_write_buffer_limits(high=self._front.rooms.limits.unread)
        self._front.addresses[self.address] += 1
        self._link: Link = self._front.rooms.open(self)

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        """A frame has come; its memory is picows' own, so what is kept is copied."""
        kind = frame.msg_type
        if kind is TEXT and frame.fin and frame.payload_size <= self._front.largest:
            self._link.receive(frame.get_payload_as_bytes())
        elif kind is PONG:
            self._link.ponged(self._front.rooms.now())
        elif kind is PING:
            if self._link.spend(self._front.rooms.now()):
                transport.send_pong(frame.get_payload_as_bytes())
        elif kind is CLOSE:
            transport.send_close(WSCloseCode.OK)
            transport.disconnect()
        elif kind is TEXT or (kind is MORE and self._parts):
            self._part(frame)
        else:
            self._link.mistake("input/binary", "send text frames with JSON")

    def _part(self, frame: WSFrame) -> None:
        """A message in several frames, or one that is too large."""
        self._parts.append(frame.get_payload_as_bytes())
        if sum(map(len, self._parts)) > self._front.largest:
            self._parts.clear()
            self._link.end(
                Closing.TOO_LARGE, "input/too-large", f"a message has at most {self._front.largest} bytes"
            )
        elif frame.fin:
            whole = b"".join(self._parts)
            self._parts.clear()
            self._link.receive(whole)

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        """The connection is gone, whoever closed it."""
        addresses = self._front.addresses
        addresses[self.address] -= 1
        if not addresses[self.address]:
            del addresses[self.address]
        self._link.gone()

    def pause_writing(self) -> None:
        """More waits to be read than we keep."""
        self._link.end(Closing.SLOW, "link/slow", "you read too slowly", retry=True)

    def resume_writing(self) -> None:
        """Nothing was held back."""

    def send(self, frame: bytes) -> None:
        """Send one text frame; nothing happens once the connection is closing."""
        self._transport.send(TEXT, frame)

    def ping(self) -> None:
        """Send a ping."""
        self._transport.send_ping()

    def close(self, code: int, reason: str) -> None:
        """Close with this code. TCP stays until the client answers, or what it still sends would make a reset of ours
        overtake the reason."""
        self._transport.send_close(cast(WSCloseCode, code), reason)
        asyncio.get_running_loop().call_later(GOODBYE, self._transport.disconnect, False)

    def abort(self) -> None:
        """Drop the connection."""
        self._transport.disconnect(False)


class Handover(WSProtocol):  # type: ignore[misc]  # untyped in picows' stubs
    """A connection between uvicorn's HTTP and picows."""

    __slots__ = ("_address", "_connections", "_front", "_judged")

    def __init__(self, front: Front, *, config: Any, server_state: Any, app_state: Any) -> None:
        self._front = front
        self._connections = server_state.connections
        super().__init__(
            None,  # host_port and ws_path are a client's
            None,
            False,
            self._accept,
            LOG,
            True,
            front.rooms.limits.hello / 1e6,
            False,  # no pings of picows' own: they take a task for each connection
            1,
            1,
            WSAutoPingStrategy.PING_WHEN_IDLE,
            False,
            LARGEST,
            None,
            FIRST_BUFFER,
        )

    def connection_made(self, transport: asyncio.Transport) -> None:
        """Called by uvicorn."""
        self._connections.add(self)
        super().connection_made(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """Called by the loop."""
        self._connections.discard(self)
        super().connection_lost(exc)

    def shutdown(self) -> None:
        """Called by uvicorn when it stops."""
        self._front.rooms.stop()

    def data_received(self, data: bytes) -> None:
        """Called by uvicorn, with the whole request."""
        first, *lines = data.partition(b"\r\n\r\n")[0].split(b"\r\n")
        headers = [(name, value) for name, _, value in (line.partition(b": ") for line in lines)]
        self._judge(first, headers)
        # picows takes no `Connection: keep-alive, Upgrade`, as Firefox has it, and its buffer stays as large as what
        # it has read: so it gets what it needs.
        needed = [name + b": " + value for name, value in headers if name in PASSED_ON]
        self._feed(b"\r\n".join([first, b"upgrade: websocket", b"connection: Upgrade", *needed, b"", b""]))
        self._restart()

    def _judge(self, first: bytes, headers: list[tuple[bytes, bytes]]) -> None:
        peer = self.transport.underlying_transport.get_extra_info("peername")
        self._address = address({"client": peer or None, "headers": headers}, self._front.proxies)
        path = first.split(b" ")[1].decode("latin-1")
        self._judged = self._front.judge(path, dict(headers), self._address)

    def _restart(self) -> None:
        """A loop that is reading goes on in the old protocol's way until it is paused."""
        transport = self.transport.underlying_transport
        transport.pause_reading()
        asyncio.get_running_loop().call_soon(transport.resume_reading)

    def _feed(self, data: bytes) -> None:
        while data:
            buffer = self.get_buffer(len(data))
            count = min(len(buffer), len(data))
            buffer[:count] = data[:count]
            data = data[count:]
            self.buffer_updated(count)

    def _accept(self, _: WSUpgradeRequest) -> WebSocket | WSUpgradeResponseWithListener:
        judged = self._judged
        if judged is None:
            return WebSocket(self._front, self._address)
        if isinstance(judged, Pass):
            assert self._front.tcp
            chosen = WSUpgradeResponse.create_101_response({"Sec-WebSocket-Protocol": judged.protocol})
            return WSUpgradeResponseWithListener(chosen, MoqSocket(self._front.tcp, judged))
        body = msgspec.json.encode(judged.as_dict())
        response = WSUpgradeResponse.create_error_response(
            judged.status, body, {"Content-Type": "application/json"}
        )
        return WSUpgradeResponseWithListener(response, None)


def link_protocol(front: Front) -> Any:
    """What `uvicorn.Config(ws=...)` takes, so that the link is served on the port of the pages."""
    return partial(Handover, front)
