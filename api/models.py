"""The bodies of the host API, in and out."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Title = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120, pattern=r"^[^\x00-\x1f]*$")
]
Maybe = Annotated[str, StringConstraints(strip_whitespace=True, max_length=120, pattern=r"^[^\x00-\x1f]*$")]

SETTINGS: dict[str, Any] = {"question": "What next?", "options": ["Pizza", "Soup"]}
TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI0MiJ9.c2lnbmVk"  # noqa: S105  # an example
SHOW = "k3v9mq2xta"
FROM_STRUCT = ConfigDict(from_attributes=True)
"""Made from the engine's own structs."""


class Body(BaseModel):
    """Base of what comes in: a field that nobody knows is an error, not ignored."""

    model_config = ConfigDict(extra="forbid")


class JoinBody(Body):
    """Into a show by its code."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"code": "QK7XP2"}]})
    code: str = Field(
        max_length=40, description="the show's code, in any case; spaces and hyphens do not matter"
    )
    token: str = Field(
        "", max_length=2048, description="an earlier token of this show: one comes back as the same person"
    )
    as_: Literal["audience", "display"] = Field(
        "audience", alias="as", description="`display` sees, but takes no part: overlay and big screen"
    )


class ShowIn(BaseModel):
    """The show, as anyone in it may know it."""

    id: str = Field(examples=[SHOW])
    code: str = Field(examples=["QK7XP2"])
    title: str = Field(examples=["Friday quiz"])


class Relay(BaseModel):
    """Where the picture comes from: WebTransport to `url`, whose certificate has this SHA-256 (hex)."""

    url: str = Field(examples=[f"https://127.0.0.1:4443/?token={TOKEN}"])
    fingerprint: str = Field(examples=["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"])


class ClockDoor(BaseModel):
    """Where clock pings go by datagram when the network loses packets: WebTransport to `url`, whose certificate has this SHA-256 (hex).
    A ping is 8 bytes; its answer has them, the show time of arrival and that of the answer (µs, signed 64 bits, big endian)."""

    url: str = Field(examples=[f"https://127.0.0.1:4444/?token={TOKEN}"])
    fingerprint: str = Field(examples=["6c0ed0b1a2c884d1b1c5b6cf4b2f7a1c6f5e8d9a0b3c2d1e4f5a6b7c8d9e0f1a"])


class Urls(BaseModel):
    """Pages that one may pass on."""

    join: str = Field(examples=["https://live.example.org/j/QK7XP2"])


class Joined(BaseModel):
    """All that a page needs to take part."""

    token: str = Field(examples=[TOKEN], description="who one is; keep it, to come back as the same person")
    viewer: int = Field(examples=[4720310583391])
    role: str = Field(examples=["audience"])
    show: ShowIn
    link: str = Field(examples=["wss://live.example.org/link"], description="where the link (WebSocket) is")
    relay: Relay | None = Field(description="null while there is no picture")
    clock: ClockDoor | None = Field(description="null while there is none")
    urls: Urls


class SegmentBody(Body):
    """A line of the rundown."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"format": "poll", "title": "Lunch", "settings": SETTINGS}]},
    )
    format: str = Field(max_length=80, description="the name of an installed format, see GET /api/formats")
    title: Maybe = Field("", description="else the format's own")
    settings: dict[str, Any] = Field(
        default_factory=dict, description="as the format's settings schema asks for"
    )


class ShowBody(Body):
    """A new show."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "title": "Friday quiz",
                    "picture": "test",
                    "rundown": [{"format": "poll", "title": "Lunch", "settings": SETTINGS}],
                }
            ]
        },
    )
    title: Title
    rundown: list[SegmentBody] = Field(default_factory=list, max_length=200)
    picture: str = Field(
        "",
        max_length=1000,
        description="`test` for the test picture, a video file on the server, a film of the media folder, or a stream's address",
    )
    record: bool = Field(False, description="whether to record from the start")
    code: str = Field(
        "", max_length=40, description="six letters of 23456789ABCDEFGHJKMNPQRSTUVWXYZ; else they are drawn"
    )


class Made(BaseModel):
    """A new show: `token` makes one its host, the other addresses are for everybody else."""

    id: str = Field(examples=[SHOW])
    code: str = Field(examples=["QK7XP2"])
    join_url: str = Field(examples=["https://live.example.org/j/QK7XP2"])
    host_url: str = Field(examples=[f"https://live.example.org/host/{SHOW}#token={TOKEN}"])
    screen_url: str = Field(examples=["https://live.example.org/screen/QK7XP2"])
    overlay_url: str = Field(examples=["https://live.example.org/overlay/QK7XP2"])
    token: str = Field(examples=[TOKEN])


class ShowOut(BaseModel):
    """A show. `created` is in µs since the Unix epoch."""

    id: str = Field(examples=[SHOW])
    code: str = Field(examples=["QK7XP2"])
    title: str = Field(examples=["Friday quiz"])
    picture: str = Field(examples=["test"])
    state: str = Field(examples=["open"], description="`open` or `closed`")
    created: int = Field(examples=[1763800000000000])
    join_url: str = Field(examples=["https://live.example.org/j/QK7XP2"])


class SegmentOut(BaseModel):
    """A line of the rundown. `settings` is null for a segment that was added from the console."""

    id: str = Field(examples=["s1"])
    format: str = Field(examples=["poll"])
    title: str = Field(examples=["Lunch"])
    state: str = Field(examples=["ready"], description="`ready`, `live` or `done`")
    settings: dict[str, Any] | None = Field(examples=[SETTINGS])
    version: str = Field(
        "1", examples=["1"], description="of the format: a show keeps the one that it began with"
    )
    upgrade: str = Field("", examples=["2"], description="another that is installed and could take over")
    problem: str = Field("", examples=[""], description="why it cannot be played at the moment")


class Rundown(BaseModel):
    """The rundown in its order, and how far the show is: `people` have joined."""

    state: str = Field(examples=["open"])
    people: int = Field(examples=[214])
    segments: list[SegmentOut]


class Order(Body):
    """A new order for the rundown."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"order": ["s2", "s1"]}]})
    order: list[str] = Field(max_length=1000, description="every segment's id, once")


