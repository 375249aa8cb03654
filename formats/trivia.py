"""Trivia: questions against the clock, each answer judged on the viewer's own picture.

Ask → answers → Lock (by the clock or the host) → Close, once the last lane's picture has passed the deadline → Reveal → leaderboard →
the next question → podium. Who comes late plays from the next answer on: what they missed gives no points and takes none.
When it turns out later that something else was right, or that a question was none, the host amends it, and all is judged again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import chain, repeat
from typing import Annotated, Literal

from msgspec import Meta, Struct, field
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

from .questions import (
    Answer,
    AnyQuestion,
    Arrange,
    Guess,
    Number,
    Order,
    Pick,
    Several,
    Stand,
    Typed,
    Value,
    Write,
    plain,
)

SLACK: Micros = seconds(0.25)
"""How long after the deadline on their own picture an answer still counts: what a clock over a bad network may be wrong by."""
FASTEST: Micros = seconds(0.1)
"""Nobody sees a question and answers it in less."""
VOID = "This question does not count"
TOP = 10
SAVED = 40
"""Bits for the time that somebody saved: twelve days of it in µs."""


class Ask(Action, frozen=True):
    """Ask the next question."""


class Lock(Action, frozen=True):
    """Time is up. What was pressed in time still comes in for a moment."""


class Close(Action, frozen=True):
    """The last answer that was in time has arrived."""


class Reveal(Action, frozen=True):
    """Show the right answer, and give the points."""


class ShowLeaderboard(Action, frozen=True):
    """Show who leads."""


class ShowPodium(Action, frozen=True):
    """Show who has won."""


class Quiz(Settings, frozen=True):
    """A round of questions.

    scoring: `speed` gives all of `points` within `grace` seconds and then less, in a straight line to half of them at the deadline;
    `accuracy` gives them to all who are right; `none` makes it a survey. streak: more points for each right answer in a row after the
    first, up to five times.
    """

    questions: Annotated[tuple[AnyQuestion, ...], Meta(min_length=1, max_length=200)]
    scoring: Literal["speed", "accuracy", "none"] = "speed"
    points: Annotated[int, Meta(ge=1, le=100_000)] = 1000
    grace: Annotated[float, Meta(ge=0, le=60)] = 0.5
    streak: Annotated[int, Meta(ge=0, le=10_000)] = 0

    def __post_init__(self) -> None:
        for i, question in enumerate(self.questions):
            if self.scoring != "none" and not question.solution:
                raise ValueError(
                    f"questions[{i}] does not say what is `right`; only a survey (`scoring`: `none`) may do without"
                )


class Given(Struct, frozen=True, gc=False):
    """A viewer's answer, and how long after the question was asked on their picture."""

    value: Value
    age: Micros


class Score(Struct, frozen=True, gc=False):
    """Where a viewer stands since the last reveal. `saved` is the time left over at right answers, which decides ties; `before` is the
    place at the leaderboard that was shown last."""

    points: int = 0
    saved: Micros = 0
    rank: int = 0
    before: int = 0
    gained: int = 0
    streak: int = 0
    right: int = 0


NEW = Score()


class Tally(Struct, frozen=True):
    """How a question went."""

    answered: int
    right: int


class Board(State):
    """`asked` questions were asked so far. Of the last one: `opened`, `span`, `answers`, `counts` by option, how many options one may
    choose one of (`single`), the order in which options are `shown`, whether the reveal was asked for too early (`hasty`). `fresh`: the
    leaderboard was shown since the last reveal. `top`: its first lines."""

    phase: Literal["ready", "open", "locking", "closed", "told", "board", "podium"] = "ready"
    asked: int = 0
    opened: Micros = 0
    span: Micros = 0
    counts: list[int] = []
    single: int = 0
    shown: list[int] = []
    hasty: bool = False
    fresh: bool = True
    tallies: list[Tally] = []
    top: list[int] = []
    answers: Ledger[Given] = field(default_factory=Ledger)
    scores: Ledger[Score] = field(default_factory=Ledger)


