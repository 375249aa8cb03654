"""A lab as its user sees it."""

from __future__ import annotations

import asyncio
import itertools
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable, Iterable
from typing import Literal, Self
from urllib.parse import urlsplit, urlunsplit

import msgspec

from oncue.engine.errors import Conflict, OncueError, Unavailable

from .lane import Flow
from .namespaces import sweep
from .orders import Add, AnyOrder, AnyReply, Change, Count, Counted, Cut, Done, Failed, Open, Ports, Remove
from .path import Path

PATIENCE_S = 20.0
"""How long the lab's process may take for one order."""

_write = msgspec.json.Encoder().encode
_read: Callable[[bytes], AnyReply] = msgspec.json.Decoder(AnyReply).decode


class Traffic(msgspec.Struct, frozen=True):
    """What went through a viewer's network so far."""

    up: Flow
    down: Flow


class Viewer:
    """One viewer's network. `tcp` and `udp` are the (host, port) to use in place of the originals, in the same order: other ports, or
    with a namespace the same ones, for programs that `command` starts in there."""

    def __init__(self, lab: Lab, order: Add, ports: Ports) -> None:
        self._lab = lab
        self._number = order.viewer
        self._instead = {
            **{("udp", port): near for (_, port), near in zip(order.udp, ports.udp, strict=True)},
            **{("tcp", port): near for (_, port), near in zip(order.tcp, ports.tcp, strict=True)},
        }
        self.path = order.path
        self.tcp = ports.tcp
        self.udp = ports.udp
        self.namespace = ports.namespace

    def command(self, words: Iterable[str]) -> list[str]:
        """The command that starts a program in this viewer's namespace. Raises `Conflict` (`lab/no-namespace`) without one."""
        if not self.namespace:
            raise Conflict(
                "this viewer has no namespace", code="lab/no-namespace", hint="Lab(namespaces=True)"
            )
        return ["ip", "netns", "exec", self.namespace, *words]

    def over(self, url: str, kind: Literal["tcp", "udp"] = "tcp") -> str:
        """The URL by which this viewer comes to the same place over its network; WebTransport (the relay, the clock) is `udp`.

        A URL with a port that the network does not stand in front of stays as it is.
        """
        parts = urlsplit(url)
        near = self._instead.get((kind, parts.port or 0))
        return urlunsplit(parts._replace(netloc=f"{near[0]}:{near[1]}")) if near else url

    async def change(self, path: Path) -> None:
        """The network is like this from now on: it gets worse, or the phone moves to another one."""
        await self._lab.order(Change(self._number, path))
        self.path = path

    async def cut(self) -> None:
        """No network at all: what is sent over UDP is lost, what is sent over TCP waits. Nobody is told."""
        await self._lab.order(Cut(self._number))

    async def mend(self) -> None:
        """There is a network again; TCP finds out when it tries the next time, which takes longer after a longer cut."""
        await self._lab.order(Cut(self._number, mend=True))

    async def traffic(self) -> Traffic:
        """Counters, and the delays that came about."""
        counted = await self._lab.order(Count(self._number))
        assert isinstance(counted, Counted)
        return Traffic(counted.up, counted.down)

    async def leave(self) -> None:
        """Close everything of this viewer's."""
        await self._lab.order(Remove(self._number))


class Lab:
    """Networks for viewers, made in a process of its own that ends with this one.

    An async context manager; leaving it ends all networks. With the same `seed` the networks do the same to the same packets. With
    `namespaces` each viewer gets a network namespace; entering then raises `Unavailable` (`lab/needs-root`, `lab/no-nft`, ...) where they
    cannot be had. Methods raise `Unavailable` (`lab/over`) when the process is gone.
    """

    def __init__(self, *, seed: int = 1, namespaces: bool = False) -> None:
        self._seed = seed
        self._namespaces = namespaces
        self._numbers = itertools.count(1)
        self._one = asyncio.Lock()
        self._process: Process | None = None

    async def __aenter__(self) -> Self:
        command = [sys.executable, "-m", "oncue.api.lab.process", str(self._seed)]
        self._process = await asyncio.create_subprocess_exec(
            *command, stdin=PIPE, stdout=PIPE, start_new_session=True
        )  # Ctrl-C on a terminal is for who has the lab
        try:
            if self._namespaces:
                await self.order(Open())
        except OncueError:
            await self._end()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._end()
        if self._namespaces:
            await sweep()

    async def _end(self) -> None:
        assert self._process
        assert self._process.stdin
        self._process.stdin.close()
        try:
            await asyncio.wait_for(self._process.wait(), PATIENCE_S)
        except TimeoutError:
            self._process.kill()
            await self._process.wait()

    @property
    def pid(self) -> int:
        """Of the lab's process."""
        assert self._process
        return self._process.pid

    async def viewer(
        self,
        path: Path,
        *,
        tcp: Iterable[tuple[str, int]] = (),
        udp: Iterable[tuple[str, int]] = (),
    ) -> Viewer:
        """A network in front of these addresses."""
        order = Add(next(self._numbers), path, tuple(tcp), tuple(udp))
        ports = await self.order(order)
        assert isinstance(ports, Ports)
        return Viewer(self, order, ports)

    async def order(self, order: AnyOrder) -> Ports | Counted | Done:
        """Have the process do this. Raises what it could not do."""
        process = self._process
        assert process
        assert process.stdin
        assert process.stdout
        async with self._one:
            try:
                process.stdin.write(_write(order) + b"\n")
                line = await asyncio.wait_for(process.stdout.readline(), PATIENCE_S)
            except (OSError, TimeoutError) as error:
                raise Unavailable("the lab does not answer", code="lab/over") from error
        if not line:
            raise Unavailable("the lab's process has ended", code="lab/over")
        reply = _read(line)
        if isinstance(reply, Failed):
            raise Unavailable(reply.message, code=reply.code, hint=reply.hint)
        return reply
