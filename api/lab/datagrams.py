"""UDP through a viewer's network."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from time import monotonic

import msgspec

from .alarm import Alarm
from .lane import Lane

Address = tuple[str, int]

AT_ONCE = 64
"""Datagrams that are read from one socket before the others get their turn."""
DATAGRAM = 1 << 16
BUFFER = 1 << 20
"""Bytes that the kernel keeps for a socket while this process is not running."""
QUIET_S = 120.0
"""A client that was not heard of for so long is forgotten; QUIC's idle timeouts are shorter."""


class Far(msgspec.Struct):
    """What the target knows of a client: a socket of its own, and when the client last said something."""

    socket: socket.socket
    heard: float


class Mailbox:
    """The socket that clients send to instead of `target`, and one for each of them that the target knows, as behind a NAT (RFC 4787)."""

    def __init__(self, near: socket.socket, target: Address, *, up: Lane, down: Lane, alarm: Alarm) -> None:
        self._near = near
        self._target = target
        self._up, self._down, self._alarm = up, down, alarm
        self._clients: dict[Address, Far] = {}
        self._loop = asyncio.get_running_loop()
        near.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)
        self._loop.add_reader(near, self._from_near)

    def close(self) -> None:
        """Close all sockets."""
        for client in list(self._clients):
            self._forget(client)
        self._loop.remove_reader(self._near)
        self._near.close()

    def _from_near(self) -> None:
        for _ in range(AT_ONCE):
            try:
                data, client = self._near.recvfrom(DATAGRAM)
            except OSError:  # nothing more
                return
            now = monotonic()
            far = self._clients.get(client) or self._meet(client, now)
            far.heard = now
            self._carry(self._up, far.socket, data, None, now)

    def _from_far(self, far: socket.socket, client: Address) -> None:
        for _ in range(AT_ONCE):
            try:
                data = far.recv(DATAGRAM)
            except OSError:  # nothing more, or nobody at the target listens
                return
            self._carry(self._down, self._near, data, client, monotonic())

    def _carry(self, lane: Lane, to: socket.socket, data: bytes, client: Address | None, now: float) -> None:
        out = lane.datagram(now, len(data))
        if out is not None:
            self._alarm.at(out, _deliver, lane, to, data, client, now)

    def _meet(self, client: Address, now: float) -> Far:
        for known, far in list(self._clients.items()):
            if now - far.heard > QUIET_S:
                self._forget(known)
        own = socket.socket(type=socket.SOCK_DGRAM)
        own.setblocking(False)
        own.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)
        own.connect(self._target)
        self._loop.add_reader(own, self._from_far, own, client)
        self._clients[client] = Far(own, now)
        return self._clients[client]

    def _forget(self, client: Address) -> None:
        own = self._clients.pop(client).socket
        self._loop.remove_reader(own)
        own.close()


def _deliver(lane: Lane, to: socket.socket, data: bytes, client: Address | None, entered: float) -> None:
    with contextlib.suppress(OSError):  # closed, or nobody listens: a datagram is lost without a word
        if client is None:
            to.send(data)
        else:
            to.sendto(data, client)
    lane.came_out(entered, monotonic(), len(data))
