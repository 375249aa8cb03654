"""Whether the network decides who wins: `make bench NAME=fairness`.

A real node asks trivia questions. Viewers on networks from 10 to 400 ms one way, with jitter (oncue.api.lab), all press REACTS seconds
after the question has appeared on their own picture; each one's picture is behind by what the network needs, or by the show's target
when that is larger. The dial is at `fast`, so that half of the pictures are behind by the target and the others by more. What counts is
read from the fairness reports of the host API. These viewers' pictures keep exactly to their own clocks, whose error is in the figures;
what a browser's painting adds is not: `make bench NAME=sync` measures that.

bias_max_ms           the largest difference between a network's mean judged age and the mean of all networks
receipt_bias_max_ms   the same with the ages at receipt, as if the server's clock counted
spread_p95_ms         |judged age - true age| of single answers
clipped               answers of honest viewers whose claim was not believed in full
cheater_gain_max_ms   how much younger than in truth the answers of cheaters were judged, who react late (LATE) and try all they can
cap_ms                what the report says that a cheater can gain at the most; `cheater_gain_ms` has each kind
late_p95_ms           how much later than planned the bench's own viewers pressed, which their true ages have in them as well

ARGS="--rounds 3 --viewers 2".
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import sys
import tempfile
from contextlib import AsyncExitStack
from random import Random
from typing import Any

import httpx
from bench._fairness_players import CHEATERS, TRUTH, Player, Question, mean

from oncue.api.bots.line import Line
from oncue.api.bots.venue import Answer, Venue
from oncue.api.lab import Lab, Path
from oncue.api.serve import node
from oncue.api.settings import Settings
from oncue.engine.errors import OncueError
from oncue.engine.wire import Report, RoundInfo, SceneMsg, Welcome

NETWORKS = {
    "10+-2ms": Path.of(10, 2),
    "40+-20ms": Path.of(40, 20),
    "100+-30ms": Path.of(100, 30),
    "200+-40ms": Path.of(200, 40),
    "400+-50ms": Path.of(400, 50),
}
REACTS, LATE, SECONDS = 1.2, 5.0, 20
"""Of honest viewers and of cheaters, and what a question takes at the most (s)."""
OPEN_S = 6.5
SEGMENT = "s1"


class Watcher:
    """Hears of questions before anybody sees them, and tells the players."""

    def __init__(self, link: str, token: str, players: list[Player]) -> None:
        self._players = players
        self._asked = 0
        self.target = 0
        self.line = Line(link, token, Random(0), heard=self._heard, settled=lambda _: None)

    def _heard(self, message: Any) -> None:
        if isinstance(message, Welcome):
            self.line.say(Report(0))
        for scene in message.scenes if isinstance(message, Welcome) else (message,):
            if isinstance(scene, SceneMsg):
                self._seen(scene)

    def _seen(self, scene: SceneMsg) -> None:
        self.target = scene.target
        words = str(scene.scene.blocks)
        if scene.scene.mood != "live" or f"Question {self._asked + 1}!" not in words:
            return
        self._asked += 1
        for player in self._players:
            player.ask(Question(self._asked, scene.at, scene.segment, scene.target))


def quiz(rounds: int) -> dict[str, Any]:
    """So many questions."""
    questions = [
        {
            "kind": "choice",
            "text": f"Question {n}!",
            "options": ["Mars", "Jupiter"],
            "right": 1,
            "seconds": SECONDS,
        }
        for n in range(1, rounds + 1)
    ]
    return {"title": "Fair?", "rundown": [{"format": "trivia", "settings": {"questions": questions}}]}


class Host:
    """Presses buttons by the host API."""

    def __init__(self, url: str, key: str, show: str) -> None:
        headers = {"Authorization": f"Bearer {key}"}
        self._http = httpx.AsyncClient(base_url=f"{url}/api/shows/{show}", headers=headers, timeout=30)

    async def do(self, path: str, **action: Any) -> None:
        """Again until it is done: an owner may be busy for a moment."""
        for _ in range(20):
            answer = await self._http.post(path, json=action)
            if answer.is_success:
                return
            await asyncio.sleep(0.3)
        raise AssertionError(answer.text)

    async def play(self) -> None:
        """One question, from its being asked to its report."""
        await self.do(f"/segments/{SEGMENT}/actions", type="ask")
        await asyncio.sleep(OPEN_S)
        await self.do(f"/segments/{SEGMENT}/actions", type="lock")
        await self.do(f"/segments/{SEGMENT}/actions", type="reveal")


async def judged(place: Venue, number: int) -> list[Answer]:
    """A round's answers, once it is written down."""
    async with asyncio.timeout(60):
        while True:
            with contextlib.suppress(OncueError):
                return await place.answers(SEGMENT, number)
            await asyncio.sleep(0.2)


