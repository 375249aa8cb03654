"""What a show tells the outside, and how it is written: CloudEvents 1.0 in JSON (structured mode).

Events come out of the fold alone: the same log message tells the same events, with the same ids, on whatever node it is folded and
however often. What may be told was chosen with care: viewers by their ids and never by name, no settings, and nothing of a round before it
is judged.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

from .structs import Micros, Row
from .wire import RoundInfo

NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
"""What a format may call an event; those of the show itself have a dot, so neither takes the other's name."""
NAME_MOST = 40
DATA_MOST = 64 * 1024
"""Bytes of JSON that a format may tell in one event."""
RESULTS_MOST = 256 * 1024
"""Bytes of JSON of a segment's tables in one event; of larger ones only the address is told."""
TOGETHER = 500
"""Viewers in one event."""
SCHEMA = "urn:oncue:event:{}:1"
"""What `dataschema` says: which message of docs/asyncapi.json it is, and in which version."""


class Line(msgspec.Struct, frozen=True):
    """A segment of the rundown."""

    segment: str
    format: str
    title: str


class ShowOpened(msgspec.Struct, frozen=True):
    """A show is open: it can be joined by its code."""

    title: str
    code: str
    rundown: tuple[Line, ...] = ()


class ShowClosed(msgspec.Struct, frozen=True):
    """A show is over. Nothing comes after it but what is judged again."""

    title: str


class SegmentStarted(Line, frozen=True):
    """A segment is live."""


class SegmentEnded(Line, frozen=True):
    """A segment is over; its results come next."""


class RoundOpened(msgspec.Struct, frozen=True):
    """A round of answers is open, for `span` µs on each viewer's picture (0: its end is not known yet)."""

    segment: str
    round: int
    title: str
    span: Micros


class RoundJudged(msgspec.Struct, frozen=True):
    """A round is over. `opened` is show time and `span` how long it was, both in µs; `answers` and `right` count viewers; `winner` is the
    viewer who was right first on their own picture, `winner_age` how long that took them (µs). `void`: it does not count."""

    segment: str
    round: int
    title: str
    opened: Micros
    span: Micros
    answers: int
    right: int
    winner: int | None = None
    winner_age: Micros | None = None
    void: bool = False


class RoundJudgedAgain(RoundJudged, frozen=True):
    """A host has changed what was right: this is what the round is now."""


class PeopleJoined(msgspec.Struct, frozen=True):
    """Viewers who have joined, some 500 at the most: many at once are told together."""

    viewers: list[int]


class PeopleKicked(PeopleJoined, frozen=True):
    """A moderator has put viewers off; they may come back."""


class PeopleBanned(PeopleJoined, frozen=True):
    """A moderator has put viewers off for good."""


class StageChanged(msgspec.Struct, frozen=True):
    """How far somebody is on the way to the stage: `queue`, `invited`, `check`, `green`, `live` or `off`."""

    viewer: int
    state: str


class Table(msgspec.Struct, frozen=True):
    """A table of results; each row has a cell for each column, null where there is none."""

    name: str
    columns: list[str]
    rows: list[list[Any]]


class ResultsReady(Line, frozen=True):
    """The results of a segment that is over. Tables of more than 256 kB are left out (`complete` is false): ask the host API for `path`."""

    path: str
    rows: int
    complete: bool
    tables: list[Table]


class ResultsRevised(ResultsReady, frozen=True):
    """The results of a segment after it was judged again, in place of the earlier ones."""


EVENTS: dict[str, type[msgspec.Struct]] = {
    "show.opened": ShowOpened,
    "show.closed": ShowClosed,
    "segment.started": SegmentStarted,
    "segment.ended": SegmentEnded,
    "round.opened": RoundOpened,
    "round.judged": RoundJudged,
    "round.judged-again": RoundJudgedAgain,
    "people.joined": PeopleJoined,
    "people.kicked": PeopleKicked,
    "people.banned": PeopleBanned,
    "stage.changed": StageChanged,
    "results.ready": ResultsReady,
    "results.revised": ResultsRevised,
}
"""Every event of a show's own, by the end of its type and of its subject."""
_NAMES = {kind: name for name, kind in EVENTS.items()}


class Event(msgspec.Struct, frozen=True):
    """Something to tell. `name` ends the subject, `kind` the type; `data` is None for results, which are read when they are told. `key`
    makes the id of what several messages of the log may tell."""

    name: str
    kind: str
    at: Micros
    data: Any
    segment: str = ""
    key: str = ""


