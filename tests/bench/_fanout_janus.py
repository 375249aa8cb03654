"""The peer of `bench/fanout.py`: a video room of Janus, as Debian packages it."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import statistics
import subprocess
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from bench.link import Child, pin, reachable, start

NAME = "Janus video room"
VIEWERS = 40
HTTP = """general: {{ json = "compact" base_path = "/janus" http = true port = {port} interface = "lo" https = false }}
admin: {{ admin_http = false }}
"""
GENERAL = """general: {{ configs_folder = "{folder}" plugins_folder = "{lib}/plugins" transports_folder = "{lib}/transports"
 events_folder = "{lib}/events" loggers_folder = "{lib}/loggers" debug_level = 2 }}
nat: {{ ice_enforce_list = "127.0.0.1" ignore_mdns = true }}
plugins: {{ disable = "{others}" }}
transports: {{ disable = "libjanus_websockets.so,libjanus_mqtt.so,libjanus_nanomsg.so,libjanus_pfunix.so,libjanus_rabbitmq.so" }}
events: {{ broadcast = false }}
"""


async def cost(clip: Path, seconds: float, rounds: int) -> float | None:
    """Percent of a core for each viewer of the clip; None (and a word of why) where there is no Janus."""
    if not _installed():
        print(f"no {NAME}: apt-get install janus", flush=True)
        return None
    async with _serving() as (pid, url):
        load = await start("_fanout_webrtc.py", url, str(clip), core=1)
        try:
            spent = [await _cost(pid, load, seconds) for _ in range(rounds)]
        finally:
            await load.stop()
    for one in spent:
        print(f"{NAME}: {one:.4f} % of a core a viewer", flush=True)
    return statistics.median(spent)


async def _cost(pid: int, load: Child, seconds: float) -> float:
    from bench.fanout import _cpu

    async def measured() -> tuple[float, int]:
        before = _cpu(pid)
        packets = (await load.order(do="watch", seconds=seconds))["packets"]
        return _cpu(pid) - before, packets

    alone, _ = await measured()
    await load.order(do="join", count=VIEWERS)
    await asyncio.sleep(1)
    with_all, packets = await measured()
    await load.order(do="leave")
    print(f"{packets / seconds / VIEWERS:.0f} packets/s a viewer", flush=True)
    return (with_all - alone) / seconds * 100 / VIEWERS


def _installed() -> bool:
    if shutil.which("janus") is None and os.geteuid() == 0 and shutil.which("apt-get"):
        command = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "janus"]
        subprocess.run(command, check=False, capture_output=True)
    return shutil.which("janus") is not None


def _configure(folder: Path, port: int) -> None:
    [lib] = Path("/usr/lib").glob("*/janus")
    others = ",".join(one.name for one in (lib / "plugins").glob("*.so") if "videoroom" not in one.name)
    (folder / "janus.jcfg").write_text(GENERAL.format(folder=folder, lib=lib, others=others))
    (folder / "janus.transport.http.jcfg").write_text(HTTP.format(port=port))
    (folder / "janus.plugin.videoroom.jcfg").write_text("general: { }\n")


@asynccontextmanager
async def _serving() -> AsyncIterator[tuple[int, str]]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    with tempfile.TemporaryDirectory(prefix="oncue-janus-") as name:
        folder = Path(name)
        _configure(folder, port)
        process = await asyncio.create_subprocess_exec(
            "janus", "-F", name, "-C", str(folder / "janus.jcfg"),
            stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        pin(process.pid, 0)
        try:
            while not reachable(port):
                assert process.returncode is None, "Janus ended"
                await asyncio.sleep(0.05)
            yield process.pid, f"http://127.0.0.1:{port}"
        finally:
            process.kill()
            await process.wait()
