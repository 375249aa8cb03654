"""A log can be gone through: forwards, back, to any entry; and what is shown is what was."""

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from replays.record import HERE, replayed

from oncue.engine.log import decode_batch, encode_batch
from oncue.engine.player import Player, cut, joined, pieces
from oncue.engine.replay import play
from oncue.engine.snapshot import save
from oncue.engine.structs import ShowId
from oncue.formats.registry import format_named

SHOW = ShowId("rehearsal2")


def evening(name, together=5):
    """A golden evening whose messages hold several entries each."""
    messages = msgspec.msgpack.decode((HERE / f"{name}.log").read_bytes(), type=list[tuple[int, bytes]])
    out = []
    for i in range(0, len(messages), together):
        batches = [decode_batch(data) for _, data in messages[i : i + together]]
        entries = [piece for batch in batches for piece in pieces(batch)]
        out.append(
            (messages[min(i + together, len(messages)) - 1][0], encode_batch(joined(batches[0], entries)))
        )
    return out


def source(log):
    return lambda after: (message for message in log if message[0] > after)


def player(log, **how):
    return Player(SHOW, format_named, source(log), **how)


def until(log, seq, place):
    """The log up to there."""
    whole = [message for message in log if message[0] < seq]
    return whole + [(s, cut(data, place) if place else data) for s, data in log if s == seq]


def state(show):
    seq, show.seq = show.seq, 0
    try:
        return save(show)
    finally:
        show.seq = seq


@pytest.mark.parametrize("name", ["trivia-amended", "poll", "buzzer", "guests"])
def test_a_player_comes_to_what_playing_comes_to(name):
    log = evening(name)
    whole, single = player(log), player(log)
    while whole.message():
        pass
    while single.step():
        pass
    assert state(whole.show) == state(single.show) == state(play(SHOW, format_named, log))
    assert whole.entries == single.entries == sum(len(pieces(decode_batch(data))) for _, data in log)


LOG = evening("trivia-amended")
PLACES = [(seq, place) for seq, data in LOG for place in range(1, len(pieces(decode_batch(data))) + 1)]
STATES: dict[tuple[int, int], bytes] = {}


def known(seq, place):
    if (seq, place) not in STATES:
        STATES[seq, place] = state(play(SHOW, format_named, until(LOG, seq, place)))
    return STATES[seq, place]


@settings(max_examples=15, deadline=None)
@given(st.lists(st.sampled_from(PLACES), min_size=1, max_size=4))
def test_any_entry_can_be_gone_to_from_any_other(places):
    going = player(LOG, every=7)
    for seq, place in places:
        going.seek(seq, place)
        assert (going.seq, going.done) == (seq, place)
        assert state(going.show) == known(seq, place)


def test_going_back_undoes_one_entry_at_a_time():
    going = player(LOG, every=7)
    going.seek(*PLACES[-1])
    for seq, place in reversed(PLACES[-12:-1]):
        going.back()
        assert (going.seq, going.done) == (seq, place)
        assert state(going.show) == known(seq, place)
    going.seek(*PLACES[0])
    going.back()
    assert (going.seq, going.done, going.show.phase) == (0, 0, "new")


def test_a_step_says_what_became_of_its_entry():
    going = player(evening("poll"))
    steps = []
    while step := going.step():
        steps.append(step)
    outcomes = {step.outcome for step in steps}
    assert outcomes > {"counted"}
    refused = [
        f"{step.entry.viewer} {step.outcome}" for step in steps if step.entry and step.outcome != "counted"
    ]
    assert refused == [f"{no.viewer} {no.code}" for no in replayed("poll").refused]


def test_what_cannot_be_read_is_passed_over():
    log = evening("poll")
    log.insert(3, (log[2][0] + 1, b"no batch"))
    going = player(log)
    while going.message():
        pass
    assert list(going.unreadable) == [log[3][0]]
    assert state(going.show) == state(play(SHOW, format_named, [one for one in log if one[1] != b"no batch"]))
