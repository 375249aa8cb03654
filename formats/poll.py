"""A poll: everybody is asked something, and all see what came of it.

Six kinds: `single` and `multiple` choice, `rating`, `ranking` (Borda count), `words` for a cloud, `text` that a moderator lets through.
Points staked on an outcome are not here: a prediction settles long after its vote.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from heapq import nsmallest
from itertools import islice
from typing import Annotated, Literal

from msgspec import Meta, field

from oncue.formats import (
    Action,
    Cue,
    Format,
    Ledger,
    Micros,
    Reject,
    Row,
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
"""How long after the deadline on their own picture a vote still counts: what a clock over a bad network may be wrong by."""
SHOWN = 12
"""Texts to be seen at once."""
CLOUD = 50
"""Words in the cloud."""
DISTINCT = 10_000
"""Different words, and texts that wait for a moderator: more than anyone could read."""

Label = Annotated[str, Meta(min_length=1, max_length=120)]
Index = Annotated[int, Meta(ge=0, le=99)]
CHOSEN = ("single", "multiple", "ranking")


class Ballot(Settings, frozen=True):
    """What is asked, and how it is counted.

    most: how many options (`multiple`) or words (`words`) one may give. seconds: 0 until the host locks. secret: nobody learns who
    voted for what, not from the results either. show: when the audience sees the outcome.
    """

    question: Annotated[str, Meta(min_length=1, max_length=300)]
    kind: Literal["single", "multiple", "rating", "ranking", "words", "text"] = "single"
    options: Annotated[tuple[Label, ...], Meta(max_length=20)] = ()
    most: Annotated[int, Meta(ge=1, le=20)] = 3
    steps: Annotated[int, Meta(ge=2, le=10)] = 5
    low: Annotated[str, Meta(max_length=40)] = ""
    high: Annotated[str, Meta(max_length=40)] = ""
    seconds: Annotated[float, Meta(ge=0, le=86400)] = 0
    change: bool = True
    secret: bool = True
    show: Literal["live", "end", "never"] = "end"
    approve: bool = True

    def __post_init__(self) -> None:
        if self.kind in CHOSEN and len(self.options) < 2:
            raise ValueError(f"a poll of kind {self.kind!r} needs two options or more in `options`")
        if self.kind not in CHOSEN and self.options:
            raise ValueError(f"a poll of kind {self.kind!r} has no `options`")


class Open(Action, frozen=True):
    """Let people vote."""


class Lock(Action, frozen=True):
    """No more votes. What was pressed in time still comes in for a moment."""


class Close(Action, frozen=True):
    """The last vote that was in time has arrived."""


class Reveal(Action, frozen=True):
    """Show the outcome to everybody."""


class Vote(Action, frozen=True):
    """For one option."""

    choice: Index


class Pick(Action, frozen=True):
    """For several options."""

    choices: Annotated[tuple[Index, ...], Meta(min_length=1, max_length=20)]


class Rate(Action, frozen=True):
    """So many of the steps."""

    value: Annotated[int, Meta(ge=1, le=10)]


class Rank(Action, frozen=True):
    """The options, best first."""

    order: Annotated[tuple[Index, ...], Meta(min_length=2, max_length=20)]


class Say(Action, frozen=True):
    """A word for the cloud, or a text."""

    text: Annotated[str, Meta(max_length=280)]


class Approve(Action, frozen=True):
    """Let a text be seen. It is named in full, so that nobody can change it under the moderator's finger."""

    viewer: int
    text: str


class Dismiss(Action, frozen=True):
    """Take a text away, before or after it was seen."""

    viewer: int
    text: str


class Strike(Action, frozen=True):
    """Take a word out of the cloud for good."""

    word: str


HOW = {
    "single": blocks.Send("vote", "choice"),
    "multiple": blocks.Send("pick", "choices"),
    "rating": blocks.Send("rate", "value"),
    "ranking": blocks.Send("rank", "order"),
    "words": blocks.Send("say"),
    "text": blocks.Send("say"),
}
"""How each kind is voted on."""


class Box(State):
    """`votes`: what each one picked (indices; a rating as it is). `said`: their words, or their text. `counts`: votes by option or
    step, points when ranking. `waiting` and `passed`: viewers by their texts' place in moderation."""

    phase: Literal["ready", "open", "locking", "closed", "shown", "sealed"] = "ready"
    opened: Micros = 0
    deadline: Micros = 0
    hasty: bool = False
    votes: Ledger[tuple[int, ...]] = field(default_factory=Ledger)
    said: Ledger[tuple[str, ...]] = field(default_factory=Ledger)
    counts: list[int] = []
    words: dict[str, int] = {}
    struck: list[str] = []
    waiting: dict[int, bool] = {}
    passed: dict[int, bool] = {}


