"""TCP through a viewer's network.

The kernel ends both connections here, so the peers' congestion control does not feel the path: what it does to bytes is done to them
by hand. They come in order and whole, each segment that is lost a retransmission timeout later, and the first ones a round trip later,
because the handshake would have taken that. While the network is cut a connection still seems to open: what is said on it waits.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from time import monotonic
from typing import cast

from .alarm import Alarm
from .lane import SEGMENT, Lane, resent

Said = bytes | Callable[[], None]
"""Bytes, or what is to be done once everything before it has arrived."""


class Connections:
    """All TCP connections of a viewer."""

    def __init__(self, *, up: Lane, down: Lane, alarm: Alarm) -> None:
        self.up, self.down, self.alarm = up, down, alarm
        self.open: set[Connection] = set()

    @property
    def round_trip(self) -> float:
        """Of the path as it is, without jitter and queues, in seconds."""
        return self.up.delay + self.down.delay

    def mended(self) -> None:
        """The network was cut and is there again: TCP finds out when it tries the next time."""
        for connection in self.open:
            connection.up.mended()
            connection.down.mended()

    def close(self) -> None:
        """Close them all."""
        for connection in list(self.open):
            connection.close()


class Connection:
    """One TCP connection, from the viewer's side of it (`near`) to the `target`'s (`far`)."""

    def __init__(self, viewer: Connections, target: tuple[str, int]) -> None:
        self._viewer = viewer
        self._target = target
        self._ended = 0
        self._opening: asyncio.Task[None] | None = None
        self.near, self.far = Side(self), Side(self)
        self.up = self.near.says = self.far.hears = Stream(viewer, viewer.up, self.near, self.far)
        self.down = self.far.says = self.near.hears = Stream(viewer, viewer.down, self.far, self.near)

    def opened(self, side: Side) -> None:
        """A side is connected. Nothing is read before the far one is."""
        if side is self.near:
            self._viewer.open.add(self)
            side.transport.pause_reading()
            self.up.not_before(monotonic() + self._viewer.round_trip + self._viewer.up.delay)
            self._opening = asyncio.get_running_loop().create_task(self._open())

    async def _open(self) -> None:
        try:
            await asyncio.get_running_loop().create_connection(lambda: self.far, *self._target)
        except OSError:
            self.close()
            return
        if self.near.closed:
            self.close()
        else:
            self.near.transport.resume_reading()

    def lost(self, side: Side) -> None:
        """A side is gone without being closed here."""
        if self in self._viewer.open:
            side.says.take(self.close)

    def ended(self) -> None:
        """One direction is through; with both the connection is over."""
        self._ended += 1
        if self._ended == 2:
            self.close()

    def close(self) -> None:
        """Close both sides, after what is written to them already."""
        self._viewer.open.discard(self)
        for side in (self.near, self.far):
            if not side.closed:
                side.transport.close()


class Side(asyncio.Protocol):
    """One end: `says` carries what it says, `hears` writes to it."""

    says: Stream
    hears: Stream

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self._transport: asyncio.Transport | None = None

    @property
    def transport(self) -> asyncio.Transport:
        """Its own connection."""
        assert self._transport
        return self._transport

    @property
    def closed(self) -> bool:
        """Whether nothing can be read from it nor written to it."""
        return self._transport is None or self._transport.is_closing()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """It is there."""
        self._transport = cast("asyncio.Transport", transport)
        self.connection.opened(self)

    def data_received(self, data: bytes) -> None:
        """It has said something."""
        self.says.take(data)

    def eof_received(self) -> bool:
        """It says no more, and may hear on."""
        self.says.take(self.says.end)
        return True

    def connection_lost(self, error: Exception | None) -> None:
        """It is gone; the other side hears so as late as anything else."""
        self.connection.lost(self)

    def pause_writing(self) -> None:
        """It does not read as fast as it is written to."""
        self.hears.stuck(True)

    def resume_writing(self) -> None:
        """It has caught up."""
        self.hears.stuck(False)


class Stream:
    """One direction: what `speaker` says comes out at `hearer`, in order."""

    def __init__(self, viewer: Connections, lane: Lane, speaker: Side, hearer: Side) -> None:
        self._viewer = viewer
        self._lane = lane
        self._speaker = speaker
        self._hearer = hearer
        self._held: deque[tuple[float, Said]] = deque()
        self._trying = self._stuck = False
        self._queued = 0
        self._last = 0.0

    def not_before(self, when: float) -> None:
        """Nothing comes out earlier."""
        self._last = when

    def take(self, said: Said) -> None:
        """The speaker has said this, or it is to be done when what it said has arrived."""
        now = monotonic()
        self._count(len(said) if isinstance(said, bytes) else 0)
        if self._lane.cut or self._held:
            self._held.append((now, said))
        else:
            self._send(now, said)

    def end(self) -> None:
        """The speaker says no more, and the hearer has heard all."""
        if not self._hearer.closed:
            self._hearer.transport.write_eof()
        self._hearer.connection.ended()

    def stuck(self, so: bool) -> None:
        """Whether the hearer does not read."""
        self._stuck = so
        self._count(0)

    def mended(self) -> None:
        """The network is back: what was held is sent when TCP's timeout for the first of it is over."""
        if self._held and not self._trying:
            self._trying = True
            at = resent(self._held[0][0], self._viewer.round_trip, monotonic())
            self._viewer.alarm.at(at, self._try)

    def _try(self) -> None:
        self._trying = False
        if not self._lane.cut:
            held, self._held = self._held, deque()
            for sent, said in held:
                self._send(sent, said)

    def _send(self, sent: float, said: Said) -> None:
        """Over the lane, segment by segment where some may be lost."""
        lane, now = self._lane, monotonic()
        data = said if isinstance(said, bytes) else b""
        step = SEGMENT if lane.lossy else max(len(data), 1)
        for start in range(0, max(len(data), 1), step):
            piece = data[start : start + step]
            out = lane.through(now, len(piece)) + lane.again(self._viewer.round_trip)
            self._last = max(self._last, out)
            self._viewer.alarm.at(self._last, self._arrive, sent, piece or said)

    def _arrive(self, sent: float, said: Said) -> None:
        size = len(said) if isinstance(said, bytes) else 0
        self._lane.came_out(sent, monotonic(), size)
        if not isinstance(said, bytes):
            said()
        elif not self._hearer.closed:
            self._hearer.transport.write(said)
        self._count(-size)

    def _count(self, more: int) -> None:
        """Read no further while the path holds all that it can."""
        self._queued += more
        if self._speaker.closed:
            return
        if self._stuck or self._queued > self._lane.window(self._viewer.round_trip):
            self._speaker.transport.pause_reading()
        else:
            self._speaker.transport.resume_reading()
