"""The client's clock: as web/src/clock.ts says it, and right within what it claims, over networks of any kind."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from vectors.clock import FILE, made
from vectors.networks import CALM, NETWORKS, ROUGH, SHOW, Network, Run, Ways

from oncue.api.bots.clock import COARSE, SLEW, Clock

MS = 1000
ways = st.builds(
    Ways,
    up=st.floats(0.0005, 0.4),
    down=st.floats(0.0005, 0.4),
    jitter=st.sampled_from([0.0, 0.0001, 0.0004]),
    loss=st.sampled_from([0.0, 0.05]),
)
networks = st.builds(
    Network, ways, drift=st.floats(-40e-6, 40e-6), after=st.none() | st.tuples(st.floats(5, 30), ways)
)


def p95(errors: list[float]) -> float:
    return errors[int(0.95 * len(errors))]


@pytest.mark.parametrize("name", NETWORKS)
def test_it_says_what_the_vectors_say(name: str) -> None:
    own = 0.0
    clock = Clock(lambda: own)
    looks = 0
    for word, at, *rest in json.loads(FILE.read_text())[name]:
        own = rest[2] if word == "add" else at
        if word == "look":
            looks += 1
            offset, error, now, pause, _ = rest
            assert clock.offset == pytest.approx(offset, abs=1)
            assert clock.error == pytest.approx(error, abs=1)
            assert clock.now() == pytest.approx(now, abs=1)
            assert clock.pause == pause
        elif word == "add":
            clock.add(at, *rest)
        elif word == "seed":
            clock.seed(*rest)
        else:
            clock.hurry()
    assert looks > 20


def test_the_vectors_are_what_their_script_makes() -> None:
    assert FILE.read_text() == made()


@pytest.mark.parametrize(
    ("network", "goal"), [(CALM, 2 * MS), (ROUGH, 5 * MS), (replace(ROUGH, drift=-30e-6), 5 * MS)]
)
def test_it_is_good_after_a_few_seconds_of_pings_and_stays_so(network: Network, goal: float) -> None:
    runs = [Run(network, seed, 200) for seed in range(10)]
    assert p95(sorted(error for run in runs for error in run.errors(3, 8))) < goal
    assert p95(sorted(error for run in runs for error in run.errors(3))) < goal
    assert max(run.pings for run in runs) < 200


def test_jitter_and_loss_never_show_more_than_half_the_asymmetry() -> None:
    lopsided = replace(CALM, ways=Ways(0.080, 0.020, 0.010, loss=0.05))
    errors = Run(lopsided, 1, 120).errors(3)
    assert 26 * MS < errors[0] <= errors[-1] < 34 * MS


@given(networks, st.integers(0, 1000))
@settings(max_examples=60, deadline=None)
def test_it_is_never_further_off_than_it_says(network: Network, seed: int) -> None:
    for look in Run(network, seed, 60).looks:
        # Own time comes with one digit behind the point, show time without.
        assert not look.offset or abs(look.off) <= look.error + 2


@given(networks, st.integers(0, 1000), st.booleans())
@settings(max_examples=40, deadline=None)
def test_show_time_never_goes_back_and_jumps_only_at_first_or_after_a_sleep(
    network: Network, seed: int, sleeps: bool
) -> None:
    if sleeps:
        network = replace(network, asleep=10.0, slept=20.0)
    looks = Run(network, seed, 60, every=0.05).looks
    for before, after in pairwise(looks):
        assert after.now >= before.now
        calm = before.time > 5 and not (sleeps and 9 < before.time < 36)
        if calm:
            passed = after.at - before.at
            assert abs(after.now - before.now - passed) <= (SLEW + 1e-3) * passed + 2


@pytest.mark.parametrize("slept", [0.4, 5.0, 3600.0])
def test_after_a_sleep_it_is_right_within_a_second(slept: float) -> None:
    run = Run(replace(CALM, asleep=20.0, slept=slept), 3, 25.0 + slept)
    assert run.errors(0, 20)[-1] < 6 * MS
    assert run.errors(21 + slept)[-1] < 6 * MS


def test_after_a_change_of_network_it_stays_right() -> None:
    slower = replace(CALM, after=(30.0, Ways(0.200, 0.060, 0.030)))
    assert Run(slower, 1, 120).errors(30)[-1] < 4 * MS
    faster = Network(Ways(0.090, 0.020, 0.010), after=(30.0, Ways(0.005, 0.005, 0.001)))
    run = Run(faster, 1, 60)
    assert run.errors(20, 30)[0] > 25 * MS
    assert run.errors(41)[-1] < 2 * MS


def test_lost_packets_are_seen_in_the_round_trips_and_jitter_is_not_taken_for_them() -> None:
    assert Run(replace(CALM, ways=Ways(0.030, 0.030, 0.004, loss=0.1)), 1, 60).clock.lossy
    rough = Run(ROUGH, 1, 60).clock
    assert not rough.lossy
    assert rough.calm


def test_before_anything_is_known_it_is_0_and_the_welcome_is_a_first_guess() -> None:
    clock = Clock(lambda: 5e6)
    assert (clock.now(), clock.error) == (0, 0)
    clock.seed(SHOW)
    assert (clock.now(), clock.error) == (SHOW, COARSE)


def test_a_welcome_that_cannot_be_true_to_what_was_known_makes_it_forget() -> None:
    own = 0.0
    clock = Clock(lambda: own)
    for n in range(10):
        own = n * 1e5 + 2000
        clock.add(own - 2000, SHOW + n * 100_000 + 1000, SHOW + n * 100_000 + 1000, own)
    own += 1e6
    slept = SHOW + int(own) + 30_000_000
    clock.seed(slept)
    assert clock.now() == slept
    assert clock.error == COARSE


def test_a_clock_that_was_ahead_stands_still_until_time_has_come() -> None:
    own = 0.0
    clock = Clock(lambda: own)
    clock.seed(SHOW + 500_000)
    clock.add(0, SHOW + 1000, SHOW + 1000, 2000)
    own = 2000.0
    before = clock.now()
    own = 400_000.0
    assert clock.now() == before
    own = 600_000.0
    assert clock.now() == SHOW + 600_000
