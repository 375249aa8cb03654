"""Whether a rehearsal went well: everything that was promised, looked at one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from importlib.metadata import version

from .evening import Limits, Went
from .figures import fared, gains, handlers, round_trip, spread_of, steady, timeline, tricks
from .findings import findings
from .ground import Ground
from .report import VERSION, Check, Rehearsed, Verdict
from .spool import Spool

EXAMPLES = 8
OFTEN, HANG_MS = 0.25, 250.0
"""A handler is slow that is over its budget that often, or once by so much: a busy machine makes any of them wait now and then."""
MEASURED_MS = 50.0
"""What the bots' own measuring may be wrong by."""


class Case:
    """All that is known of a rehearsal, worked out once."""

    def __init__(self, went: Went, ground: Ground, spool: Spool) -> None:
        self.went = went
        self.ground = ground
        self.spool = spool
        self.limits: Limits = went.options.limits
        self.profiles = fared(went)
        self.gains = gains(went)
        self.handlers = handlers(went.desk)
        self.findings = findings(went, ground, spool)

    @property
    def cap_ms(self) -> float | None:
        """What a cheater could have gained at the most."""
        return max((one.cap for one in self.went.rounds), default=0) / 1000 or None

    def found(self, *kinds: str) -> list[str]:
        """Findings of these kinds, as lines."""
        return [str(one) for one in self.findings if one.kind in kinds]


def verdict(went: Went, ground: Ground, spool: Spool) -> Rehearsed:
    """The report. May take seconds: the log is played several times."""
    case = Case(went, ground, spool)
    checks = [look(case) for look in CHECKS]
    options = went.options
    return Rehearsed(
        version=VERSION,
        oncue=version("oncue"),
        what=options.what,
        started=went.started,
        seconds=went.seconds,
        seed=options.seed,
        bots=options.bots,
        passed=all(one.verdict != "fail" for one in checks),
        done=went.done,
        interrupted=went.interrupted,
        picture=str(options.show.get("picture", "")),
        target_ms=went.figures.playout.target / 1000,
        cap_ms=case.cap_ms,
        checks=checks,
        profiles=case.profiles,
        rounds=went.rounds,
        tricks=tricks(went),
        pranks=went.pranks,
        handlers=case.handlers,
        findings=case.findings,
        promises=went.promises,
        audience=went.figures,
        processes=went.processes,
        timeline=timeline(went),
        logged=went.said,
        pressed=went.pressed,
        kept_mb=round(spool.bytes / 1e6, 2),
    )


def _came(case: Case) -> Check:
    figures = case.went.figures
    details = [f"{code}: {times} could not come" for code, times in figures.problems.items()]
    late = sum(bot.late and not bot.joined for _, bot in case.went.people)
    said = f"{figures.viewers} of {case.went.options.bots} viewers came"
    if late:
        said += f", {late} would have come later"
    title = "Everybody who comes gets in"
    if case.went.interrupted and not details and figures.absent > late:
        return Check("came", title, "skip", f"{said} before it was stopped")
    return _check("came", title, said, figures.absent <= late, details)


def _promise(name: str, title: str, said: str) -> Callable[[Case], Check]:
    """A check of one of the promises that `count` looks at."""

    def look(case: Case) -> Check:
        promises = case.went.promises
        broken: int = getattr(promises, name)
        details = [line for line in promises.broken if line.startswith(name)]
        words = said.format(receipts=promises.receipts, refused=promises.refused, broken=broken)
        return _check(name, title, words, not broken, details, (broken, 0, ""))

    return look


def _results(case: Case) -> Check:
    promises, doubled = case.went.promises, case.found("double")
    details = [line for line in promises.broken if line.startswith("wrong")] + doubled
    said = f"{promises.wrong} tables differ from what the viewers themselves know"
    if doubled:
        said += f", and {_many(len(doubled), 'place')} where the same counts twice"
    return _check("results", "Results are right", said, not details and not promises.wrong, details)


