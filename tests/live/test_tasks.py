"""Tasks that are told to end."""

import asyncio

from oncue.engine.live import end


async def test_a_cancellation_that_is_lost_is_repeated():
    lost = asyncio.Event()

    async def deaf():
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            lost.set()
        await asyncio.Event().wait()

    task = asyncio.create_task(deaf())
    await asyncio.sleep(0)
    await end(task, again=0.01)
    assert lost.is_set()
    assert task.cancelled()


async def test_a_farewell_is_not_cut_short():
    may, said = asyncio.Event(), asyncio.Event()

    async def polite():
        try:
            await asyncio.Event().wait()
        finally:
            await may.wait()
            said.set()

    task = asyncio.create_task(polite())
    await asyncio.sleep(0)
    ending = asyncio.create_task(end(task, again=60))
    while not task.cancelling():
        await asyncio.sleep(0)
    may.set()
    await ending
    assert said.is_set()
    assert task.cancelling() == 1
