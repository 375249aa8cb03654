"""Evenings that were rehearsed once and are played again for ever: NAME.log is the log, NAME.json what came of it.

A new evening is written by `PYTHONPATH=tests python tests/replays/record.py NAME`. One that is here is not written again: when it plays
differently, the format has changed for shows that were aired, and needs a new version instead.
"""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import counting as count
import msgspec
from counting import Count, Count2, Count3, having

from oncue.engine import stage_views, surfaces
from oncue.engine.house import Hide, Kick, Rename
from oncue.engine.log import decode_batch
from oncue.engine.replay import play, state_hash
from oncue.engine.show import Formats, Show
from oncue.engine.snapshot import load, save
from oncue.engine.stage_actions import (
    AcceptStage,
    Checked,
    Invite,
    Layout,
    Mute,
    PutLive,
    RaiseHand,
    Source,
    Sourced,
    StageRules,
    StepUp,
    Swap,
    Talk,
    Transport,
)
from oncue.engine.structs import ShowId, ViewerId
from oncue.engine.versions import Upgraded
from oncue.formats import Rehearsal, Reject, seconds
from oncue.formats.buzzer import Arm, Buzz, Buzzer, Right, Wrong
from oncue.formats.poll import Approve, Dismiss, Open, Poll, Say, Vote
from oncue.formats.poll import Lock as LockPoll
from oncue.formats.poll import Reveal as RevealPoll
from oncue.formats.questions import Answer, Arrange, Guess, Pick, Write
from oncue.formats.registry import format_named
from oncue.formats.trivia import Ask, Lock, Reveal, ShowLeaderboard, ShowPodium, Trivia

HERE = Path(__file__).parent
NAMES = ("Ada", "Bob", "Chloé", "Dmitri", "Esperanza", "Fatima", "Günther")
QUESTIONS: list[dict[str, Any]] = [
    {
        "kind": "choice",
        "text": "Capital of France?",
        "options": ["Lyon", "Paris", "Nice"],
        "right": 1,
        "seconds": 10,
    },
    {"kind": "true-false", "text": "The Moon is a planet.", "right": False, "seconds": 10},
    {
        "kind": "several",
        "text": "Which are prime?",
        "options": ["2", "4", "5", "9"],
        "right": [0, 2],
        "seconds": 15,
    },
    {
        "kind": "order",
        "text": "Oldest first",
        "options": ["Homer", "Dante", "Goethe", "Borges"],
        "seconds": 20,
    },
    {
        "kind": "number",
        "text": "How high is Everest?",
        "right": 8849,
        "within": 10,
        "unit": "m",
        "seconds": 20,
    },
    {
        "kind": "text",
        "text": "Who found radium?",
        "right": ["Marie Curie", "Curie"],
        "explanation": "In 1898.",
        "seconds": 20,
    },
]


def trivia() -> Rehearsal[Any]:
    """Six questions, seven people with pictures of their own, some of whom err, come late or are put off."""
    r = Rehearsal(Trivia, settings={"questions": QUESTIONS, "streak": 50}, seed="golden")
    people = [r.viewer(name, delay=None if i == 3 else seconds(i / 5)) for i, name in enumerate(NAMES[:6])]
    said: list[list[Any]] = [
        [Answer(1), Answer(0), Answer(1), Answer(2), Answer(1), Answer(7), Answer(1)],
        [Answer(1), Answer(1), Answer(0), Answer(1), Answer(1), Answer(0), Answer(1)],
        [Pick((0, 2)), Pick((2, 0)), Pick((0,)), Pick((1, 3)), Pick((0, 2)), Answer(0), Pick((0, 2))],
        [Arrange((2, 1, 3, 0)), Arrange((0, 1, 2, 3)), Arrange((0, 0, 1, 2)), *[Arrange((3, 2, 1, 0))] * 4],
        [Guess(8848), Guess(9000), Guess(8840.5), Guess(1), Guess(8860), Write("high"), Guess(8849)],
        [
            Write("marie curie"),
            Write("Curye"),
            Write("Mme Curie"),
            Write("Pierre"),
            Write("  "),
            *[Write("Maire Curie")] * 2,
        ],
    ]
    for number, answers in enumerate(said):
        r.host.does(Ask())
        if number == 2:
            people.append(r.viewer(NAMES[6], delay=seconds(1.4)))
            r.moderator.does(Kick(people[1].id))
        for who, action in zip(people, answers, strict=False):
            r.wait(seconds(0.7))
            _tries(who, action)
            _tries(who, action)
        if number == 3:
            r.host.does(Lock())
            _tries(people[0], answers[0])
            r.host.does(Reveal())
            people[2].does(Rename("Zoé"))
        r.wait(seconds(25))
        _tries(r.host, Reveal())
        r.moderator.does(Hide(people[4].id)) if number == 4 else None
        r.host.does(ShowPodium() if number == 5 else ShowLeaderboard())
    r.finish()
    return r


