"""What `bench/fanout.py` measures ours against: `bare PATH`, a moq.Server that everybody may watch, with the clip as its one broadcast.

Says where it is in one line of JSON, and serves until its standard input ends.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from pathlib import Path

import moq

from oncue.engine.live import ShowClock
from oncue.media import open_source

NAME = "show/bare/stage/programme"


async def accept(server: moq.Server) -> None:
    """Everybody."""
    attending: set[asyncio.Task[None]] = set()

    async def attend(request: moq.Request) -> None:
        with contextlib.suppress(moq.Error):
            await (await request.accept()).closed()

    async for request in server:
        task = asyncio.create_task(attend(request))
        attending.add(task)
        task.add_done_callback(attending.discard)


async def bare(clip: Path) -> None:
    """All that moq-rs needs of Python to send one source to all who come."""
    origin = moq.OriginProducer(cache_capacity_bytes=64 << 20)
    source = await open_source(str(clip))
    async with moq.Server("127.0.0.1:0", tls_generate=["localhost", "127.0.0.1"], publish=origin) as server:
        fingerprint = server.cert_fingerprints()[0]
        playing = asyncio.create_task(source.run(origin.create_broadcast(NAME), ShowClock().now))
        port = server.local_addr.rpartition(":")[2]
        told = {"url": f"https://127.0.0.1:{port}/", "fingerprint": fingerprint, "name": NAME}
        print(json.dumps(told), flush=True)
        accepting = asyncio.create_task(accept(server))
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
        accepting.cancel()
        playing.cancel()
        await asyncio.gather(accepting, playing, return_exceptions=True)


if __name__ == "__main__":
    asyncio.run(bare(Path(sys.argv[1])))