def _fair(case: Case) -> Check:
    title = "Cheaters gain no more than the cap"
    tried = [one for one in case.gains if one[0]]
    cap = case.cap_ms
    if not case.went.rounds or cap is None:
        return Check("cheaters", title, "skip", "no round was judged")
    if not tried:
        return Check("cheaters", title, "skip", "there were no cheaters, or none of them answered")
    trick, _, gain = max(tried, key=lambda one: one[2])
    said = f"{len(tried)} answers of cheaters, who gained {gain:.0f} ms at the most ({trick}); the cap is {cap:.0f} ms"
    return _check("cheaters", title, said, gain <= cap + MEASURED_MS, [], (gain, cap, "ms"))


def _believed(case: Case) -> Check:
    title = "Who is honest is believed"
    honest = [one for one in case.gains if not one[0]]
    if not honest:
        return Check("honest", title, "skip", "no round was judged")
    off = [abs(gain) for _, _, gain in honest]
    doubted = sum(one > MEASURED_MS for one in off) / len(off)
    robbed = sum(one.robbed for one in case.went.rounds)
    said = (
        f"of {len(honest)} answers {doubted:.1%} count for another moment than that of the picture (p95 {_p95(off):.0f} ms off);"
        f" by the server's clock {robbed} would have come too late"
    )
    limit = case.limits.doubted
    return _check("honest", title, said, doubted <= limit, [], (round(doubted, 4), limit, ""))


def _p95(values: Sequence[float]) -> float:
    return sorted(values)[min(int(0.95 * len(values)), len(values) - 1)]


def _leaks(case: Case) -> Check:
    details = case.found("leak", "private")
    spool = case.spool
    looked = f"{spool.received} messages, {spool.bytes / 1e6:.1f} MB"
    if spool.missed:
        looked += f" ({spool.missed} were too many to be kept)"
    if not case.went.messages:
        looked += "; the log of this node is not ours to read, so only tokens and keys were looked for"
    said = f"{_many(len(details), 'leak')} in what viewers received: {looked}"
    return _check("leaks", "Nobody is sent a secret", said, not details, details)


def _replay(case: Case) -> Check:
    title = "The log plays again to the same"
    if not case.went.messages:
        return Check("replay", title, "skip", "the log of this node is not ours to read")
    details = case.found("replay", "random", "clock", "outside", "state")
    said = f"{len(case.went.messages)} messages of the log, {_many(len(details), 'difference')}"
    return _check("replay", title, said, not details, details)


def _errors(case: Case) -> Check:
    went = case.went
    faults = went.desk.faults if went.desk else ()
    details = [f"{one.segment}/{one.action} at {one.where}: {one.message}" for one in faults]
    details += [f"{one.role} {one.level}, {one.times} times: {one.what}" for one in went.said]
    details += [f"HTTP {what}, {times} times" for what, times in went.failed.items()]
    details += case.found("fault", "views", "stale")
    said = (
        f"{_many(len(faults), 'fault')} of formats, {_many(sum(one.times for one in went.said), 'line')} of warnings and errors"
        f" in the node's log, {sum(went.failed.values())} answers with 5xx"
    )
    if case.ground.log is None:
        said += "; the log of this node is not ours to read"
    return _check("errors", "Nothing fails", said, not details, details)


def _trolls(case: Case) -> Check:
    title = "Trolls are told so, and harm nobody"
    pranks = case.went.pranks
    if not pranks:
        return Check("trolls", title, "skip", "there were no trolls, or they had no time")
    unclear = [one for one in pranks if not one.clear]
    details = [f"{one.what}: {one.code or 'no answer'}" for one in unclear]
    said = f"{len(pranks)} messages that must not be, {len(pranks) - len(unclear)} of them answered by a clear error or harmless"
    return _check("trolls", title, said, not unclear, list(dict.fromkeys(details)))


def _receipts(case: Case) -> Check:
    took = [
        max(deed.receipt - deed.sent - round_trip(place), 0.0)
        for place, bot in case.went.people
        for deed in steady([bot])
        if deed.receipt
    ]
    return _times(
        "receipts", "Receipts come soon", "beyond the network's round trip", took, case.limits.p99_ms
    )


def _scenes(case: Case) -> Check:
    took = [
        deed.scene - deed.sent
        for deed in steady(bot for _, bot in case.went.people)
        if deed.scene and not deed.refused
    ]
    said = "until a scene that reflects it"
    return _times("scenes", "Scenes come soon", said, took, case.limits.scene_p99_ms)


