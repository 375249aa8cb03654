"""A question on networks that differ, from the links to the report, on a whole node; and what a host may rule about it afterwards."""

import asyncio
import csv
import io
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from link.conftest import Phone, first
from picows import ws_connect
from small_show import until

from oncue.api.serve import Node, node
from oncue.api.settings import Settings
from oncue.engine.live import ShowClock
from oncue.engine.live.store import AuditRow, Store

README = Path(__file__).parent.parent.parent / "README.md"
QUESTION = {"kind": "choice", "text": "What?", "options": ["Pizza", "Soup"], "right": 0, "seconds": 60}
TRIVIA = {"format": "trivia", "title": "Round one", "settings": {"questions": [QUESTION, QUESTION]}}
MS = 1000


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[Node]:
    settings = Settings(port=0, relay_port=0, data=str(tmp_path / ".oncue"), log="error")
    async with node(settings) as running:
        yield running


class Evening:
    """A show on a node, and its host."""

    def __init__(self, running: Node, http: httpx.AsyncClient, made: dict[str, Any]) -> None:
        self.node, self.http, self.id, self.code = running, http, made["id"], made["code"]
        self.path = f"/api/shows/{self.id}"
        self.store = Store(running.settings.database)
        self.now = ShowClock().now

    async def get(self, what: str) -> httpx.Response:
        return await self.http.get(f"{self.path}/{what}")

    async def does(self, what: str = "segments/s1/actions", **action: Any) -> dict[str, Any]:
        """The host acts."""
        answer = await self.http.post(f"{self.path}/{what}", json=action or None)
        assert answer.status_code == 200, answer.text
        done: dict[str, Any] = answer.json()
        return done

    async def player(self, name: str, delay: int) -> "Player":
        """Somebody who has joined, whose picture is this far behind."""
        joined = (await self.http.post("/api/join", json={"code": self.code})).json()
        _, phone = await ws_connect(Phone, joined["link"])
        assert isinstance(phone, Phone)
        player = Player(phone, joined["viewer"], delay)
        phone.say("hello", token=joined["token"])
        await phone.told("welcome")
        phone.say("report", delay=delay, need=delay, door="none")
        await player.does({"type": "join", "name": name}, "")
        return player

    async def report(self) -> dict[str, Any]:
        (report,) = (await self.get("fairness")).json()
        found: dict[str, Any] = report
        return found

    async def points(self) -> dict[str, int]:
        sheets = (await self.get("segments/s1/results")).json()["sheets"]
        standings = next(sheet for sheet in sheets if sheet["name"] == "standings")
        lines = [dict(zip(standings["columns"], row, strict=True)) for row in standings["rows"]]
        return {line["name"]: line["points"] for line in lines}

    async def amends(self) -> list[AuditRow]:
        """Amendments in the audit trail."""
        return [line for line in await self.store.audit(self.id) if line.what["type"] == "amend"]

    async def answers(self) -> list[dict[str, str]]:
        """The CSV of the first round."""
        text = (await self.get("segments/s1/rounds/1/fairness.csv")).text
        return list(csv.DictReader(io.StringIO(text, newline="")))


class Player:
    """Somebody's phone."""

    def __init__(self, phone: Phone, viewer: int, delay: int) -> None:
        self.phone, self.viewer, self.delay, self.number = phone, viewer, delay, first(1) - 1

    async def does(self, do: dict[str, Any], segment: str = "s1", position: int = 0) -> None:
        self.number += 1
        self.phone.act(self.number, do, segment, position)
        await self.phone.receipted(self.number)

    async def opened(self) -> int:
        """When the question opened, as their scenes say it."""
        while (scene := await self.phone.told("scene"))["scene"].get("mood") != "live":
            pass
        at: int = scene["at"]
        return at


@pytest.fixture
async def evening(running: Node) -> AsyncIterator[Evening]:
    """A show with two questions; its first segment is live, and all pictures are to be a second behind."""
    host = {"Authorization": f"Bearer {running.key}"}
    async with httpx.AsyncClient(base_url=running.url, headers=host, timeout=20) as http:
        made = await http.post("/api/shows", json={"title": "Friday", "rundown": [TRIVIA]})
        evening = Evening(running, http, made.json())
        await evening.does("actions", type="dial", fixed=1000 * MS)
        await evening.does("segments/s1/start")
        yield evening
        await evening.store.close()


@pytest.fixture
async def judged(evening: Evening) -> Evening:
    """The first question is over. Ana, two seconds behind, took 400 ms; Bo, 300 ms behind, took 1200 ms; Cy was quick and wrong."""
    ana, bo = await evening.player("Ana", 2000 * MS), await evening.player("Bo", 300 * MS)
    cy = await evening.player("Cy", 300 * MS)
    await evening.does(type="ask")
    opened = await ana.opened()
    await until(lambda: evening.now() > opened + 1250 * MS)
    await bo.does({"type": "answer", "choice": 0}, position=opened + 1200 * MS)
    await cy.does({"type": "answer", "choice": 1}, position=opened + 1000 * MS)
    await ana.does({"type": "answer", "choice": 0}, position=opened + 400 * MS)
    await evening.does(type="lock")
    await evening.does(type="reveal")
    await seen(lambda: evening.get("fairness"), lambda answer: answer.json() != [])
    return evening


