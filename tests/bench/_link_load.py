"""The generator of `bench/link.py`: `python _link_load.py`, one order a line on its input, one outcome a line on its output.

Each connection has one message in flight. At a rate, a message that could not go when it was due (the one before is still in flight)
is sent late, and its time counts from when it was due.
"""

import asyncio
import json
import os
import resource
import sys
import time
from array import array
from pathlib import Path
from typing import Any

import uvloop
from picows import WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

TEXT = WSMsgType.TEXT
DO = b'"seg":"s1","pos":1800000000000000,"do":{"type":"vote","choice":2}'


class Caller(WSListener):
    """One connection to a bare echo; the others differ in what they say."""

    def __init__(self, load: "Load", number: int, token: str) -> None:
        self.load = load
        self.n = number << 20
        self.token = token
        self.due = 0.0
        self.busy = False
        self.ready = asyncio.get_running_loop().create_future()

    def on_ws_connected(self, transport: WSTransport) -> None:
        self.transport = transport
        self.ready.set_result(None)

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        self.answered()

    def answered(self) -> None:
        """What was sent last is answered."""
        load = self.load
        self.busy = False
        load.times.append(int((load.clock() - self.due) * 1e6))
        if load.flat_out:
            self.fire(load.clock())

    def fire(self, due: float) -> None:
        """Say something that was due then."""
        self.due = due
        self.busy = True
        self.n += 1
        self.transport.send(TEXT, self.words())

    def words(self) -> bytes:
        return b'{"op":"act","n":%d,%b}' % (self.n, DO)


class LinkCaller(Caller):
    """A viewer: hello, join, and then only receipts count."""

    def on_ws_connected(self, transport: WSTransport) -> None:
        self.transport = transport
        transport.send(TEXT, json.dumps({"op": "hello", "token": self.token}).encode())

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        data = frame.get_payload_as_bytes()
        if data.startswith(b'{"op":"got"'):
            if self.ready.done():
                self.answered()
            else:
                self.ready.set_result(None)
        elif data.startswith(b'{"op":"welcome"') and self.load.joins:
            self.n += 1
            name = f"Viewer {self.n >> 20}"
            act = {"op": "act", "n": self.n, "seg": "", "do": {"type": "join", "name": name}}
            transport.send(TEXT, json.dumps(act).encode())
        elif data.startswith(b'{"op":"welcome"'):
            self.ready.set_result(None)
        elif data.startswith((b'{"op":"no"', b'{"op":"error"')):
            raise AssertionError(data)


class SocketioCaller(Caller):
    """An event with acknowledgement: Engine.IO 4, Socket.IO 5."""

    def on_ws_connected(self, transport: WSTransport) -> None:
        self.transport = transport

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        data = frame.get_payload_as_bytes()
        if data.startswith(b"43"):
            self.answered()
        elif data.startswith(b"40"):
            self.ready.set_result(None)
        elif data.startswith(b"0"):
            transport.send(TEXT, b"40")
        elif data.startswith(b"2"):
            transport.send(TEXT, b"3")

    def words(self) -> bytes:
        return b'42%d["act",{"n":%d,%b}]' % (self.n & 0xFFFFF, self.n, DO)


KINDS = {"bare": Caller, "link": LinkCaller, "idle": LinkCaller, "socketio": SocketioCaller}
PATHS = {"bare": "/", "link": "/link", "idle": "/link", "socketio": "/socket.io/?EIO=4&transport=websocket"}


class Load:
    """All connections of all kinds, idle but for those that are measured."""

    def __init__(self) -> None:
        self.callers: dict[str, list[Caller]] = {}
        self.times = array("Q")
        self.flat_out = False
        self.joins = True
        self.clock = time.perf_counter

    async def connect(self, kind: str, port: int, tokens: list[str]) -> dict[str, Any]:
        """One connection for each token."""
        self.joins = kind == "link"
        callers = [KINDS[kind](self, i + 1, token) for i, token in enumerate(tokens)]
        for begun in range(0, len(callers), 50):
            some = callers[begun : begun + 50]
            await asyncio.gather(
                *(self._dial(caller, f"ws://127.0.0.1:{port}{PATHS[kind]}") for caller in some)
            )
        self.callers[kind] = callers
        return {"connected": len(callers)}

    async def _dial(self, caller: Caller, url: str) -> None:
        await ws_connect(lambda: caller, url, logger_name=None, read_buffer_init_size=2048)
        await caller.ready

    async def run(
        self, kind: str, seconds: float, warm: float, rate: float, pids: list[int]
    ) -> dict[str, Any]:
        """Messages for so long, and what they cost the processes with these ids. A rate of 0: each as soon as it can."""
        callers = self.callers[kind]
        self.flat_out = rate == 0
        pacing = asyncio.create_task(self._pace(callers, rate)) if rate else None
        for caller in callers if self.flat_out else ():
            caller.fire(self.clock())
        await asyncio.sleep(warm)
        self.times = array("Q")
        began, cpu, own = self.clock(), [cpu_of(pid) for pid in pids], cpu_of(os.getpid())
        await asyncio.sleep(seconds)
        took, times = self.clock() - began, self.times
        spent = [cpu_of(pid) - before for pid, before in zip(pids, cpu, strict=True)]
        own = cpu_of(os.getpid()) - own
        self.flat_out = False
        if pacing:
            pacing.cancel()
        while any(caller.busy for caller in callers):
            await asyncio.sleep(0.01)
        ordered = sorted(times)
        at = {f"p{p}_ms": round(ordered[int(len(ordered) * p / 100)] / 1000, 2) for p in (50, 99)}
        return {
            "n": len(ordered),
            "per_s": round(len(ordered) / took),
            "cpu": spent,
            "load_cpu": own / took,
            **at,
        }

    async def _pace(self, callers: list[Caller], rate: float) -> None:
        began, i = self.clock(), 0
        while True:
            now = self.clock()
            while (due := began + i / rate) <= now:
                caller = callers[i % len(callers)]
                if not caller.busy:
                    caller.fire(due)
                i += 1
            await asyncio.sleep(0.001)


def cpu_of(pid: int) -> float:
    """Seconds of CPU that a process has used, user and system."""
    words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


async def main() -> None:
    """Orders from the input until it ends."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    load = Load()
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        order = json.loads(line)
        outcome = await getattr(load, order.pop("do"))(**order)
        print(json.dumps(outcome), flush=True)


if __name__ == "__main__":
    uvloop.run(main())
