"""A fork goes on where the other show was: what was pending is pending, what was drawn stays, and time goes on."""

import msgspec
import pytest
from log_files import SHOW, cues, golden, source

from oncue.engine.forks import Fork, fork_log, late
from oncue.engine.house import Close, JudgedAgain
from oncue.engine.log import VERSION, Batch, Entry, Part, decode_batch, encode_batch, encode_entries
from oncue.engine.player import Player, joined, pieces, read
from oncue.engine.replay import play, state_hash
from oncue.engine.snapshot import load, save
from oncue.engine.structs import Role, ShowId, seconds
from oncue.formats.registry import format_named

NEW = ShowId("forkedshow")
LATER = seconds(86_400 * 3 + 7)
"""How long after its moment a show is forked."""


def fork(log, seq, at=None):
    """The log of a fork, and the show that it came from."""
    taken = [message for message in log if message[0] <= seq]
    of = play(SHOW, format_named, taken)
    at = of.now + LATER if at is None else at
    new = fork_log(of, [data for _, data in taken], at=at, title="What if", code="WHATIF")
    return of, list(enumerate(new, 1))


def shifted(log, seq, shift):
    """What happened after that message, that much later."""
    for number, (_, data) in enumerate([one for one in log if one[0] > seq], 1):
        batch = decode_batch(data)
        raws = []
        for segment, raw in pieces(batch):
            entry = read(raw)
            late(entry, Fork(copied=[shift]))
            raws.append((segment, msgspec.Raw(msgspec.msgpack.encode(entry))))
        yield 1_000_000 + number, encode_batch(joined(batch, raws))


@pytest.mark.parametrize("name", ["trivia", "poll", "poll-texts", "buzzer"])
def test_a_fork_that_goes_on_as_the_other_show_did_comes_to_the_same(name):
    log = golden(name)
    end = play(SHOW, format_named, log)
    wanted = (end.segments["s1"].rows(end.now), end.counted + 2, end.repeats)
    for seq in list(cues(log))[1::3]:
        _, new = fork(log, seq)
        rest = list(shifted(log, seq, LATER))
        again = play(NEW, format_named, [*new, *rest])
        assert (again.segments["s1"].rows(again.now), again.counted, again.repeats) == wanted
        assert [report.opened - LATER for report in again.segments["s1"].reports] == [
            report.opened for report in end.segments["s1"].reports
        ]
        assert [report.winner for report in again.segments["s1"].reports] == [
            report.winner for report in end.segments["s1"].reports
        ]


@pytest.mark.parametrize("name", ["trivia-amended", "poll", "guests"])
def test_timers_come_as_long_after_the_fork_as_they_would_have_come(name):
    log = golden(name)
    for seq in cues(log):
        of, new = fork(log, seq)
        show = play(NEW, format_named, new)
        assert (show.now, show.phase, show.title, show.code) == (of.now + LATER, "open", "What if", "WHATIF")
        assert (show.fork.of, show.fork.seq, show.fork.copied) == (SHOW, seq, [])
        left = {n: timer.due - of.now for n, timer in of.timers.items() if timer.segment}
        assert {n: timer.due - show.now for n, timer in show.timers.items() if timer.segment} == left
        assert not show.stage.guests
        assert state_hash(load(save(show), format_named)) == state_hash(show)


def test_show_time_never_goes_back_in_a_fork_to_an_earlier_time():
    log = golden("poll")
    of, new = fork(log, log[-1][0], at=seconds(1_000_000))
    player = Player(NEW, format_named, source(new))
    before = 0
    while player.message():
        assert player.show.now >= before
        before = player.show.now
    assert before == seconds(1_000_000) < of.now


def test_a_fork_can_be_forked():
    log = golden("trivia")
    seq = list(cues(log))[8]
    _, new = fork(log, seq)
    middle = play(NEW, format_named, new)
    newer = list(
        enumerate(
            fork_log(middle, [data for _, data in new], at=middle.now + LATER, title="Twice", code="TWICE2"),
            1,
        )
    )
    show = play(ShowId("forkedfork"), format_named, newer)
    assert (show.title, show.fork.of, show.fork.copied) == ("Twice", NEW, [])
    rest = list(shifted(log, seq, 2 * LATER))
    once = play(NEW, format_named, [*new, *shifted(log, seq, LATER)])
    again = play(show.id, format_named, [*newer, *rest])
    assert again.segments["s1"].rows(again.now) == once.segments["s1"].rows(once.now)


def test_the_outside_is_not_told_again_what_it_heard_of_the_other_show():
    _, new = fork(golden("poll"), golden("poll")[-1][0])
    player = Player(NEW, format_named, source(new))
    told = []
    while player.message():
        told += [one.name for one in player.show.told]
    assert told == ["show.opened"]


def test_amendments_of_the_other_show_are_not_told_again_when_the_fork_is_judged_by_them():
    log = golden("trivia-amended")
    _, new = fork(log, log[-1][0])
    show = play(NEW, format_named, new)  # as its owner has it after the recount
    assert len(show.known) == 2
    entry = Entry(0, 1, int(Role.SYSTEM), show.now, 0, 0, 0, JudgedAgain(0, 2))
    show.fold(Batch(VERSION, "x", 1, [Part("", encode_entries([entry]))], 1), new[-1][0] + 1)
    assert show.told == []
    assert load(save(show), format_named).fork == show.fork


def test_a_show_that_was_closed_can_be_forked_and_is_open_again():
    log = golden("poll")
    last = play(SHOW, format_named, log)
    close = Entry(1, (1 << 60) + 1, int(Role.HOST), last.now + 1, 0, 0, 0, Close())
    batch = encode_batch(Batch(VERSION, "x", 1, [Part("", encode_entries([close]))]))
    closed, new = fork([*log, (log[-1][0] + 1, batch)], log[-1][0] + 1)
    assert closed.phase == "closed"
    assert play(NEW, format_named, new).phase == "open"


def test_nobody_can_write_such_an_entry_into_a_show_that_is_open():
    log = golden("poll")
    _, new = fork(log, log[5][0])
    show = play(SHOW, format_named, log)
    before = show.now
    show.fold(decode_batch(new[0][1]), log[-1][0] + 1)
    show.fold(decode_batch(new[-1][1]), log[-1][0] + 2)
    assert [no.code for no in show.refused[-2:]] == ["fork/late", "fork/late"]
    assert show.now >= before
