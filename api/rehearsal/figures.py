"""Figures of a rehearsal: by profile, by trick, and by the second."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from statistics import fmean

from oncue.api.bots.bot import Bot
from oncue.api.bots.line import Deed
from oncue.api.bots.venue import Answer, LogLine
from oncue.api.lab import Traffic
from oncue.engine.wire import DeskMsg, RoundInfo

from .evening import Went
from .profiles import Place
from .report import Fared, Handler, Moment, Spread, Trick

NEAR_MS = 0.2
"""Ages come rounded to a tenth of a millisecond."""


def spread_of(seconds: Iterable[float]) -> Spread:
    """Percentiles of times in seconds."""
    ranked = sorted(seconds)
    if not ranked:
        return Spread(0)
    p50, p95, p99 = (
        round(1000 * ranked[min(int(len(ranked) * share), len(ranked) - 1)], 1) for share in (0.5, 0.95, 0.99)
    )
    return Spread(len(ranked), p50, p95, p99, round(1000 * ranked[-1], 1))


def steady(bots: Iterable[Bot]) -> list[Deed]:
    """What was done in the show and went its way at once: neither joining nor what a link that was gone has held up."""
    return [deed for bot in bots for deed in bot.deeds.values() if deed.segment and not deed.cut]


def fared(went: Went) -> list[Fared]:
    """How each profile fared, in the order in which they were given."""
    by_profile: dict[str, list[tuple[Place, Bot]]] = defaultdict(list)
    for place, bot in went.people:
        by_profile[place.profile.name].append((place, bot))
    return [_fared(went, by_profile[one.name]) for one in went.options.profiles if by_profile[one.name]]


def _fared(went: Went, people: Sequence[tuple[Place, Bot]]) -> Fared:
    profile = people[0][0].profile
    bots = [bot for _, bot in people]
    there = [bot for bot in bots if bot.in_show]
    seeing = [bot for bot in there if bot.need]
    deeds = [deed for bot in bots for deed in bot.deeds.values() if deed.segment]
    judged = [answer for bot in bots if bot.joined for _, answer in went.answers.get(bot.joined.viewer, ())]
    receipts = [
        (deed.receipt - deed.sent, round_trip(place))
        for place, bot in people
        for deed in steady([bot])
        if deed.receipt
    ]
    return Fared(
        profile=profile.name,
        doc=profile.doc,
        networks=sorted({place.network for place, _ in people}),
        viewers=len(there),
        absent=len(bots) - len(there),
        late=sum(bot.need > bot.target for bot in seeing),
        blind=len(there) - len(seeing),
        frames=round(fmean([bot.watch.frames if bot.watch else 0 for bot in there]), 1) if there else 0.0,
        actions=len(deeds),
        refused=dict(Counter(deed.refused for deed in deeds if deed.refused)),
        reconnects=sum(max(bot.line.connections - 1, 0) for bot in bots if bot.line),
        delay=spread_of(bot.delay / 1e6 for bot in seeing),
        receipt=spread_of(took for took, _ in receipts),
        beyond=spread_of(max(took - way, 0.0) for took, way in receipts),
        scene=spread_of(deed.scene - deed.sent for deed in steady(bots) if deed.scene and not deed.refused),
        age_ms=round(fmean([one.age_ms for one in judged]), 1) if judged else None,
        received_ms=round(fmean([one.received_ms for one in judged]), 1) if judged else None,
        lost=_lost(went.traffic.get(profile.name, ())),
        delays=sorted(round(bot.delay / 1000, 1) for bot in seeing),
    )


def round_trip(place: Place) -> float:
    """Of the network alone, in seconds."""
    return (place.path.up_ms + place.path.down_ms) / 1000


def _lost(traffic: Iterable[Traffic]) -> float:
    flows = [flow for one in traffic for flow in (one.up, one.down)]
    lost = sum(flow.lost + flow.overflowed for flow in flows)
    return round(lost / max(lost + sum(flow.packets for flow in flows), 1), 4)


def gains(went: Went) -> list[tuple[str, Answer, float]]:
    """By how much (ms) each answer was judged younger than it was, with the trick of who gave it (empty: honest). What was sent again
    after the link was gone is not among them: nobody can vouch for that."""
    log: dict[tuple[int, str], list[LogLine]] = defaultdict(list)
    for line in went.log:
        log[line.viewer, line.segment].append(line)
    found = []
    for place, bot in went.people:
        viewer = bot.joined.viewer if bot.joined else 0
        for judged, answer in went.answers.get(viewer, ()):
            deed = _deed(bot, log[viewer, judged.segment], judged, answer)
            if deed is not None and deed.true and not deed.cut:
                true = (deed.true - judged.opened) / 1000
                found.append((place.trick, answer, round(true - answer.age_ms, 1)))
    return found


def _deed(bot: Bot, lines: Sequence[LogLine], judged: RoundInfo, answer: Answer) -> Deed | None:
    """What a judged answer was: known by when it came in."""
    for line in lines:
        received = (line.at - judged.opened) / 1000
        if line.outcome == "counted" and abs(received - answer.received_ms) < NEAR_MS:
            return bot.deeds.get(line.number)
    return None


def tricks(went: Went) -> list[Trick]:
    """What each trick has brought."""
    by_trick: dict[str, list[tuple[Answer, float]]] = defaultdict(list)
    for trick, answer, gain in gains(went):
        by_trick[trick].append((answer, gain))
    tried = dict.fromkeys(place.trick for place, _ in went.people if place.trick)
    return [
        Trick(
            trick,
            len(by_trick[trick]),
            max((gain for _, gain in by_trick[trick]), default=None),
            sum(answer.clipped_ms > 0 for answer, _ in by_trick[trick]),
        )
        for trick in tried
    ]


def handlers(desk: DeskMsg | None) -> list[Handler]:
    """What the show's owner says that formats' handlers and views take: what is over its budget first, then the slowest."""
    if desk is None:
        return []
    formats = {one.id: one.format for one in desk.rundown}
    found = [
        Handler(
            segment=one.segment,
            format=formats.get(one.segment, ""),
            action=one.name,
            count=one.count,
            mean_ms=round(one.mean / 1000, 3),
            most_ms=round(one.most / 1000, 2),
            over=one.over,
        )
        for one in desk.costs
    ]
    return sorted(found, key=lambda one: (-one.over, -one.most_ms))


def timeline(went: Went) -> list[Moment]:
    """Second by second."""
    seconds: dict[int, list[Deed]] = defaultdict(list)
    arrived: Counter[int] = Counter()
    for _, bot in went.people:
        for deed in bot.deeds.values():
            t = int(deed.sent - went.begun)
            seconds[t].append(deed)
            arrived[t] += not deed.segment and deed.do.get("type") == "join" and not deed.refused
    viewers, found = 0, []
    for t in range(max(seconds, default=-1) + 1):
        deeds = seconds[t]
        viewers += arrived[t]
        took = spread_of(deed.receipt - deed.sent for deed in deeds if deed.receipt and not deed.cut)
        found.append(
            Moment(t, len(deeds), sum(bool(deed.refused) for deed in deeds), viewers, took.p50, took.p99)
        )
    return found
