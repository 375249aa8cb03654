"""The viewers of `bench/fairness.py`: honest ones on networks of all kinds, and some who try to be faster than they are."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from random import Random
from typing import Any

from oncue.api.bots.line import Deed, Line
from oncue.api.lab import Path
from oncue.engine.live import ShowClock
from oncue.engine.structs import Micros, seconds
from oncue.engine.wire import Report

REPORT_S = 1.0
HELD_S = 0.98
"""As long as an echo can be held and still count in full."""
LIE: Micros = seconds(5)
FIRST: Micros = seconds(0.12)
"""A younger age than that nobody has, which trivia knows too."""

TRUTH = ShowClock()


@dataclass
class Question:
    """A scene with a question: shown when the picture reaches `at`; how far all pictures are to be behind then."""

    number: int
    at: Micros
    segment: str
    target: Micros


class Player:
    """Sees a question when the own picture reaches it, and presses after the true time `reacts` (s), to say at which position.

    The picture is behind show time, as this viewer's clock has it, by what the network needs or by the target, whichever is larger.
    `reacted` has by the number of the question how long it took in truth (µs).
    """

    def __init__(self, link: str, token: str, path: Path, reacts: float, seed: int) -> None:
        self.need = round(1000 * (path.down_ms + 2 * path.jitter_ms + 80))
        self.target: Micros = 0
        self.reacted: dict[int, float] = {}
        self._reacts = reacts
        self._playing: set[asyncio.Task[None]] = set()
        self.line = self._new_line(link, token, Random(seed))

    def _new_line(self, link: str, token: str, random: Random) -> Line:
        return Line(link, token, random, heard=lambda _: None, settled=self._settled)

    async def run(self, name: str) -> None:
        """Be in the show until cancelled."""
        running = asyncio.create_task(self.line.run())
        try:
            await self.line.welcome.wait()
            self.line.act("", {"type": "join", "name": name})
            while True:
                self.report()
                await asyncio.sleep(REPORT_S)
        finally:
            for task in (running, *self._playing):
                task.cancel()
            await asyncio.gather(running, *self._playing, return_exceptions=True)

    @property
    def delay(self) -> Micros:
        """How far the picture is behind."""
        return max(self.need, self.target)

    def report(self) -> None:
        """Say how it fares."""
        self._say(self.delay)

    def ask(self, question: Question) -> None:
        """The question is on its way to this viewer's screen."""
        task = asyncio.create_task(self._play(question))
        self._playing.add(task)
        task.add_done_callback(self._playing.discard)

    async def _play(self, question: Question) -> None:
        self.target, delay, clock = question.target, self.delay, self.line.clock
        while (left := question.at + delay - clock.now()) > 0:
            await asyncio.sleep(left / 1e6)
        # What came too late because this machine is busy is none of the viewer's time.
        seen = question.at + delay - (clock.now() - TRUTH.now())
        pressed = seen + self._reacts * 1e6
        while (left := (pressed - TRUTH.now()) / 1e6) > 0:
            await asyncio.sleep(left)
        self.reacted[question.number] = TRUTH.now() - seen
        position = self.position(question, clock.now() - delay)
        self.line.act(question.segment, {"type": "answer", "choice": 1}, position)

    def position(self, question: Question, true: Micros) -> Micros:
        """What is claimed to be on the screen."""
        return true

    def _say(self, delay: Micros) -> None:
        self.line.say(Report(delay, "moq", 1, self.line.clock.error, self.need))

    def _settled(self, deed: Deed) -> None:
        assert not deed.refused, deed.refused


class Forger(Player):
    """Claims to have pressed at once."""

    def position(self, question: Question, true: Micros) -> Micros:
        """The youngest age that is taken."""
        return question.at + FIRST


class Liar(Forger):
    """Says, before the round and in it, that the picture is as far behind as can be."""

    def report(self) -> None:
        """As far as can be said."""
        self._say(LIE)


class Turncoat(Forger):
    """Says so once the question is there."""

    def ask(self, question: Question) -> None:
        """It may count from the moment on at which the question is known."""
        self._say(LIE)
        super().ask(question)


class Holder(Forger):
    """Holds back the echoes of the server's pings."""

    def _new_line(self, link: str, token: str, random: Random) -> Line:
        line = super()._new_line(link, token, random)
        line.echo_s = HELD_S
        return line


class Worst(Liar, Holder):
    """All of it together."""


CHEATERS: dict[str, type[Player]] = {
    "forges positions": Forger,
    "claims the maximum": Liar,
    "changes the delay in mid-round": Turncoat,
    "holds echoes": Holder,
    "all of it": Worst,
}


def mean(values: Iterable[float]) -> float:
    """Of at least one."""
    listed: list[float] = list(values)
    return sum(listed) / len(listed)


Figures = dict[str, Any]
