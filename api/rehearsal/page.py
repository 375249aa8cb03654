"""The report of a rehearsal as one page: it needs nothing else, neither a network nor a script."""

from __future__ import annotations

from html import escape

from . import plots
from .meter import Process
from .plots import Row, Series, figure, legend, table
from .report import Check, Rehearsed
from .style import CSS

MARKS = {
    "pass": '<path d="M5 13l4.5 4.5L19 7.5"/>',
    "fail": '<path d="M6.5 6.5l11 11m0-11l-11 11"/>',
    "skip": '<path d="M6 12h12"/>',
}
WORDS = {"pass": "passed", "fail": "failed", "skip": "not looked at"}


def page(report: Rehearsed) -> str:
    """HTML. Whatever came from outside (names, titles, errors) is escaped."""
    body = "".join(
        (
            _head(report),
            f'<h2>What was looked at</h2><ul class="checks">{"".join(map(_check, report.checks))}</ul>',
            f'<h2>How it went</h2><div class="plots">{_plots(report)}</div>',
            _tables(report),
            f"<footer>oncue {escape(report.oncue)}, report version {report.version}. Times in ms unless it says otherwise.</footer>",
        )
    )
    title = f"{'Passed' if report.passed else 'Failed'}: rehearsal of {report.what}"
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>{escape(title)}</title><style>{CSS}</style></head><body><main>{body}</main></body></html>\n"
    )


def _head(report: Rehearsed) -> str:
    failed = sum(one.verdict == "fail" for one in report.checks)
    looked = sum(one.verdict != "skip" for one in report.checks)
    verdict = "pass" if report.passed else "fail"
    words = f"{failed} of {looked} checks failed" if failed else f"All {looked} checks passed"
    facts = [
        report.started.replace("T", " ").replace("+00:00", " UTC"),
        f"{report.seconds:.0f} s" + (", stopped early" if report.interrupted else ""),
        f"{report.bots} simulated viewers",
        f"picture {report.picture or 'none'}",
        f"seed {report.seed}",
    ]
    return (
        f'<header><p class="kicker">Rehearsal</p><h1>{escape(report.what)}</h1>'
        f'<p class="verdict {verdict}">{escape(words)}</p><p class="meta">{escape(" · ".join(facts))}</p>'
        f'<ul class="tiles">{"".join(_tiles(report))}</ul></header>'
    )


def _tiles(report: Rehearsed) -> list[str]:
    promises = report.promises
    checks = {one.name: one for one in report.checks}
    gain = checks["cheaters"].value
    grown = checks["memory"].value
    tiles = [
        (str(report.audience.viewers), "viewers came"),
        (str(promises.receipts), "receipts"),
        (f"{promises.lost} / {promises.doubled}", "lost / doubled"),
        (_ms(checks["receipts"].value), "receipt p99, beyond the network"),
        (_ms(checks["scenes"].value), "scene p99"),
        (_ms(gain), f"a cheater gained at most; cap {_ms(report.cap_ms)}"),
        ("–" if grown is None else f"{grown:+.0f} MB", "memory of one process"),  # noqa: RUF001
    ]
    return [
        f'<li class="tile"><b>{escape(value)}</b><span>{escape(what)}</span></li>' for value, what in tiles
    ]


def _ms(value: float | None) -> str:
    return "–" if value is None else f"{value:,.0f} ms"  # noqa: RUF001


def _check(check: Check) -> str:
    details = "".join(f"<li>{escape(line)}</li>" for line in check.details)
    return (
        f'<li class="check {check.verdict}"><svg class="mark" viewBox="0 0 24 24" role="img"'
        f' aria-label="{WORDS[check.verdict]}">{MARKS[check.verdict]}</svg><div><h3>{escape(check.title)}</h3>'
        f"<p>{escape(check.said)}</p>{_gauge(check)}{f'<ul>{details}</ul>' if details else ''}</div></li>"
    )


def _gauge(check: Check) -> str:
    """How much of what is allowed was used."""
    if not check.limit or check.value is None or check.unit not in ("ms", "MB"):
        return ""
    share = min(max(check.value / check.limit, 0.0), 1.0)
    return f'<div class="gauge" aria-hidden="true"><i style="width:{share:.1%}"></i></div>'


