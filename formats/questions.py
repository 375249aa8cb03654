"""Kinds of questions: how each is asked, and who is right. Any format may ask them; `trivia` does."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable
from typing import Annotated, Any

from msgspec import Meta, Struct

from oncue.formats import Action, blocks

Words = Annotated[str, Meta(min_length=1, max_length=300)]
Labels = Annotated[
    tuple[Annotated[str, Meta(min_length=1, max_length=120)], ...], Meta(min_length=2, max_length=10)
]
Index = Annotated[int, Meta(ge=0, le=9)]
Indices = Annotated[tuple[Index, ...], Meta(min_length=1, max_length=10)]
Value = int | float | str | tuple[int, ...]
"""An answer: an index (true is 0, false is 1), a number, a text, or indices."""
Judge = Callable[[Value], bool]


class Answer(Action, frozen=True):
    """Choose an option (true/false: 0 is true)."""

    choice: Index


class Pick(Action, frozen=True):
    """Choose several options."""

    choices: Indices


class Arrange(Action, frozen=True):
    """Put the options into an order."""

    order: Indices


class Guess(Action, frozen=True):
    """Guess a number."""

    number: Annotated[float, Meta(ge=-1e15, le=1e15)]


class Write(Action, frozen=True):
    """Write the answer."""

    text: Annotated[str, Meta(max_length=80)]


class Stand(Struct, frozen=True):
    """How it stands with a question: the `id` of its block, whether it is `open` and whether the outcome is `told`, how many have
    `answered`, by option (`counts`), and in which order options are `shown` (`order` only)."""

    id: str
    open: bool
    told: bool
    answered: int
    counts: list[int]
    shown: list[int]


class Question(Struct, frozen=True, kw_only=True, tag_field="kind", forbid_unknown_fields=True):
    """What all kinds have. `picture` is an image's address, `alt` says what it shows, `explanation` comes with the outcome. A question
    that is `void` does not count."""

    text: Words
    seconds: Annotated[float, Meta(ge=3, le=600)] = 20
    picture: str = ""
    alt: str = ""
    explanation: str = ""
    void: bool = False

    @property
    def choices(self) -> dict[str, Any]:
        """What may be ruled to be right, by its label: the values that `right` may have."""
        return {}

    @property
    def labels(self) -> tuple[str, ...]:
        """The options whose answers are counted one by one."""
        return ()

    @property
    def solution(self) -> str:
        """The right answer in words; empty when there is none."""
        return ""

    def judge(self, given: Iterable[Value], shown: list[int]) -> Judge:
        """Tells right from wrong; `given` are all answers, `shown` the order of the options."""
        raise NotImplementedError

    def control(self, now: Stand) -> blocks.AnyBlock:
        """The block to answer with; once told, the outcome."""
        raise NotImplementedError


class Choice(Question, frozen=True, tag="choice"):
    """One of several options; `right` is its index, from 0. Sends `answer` with `choice`."""

    options: Labels
    right: Index | None = None

    def __post_init__(self) -> None:
        if self.right is not None and self.right >= len(self.options):
            raise ValueError(f"`right` is {self.right}, but the last option is {len(self.options) - 1}")

    @property
    def choices(self) -> dict[str, Any]:
        return {label: i for i, label in enumerate(self.options)}

    @property
    def labels(self) -> tuple[str, ...]:
        return self.options

    @property
    def solution(self) -> str:
        return "" if self.right is None else self.options[self.right]

    def judge(self, given: Iterable[Value], shown: list[int]) -> Judge:
        return lambda value: value == self.right

    def control(self, now: Stand) -> blocks.AnyBlock:
        return _choose(now, self.options, () if self.right is None else (self.right,))


class TrueFalse(Question, frozen=True, tag="true-false"):
    """A statement that is true or is not. Sends `answer` with `choice` 0 for true, 1 for false."""

    right: bool | None = None

    @property
    def choices(self) -> dict[str, Any]:
        return {"True": True, "False": False}

    @property
    def labels(self) -> tuple[str, ...]:
        return ("True", "False")

    @property
    def solution(self) -> str:
        return "" if self.right is None else str(self.right)

    def judge(self, given: Iterable[Value], shown: list[int]) -> Judge:
        return lambda value: value == int(not self.right)

    def control(self, now: Stand) -> blocks.AnyBlock:
        return _choose(now, self.labels, () if self.right is None else (int(not self.right),))


class Several(Question, frozen=True, tag="several"):
    """Several options: all that are right, and no other. Sends `pick` with `choices`."""

    options: Labels
    right: Indices | None = None

    def __post_init__(self) -> None:
        if self.right is not None and max(self.right) >= len(self.options):
            raise ValueError(f"`right` has {max(self.right)}, but the last option is {len(self.options) - 1}")

    @property
    def labels(self) -> tuple[str, ...]:
        return self.options

    @property
    def solution(self) -> str:
        return ", ".join([self.options[i] for i in sorted(self.right or ())])

    def judge(self, given: Iterable[Value], shown: list[int]) -> Judge:
        right = tuple(sorted(set(self.right or ())))
        return lambda value: value == right

    def control(self, now: Stand) -> blocks.AnyBlock:
        send = blocks.Send("pick", "choices") if now.open else None
        options = _options(now, self.options, self.right or ())
        return blocks.Choices(id=now.id, options=options, send=send, most=len(options), keep=True)


class Order(Question, frozen=True, tag="order"):
    """Options to be put in order; they stand here in the right one, and are shown mixed. Sends `arrange` with `order`."""

    options: Labels

    @property
    def solution(self) -> str:
        return " → ".join(self.options)

    def judge(self, given: Iterable[Value], shown: list[int]) -> Judge:
        right = tuple([shown.index(i) for i in range(len(shown))])
        return lambda value: value == right

    def control(self, now: Stand) -> blocks.AnyBlock:
        options = tuple([blocks.Option(self.options[i]) for i in now.shown])
        return blocks.Ranking(
            id=now.id, options=options, send=blocks.Send("arrange", "order") if now.open else None
        )


class Number(Question, frozen=True, tag="number"):
    """A number. Who is nearest is right, and all who are no further off than `within`. Sends `guess` with `number`."""

    right: float | None = None
    within: Annotated[float, Meta(ge=0)] = 0
    unit: str = ""

    @property
    def solution(self) -> str:
        return "" if self.right is None else f"{self.right:.12g} {self.unit}".strip()

    def judge(self, given: Iterable[Value], shown: list[int]) -> Judge:
        right = self.right or 0.0
        off = [abs(value - right) for value in given if isinstance(value, (int, float))]
        allowed = max(self.within, min(off, default=0.0))
        return lambda value: isinstance(value, (int, float)) and abs(value - right) <= allowed

    def control(self, now: Stand) -> blocks.AnyBlock:
        ask = blocks.Field("number", self.unit or "Your guess", kind="number", most=10**15)
        return blocks.Form(id=now.id, fields=(ask,), send=blocks.Send("guess") if now.open else None)


class Typed(Question, frozen=True, tag="text"):
    """A word or two, typed. `right` has all answers that count; capitals, accents, signs and a slip of the finger don't matter.
    Sends `write` with `text`."""

    right: tuple[Words, ...] = ()

    @property
    def solution(self) -> str:
        return self.right[0] if self.right else ""

    def judge(self, given: Iterable[Value], shown: list[int]) -> Judge:
        right = [plain(answer) for answer in self.right]
        known = {
            text: any(alike(text, answer) for answer in right)
            for text in {plain(str(value)) for value in given}
        }
        return lambda value: known[plain(str(value))]

    def control(self, now: Stand) -> blocks.AnyBlock:
        ask = blocks.Field("text", "Your answer", most=80)
        return blocks.Form(id=now.id, fields=(ask,), send=blocks.Send("write") if now.open else None)


AnyQuestion = Choice | TrueFalse | Several | Order | Number | Typed


def _choose(now: Stand, labels: tuple[str, ...], right: tuple[int, ...]) -> blocks.AnyBlock:
    send = blocks.Send("answer", "choice") if now.open else None
    return blocks.Choices(id=now.id, options=_options(now, labels, right), send=send, keep=True)


def _options(now: Stand, labels: tuple[str, ...], right: tuple[int, ...]) -> tuple[blocks.Option, ...]:
    if not now.told:
        return tuple([blocks.Option(label) for label in labels])
    verdict: list[blocks.Verdict] = [
        "" if not right else "right" if i in right else "wrong" for i in range(len(labels))
    ]
    share = [round(count / max(now.answered, 1), 4) for count in now.counts]
    return tuple([
        blocks.Option(label, share=share[i], count=now.counts[i], verdict=verdict[i]) for i, label in enumerate(labels)
    ])  # fmt: skip


def plain(text: str) -> str:
    """A typed answer without capitals, accents and signs."""
    letters = unicodedata.normalize("NFKD", text.casefold())
    return " ".join(
        "".join(c if c.isalnum() else " " for c in letters if not unicodedata.combining(c)).split()
    )


def alike(text: str, answer: str) -> bool:
    """Whether `text` is `answer` but for a slip: one in four letters or more, two in eight or more, none where digits are."""
    if any(c.isdigit() for c in answer):
        return text == answer
    return _slips(text, answer, 0 if len(answer) < 4 else 1 if len(answer) < 8 else 2)


def _slips(one: str, other: str, most: int) -> bool:
    """Whether `most` edits are enough: a letter more, a letter less, another letter, two letters swapped."""
    if abs(len(one) - len(other)) > most:
        return False
    pairs = zip(one, other, strict=False)
    same = next((i for i, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))
    one, other = one[same:], other[same:]
    if not most or not one or not other:
        return max(len(one), len(other)) <= most
    if one[1::-1] == other[:2] and _slips(one[2:], other[2:], most - 1):
        return True
    return any(_slips(a, b, most - 1) for a, b in ((one[1:], other[1:]), (one[1:], other), (one, other[1:])))