def amended() -> Rehearsal[Any]:
    """The same evening; then it turns out that something else was right, and that a question was none."""
    r = trivia()
    r.amend({"/questions/0/right": 0}, "it was Lyon all the time")
    r.amend({"/questions/3/void": True, "/streak": 0}, "nobody knows")
    return r


def poll() -> Rehearsal[Any]:
    """A poll that runs out of time; people change their minds, and some are too late."""
    r = Rehearsal(
        Poll,
        settings={"question": "Lunch?", "options": ["Pizza", "Soup", "Salad"], "seconds": 8, "secret": False},
    )
    people = [r.viewer(name, delay=seconds(i / 4)) for i, name in enumerate(NAMES)]
    r.host.does(Open())
    for turn in range(3):
        for i, who in enumerate(people):
            r.wait(seconds(0.5))
            _tries(who, Vote((i * turn + i) % 4))
    r.wait(seconds(2))
    r.host.does(RevealPoll())
    r.finish()
    return r


def texts() -> Rehearsal[Any]:
    """An open question whose answers a moderator reads."""
    r = Rehearsal(Poll, settings={"question": "What did you learn?", "kind": "text", "show": "live"})
    people = [r.viewer(name) for name in NAMES[:4]]
    r.host.does(Open())
    r.wait(seconds(1))
    for who, text in zip(people, ("A lot", "Nothing at all", "That\tall is one", ""), strict=True):
        _tries(who, Say(text))
    _tries(r.moderator, Approve(people[0].id, "A lot"))
    _tries(r.moderator, Approve(people[1].id, "Something else"))
    _tries(r.moderator, Dismiss(people[1].id, "Nothing at all"))
    _tries(r.moderator, Approve(people[2].id, "That all is one"))
    _tries(people[0], Say("A lot, and more"))
    r.host.does(LockPoll())
    r.wait(seconds(2))
    r.finish()
    return r


def buzzer() -> Rehearsal[Any]:
    """Three questions; pictures are up to a second and a half behind; one question is taken out in the end."""
    r = Rehearsal(Buzzer, settings={"penalty": 20, "seconds": 6}, seed="golden")
    people = [r.viewer(name, delay=seconds(i / 4)) for i, name in enumerate(NAMES)]
    for turn in range(3):
        r.host.does(Arm())
        r.wait(seconds(0.8))
        for i in range(len(people)):
            r.wait(seconds(0.1))
            _tries(people[i * 3 % len(people)], Buzz())
        r.wait(seconds(1))
        for answer in [Wrong()] * turn + [Right()]:
            _tries(r.host, answer)
            r.wait(seconds(1))
        r.wait(seconds(6))
    r.amend({"/void": [2]}, "the question was read wrong")
    r.finish()
    return r


def guests() -> Rehearsal[Any]:
    """Two viewers and the host on stage beside a film, while there is a poll: one is lost and comes back, the other is put off."""
    r = Rehearsal(Poll, settings={"question": "Tea?", "options": ["Yes", "No"], "seconds": 5}, seed="golden")
    ada, bob, chloe, dmitri = (r.viewer(name, delay=seconds(i / 4)) for i, name in enumerate(NAMES[:4]))
    for action in (
        Source("/films/tea.mp4"),
        StageRules(True, 2),
        StepUp("Kim"),
        Checked(True, True, True, "fine"),
    ):
        r.host.does(action)
    r.host.returns()
    r.node.does(Sourced("/films/tea.mp4", False, seconds(600)))
    for who, topic in ((chloe, "I know tea"), (ada, "Me too"), (bob, ""), (dmitri, "Let me in")):
        who.does(RaiseHand(topic))
        r.wait(seconds(0.5))
    r.host.does(Invite(ada.id))
    r.host.does(Invite(bob.id, live=True))
    ada.accepts(passed=False)
    r.host.does(PutLive(r.host.id, main=True))
    r.host.does(Open())
    for i, who in enumerate((ada, bob, chloe, dmitri)):
        r.wait(seconds(0.4))
        _tries(who, Vote(i % 2))
    ada.does(Checked(True, True, True, "now it works"))
    r.host.does(Talk(ada.id))
    _tries(ada, PutLive(ada.id))
    r.host.does(PutLive(ada.id))
    r.host.does(Transport(playing=False))
    bob.accepts()
    _tries(r.host, PutLive(bob.id))
    r.host.does(Layout("pip", "programme", ("g2", "g1"), {"programme": 0.5}, 0.1))
    r.host.does(Swap(r.host.id, bob.id))
    ada.drops()
    r.wait(seconds(10))
    ada.returns()
    r.moderator.does(Mute(ada.id))
    r.host.does(Invite(chloe.id))
    r.wait(seconds(20))
    ada.does(Rename("Ada L."))
    r.host.does(Transport(playing=True, rate=1.25))
    r.moderator.does(Kick(bob.id))
    r.host.drops()
    r.wait(seconds(50))
    _tries(chloe, AcceptStage())
    r.host.does(RevealPoll())
    r.finish()
    return r


