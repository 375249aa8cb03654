"""A viewer's network at work: its two lanes, and everything that goes through them."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from random import Random

from .alarm import Alarm
from .datagrams import Address, Mailbox
from .lane import Lane
from .path import Path
from .streams import Connection, Connections


class Wire:
    """Both directions. `seed` makes its jitter and its losses the same each time, as far as what is sent is the same."""

    def __init__(self, alarm: Alarm, seed: str) -> None:
        self._alarm = alarm
        self.up = Lane(Random(f"{seed}/up"))
        self.down = Lane(Random(f"{seed}/down"))
        self._connections = Connections(up=self.up, down=self.down, alarm=alarm)
        self._closing: list[Callable[[], None]] = [self._connections.close]

    def become(self, path: Path, *, cut: bool) -> None:
        """From now on it is like this; while it is `cut` nothing enters, and what is under way arrives."""
        self.up.become(path, path.up_ms, cut=cut)
        self.down.become(path, path.down_ms, cut=cut)
        if not cut:
            self._connections.mended()

    async def tcp(self, listener: socket.socket, target: Address) -> None:
        """Carry what is said to this listening socket to `target`. Owns the socket."""

        def near() -> asyncio.Protocol:
            return Connection(self._connections, target).near

        server = await asyncio.get_running_loop().create_server(near, sock=listener)
        self._closing.append(server.close)

    def udp(self, near: socket.socket, target: Address) -> None:
        """Carry what is sent to this socket to `target`. Owns the socket."""
        box = Mailbox(near, target, up=self.up, down=self.down, alarm=self._alarm)
        self._closing.append(box.close)

    def close(self) -> None:
        """Close everything."""
        for close in self._closing:
            close()
