"""A simulated producer who lets hands go up and brings one guest after the other on air, over a host's own link."""

from __future__ import annotations

import asyncio
from random import Random
from typing import Any

from oncue.engine.live import end
from oncue.engine.wire import DeskMsg, DeskStage, GuestInfo, Report, Welcome

from .line import Deed, Line
from .venue import Joined

GREEN_S = 2.0
"""A word before going on air."""


class Usher:
    """`run` until cancelled; everybody is on air for `span` seconds (0: another producer sees to that). `brought` counts them."""

    def __init__(self, host: Joined, span: float, *, seed: int = 0) -> None:
        self._span = span
        self._line = Line(
            host.link, host.token, Random(f"{seed}/usher"), heard=self._heard, settled=self._settled
        )
        self._stage = DeskStage()
        self._changed = asyncio.Event()
        self.brought = 0

    async def run(self) -> None:
        """Until cancelled."""
        tasks = [asyncio.create_task(self._line.run()), asyncio.create_task(self._work())]
        try:
            await asyncio.gather(*tasks)
        finally:
            await end(*tasks)

    async def _work(self) -> None:
        await self._line.welcome.wait()
        self._do({"type": "stage-rules", "hands": True})
        while self._span:
            while not self._stage.queue:
                await self._change()
            await self._bring(self._stage.queue[0].viewer)

    async def _bring(self, viewer: int) -> None:
        self._do({"type": "invite", "viewer": viewer})
        while (guest := self._guest(viewer)) is None or guest.state != "green" or not guest.present:
            if guest is None and all(one.viewer != viewer for one in self._stage.queue):
                return  # they have gone
            await self._change()
        await asyncio.sleep(GREEN_S)
        self._do({"type": "put-live", "viewer": viewer})
        self.brought += 1
        await asyncio.sleep(self._span)
        self._do({"type": "take-off", "viewer": viewer})
        while self._guest(viewer):
            await self._change()

    def _do(self, action: dict[str, Any]) -> None:
        self._line.act("", action)

    def _guest(self, viewer: int) -> GuestInfo | None:
        return next((one for one in self._stage.guests if one.viewer == viewer), None)

    async def _change(self) -> None:
        self._changed.clear()
        await self._changed.wait()

    def _heard(self, message: Any) -> None:
        if isinstance(message, Welcome):
            self._line.say(Report(0))
            message = message.desk
        if isinstance(message, DeskMsg):
            self._stage = message.stage
            self._changed.set()

    def _settled(self, _: Deed) -> None:
        self._changed.set()