class Acted(BaseModel):
    """The action counts. `seq` is its place in the show's log, `number` its own."""

    seq: int = Field(examples=[118])
    number: int = Field(examples=[4108571254784001])


class LinkBody(Body):
    """Whom a link is for."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"role": "moderator", "name": "Kim"}]}
    )
    role: Literal["audience", "guest", "moderator", "producer", "host", "display"]
    name: Maybe = ""
    person: str = Field(
        "",
        max_length=200,
        pattern=r"^[^\x00-\x1f]*$",
        description="who a viewer or guest is in your own system: the same person each time, and in leaderboards over shows",
    )


class LinkOut(BaseModel):
    """A link that makes whoever opens it that person: pass it on to one only."""

    url: str = Field(examples=[f"https://live.example.org/host/{SHOW}#token={TOKEN}"])
    token: str = Field(examples=[TOKEN])


class ActionOut(BaseModel):
    """What can be done in a segment of a format, by whom, and the JSON Schema of its fields."""

    type: str = Field(examples=["open"])
    by: list[str] = Field(examples=[["producer", "host"]])
    title: str = Field(examples=["Open"])
    doc: str = Field(examples=["Let people vote."])
    schema_: dict[str, Any] = Field(
        serialization_alias="schema", examples=[{"type": "object", "properties": {}}]
    )


class FormatOut(BaseModel):
    """An installed format. `settings` is the JSON Schema of what a host may set."""

    name: str = Field(examples=["poll"])
    title: str = Field(examples=["Poll"])
    doc: str = Field(examples=["One question, everybody's answer."])
    version: str = Field(examples=["1"], description="what new segments run")
    earlier: list[str] = Field(examples=[["0.9"]], description="versions that shows can still be played in")
    settings: dict[str, Any] = Field(
        examples=[{"type": "object", "properties": {"question": {"type": "string"}}}]
    )
    actions: list[ActionOut]


class Sheet(BaseModel):
    """One table of results; `rows` are lists in the order of `columns`."""

    name: str = Field(examples=["players"])
    columns: list[str] = Field(examples=[["place", "name", "score"]])
    rows: list[list[Any]] = Field(examples=[[[1, "Ana", 2950], [2, "Bo", 2100]]])


class PlaceOut(BaseModel):
    """Somebody's place, and how long after the round had opened they answered (µs)."""

    model_config = FROM_STRUCT
    viewer: int = Field(examples=[4720310583391])
    name: str = Field(examples=["Ana"])
    age: int = Field(examples=[1210500])


class RulingOut(BaseModel):
    """What a host may rule about a round: as `changes` of an `amend`."""

    model_config = FROM_STRUCT
    title: str = Field(examples=["Right: Soup"])
    changes: dict[str, Any] = Field(examples=[{"/questions/0/right": 1}])


class RoundOut(BaseModel):
    """How fair a round of answers was. All times and spans in µs; delays are how far viewers' pictures were behind."""

    model_config = FROM_STRUCT
    segment: str = Field(examples=["s1"])
    number: int = Field(examples=[3], description="of the round in its segment, from 1")
    title: str = Field(examples=["What next?"])
    opened: int = Field(examples=[1763800000000000])
    span: int = Field(examples=[20000000], description="how long each viewer had, on their own picture")
    answers: int = Field(examples=[214])
    right: int = Field(examples=[97])
    delay_p50: int = Field(examples=[640000])
    delay_p95: int = Field(examples=[1910000])
    delay_least: int = Field(examples=[310000])
    delay_most: int = Field(examples=[3120000])
    winner: PlaceOut | None = Field(description="who was first on their own picture, which is what counts")
    by_receipt: PlaceOut | None = Field(description="who would have won, had the first answer to come in won")
    robbed: int = Field(
        examples=[4],
        description="answers in time that would have come in too late, had their arrival counted",
    )
    gained: int = Field(
        examples=[31], description="right answers that would have had a better place by arrival"
    )
    lost: int = Field(examples=[42], description="right answers that would have had a worse place by arrival")
    clipped: int = Field(examples=[1], description="answers that claimed more than we can vouch for")
    clipped_most: int = Field(examples=[380000], description="the most that was claimed, and not given")
    target: int = Field(examples=[1200000], description="the delay that all pictures were to have")
    cap: int = Field(examples=[3700000], description="what a cheater could have gained at the most")
    void: bool = Field(description="the host ruled that this round does not count")
    rulings: list[RulingOut] = Field(description="what a host may rule about it")


