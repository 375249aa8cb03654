"""A buzzer: the host asks, whoever knows it buzzes, and who was first on their own picture may answer.

Arm → buzzes → Decide, once the last lane's picture has passed the first of them → the first is up → Right, or Wrong: they are out of this
question, and the next in order is up. Nobody is up before all who may have been faster could be heard.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Literal

from msgspec import Meta, field
from msgspec.structs import replace

from oncue.formats import (
    Action,
    Cue,
    Format,
    Ledger,
    Micros,
    Reject,
    Row,
    Ruling,
    Scene,
    Settings,
    State,
    ViewerId,
    blocks,
    on,
    scene,
    seconds,
)

SLACK: Micros = seconds(0.25)
"""How long after the deadline on their own picture a buzz still counts: what a clock over a bad network may be wrong by."""
TOP = 10

Question = Annotated[str, Meta(min_length=1, max_length=300)]
Worth = Annotated[int, Meta(ge=0, le=100_000)]


class Rules(Settings, frozen=True):
    """questions: shown when the buzzer is armed; without any the host just asks, as often as they like. points: for a right answer.
    penalty: what a wrong one costs. seconds: how long one may buzz. void: questions that do not count, from 1."""

    questions: Annotated[tuple[Question, ...], Meta(max_length=200)] = ()
    points: Worth = 100
    penalty: Worth = 0
    seconds: Annotated[float, Meta(ge=1, le=600)] = 15
    void: tuple[int, ...] = ()


class Arm(Action, frozen=True):
    """From now on they may buzz."""


class Buzz(Action, frozen=True):
    """I know it!"""


class Decide(Action, frozen=True):
    """All who may have been faster were heard."""


class Over(Action, frozen=True):
    """It is too late to buzz, on every picture."""


class Right(Action, frozen=True):
    """Who is up has said the right thing."""


class Wrong(Action, frozen=True):
    """Who is up has not; the next one may try."""


class Nobody(Action, frozen=True):
    """Nobody knows it."""


class Table(State):
    """`asked` questions were asked so far. Of the last one: `opened`, who has buzzed at which age (`buzzes`), who is `up` (0: nobody)
    and who is `out`, whether it is too late to buzz (`late`), and who was `right`. `heard`: somebody has buzzed, and may not have been
    the first."""

    phase: Literal["ready", "armed", "heard", "up", "done"] = "ready"
    asked: int = 0
    opened: Micros = 0
    late: bool = False
    up: int = 0
    right: int = 0
    out: list[int] = []
    buzzes: Ledger[Micros] = field(default_factory=Ledger)
    scores: Ledger[int] = field(default_factory=Ledger)


class Buzzer(Format[Table, Rules]):
    """Who is first to know it?"""

    @on(Arm, by="host", when=lambda table: table.phase in ("ready", "done"), title="Arm the buzzer")
    def arm(self, table: Table, act: Arm, cue: Cue) -> None:
        if self._last(table):
            raise Reject("that was the last question", code="buzzer/over")
        table.phase, table.asked, table.opened = "armed", table.asked + 1, cue.now
        table.up, table.right, table.out, table.late = 0, 0, [], False
        table.buzzes.clear()  # not `wipe`: they are to see that they may buzz again
        span = seconds(self.settings.seconds)
        cue.open(span, self._question(table) or f"Question {table.asked}")
        cue.cancel(Over)
        cue.after(span + SLACK, Over())

    @on(Buzz)
    def buzz(self, table: Table, act: Buzz, cue: Cue) -> None:
        age = cue.age()
        if age > seconds(self.settings.seconds) + SLACK:
            raise Reject("it was over when you pressed", code="buzzer/late")
        if cue.by in table.buzzes:
            raise Reject("once is enough", code="buzzer/again")
        table.buzzes[cue.by] = age
        if table.phase == "armed":
            self._hear(table, cue)

    @on(Decide, by="clock", when=lambda table: table.phase == "heard")
    def decide(self, table: Table, act: Decide, cue: Cue) -> None:
        table.phase, table.up = "up", self._first(table)
        self._tell(table, table.up)

    @on(Right, by="host", when=lambda table: table.phase == "up")
    def judge_right(self, table: Table, act: Right, cue: Cue) -> None:
        self._score(table, table.up, 0 if self._void(table) else self.settings.points)
        table.right = table.up
        self._end(table, cue)

    @on(Wrong, by="host", when=lambda table: table.phase == "up")
    def judge_wrong(self, table: Table, act: Wrong, cue: Cue) -> None:
        self._score(table, table.up, -self.settings.penalty)
        table.out.append(table.up)
        self._tell(table, table.up)
        table.up = 0
        self._hear(table, cue)

    @on(
        Nobody, by="host", when=lambda table: table.phase in ("armed", "heard", "up"), title="Nobody knows it"
    )
    def give_up(self, table: Table, act: Nobody, cue: Cue) -> None:
        if table.up:
            self._tell(table, table.up)
        self._end(table, cue)

    @on(Over, by="clock")
    def close(self, table: Table, act: Over, cue: Cue) -> None:
        table.late = True
        if table.phase == "armed":
            self._hear(table, cue)

    def _hear(self, table: Table, cue: Cue) -> None:
        """Wait for all who may have been faster than the first that we know of; without one, for the end."""
        first = self._first(table)
        table.phase = "heard" if first else "armed"
        if first:
            cue.after(table.opened + table.buzzes[first] - cue.now, Decide())
        elif table.late:
            self._end(table, cue)

    def _end(self, table: Table, cue: Cue) -> None:
        table.phase, table.up = "done", 0
        cue.cancel(Decide)
        cue.cancel(Over)
        if self._void(table):  # which nobody could see while it went on
            for viewer in table.out:
                self._score(table, viewer, self.settings.penalty)
        cue.settle(void=self._void(table))  # all of them: it was the order that mattered

    def _score(self, table: Table, viewer: int, points: int) -> None:
        table.scores[viewer] = table.scores.get(viewer, 0) + points

    def _tell(self, table: Table, viewer: int) -> None:
        table.buzzes[viewer] = table.buzzes[viewer]  # written again so that they hear of it

    def _first(self, table: Table) -> int:
        """Who is next in order; 0 when there is none."""
        left = [(age, viewer) for viewer, age in table.buzzes.items() if viewer not in table.out]
        return min(left)[1] if left else 0

    def _void(self, table: Table) -> bool:
        return table.asked in self.settings.void

    def _question(self, table: Table) -> str:
        return self.settings.questions[table.asked - 1] if self.settings.questions else ""

    def _last(self, table: Table) -> bool:
        return bool(self.settings.questions) and table.asked == len(self.settings.questions)

    def _name(self, viewer: int) -> str:
        return self.people.name(ViewerId(viewer))

    def next(self, table: Table) -> Action | None:
        if table.phase in ("ready", "done"):
            return None if self._last(table) else Arm()
        return Right() if table.phase == "up" else Nobody()

    def public(self, table: Table) -> Scene:
        if table.phase == "ready":
            return scene(blocks.Heading("Fingers on the buzzer", kicker="Get ready"))
        kicker = f"Question {table.asked}"
        asked = self._question(table) or "Buzz if you know it"
        if table.phase != "done":
            head = f"{self._name(table.up)} is up" if table.up else asked
            press = blocks.Button(
                id="buzz", label="Buzz", send=blocks.Send("buzz"), primary=True, on=("phone",)
            )
            parts = () if table.late else (press,)
            return scene(blocks.Heading(head, kicker=kicker), *parts, self._count(table), mood="live")
        won = f"{self._name(table.right)} knew it" if table.right else "Nobody knew it"
        if self._void(table):
            won = "This question does not count"
        return scene(blocks.Heading(won, kicker=kicker), *self._standings(table), mood="reveal")

    def private(self, table: Table, viewer: ViewerId) -> Scene | None:
        parts: list[blocks.AnyBlock] = []
        if viewer in table.buzzes:
            up, out = viewer == table.up, viewer in table.out
            text = "You are up: say it!" if up else "You are out of this one" if out else "You have buzzed"
            parts.append(blocks.Text(text, tone="good" if up else "bad" if out else "plain"))
        if viewer in table.scores:
            parts.append(blocks.Stats(stats=(blocks.Stat("Points", str(table.scores[viewer])),)))
        return scene(*parts) if parts else None

    def desk(self, table: Table) -> Scene:
        first = sorted((age, viewer) for viewer, age in table.buzzes.items())[:TOP]
        lines = [
            blocks.Text(f"{age / 1e6:.3f} s  {self._name(viewer)}", tone=self._tone(table, viewer))
            for age, viewer in first
        ]
        return scene(*lines)

    def results(self, table: Table) -> Iterable[Row]:
        for rank, viewer, points in self._ranked(table):
            cells = {"place": rank, "name": self._name(viewer), "viewer": viewer, "points": points}
            yield Row("standings", cells)

    @classmethod
    def amend(cls, old: Rules, new: Rules) -> None:
        if new != replace(old, points=new.points, penalty=new.penalty, void=new.void):
            raise Reject("only the points and what does not count can be changed", code="buzzer/amend")

    def rulings(self, table: Table, number: int) -> Iterable[Ruling]:
        void = self.settings.void
        if number in void:
            yield Ruling("Counts", {"/void": [other for other in void if other != number]})
        else:
            yield Ruling("Does not count", {"/void": [*void, number]})

    def _tone(self, table: Table, viewer: int) -> blocks.Tone:
        return "live" if viewer == table.up else "bad" if viewer in table.out else "plain"

    def _count(self, table: Table) -> blocks.Stats:
        return blocks.Stats(stats=(blocks.Stat("Buzzes", str(len(table.buzzes))),))

    def _standings(self, table: Table) -> list[blocks.AnyBlock]:
        rows = [blocks.Standing(rank, "", score, viewer) for rank, viewer, score in self._ranked(table)[:TOP]]
        return [blocks.Leaderboard(rows=tuple(rows), players=len(table.scores))] if rows else []

    def _ranked(self, table: Table) -> list[tuple[int, int, int]]:
        """Place, viewer and points, best first; who has the same has the same place."""
        totals = sorted(table.scores.values(), reverse=True)
        ranked = [(totals.index(points) + 1, viewer, points) for viewer, points in table.scores.items()]
        return sorted(ranked)
