"""One simulated viewer, over the real network path: joins by the code, has a link and a MoQ session, and answers like people."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Awaitable, Callable
from random import Random
from time import monotonic
from typing import Any

import msgspec

from oncue.engine.errors import OncueError, Unavailable
from oncue.engine.structs import Micros, seconds
from oncue.engine.wire import SceneMsg, Welcome

from .line import Deed, Line
from .mind import Control, Mind, Tap, controls
from .venue import Joined
from .watch import Gallery, Watch

NAMES = (
    "Ada", "Ben", "Chloé", "Dev", "Elif", "Finn", "Grace", "Hugo", "Inés", "Jonas", "Kofi", "Lena", "Mateo", "Nia", "Olga",
    "Priya", "Quinn", "Rosa", "Søren", "Tariq", "Uma", "Vito", "Wanda", "Xu", "Yuki", "Zoë",
)  # fmt: skip
PLAYOUT: tuple[float, float] = (0.08, 0.35)
"""Seconds that a bot pretends to buffer its picture."""
REPORT_S = 5.0
TRIES = 4
REMEMBERED = 64
"""Scenes whose arrival is remembered, to know which was the first that reflects an action."""
ATTENTIVE = 30
"""In a large crowd so many at once look out for the scene that reflects what they did; of the others that is not measured."""
GIVEN_UP_S = 10.0
"""After so long a scene that reflects an action is not waited for any more."""


class Scenes:
    """Scenes as they came, read once for a whole crowd."""

    def __init__(self) -> None:
        self._read: dict[tuple[int, int], tuple[SceneMsg, tuple[Control, ...]]] = {}

    def read(self, document: SceneMsg | dict[str, Any]) -> tuple[SceneMsg, tuple[Control, ...]]:
        """The scene in a document, and what can be used in it."""
        if isinstance(document, SceneMsg):
            return document, controls(document)
        order = (document["epoch"], document["seq"])
        if order not in self._read:
            shown = msgspec.convert(document, SceneMsg)
            self._read[order] = shown, controls(shown)
            if len(self._read) > REMEMBERED:
                del self._read[next(iter(self._read))]
        return self._read[order]


Door = Callable[[int], Awaitable[Joined]]
"""By which the viewer of this index joins. Raises what a `Venue` does."""


class Crew(msgspec.Struct):
    """What the bots of one process share. `attentive` is how many look out for a scene at the moment."""

    door: Door
    gallery: Gallery
    scenes: Scenes
    seed: int
    attentive: int = 0


class Bot:
    """A viewer. `run` until cancelled; `rest` stops it from acting. `problem` is the code of why it could not come; `entered` is
    set once it is in the show, or cannot be."""

    def __init__(self, index: int, crew: Crew) -> None:
        self.index = index
        self._crew = crew
        self._random = Random(f"{crew.seed}/{index}")
        self._mind = Mind(self._random)
        self._playout: Micros = seconds(self._random.uniform(*PLAYOUT))
        self._loop = asyncio.get_running_loop()
        self._arrived: deque[tuple[int, float]] = deque(maxlen=REMEMBERED)
        self._waiting: list[Deed] = []
        self._shown = (-1, -1)
        self.target: Micros = 0
        self._join: Deed | None = None
        self._resting = False
        self.joined: Joined | None = None
        self.line: Line | None = None
        self.watch: Watch | None = None
        self.entered = asyncio.Event()
        self.problem = ""

    @property
    def in_show(self) -> bool:
        """Whether it has joined with a name."""
        return self._join is not None and bool(self._join.receipt) and not self._join.refused

    @property
    def deeds(self) -> dict[int, Deed]:
        """All that it did, by number."""
        return self.line.deeds if self.line else {}

    @property
    def door(self) -> str:
        """How the picture and the scenes come, in the words of `oncue.engine.wire.Report`."""
        return "moq" if self.watch and self.watch.scenes else "none"

    async def run(self) -> None:
        """Be in the show until cancelled."""
        joined = await self._come()
        if joined is None:
            return
        self.line = Line(joined.link, joined.token, self._random, heard=self._heard, settled=self._settled)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.line.run())
            tasks.create_task(self._report(self.line))
            if joined.relay:
                crew = self._crew
                self.watch = Watch(
                    joined.relay,
                    joined.show.id,
                    self.index,
                    crew.gallery,
                    clock=self.line.clock,
                    scene=self._over_moq,
                )
                tasks.create_task(self.watch.run())

    async def _come(self) -> Joined | None:
        """Join; who finds no way in tries again, as people do."""
        for _ in range(TRIES):
            try:
                self.joined = await self._crew.door(self.index)
            except OncueError as error:
                self.problem = error.code
                if not isinstance(error, Unavailable):
                    break
                await asyncio.sleep(self._random.uniform(0.2, 1.0))
            else:
                self.problem = ""
                return self.joined
        self.entered.set()
        return None

    def rest(self) -> None:
        """Act no more; what is under way still gets its receipt."""
        self._resting = True

    def _heard(self, message: Any) -> None:
        if isinstance(message, Welcome):
            if not message.name and (self._join is None or self._join.refused):
                self._introduce("")
            for scene in message.scenes:
                self._look(scene)
        elif isinstance(message, SceneMsg):
            if self.door == "none":
                self._arrive(message.seq)
            self._look(message)

    def _introduce(self, suffix: str) -> None:
        assert self.line
        name = f"{NAMES[self.index % len(NAMES)]} {self.index // len(NAMES) + 1}{suffix}"
        self._join = self.line.act("", {"type": "join", "name": name})

    def _over_moq(self, document: dict[str, Any]) -> None:
        self._arrive(document["seq"])
        self._look(document)

    def _look(self, document: SceneMsg | dict[str, Any]) -> None:
        shown, found = self._crew.scenes.read(document)
        if (shown.epoch, shown.seq) <= self._shown:
            return
        self._shown = (shown.epoch, shown.seq)
        line = self.line
        assert line
        if shown.target != self.target:
            self.target = shown.target
            self._say_how(line)
        now, delay = line.clock.now(), self.delay
        until_seen = max(shown.at + delay - now, 0) / 1e6
        for tap in self._mind.look(found, max(now - delay, shown.at)):
            self._loop.call_later(until_seen + tap.after, self._tap, tap)

    @property
    def need(self) -> Micros:
        """The smallest delay at which the own picture would play without gaps; 0 without one."""
        return self.watch.lag + self._playout if self.watch and self.watch.lag else 0

    @property
    def delay(self) -> Micros:
        """Show time now minus that of the own picture. Without one all things are seen when they are due at the target."""
        return max(self.need, self.target)

    def _tap(self, tap: Tap) -> None:
        if self._resting or self.line is None or not self.in_show:
            return
        delay = self.delay
        deed = self.line.act(tap.segment, tap.do, self.line.clock.now() - delay if delay else 0, tap.block)
        self._attend(deed)

    def _attend(self, deed: Deed) -> None:
        """Look out for the scene that reflects an action, unless too many of a large crowd do so already."""
        crew = self._crew
        if not self._waiting:
            if crew.gallery.glance and crew.attentive >= ATTENTIVE:
                return
            crew.attentive += 1
        self._waiting.append(deed)
        if self.watch:
            self.watch.looking.set()

    def _settled(self, deed: Deed) -> None:
        if deed is self._join:
            if deed.refused == "name/taken":
                self._introduce(f"-{self._random.randrange(1000)}")
            elif deed.receipt:
                self.entered.set()
            return
        if deed.seq and not deed.refused and deed in self._waiting:
            deed.scene = next((at for seq, at in self._arrived if seq >= deed.seq), 0.0)
        if deed.scene or deed.refused:
            self._done([deed])

    def _arrive(self, seq: int) -> None:
        now = monotonic()
        self._arrived.append((seq, now))
        done = [deed for deed in self._waiting if 0 < deed.seq <= seq]
        for deed in done:
            deed.scene = now
        self._done(done + [deed for deed in self._waiting if now - deed.sent > GIVEN_UP_S])

    def _done(self, deeds: list[Deed]) -> None:
        if not self._waiting:
            return
        self._waiting = [deed for deed in self._waiting if deed not in deeds]
        if not self._waiting:
            self._crew.attentive -= 1
            if self.watch:
                self.watch.looking.clear()

    async def _report(self, line: Line) -> None:
        await line.welcome.wait()
        while True:
            self._say_how(line)
            await asyncio.sleep(REPORT_S if self.door == "moq" and self.need else 1.0)

    def _say_how(self, line: Line) -> None:
        need = self.need
        with contextlib.suppress(OSError):
            line.report(
                self.delay if need else 0, self.door, int(self.watch.frames) if self.watch else 0, need
            )