class Told(msgspec.Struct, frozen=True, array_like=True):
    """An event as it is published: `subject` and `id` as on NATS, its place in the log, and the CloudEvent."""

    subject: str
    id: str
    seq: int
    index: int
    body: bytes


def event(at: Micros, data: msgspec.Struct, segment: str = "", key: str = "") -> Event:
    """One of the show's own events."""
    name = _NAMES[type(data)]
    return Event(name, name, at, data, segment, key)


def results(at: Micros, segment: str, *, revised: bool = False, key: str = "") -> Event:
    """The results of a segment, which are read from its state when they are told: once it is over that changes no more."""
    name = "results.revised" if revised else "results.ready"
    return Event(name, name, at, None, segment, key)


def emitted(at: Micros, segment: str, kind: str, name: str, data: dict[str, Any]) -> Event:
    """What a format of this kind emits in a segment."""
    return Event(name, f"format.{kind.partition('@')[0]}.{name}", at, data, segment)


def round_judged(report: RoundInfo, *, again: bool = False) -> RoundJudged:
    """A round's report as the outside is told of it."""
    best = report.winner
    kind = RoundJudgedAgain if again else RoundJudged
    return kind(
        report.segment, report.number, report.title, report.opened, report.span, report.answers, report.right,
        best.viewer if best else None, best.age if best else None, report.void,
    )  # fmt: skip


def check(name: str, data: dict[str, Any], kind: type[msgspec.Struct] | None = None) -> None:
    """Raises `TypeError` or `ValueError` for an event of a format that cannot be told, or is not the `kind` that the format says it is."""
    if len(name) > NAME_MOST or not NAME.fullmatch(name):
        raise ValueError(
            f"cue.emit: {name!r} is no name for an event: write it as round-won, in at most {NAME_MOST} letters"
        )
    size = len(msgspec.json.encode(data))
    if size > DATA_MOST:
        raise ValueError(f"cue.emit: {name} has {size} bytes, which is more than {DATA_MOST}")
    if kind:
        msgspec.convert(msgspec.to_builtins(data), kind)


def read_results(show: str, line: Line, rows: list[Row], *, revised: bool = False) -> ResultsReady:
    """A segment's results as the outside is told of them."""
    kind = ResultsRevised if revised else ResultsReady
    made = tables(rows)
    fits = len(rows) <= RESULTS_MOST // 8 and len(msgspec.json.encode(made)) <= RESULTS_MOST
    path = f"/api/shows/{show}/segments/{line.segment}/results"
    return kind(line.segment, line.format, line.title, path, len(rows), fits, made if fits else [])


def tables(rows: list[Row]) -> list[Table]:
    """Rows by their table, which has all columns that any of its rows has, in the order of their first coming."""
    found: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        found.setdefault(row.table, []).append(row.cells)
    out = []
    for name, cells in found.items():
        columns = list(dict.fromkeys(column for row in cells for column in row))
        out.append(Table(name, columns, [[row.get(column) for column in columns] for row in cells]))
    return out


def write(show: str, seq: int, index: int, one: Event, data: Any) -> Told:
    """An event as a CloudEvent. `sequence` sorts as the log does (CloudEvents' extension "sequence")."""
    id = f"{show}-{one.key or f'{seq}-{index}'}"
    cloud = {
        "specversion": "1.0",
        "id": id,
        "source": f"/shows/{show}",
        "type": f"oncue.{one.kind}",
        **({"subject": one.segment} if one.segment else {}),
        "time": rfc3339(one.at),
        "datacontenttype": "application/json",
        "dataschema": SCHEMA.format(one.kind),
        "sequence": f"{seq:016}.{index:06}",
        "data": data,
    }
    return Told(f"show.{show}.event.{one.name}", id, seq, index, msgspec.json.encode(cloud))


def rfc3339(at: Micros) -> str:
    """A time as RFC 3339 has it, in UTC with microseconds. The date by Hinnant's `civil_from_days`: without a clock in reach."""
    s, micros = divmod(at, 1_000_000)
    days, s = divmod(s, 86400)
    era, doe = divmod(days + 719_468, 146_097)
    yoe = (doe - doe // 1460 + doe // 36_524 - doe // 146_096) // 365
    doy = doe - (365 * yoe + yoe // 4 - yoe // 100)
    m = (5 * doy + 2) // 153
    day, month = doy - (153 * m + 2) // 5 + 1, m + 3 if m < 10 else m - 9
    year = yoe + era * 400 + (month <= 2)
    return f"{year:04}-{month:02}-{day:02}T{s // 3600:02}:{s // 60 % 60:02}:{s % 60:02}.{micros:06}Z"
