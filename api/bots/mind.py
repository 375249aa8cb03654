"""What a simulated viewer makes of a scene: which control to use, with what, and when. Pure, and the same for the same seed.

It knows no format: only blocks, and what they say that they send.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

import msgspec

from oncue.engine.blocks import (
    AnyBlock,
    Button,
    Choices,
    Countdown,
    Field,
    Form,
    Heading,
    Option,
    Ranking,
    Rating,
    Send,
)
from oncue.engine.structs import Micros
from oncue.engine.wire import SceneMsg

WORDS = (
    "more of this", "fantastic", "what a show", "louder please", "pizza", "coffee", "sunshine", "déjà vu", "größer",
    "encore", "rock and roll", "hello from the back row", "first time here", "wunderbar", "¡olé!", "🎉",
)  # fmt: skip
CHARACTERS_PER_S = 25.0
"""How fast people read off a screen."""
HURRY = 0.45
"""The share of a countdown after which the typical answer is in, when there is little time."""

Unanswered = Choices | Rating | Ranking | Form | Button


class Control(msgspec.Struct, frozen=True):
    """Something in a scene that can be used now. `key` stays the same while it is the same question; `until` and `total` are its
    countdown in µs of show time (0: none), `length` how many characters there are to read."""

    key: str
    segment: str
    block: Unanswered
    send: Send
    until: Micros
    total: Micros
    length: int


class Tap(msgspec.Struct, frozen=True):
    """An action to send to `segment`, `after` seconds from now. `block` is the id of the block that it is the answer to."""

    after: float
    segment: str
    do: dict[str, Any]
    block: str = ""


def controls(shown: SceneMsg) -> tuple[Control, ...]:
    """All that a viewer with a phone can use in this scene."""
    blocks = [block for block in shown.scene.blocks if not block.on or "phone" in block.on]
    heading = "|".join(f"{block.kicker}/{block.text}" for block in blocks if isinstance(block, Heading))
    clock = next((block for block in blocks if isinstance(block, Countdown)), None)
    until, total = (clock.until, clock.total) if clock else (0, 0)
    found = []
    for i, block in enumerate(blocks):
        send = getattr(block, "send", None)
        if isinstance(block, Unanswered) and send is not None:
            words = _words(block)
            key = f"{shown.segment}|{heading}|{block.id or i}|{send.type}{send.fixed}|{words}"
            found.append(Control(key, shown.segment, block, send, until, total, len(heading) + len(words)))
    return tuple(found)


class Mind:
    """One person. `late` and `double` are how often they answer after the time is up, and tap twice; `keen` how often at all."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._pace = random.lognormvariate(0, 0.3)
        self.keen = random.betavariate(14, 1.5)
        self.late = 0.25 if random.random() < 0.12 else 0.01
        self.double = 0.5 if random.random() < 0.1 else 0.02
        self._seen: set[str] = set()

    def look(self, found: tuple[Control, ...], now: Micros) -> list[Tap]:
        """What to do about the controls that were not there before. `now` is the show time of one's own picture."""
        new = [control for control in found if control.key not in self._seen]
        self._seen = {control.key for control in found}
        return [tap for control in new for tap in self._decide(control, now)]

    def _decide(self, control: Control, now: Micros) -> Iterator[Tap]:
        wanted = (
            self.keen if not isinstance(control.block, Button) or control.block.primary else self.keen / 3
        )
        if self._random.random() > wanted:
            return
        after = self._reading(control)
        if control.until and self._random.random() < self.late:
            after = max((control.until - now) / 1e6, 0) + self._random.uniform(0.05, 1.5)
        yield Tap(after, control.segment, self._act(control), control.block.id)
        if self._random.random() < self.double:
            after += self._random.uniform(0.06, 0.4)
            yield Tap(after, control.segment, self._act(control), control.block.id)

    def _reading(self, control: Control) -> float:
        """Seconds to read and decide: log-normal, faster when the clock is."""
        median = 0.8 + control.length / CHARACTERS_PER_S
        if control.total:
            median = min(median, HURRY * control.total / 1e6)
        return median * self._pace * self._random.lognormvariate(0, 0.35)

    def _act(self, control: Control) -> dict[str, Any]:
        send, block = control.send, control.block
        do: dict[str, Any] = {"type": send.type, **send.fixed}
        if isinstance(block, Form):
            return do | {field.name: _typed(field, self._random) for field in block.fields}
        return do | ({send.field: ANSWERS[type(block)](control, self._random)} if send.field else {})


def _words(block: Unanswered) -> str:
    if isinstance(block, Choices | Ranking):
        return " ".join(option.label for option in block.options)
    if isinstance(block, Form):
        return " ".join(field.label for field in block.fields)
    return block.label if isinstance(block, Button) else f"{block.low} {block.high}"


def _choose(control: Control, random: Random) -> int | list[int]:
    """Some options please more people than others, the same ones to all."""
    block = control.block
    assert isinstance(block, Choices)
    weights = [_appeal(control.key, option) for option in block.options]
    if block.most == 1:
        return random.choices(range(len(weights)), weights)[0]
    wanted = random.randint(max(block.least, 1), min(block.most, len(weights)))
    return _drawn(weights, wanted, random)


def _rate(control: Control, random: Random) -> int:
    assert isinstance(control.block, Rating)
    return 1 + round(random.betavariate(3, 1.4) * (control.block.steps - 1))


def _rank(control: Control, random: Random) -> list[int]:
    assert isinstance(control.block, Ranking)
    weights = [_appeal(control.key, option) for option in control.block.options]
    return _drawn(weights, len(weights), random)


def _appeal(key: str, option: Option) -> float:
    return 1 + (zlib.crc32(f"{key}{option.label}".encode()) % 100) / 25


def _drawn(weights: list[float], wanted: int, random: Random) -> list[int]:
    """So many different indices, the weightier ones rather sooner."""
    order = sorted(range(len(weights)), key=lambda i: random.random() ** (1 / weights[i]), reverse=True)
    return order[:wanted]


def _typed(field: Field, random: Random) -> str | float | bool:
    if field.kind == "check":
        return random.random() < 0.8
    if field.kind == "number":
        return min(round(random.lognormvariate(4, 1)), field.most)
    return random.choice(WORDS)[: field.most]


ANSWERS: dict[type[AnyBlock], Callable[[Control, Random], Any]] = {
    Choices: _choose,
    Rating: _rate,
    Ranking: _rank,
    Button: lambda _, random: random.random(),
}
"""What a control sends in its field. A button has none as a rule."""
