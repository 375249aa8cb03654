"""The delay of all pictures follows what the audience needs, slowly, and never to and fro."""

from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oncue.engine.judge import Policy
from oncue.engine.pacing import (
    GATHER,
    LOWER,
    RAISE,
    STEP,
    WIDE,
    WORTH,
    Audience,
    Pacer,
    quantile,
    report,
    together,
)
from oncue.engine.playout import MOST, Playout
from oncue.engine.structs import seconds

START = seconds(1_000_000)
TICK = seconds(0.5)
LANE = Policy().lane

several = settings(max_examples=60, deadline=None)
spans = st.integers(1, seconds(8))
crowds = st.lists(spans, min_size=1, max_size=40)
shares = st.floats(0.5, 1)


def steps(values) -> dict[int, int]:
    return Counter(-(-value // STEP) for value in values)


def people(*needs: int, delays=None) -> Audience:
    """Viewers who have the delay that they need, unless it is said."""
    return Audience(needs=steps(needs), delays=steps(needs if delays is None else delays))


class Evening:
    """A show whose owner asks twice a second, and writes down at once what was decided."""

    def __init__(self, share: float = 0.95, *, fixed: int = 0, policy: Policy | None = None) -> None:
        self.playout = Playout(share, fixed)
        self.now = START
        self.pacer = Pacer(self.now, policy or Policy())
        self.targets: list[tuple[int, int]] = []
        self.paces = 0
        self.pass_time(GATHER, Audience())

    def pass_time(self, span: int, audience: Audience, *, busy: bool = False) -> None:
        """Let so much time pass with this audience."""
        for _ in range(span // TICK):
            self.now += TICK
            pace = self.pacer.decide(self.playout, audience, self.now, busy=busy)
            if pace is not None:
                self.paces += 1
                if pace.target != self.playout.target:
                    self.targets.append((self.now, pace.target))
                self.playout.target, self.playout.last = pace.target, pace.last

    @property
    def agreed(self) -> tuple[int, int]:
        return self.playout.target, self.playout.last


@given(crowds, shares)
def test_a_quantile_has_its_share_at_or_below_and_not_one_step_less(needs, share):
    histogram = steps(needs)
    step = quantile(histogram, share)
    assert sum(count for at, count in histogram.items() if at <= step) >= share * len(needs) - 1e-6
    assert sum(count for at, count in histogram.items() if at < step) < share * len(needs)


@given(st.lists(crowds, max_size=5))
def test_the_audience_of_all_nodes_is_that_of_one_with_all_of_them(nodes):
    merged = together(people(*needs) for needs in nodes)
    assert merged == people(*[need for needs in nodes for need in needs])


def test_nothing_is_agreed_before_needs_were_gathered_nor_without_any():
    evening = Evening()
    evening.pass_time(seconds(60), Audience(blind=10))
    assert evening.agreed == (0, 0)
    fresh = Pacer(START)
    assert fresh.decide(Playout(), people(100), START + GATHER - 1) is None
    assert fresh.decide(Playout(), people(100), START + GATHER) is not None


@several
@given(crowds, crowds, shares)
def test_with_an_audience_that_stays_the_target_settles_within_60_ms_above_its_quantile(before, needs, share):
    evening = Evening(share)
    evening.pass_time(seconds(30), people(*before))
    evening.pass_time(seconds(60), people(*needs))
    wanted = sorted(needs)[-(-int(share * len(needs) * 1e9) // 10**9) - 1]
    target = evening.playout.target
    assert min(wanted, MOST) <= target <= max(wanted + seconds(0.06), 0)
    settled = evening.agreed
    evening.pass_time(seconds(300), people(*needs))
    assert evening.agreed == settled


@several
@given(crowds)
def test_together_means_at_most_80_ms_above_the_need_of_the_slowest(needs):
    evening = Evening(1.0)
    evening.pass_time(seconds(1), people(*needs))
    assert min(max(needs), MOST) <= evening.playout.target <= max(needs) + seconds(0.08)


@several
@given(st.lists(st.tuples(crowds, st.integers(1, 60)), min_size=1, max_size=12), shares)
def test_the_target_never_flaps(scenes, share):
    evening = Evening(share)
    for needs, moments in scenes:
        evening.pass_time(moments * TICK, people(*needs))
    raised = evening.targets[0][0] if evening.targets else 0
    for (then, before), (now, after) in pairwise(evening.targets):
        if after < before:
            assert now - raised >= LOWER
            assert before - after >= WORTH
        else:
            assert now - then >= RAISE
            raised = now


@several
@given(spans, st.integers(1, 18), st.integers(1, 18))
def test_needs_that_swing_within_20_s_leave_the_target_at_their_height(high, up, down):
    evening = Evening(1.0)
    for _ in range(10):
        evening.pass_time(seconds(max(up, 4)), people(high + seconds(0.3)))
        evening.pass_time(seconds(down), people(high))
    assert len(evening.targets) == 1


def test_a_target_that_is_too_low_is_raised_after_three_seconds_and_one_that_is_too_high_after_twenty():
    evening = Evening()
    evening.pass_time(TICK, people(200_000))
    assert evening.playout.target == 220_000
    evening.pass_time(seconds(3), people(400_000))
    assert evening.playout.target == 220_000
    evening.pass_time(TICK, people(400_000))
    assert evening.playout.target == 420_000
    evening.pass_time(seconds(20), people(300_000))
    assert evening.playout.target == 420_000
    evening.pass_time(TICK, people(300_000))
    assert evening.playout.target == 320_000


def test_a_need_that_goes_down_bit_by_bit_takes_the_target_with_it_20_s_later():
    evening = Evening()
    for need in range(600_000, 200_000, -40_000):
        evening.pass_time(seconds(1), people(need))
    evening.pass_time(seconds(13), people(200_000))
    assert evening.playout.target < 620_000
    evening.pass_time(seconds(8), people(200_000))
    assert evening.playout.target == 220_000


def test_what_is_not_worth_a_jump_leaves_the_target():
    evening = Evening()
    evening.pass_time(TICK, people(300_000))
    evening.pass_time(seconds(100), people(270_000))
    assert evening.playout.target == 320_000
    evening.pass_time(seconds(100), people(260_000))
    assert evening.playout.target == 280_000


def test_while_a_round_is_open_nothing_changes_and_after_it_all_that_is_due():
    evening = Evening()
    evening.pass_time(TICK, people(200_000), busy=True)
    agreed = evening.agreed
    assert agreed[0] == 220_000
    evening.pass_time(seconds(60), people(900_000), busy=True)
    assert evening.agreed == agreed
    evening.pass_time(TICK, people(900_000))
    assert evening.agreed == (920_000, 1_000_000)


def test_the_hosts_dial_counts_at_once_after_a_round():
    evening = Evening(0.5)
    needs = people(100_000, 100_000, 800_000)
    evening.pass_time(seconds(5), needs)
    assert evening.playout.target == 120_000
    evening.playout.share = 1.0
    evening.pass_time(seconds(5), needs, busy=True)
    assert evening.playout.target == 120_000
    evening.pass_time(TICK, needs)
    assert evening.playout.target == 820_000
    evening.playout.share = 0.5
    evening.pass_time(TICK, needs)
    assert evening.playout.target == 120_000


def test_a_fixed_delay_needs_no_audience_and_the_way_back_is_at_once():
    evening = Evening(fixed=seconds(2))
    evening.pass_time(TICK, Audience())
    assert evening.agreed == (seconds(2), seconds(2))
    evening.pass_time(seconds(60), people(100_000))
    assert evening.playout.target == seconds(2)
    evening.playout.fixed = 0
    evening.pass_time(TICK, people(100_000))
    assert evening.playout.target == 120_000


@several
@given(crowds, crowds, shares, st.integers(0, seconds(3)))
def test_the_last_lane_is_never_before_the_target_nor_beyond_what_is_believed(needs, delays, share, lane):
    evening = Evening(share, policy=Policy(lane=lane))
    evening.pass_time(seconds(60), people(*needs, delays=delays))
    target, last = evening.agreed
    assert target <= last <= target + lane
    slowest = max(delays)
    assert last >= min(slowest, target + lane)
    assert last < max(slowest, target) + WIDE


def test_the_last_lane_is_found_anew_at_once_when_it_is_too_short_by_the_target_and_else_like_it():
    evening = Evening()
    evening.pass_time(TICK, people(200_000))
    assert evening.agreed == (220_000, 300_000)
    straggler = people(*[200_000] * 30, delays=[200_000] * 30 + [1_150_000])
    evening.pass_time(seconds(3), straggler)
    assert evening.playout.last == 300_000
    evening.pass_time(TICK, straggler)
    assert evening.playout.last == 1_200_000
    evening.pass_time(seconds(20), people(200_000))
    assert evening.playout.last == 1_200_000
    evening.pass_time(TICK, people(200_000))
    assert evening.agreed == (220_000, 300_000)


@several
@given(st.lists(st.integers(200_000, 245_000), min_size=1, max_size=100))
def test_noise_costs_at_most_one_change_upwards(noise):
    evening = Evening()
    for need in noise:
        evening.pass_time(TICK, people(need))
    assert len(evening.targets) <= 2


@pytest.mark.parametrize("share", [0.5, 0.95, 1.0])
def test_lanes_are_counted_by_needs_and_nobody_twice(share):
    playout = Playout(share, 0, 300_000, 1_800_000)
    audience = people(100_000, 350_000, 370_000, LANE, LANE + 400_000, delays=[300_000] * 9)
    audience.blind, audience.errors = 4, {1: 95, 12: 5}
    other = Audience(doors={"tcp": 2, "whep": 1})
    audience.doors = {"moq": 9, "tcp": 1, "none": 4}
    told = report(playout, together([audience, other]))
    assert told.doors == {"moq": 9, "tcp": 3, "whep": 1, "none": 4}
    assert (told.in_step, told.late, told.beyond, told.blind) == (6, 2, 1, 4)
    assert (told.need_p50, told.need_most, told.error_p95) == (370_000, LANE + 400_000, 1000)
    assert (told.share, told.target, told.last) == (share, 300_000, 1_800_000)
