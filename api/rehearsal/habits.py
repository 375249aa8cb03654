"""The habits of a rehearsal's viewers: small pieces, each over one bot and its line, to be put together as one likes."""

from __future__ import annotations

import asyncio
import contextlib
from random import Random

from oncue.api.bots.bot import Bot
from oncue.api.bots.habit import Habit
from oncue.api.bots.line import Deed, Line
from oncue.api.lab import Viewer
from oncue.engine.errors import OncueError
from oncue.engine.structs import Micros, seconds

FIRST: Micros = seconds(0.12)
"""Nobody answers younger than that, as trivia knows too."""
LIE: Micros = seconds(5)
"""The largest delay that can be told."""
HELD_S = 0.98
"""As long as an echo can be held back and still count in full."""
TABS = 3
"""Further tabs of somebody who has many."""


class Late(Habit):
    """Comes when a round is on already; where none comes, `patience` seconds after the others."""

    late = True

    def __init__(self, patience: float = 20.0) -> None:
        self._patience = patience

    async def comes(self, bot: Bot) -> None:
        """Wait for the round, and a moment."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._patience):
                await bot.crew.live.wait()
        await asyncio.sleep(bot.random.uniform(0.2, 2.0))


class Sleeps(Habit):
    """A phone that goes to sleep: after each third action or so its network is gone without a word, and with it perhaps the receipt. It
    is back some seconds later, as the same person, and sends again what has no receipt."""

    def __init__(self, home: Viewer, often: float = 0.35, span: tuple[float, float] = (0.8, 3.0)) -> None:
        self._home = home
        self._often = often
        self._span = span
        self._tired = asyncio.Event()

    def acted(self, bot: Bot, deed: Deed) -> None:
        """Fall asleep now, perhaps."""
        if bot.random.random() < self._often or not bot.line or bot.line.connections < 2:
            self._tired.set()

    async def lives(self, bot: Bot) -> None:
        """Sleep and wake, until nobody is to act any more."""
        line = bot.line
        assert line
        while True:
            await self._tired.wait()
            self._tired.clear()
            await asyncio.sleep(bot.random.uniform(0.0, 0.06))  # the action may be there, the receipt not yet
            await self._home.cut()
            line.sleep()
            try:
                if not bot.resting:
                    await asyncio.sleep(bot.random.uniform(*self._span))
            finally:
                with contextlib.suppress(OncueError):
                    await self._home.mend()
                line.wake()


class Doubles(Habit):
    """Does everything twice within milliseconds; and sends what has its receipt again, as clients do who have not heard of it."""

    def acted(self, bot: Bot, deed: Deed) -> None:
        """Once more."""
        asyncio.get_running_loop().call_later(bot.random.uniform(0.001, 0.03), self._again, bot, deed)

    def _again(self, bot: Bot, deed: Deed) -> None:
        line = bot.line
        assert line
        twin = line.act(deed.segment, deed.do, deed.pos, deed.block)
        twin.true = deed.true
        line.repeat(deed)
        if bot.random.random() < 0.3:
            line.drop()


class Bursts(Habit):
    """Presses when all others around do: at the full second."""

    def presses(self, bot: Bot, after: float, unseen: float) -> float:
        """At a full second of show time."""
        assert bot.line
        now = bot.line.clock.now() / 1e6
        return max(-(-(now + unseen + after) // 1) - now, 0.0)


class Forges(Habit):
    """Claims to have pressed at once."""

    def claims(self, bot: Bot, position: Micros, since: Micros) -> Micros:
        """The youngest age that is taken."""
        return since + FIRST


class Lies(Habit):
    """Says that the picture is as far behind as can be; `turning`: only once there is something to answer."""

    def __init__(self, *, turning: bool = False) -> None:
        self._turning = turning

    def reports(self, bot: Bot, delay: Micros) -> Micros:
        """As much as can be said."""
        return LIE if not self._turning or bot.crew.live.is_set() else delay


class HoldsEchoes(Habit):
    """Answers the server's pings late, so that the way seems longer than it is."""

    async def lives(self, bot: Bot) -> None:
        """From the first connection on."""
        assert bot.line
        bot.line.echo_s = HELD_S


class Early(Habit):
    """Reads the scene on its way, and answers before the own picture shows the question."""

    def presses(self, bot: Bot, after: float, unseen: float) -> float:
        """As soon as the age would be believed."""
        return FIRST / 1e6


class ManyTabs(Habit):
    """Is there several times, and answers the same with each."""

    async def lives(self, bot: Bot) -> None:
        """Open the tabs, and keep them open."""
        joined = bot.joined
        assert joined
        random = Random(f"tabs/{bot.index}")
        bot.others += [
            Line(joined.link, joined.token, random, heard=lambda _: None, settled=lambda _: None)
            for _ in range(TABS)
        ]
        async with asyncio.TaskGroup() as tasks:
            for line in bot.others:
                tasks.create_task(line.run())

    def acted(self, bot: Bot, deed: Deed) -> None:
        """With the other tabs too."""
        for line in bot.others:
            line.act(deed.segment, deed.do, deed.pos, deed.block).true = deed.true


TRICKS: dict[str, tuple[type[Habit], ...]] = {
    "forges positions": (Forges,),
    "claims the largest delay": (Lies, Forges),
    "holds back echoes": (HoldsEchoes, Forges),
    "answers before it was shown": (Early, Forges),
    "has many tabs": (ManyTabs, Forges),
    "all of it": (Lies, HoldsEchoes, ManyTabs, Forges),
}
"""What cheaters try, each of them the next one."""