def figures(
    players: dict[int, tuple[str, Player]], answers: list[tuple[int, Answer]], reports: list[RoundInfo]
) -> dict[str, Any]:
    """Ages are compared with the true ones, so that what this machine was late with counts for nobody."""
    ages: dict[str, list[tuple[float, float]]] = {}
    gains: dict[str, float] = dict.fromkeys(CHEATERS, 0.0)
    clipped, late = 0, []
    for number, answer in answers:
        name, player = players[answer.viewer]
        true = player.reacted[number] / 1000
        if name in CHEATERS:
            gains[name] = max(gains[name], true - answer.age_ms)
            continue
        late.append(true - REACTS * 1000)
        clipped += answer.clipped_ms > 0
        ages.setdefault(name, []).append((answer.age_ms - true, answer.received_ms - true))

    def bias(column: int) -> dict[str, float]:
        means = {name: mean(pair[column] for pair in pairs) for name, pairs in ages.items()}
        middle = mean(means.values())
        return {name: round(value - middle, 1) for name, value in means.items()}

    by_picture, by_receipt = bias(0), bias(1)
    errors = sorted(abs(pair[0]) for pairs in ages.values() for pair in pairs)
    return {
        "bias_max_ms": max(map(abs, by_picture.values())),
        "receipt_bias_max_ms": max(map(abs, by_receipt.values())),
        "cheater_gain_max_ms": round(max(gains.values()), 1),
        "cap_ms": min(report.cap for report in reports) / 1000,
        "spread_p95_ms": round(errors[int(0.95 * len(errors))], 1),
        "clipped": clipped,
        "answers": len(errors),
        "bias_ms": by_picture,
        "receipt_bias_ms": by_receipt,
        "cheater_gain_ms": {name: round(gain, 1) for name, gain in gains.items()},
        "target_ms": max(report.target for report in reports) / 1000,
        "late_p95_ms": round(sorted(late)[int(0.95 * len(late))], 1),
    }


async def main() -> dict[str, Any]:
    """About a minute and a half."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--viewers", type=int, default=4)
    given = parser.parse_args(sys.argv[1:])
    async with AsyncExitStack() as stack:
        data = stack.enter_context(tempfile.TemporaryDirectory(prefix="oncue-bench-"))
        settings = Settings(port=0, relay_port=0, data=f"{data}/oncue", log="error")
        running = await stack.enter_async_context(node(settings))
        place = await stack.enter_async_context(Venue(running.url, running.key))
        lab = await stack.enter_async_context(Lab())
        made = await place.make(quiz(given.rounds))
        host = Host(running.url, running.key, made.id)
        await host.do("/actions", type="dial", share=0.5)

        players: dict[int, tuple[str, Player]] = {}
        crowd = [
            (name, path, Player, REACTS) for name, path in NETWORKS.items() for _ in range(given.viewers)
        ]
        crowd += [(name, NETWORKS["10+-2ms"], kind, LATE) for name, kind in CHEATERS.items()]
        for seed, (name, path, kind, reacts) in enumerate(crowd):
            joined = await place.join()
            phone = await lab.viewer(path, tcp=[("127.0.0.1", running.settings.port)])
            players[joined.viewer] = name, kind(phone.over(joined.link), joined.token, path, reacts, seed)
        joined = await place.join()
        watcher = Watcher(joined.link, joined.token, [player for _, player in players.values()])
        work = [player.run(f"Viewer {seed}") for seed, (_, player) in enumerate(players.values())]
        tasks = [asyncio.create_task(one) for one in (watcher.line.run(), *work)]
        try:
            await host.do(f"/segments/{SEGMENT}/start")
            await settled(watcher, players)
            answers = []
            for number in range(1, given.rounds + 1):
                await host.play()
                answers += [(number, answer) for answer in await judged(place, number)]
                print(
                    f"round {number}: {len(answers)} answers, target {watcher.target / 1000} ms", flush=True
                )
            reports = await place.fairness()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
    found = figures(players, answers, reports)
    assert found["cheater_gain_max_ms"] <= found["cap_ms"], found
    return found


async def settled(watcher: Watcher, players: dict[int, tuple[str, Player]]) -> None:
    """A target is agreed on, all play at it, and their clocks have had their first pings."""
    async with asyncio.timeout(90):
        while not watcher.target:
            await asyncio.sleep(0.2)
    for _, player in players.values():
        player.target = watcher.target
    until = TRUTH.now() + 8_000_000
    while TRUTH.now() < until:
        await asyncio.sleep(0.5)
        for _, player in players.values():
            player.target = watcher.target