VERSIONS = having(Count3, Count2, Count)
"""Where the evening `upgraded` can be played: all of its versions are here."""


def upgraded(formats: Formats = VERSIONS) -> Rehearsal[Any]:
    """A round, a timer and taps that go on in a second version of the format, and then in a third, which keeps its state otherwise."""
    r: Rehearsal[Any] = Rehearsal(Count, settings={"most": 4}, seed="golden")
    r.show.formats = formats
    people = [r.viewer(name, delay=seconds(i / 5)) for i, name in enumerate(NAMES[:4])]
    r.host.does(count.Arm())
    r.host.does(count.Ask())
    for version in ("2", "3", ""):
        for i, who in enumerate(people):
            r.wait(seconds(0.3))
            for _ in range(i + 1):
                _tries(who, count.Tap())
        if version:
            r.node.does(Upgraded("s1", version))
            r.wait(seconds(0.2))
            people[0].does(count.Double())
    r.wait(seconds(8))
    r.host.does(count.Judge())
    r.host.does(count.Arm())
    r.wait(seconds(8))
    r.finish()
    return r


EVENINGS: dict[str, Callable[[], Rehearsal[Any]]] = {
    "trivia": trivia,
    "trivia-amended": amended,
    "poll": poll,
    "poll-texts": texts,
    "buzzer": buzzer,
    "guests": guests,
    "upgraded": upgraded,
}
FORMATS: dict[str, Formats] = {"upgraded": VERSIONS}
"""Where an evening has other formats than those that are installed."""


def outcome(show: Show) -> dict[str, Any]:
    """What an evening came to: everything that people saw last, and the results."""
    segment = show.segments["s1"]
    show.live, live = "s1", show.live
    seen = {str(viewer): surfaces.private(show, 0, ViewerId(viewer)).scene for viewer in show.crowd.by_id}
    public = surfaces.public(show, 0).scene
    show.live = live
    ways = {str(viewer): way for viewer, way in stage_views.ways(show).items()}
    told = (surfaces.public(show, 0).stage, surfaces.desk(show, 0).stage, ways, stage_views.orders(show, 0))
    return ({"stage": msgspec.to_builtins(told)} if show.stage.turns else {}) | {
        "counted": show.counted,
        "repeats": show.repeats,
        "refused": [f"{refusal.viewer} {refusal.code}" for refusal in show.refused],
        "rounds": msgspec.to_builtins(surfaces.reports(show)),
        "amendments": msgspec.to_builtins(show.amendments),
        "results": msgspec.to_builtins(segment.rows(show.now)),
        "public": msgspec.to_builtins(public),
        "private": msgspec.to_builtins(seen),
        "faults": msgspec.to_builtins(segment.faults),
    }


def _tries(who: Any, action: Any) -> None:
    try:
        who.does(action)
    except Reject:
        return


def replayed(name: str, *, snapshots: bool = False) -> Show:
    """An evening played again; with `snapshots`, by a new owner after each message."""
    messages = msgspec.msgpack.decode((HERE / f"{name}.log").read_bytes(), type=list[tuple[int, bytes]])
    formats = FORMATS.get(name, format_named)
    show = Show(ShowId("rehearsal2"), formats)
    for seq, data in messages:
        show.fold(decode_batch(data), seq)
        if snapshots:
            refused, show = show.refused, load(save(show), formats)
            show.refused = refused
    if not show.recount:
        return show
    again = play(ShowId("rehearsal2"), formats, messages)
    again.refused = show.refused
    return again


def record(name: str) -> None:
    """Rehearse an evening and write it down."""
    log = HERE / f"{name}.log"
    if log.exists():
        raise SystemExit(f"{log} is there: what was aired is not aired again")
    evening = EVENINGS[name]()
    evening.check()
    log.write_bytes(msgspec.msgpack.encode(evening.log))
    show = replayed(name)
    data = msgspec.json.encode(outcome(show) | {"state_hash": state_hash(show)})
    (HERE / f"{name}.json").write_bytes(msgspec.json.format(data, indent=1) + b"\n")


if __name__ == "__main__":
    for evening in sys.argv[1:]:
        record(evening)