def _plots(report: Rehearsed) -> str:
    drawn = [_actions(report), _receipts(report), _delays(report), _by_profile(report)]
    if report.rounds:
        drawn += [_ages(report), _winners(report)]
    if any(one.gain_most_ms is not None for one in report.tricks):
        drawn.append(_gains(report))
    if report.processes:
        drawn.append(_memory(report))
    return "".join(drawn)


def _actions(report: Rehearsed) -> str:
    names = ("actions", "of them refused")
    series = [
        Series(names[0], [(one.t, one.actions) for one in report.timeline]),
        Series(names[1], [(one.t, one.refused) for one in report.timeline]),
    ]
    behind = table(
        ("second", "viewers", *names),
        [(one.t, one.viewers, one.actions, one.refused) for one in report.timeline],
    )
    most = max((one.actions for one in report.timeline), default=0)
    said = f"{report.audience.sent} actions in all, {most} in the busiest second."
    return figure(
        "Actions each second", said, plots.bars(series, unit=""), behind, height=150, legend=legend(names)
    )


def _receipts(report: Rehearsed) -> str:
    names = ("half of them", "99 of 100")
    series = [
        Series(names[0], [(one.t, one.receipt_p50_ms) for one in report.timeline]),
        Series(names[1], [(one.t, one.receipt_p99_ms) for one in report.timeline]),
    ]
    behind = table(
        ("second", "p50", "p99"), [(one.t, one.receipt_p50_ms, one.receipt_p99_ms) for one in report.timeline]
    )
    said = "From pressing until the viewer knows that it is on disk and counts once, with the network's own time."
    return figure(
        "How soon receipts came",
        said,
        plots.lines(series, unit="ms"),
        behind,
        height=190,
        legend=legend(names),
    )


def _delays(report: Rehearsed) -> str:
    listed = [Row(one.profile, one.delays) for one in report.profiles if one.delays]
    drawn, height = plots.strips(listed, unit="ms", line=report.target_ms or None)
    behind = table(
        ("profile", "p50", "p95", "most", "late", "without a picture"),
        [
            (one.profile, one.delay.p50, one.delay.p95, one.delay.most, one.late, one.blind)
            for one in report.profiles
        ],
    )
    said = f"Each dot is a viewer. The line is the delay that all are to have, {report.target_ms:,.0f} ms."
    return figure("How far pictures were behind", said, drawn, behind, height=height)


def _by_profile(report: Rehearsed) -> str:
    names = ("p50", "p95", "p99")
    listed = [
        Row(one.profile, (one.receipt.p50, one.receipt.p95, one.receipt.p99)) for one in report.profiles
    ]
    drawn, height = plots.rows(listed, unit="ms")
    behind = table(
        ("profile", "actions", "p50", "p95", "p99", "beyond the network p99", "scene p95"),
        [
            (
                one.profile,
                one.actions,
                one.receipt.p50,
                one.receipt.p95,
                one.receipt.p99,
                one.beyond.p99,
                one.scene.p95,
            )
            for one in report.profiles
        ],
    )
    said = "What went its way at once; what phones sent again after they had slept is not in it."
    return figure("Receipts by profile", said, drawn, behind, height=height, legend=legend(names))


def _ages(report: Rehearsed) -> str:
    names = ("by their own picture, which counts", "by the server's clock")
    listed = [
        Row(one.profile, (one.age_ms, one.received_ms)) for one in report.profiles if one.age_ms is not None
    ]
    drawn, height = plots.rows(listed, unit="ms")
    behind = table(
        ("profile", "by the picture", "by the server's clock"), [(row.name, *row.marks) for row in listed]
    )
    said = "How long after the question people answered, on the average. Where the right dots differ, networks would decide."
    return figure("Fairness by profile", said, drawn, behind, height=height, legend=legend(names))


def _winners(report: Rehearsed) -> str:
    names = ("the winner, on their own picture", "who would have won by the server's clock")
    won = [one for one in report.rounds if one.winner]
    listed = [
        Row(
            one.title or f"{one.segment} {one.number}",
            tuple(place.age / 1000 if place else None for place in (one.winner, one.by_receipt)),
        )
        for one in won
    ]
    drawn, height = plots.rows(listed, unit="ms")
    behind = table(
        ("round", "winner", "after", "by the server's clock", "after"),
        [
            (
                row.name,
                *(
                    one.winner and one.winner.name,
                    row.marks[0],
                    one.by_receipt and one.by_receipt.name,
                    row.marks[1],
                ),
            )
            for row, one in zip(listed, won, strict=True)
        ],
    )
    changed = sum(one.winner.viewer != one.by_receipt.viewer for one in won if one.winner and one.by_receipt)
    said = f"In {changed} of {len(won)} rounds somebody else would have won by the server's clock."
    return figure("Fairness by round", said, drawn, behind, height=height, legend=legend(names))