def _times(name: str, title: str, what: str, seconds: list[float], limit: float) -> Check:
    found = spread_of(seconds)
    if found.p99 is None:
        return Check(name, title, "skip", "nobody did anything")
    said = (
        f"p50 {found.p50:.0f}, p95 {found.p95:.0f}, p99 {found.p99:.0f} ms {what}, of {found.count} actions"
    )
    return _check(name, title, said, found.p99 <= limit, [], (found.p99, limit, "ms"))


def _step(case: Case) -> Check:
    title = "Pictures are in step"
    playout = case.went.figures.playout
    seen = playout.in_step + playout.late + playout.beyond
    if not seen:
        return Check("step", title, "skip", "nobody had a picture")
    good = (playout.in_step + playout.late) / seen
    said = (
        f"at {playout.target / 1000:.0f} ms: {playout.in_step} in step, {playout.late} in the lane behind, {playout.beyond} beyond,"
        f" {playout.blind} without a picture"
    )
    limit = case.limits.in_step
    return _check("step", title, said, good >= limit, [], (round(good, 3), limit, ""))


def _slow(case: Case) -> Check:
    title = "Handlers are quick"
    slow = [
        one for one in case.handlers if one.over >= one.count * OFTEN or (one.over and one.most_ms >= HANG_MS)
    ]
    details = [
        f"{one.segment}/{one.action} ({one.format}) took up to {one.most_ms:.0f} ms, {one.over} of {one.count} times over its budget"
        for one in slow
    ] + case.found("slow")
    if not case.handlers and not details:
        return Check("slow", title, "skip", "the node does not say what handlers take")
    most = max(case.handlers, key=lambda one: one.most_ms, default=None)
    said = f"{_many(len(details), 'handler')} over the budget"
    if most:
        said += f"; what took longest is {most.segment}/{most.action} with {most.most_ms:.1f} ms, {most.mean_ms:.1f} ms on the average"
    return _check("slow", title, said, not details, details)


def _memory(case: Case) -> Check:
    title = "Memory does not grow"
    roles = [one for one in case.went.processes if one.name != "audience"]
    if not roles:
        return Check("memory", title, "skip", "the processes of this node are not ours to look at")
    most = max(roles, key=lambda one: one.grown_mb)
    said = ", ".join(f"{one.name} {one.end_mb:.0f} MB ({one.grown_mb:+.0f})" for one in roles)
    limit = case.limits.growth_mb
    return _check("memory", title, said, most.grown_mb <= limit, [], (most.grown_mb, limit, "MB"))


def _played(case: Case) -> Check:
    went = case.went
    title = "The rundown is played to its end"
    if not went.done and (went.options.seconds or went.interrupted):
        return Check("played", title, "skip", f"it was to end after {went.seconds:.0f} s")
    return _check(
        "played", title, f"{went.pressed} buttons were pressed in {went.seconds:.0f} s", went.done, []
    )


CHECKS: tuple[Callable[[Case], Check], ...] = (
    _came,
    _played,
    _promise("lost", "No receipt is lost", "{broken} of {receipts} receipts lost"),
    _promise("doubled", "Nothing counts twice", "{broken} of {receipts} actions doubled"),
    _promise(
        "unheard",
        "Who is refused hears so",
        "{broken} of {refused} refusals unheard",
    ),
    _promise("misled", "What is told is true", "{broken} were told that it does not count, and it does"),
    _results,
    _fair,
    _believed,
    _leaks,
    _replay,
    _errors,
    _trolls,
    _slow,
    _receipts,
    _scenes,
    _step,
    _memory,
)
"""All that is looked at, in the order of the report."""


def _check(
    name: str,
    title: str,
    said: str,
    good: bool,
    details: Iterable[str],
    figure: tuple[float, float, str] | None = None,
) -> Check:
    value, limit, unit = figure or (None, None, "")
    lines = list(details)
    if len(lines) > EXAMPLES:
        lines = [*lines[:EXAMPLES], f"and {len(lines) - EXAMPLES} more"]
    passed: Verdict = "pass" if good else "fail"
    return Check(name, title, passed, said, lines, value, limit, unit)


def _many(count: int, what: str) -> str:
    return f"{count or 'no'} {what}{'' if count == 1 else 's'}"
