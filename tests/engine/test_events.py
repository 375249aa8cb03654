"""What a show tells the outside comes out of its log alone."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from oncue.engine import events, replay, snapshot
from oncue.engine.amend import Amend
from oncue.engine.blocks import Scene
from oncue.engine.cue import Cue
from oncue.engine.format import Format, on
from oncue.engine.house import Ban, Close, Finish, Join, JudgedAgain, Kick, Open, Start
from oncue.engine.log import NONCE, VERSION, Batch, Entry, Part, decode_batch, encode_batch, encode_entries
from oncue.engine.segment import SegmentSpec
from oncue.engine.show import Show
from oncue.engine.stage_actions import Invite, RaiseHand, StageRules
from oncue.engine.structs import Action, Role, Row, Settings, ShowId, State

HOST, SYSTEM = int(Role.HOST), int(Role.SYSTEM)


class Ask(Action, frozen=True):
    """Open a round."""


class Say(Action, frozen=True):
    """Tell the outside something."""

    name: str
    size: int = 1


class Tap(Action, frozen=True):
    """Answer."""


class Judge(Action, frozen=True):
    """Close the round."""


class Right(Settings, frozen=True):
    right: int = 1


class Board(State):
    tapped: list[int] = []


class Teller(Format[Board, Right]):
    @on(Ask, by="host")
    def ask(self, board: Board, act: Ask, cue: Cue) -> None:
        cue.open(5_000_000, "Who?")

    @on(Tap)
    def tap(self, board: Board, act: Tap, cue: Cue) -> None:
        cue.age()
        board.tapped.append(cue.by)

    @on(Judge, by="host")
    def judge(self, board: Board, act: Judge, cue: Cue) -> None:
        cue.settle([self.settings.right])

    @on(Say, by="host")
    def say(self, board: Board, act: Say, cue: Cue) -> None:
        cue.emit(act.name, text="x" * act.size)

    def public(self, board: Board) -> Scene:
        return Scene()

    def results(self, board: Board) -> list[Row]:
        return [Row("standings", {"viewer": viewer, "points": 1}) for viewer in board.tapped]

    @classmethod
    def amend(cls, old: Right, new: Right) -> None:
        """All of it may be changed."""


class Evening:
    """A log that grows, the show that folds it, and what each message told."""

    def __init__(self) -> None:
        self.show = Show(ShowId("abcdefghij"), lambda _: Teller)
        self.log: list[tuple[int, bytes]] = []
        self.numbers: dict[int, int] = {}
        self.told: list[tuple[int, list[events.Event]]] = []

    def does(self, *acts: tuple[int, int, Action], segment: str = "") -> list[events.Event]:
        entries: list[Entry[Any]] = []
        for viewer, role, act in acts:
            number = self.numbers[viewer] = self.numbers.get(viewer, NONCE) + 1
            entries.append(Entry(viewer, number, role, 1_700_000_000_000_000 + number, 0, 0, 0, act))
        data = encode_batch(Batch(VERSION, "n", len(self.log), [Part(segment, encode_entries(entries))]))
        self.log.append((len(self.log) + 1, data))
        self.show.fold(decode_batch(data), len(self.log))
        self.told.append((len(self.log), list(self.show.told)))
        return list(self.show.told)

    def host(self, act: Action, segment: str = "") -> list[events.Event]:
        return self.does((10_000, HOST, act), segment=segment)

    def begin(self, viewers: int = 2) -> list[events.Event]:
        self.does((0, SYSTEM, Open("Friday", "ABC234", "secret", (SegmentSpec("s1", "teller", "One"),))))
        self.host(Start("s1"))
        return self.does(*((viewer, 1, Join(f"viewer {viewer}")) for viewer in range(1, viewers + 1)))

    def a_round(self) -> None:
        self.host(Ask(), "s1")
        self.does((1, 1, Tap()), (2, 1, Tap()), segment="s1")
        self.host(Judge(), "s1")


@pytest.fixture
def evening() -> Evening:
    return Evening()


def names(told: list[events.Event]) -> list[str]:
    return [one.name for one in told]


def test_the_life_of_a_show_is_told(evening: Evening) -> None:
    evening.begin()
    evening.a_round()
    evening.host(Say("round-won"), "s1")
    evening.host(Finish())
    evening.host(Close())
    assert [name for _, told in evening.told for name in names(told)] == [
        "show.opened", "segment.started", "people.joined", "round.opened", "round.judged", "round-won",
        "segment.ended", "results.ready", "show.closed",
    ]  # fmt: skip
    judged = next(one.data for _, told in evening.told for one in told if one.name == "round.judged")
    assert (judged.answers, judged.right, judged.winner) == (2, 1, 1)


def test_neither_names_nor_settings_nor_the_seed_are_told(evening: Evening) -> None:
    evening.begin()
    evening.a_round()
    evening.host(Kick(2))
    evening.host(Finish())
    said = b"".join(
        events.write("abcdefghij", seq, i, one, one.data).body
        for seq, told in evening.told
        for i, one in enumerate(told)
    )
    assert b"viewer 1" not in said
    assert b"secret" not in said
    assert b"settings" not in said


def test_many_who_join_at_once_are_told_together(evening: Evening) -> None:
    told = evening.begin(1200)
    assert [len(one.data.viewers) for one in told] == [500, 500, 200]
    assert evening.does((1, 1, Join("another name"))) == []


def test_who_is_put_off_is_told_and_who_comes_back_joins_again(evening: Evening) -> None:
    evening.begin()
    assert names(evening.host(Kick(1))) == ["people.kicked"]
    assert names(evening.does((1, 1, Join("viewer 1")))) == ["people.joined"]
    assert names(evening.host(Ban(2))) == ["people.banned"]
    assert evening.does((2, 1, Join("viewer 2"))) == []


def test_each_step_to_the_stage_is_told(evening: Evening) -> None:
    evening.begin()
    evening.host(StageRules(hands=True, seats=4))
    steps = [*evening.does((1, 1, RaiseHand())), *evening.host(Invite(1)), *evening.host(Ban(1))]
    assert [(one.data.viewer, one.data.state) for one in steps if one.name == "stage.changed"] == [
        (1, "queue"), (1, "invited"), (1, "off"),
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["", "Round", "round.won", "round won", "x" * 41, "*", ">", "round-", "é"])
def test_an_event_whose_name_cannot_be_a_subject_is_a_fault_of_the_format(
    evening: Evening, name: str
) -> None:
    evening.begin()
    assert evening.host(Say(name), "s1") == []
    assert "is no name for an event" in evening.show.segments["s1"].faults[-1].message


def test_an_event_that_is_too_large_is_a_fault_of_the_format(evening: Evening) -> None:
    evening.begin()
    assert evening.host(Say("large", 70_000), "s1") == []
    assert "cue.emit: large has 70" in evening.show.segments["s1"].faults[-1].message


def test_a_show_that_goes_on_from_a_snapshot_tells_the_same(evening: Evening) -> None:
    evening.begin()
    kept = snapshot.save(evening.show)
    evening.a_round()
    evening.host(Finish())
    other = snapshot.load(kept, lambda _: Teller)
    for seq, data in evening.log[3:]:
        other.fold(decode_batch(data), seq)
        assert other.told == evening.told[seq - 1][1]


def test_a_message_that_was_folded_already_tells_nothing(evening: Evening) -> None:
    evening.begin()
    seq, data = evening.log[-1]
    before = evening.show.told
    evening.show.fold(decode_batch(data), seq)
    assert evening.show.told is before


def test_what_was_judged_again_is_told_with_an_id_that_hangs_on_the_ruling_alone(evening: Evening) -> None:
    evening.begin()
    evening.a_round()
    evening.host(Finish())
    evening.host(Amend("s1", {"/right": 2}, "it was the other"))
    assert evening.does((0, SYSTEM, JudgedAgain(0, 1))) == []  # a show that does not know the ruling yet
    show = replay.play(ShowId("abcdefghij"), lambda _: Teller, evening.log)
    (_, old), (seq, data) = evening.log[-1], evening.log[-1]
    show.fold(decode_batch(old), seq + 1)
    judged, revised = show.told
    assert (judged.name, judged.data.winner, judged.key) == ("round.judged-again", 2, "s1-1-again1")
    assert (revised.name, revised.key) == ("results.revised", "s1-again1")
    assert data == old


def test_a_cloud_event_has_all_that_the_standard_asks_for() -> None:
    one = events.event(1_700_000_000_123_456, events.RoundOpened("s1", 2, "Who?", 5), "s1")
    told = events.write("abcdefghij", 42, 3, one, one.data)
    assert (told.subject, told.id) == ("show.abcdefghij.event.round.opened", "abcdefghij-42-3")
    assert json.loads(told.body) == {
        "specversion": "1.0",
        "id": "abcdefghij-42-3",
        "source": "/shows/abcdefghij",
        "type": "oncue.round.opened",
        "subject": "s1",
        "time": "2023-11-14T22:13:20.123456Z",
        "datacontenttype": "application/json",
        "dataschema": "urn:oncue:event:round.opened:1",
        "sequence": "0000000000000042.000003",
        "data": {"segment": "s1", "round": 2, "title": "Who?", "span": 5},
    }


@pytest.mark.parametrize(
    "days", [0, 58, 59, 60, 365, 789, 790, 11_016, 11_017, 19_722, 20_000, 47_540, 100_000]
)
def test_times_are_written_as_the_standard_has_them(days: int) -> None:
    at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(
        days=days, seconds=86_399 - days % 86_400, microseconds=days
    )
    written = events.rfc3339((at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1))
    assert written == f"{at:%Y-%m-%dT%H:%M:%S.%fZ}"


def test_what_a_format_emits_has_its_own_subject_and_type() -> None:
    one = events.emitted(0, "s1", "trivia@2", "round-won", {"by": 3})
    told = events.write("abcdefghij", 1, 0, one, one.data)
    assert told.subject == "show.abcdefghij.event.round-won"
    assert json.loads(told.body)["type"] == "oncue.format.trivia.round-won"


def test_large_results_are_told_by_their_address() -> None:
    line = events.Line("s1", "trivia", "Trivia")
    few = events.read_results(
        "abcdefghij", line, [Row("standings", {"viewer": 1}), Row("standings", {"points": 2})]
    )
    assert few.complete
    assert few.tables == [events.Table("standings", ["viewer", "points"], [[1, None], [None, 2]])]
    many = events.read_results("abcdefghij", line, [Row("texts", {"text": "x" * 100})] * 3000)
    assert (many.complete, many.rows, many.tables) == (False, 3000, [])
    assert many.path == "/api/shows/abcdefghij/segments/s1/results"
