"""Show time."""

from oncue.engine.live import ShowClock


def test_show_time_never_goes_back() -> None:
    clock = ShowClock()
    times = [clock.now() for _ in range(10_000)]
    assert times == sorted(times)


def test_show_time_does_not_follow_a_step_of_the_wall_clock(monkeypatch) -> None:
    clock = ShowClock()
    before = clock.now()
    monkeypatch.setattr("time.time_ns", lambda: 0)
    assert clock.now() >= before
