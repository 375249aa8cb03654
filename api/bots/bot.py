"""One simulated viewer, over the real network path: joins by the code, has a link and a MoQ session, and answers like people."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Awaitable, Callable
from functools import partial
from random import Random
from time import monotonic
from typing import Any

import msgspec

from oncue.engine.errors import OncueError, Unavailable
from oncue.engine.structs import Micros, seconds
from oncue.engine.wire import SceneMsg, Welcome

from .habit import Habit
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


def _no_habits(_: int) -> tuple[Habit, ...]:
    return ()


class Cast(msgspec.Struct, frozen=True):
    """Who viewers are, by their index: the `door` by which they come (None: that of the venue) and their `habits`. `keep` gets all that
    they receive: each frame of the link as it came with the viewer's id, each scene of the relay as JSON with 0."""

    door: Door | None = None
    habits: Callable[[int], tuple[Habit, ...]] = _no_habits
    keep: Callable[[int, bytes], None] | None = None


class Crew(msgspec.Struct):
    """What the bots of one process share. `attentive` is how many look out for a scene at the moment, `live` is set while something can
    be answered."""

    door: Door
    cast: Cast
    gallery: Gallery
    scenes: Scenes
    seed: int
    live: asyncio.Event
    attentive: int = 0


class Bot:
    """A viewer. `run` until cancelled; `rest` stops it from acting. `problem` is the code of why it could not come; `entered` is
    set once it is in the show, or cannot be. `others` are further tabs of the same viewer."""

    def __init__(self, index: int, crew: Crew) -> None:
        self.index = index
        self.crew = crew
        self.habits = crew.cast.habits(index)
        self.random = Random(f"{crew.seed}/{index}")
        self._mind = Mind(self.random)
        self._playout: Micros = seconds(self.random.uniform(*PLAYOUT))
        self._loop = asyncio.get_running_loop()
        self._arrived: deque[tuple[int, float]] = deque(maxlen=REMEMBERED)
        self._waiting: list[Deed] = []
        self._shown = (-1, -1)
        self.target: Micros = 0
        self._join: Deed | None = None
        self.resting = False
        self.others: list[Line] = []
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
        if self.others and self.line:
            return {number: deed for line in (self.line, *self.others) for number, deed in line.deeds.items()}
        return self.line.deeds if self.line else {}

    @property
    def late(self) -> bool:
        """Whether it comes when it likes."""
        return any(habit.late for habit in self.habits)

    @property
    def door(self) -> str:
        """How the picture and the scenes come, in the words of `oncue.engine.wire.Report`."""
        return "moq" if self.watch and self.watch.scenes else "none"

    async def run(self) -> None:
        """Be in the show until cancelled."""
        for habit in self.habits:
            await habit.comes(self)
        joined = await self._come()
        if joined is None:
            return
        self.line = Line(joined.link, joined.token, self.random, heard=self._heard, settled=self._settled)
        if self.crew.cast.keep:
            self.line.overheard = partial(self.crew.cast.keep, joined.viewer)
        async with asyncio.TaskGroup() as tasks:
            for habit in self.habits:
                tasks.create_task(habit.lives(self))
            tasks.create_task(self.line.run())
            tasks.create_task(self._report(self.line))
            if joined.relay:
                crew = self.crew
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
                self.joined = await self.crew.door(self.index)
            except OncueError as error:
                self.problem = error.code
                if not isinstance(error, Unavailable):
                    break
                await asyncio.sleep(self.random.uniform(0.2, 1.0))
            else:
                self.problem = ""
                return self.joined
        self.entered.set()
        return None

    def rest(self) -> None:
        """Act no more; what is under way still gets its receipt."""
        self.resting = True

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
        if self.crew.cast.keep:
            self.crew.cast.keep(0, msgspec.json.encode(document))
        self._arrive(document["seq"])
        self._look(document)

    def _look(self, document: SceneMsg | dict[str, Any]) -> None:
        shown, found = self.crew.scenes.read(document)
        if (shown.epoch, shown.seq) <= self._shown:
            return
        self._shown = (shown.epoch, shown.seq)
        line = self.line
        assert line
        if shown.target != self.target:
            self.target = shown.target
            self._say_how(line)
        if shown.scene.mood == "live":
            self.crew.live.set()
        else:
            self.crew.live.clear()
        now, delay = line.clock.now(), self.delay
        unseen = max(shown.at + delay - now, 0) / 1e6
        for tap in self._mind.look(found, max(now - delay, shown.at)):
            wait = unseen + tap.after
            for habit in self.habits:
                wait = habit.presses(self, tap.after, unseen)
            self._loop.call_later(wait, self._tap, tap, shown.at)

    @property
    def need(self) -> Micros:
        """The smallest delay at which the own picture would play without gaps; 0 without one."""
        return self.watch.lag + self._playout if self.watch and self.watch.lag else 0

    @property
    def delay(self) -> Micros:
        """Show time now minus that of the own picture. Without one all things are seen when they are due at the target."""
        return max(self.need, self.target)

    def _tap(self, tap: Tap, since: Micros) -> None:
        if self.resting or self.line is None or not self.in_show:
            return
        delay = self.delay
        true = position = self.line.clock.now() - delay if delay else 0
        for habit in self.habits:
            position = habit.claims(self, position, since)
        deed = self.line.act(tap.segment, tap.do, position, tap.block)
        deed.true = true
        self._attend(deed)
        for habit in self.habits:
            habit.acted(self, deed)

    def _attend(self, deed: Deed) -> None:
        """Look out for the scene that reflects an action, unless too many of a large crowd do so already."""
        crew = self.crew
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
                self._introduce(f"-{self.random.randrange(1000)}")
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
            self.crew.attentive -= 1
            if self.watch:
                self.watch.looking.clear()

    async def _report(self, line: Line) -> None:
        await line.welcome.wait()
        while True:
            self._say_how(line)
            await asyncio.sleep(REPORT_S if self.door == "moq" and self.need else 1.0)

    def _say_how(self, line: Line) -> None:
        need = self.need
        delay = self.delay if need else 0
        for habit in self.habits:
            delay = habit.reports(self, delay)
        with contextlib.suppress(OSError):
            line.report(delay, self.door, int(self.watch.frames) if self.watch else 0, need)
