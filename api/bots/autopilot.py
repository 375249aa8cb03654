"""Plays a show's rundown like a host who is in no hurry, over a host's own link: presses what the desk shows as the next button."""

from __future__ import annotations

import asyncio
import contextlib
from random import Random
from typing import Any

import msgspec

from oncue.engine.blocks import Countdown
from oncue.engine.live import end
from oncue.engine.structs import Micros
from oncue.engine.wire import DeskMsg, PlayoutInfo, Report, SceneMsg, Welcome

from .line import Deed, Line
from .venue import Joined

STUCK_S = 3.0
"""How long after a countdown's end the clock may take to act; then the host does."""


class Pace(msgspec.Struct, frozen=True):
    """Seconds: `between` two things, to look at an `outcome`, and that a `vote` without a countdown stays open."""

    between: float = 2.0
    outcome: float = 4.0
    vote: float = 15.0


def pause(desk: DeskMsg, shown: SceneMsg | None, now: Micros, pace: Pace) -> float:
    """Seconds from `now` (show time) until the next button should be pressed, if nothing changes. Countdowns run out first."""
    scene = shown.scene if shown is not None and shown.segment == desk.segment else None
    if scene is None or scene.mood == "quiet":
        return pace.between
    if scene.mood != "live":
        return pace.outcome
    ends = [block.until for block in scene.blocks if isinstance(block, Countdown)]
    return (max(ends) - now) / 1e6 + STUCK_S if ends else pace.vote


class Autopilot:
    """A host. `run` until nothing is left to press. `pressed` counts; `refused` has the codes of buttons that did nothing."""

    def __init__(self, host: Joined, pace: Pace, *, seed: int = 0) -> None:
        self._pace = pace
        self._line = Line(
            host.link, host.token, Random(f"{seed}/host"), heard=self._heard, settled=self._settled
        )
        self._desk: DeskMsg | None = None
        self._shown: SceneMsg | None = None
        self._changed = asyncio.Event()
        self.pressed = 0
        self.refused: list[str] = []

    async def run(self) -> None:
        """Play until the rundown is over, the show is closed, or it is cancelled."""
        linked, playing = asyncio.create_task(self._line.run()), asyncio.create_task(self._play())
        try:
            await asyncio.wait([linked, playing], return_when=asyncio.FIRST_COMPLETED)
            if playing.done():
                playing.result()
        finally:
            await end(linked, playing)

    @property
    def over(self) -> bool:
        """Whether nothing is left to press."""
        return self._desk is not None and (self._desk.primary is None or self._desk.state != "open")

    @property
    def desk(self) -> DeskMsg | None:
        """What the desk says now."""
        return self._desk

    @property
    def playout(self) -> PlayoutInfo | None:
        """How well the audience is in step, as the desk has it."""
        return self._desk.playout if self._desk else None

    async def _play(self) -> None:
        while not self.over:
            await self._step()

    async def _step(self) -> None:
        """Wait with what the desk suggests; press it if it still does so in the end."""
        desk = self._desk
        if desk is None or desk.primary is None:
            await self._change()
            return
        button = self._button
        until = asyncio.get_running_loop().time() + pause(
            desk, self._shown, self._line.clock.now(), self._pace
        )
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout_at(until):
                while self._button == button:
                    await self._change()
        if self._button == button:
            await self._press(desk.primary_segment, desk.primary)

    async def _press(self, segment: str, action: dict[str, Any]) -> None:
        deed = self._line.act(segment, action)
        self.pressed += 1
        while not deed.refused and not (deed.seq and self._desk and self._desk.seq >= deed.seq):
            await self._change()
        if deed.refused:
            self.refused.append(deed.refused)
            await asyncio.sleep(self._pace.between)

    @property
    def _button(self) -> tuple[object, ...]:
        """What would have to change for the host to think again."""
        desk, shown = self._desk, self._shown
        mood = shown.scene.mood if shown else ""
        return (desk.primary, desk.primary_segment, desk.segment, mood) if desk else ()

    async def _change(self) -> None:
        self._changed.clear()
        await self._changed.wait()

    def _heard(self, message: Any) -> None:
        if isinstance(message, Welcome):
            self._desk = message.desk or self._desk
            self._shown = message.scenes[-1] if message.scenes else self._shown
            self._line.say(Report(0))
        elif isinstance(message, DeskMsg):
            self._desk = message
        elif isinstance(message, SceneMsg):
            self._shown = message
        self._changed.set()

    def _settled(self, _: Deed) -> None:
        self._changed.set()
