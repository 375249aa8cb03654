"""How a rehearsal is told: on the terminal, as a page, for CI."""

import io
import re
from xml.etree import ElementTree as ET

import msgspec
import pytest
from rich.console import Console

from oncue.api.bots import Count, Figures
from oncue.api.rehearsal.ground import Said, read_said
from oncue.api.rehearsal.junit import junit_xml
from oncue.api.rehearsal.meter import Process, Reading
from oncue.api.rehearsal.page import page
from oncue.api.rehearsal.plots import Row, Scale, lines, rows, short, strips
from oncue.api.rehearsal.report import VERSION, Check, Fared, Handler, Moment, Rehearsed, Spread, Trick
from oncue.api.rehearsal.spool import Spool
from oncue.api.rehearsal.terminal import show
from oncue.api.rehearsal.trolls import Heckle
from oncue.engine.wire import Place, PlayoutInfo, RoundInfo
from oncue.formats.checks import Finding

EVIL = "<script>alert('Bob')</script>&\"[red]"
FIGURES = Figures(
    *(3, 9, 9, 1, 100.0, 90.0, 1.0, 10.0, 20.0, 30.0, 40.0, 5, 3, 0, 0, {}, {}, 1.0),
    PlayoutInfo(0.5, 0, 900_000, 900_000, 3),
)
SPREAD = Spread(9, 10.0, 20.0, 30.0, 31.0)


def report(**other) -> Rehearsed:
    checks = [
        Check("came", "Everybody who comes gets in", "pass", "3 of 3 viewers came"),
        Check("cheaters", "Cheaters gain no more than the cap", "skip", "there were none"),
        Check("leaks", "Nobody is sent a secret", "fail", f"1 leak: {EVIL}", [f"leak at {EVIL}"]),
        Check("receipts", "Receipts come soon", "pass", "p99 30 ms", [], 30.0, 1000.0, "ms"),
        Check("scenes", "Scenes come soon", "pass", "p99 30 ms", [], 30.0, 1000.0, "ms"),
        Check("memory", "Memory does not grow", "pass", "+3 MB", [], 3.0, 64.0, "MB"),
    ]
    fared = Fared(
        "home", "at home", ["wifi"], 3, 0, 0, 0, 100.0, 9, {"poll/late": 1}, 0,
        SPREAD, SPREAD, SPREAD, SPREAD, 900.0, 1800.0, 0.01, [900.0, 900.0, 1200.0],
    )  # fmt: skip
    place = Place(7, EVIL, 900_000)
    judged = RoundInfo("s1", 1, EVIL, 0, 5_000_000, 3, 2, winner=place, by_receipt=place, cap=3_000_000)
    made = Rehearsed(
        version=VERSION, oncue="1.2.3", what=EVIL, started="2026-01-02T03:04:05+00:00", seconds=12.0, seed=1,
        bots=3, passed=False, done=True, interrupted=False, picture="test", target_ms=900.0, cap_ms=3000.0,
        checks=checks, profiles=[fared], rounds=[judged], tricks=[Trick("forges positions", 2, 12.0, 1)],
        pranks=[Heckle(f"the name {EVIL}", "name/bad", 12.0)], handlers=[Handler("s1", EVIL, "vote", 3, 0.1, 2.0, 0)],
        findings=[Finding("leak", EVIL, 3, EVIL)], promises=Count(receipts=9, counted=9), audience=FIGURES,
        processes=[Process("api", 100.0, 103.0, 104.0, 3.0, 0.1, [Reading(0.0, 100.0, 0.1), Reading(1.0, 103.0, 0.2)])],
        timeline=[Moment(0, 3, 0, 3, 10.0, 12.0), Moment(1, 6, 1, 3, None, None)],
        logged=[Said("error", "engine", EVIL)], pressed=4, kept_mb=0.1,
    )  # fmt: skip
    return msgspec.structs.replace(made, **other)


def printed(made: Rehearsed, width: int = 100) -> str:
    out = io.StringIO()
    show(made, Console(file=out, width=width))
    return out.getvalue()


