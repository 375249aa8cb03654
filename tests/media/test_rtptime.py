"""RTP timestamps as show time."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from oncue.media.rtptime import BELIEVED, NTP_UNIX_S, SPAN, SPANS, Line, Offset, ntp_of, unix_micros

NOW = 1_800_000_000_000_000


def test_ntp_times_go_there_and_back():
    assert unix_micros(NTP_UNIX_S << 32) == 0
    assert all(abs(unix_micros(ntp_of(NOW + part)) - NOW - part) <= 1 for part in (0, 1, 499_999, 999_999))


@given(st.integers(0, (1 << 32) - 1), st.lists(st.integers(-5_000, 900_000), max_size=50))
def test_timestamps_go_on_where_they_wrap_around(first, steps):
    line, whole = Line(90_000), first
    assert line.unwrap(first) == first
    top = first
    for step in steps:
        whole = top + step
        assert line.unwrap(whole & 0xFFFFFFFF) == whole
        top = max(top, whole)


def test_stamps_follow_the_samples_exactly_whatever_reports_jitter():
    line = Line(48_000)
    line.report(NOW, 0)
    for second in range(1, 20):
        line.report(NOW + second * 1_000_000 + (-1) ** second * 2_000, second * 48_000)
    stamps = [line.at(ticks) for ticks in range(0, 48_000, 960)]
    assert {after - before for before, after in itertools.pairwise(stamps)} == {20_000}


def test_a_clock_that_runs_off_is_followed():
    line = Line(90_000)
    for second in range(600):
        line.report(NOW + second * 1_000_100, second * 90_000)
    assert abs(line.at(599 * 90_000) - NOW - 599 * 1_000_100) < 5_000


def test_without_reports_what_came_quickest_counts_until_the_first_report():
    line = Line(90_000)
    for number, late in enumerate((30_000, 50_000, 10_000)):
        line.guess(NOW + number * 33_333 + late, number * 3_000)
    assert abs(line.at(0) - NOW - 10_000) <= 1
    line.report(NOW - 7_000, 0)
    line.guess(NOW + 500_000, 30_000)
    assert line.at(0) == NOW - 7_000


def test_a_clock_that_agrees_is_believed_and_a_foreign_one_is_set_by_what_is_quickest():
    own, ahead, behind = Offset(), Offset(), Offset()
    for number, late in enumerate((80_000, 35_000, 60_000)):
        now = NOW + number * 33_333
        own.heard(now - late, now)
        ahead.heard(now - late + 3_600_000_000, now)
        behind.heard(now - late - 3_600_000_000, now)
    assert own.value == 0
    assert ahead.value == 35_000 - 3_600_000_000
    assert behind.value == 35_000 + 3_600_000_000


def test_what_was_quickest_counts_for_a_minute():
    offset = Offset()
    offset.heard(NOW - BELIEVED - 50_000, NOW)
    later = NOW + SPANS * SPAN + 1
    for at in range(NOW, later + 1, SPAN):
        offset.heard(at - BELIEVED - 90_000, at)
    assert offset.value == BELIEVED + 90_000