class Poll(Format[Box, Ballot]):
    """Ask the audience: choices, ratings, rankings, word clouds, open questions."""

    def start(self) -> Box:
        return Box(counts=[0] * len(self._labels()))

    @on(Open, by="host", when=lambda box: box.phase == "ready", title="Open the vote")
    def open(self, box: Box, act: Open, cue: Cue) -> None:
        box.phase, box.opened = "open", cue.now
        if self.settings.seconds:
            span = seconds(self.settings.seconds)
            box.deadline = cue.now + span
            cue.after(span, Lock(), lanes=False)
        cue.open(box.deadline and box.deadline - cue.now, self.settings.question)

    @on(Lock, by="host|clock", when=lambda box: box.phase in ("open", "locking"))
    def lock(self, box: Box, act: Lock, cue: Cue) -> None:
        if box.phase == "open":
            box.phase = "locking"
            box.deadline = min(box.deadline, cue.now) if box.deadline else cue.now
            cue.cancel(Lock)
            cue.after(0, Close())

    @on(Close, by="clock")
    def close(self, box: Box, act: Close, cue: Cue) -> None:
        show = self.settings.show
        cue.settle(span=box.deadline - box.opened)
        box.phase = "sealed" if show == "never" else "shown" if show == "live" or box.hasty else "closed"

    @on(Reveal, by="host", when=lambda box: box.phase in ("locking", "closed"), title="Show the outcome")
    def reveal(self, box: Box, act: Reveal, cue: Cue) -> None:
        if box.phase == "closed":
            box.phase = "shown"
        box.hasty = True

    @on(Vote)
    def vote(self, box: Box, act: Vote, cue: Cue) -> None:
        self._cast(box, "single", (act.choice,), cue)

    @on(Pick)
    def pick(self, box: Box, act: Pick, cue: Cue) -> None:
        if len(set(act.choices)) < len(act.choices) or len(act.choices) > self.settings.most:
            raise Reject(f"choose up to {self.settings.most}, each once", code="poll/choice")
        self._cast(box, "multiple", act.choices, cue)

    @on(Rate)
    def rate(self, box: Box, act: Rate, cue: Cue) -> None:
        self._cast(box, "rating", (act.value - 1,), cue)

    @on(Rank)
    def rank(self, box: Box, act: Rank, cue: Cue) -> None:
        if sorted(act.order) != list(range(len(self.settings.options))):
            raise Reject("put every option into the order once", code="poll/choice")
        self._cast(box, "ranking", act.order, cue)

    @on(Say)
    def say(self, box: Box, act: Say, cue: Cue) -> None:
        kind = self.settings.kind
        self._admit(box, "words" if kind == "words" else "text", cue)
        text = _tidy(act.text)
        if not text:
            raise Reject("write something", code="poll/empty")
        if kind == "words":
            self._word(box, text, cue.by)
        else:
            self._text(box, text, cue.by)

    @on(Approve, by="moderator", when=lambda box: bool(box.waiting))
    def approve(self, box: Box, act: Approve, cue: Cue) -> None:
        self._found(box, act.viewer, act.text)
        if box.waiting.pop(act.viewer, None):
            box.passed[act.viewer] = True
            box.said[act.viewer] = (act.text,)  # written again so that its author hears of it

    @on(Dismiss, by="moderator", when=lambda box: bool(box.waiting or box.passed))
    def dismiss(self, box: Box, act: Dismiss, cue: Cue) -> None:
        self._found(box, act.viewer, act.text)
        box.waiting.pop(act.viewer, None)
        box.passed.pop(act.viewer, None)
        box.said[act.viewer] = (act.text,)  # as above

    @on(Strike, by="moderator", when=lambda box: bool(box.words))
    def strike(self, box: Box, act: Strike, cue: Cue) -> None:
        if act.word not in box.words:
            raise Reject("nobody said that", code="poll/unknown-word")
        del box.words[act.word]
        box.struck.append(act.word)

    def _admit(self, box: Box, kind: str, cue: Cue) -> None:
        if kind != self.settings.kind:
            raise Reject("this poll asks for something else", code="poll/kind")
        if box.phase not in ("open", "locking"):
            raise Reject("the vote is not open", code="poll/closed")
        age = cue.age()
        if box.deadline and age > box.deadline - box.opened + SLACK:
            raise Reject("the vote was over when you pressed", code="poll/late")

    def _cast(self, box: Box, kind: str, picks: tuple[int, ...], cue: Cue) -> None:
        self._admit(box, kind, cue)
        counts, old = box.counts, box.votes.get(cue.by)
        if max(picks) >= len(counts):
            raise Reject("there is no such option", code="poll/choice")
        if old is not None:
            if not self.settings.change:
                raise Reject("you have voted already", code="poll/final")
            for place, pick in enumerate(old):
                counts[pick] -= len(old) - place if kind == "ranking" else 1
        for place, pick in enumerate(picks):
            counts[pick] += len(picks) - place if kind == "ranking" else 1
        box.votes[cue.by] = picks

    def _word(self, box: Box, text: str, by: ViewerId) -> None:
        word, own = text.casefold()[:30].strip(), box.said.get(by, ())
        if word in own or len(own) >= self.settings.most:
            raise Reject(f"up to {self.settings.most} words, each once", code="poll/final")
        if word not in box.words and len(box.words) >= DISTINCT:
            raise Reject("the cloud is full", code="poll/full")
        box.said[by] = (*own, word)
        if word not in box.struck:
            box.words[word] = box.words.get(word, 0) + 1

    def _text(self, box: Box, text: str, by: ViewerId) -> None:
        if by in box.said and not self.settings.change:
            raise Reject("you have sent something already", code="poll/final")
        if len(box.waiting) >= DISTINCT:
            raise Reject("too many are waiting to be read; try again later", code="poll/full")
        box.said[by] = (text,)
        box.passed.pop(by, None)
        (box.waiting if self.settings.approve else box.passed)[by] = True

    def _found(self, box: Box, viewer: int, text: str) -> None:
        if box.said.get(viewer) != (text,):
            raise Reject("they have changed it meanwhile", code="poll/changed")

    def next(self, box: Box) -> Action | None:
        early = Reveal() if self.settings.show == "end" else Lock()
        return {"ready": Open(), "open": Lock(), "locking": early, "closed": Reveal()}.get(box.phase)

    def public(self, box: Box) -> Scene:
        if box.phase == "ready":
            return scene(blocks.Heading(self.settings.question, kicker="Coming up"))
        live = box.phase == "open"
        seen = box.phase == "shown" or (self.settings.show == "live" and box.phase != "closed")
        head = blocks.Heading(self.settings.question, kicker="Your vote" if live else "The vote is closed")
        parts = [head, *self._control(box, HOW[self.settings.kind] if live else None, seen)]
        if live and box.deadline:
            parts.append(blocks.Countdown(until=box.deadline, total=box.deadline - box.opened))
        return scene(
            *parts, _turnout(box), mood="live" if live else "reveal" if box.phase == "shown" else "quiet"
        )

    def private(self, box: Box, viewer: ViewerId) -> Scene | None:
        picks, said = box.votes.get(viewer), box.said.get(viewer)
        if said:
            note = "A moderator reads it first" if viewer in box.waiting else ""
            return scene(blocks.Mark(of="poll", value=", ".join(said), note=note))
        if picks is None:
            return None
        one = {"single": picks[0], "rating": picks[0] + 1}.get(self.settings.kind)
        return scene(blocks.Mark(of="poll", value=picks if one is None else one))

    def desk(self, box: Box) -> Scene:
        parts: list[blocks.AnyBlock] = [_turnout(box)]
        if box.counts:
            parts.append(blocks.Bars(bars=self._bars(box)))
        for word, count in _top(box.words, SHOWN):
            strike = blocks.Send("strike", fixed={"word": word})
            parts.append(blocks.Button(label=f"Strike “{word}” ({count})", send=strike))
        for viewer in islice(box.waiting, SHOWN):
            [text] = box.said[viewer]
            approve, dismiss = (
                blocks.Send(do, fixed={"viewer": viewer, "text": text}) for do in ("approve", "dismiss")
            )
            parts.append(blocks.Text(self._signed(viewer, text)))
            parts.append(blocks.Button(label="Approve", send=approve, primary=True))
            parts.append(blocks.Button(label="Dismiss", send=dismiss))
        return scene(*parts)

    def results(self, box: Box) -> Iterable[Row]:
        ballot, labels = self.settings, self._labels()
        for bar, count in zip(self._bars(box), box.counts, strict=True):
            cells = {"points": count} if ballot.kind == "ranking" else {"votes": count, "share": bar.share}
            yield Row("result", {"option": bar.label, **cells})
        for word, count in _top(box.words, DISTINCT):
            yield Row("words", {"word": word, "count": count})
        if ballot.kind == "text":
            for viewer, (text,) in box.said.items():
                yield Row("texts", {"text": text, "shown": viewer in box.passed, **self._who(viewer)})
        elif not ballot.secret:
            for viewer, picks in box.votes.items():
                yield Row("votes", {**self._who(viewer), "vote": ", ".join([labels[pick] for pick in picks])})

    def secrets(self, box: Box) -> Iterable[str | type[Action]]:
        if box.phase != "shown" and self.settings.show != "live":
            yield from (Vote, Pick, Rate, Rank, Say)

    def _control(self, box: Box, send: blocks.Send | None, seen: bool) -> list[blocks.AnyBlock]:
        """What to vote with, and what came of it where that may be seen."""
        ballot, bars = self.settings, self._bars(box)
        options = [
            blocks.Option(bar.label, share=bar.share, count=count) if seen else blocks.Option(bar.label)
            for bar, count in zip(bars, box.counts, strict=True)
        ]
        match ballot.kind:
            case "rating":
                mean = sum(step * count for step, count in enumerate(box.counts, 1)) / max(sum(box.counts), 1)
                low, high, average = ballot.low, ballot.high, mean or None if seen else None
                stars = blocks.Rating(
                    id="poll", steps=ballot.steps, low=low, high=high, send=send, average=average
                )
                return [stars, blocks.Bars(bars=bars)] if seen else [stars]
            case "ranking" if seen and send is None:
                return [blocks.Bars(bars=tuple(sorted(bars, key=lambda bar: -bar.share)))]
            case "ranking":
                return [blocks.Ranking(id="poll", options=tuple(options), send=send)]
            case "words" | "text":
                return [*self._form(send), *(self._written(box) if seen else ())]
        most = 1 if ballot.kind == "single" else min(ballot.most, len(options))
        return [
            blocks.Choices(id="poll", options=tuple(options), send=send, most=most, keep=not ballot.change)
        ]

    def _form(self, send: blocks.Send | None) -> list[blocks.AnyBlock]:
        word = blocks.Field("text", "A word", most=30)
        text = blocks.Field("text", "Your answer", kind="long", most=280)
        field = word if self.settings.kind == "words" else text
        return [blocks.Form(id="poll", fields=(field,), send=send)] if send else []

    def _written(self, box: Box) -> list[blocks.AnyBlock]:
        if self.settings.kind == "words":
            return [blocks.Words(words=tuple([blocks.Word(*one) for one in _top(box.words, CLOUD)]))]
        return [blocks.Text(self._signed(viewer, *box.said[viewer])) for viewer in list(box.passed)[-SHOWN:]]

    def _bars(self, box: Box) -> tuple[blocks.Bar, ...]:
        whole = max(len(box.votes) * (len(box.counts) if self.settings.kind == "ranking" else 1), 1)
        return tuple([
            blocks.Bar(label, str(count), round(count / whole, 4))
            for label, count in zip(self._labels(), box.counts, strict=True)
        ])  # fmt: skip

    def _labels(self) -> tuple[str, ...]:
        steps = range(1, self.settings.steps + 1) if self.settings.kind == "rating" else ()
        return self.settings.options or tuple(map(str, steps))

    def _signed(self, viewer: int, text: str) -> str:
        return text if self.settings.secret else f"{text} — {self.people.name(ViewerId(viewer))}"

    def _who(self, viewer: int) -> dict[str, str | int]:
        return {} if self.settings.secret else {"viewer": viewer, "name": self.people.name(ViewerId(viewer))}


def _tidy(text: str) -> str:
    """As one line, without what cannot be seen."""
    seen = "".join(" " if unicodedata.category(letter) in ("Cc", "Zl", "Zp") else letter for letter in text)
    return " ".join(unicodedata.normalize("NFKC", seen).split())


def _top(words: dict[str, int], most: int) -> list[tuple[str, int]]:
    return nsmallest(most, words.items(), key=lambda item: (-item[1], item[0]))


def _turnout(box: Box) -> blocks.Stats:
    return blocks.Stats(stats=(blocks.Stat("Votes", str(len(box.votes) + len(box.said))),))