def test_the_page_escapes_whatever_came_from_outside():
    drawn = page(report())
    assert "<script" not in drawn
    assert "&lt;script&gt;" in drawn


def test_the_page_needs_nothing_else():
    drawn = page(report())
    assert re.findall(r"(?:src|href)=|url\(|@import|https?://", drawn) == []
    assert "default-src 'none'" in drawn


def test_every_plot_has_words_and_its_figures_behind_it():
    drawn = page(report())
    figures = re.findall(r"<figure>.*?</figure>", drawn, re.DOTALL)
    assert len(figures) == 8
    for one in figures:
        assert re.search(r'role="img" aria-label="[^"]{10,}"', one)
        assert "<table>" in one
        assert "nan" not in one.lower().replace("finance", "")


def test_a_page_without_anything_that_happened_is_a_page_too():
    bare = page(report(profiles=[], rounds=[], tricks=[], pranks=[], handlers=[], processes=[], timeline=[]))
    assert "1 of 5 checks failed" in bare


def test_the_terminal_says_what_failed_and_takes_nothing_for_markup():
    said = printed(report())
    assert "failed: 1 of 5 checks (leaks)" in said
    assert "[red]" in said
    assert "✗" in said


def test_the_terminal_says_that_all_is_well():
    good = [one for one in report().checks if one.verdict != "fail"]
    assert "passed: all 4 checks" in printed(report(checks=good, passed=True))


@pytest.mark.parametrize("width", [40, 80, 200])
def test_lines_fit_the_terminal(width):
    assert max(map(len, printed(report(), width).splitlines())) <= width


def test_ci_reads_the_checks_as_tests():
    suite = ET.fromstring(junit_xml(report(what="a\x00b")))
    assert (suite.get("tests"), suite.get("failures"), suite.get("skipped")) == ("6", "1", "1")
    assert suite.find("testcase/failure") is not None


def test_a_scale_has_round_ticks_that_hold_everything():
    for most in (0.0, 0.013, 1.0, 7.3, 99.0, 100.0, 1234.5, 80_000.0):
        scale = Scale(most, 0, 100)
        assert 2 <= len(scale.ticks) <= 7
        assert scale.ticks[-1] >= most
        assert scale(scale.ticks[-1]) == 100
    assert Scale(50.0, 0, 100)(1e9) == 100


def test_figures_are_short():
    assert [short(one) for one in (0.0, 0.123, 12.0, 1234.5, 45_678.0)] == [
        "0",
        "0.123",
        "12",
        "1,234",
        "46k",
    ]


def test_plots_bear_having_nothing():
    assert rows([], unit="ms")[1] > 0
    assert strips([Row("home", ())], unit="ms")[1] > 0
    assert lines([], unit="ms")


def test_what_a_node_logs_as_wrong_is_read_once_with_how_often_it_came():
    log = (
        '{"event": "fine", "level": "info"}\n'
        + 2 * '{"event": "bad", "level": "error", "role": "api", "code": "x/y"}\n'
    )
    log += "WARNING asyncio something\nTraceback (most recent call last):\n  File\nhello\n[1, 2]\n"
    assert read_said(log) == [
        Said("error", "api", "bad code=x/y", 2),
        Said("warning", "", "asyncio something"),
        Said("error", "", "Traceback (most recent call last):"),
    ]


def test_what_many_receive_is_kept_once_and_what_is_private_for_each(tmp_path):
    spool = Spool(tmp_path / "received")
    scene, private, pong = (
        b'{"op":"scene","seq":1}',
        b'{"op":"private","seq":1}',
        b'{"op":"pong","t0":1.5,"t1":2,"t2":3}',
    )
    for viewer in (1, 2):
        for frame in (scene, scene, private, pong):
            spool.keep(viewer, frame)
    assert spool.received == 8
    assert list(spool.frames()) == [(1, scene), (1, private), (2, private)]
    spool.close()


def test_a_receipt_with_more_in_it_than_figures_is_kept(tmp_path):
    spool = Spool(tmp_path / "received")
    odd = b'{"op":"got","n":1,"seq":2,"right":3}'
    spool.keep(1, odd)
    assert list(spool.frames()) == [(1, odd)]
    spool.close()
