"""Faults are planted in formats, and the rehearsal names them and their place."""

import contextlib
import itertools
import os
import random
import time
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from random import randint
from typing import Any

import pytest

from oncue.engine.structs import Row
from oncue.formats import (
    Action,
    Cue,
    Format,
    FormatError,
    Ledger,
    Rehearsal,
    Reject,
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
from oncue.formats.checks import ChecksFailed, Finding, check_log


class Ask(Action, frozen=True):
    """Ask."""


class Say(Action, frozen=True):
    """Answer."""

    choice: int


class Close(Action, frozen=True):
    """It is over."""


class Key(Settings, frozen=True):
    right: int = 1


class Board(State):
    answers: Ledger[int]
    open: bool = False
    counts: dict[str, int] = {}
    line: list[int] = []
    number: int | float = 0
    told: int = -1


class Quiz(Format[Board, Key]):
    """One question, without a fault."""

    @on(Ask, by="host")
    def ask(self, board: Board, act: Ask, cue: Cue) -> None:
        board.open = True
        cue.open(seconds(5), "Which?")
        cue.after(seconds(5), Close())

    @on(Say)
    def say(self, board: Board, act: Say, cue: Cue) -> None:
        cue.age()
        board.answers[cue.by] = act.choice

    @on(Close, by="clock")
    def close(self, board: Board, act: Close, cue: Cue) -> None:
        board.open, board.told = False, self.settings.right
        cue.settle([viewer for viewer, choice in board.answers.items() if choice == self.settings.right])

    def public(self, board: Board) -> Scene:
        options = tuple(blocks.Option(label) for label in "abc")
        told = (blocks.Text(f"It was {board.told}"),) if board.told >= 0 else ()
        return scene(blocks.Choices(id="q", options=options, send=blocks.Send("say", "choice")), *told)

    def private(self, board: Board, viewer: ViewerId) -> Scene | None:
        mine = board.answers.get(viewer)
        return None if mine is None else scene(blocks.Mark(of="q", value=mine))

    @classmethod
    def amend(cls, old: Key, new: Key) -> None: ...

    def rulings(self, board: Board, number: int) -> list[Ruling]:
        return [Ruling(f"Right: {i}", {"/right": i}) for i in range(3) if i != self.settings.right]


def evening(kind: type[Format[Any, Any]], **settings: Any) -> Rehearsal[Any]:
    r = Rehearsal(kind, settings=settings)
    ada, bob = r.viewer("Ada"), r.viewer("Bob")
    r.host.does(Ask())
    r.wait(seconds(1))
    for who, choice in ((ada, 1), (bob, 2)):
        with contextlib.suppress(Reject):
            who.does(Say(choice))
        r.wait(seconds(1))
    r.wait(seconds(8))
    return r


def findings(r: Rehearsal[Any]) -> list[Finding]:
    with pytest.raises(ChecksFailed) as failed:
        r.check()
    return failed.value.findings


def the_finding(r: Rehearsal[Any]) -> Finding:
    [found] = findings(r)
    return found


def line(handler: Any, more: int = 0) -> str:
    return f"test_checks.py:{handler.__code__.co_firstlineno + more}"


def saying(do: Callable[[Quiz, Board, Cue], Any]) -> type[Quiz]:
    """The quiz with something that is done at each answer."""

    class Planted(Quiz):
        @on(Say)
        def say(self, board: Board, act: Say, cue: Cue) -> None:
            cue.age()
            board.answers[cue.by] = act.choice
            do(self, board, cue)

    return Planted


def test_a_format_without_a_fault_has_none():
    evening(Quiz).check()


def test_the_log_of_a_real_show_is_checked_by_itself():
    r = evening(Quiz)
    assert check_log(r.show.id, r.show.formats, r.log) == []


def test_what_is_found_reads_like_a_list():
    with pytest.raises(ChecksFailed) as failed:
        evening(saying(lambda quiz, board, cue: random.random())).check()
    first, second = str(failed.value).splitlines()
    assert first == "Planted: one thing to mend"
    assert second.startswith("- random at test_checks.py:")
    assert "`say` draws from `random.random`: a replay draws something else. Draw from `cue.random`" in second


def test_kinds_of_findings_can_be_left_out():
    evening(saying(lambda quiz, board, cue: time.time())).check(skip=("clock",))


# Randomness, clocks, and what is outside of the state


def uniform(quiz: Quiz, board: Board, cue: Cue) -> None:
    board.number = random.uniform(0, 1)


def imported(quiz: Quiz, board: Board, cue: Cue) -> None:
    board.number = randint(1, 6)


def shuffled(quiz: Quiz, board: Board, cue: Cue) -> None:
    random.shuffle(board.line)


def unseeded(quiz: Quiz, board: Board, cue: Cue) -> None:
    board.number = random.Random().random()


def unique(quiz: Quiz, board: Board, cue: Cue) -> None:
    board.number = uuid.uuid4().int % 7


def bytes_of_the_system(quiz: Quiz, board: Board, cue: Cue) -> None:
    board.number = os.urandom(1)[0]


def hours(quiz: Quiz, board: Board, cue: Cue) -> None:
    board.number = time.time() // 3600


def year(quiz: Quiz, board: Board, cue: Cue) -> None:
    board.number = datetime.now().year  # noqa: DTZ005


def stopwatch(quiz: Quiz, board: Board, cue: Cue) -> None:
    board.number = float(time.perf_counter() > 0)


def address(quiz: Quiz, board: Board, cue: Cue) -> None:
    board.number = id(board) % 1


def hashed(quiz: Quiz, board: Board, cue: Cue) -> None:
    board.number = hash("Ada") % 2


def read(quiz: Quiz, board: Board, cue: Cue) -> None:
    with open(__file__) as file:  # noqa: PTH123
        board.number = len(file.read(1))


@pytest.mark.parametrize(
    ("plant", "kind"),
    [
        (uniform, "random"),
        (imported, "random"),
        (shuffled, "random"),
        (unseeded, "random"),
        (unique, "random"),
        (bytes_of_the_system, "random"),
        (hours, "clock"),
        (year, "clock"),
        (stopwatch, "clock"),
        (address, "outside"),
        (hashed, "outside"),
        (read, "outside"),
    ],
)
def test_a_handler_that_uses_what_a_replay_does_not_have_is_named_with_its_line(plant, kind):
    found = the_finding(evening(saying(plant)))
    assert (found.kind, found.where) == (kind, line(plant, 1))
    assert found.what.startswith("`say` ")


def test_chance_from_the_cue_is_no_fault():
    def drawn(quiz: Quiz, board: Board, cue: Cue) -> None:
        board.number = cue.random.randint(1, 6) + cue.random.random()
        cue.random.shuffle(board.line)

    evening(saying(drawn)).check()


@dataclass(frozen=True)
class Pair:
    """May be a key: its hash is taken, and decides nothing."""

    one: int
    other: str

    def __hash__(self) -> int:
        return hash((self.one, self.other))


@dataclass(frozen=True)
class Twin:
    """Likewise, with a hash that was made for it."""

    one: int


def test_what_is_looked_up_in_a_dict_is_no_fault():
    def looked_up(quiz: Quiz, board: Board, cue: Cue) -> None:
        board.number = {Pair(1, "a"): 1}[Pair(1, "a")] + {Twin(1): 1}[Twin(1)]

    evening(saying(looked_up)).check()


def test_a_view_that_reads_a_clock_is_named():
    class Dated(Quiz):
        def public(self, board: Board) -> Scene:
            return scene(blocks.Text(str(datetime.now().year)))  # noqa: DTZ005

    found = the_finding(evening(Dated))
    assert (found.kind, found.where) == ("clock", line(Dated.public, 1))


def test_a_line_in_a_log_may_have_its_time():
    import logging

    evening(saying(lambda quiz, board, cue: logging.getLogger("format").warning("said"))).check()


def test_what_is_kept_on_the_format_is_in_no_snapshot():
    class Forgetful(Quiz):
        asked = 0

        @on(Say)
        def say(self, board: Board, act: Say, cue: Cue) -> None:
            cue.age()
            self.asked += 1
            board.answers[cue.by] = self.asked

    found = the_finding(evening(Forgetful))
    assert (found.kind, found.where) == ("outside", line(Forgetful.say, 3))
    assert "Forgetful keeps `self.asked`" in found.what


def test_what_a_format_works_out_from_its_settings_may_be_kept_on_it():
    from functools import cached_property

    class Ready(Quiz):
        def __init__(self, settings: Key, people: Any) -> None:
            super().__init__(settings, people)
            self.worth = {settings.right: 10}

        @cached_property
        def labels(self) -> list[str]:
            return [str(i) for i in range(3)]

        def public(self, board: Board) -> Scene:
            return scene(*(blocks.Text(label) for label in self.labels))

    evening(Ready).check()


COUNT = 0
SEEN: list[int] = []


@pytest.mark.parametrize("name", ["COUNT", "SEEN", "Planted.title", "own"])
def test_what_is_kept_in_a_module_a_class_or_a_closure_is_found(name):
    own = {"says": 0}

    class Planted(Quiz):
        @on(Say)
        def say(self, board: Board, act: Say, cue: Cue) -> None:
            global COUNT  # noqa: PLW0603  # what an author should not do
            cue.age()
            board.answers[cue.by] = act.choice
            COUNT += name == "COUNT"
            own["says"] += name == "own"
            if name == "SEEN":
                SEEN.append(cue.by)
            elif name == "Planted.title":
                type(self).title += "!"

    found = the_finding(evening(Planted))
    assert found.kind == "outside"
    assert found.what.startswith(f"`{name}` was ")


# The same log gives the same state


NUMBERS = itertools.count()


def test_a_handler_that_gives_another_state_each_time_is_named_with_the_message():
    class Late(Quiz):
        @on(Close, by="clock")
        def close(self, board: Board, act: Close, cue: Cue) -> None:
            board.number = next(NUMBERS)
            cue.settle()

    r = evening(Late)
    found = the_finding(r)
    assert (found.kind, found.where, found.seq) == ("replay", line(Late.close), len(r.log))
    assert "the log gives another state from `close` on: `number` is " in found.what


def test_a_number_that_a_snapshot_makes_another_of_is_named_with_its_field():
    class Half(State):
        number: float = 0

    class Lossy(Format[Half]):
        @on(Ask, by="host")
        def ask(self, half: Half, act: Ask, cue: Cue) -> None:
            half.number += 1

        def public(self, half: Half) -> Scene:
            return scene(blocks.Text(f"{half.number} points"))

    r = Rehearsal(Lossy)
    r.host.does(Ask())
    found = the_finding(r)
    assert (found.kind, found.where, found.seq) == ("state", "s1/number", 1)
    assert "a snapshot makes 0.0 of 0 in `number`" in found.what


def test_in_a_message_of_many_entries_the_one_is_named():
    from oncue.engine.log import Part, decode_batch, encode_batch, encode_entries
    from oncue.formats.checks import Tape

    class Odd(Quiz):
        @on(Say)
        def say(self, board: Board, act: Say, cue: Cue) -> None:
            board.number = next(NUMBERS) if act.choice == 2 else 0

    r = evening(Odd)
    moves = [move.entry for move in Tape(r.show.id, r.show.formats, r.log).moves]
    batch = decode_batch(r.log[0][1])
    batch.parts = [
        Part("s1" if one.action["type"] in ("ask", "say", "close") else "", encode_entries([one]))
        for one in moves
    ]
    [found] = check_log(r.show.id, r.show.formats, [(1, encode_batch(batch))])
    assert (found.kind, found.where) == ("replay", line(Odd.say))


def test_the_show_on_air_must_have_come_to_the_same():
    r, other = evening(Quiz), Rehearsal(Quiz)
    from oncue.engine.snapshot import save

    assert check_log(r.show.id, r.show.formats, r.log, aired=save(r.show)) == []
    [found] = check_log(r.show.id, r.show.formats, r.log, aired=save(other.show))
    assert found.kind == "replay"
    assert "gives another state than the one on air" in found.what


class Names(State):
    names: list[str] = []


class Unordered(Format[Names]):
    """Goes through a set of text, whose order is another in each process."""

    @on(Say)
    def say(self, names: Names, act: Say, cue: Cue) -> None:
        names.names = list({f"name {i}" for i in range(act.choice)})

    def public(self, names: Names) -> Scene:
        return scene(blocks.Text(", ".join(names.names)))


def test_what_depends_on_the_order_of_a_set_is_found_by_another_process():
    r = Rehearsal(Unordered)
    r.viewer("Ada").does(Say(30))
    r.check()
    with pytest.raises(ChecksFailed) as failed:
        r.check(processes=True)
    [found] = failed.value.findings
    assert (found.kind, found.where, found.seq) == ("replay", line(Unordered.say), 4)
    assert "in another process the log gives another state from `say` on" in found.what
    evening(Quiz).check(processes=True)
    with pytest.raises(FormatError, match="another process cannot play this"):
        evening(saying(lambda quiz, board, cue: None)).check(processes=True)


# Secrets


def test_the_right_answer_in_the_public_scene_is_a_leak():
    class Open(Quiz):
        def public(self, board: Board) -> Scene:
            options = tuple(
                blocks.Option(label, verdict="right" if i == self.settings.right else "")
                for i, label in enumerate("abc")
            )
            return scene(blocks.Choices(id="q", options=options, send=blocks.Send("say", "choice")))

    found = the_leak(evening(Open))
    assert found.where == "s1/public"
    assert "scene.blocks[0] (choices q).options[" in found.what


def the_leak(r: Rehearsal[Any]) -> Finding:
    found = [one for one in findings(r) if one.kind == "leak"]
    assert found
    return found[0]


@pytest.mark.parametrize("right", range(3))
def test_the_right_answer_in_a_private_scene_is_a_leak(right):
    class Eager(Quiz):
        def private(self, board: Board, viewer: ViewerId) -> Scene | None:
            mine = board.answers.get(viewer)
            if mine is None:
                return None
            return scene(
                blocks.Mark(of="q", value=mine, verdict="right" if mine == self.settings.right else "wrong")
            )

    found = the_leak(evening(Eager, right=right))
    assert found.where == "s1/private"
    assert "After `say`, scene.blocks[0] (mark).verdict in a viewer's private scene" in found.what


def told_off(quiz: Quiz, board: Board, cue: Cue) -> None:
    if board.answers[cue.by] != quiz.settings.right:
        raise Reject("wrong, try again")


def announced(quiz: Quiz, board: Board, cue: Cue) -> None:
    cue.emit("answered", right=board.answers[cue.by] == quiz.settings.right)


@pytest.mark.parametrize(("plant", "face"), [(told_off, "s1/refusal"), (announced, "s1/event")])
def test_the_right_answer_in_a_refusal_or_an_event_is_a_leak(plant, face):
    assert the_leak(evening(saying(plant))).where == face


def test_a_round_that_is_still_open_when_the_log_ends_is_looked_at_too():
    class Eager(Quiz):
        def private(self, board: Board, viewer: ViewerId) -> Scene | None:
            return scene(blocks.Text(str(board.answers.get(viewer) == self.settings.right)))

    r = Rehearsal(Eager)
    ada = r.viewer("Ada")
    r.host.does(Ask())
    r.wait(seconds(1))
    ada.does(Say(1))
    assert the_leak(r).where == "s1/private"


class Flags(Settings, frozen=True):
    countries: tuple[str, ...] = ("Chad", "Mali")


class Wall(State):
    answers: Ledger[str]
    shown: int = 0
    told: bool = False


class Show(Action, frozen=True):
    """Show the next flag, or what it is."""


class Write(Action, frozen=True):
    """Say which."""

    text: str


class Guessing(Format[Wall, Flags]):
    """Flags, without any round: it says itself what is a secret."""

    @on(Show, by="host")
    def show(self, wall: Wall, act: Show, cue: Cue) -> None:
        wall.shown, wall.told = (
            (wall.shown, True) if wall.shown and not wall.told else (wall.shown + 1, False)
        )

    @on(Write)
    def write(self, wall: Wall, act: Write, cue: Cue) -> None:
        wall.answers[cue.by] = act.text

    def secrets(self, wall: Wall) -> Iterable[str | type[Action]]:
        yield from (
            f"/countries/{i}"
            for i in range(wall.shown - (not wall.told), len(self.settings.countries))
            if i >= 0
        )
        if not wall.told:
            yield Write

    def public(self, wall: Wall) -> Scene:
        if not wall.told:
            return scene(blocks.Heading(f"Flag {wall.shown}"))
        said = [blocks.Text(text) for text in wall.answers.values()]
        return scene(blocks.Heading(self.settings.countries[wall.shown - 1]), *said)

    def private(self, wall: Wall, viewer: ViewerId) -> Scene | None:
        return scene(blocks.Text(wall.answers[viewer])) if viewer in wall.answers else None


def flags(kind: type[Format[Any, Any]]) -> Rehearsal[Any]:
    r = Rehearsal(kind)
    ada, bob = r.viewer("Ada"), r.viewer("Bob")
    for said in (("Chad", "Peru"), ("Nepal", "Mali")):
        r.host.does(Show())
        ada.does(Write(said[0]))
        bob.does(Write(said[1]))
        r.host.does(Show())
    return r


def test_what_a_format_names_as_secrets_may_be_told_once_it_names_them_no_more():
    flags(Guessing).check()


def test_a_secret_setting_that_is_shown_too_early_is_a_leak_and_is_named():
    class Hinting(Guessing):
        def public(self, wall: Wall) -> Scene:
            shown = super().public(wall)
            if wall.shown < 2 or wall.told:
                return shown
            return scene(*shown.blocks, blocks.Text(f"It begins with {self.settings.countries[1][0]}"))

    found = the_leak(flags(Hinting))
    assert (found.where, found.seq) == ("s1/public", 9)
    assert "viewers could tell `/countries/1` too early" in found.what


def test_what_is_a_secret_from_the_start_is_not_in_the_first_scene():
    class Spoiler(Guessing):
        def start(self) -> Wall:
            return Wall(answers=Ledger(), shown=len(self.settings.countries[0]) - 4)

    found = the_leak(flags(Spoiler))
    assert found.seq == 2


@pytest.mark.parametrize("face", ["public", "private"])
def test_a_secret_ballot_that_others_can_see_is_a_leak(face):
    class Chatty(Guessing):
        def public(self, wall: Wall) -> Scene:
            last = list(wall.answers.values())[-1:] if face == "public" else []
            return scene(
                *super().public(wall).blocks, *(blocks.Text(f"{len(text)} letters") for text in last)
            )

        def private(self, wall: Wall, viewer: ViewerId) -> Scene | None:
            same = sum(text == wall.answers.get(viewer) for text in wall.answers.values())
            return scene(blocks.Text(f"{same} say the same")) if face == "private" else None

    found = the_leak(flags(Chatty))
    assert found.where == f"s1/{face}"
    assert "what a viewer says by `write` is a secret" in found.what


class Whisper(Guessing):
    def secrets(self, wall: Wall) -> Iterable[str | type[Action]]:
        return ()

    def public(self, wall: Wall) -> Scene:
        return scene(blocks.Heading("Say something"))

    def private(self, wall: Wall, viewer: ViewerId) -> Scene | None:
        *_, last = wall.answers.values()
        return scene(blocks.Text(f"Somebody says {last}"))


def test_what_one_viewer_says_does_not_stand_in_anothers_private_scene():
    class Whispering(Whisper):
        def private(self, wall: Wall, viewer: ViewerId) -> Scene | None:
            return super().private(wall, viewer) if wall.answers else None

    found = next(one for one in findings(flags(Whispering)) if one.kind == "private")
    assert found.where == "s1/private"
    assert "what one viewer says by `write` stands in another's private scene" in found.what


# What is sent, and when


class Judging(Quiz):
    """Tells everybody at the end how they did, and writes to nobody's part."""

    def private(self, board: Board, viewer: ViewerId) -> Scene | None:
        mine = board.answers.get(viewer)
        if mine is None:
            return None
        if board.told < 0:
            return scene(blocks.Text("We shall see"))
        return scene(blocks.Text("Yes!" if mine == board.told else "No."))


def test_a_private_scene_that_changes_while_nobody_is_sent_it_is_named_with_the_message_and_the_way_out():
    r = evening(Judging)
    found = the_finding(r)
    assert (found.kind, found.where) == ("stale", line(Judging.private))
    closed = next(seq for seq, data in r.log if b"close" in data)
    assert found.seq == closed
    assert found.what.startswith(
        "after `close` `private` of Judging draws something else than a viewer was sent: blocks[0] (text).text is 'Yes!', and their page "
        "has 'We shall see'."
    )
    assert (
        "write to their entry (the same value will do), or show in the public scene what is common"
        in found.what
    )
    r.check(skip=("stale",))


def test_who_is_written_to_once_more_is_sent_the_new_one():
    class Telling(Judging):
        @on(Close, by="clock")
        def close(self, board: Board, act: Close, cue: Cue) -> None:
            super().close(board, act, cue)
            board.answers.update(board.answers)

    evening(Telling).check()


def test_a_block_that_comes_or_goes_unsent_is_named_too():
    class Thanking(Quiz):
        def private(self, board: Board, viewer: ViewerId) -> Scene | None:
            return scene(blocks.Text("Thank you")) if board.told >= 0 else None

    found = the_finding(evening(Thanking))
    assert found.kind == "stale"
    assert "and their page has None" in found.what


def test_a_mark_of_a_block_that_is_not_there_any_more_is_not_on_the_page_and_so_is_not_stale():
    class Turning(Quiz):
        @on(Close, by="clock")
        def close(self, board: Board, act: Close, cue: Cue) -> None:
            super().close(board, act, cue)
            board.answers.wipe()

        def public(self, board: Board) -> Scene:
            return super().public(board) if board.told < 0 else scene(blocks.Heading("It is over"))

    evening(Turning).check()


def test_in_a_large_crowd_a_few_viewers_are_looked_at_and_that_is_enough():
    r = Rehearsal(Judging)
    crowd = [r.viewer(f"v{i}") for i in range(120)]
    r.host.does(Ask())
    r.wait(seconds(1))
    for who in crowd:
        who.does(Say(1))
    r.wait(seconds(8))
    assert {one.kind for one in findings(r)} == {"stale"}


# Counting twice


class Votes(State):
    by: Ledger[int]
    counts: dict[str, int] = {}


class Vote(Format[Votes]):
    """Votes are counted one by one."""

    @on(Say)
    def say(self, votes: Votes, act: Say, cue: Cue) -> None:
        votes.counts[str(act.choice)] = votes.counts.get(str(act.choice), 0) + 1
        votes.by[cue.by] = act.choice

    @on(Ask, by="host")
    def ask(self, votes: Votes, act: Ask, cue: Cue) -> None: ...

    def public(self, votes: Votes) -> Scene:
        options = tuple(blocks.Option(label) for label in "abc")
        return scene(blocks.Choices(options=options, send=blocks.Send("say", "choice")))

    def results(self, votes: Votes) -> Iterable[Row]:
        for choice, count in votes.counts.items():
            yield Row("votes", {"choice": choice, "votes": count})


def test_a_choice_that_counts_twice_when_it_is_sent_twice_is_found():
    found = the_finding(evening(Vote))
    assert (found.kind, found.where, found.seq) == ("double", line(Vote.say), 6)
    assert (
        "`say` counts twice when it is done twice (a double click): results, 0.1.votes is 1 after one and 2 after two"
        in found.what
    )


def test_points_that_are_given_for_each_right_answer_are_counted_twice_at_the_end():
    class Points(Quiz):
        @on(Say)
        def say(self, board: Board, act: Say, cue: Cue) -> None:
            cue.age()
            board.answers[cue.by] = act.choice
            board.line.append(cue.by)

        @on(Close, by="clock")
        def close(self, board: Board, act: Close, cue: Cue) -> None:
            for viewer in board.line:
                board.counts[str(viewer)] = board.counts.get(str(viewer), 0) + 10
            cue.settle()

        def public(self, board: Board) -> Scene:
            return scene(
                blocks.Stats(stats=tuple(blocks.Stat(who, f"{n} points") for who, n in board.counts.items()))
            )

    found = the_finding(evening(Points))
    assert (found.kind, found.where) == ("double", line(Points.say))
    assert "'10 points' after one and '20 points' after two" in found.what


def test_a_vote_that_is_refused_the_second_time_or_changed_by_it_counts_once():
    class Final(Vote):
        @on(Say)
        def say(self, votes: Votes, act: Say, cue: Cue) -> None:
            if cue.by in votes.by:
                raise Reject("once is enough")
            super().say(votes, act, cue)

    class Changed(Vote):
        @on(Say)
        def say(self, votes: Votes, act: Say, cue: Cue) -> None:
            if (old := votes.by.get(cue.by)) is not None:
                votes.counts[str(old)] -= 1
            super().say(votes, act, cue)

    evening(Final).check()
    evening(Changed).check()


def test_claps_may_be_as_many_as_they_like_and_what_is_to_count_once_says_so():
    class Clapping(Vote):
        def public(self, votes: Votes) -> Scene:
            return scene(blocks.Button(label="Clap", send=blocks.Send("say", fixed={"choice": 1})))

    class Every(Vote):
        @on(Say, once=False)
        def say(self, votes: Votes, act: Say, cue: Cue) -> None:
            super().say(votes, act, cue)

    class Hands(Clapping):
        @on(Say, once=True)
        def say(self, votes: Votes, act: Say, cue: Cue) -> None:
            super().say(votes, act, cue)

    evening(Clapping).check()
    evening(Every).check()
    assert the_finding(evening(Hands)).kind == "double"


# Work that grows with the crowd


def total(quiz: Quiz, board: Board, cue: Cue) -> None:
    board.number = sum(board.answers.values())


def ranked(quiz: Quiz, board: Board, cue: Cue) -> None:
    board.line = sorted(board.answers.values())[:3]


def looped(quiz: Quiz, board: Board, cue: Cue) -> None:
    for viewer in board.answers:
        board.number = viewer


def searched(quiz: Quiz, board: Board, cue: Cue) -> None:
    if cue.by not in board.line:
        board.line.append(cue.by)


def copied(quiz: Quiz, board: Board, cue: Cue) -> None:
    board.line = [*board.line, cue.by]


def rebuilt(quiz: Quiz, board: Board, cue: Cue) -> None:
    board.counts = {**board.counts, str(cue.by): 1}


def endless(quiz: Quiz, board: Board, cue: Cue) -> None:
    for i in range(60_000):
        board.number = i


@pytest.mark.parametrize("plant", [total, ranked, looped, searched, copied, endless])
def test_a_handler_whose_work_grows_with_the_crowd_or_is_too_much_is_named(plant):
    kind = saying(plant)
    found = the_finding(evening(kind))
    assert (found.kind, found.where) == ("slow", line(kind.say))
    more = (
        "`say` takes more than 300000 steps"
        if plant is endless
        else "`say` goes through more the more people"
    )
    assert found.what.startswith(more)


def test_what_takes_as_long_before_any_crowd_is_not_slow():
    def counted(quiz: Quiz, board: Board, cue: Cue) -> None:
        board.counts["answers"] = len(board.answers)
        board.number = max(board.number, board.answers[cue.by])
        for i in range(100):
            board.number += i

    evening(saying(counted)).check()


def test_a_private_scene_that_looks_through_all_is_named():
    class Placed(Quiz):
        def private(self, board: Board, viewer: ViewerId) -> Scene | None:
            place = sorted(board.answers.values()).index(board.answers.get(viewer, 0)) if board.answers else 0
            return scene(blocks.Text(f"Place {place}"))

    found = next(one for one in findings(evening(Placed)) if one.kind == "slow")
    assert found.where == line(Placed.private)


def test_what_a_host_does_may_look_at_all_but_not_at_all_for_each():
    class Pairs(Quiz):
        @on(Close, by="clock")
        def close(self, board: Board, act: Close, cue: Cue) -> None:
            board.number = sum(a == b for a in board.answers.values() for b in board.answers.values())
            cue.settle()

    found = the_finding(evening(Pairs))
    assert (found.kind, found.where) == ("slow", line(Pairs.close))
    assert "the square of the number of people" in found.what


def test_a_handler_that_sleeps_or_is_over_its_budget_is_slow():
    found = the_finding(evening(saying(lambda quiz, board, cue: time.sleep(0))))
    assert (found.kind, "sleeps" in found.what) == ("slow", True)
    with pytest.raises(ChecksFailed, match=r"`say` took [0-9.]+ ms, and may take 0\.001"):
        evening(saying(lambda quiz, board, cue: sum(range(10_000)))).check(budget=1)


# Views


def test_a_view_that_writes_is_named():
    class Tidy(Quiz):
        def public(self, board: Board) -> Scene:
            board.line.append(1)
            return super().public(board)

    found = the_finding(evening(Tidy))
    assert (found.kind, found.where) == ("views", line(Tidy.public))
    assert "`public` has changed the state" in found.what


def test_a_view_that_draws_another_thing_each_time_is_named():
    class Restless(Quiz):
        def desk(self, board: Board) -> Scene:
            return scene(blocks.Text(str(next(NUMBERS))))

    found = the_finding(evening(Restless))
    assert (found.kind, found.where) == ("views", line(Restless.desk))


def test_a_start_that_is_another_each_time_is_named():
    class Begun(Quiz):
        def start(self) -> Board:
            return Board(answers=Ledger(), number=next(NUMBERS))

    assert "`start` gives another state each time" in findings(evening(Begun))[0].what


def test_a_share_of_more_than_one_is_named():
    class Over(Quiz):
        def public(self, board: Board) -> Scene:
            return scene(blocks.Bars(bars=(blocks.Bar("all", "3", 1.5),)))

    found = the_finding(evening(Over))
    assert (found.kind, "a share of 1.5" in found.what) == ("views", True)


def test_a_handler_that_fails_on_the_way_is_a_finding_for_who_has_only_the_log():
    r = Rehearsal(saying(lambda quiz, board, cue: board.line[7]))
    ada = r.viewer("Ada")
    r.host.does(Ask())
    r.wait(seconds(1))
    with pytest.raises(FormatError):
        ada.does(Say(1))
    found = the_finding(r)
    assert found.kind == "fault"
    assert "`say` has failed: IndexError" in found.what


def test_a_ruling_that_is_offered_and_refused_is_named():
    class Strict(Quiz):
        @classmethod
        def amend(cls, old: Key, new: Key) -> None:
            raise Reject("never")

    assert {one.where for one in findings(evening(Strict))} == {"s1/rulings"}
