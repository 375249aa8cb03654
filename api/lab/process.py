"""The process of a lab: `python -m oncue.api.lab.process SEED`. Orders come on standard input, replies go to standard output.

It ends, and leaves nothing behind, when its standard input does: no lab outlives who made it.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import signal
import socket
import sys

import msgspec

from oncue.engine.errors import OncueError

from .alarm import Alarm
from .namespaces import Home, Street
from .orders import Add, AnyOrder, AnyReply, Change, Count, Counted, Cut, Done, Failed, Open, Ports, Remove
from .path import Path
from .wire import Wire

NICE = -10
"""A network does not wait for a processor. Only root may ask for this."""


class Viewer(msgspec.Struct):
    """A viewer's network in this process, and, where the kernel does some of it, the namespace."""

    wire: Wire
    path: Path
    home: Home | None = None
    cut: bool = False


class Desk:
    """Carries out orders."""

    def __init__(self, seed: str) -> None:
        self._seed = seed
        self._alarm = Alarm()
        self._street: Street | None = None
        self._viewers: dict[int, Viewer] = {}

    async def do(self, order: AnyOrder) -> AnyReply:
        """One order."""
        match order:
            case Open():
                self._street = Street()
                await self._street.open()
            case Add():
                return await self._add(order)
            case Count():
                return await self._count(self._viewers[order.viewer])
            case Remove():
                await self._remove(self._viewers.pop(order.viewer))
            case Change() | Cut():
                viewer = self._viewers[order.viewer]
                if isinstance(order, Change):
                    viewer.path = order.path
                else:
                    viewer.cut = not order.mend
                await self._shape(viewer)
        return Done()

    async def close(self) -> None:
        """Leave nothing behind."""
        for viewer in self._viewers.values():
            viewer.wire.close()
        if self._street:
            await self._street.close()

    async def _add(self, order: Add) -> Ports:
        wire = Wire(self._alarm, f"{self._seed}/{order.viewer}")
        viewer = self._viewers[order.viewer] = Viewer(wire, order.path)
        if self._street:
            viewer.home = await self._street.add(order.viewer, order.tcp, order.udp)
        await self._shape(viewer)
        tcp, udp = [], []
        for target in order.tcp:
            listener = self._near(socket.SOCK_STREAM, viewer, target)
            tcp.append(listener.getsockname())
            await wire.tcp(listener, target)
        for target in order.udp:
            box = self._near(socket.SOCK_DGRAM, viewer, target)
            udp.append(box.getsockname())
            wire.udp(box, target)
        if viewer.home:
            return Ports(order.tcp, order.udp, viewer.home.name)
        return Ports(tuple(tcp), tuple(udp))

    def _near(self, kind: socket.SocketKind, viewer: Viewer, target: tuple[str, int]) -> socket.socket:
        """A socket for the viewer to reach the target by."""
        if viewer.home and self._street:
            return self._street.opened(kind, viewer.home, target[1])
        return near(kind)

    async def _shape(self, viewer: Viewer) -> None:
        """Make the network what it is now; with a namespace the kernel does all but delay and jitter."""
        path = viewer.path
        if viewer.home and self._street:
            await self._street.become(viewer.home, path, cut=viewer.cut)
            viewer.wire.become(Path(path.up_ms, path.down_ms, path.jitter_ms), cut=False)
        else:
            viewer.wire.become(path, cut=viewer.cut)

    async def _count(self, viewer: Viewer) -> Counted:
        up, down = viewer.wire.up.flow(), viewer.wire.down.flow()
        if viewer.home and self._street:
            up = await self._street.flow(viewer.home, up, up=True)
            down = await self._street.flow(viewer.home, down, up=False)
        return Counted(up, down)

    async def _remove(self, viewer: Viewer) -> None:
        viewer.wire.close()
        if viewer.home and self._street:
            await self._street.remove(viewer.home)


def near(kind: socket.SocketKind) -> socket.socket:
    """A socket on a free port of this machine, for viewers."""
    made = socket.socket(type=kind)
    made.setblocking(False)
    made.bind(("127.0.0.1", 0))
    return made


async def serve(seed: str) -> None:
    """Until standard input ends, or a signal says so."""
    loop = asyncio.get_running_loop()
    serving = asyncio.current_task()
    assert serving
    loop.add_signal_handler(signal.SIGTERM, serving.cancel)
    # Ctrl-C is for whoever made the lab, who then closes standard input.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    orders = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(orders), sys.stdin)
    desk = Desk(seed)
    read, write = msgspec.json.Decoder(AnyOrder).decode, msgspec.json.Encoder().encode
    gc.freeze()
    try:
        while line := await orders.readline():
            try:
                reply = await desk.do(read(line))
            except OncueError as error:
                reply = Failed(error.message, error.code, error.hint)
            except OSError as error:
                reply = Failed(f"the lab could not do that: {error}", "lab/failed")
            os.write(1, write(reply) + b"\n")
    finally:
        await desk.close()


def main() -> None:
    """Run it."""
    import uvloop

    with contextlib.suppress(PermissionError, OSError):
        os.setpriority(os.PRIO_PROCESS, 0, NICE)
    with contextlib.suppress(asyncio.CancelledError, BrokenPipeError):
        uvloop.run(serve(sys.argv[1]))


if __name__ == "__main__":
    main()
