"""An evening of a million entries, as a show of three formats has it, with the log that it leaves: for `bench/replay.py`.

Everybody joins, votes and changes their mind, answers the questions of a quiz, rates, and buzzes. One in two hundred is sent again after
a lost receipt, and one in two hundred answers a second time and is refused.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import Any

from oncue.engine.format import Format
from oncue.engine.house import Join, Open, Start
from oncue.engine.log import NONCE, VERSION, Batch, Entry, Part, decode_batch, encode_batch, encode_entries
from oncue.engine.segment import SegmentSpec
from oncue.engine.show import Show
from oncue.engine.structs import Action, Micros, Role, ShowId, seconds
from oncue.formats import buzzer, poll, trivia
from oncue.formats.questions import Answer

ID = ShowId("benchreplay")
BEGIN: Micros = 1_750_000_000_000_000
QUESTIONS = 7
SPREAD = seconds(10)
"""In which all answers to a question come."""
AGAIN, TWICE = 0.005, 0.005
"""How many entries are sent again, and how many answers are followed by another one."""
FORMATS: dict[str, type[Format[Any, Any]]] = {
    "trivia": trivia.Trivia,
    "poll": poll.Poll,
    "buzzer": buzzer.Buzzer,
}
OPTIONS = ["Lyon", "Paris", "Marseille", "Nice"]
QUESTION = {
    "kind": "choice",
    "text": "What is the capital of France?",
    "options": OPTIONS,
    "right": 1,
    "seconds": 15,
}
RUNDOWN = (
    SegmentSpec(
        "s1",
        "poll",
        "Warm-up",
        {"question": "Which city?", "options": OPTIONS, "show": "live", "seconds": 20},
    ),
    SegmentSpec("s2", "trivia", "Quiz", {"questions": [QUESTION] * QUESTIONS}),
    SegmentSpec("s3", "poll", "Your rating", {"question": "How was it?", "kind": "rating", "seconds": 20}),
    SegmentSpec("s4", "buzzer", "Buzzer", {}),
)
Message = tuple[int, bytes]


class Evening:
    """A show with `viewers` and the log that it writes: `messages`, `(sequence, data)`, with `entries` in all."""

    def __init__(self, viewers: int) -> None:
        self.show = Show(ID, FORMATS.__getitem__)
        self.messages: list[Message] = []
        self.entries = 0
        self.now = BEGIN
        self._random = random.Random(1)
        self._viewers = self._random.sample(range(1, 2**53), viewers)
        self._numbers = [self._random.getrandbits(32) * NONCE for _ in self._viewers]
        self._acts = 0

    def play(self) -> None:
        """The whole evening."""
        self._staff("", Open("An evening", "BENCHX", "seed", RUNDOWN), Role.SYSTEM)
        self._all("", lambda i: Join(f"Viewer {i}"), 1.0)
        self._segment("s1", poll.Open())
        self._all("s1", lambda _: poll.Vote(self._random.randrange(4)), 1.0)
        self._all("s1", lambda _: poll.Vote(self._random.randrange(4)), 0.1)
        self._staff("", Start("s2"))
        for _ in range(QUESTIONS):
            self._staff("s2", trivia.Ask())
            self._all("s2", lambda _: Answer(self._random.randrange(4)), 0.95)
            self._later()
            self._staff("s2", trivia.Reveal())
        self._segment("s3", poll.Open())
        self._all("s3", lambda _: poll.Rate(1 + self._random.randrange(5)), 0.95)
        self._later()
        self._segment("s4", buzzer.Arm())
        self._all("s4", lambda _: buzzer.Buzz(), 0.3)

    def _segment(self, name: str, opening: Action) -> None:
        self._staff("", Start(name))
        self._staff(name, opening)

    def _staff(self, segment: str, action: Action, role: Role = Role.HOST) -> None:
        self._acts += 1
        self._write(segment, [Entry(1, NONCE + self._acts, int(role), self.now, 0, 0, 0, action)])

    def _later(self) -> None:
        """Time is up, and the clock says so."""
        self.now += seconds(20)
        while due := self.show.due:
            timer = self.show.timers[due[1]]
            self._write(timer.segment, [Entry(0, due[1], int(Role.CLOCK), self.now, 0, 0, 0, timer.action)])

    def _all(self, segment: str, action: Callable[[int], Action], share: float) -> None:
        """An action of so many of the viewers, in batches of 150 to 500, as the intake makes them under load."""
        self.now += seconds(1)
        waiting = list(self._entries(action, share))
        while waiting:
            size = self._random.randrange(150, 500)
            self._write(segment, waiting[:size])
            del waiting[:size]
        self.now += SPREAD

    def _entries(self, action: Callable[[int], Action], share: float) -> Iterator[Entry[Any]]:
        """In a random order; pictures are half a second behind."""
        many = round(len(self._viewers) * share)
        for place, i in enumerate(self._random.sample(range(len(self._viewers)), many)):
            at = self.now + SPREAD * place // many
            for _ in range(1 + (self._random.random() < TWICE)):
                self._numbers[i] += 1
                viewer, number = self._viewers[i], self._numbers[i]
                entry = Entry(
                    viewer, number, int(Role.AUDIENCE), at, at - 500_000, 500_000, 100_000, action(i)
                )
                yield entry
            if self._random.random() < AGAIN:
                yield entry

    def _write(self, segment: str, entries: list[Entry[Any]]) -> None:
        seq = len(self.messages) + 1
        data = encode_batch(Batch(VERSION, "bench", seq, [Part(segment, encode_entries(entries))]))
        self.messages.append((seq, data))
        self.entries += len(entries)
        fold(self.show, seq, data)


def fold(show: Show, seq: int, data: bytes) -> None:
    """A message, of which nothing is told to anybody."""
    show.fold(decode_batch(data), seq)
    show.forget()
