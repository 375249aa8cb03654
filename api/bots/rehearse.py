"""`oncue rehearse`: one's own show before the evening, with an audience on real people's networks."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from statistics import fmean
from typing import Any

import msgspec

from oncue.api.lab import Lab, Path, Traffic
from oncue.engine.errors import OncueError, Unavailable
from oncue.engine.wire import RoundInfo

from .bot import Bot
from .crowd import Crowd, percentile
from .demo import SMALL, SPARE, DemoOptions, Report, perform
from .networks import Neighbourhood, Share, read_networks, spread
from .script import script
from .terminal import rehearsed_for_people
from .venue import Answer, Venue

MANY = 20
"""A larger crowd on the same machine gets a smaller test picture: with networks every packet goes through one process more."""
WRITTEN_S = 5.0
"""How long after a round its answers may take to be written down."""


class RehearsalOptions(msgspec.Struct, frozen=True, kw_only=True):
    """`bots` viewers on `networks`; `show` is what `POST /api/shows` takes, as far as it is given: without a rundown the demo's is played,
    or (`format`) as much of it as is of that format. Ends after `seconds`, or (0) when the rundown is over. `json` says nothing but one
    line of JSON at the end. With the same `seed` bots and networks decide the same."""

    bots: int = 50
    networks: str = "wifi=60,4g=30,satellite=10"
    show: dict[str, Any] = {}
    format: str = ""
    seconds: float = 0.0
    json: bool = False
    picture: str = ""
    seed: int = 1


class Fared(msgspec.Struct, frozen=True):
    """How the viewers of one network fared. Times in ms, None where there is nothing to say.

    `delay`: of their pictures, `late` of them above the target, `blind` without a picture; `frames` came to each. `answers` were sent,
    `refused` of them by code. `age`: mean of what counts, from when a round opened on their own picture; `received`: what it would be by
    the server's clock. `lost`: the share of packets that their networks lost.
    """

    network: str
    path: Path
    viewers: int
    absent: int
    delay_p50_ms: float | None
    delay_p95_ms: float | None
    late: int
    blind: int
    frames: float
    answers: int
    refused: dict[str, int]
    receipt_p50_ms: float | None
    receipt_p95_ms: float | None
    age_ms: float | None
    received_ms: float | None
    lost: float


class Rehearsed(msgspec.Struct, frozen=True):
    """How the rehearsal went: the `show` as a demo has it, how each of the `networks` fared, and the fairness report of each of the
    `rounds`."""

    show: Report
    networks: list[Fared]
    rounds: list[RoundInfo]


async def rehearse(url: str, key: str, options: RehearsalOptions) -> int:
    """Rehearse a show on the node at `url` with this API key. Returns the exit code: 1 if a promise was broken."""
    shares = read_networks(options.networks)
    async with Venue(url, key) as venue:
        went = await _rehearse(venue, shares, options)
        with contextlib.suppress(OncueError):
            await venue.close()
    if options.json:
        sys.stdout.write(msgspec.json.encode(went).decode() + "\n")
        sys.stdout.flush()
    else:
        rehearsed_for_people(went)
    return 0 if went.show.promises.kept else 1


async def _rehearse(venue: Venue, shares: Sequence[Share], options: RehearsalOptions) -> Rehearsed:
    plan = script(options.seconds * SPARE)
    picture = options.picture or options.show.get("picture") or "test"
    demo = DemoOptions(
        bots=options.bots,
        autopilot=True,
        seconds=options.seconds,
        json=options.json,
        picture=SMALL if picture == "test" and options.bots > MANY else picture,
        seed=options.seed,
    )
    rundown = plan.rundown()
    if options.format:
        rundown = [line for line in rundown if line["format"] == options.format] or [
            {"format": options.format}
        ]
    await venue.make({"title": "Rehearsal", "rundown": rundown, **options.show, "picture": demo.source})
    await venue.staged()
    networks = spread(shares, options.bots)
    homes = Neighbourhood(venue, networks)
    async with Lab(seed=options.seed) as lab:
        await homes.settle(lab)
        async with Crowd(venue, options.bots, seed=options.seed, door=homes.join) as crowd:
            report = await perform(venue, crowd, plan, demo)
            traffic = [await viewer.traffic() for viewer in homes.viewers]
            rounds = await venue.fairness()
            answers = await _answers(venue, rounds)
            people = list(zip(networks, crowd.bots, traffic, strict=True))
            fared = [
                _fared(share, [one[1:] for one in people if one[0] is share], answers) for share in shares
            ]
    return Rehearsed(report, fared, rounds)


async def _answers(venue: Venue, rounds: Iterable[RoundInfo]) -> dict[int, list[Answer]]:
    """The answers of all rounds by viewer, once they are written down."""
    found: dict[int, list[Answer]] = {}
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(WRITTEN_S):
            for judged in rounds:
                for answer in await _written(venue, judged) if judged.answers else ():
                    found.setdefault(answer.viewer, []).append(answer)
    return found


async def _written(venue: Venue, judged: RoundInfo) -> list[Answer]:
    while True:
        try:
            return await venue.answers(judged.segment, judged.number)
        except OncueError as error:
            if error.code != "fairness/none" and not isinstance(error, Unavailable):
                raise
        await asyncio.sleep(0.2)


def _fared(
    share: Share, people: Sequence[tuple[Bot, Traffic]], answers: Mapping[int, Sequence[Answer]]
) -> Fared:
    """How the people of one network fared."""
    bots = [bot for bot, _ in people]
    there = [bot for bot in bots if bot.in_show]
    seeing = [bot for bot in there if bot.need]
    deeds = [deed for bot in bots for deed in bot.deeds.values() if deed.segment]
    receipts = [deed.receipt - deed.sent for deed in deeds if deed.receipt]
    judged = [one for bot in bots if bot.joined for one in answers.get(bot.joined.viewer, ())]
    delays = [bot.delay / 1e6 for bot in seeing]
    flows = [flow for _, traffic in people for flow in (traffic.up, traffic.down)]
    lost = sum(flow.lost + flow.overflowed for flow in flows)
    return Fared(
        network=share.name,
        path=share.path,
        viewers=len(there),
        absent=len(bots) - len(there),
        delay_p50_ms=percentile(delays, 0.5),
        delay_p95_ms=percentile(delays, 0.95),
        late=sum(bot.need > bot.target for bot in seeing),
        blind=len(there) - len(seeing),
        frames=round(fmean([bot.watch.frames if bot.watch else 0 for bot in there]), 1) if there else 0.0,
        answers=len(deeds),
        refused=dict(Counter(deed.refused for deed in deeds if deed.refused)),
        receipt_p50_ms=percentile(receipts, 0.5),
        receipt_p95_ms=percentile(receipts, 0.95),
        age_ms=round(fmean([one.age_ms for one in judged]), 1) if judged else None,
        received_ms=round(fmean([one.received_ms for one in judged]), 1) if judged else None,
        lost=round(lost / max(lost + sum(flow.packets for flow in flows), 1), 4),
    )
