"""Viewers in network namespaces of their own (ip-netns(8)): packets are really lost there, and TCP feels it.

The lab has a namespace, the *street*, and each viewer one, joined to it by a veth. Loss is nftables, the rate is tbf, both where packets
leave the veth; delay and jitter are the proxies' (netem is in few kernels), which listen in the street and speak to their targets from
where the lab runs. In a viewer's namespace 127.0.0.1 leads to them for the targets' ports, so that pages stay secure contexts. The
machine's own network is left alone: all interfaces, addresses and rules are in namespaces that are made here, and go with them.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import os
import shutil
import socket
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path as File
from subprocess import PIPE, STDOUT

import msgspec

from oncue.engine.errors import OncueError, Unavailable

from .lane import LEAST_ROOM, Flow
from .path import Path

NAMES = "oncue-lab-"
"""What every namespace's name begins with; the process that it belongs to follows."""
NAMED = File("/run/netns")
CLONE_NEWNET = 0x40000000
NEEDED = {"ip": "iproute2", "tc": "iproute2", "nft": "nftables"}
MILLION = 1_000_000
TICK_S = 0.005
"""tbf's bucket holds what the rate lets through in this time, as it is filled by the kernel's ticks."""
MOST = 1 << 14
"""Viewers of one lab: each has four addresses of 10.201.0.0/16."""

Target = tuple[str, int]


class Home(msgspec.Struct, frozen=True):
    """A viewer's namespace: its `name`, its veth's end in the street, and the addresses at that end and at the viewer's."""

    name: str
    veth: str
    street: str
    own: str


class Street:
    """The namespaces of one lab. `open` before anything else; `close` removes them all. Raises `Unavailable` where they cannot be had."""

    def __init__(self) -> None:
        self._prefix = f"{NAMES}{os.getpid()}-"
        self._name = f"{self._prefix}street"

    async def open(self) -> None:
        """Make the street; sweep what labs left behind that are no more."""
        check()
        await sweep()
        await _add(self._name)

    async def close(self) -> None:
        """Remove all of them."""
        await _remove(_named(self._prefix))

    async def add(self, number: int, tcp: Iterable[Target], udp: Iterable[Target]) -> Home:
        """A namespace for a viewer, in which these targets are found where they are."""
        if number >= MOST:
            raise Unavailable("a lab has no more namespaces than that", code="lab/full")
        net = f"10.201.{number >> 6}."
        first = (number & 63) * 4
        home = Home(f"{self._prefix}{number}", f"v{number}", f"{net}{first + 1}", f"{net}{first + 2}")
        await _add(home.name)
        # Without IPv6 (addrgenmode) nothing is sent but what viewers send.
        await run(
            "ip", "-n", self._name, "-batch", "-",
            said=f"link add {home.veth} gso_max_segs 1 type veth peer name eth0 gso_max_segs 1 netns {home.name}\n"
            f"address add {home.street}/30 dev {home.veth}\nlink set {home.veth} addrgenmode none up\n",
        )  # fmt: skip
        await run(
            "ip", "-n", home.name, "-batch", "-", said=f"address add {home.own}/30 dev eth0\nlink set eth0 addrgenmode none up\n"
        )  # fmt: skip
        with within(home.name):
            lead_local()
        await self._rules(home.name, leading_on(home, tcp, udp) + losing("eth0"))
        await self._rules(self._name, losing(home.veth))
        return home

    async def remove(self, home: Home) -> None:
        """A viewer is gone."""
        await self._rules(self._name, f"delete table ip lose-{home.veth}\n")
        await _remove([home.name])

    async def become(self, home: Home, path: Path, *, cut: bool) -> None:
        """What the kernel does of `path`, from now on."""
        for namespace, device in ((home.name, "eth0"), (self._name, home.veth)):
            await self._rules(namespace, lost(device, path, cut=cut))
            words = ("dev", device, "root")
            if path.rate_kbit:
                await run("tc", "-n", namespace, "qdisc", "replace", *words, *bucket(path))
            else:
                with contextlib.suppress(Unavailable):  # there was none
                    await run("tc", "-n", namespace, "qdisc", "del", *words)

    async def flow(self, home: Home, flow: Flow, *, up: bool) -> Flow:
        """What went through the proxies one way, with what the kernel dropped: behind them on the way down, before them on the way up."""
        leaves, arrives = ((home.name, "eth0"), (self._name, home.veth))[:: 1 if up else -1]
        qdiscs = await run("tc", "-n", leaves[0], "-s", "-j", "qdisc", "show", "dev", leaves[1])
        counted = await run(
            "ip", "netns", "exec", arrives[0], "nft", "-j", "list", "counter", "ip", f"lose-{arrives[1]}", "lost"
        )  # fmt: skip
        rules = msgspec.json.decode(counted)["nftables"]
        return msgspec.structs.replace(
            flow,
            lost=flow.lost + sum(rule["counter"]["packets"] for rule in rules if "counter" in rule),
            overflowed=flow.overflowed + sum(one["drops"] for one in msgspec.json.decode(qdiscs)),
        )

    def opened(self, kind: socket.SocketKind, home: Home, port: int) -> socket.socket:
        """A socket in the street that the viewer reaches."""
        with within(self._name):
            made = socket.socket(type=kind)
        made.setblocking(False)
        made.bind((home.street, port))
        return made

    async def _rules(self, namespace: str, rules: str) -> None:
        await run("ip", "netns", "exec", namespace, "nft", "-f", "-", said=rules)