def _gains(report: Rehearsed) -> str:
    listed = [
        Row(one.trick, (max(one.gain_most_ms, 0.0),)) for one in report.tricks if one.gain_most_ms is not None
    ]
    drawn, height = plots.rows(listed, unit="ms", line=report.cap_ms)
    behind = table(
        ("trick", "answers", "clipped", "gained at most"),
        [(one.trick, one.answers, one.clipped, one.gain_most_ms) for one in report.tricks],
    )
    said = f"The line is the cap, {_ms(report.cap_ms)}: what a claim can gain at the most, whatever it is."
    return figure("What cheaters gained", said, drawn, behind, height=height)


def _memory(report: Rehearsed) -> str:
    names = [one.name for one in report.processes]
    series = [
        Series(one.name, [(reading.t, reading.rss_mb) for reading in one.readings])
        for one in report.processes
    ]
    behind = table(
        ("process", "at first", "at the end", "most", "grown", "processor"),
        [_process(one) for one in report.processes],
    )
    said = "Memory of the node's processes, and of the one in which the viewers are."
    return figure("Memory", said, plots.lines(series, unit="MB"), behind, height=190, legend=legend(names))


def _process(one: Process) -> tuple[object, ...]:
    return one.name, one.begin_mb, one.end_mb, one.most_mb, one.grown_mb, f"{one.cpu:.0%}"


def _tables(report: Rehearsed) -> str:
    return "".join(
        (
            _section("Rounds", _rounds(report) if report.rounds else ""),
            _section("Who was there", _profiles(report)),
            _section("What the node logged", _logged(report) if report.logged else ""),
            _folded("What handlers and views take", _handlers(report) if report.handlers else ""),
            _folded("What trolls said, and what they were told", _pranks(report) if report.pranks else ""),
        )
    )


def _section(title: str, drawn: str) -> str:
    return f'<section class="card"><h2>{escape(title)}</h2>{drawn}</section>' if drawn else ""


def _folded(title: str, drawn: str) -> str:
    summary = f"<summary><h2>{escape(title)}</h2></summary>"
    return f'<section class="card"><details>{summary}{drawn}</details></section>' if drawn else ""


def _rounds(report: Rehearsed) -> str:
    heads = (
        "round",
        "winner",
        "by the server's clock",
        "answers",
        "right",
        "robbed",
        "gained",
        "lost",
        "clipped",
    )
    listed = [
        (
            one.title or f"{one.segment} {one.number}",
            one.winner.name if one.winner else None,
            one.by_receipt.name if one.by_receipt else None,
            *(one.answers, one.right, one.robbed, one.gained, one.lost, one.clipped),
        )
        for one in report.rounds
    ]
    words = (
        '<p class="meta">Robbed: in time on their own picture, too late by the server&#39;s clock. Gained and lost: places that this'
        " clock would have given and taken.</p>"
    )
    return words + table(heads, listed)


def _profiles(report: Rehearsed) -> str:
    heads = ("profile", "viewers", "away", "actions", "refused", "came back", "packets lost", "who they are")
    return table(
        heads,
        [
            (
                f"{one.profile} ({', '.join(one.networks)})",
                *(one.viewers, one.absent, one.actions, sum(one.refused.values()), one.reconnects),
                f"{one.lost:.1%}",
                one.doc,
            )
            for one in report.profiles
        ],
    )


def _handlers(report: Rehearsed) -> str:
    heads = ("handler", "times", "mean", "most", "over the budget")
    listed = [
        (f"{one.segment}/{one.action} ({one.format})", one.count, one.mean_ms, one.most_ms, one.over)
        for one in report.handlers
    ]
    return table(heads, listed)


def _pranks(report: Rehearsed) -> str:
    listed = [
        (one.what, one.code or "nothing", one.ms, "yes" if one.closed else "no", "yes" if one.clear else "NO")
        for one in report.pranks
    ]
    return table(("what", "answer", "after", "closed", "clear"), listed)


def _logged(report: Rehearsed) -> str:
    return table(
        ("line", "level", "role", "times"),
        [(one.what, one.level, one.role, one.times) for one in report.logged],
    )
