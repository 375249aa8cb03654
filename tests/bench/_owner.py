"""An engine's process, as `oncue serve` starts one: `python _owner.py NATS_URL`. It says `ready` once it looks for shows to own."""

import asyncio
import gc
import secrets
import signal
import sys

import structlog
import uvloop
from _evening import FORMATS

from oncue.engine.live import Bus, Runner, ShowClock, end


async def run(nats: str) -> None:
    """Until SIGTERM; then its shows are handed over."""
    bus = await Bus.connect(nats)
    runner = Runner(bus, formats=FORMATS.__getitem__, now=ShowClock().now, node=secrets.token_hex(6))
    running = asyncio.create_task(runner.run())
    over = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, over.set)
    await runner.ready.wait()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    print("ready", flush=True)
    await over.wait()
    await end(running, again=10)
    await bus.close()


if __name__ == "__main__":
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(20),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    uvloop.run(run(sys.argv[1]))
