"""What a host rules afterwards is judged again while the show goes on, whatever crashes."""

import asyncio

import msgspec
import pytest
from small_show import SHOW, House, until

from oncue.engine import replay, snapshot
from oncue.engine.ahead import Ahead
from oncue.engine.amend import Amend
from oncue.engine.house import Close, Finish
from oncue.engine.live import read_log, subject
from oncue.engine.live.messages import read_privates
from oncue.engine.live.recount import Recount
from oncue.engine.log import decode_batch
from oncue.engine.playout import Pace
from oncue.engine.segment import SegmentSpec
from oncue.engine.show import Show
from oncue.engine.strikes import Struck
from oncue.engine.structs import Role, ShowId
from oncue.engine.wire import PrivateMsg, SceneMsg
from oncue.formats.questions import Answer
from oncue.formats.registry import format_named
from oncue.formats.trivia import Ask, Lock, Reveal, Score

PLAYERS = (1, 2, 3)
QUESTION = {"kind": "choice", "text": "Capital?", "options": ["Lyon", "Paris", "Nice"], "right": 1}
SETTINGS = {"questions": [QUESTION] * 3, "scoring": "accuracy"}
NICE = Amend("s1", {"/questions/0/right": 2}, "it was Nice")
VOID = Amend("s1", {"/questions/1/void": True}, "read out wrong")


async def begun(house: House) -> None:
    await house.open(*PLAYERS, rundown=(SegmentSpec("s1", "trivia", "Trivia", SETTINGS),))
    await house.act(0, Pace(0, 1), "", Role.SYSTEM)


async def answers(house: House, viewer: int, choice: int) -> int:
    entry = house.entry(viewer, Answer(choice))
    entry.at += 200_000  # nobody answers in no time
    return await house.intake.record(SHOW, "s1", entry)


async def question(house: House, *choices: int) -> Show:
    """A question from asking to the reveal; player n gives the nth answer."""
    await house.host(Ask())
    for viewer, choice in zip(PLAYERS, choices, strict=False):
        await answers(house, viewer, choice)
    await house.folded(await house.host(Lock()))
    await until(lambda: (show := house.show()) is not None and show.segments["s1"].state.phase == "closed")
    return await house.folded(await house.host(Reveal()))


async def judged_again(house: House, amendments: int) -> Show:
    await until(lambda: (show := house.show()) is not None and len(show.known) == amendments)
    show = house.show()
    assert show
    return show


def points(show: Show) -> dict[int, int]:
    scores: dict[int, Score] = dict(show.segments["s1"].state.scores)
    return {viewer: score.points for viewer, score in scores.items()}


def leader(house: House) -> tuple[int, int]:
    """Who leads by the results that were handed on last, and with how many points."""
    first = next(row.cells for row in house.kept.results[-1][1] if row.table == "standings")
    return first["viewer"], first["points"]


async def as_replayed(house: House) -> Show:
    """The show as its log alone gives it."""
    messages = [message async for message in read_log(house.bus, SHOW)]
    return replay.play(ShowId(SHOW), format_named, messages)


async def test_two_rulings_change_the_scores_while_answers_go_on_coming(house: House) -> None:
    await house.run()
    await begun(house)
    await question(house, 1, 2, 1)
    assert points(await question(house, 1, 1, 0)) == {1: 2000, 2: 1000, 3: 1000}
    await house.host(Ask())
    first = asyncio.create_task(house.host(NICE, ""))
    await answers(house, 1, 1)
    second = asyncio.create_task(house.host(VOID, ""))
    await answers(house, 2, 1)
    await asyncio.gather(first, second)
    seq = await answers(house, 3, 1)
    await judged_again(house, 2)
    show = await house.folded(seq)
    assert points(show) == {1: 0, 2: 1000, 3: 0}
    assert len(show.segments["s1"].state.answers) == 3
    await house.folded(await house.host(Lock()))
    await until(lambda: house.show().segments["s1"].state.phase == "closed")
    show = await house.folded(await house.host(Reveal()))
    assert points(show) == {1: 1000, 2: 2000, 3: 1000}
    assert replay.same(await as_replayed(house), show)


