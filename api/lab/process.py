"""The process of a lab: `python -m oncue.api.lab.process SEED [namespaces]`. Orders come on standard input, replies go to standard output.

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
from .orders import Add, AnyOrder, AnyReply, Change, Count, Counted, Cut, Done, Failed, Ports, Remove
from .wire import Wire

NICE = -10
"""A network does not wait for a processor. Only root may ask for this."""


class Desk:
    """Carries out orders."""

    def __init__(self, seed: str) -> None:
        self._seed = seed
        self._alarm = Alarm()
        self._wires: dict[int, Wire] = {}

    async def do(self, order: AnyOrder) -> AnyReply:
        """One order."""
        if isinstance(order, Add):
            return await self._add(order)
        wire = self._wires[order.viewer]
        match order:
            case Change():
                wire.become(order.path)
            case Cut():
                (wire.mend if order.mend else wire.cut)()
            case Count():
                return Counted(wire.up.flow(), wire.down.flow())
            case Remove():
                self._wires.pop(order.viewer).close()
        return Done()

    async def _add(self, order: Add) -> Ports:
        wire = self._wires[order.viewer] = Wire(order.path, self._alarm, f"{self._seed}/{order.viewer}")
        tcp, udp = [], []
        for target in order.tcp:
            listener = near(socket.SOCK_STREAM)
            tcp.append(listener.getsockname())
            await wire.tcp(listener, target)
        for target in order.udp:
            box = near(socket.SOCK_DGRAM)
            udp.append(box.getsockname())
            wire.udp(box, target)
        return Ports(tuple(tcp), tuple(udp))

    def close(self) -> None:
        """Leave nothing behind."""
        for wire in self._wires.values():
            wire.close()


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
        desk.close()


def main() -> None:
    """Run it."""
    import uvloop

    with contextlib.suppress(PermissionError, OSError):
        os.setpriority(os.PRIO_PROCESS, 0, NICE)
    with contextlib.suppress(asyncio.CancelledError, BrokenPipeError):
        uvloop.run(serve(sys.argv[1]))


if __name__ == "__main__":
    main()