class PlayoutOut(BaseModel):
    """How well an audience is in step. Spans in µs."""

    model_config = FROM_STRUCT
    share: float = Field(examples=[0.95], description="the dial: how much of the audience is to be in step")
    fixed: int = Field(examples=[0], description="or the delay that all are to have; 0: by `share`")
    target: int = Field(examples=[1200000], description="the delay that was agreed on; 0: none yet")
    last: int = Field(examples=[2900000], description="the delay of the slowest who are waited for")
    in_step: int = Field(examples=[201], description="viewers at the target")
    late: int = Field(
        examples=[11], description="viewers further behind, as far as they are believed in full"
    )
    beyond: int = Field(examples=[2], description="viewers still further behind")
    blind: int = Field(examples=[5], description="viewers without a picture")
    need_p50: int = Field(examples=[420000], description="the delay that half of the audience could do with")
    need_p95: int = Field(examples=[1160000])
    need_most: int = Field(examples=[2900000])
    error_p95: int = Field(examples=[9000], description="how wrong viewers' clocks may be")
    doors: dict[str, int] = Field(
        examples=[{"moq": 201, "tcp": 9, "whep": 3, "none": 5}],
        description="viewers by the way in which their picture comes",
    )


class Results(BaseModel):
    """A segment's results. `final` is false while more may come; `fairness` has a report of each round that was judged."""

    show: str = Field(examples=[SHOW])
    segment: str = Field(examples=["s1"])
    final: bool
    sheets: list[Sheet]
    fairness: list[RoundOut]


class Health(BaseModel):
    """How this node is: each part is `ok` or says what is wrong."""

    status: str = Field(examples=["ok"])
    nats: str = Field(examples=["ok"])
    database: str = Field(examples=["ok"])


class SourceOut(BaseModel):
    """A source that a show may have. `length` in µs, 0: endless."""

    source: str = Field(examples=["trailer.mp4"])
    name: str = Field(examples=["trailer"])
    length: int = Field(examples=[93_000_000])
    why: str = Field(examples=[""], description="why it cannot be played; empty: it can")
    hint: str = Field(examples=[""], description="what to do about it")


class ProgrammeBody(Body):
    """What the programme is to be, and how it is to play. What is left out stays as it is."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"playing": False}, {"source": "trailer.mp4"}]}
    )
    source: str | None = Field(
        None,
        max_length=1000,
        description="`test`, a film's name, or with the API key the address of a stream; empty: none",
    )
    playing: bool | None = None
    media: int | None = Field(None, ge=0, description="where in the film (µs)")
    rate: float | None = Field(None, ge=0.25, le=4, description="how fast; beyond 2 without sound")


class RecordBody(Body):
    """Whether to record."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"on": True}]})
    on: bool


class PartOut(BaseModel):
    """A file of a recording: what somebody sent in one visit, from show time `start` to `end` (µs)."""

    model_config = FROM_STRUCT
    file: str = Field(examples=["programme.1.1763800000000000.mp4"])
    seat: str = Field(examples=["programme"])
    name: str = Field(examples=["Ana"])
    start: int = Field(examples=[1763800000000000])
    end: int = Field(examples=[1763803600000000], description="0 while it is recorded")
    video: str = Field(examples=["avc3.42c01f"])
    audio: str = Field(examples=["opus"])
    width: int = Field(examples=[1280])
    height: int = Field(examples=[720])
    bytes: int = Field(examples=[1240000000])


class RecordingOut(BaseModel):
    """A recording. `files` are all there is of it, with their bytes."""

    id: str = Field(examples=["20251122T084000000"])
    state: str = Field(examples=["done"], description="`recording`, `finishing`, `done` or `failed`")
    why: str = Field(examples=[""], description="what went wrong")
    start: int = Field(examples=[1763800000000000])
    end: int = Field(examples=[1763803600000000], description="0 while it is recorded")
    public: bool = Field(description="whether everybody may watch the replay")
    parts: list[PartOut]
    files: dict[str, int] = Field(examples=[{"index.json": 812, "scenes.jsonl": 81200}])
    bytes: int = Field(examples=[1240090012], description="of all files")


class RecordingBody(Body):
    """What may be changed of a recording."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"public": True}]})
    public: bool = Field(description="whether everybody who has the address may watch the replay")


class ReplayOut(BaseModel):
    """What a page needs to replay a show: `url` of each part, and of the scenes (JSON lines)."""

    show: str = Field(examples=[SHOW])
    title: str = Field(examples=["Friday quiz"])
    recording: RecordingOut
    urls: dict[str, str] = Field(examples=[{"scenes.jsonl": "/api/replays/k3v9mq2xta/…/scenes.jsonl"}])
