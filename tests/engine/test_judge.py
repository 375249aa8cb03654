"""Nobody gains more than the node itself can vouch for."""

from hypothesis import given
from hypothesis import strategies as st

from oncue.engine.judge import REACH_MAX, judged

times = st.integers(-(10**18), 10**18)


@given(times, st.integers(0, 10**18), times)
def test_a_position_lies_within_what_the_node_knows(position, at, reach):
    found = judged(position, at, reach)
    assert at - REACH_MAX <= found <= at
    assert found >= at - max(reach, 0)


@given(st.integers(1, 10**18), st.integers(0, REACH_MAX), st.integers(0, REACH_MAX))
def test_a_position_within_reach_is_believed(at, reach, back):
    position = at - min(back, reach)
    assert judged(position, at, reach) == position or position <= 0


def test_without_a_picture_the_arrival_counts():
    assert judged(0, 1_000, 500) == 1_000


def test_a_picture_of_the_future_gains_nothing():
    assert judged(2_000, 1_000, 500) == 1_000


def test_holding_an_action_back_gains_no_more_than_the_reach():
    assert judged(1, 10_000_000, 600_000) == 9_400_000
