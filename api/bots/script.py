"""The show that `oncue demo` puts on, cut to the time that there is."""

from __future__ import annotations

from typing import Any

import msgspec

from .autopilot import Pace

TITLE = "The oncue demo"
QUESTIONS: tuple[dict[str, Any], ...] = (
    {
        "kind": "choice",
        "text": "Which planet has the shortest day?",
        "options": ["Mercury", "Earth", "Jupiter", "Neptune"],
        "right": 2,
        "explanation": "Jupiter turns once in just under ten hours.",
    },
    {
        "kind": "true-false",
        "text": "An octopus has three hearts.",
        "right": True,
        "explanation": "Two are for the gills.",
    },
    {"kind": "number", "text": "How many keys does a full-size piano have?", "right": 88, "unit": "keys"},
    {
        "kind": "several",
        "text": "Which of these are moons of Jupiter?",
        "options": ["Europa", "Titan", "Ganymede", "Callisto"],
        "right": [0, 2, 3],
        "explanation": "Titan belongs to Saturn.",
    },
    {
        "kind": "order",
        "text": "What came first? Put them in order.",
        "options": ["The first e-mail", "The World Wide Web", "YouTube", "The first iPhone"],
    },
    {"kind": "text", "text": "Which metal has the chemical symbol Fe?", "right": ["Iron", "Ferrum"]},
)
PLACES = ["On the sofa", "In the kitchen", "On a train", "At work (shh!)"]
LANES_S = 1.6
"""From a round's last moment until its outcome: the slowest picture has to get there."""
QUICK, CALM = (3.5, 0.5, 1.0), (12.0, 2.0, 3.5)
"""Seconds for a question, between two things, and for an outcome: at the least, and when nobody waits."""
COMING_S = 0.12
"""The share of the time that the audience has to come in."""


class Script(msgspec.Struct, frozen=True):
    """How much of everything: seconds for each `question` and `vote`, how many `questions`, whether there is a `rating` at the end,
    and the host's pace. `coming` is for the audience to come in."""

    questions: int
    question: float
    vote: float
    rating: bool
    pace: Pace
    coming: float

    @property
    def length(self) -> float:
        """Seconds that it takes to play."""
        between, outcome = self.pace.between, self.pace.outcome
        poll = 2 * between + self.vote + LANES_S + outcome
        question = between + self.question + LANES_S + 2 * outcome
        return self.coming + poll * (1 + self.rating) + between + self.questions * question + between

    def rundown(self) -> list[dict[str, Any]]:
        """As `POST /api/shows` takes it."""
        place = {
            "question": "Where are you watching from?",
            "options": PLACES,
            "seconds": self.vote,
            "show": "live",
        }
        stars = {
            "question": "How did you like it?",
            "kind": "rating",
            "low": "not much",
            "high": "a lot",
            "seconds": self.vote,
        }
        quiz = {
            "questions": [{**question, "seconds": self.question} for question in QUESTIONS[: self.questions]]
        }
        lines = [
            {"format": "poll", "title": "Hello out there", "settings": place},
            {"format": "trivia", "title": "Five minutes of trivia", "settings": quiz},
            {"format": "poll", "title": "How was it?", "settings": stars},
        ]
        return lines if self.rating else lines[:2]


def script(span: float) -> Script:
    """What fits into `span` seconds; 0: as long as it takes."""
    if not span:
        question, between, outcome = CALM
        return Script(len(QUESTIONS), question, 15.0, True, Pace(between, outcome, 15.0), 3.0)
    whole = [_script(span, n, rating) for rating in (True, False) for n in range(len(QUESTIONS), 0, -1)]
    fitting = [one for one in whole if one.length <= span]
    return max(fitting, key=lambda one: (min(one.questions, 2), one.rating, one.questions), default=whole[-1])


def _script(span: float, questions: int, rating: bool) -> Script:
    """So many questions, as slowly as there is time for."""
    coming = min(max(span * COMING_S, 1.5), 8.0)
    for step in range(40, -1, -1):
        question, between, outcome = (
            quick + (calm - quick) * step / 40 for quick, calm in zip(QUICK, CALM, strict=True)
        )
        made = Script(
            questions,
            round(question, 1),
            round(question, 1),
            rating,
            Pace(between, outcome, question),
            coming,
        )
        if made.length <= span or not step:
            return made
    raise AssertionError
