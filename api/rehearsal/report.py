"""What a rehearsal comes to: the JSON of `oncue rehearse --json`, from which the terminal's tables and the page are made as well.

`VERSION` goes up when a field is taken away or means something else; fields may be added at any time.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from oncue.api.bots import Count, Figures
from oncue.engine.wire import RoundInfo
from oncue.formats.checks import Finding

from .ground import Said
from .meter import Process
from .trolls import Heckle

VERSION = 1
Verdict = Literal["pass", "fail", "skip"]


class Check(msgspec.Struct, frozen=True):
    """One thing that was looked at. `said` is a sentence with the figures, `details` names examples. `skip`: it could not be looked at,
    and `said` has why. `value` and `limit` where there is one figure, in `unit`."""

    name: str
    title: str
    verdict: Verdict
    said: str
    details: list[str] = []
    value: float | None = None
    limit: float | None = None
    unit: str = ""


class Spread(msgspec.Struct, frozen=True):
    """Percentiles by the nearest rank, in ms, of `count` values; None without any."""

    count: int
    p50: float | None = None
    p95: float | None = None
    p99: float | None = None
    most: float | None = None


class Fared(msgspec.Struct, frozen=True):
    """How the viewers of one profile fared.

    `delay`: how far their pictures were behind, `late` of them above the target, `blind` without a picture; `frames` came to each.
    `actions` were sent, `refused` of them by code. `receipt` and `scene`: from sending until the receipt, and until a scene that reflects
    it; `beyond`: a receipt's time less the network's round trip. What was sent again over another connection is not in these.
    `age`: mean of what counts, from when a round opened on their own picture; `received`: what it would be by the server's clock.
    `lost`: the share of packets that their networks lost. `delays` are those of each viewer's picture, in ms.
    """

    profile: str
    doc: str
    networks: list[str]
    viewers: int
    absent: int
    late: int
    blind: int
    frames: float
    actions: int
    refused: dict[str, int]
    reconnects: int
    delay: Spread
    receipt: Spread
    beyond: Spread
    scene: Spread
    age_ms: float | None
    received_ms: float | None
    lost: float
    delays: list[float] = []


class Trick(msgspec.Struct, frozen=True):
    """What cheaters of one kind came to: by how much their answers were judged younger than they were, at the most (ms)."""

    trick: str
    answers: int
    gain_most_ms: float | None
    clipped: int


class Handler(msgspec.Struct, frozen=True):
    """What a format's handler takes for one action, or a view: how often it was measured, mean and most in ms, and how often it was over
    the format's budget."""

    segment: str
    format: str
    action: str
    count: int
    mean_ms: float
    most_ms: float
    over: int


class Moment(msgspec.Struct, frozen=True):
    """A second of the rehearsal, `t` seconds after its begin: actions that were sent, and their receipts (ms)."""

    t: int
    actions: int
    refused: int
    viewers: int
    receipt_p50_ms: float | None
    receipt_p99_ms: float | None


class Rehearsed(msgspec.Struct, frozen=True):
    """A rehearsal. `what` was rehearsed, at `started` (RFC 3339), for `seconds`, with this `seed`; `done` is whether the rundown was played
    to its end, `interrupted` whether somebody pressed Ctrl-C. `passed`: no check failed. `kept_mb` of what viewers received was looked
    into. `target_ms` is the delay of all pictures."""

    version: int
    oncue: str
    what: str
    started: str
    seconds: float
    seed: int
    bots: int
    passed: bool
    done: bool
    interrupted: bool
    picture: str
    target_ms: float
    cap_ms: float | None
    checks: list[Check]
    profiles: list[Fared]
    rounds: list[RoundInfo]
    tricks: list[Trick]
    pranks: list[Heckle]
    handlers: list[Handler]
    findings: list[Finding]
    promises: Count
    audience: Figures
    processes: list[Process]
    timeline: list[Moment]
    logged: list[Said]
    pressed: int
    kept_mb: float