async def seen(ask: Callable[[], Awaitable[Any]], holds: Callable[[Any], bool]) -> Any:
    """The first answer for which it holds; the test's own time limit is the limit."""
    while not holds(answer := await ask()):
        await asyncio.sleep(0.02)
    return answer


async def test_who_was_quickest_on_their_own_picture_wins_and_the_report_says_who_would_have(
    judged: Evening,
) -> None:
    report = await judged.report()
    assert (report["winner"]["name"], report["winner"]["age"]) == ("Ana", 400 * MS)
    assert report["by_receipt"]["name"] == "Bo"
    assert (report["answers"], report["right"], report["gained"], report["lost"]) == (3, 2, 1, 1)
    assert report["delay_most"] > report["delay_least"]
    assert report["cap"] == report["target"] + 2500 * MS
    points = await judged.points()
    assert points["Ana"] > points["Bo"] > 0
    lines = await seen(judged.answers, lambda lines: len(lines) == 3)
    told = [(line["name"], line["right"], line["place"], line["place_by_receipt"]) for line in lines]
    assert told == [("Ana", "1", "1", "2"), ("Bo", "1", "2", "1"), ("Cy", "0", "", "")]
    assert lines[0]["age_ms"] == "400.0"


async def test_what_a_host_rules_as_the_readme_says_changes_points_and_report_and_stays_on_record(
    judged: Evening,
) -> None:
    reports, answers, key, void = commands(judged)
    assert msgspec.json.decode(await run(reports, judged))[0]["winner"]["name"] == "Ana"
    await seen(judged.answers, len)
    assert len((await run(answers, judged)).splitlines()) == 4

    await run(key, judged)
    report = await seen(judged.report, lambda report: report["right"] == 1)
    assert (report["winner"]["name"], report["void"]) == ("Cy", False)
    points = await judged.points()
    assert points["Cy"] > 0 == points.get("Ana", 0) == points.get("Bo", 0)
    await seen(
        judged.answers, lambda lines: [line["name"] for line in lines if line["right"] == "1"] == ["Cy"]
    )

    await judged.does("segments/s1/finish")
    await run(void, judged)
    await seen(judged.report, lambda report: report["void"])
    assert set((await judged.points()).values()) <= {0}

    log = [msgspec.json.decode(line) for line in (await judged.get("log")).text.splitlines()]
    ruled = [line for line in log if line["type"] == "amend"]
    whys = ["The second option is right", "Two options are right"]
    assert [(line["outcome"], line["role"], line["fields"]["why"]) for line in ruled] == [
        ("counted", "host", why) for why in whys
    ]
    assert {line["viewer"] for line in ruled} == {1}
    audit = await seen(judged.amends, lambda lines: len(lines) == 2)
    assert [(line.who, line.role, line.what["why"]) for line in audit] == [(1, "host", why) for why in whys]

    before = (await judged.report(), await judged.points())
    await judged.http.delete(judged.path)
    results = await seen(lambda: judged.get("segments/s1/results"), lambda answer: answer.json().get("final"))
    assert (await judged.report(), await judged.points()) == before
    assert results.json()["fairness"] == [before[0]]
    assert len(await judged.answers()) == 3
    late = {"type": "amend", "segment": "s1", "changes": {"/questions/0/right": 0}, "why": "Or not"}
    refused = await judged.http.post(f"{judged.path}/actions", json=late)
    assert (refused.status_code, refused.json()["code"]) == (410, "show/closed")


def commands(evening: Evening) -> list[str]:
    """The commands that the README shows, for this show, each with the lines above them."""
    blocks = re.findall(r"```sh\n(.*?)```", README.read_text(), re.DOTALL)
    (block,) = [block for block in blocks if "fairness" in block]
    block = block.replace("http://localhost:8080", evening.node.url).replace("k3v9mq2xta", evening.id)
    given, *curls = re.split(r"^(?=curl)", block, flags=re.MULTILINE)
    assert evening.path in given
    return [given + curl for curl in curls]


async def run(command: str, evening: Evening) -> str:
    """What a shell says to this, beside the node's data folder."""
    shell = await asyncio.create_subprocess_exec(
        "bash", "-ec", command, cwd=evening.node.settings.folder.parent, stdout=asyncio.subprocess.PIPE
    )
    said, _ = await shell.communicate()
    assert shell.returncode == 0, command
    return said.decode()