async def test_everybody_hears_of_it_and_so_do_the_records(house: House) -> None:
    scenes: list[SceneMsg] = []
    privates: dict[int, PrivateMsg] = {}
    await house.bus.subscribe(
        subject(SHOW, "scene"), lambda _, data: scenes.append(msgspec.json.decode(data, type=SceneMsg))
    )

    def private(_: str, data: bytes) -> None:
        for viewer, message in read_privates(data):
            if b'"private"' in message:
                privates[viewer] = msgspec.json.decode(message, type=PrivateMsg)

    await house.bus.subscribe(subject(SHOW, "private"), private)
    await house.run()
    await begun(house)
    await question(house, 1, 2, 1)
    await house.folded(await house.host(Finish(), ""))
    await until(lambda: bool(house.kept.results))
    privates.clear()
    seq = await house.host(NICE, "")
    await judged_again(house, 1)
    await until(lambda: set(privates) == set(PLAYERS))
    # Newer than what was sent before, or nobody would look at it.
    assert all(message.seq > seq for message in privates.values())
    await until(lambda: scenes[-1].seq > seq)
    await until(lambda: leader(house) == (2, 1000))
    rounds = [(segment, record.number, record.report.winner) for segment, record in house.kept.rounds]
    assert [(segment, number, winner and winner.viewer) for segment, number, winner in rounds] == [
        ("s1", 1, 1),
        ("s1", 1, 2),
    ]


async def test_a_ruling_that_the_format_does_not_allow_is_refused_and_nothing_is_judged_again(
    house: House,
) -> None:
    await house.run()
    await begun(house)
    await question(house, 1, 2, 1)
    show = await house.folded(await house.host(Amend("s1", {"/questions/0/text": "What?"}, "nicer"), ""))
    assert (show.amendments, show.recount) == ([], False)


async def test_a_ruling_survives_a_crash_before_it_was_judged_again(house: House) -> None:
    first = await house.run("first")
    await begun(house)
    await question(house, 1, 2, 1)
    await house.end(first)
    await house.host(NICE, "")
    await house.run("second")
    assert points(await judged_again(house, 1)) == {1: 0, 2: 1000, 3: 0}


async def test_a_snapshot_knows_that_something_is_to_be_judged_again(house: House) -> None:
    first = await house.run("first")
    await begun(house)
    await question(house, 1, 2, 1)
    await house.end(first)
    seq = await house.host(NICE, "")
    kept = await house.bus.kept(SHOW)
    assert kept
    show = snapshot.load(kept, format_named)
    async for at, data in read_log(house.bus, SHOW, show.seq):
        show.fold(decode_batch(data), at)
    assert (show.recount, show.seq) == (True, seq)
    await house.bus.keep(SHOW, snapshot.save(show))
    await house.run("second")
    again = await judged_again(house, 1)
    assert points(again) == {1: 0, 2: 1000, 3: 0}
    await until(lambda: house.show().seq > seq + 1)  # Owned, JudgedAgain
    assert replay.same(await as_replayed(house), house.show())


async def test_a_new_owner_goes_on_from_the_snapshot_of_what_was_judged_again(house: House) -> None:
    first = await house.run("first")
    await begun(house)
    await question(house, 1, 2, 1)
    await house.host(NICE, "")
    await judged_again(house, 1)
    await house.end(first)
    kept = await house.bus.kept(SHOW)
    assert kept
    assert points(snapshot.load(kept, format_named)) == {1: 0, 2: 1000, 3: 0}
    await house.run("second")
    assert points(await question(house, 1, 1, 0)) == {1: 1000, 2: 2000, 3: 0}


async def test_a_show_that_is_closed_meanwhile_is_judged_again_before_it_is_given_up(house: House) -> None:
    await house.run()
    await begun(house)
    await question(house, 1, 2, 1)
    await house.host(NICE, "")
    await house.host(Close(), "")
    await until(lambda: bool(house.kept.over))
    assert leader(house) == (2, 1000)


async def test_what_is_struck_in_the_last_moment_of_judging_again_is_written_down(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    play, late = Recount.play, Struck(9, 1, "s1", "it was still at it")

    def found(recount: Recount, until: int) -> bool:
        reached = play(recount, until)
        if reached:
            recount.show.strikes[late.key] = late
            recount.show.struck.append(late)
        return reached

    monkeypatch.setattr(Recount, "play", found)
    await house.run()
    await begun(house)
    await question(house, 1, 2, 1)
    await house.host(NICE, "")
    await judged_again(house, 1)
    while late.key not in Ahead.of([one async for one in read_log(house.bus, SHOW)]).strikes:
        await asyncio.sleep(0.01)
