"""What a network does, in a time of our own."""

from itertools import pairwise
from random import Random
from statistics import fmean, quantiles

import pytest

from oncue.api.lab import NETWORKS, Path, network
from oncue.api.lab.lane import Lane, resent
from oncue.engine.errors import BadInput


def lane(path: Path, seed: int = 1) -> Lane:
    made = Lane(Random(seed))
    made.become(path, path.up_ms)
    return made


def delays(lane: Lane, count: int, *, every: float, size: int = 100) -> list[float]:
    """Delays in ms of datagrams that are sent at a steady pace, those that are lost left out."""
    outs = [(i * every, lane.datagram(i * every, size)) for i in range(count)]
    return [1e3 * (out - now) for now, out in outs if out is not None]


def test_delay_is_what_was_asked_for_to_the_digit() -> None:
    assert set(map(round, delays(lane(Path.of(80)), 100, every=0.001))) == {80}


def test_jitter_is_spread_evenly_around_the_delay() -> None:
    measured = delays(lane(Path.of(100, jitter_ms=20)), 4000, every=0.05)
    assert 80 <= min(measured) < 81
    assert 119 < max(measured) <= 120
    assert abs(fmean(measured) - 100) < 1  # five standard errors
    assert quantiles(measured) == pytest.approx([90, 100, 110], abs=2)


def test_nothing_overtakes_anything_even_when_the_network_gets_faster() -> None:
    one = lane(Path.of(100, jitter_ms=90))
    outs = [one.datagram(i * 0.007, 100) for i in range(1000)]
    one.become(Path.of(1), 1)
    outs += [one.datagram(7 + i * 0.007, 100) for i in range(10)]
    assert all(a <= b for a, b in pairwise(outs))


def test_a_burst_stays_together() -> None:
    one = lane(Path.of(50, jitter_ms=40))
    for frame in range(100):
        outs = [one.datagram(frame / 10 + packet / 10_000, 1200) for packet in range(5)]
        assert outs[4] - outs[0] == pytest.approx(0.0004)


def test_as_many_are_lost_as_should_be() -> None:
    one = lane(Path.of(10, loss=0.03))
    came = len(delays(one, 20_000, every=0.01))
    assert one.flow().lost == 20_000 - came
    assert abs(one.flow().lost - 600) < 5 * (20_000 * 0.03 * 0.97) ** 0.5


def test_a_rate_spaces_packets_and_a_full_queue_drops_them() -> None:
    one = lane(Path.of(10, rate_kbit=1000))  # 125 bytes each ms, and a queue of 250 ms
    outs = [out for _ in range(100) if (out := one.datagram(0.0, 1250))]
    assert [round(1e3 * out) for out in outs] == [10 + 10 * (i + 1) for i in range(25)]
    assert one.flow().overflowed == 75
    assert one.datagram(0.2, 1250) == pytest.approx(0.27)


def test_the_same_seed_makes_the_same_network() -> None:
    path = Path.of(50, jitter_ms=20, loss=0.1)
    runs = [delays(lane(path, seed), 100, every=0.01) for seed in (1, 1, 2)]
    assert runs[0] == runs[1] != runs[2]


def test_a_lost_segment_comes_a_timeout_later_and_twice_that_when_it_is_lost_again() -> None:
    one = lane(Path.of(50, loss=0.5))
    late = [one.again(0.1) for _ in range(2000)]
    assert {round(1e3 * once) for once in late} >= {0, 300, 900, 2100}
    assert abs(sum(once > 0 for once in late) - 1000) < 5 * 500**0.5


def test_tcp_tries_again_at_doubling_times() -> None:
    assert [round(1e3 * resent(0.0, 0.1, now)) for now in (0.0, 0.31, 1.0, 3.0)] == [300, 900, 2100, 4500]


def test_networks_have_names_and_can_be_written() -> None:
    assert network("4g") is NETWORKS["4g"]
    assert network("120+-20ms") == Path.of(120, jitter_ms=20)
    assert network("15ms") == Path.of(15)
    with pytest.raises(BadInput, match="6g") as wrong:
        network("6g")
    assert wrong.value.code == "lab/no-network"


@pytest.mark.parametrize(
    "figures", [{"up_ms": -1}, {"loss": 1}, {"up_ms": 10, "down_ms": 20, "jitter_ms": 11}]
)
def test_a_network_that_cannot_be_is_refused(figures: dict) -> None:
    with pytest.raises(BadInput) as wrong:
        Path(**figures)
    assert wrong.value.code == "lab/bad-path"
