"""Show time on a node, and between nodes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

import pytest
from small_show import until
from structlog.testing import capture_logs

from oncue.engine.live import Agreement, ShowClock, end
from oncue.engine.live.agreement import Peer, compare

MS = 1000


@pytest.fixture
async def agree(connect) -> AsyncIterator:
    """Starts a node's comparison on a connection of its own; its clock is `ahead` µs."""
    tasks: list[asyncio.Task[None]] = []

    async def start(node: str, ahead: int = 0) -> Agreement:
        agreement = Agreement(await connect(), ShowClock(ahead=ahead).now, node, every=0.02)
        tasks.append(asyncio.create_task(agreement.run()))
        return agreement

    yield start
    for task in tasks:
        await end(task)


def test_show_time_never_goes_back() -> None:
    clock = ShowClock()
    times = [clock.now() for _ in range(10_000)]
    assert times == sorted(times)


def test_show_time_does_not_follow_a_step_of_the_wall_clock(monkeypatch) -> None:
    clock = ShowClock()
    before = clock.now()
    monkeypatch.setattr("time.time_ns", lambda: 0)
    assert clock.now() >= before


def test_a_machine_that_was_suspended_goes_on_with_the_right_time() -> None:
    timer = iter([0, 1_000_000, 3_600_000_000_000])
    clock = ShowClock(lambda: next(timer))
    before = clock.now()
    assert clock.now() - before == 3_600_000_000 - 1_000
    if hasattr(time, "CLOCK_BOOTTIME"):
        assert abs(ShowClock().now() - ShowClock().now()) < 5 * MS


def test_a_timer_that_goes_back_stops_show_time_until_it_is_there_again() -> None:
    timer = iter([0, 5_000_000, 2_000_000, 6_000_000])
    clock = ShowClock(lambda: next(timer))
    first, second, third = clock.now(), clock.now(), clock.now()
    assert (second, third) == (first, first + 1 * MS)


def test_a_long_way_explains_a_difference_up_to_its_round_trip() -> None:
    peer = Peer()
    peer.ways.append((180 * MS, -20 * MS))
    assert peer.ahead == 0
    peer.ways.append((60 * MS, 50 * MS))
    assert peer.ahead == 50 * MS
    behind = Peer()
    behind.ways.append((-40 * MS, -200 * MS))
    assert behind.ahead == -40 * MS


async def test_nodes_whose_clocks_are_150_ms_apart_say_so_with_both_names(agree) -> None:
    with capture_logs() as logs:
        right, wrong = await agree("api-1"), await agree("engine-2", ahead=150 * MS)
        await until(lambda: len(right.peers) == len(wrong.peers) == 1)
        await until(lambda: right.peers["engine-2"].warned and wrong.peers["api-1"].warned)
    assert 130 * MS < right.peers["engine-2"].ahead <= 150.5 * MS
    assert -150.5 * MS <= wrong.peers["api-1"].ahead < -130 * MS
    assert right.worst > 130 * MS
    warnings = [entry for entry in logs if entry["log_level"] == "warning"]
    assert {(entry["node"], entry["other"]) for entry in warnings} == {
        ("api-1", "engine-2"),
        ("engine-2", "api-1"),
    }
    assert all(130 < abs(entry["ahead_ms"]) < 151 for entry in warnings)


async def test_nodes_with_the_same_clock_agree_and_keep_silent(agree) -> None:
    with capture_logs() as logs:
        nodes = [await agree(name) for name in ("api-1", "engine-2", "media-3")]
        await until(
            lambda: all(
                len(node.peers) == 2 and min(len(p.ways) for p in node.peers.values()) > 3 for node in nodes
            )
        )
    assert max(node.worst for node in nodes) < 5 * MS
    assert not logs


async def test_whoever_asks_once_hears_how_far_each_node_is_ahead(agree, connect) -> None:
    await agree("api-1")
    await agree("engine-2", ahead=150 * MS)
    ahead = await compare(await connect(), ShowClock().now, "doctor", patience=1.0)
    assert abs(ahead["api-1"]) < 5 * MS
    assert 130 * MS < ahead["engine-2"] <= 150.5 * MS