def leading_on(home: Home, tcp: Iterable[Target], udp: Iterable[Target]) -> str:
    """Rules by which targets on this machine lead to the street."""
    rules = [
        f"add rule ip lead on ip daddr {host} {kind} dport {port} dnat to {home.street}:{port}"
        for kind, targets in (("tcp", tcp), ("udp", udp))
        for host, port in targets
    ]
    return "\n".join(
        [
            "add table ip lead",
            "add chain ip lead on { type nat hook output priority -100; }",
            "add chain ip lead out { type nat hook postrouting priority 100; }",
            # Else the source stays 127.0.0.1, which no other machine may be spoken to by.
            'add rule ip lead out oifname "eth0" masquerade',
            *rules,
            "",
        ]
    )


def lead_local() -> None:
    """Let packets to and from 127.0.0.1 leave and come (ip-sysctl: route_localnet), in the namespace that one is in."""
    File("/proc/sys/net/ipv4/conf/all/route_localnet").write_text("1")


def losing(device: str) -> str:
    """A table for what is lost on arrival: a sender whose packets are dropped on leaving is told so by the kernel."""
    table = f"ip lose-{device}"
    return (
        f"add table {table}\nadd counter {table} lost\n"
        f"add chain {table} in {{ type filter hook prerouting priority -300; }}\n"
    )


def lost(device: str, path: Path, *, cut: bool) -> str:
    """Rules that lose what `path` says, in place of those before."""
    table, drop = f"ip lose-{device}", "counter name lost drop"
    which = [""] if cut else []
    which += [] if path.udp else ["meta l4proto udp"]
    which += [f"numgen random mod {MILLION} < {round(path.loss * MILLION)}"] if path.loss else []
    rules = [f'add rule {table} in iifname "{device}" {one} {drop}' for one in which]
    return "\n".join([f"flush chain {table} in", *rules, ""])


def bucket(path: Path) -> list[str]:
    """A tbf (tc-tbf(8)) of the path's rate and queue."""
    rate = path.rate_kbit * 125
    burst = max(round(rate * TICK_S), 3200)
    room = max(round(rate * path.queue_ms / 1e3), LEAST_ROOM)
    return ["tbf", "rate", f"{round(path.rate_kbit * 1000)}bit", "burst", f"{burst}", "limit", f"{room + burst}"]  # fmt: skip


def check() -> None:
    """Raise `Unavailable` (`lab/needs-root`, `lab/no-nft`, `lab/no-ip`, `lab/no-tc`) where there can be no namespaces."""
    if os.geteuid() != 0:
        raise Unavailable(
            "network namespaces need root",
            code="lab/needs-root",
            hint="without namespaces a lab needs no rights: Lab() instead of Lab(namespaces=True)",
        )
    for program, package in NEEDED.items():
        if not shutil.which(program):
            raise Unavailable(
                f"there is no `{program}` here",
                code=f"lab/no-{program}",
                hint=f"install {package}; `make setup` does, as root",
            )


async def sweep() -> None:
    """Remove the namespaces of labs whose process is no more."""
    dead = [name for name in _named(NAMES) if not _alive(name.removeprefix(NAMES).partition("-")[0])]
    await _remove(dead)


def _alive(pid: str) -> bool:
    try:
        return b"oncue.api.lab" in File(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


def _named(prefix: str) -> list[str]:
    return sorted(file.name for file in NAMED.glob(f"{prefix}*"))


async def _add(name: str) -> None:
    await run("ip", "netns", "add", name)
    await run("ip", "-n", name, "link", "set", "lo", "up")


async def _remove(names: list[str]) -> None:
    """With whatever still runs in them: it would keep them, and its network is gone."""
    for name in names:
        with contextlib.suppress(OncueError, ProcessLookupError):  # another lab sweeps too
            for pid in (await run("ip", "netns", "pids", name)).split():
                os.kill(int(pid), 9)
            await run("ip", "netns", "del", name)


async def run(*words: str, said: str = "") -> str:
    """What a command prints. Raises `Unavailable` (`lab/failed`) when it fails."""
    done = await asyncio.to_thread(
        subprocess.run, words, input=said, stdout=PIPE, stderr=STDOUT, text=True, check=False
    )
    if done.returncode:
        raise Unavailable(
            f"{' '.join(words)} failed: {done.stdout.strip()}",
            code="lab/failed",
            hint="this machine may not allow network namespaces; without them a lab works everywhere",
        )
    return done.stdout


@contextmanager
def within(name: str) -> Iterator[None]:
    """In a namespace (setns(2)): sockets that are made here stay there. Nothing may be awaited in it."""
    libc = ctypes.CDLL(None, use_errno=True)
    here, there = os.open("/proc/self/ns/net", os.O_RDONLY), os.open(NAMED / name, os.O_RDONLY)
    try:
        if libc.setns(there, CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), "setns")
        try:
            yield
        finally:
            libc.setns(here, CLONE_NEWNET)
    finally:
        os.close(here)
        os.close(there)
