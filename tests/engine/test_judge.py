"""Nobody gains more than the node itself can vouch for, and whoever is honest is believed to the µs."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from oncue.engine.errors import Reject
from oncue.engine.judge import CLOCKS, Policy, cap, judged
from oncue.engine.structs import seconds

times = st.integers(10**9, 10**18)
spans = st.integers(0, seconds(100))
policies = st.builds(Policy, lane=st.integers(0, seconds(5)), way=st.integers(0, seconds(5)))


@given(st.integers(-(10**18), 10**18), times, spans, spans, spans, policies)
def test_no_forged_position_delay_or_round_trip_gains_more_than_the_cap(
    position, at, delay, rtt, target, policy
):
    assume(position <= at + CLOCKS)
    found = judged(position, at, delay, rtt, target, policy)
    assert at - cap(target, policy) <= found <= at
    assert at - (max(delay, target) + rtt) <= found
    assert position == 0 or found >= min(position, at)


@given(times, spans, spans, spans, policies, st.data())
def test_who_is_within_the_policy_is_believed_to_the_microsecond(at, delay, rtt, target, policy, data):
    delay, rtt = min(delay, target + policy.lane), min(rtt, policy.way)
    position = at - data.draw(st.integers(0, delay + rtt))
    assert judged(position, at, delay, rtt, target, policy) == position


@given(times, spans, spans, spans, policies, st.data())
def test_the_delay_that_the_show_asks_of_everybody_is_always_believed(at, delay, rtt, target, policy, data):
    position = at - data.draw(st.integers(0, target + min(rtt, policy.way)))
    assert judged(position, at, delay, rtt, target, policy) == position


@given(times, st.integers(1, seconds(100)), spans, spans, spans)
def test_a_picture_of_the_future_is_refused(at, ahead, delay, rtt, target):
    with pytest.raises(Reject, match="cannot have shown") as no:
        judged(at + CLOCKS + ahead, at, delay, rtt, target)
    assert no.value.code == "judge/impossible"


@given(times, st.integers(0, CLOCKS), spans, spans, spans)
def test_a_node_whose_clock_is_a_little_ahead_refuses_nobody(at, ahead, delay, rtt, target):
    assert judged(at + ahead, at, delay, rtt, target) == at


honest = st.tuples(
    st.integers(0, seconds(3)),
    st.integers(0, seconds(1)),
    st.integers(0, seconds(1)),
    st.integers(0, seconds(20)),
)


@given(honest, honest, st.integers(seconds(1.5), seconds(3)))
def test_two_honest_viewers_count_in_the_order_of_their_pictures_whatever_their_networks(one, other, target):
    found = []
    for delay, up, down, after in (one, other):
        pressed = seconds(1000) + after + delay
        policy = Policy(way=seconds(2))
        found.append(judged(seconds(1000) + after, pressed + up, delay, up + down, target, policy))
    assert found == [seconds(1000) + one[3], seconds(1000) + other[3]]


def test_without_a_picture_the_arrival_counts():
    assert judged(0, 1_000, 500, 100, 300) == 1_000


def test_holding_an_action_back_gains_no_more_than_the_delay_and_the_round_trip():
    assert judged(1, 10_000_000, 500_000, 100_000, 300_000) == 9_400_000