class Trivia(Format[Board, Quiz]):
    """Questions against the clock, with points for the quick."""

    @on(Ask, by="host", when=lambda board: board.phase in ("ready", "told", "board"), title="Next question")
    def ask(self, board: Board, act: Ask, cue: Cue) -> None:
        if board.asked == len(self.settings.questions):
            raise Reject("that was the last question", code="trivia/over")
        question = self.settings.questions[board.asked]
        board.phase, board.asked, board.hasty = "open", board.asked + 1, False
        board.opened, board.span = cue.now, seconds(question.seconds)
        board.answers.wipe()
        board.counts = [0] * len(question.labels)
        board.single = 0 if isinstance(question, Several) else len(board.counts)
        board.shown = list(range(len(question.options))) if isinstance(question, Order) else []
        cue.random.shuffle(board.shown)
        cue.open(board.span, question.text)
        cue.after(board.span, Lock(), lanes=False)

    @on(Answer)
    def answer(self, board: Board, act: Answer, cue: Cue) -> None:
        if act.choice >= board.single:
            raise Reject("there is no such option", code="trivia/choice")
        self._take(board, act.choice, cue)
        board.counts[act.choice] += 1

    @on(Pick)
    def pick(self, board: Board, act: Pick, cue: Cue) -> None:
        picked = tuple(sorted(set(act.choices)))
        if picked[-1] >= len(board.counts) or board.single:
            raise Reject("there is no such option", code="trivia/choice")
        self._take(board, picked, cue)
        for choice in picked:
            board.counts[choice] += 1

    @on(Arrange)
    def arrange(self, board: Board, act: Arrange, cue: Cue) -> None:
        if not board.shown or sorted(act.order) != sorted(board.shown):
            raise Reject("put every option into the order once", code="trivia/choice")
        self._take(board, act.order, cue)

    @on(Guess)
    def guess(self, board: Board, act: Guess, cue: Cue) -> None:
        if not isinstance(self._question(board), Number):
            raise Reject("this question wants no number", code="trivia/choice")
        self._take(board, act.number, cue)

    @on(Write)
    def write(self, board: Board, act: Write, cue: Cue) -> None:
        if not isinstance(self._question(board), Typed) or not plain(act.text):
            raise Reject("write the answer", code="trivia/choice")
        self._take(board, act.text.strip(), cue)

    @on(Lock, by="host|clock", when=lambda board: board.phase == "open")
    def lock(self, board: Board, act: Lock, cue: Cue) -> None:
        board.phase, board.span = "locking", min(board.span, cue.now - board.opened)
        cue.cancel(Lock)
        cue.after(0, Close())

    @on(Close, by="clock", when=lambda board: board.phase == "locking")
    def close(self, board: Board, act: Close, cue: Cue) -> None:
        board.phase = "closed"
        if board.hasty:
            self._tell(board, cue)

    @on(Reveal, by="host", when=lambda board: board.phase in ("locking", "closed"))
    def reveal(self, board: Board, act: Reveal, cue: Cue) -> None:
        board.hasty = True
        if board.phase == "closed":
            self._tell(board, cue)

    @on(
        ShowLeaderboard,
        by="host",
        when=lambda board: board.phase == "told" and bool(board.top),
        title="Leaderboard",
    )
    def show_leaderboard(self, board: Board, act: ShowLeaderboard, cue: Cue) -> None:
        board.phase, board.fresh = "board", True

    @on(
        ShowPodium,
        by="host",
        when=lambda board: board.phase in ("told", "board") and bool(board.top),
        title="Podium",
    )
    def show_podium(self, board: Board, act: ShowPodium, cue: Cue) -> None:
        board.phase = "podium"

    def _take(self, board: Board, value: Value, cue: Cue) -> None:
        """The hot path: ten thousands of these come in a second."""
        if board.phase != "open" and board.phase != "locking":
            raise Reject("no question is open", code="trivia/closed")
        age = cue.age()
        if age < FASTEST:
            raise Reject("nobody can answer that fast; try again", code="trivia/impossible")
        if age > board.span:
            if age > board.span + SLACK:
                raise Reject("time was up when you pressed", code="trivia/late")
            age = board.span
        if board.answers.get(cue.by) is not None:
            raise Reject("your answer is final", code="trivia/final")
        board.answers[cue.by] = Given(value, age)

    def _tell(self, board: Board, cue: Cue) -> None:
        """Judge all answers, give points and rank everybody: once for each question."""
        question, right = self._question(board), self._right(board)
        board.phase = "told"
        board.tallies.append(Tally(len(board.answers), len(right)))
        cue.settle(right if question.solution else None, span=board.span, void=question.void)
        if self.settings.scoring != "none":
            self._rank(board, right, seconds(question.seconds))

    def _right(self, board: Board) -> dict[int, Micros]:
        """Who was right, and how fast; nobody when the question does not count."""
        question = self._question(board)
        if question.void:
            return {}
        judge = question.judge([given.value for given in board.answers.values()], board.shown)
        return {viewer: given.age for viewer, given in board.answers.items() if judge(given.value)}

    def _rank(self, board: Board, right: dict[int, Micros], span: Micros) -> None:
        """A hundred thousand viewers in a fifth of a second: points and saved time as one number sort fastest, and what can be done for
        all at once is."""
        scores, given, fresh = board.scores, board.answers.keys(), board.fresh
        void = self._question(board).void
        sums = {viewer: old.points << SAVED | old.saved for viewer, old in scores.items()}
        late = given - sums.keys()
        sums |= {viewer: 0 for viewer in given if viewer in late} if late else {}
        gains, worth = {}, self._worth(span)
        for viewer, age in right.items():
            gains[viewer] = worth(age, scores.get(viewer, NEW).streak)
            sums[viewer] += (gains[viewer] << SAVED) + span - age
        totals = sorted(sums.values(), reverse=True)
        # From the last place up: of those with as many, the best place stays.
        places = dict(zip(reversed(totals), range(len(totals), 0, -1), strict=True))
        news: dict[int, Score] = {}
        for viewer, old, total in zip(sums, chain(scores.values(), repeat(NEW)), sums.values(), strict=False):
            gained, rank, before = gains.get(viewer), places[total], old.rank if fresh else old.before
            if gained is None:
                new = Score(old.points, old.saved, rank, before, 0, old.streak if void else 0, old.right)
            else:
                points, saved = total >> SAVED, total & (1 << SAVED) - 1
                new = Score(points, saved, rank, before, gained, old.streak + 1, old.right + 1)
            if new != old or viewer in given or late:  # who comes last is one more for all
                news[viewer] = new
        scores.update(news)
        least = totals[min(TOP, len(totals)) - 1] if totals else 0
        first = [viewer for viewer, total in sums.items() if total >= least]
        board.top = sorted(first, key=sums.__getitem__, reverse=True)[:TOP]
        board.fresh = False

    def _worth(self, span: Micros) -> Callable[[Micros, int], int]:
        """Points by age and right answers in a row before: (1 - t/2) of all, t running from 0 after the grace time to 1 at the
        deadline, as in Kahoot!."""
        most, streak = self.settings.points, self.settings.streak
        if self.settings.scoring == "accuracy":
            return lambda age, row: most + streak * min(row, 5)
        grace = min(seconds(self.settings.grace), span - 1)
        twice = 2 * (span - grace)
        return lambda age, row: most - most * max(age - grace, 0) // twice + streak * min(row, 5)

    def _question(self, board: Board) -> AnyQuestion:
        return self.settings.questions[max(board.asked, 1) - 1]

    def next(self, board: Board) -> Action | None:
        last = board.asked == len(self.settings.questions)
        match board.phase:
            case "open":
                return Lock()
            case "locking" | "closed":
                return Reveal()
            case "told" if board.top:
                return ShowPodium() if last else ShowLeaderboard()
            case "podium":
                return None
        return None if last else Ask()

    def public(self, board: Board) -> Scene:
        many = len(self.settings.questions)
        if board.phase == "ready":
            return scene(
                blocks.Heading("Get ready", kicker=f"{many} questions" if many > 1 else "One question")
            )
        if board.phase in ("board", "podium"):
            return self._standings(board)
        question, live, told = self._question(board), board.phase == "open", board.phase == "told"
        parts: list[blocks.AnyBlock] = [
            blocks.Heading(question.text, kicker=f"Question {board.asked} of {many}")
        ]
        if question.picture:
            parts.append(blocks.Image(question.picture, question.alt))
        parts.append(
            question.control(
                Stand(
                    f"q{board.asked}",
                    live,
                    told and not question.void,
                    len(board.answers),
                    board.counts,
                    board.shown,
                )
            )
        )
        if live:
            parts.append(blocks.Countdown(until=board.opened + board.span, total=board.span))
        if told:
            parts += self._told(board, question)
        else:
            parts.append(blocks.Stats(stats=(blocks.Stat("Answers", str(len(board.answers))),)))
        return scene(*parts, mood="live" if live else "reveal" if told else "quiet")

    def private(self, board: Board, viewer: ViewerId) -> Scene | None:
        parts: list[blocks.AnyBlock] = []
        given, score = board.answers.get(viewer), board.scores.get(viewer)
        if given is not None:
            parts.append(self._mark(board, given.value, score))
        if score is not None:
            stats = [
                blocks.Stat("Points", str(score.points)),
                blocks.Stat("Place", f"{score.rank} of {len(board.scores)}"),
            ]
            if score.streak > 1:
                stats.append(blocks.Stat("In a row", str(score.streak), tone="good"))
            parts.append(blocks.Stats(stats=tuple(stats)))
        return scene(*parts) if parts else None

    def _mark(self, board: Board, value: Value, score: Score | None) -> blocks.Mark:
        of, told = f"q{board.asked}", board.phase not in ("open", "locking", "closed")
        value = f"{value:g}" if isinstance(value, float) else value
        if not told or score is None or self._question(board).void:
            return blocks.Mark(of=of, value=value)
        if not score.streak:
            return blocks.Mark(of=of, value=value, verdict="wrong")
        return blocks.Mark(of=of, value=value, verdict="right", note=f"+{score.gained}")

    def desk(self, board: Board) -> Scene:
        parts: list[blocks.AnyBlock] = []
        if board.phase in ("open", "locking", "closed"):
            question = self._question(board)
            if question.solution:
                parts.append(blocks.Text(f"Right: {question.solution}", tone="quiet"))
            parts.append(blocks.Stats(stats=(blocks.Stat("Answers", str(len(board.answers))),)))
            whole = max(len(board.answers), 1)
            if board.counts:
                counted = zip(question.labels, board.counts, strict=True)
                bars = [blocks.Bar(label, str(n), round(n / whole, 4)) for label, n in counted]
                parts.append(blocks.Bars(bars=tuple(bars)))
        if board.phase not in ("open", "podium") and board.asked < len(self.settings.questions):
            coming = self.settings.questions[board.asked]
            parts.append(blocks.Text(f"Next: {coming.text} ({coming.seconds:g} s)", tone="quiet"))
        return scene(*parts)

    def results(self, board: Board) -> Iterable[Row]:
        for number, (question, tally) in enumerate(
            zip(self.settings.questions, board.tallies, strict=False), 1
        ):
            cells = {"question": number, "text": question.text, "solution": question.solution}
            void = {"void": True} if question.void else {}
            yield Row("questions", {**cells, "answered": tally.answered, "right": tally.right, **void})
        for viewer, score in sorted(board.scores.items(), key=lambda item: item[1].rank):
            name, saved = self.people.name(ViewerId(viewer)), round(score.saved / 1e6, 3)
            cells = {"place": score.rank, "name": name, "viewer": viewer, "points": score.points}
            yield Row("standings", {**cells, "right": score.right, "seconds_saved": saved})

    @classmethod
    def amend(cls, old: Quiz, new: Quiz) -> None:
        if _asked(old) != _asked(new):
            raise Reject(
                "only what is right, what does not count and what it is worth can be changed afterwards",
                code="trivia/amend",
            )

    def rulings(self, board: Board, number: int) -> Iterable[Ruling]:
        question, where = self.settings.questions[number - 1], f"/questions/{number - 1}"
        if question.solution:
            for label, value in question.choices.items():
                if label != question.solution:
                    yield Ruling(f"Right: {label}", {f"{where}/right": value})
        yield Ruling("Counts" if question.void else "Does not count", {f"{where}/void": not question.void})

    def secrets(self, board: Board) -> Iterable[str | type[Action]]:
        asking = board.phase in ("open", "locking", "closed")
        if asking:
            yield from (Answer, Pick, Arrange, Guess, Write)
            where = f"/questions/{board.asked - 1}"
            yield from (f"{where}/right", f"{where}/void", f"{where}/explanation")
        yield from (f"/questions/{i}" for i in range(board.asked, len(self.settings.questions)))

    def _told(self, board: Board, question: AnyQuestion) -> list[blocks.AnyBlock]:
        if question.void:
            return [blocks.Text(VOID, tone="bad")]
        parts: list[blocks.AnyBlock] = []
        if question.solution and not board.counts:
            parts.append(blocks.Text(question.solution, tone="good"))
        if question.explanation:
            parts.append(blocks.Text(question.explanation))
        stats = [blocks.Stat("Answers", str(board.tallies[-1].answered))]
        if question.solution:
            stats.append(blocks.Stat("Right", str(board.tallies[-1].right), tone="good"))
        return [*parts, blocks.Stats(stats=tuple(stats))]

    def _standings(self, board: Board) -> Scene:
        final, rows = board.phase == "podium", []
        for viewer in board.top:
            score = board.scores[viewer]
            moved = score.before - score.rank if score.before else 0
            rows.append(
                blocks.Standing(score.rank, "", score.points, viewer, gained=score.gained, moved=moved)
            )
        kicker = f"After question {board.asked} of {len(self.settings.questions)}"
        head = blocks.Heading("And the winner is…") if final else blocks.Heading("Leaderboard", kicker=kicker)
        table = blocks.Leaderboard(rows=tuple(rows), players=len(board.scores), podium=final)
        return scene(head, table, mood="final" if final else "reveal")


def _asked(quiz: Quiz) -> Quiz:
    """What viewers knew when they answered: all but what is judged by."""
    questions = tuple([
        replace(question, void=False, **({"right": None} if hasattr(question, "right") else {}))
        for question in quiz.questions
    ])  # fmt: skip
    return replace(quiz, questions=questions, scoring="none", points=1, grace=0, streak=0)
