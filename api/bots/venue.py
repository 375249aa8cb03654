"""A running node, as programs see it from outside: its host API and its door."""

from __future__ import annotations

import asyncio
import csv
import io
from collections import Counter
from typing import Any, Self, TypeVar

import httpx
import msgspec

from oncue.engine.errors import OncueError, Unavailable
from oncue.engine.wire import RoundInfo

from .watch import Relay

T = TypeVar("T")
WAIT_S = 10.0
PATIENCE_S = 30.0


class ShowAt(msgspec.Struct, frozen=True):
    """The show that one has joined."""

    id: str
    code: str
    title: str


class Joined(msgspec.Struct, frozen=True):
    """The answer to joining: who one is, and where the link and the relay are."""

    token: str
    viewer: int
    show: ShowAt
    link: str
    relay: Relay | None = None


class Made(msgspec.Struct, frozen=True):
    """A new show and its links; `token` is its host's."""

    id: str
    code: str
    join_url: str
    host_url: str
    screen_url: str
    overlay_url: str
    token: str


class Sheet(msgspec.Struct, frozen=True):
    """A table of results."""

    name: str
    columns: list[str]
    rows: list[list[Any]]


class Results(msgspec.Struct, frozen=True):
    """What a segment has come to."""

    sheets: list[Sheet]


class Answer(msgspec.Struct, frozen=True):
    """A viewer's answer in a round that was judged: its age by their own picture, which counts, and by the server's clock, and what
    was not believed of their claim."""

    viewer: int
    age_ms: float
    received_ms: float
    clipped_ms: float = 0.0


class LogLine(msgspec.Struct, frozen=True):
    """A line of the log; `at` is when the node got it, `outcome` is `counted`, `repeat`, or the code of the refusal."""

    seq: int
    viewer: int = 0
    number: int = 0
    segment: str = ""
    type: str = ""
    outcome: str = ""
    at: int = 0


class Segment(msgspec.Struct, frozen=True):
    """A line of the rundown."""

    id: str
    format: str
    title: str
    state: str


class Rundown(msgspec.Struct, frozen=True):
    """The rundown as it is."""

    segments: list[Segment]


class Venue:
    """The host API at `url`, with the API key, and the door of one show in it once `make` has made it. An async context manager.
    `failed` counts answers with a status of 500 and above, by what was asked."""

    def __init__(self, url: str, key: str) -> None:
        limits = httpx.Limits(max_connections=20, max_keepalive_connections=20)
        self._http = httpx.AsyncClient(
            base_url=url, timeout=httpx.Timeout(WAIT_S, pool=None), limits=limits, trust_env=False
        )
        self._key = {"Authorization": f"Bearer {key}"}
        self.show: Made | None = None
        self.failed: Counter[str] = Counter()

    async def __aenter__(self) -> Self:
        await self._http.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.__aexit__()

    async def make(self, body: dict[str, Any]) -> Made:
        """A new show. Raises what the API answers."""
        self.show = await self._ask(Made, "POST", "/api/shows", json=body, headers=self._key)
        return self.show

    async def join(self) -> Joined:
        """Join as a new viewer."""
        assert self.show
        return await self._ask(Joined, "POST", "/api/join", json={"code": self.show.code})

    async def host(self) -> Joined:
        """What the show's host has."""
        assert self.show
        bearer = {"Authorization": f"Bearer {self.show.token}"}
        return await self._ask(Joined, "GET", "/api/session", headers=bearer)

    async def staged(self) -> None:
        """Wait until there is a relay. Raises `Unavailable` when none comes."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                if (await self.host()).relay:
                    return
                await asyncio.sleep(0.1)

    async def rundown(self) -> list[Segment]:
        """The segments in their order."""
        return (await self._ask(Rundown, "GET", f"{self._path}/rundown", headers=self._key)).segments

    async def results(self, segment: str) -> list[Sheet]:
        """The tables of a segment's results."""
        return (
            await self._ask(Results, "GET", f"{self._path}/segments/{segment}/results", headers=self._key)
        ).sheets

    async def fairness(self) -> list[RoundInfo]:
        """The fairness reports, oldest first."""
        return await self._ask(list[RoundInfo], "GET", f"{self._path}/fairness", headers=self._key)

    async def answers(self, segment: str, number: int) -> list[Answer]:
        """All answers of a round. Raises `fairness/none` until it is judged and written down."""
        answer = await self._send(
            "GET", f"{self._path}/segments/{segment}/rounds/{number}/fairness.csv", headers=self._key
        )
        return msgspec.convert(list(csv.DictReader(io.StringIO(answer.text))), list[Answer], strict=False)

    async def log(self) -> list[LogLine]:
        """The whole log, oldest first. Raises `Unavailable` (`node/unreachable`) when it breaks off."""
        read = msgspec.json.Decoder(LogLine).decode
        try:
            async with self._http.stream("GET", f"{self._path}/log", headers=self._key) as answer:
                if answer.is_error:
                    raise problem(await answer.aread())
                return [read(line) async for line in answer.aiter_lines()]
        except httpx.HTTPError as error:
            raise Unavailable(f"the log broke off: {error!r}", code="node/unreachable") from error

    async def close(self) -> None:
        """End the show."""
        await self._http.delete(self._path, headers=self._key)

    @property
    def _path(self) -> str:
        assert self.show
        return f"/api/shows/{self.show.id}"

    async def _ask(self, kind: type[T], method: str, path: str, **request: Any) -> T:
        return msgspec.json.decode((await self._send(method, path, **request)).content, type=kind)

    async def _send(self, method: str, path: str, **request: Any) -> httpx.Response:
        try:
            answer = await self._http.request(method, path, **request)
        except httpx.HTTPError as error:
            raise Unavailable(f"{method} {path}: {error!r}", code="node/unreachable") from error
        if answer.is_error:
            if answer.is_server_error:
                self.failed[f"{method} {path.split('?', maxsplit=1)[0]}: {answer.status_code}"] += 1
            raise problem(answer.content)
        return answer


def problem(body: bytes) -> OncueError:
    """An error as the API has written it."""
    try:
        said = msgspec.json.decode(body, type=dict[str, Any])
        return OncueError(said["message"], code=said["code"], hint=said.get("hint", ""))
    except (msgspec.DecodeError, KeyError):
        return OncueError("the node answered with something else", code="node/failed")
