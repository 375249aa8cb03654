"""What is said on the link, in JSON text frames. The web client's types are generated from here (`python -m oncue.api.schema`).

Times are show time in µs since the Unix epoch; spans are µs.
"""

from __future__ import annotations

from typing import Any

import msgspec

from .blocks import Scene

VERSION = 1


class Up(msgspec.Struct, frozen=True, tag_field="op", tag=str.lower, forbid_unknown_fields=True, gc=False):
    """Base of what a client says."""


class Hello(Up, frozen=True, gc=False):
    """The first message: who one is. Within five seconds of connecting."""

    token: str
    v: int = VERSION


class Act(Up, frozen=True, gc=False):
    """Do this. `n` is the action's number (see engine/log.py), `seg` the segment (empty: the show), `pos` the show time of the
    picture on the screen when it was pressed (0: no picture), `do` the action with its `type`."""

    n: int
    seg: str
    do: msgspec.Raw
    pos: int = 0


class Ping(Up, frozen=True, gc=False):
    """A clock exchange: `t0` is any number of the client's, given back as it is."""

    t0: float


class Report(Up, frozen=True, gc=False):
    """How the client fares, every few seconds: `delay` is show time now minus its position in µs (0: no picture), `door` how
    the picture comes (`moq`, `tcp`: the same without UDP, `whep`, `none`), `frames` how many it has shown so far, `error` how wrong its
    clock may be in µs, `need` the smallest delay in µs at which its picture would play without gaps (0: not known)."""

    delay: int
    door: str = "none"
    frames: int = 0
    error: int = 0
    need: int = 0


UpMsg = Hello | Act | Ping | Report


class Down(msgspec.Struct, frozen=True, tag_field="op", tag=str.lower, omit_defaults=True):
    """Base of what a client hears."""


class ShowInfo(msgspec.Struct, frozen=True):
    """The show, as anyone in it may know it."""

    id: str
    code: str
    title: str


class SeatInfo(msgspec.Struct, frozen=True, omit_defaults=True):
    """Who or what is on air: broadcast `show/<id>/stage/<seat>` on the relay, from show time `since` on. Seat `programme` (viewer 0) is
    the show's own source. `camera` and `microphone` are what may be seen and heard of them; `away`: their connection is lost, and
    waited for."""

    seat: str
    viewer: int = 0
    name: str = ""
    since: int = 0
    camera: bool = True
    microphone: bool = True
    away: bool = False


class ProgrammeInfo(msgspec.Struct, frozen=True, omit_defaults=True):
    """The show's own source, and how it plays: at show time `at` it was at `media` (µs of the source) and from then on runs at `rate`,
    or stands there while not `playing`. `live` sources only play. `length` in µs, 0 if endless or not known."""

    source: str
    playing: bool = True
    at: int = 0
    media: int = 0
    rate: float = 1.0
    live: bool = True
    length: int = 0


class StageInfo(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the picture is made of. `seats` in the order in which they are laid out. `layout`: `auto`, `grid`, `spotlight`, `side` or `pip`;
    `main` is the seat in its large place (empty: the first). `gains` are the sound's levels by seat (0 to 2; 1 where not named), `duck`
    what the programme's is multiplied with while somebody on stage speaks. `cut` are seats that were taken away so that not even what is
    on its way is shown: at once, whatever the delay. `hands`: whether viewers may raise their hand. A scene without a stage has the
    programme alone, live, if there is one. Of the programme's `source` all hear only of which kind it is."""

    seats: tuple[SeatInfo, ...] = ()
    layout: str = "auto"
    main: str = ""
    gains: dict[str, float] = {}
    duck: float = 0.25
    cut: tuple[str, ...] = ()
    hands: bool = False
    programme: ProgrammeInfo | None = None


class MyStage(msgspec.Struct, frozen=True, omit_defaults=True):
    """One viewer's own way to the stage. It is not held back by their picture. `state`: `queue`, `invited`, `check` (the device check),
    `green` (the green room), `live`, or `` (not on the way; then `thanks` is when they left the stage, show time, 0: were not there).

    `place` in the queue from 1. In `check`, `green` and `live` the viewer may publish `show/<id>/own/<viewer>`, which nobody sees but
    those who may. `room` is the path of the green room: `<room>/desk/<viewer>` is the voice of each of the `talkers`. `seat` is theirs
    while live. `camera` and `microphone` are what they have turned on, `muted` that staff have muted them."""

    state: str = ""
    place: int = 0
    topic: str = ""
    room: str = ""
    seat: str = ""
    talkers: tuple[int, ...] = ()
    camera: bool = True
    microphone: bool = True
    muted: bool = False
    thanks: int = 0
    why: str = ""


class GuestInfo(msgspec.Struct, frozen=True, omit_defaults=True):
    """Somebody on the way to the stage, for the desk. `since` is when they came into this state. `passed`: the device check went well;
    `check` says what it found, in words. `present`: their picture or sound reaches us. `staff`: host or producer. `talkers` are the staff
    whose voice they hear in the green room."""

    viewer: int
    name: str
    state: str
    topic: str = ""
    since: int = 0
    seat: str = ""
    passed: bool = False
    check: str = ""
    present: bool = False
    camera: bool = True
    microphone: bool = True
    muted: bool = False
    staff: bool = False
    talkers: tuple[int, ...] = ()


class DeskStage(msgspec.Struct, frozen=True, omit_defaults=True):
    """The stage, for the desk: the queue (its first 50) in order, how many are in it, who is invited or further, the rules, and the
    programme with its source in full."""

    queue: tuple[GuestInfo, ...] = ()
    waiting: int = 0
    guests: tuple[GuestInfo, ...] = ()
    hands: bool = False
    seats: int = 6
    recording: bool = False
    programme: ProgrammeInfo | None = None


BARE, EMPTY = StageInfo(), DeskStage()
"""What is left out of messages: these objects, not such that are equal."""


class SceneMsg(Down, frozen=True, tag="scene"):
    """What everybody sees. Shown when the viewer's position reaches `at`. `seq` is the log sequence that it reflects; a message with
    a lower (epoch, seq) than the last is dropped. `people` is how many have joined. `target` is the delay (µs) that all pictures of
    the show are to have (0: none agreed yet), `last` that of the slowest lane that is waited for. `version` is that of the format."""

    epoch: int
    seq: int
    at: int
    segment: str
    format: str
    title: str
    scene: Scene
    people: int = 0
    target: int = 0
    last: int = 0
    stage: StageInfo = BARE
    version: str = "1"


class PrivateMsg(Down, frozen=True, tag="private"):
    """What only this viewer sees, drawn with the public scene of the same segment. An empty scene takes it away. `stage` is their own way
    to the stage, None for who is not on it."""

    epoch: int
    seq: int
    at: int
    segment: str
    scene: Scene
    stage: MyStage | None = None


class ActionSpec(msgspec.Struct, frozen=True, omit_defaults=True):
    """A button of the host: the action type, its words, its form (JSON Schema of the fields; no properties: none needed), and whether
    it may be pressed now."""

    type: str
    title: str
    doc: str
    schema: dict[str, Any]
    ready: bool = True


class SegmentInfo(msgspec.Struct, frozen=True, omit_defaults=True):
    """A line of the rundown. `state` is `ready`, `live` or `done`. `version` is that of its format which it keeps, `upgrade` another that
    is installed and can take over (empty: none), and `problem` why it cannot be played here (empty: it can); one that is `suspended`
    takes nothing until a host resumes it."""

    id: str
    format: str
    title: str
    state: str
    version: str = "1"
    upgrade: str = ""
    problem: str = ""
    suspended: bool = False


class Fault(msgspec.Struct, frozen=True):
    """A handler that raised what is not `Reject`: what the host is told."""

    segment: str
    format: str
    action: str
    where: str
    message: str
    at: int


class Cost(msgspec.Struct, frozen=True, omit_defaults=True):
    """What an action's handler, or a view, takes: so many were measured, their mean and the most (µs), and how many took longer than the
    format's `budget`."""

    segment: str
    name: str
    count: int
    mean: int
    most: int
    over: int = 0


class Person(msgspec.Struct, frozen=True, omit_defaults=True):
    """Somebody in the show, for the host: `state` is ``, `hidden`, `kicked` or `banned`."""

    viewer: int
    name: str
    state: str = ""


class PlayoutInfo(msgspec.Struct, frozen=True):
    """How well the audience is in step. `share` and `fixed` are the host's dial, `target` and `last` as in `SceneMsg`; viewers
    `in_step`, in the `late` lane, `beyond` what is believed in full, and `blind`, without a picture; what they would need, and how
    wrong their clocks may be (µs). `doors` counts them by the way in which the picture comes (`Report.door`)."""

    share: float
    fixed: int
    target: int
    last: int
    in_step: int = 0
    late: int = 0
    beyond: int = 0
    blind: int = 0
    need_p50: int = 0
    need_p95: int = 0
    need_most: int = 0
    error_p95: int = 0
    doors: dict[str, int] = {}


class Ruling(msgspec.Struct, frozen=True):
    """What a host may rule about a round: `changes` of the segment's settings, by JSON pointer (RFC 6901)."""

    title: str
    changes: dict[str, Any]


class Place(msgspec.Struct, frozen=True):
    """Who was first, and how long after the round had opened (µs)."""

    viewer: int
    name: str
    age: int


class RoundInfo(msgspec.Struct, frozen=True, omit_defaults=True):
    """The fairness report of a judged round. Spans in µs; delays are those of the viewers' pictures.

    `winner` by the viewers' own pictures, `by_receipt` who would have won had the server's clock counted. `robbed`: answers in time that
    would have come too late by it. `gained` and `lost`: right answers that it would have given a better or a worse place. `clipped`:
    answers whose claim went beyond what the server can vouch for, and `clipped_most` by how much. `cap`: what a cheater could have
    gained at the most.
    """

    segment: str
    number: int
    title: str
    opened: int
    span: int
    answers: int
    right: int
    delay_p50: int = 0
    delay_p95: int = 0
    delay_least: int = 0
    delay_most: int = 0
    winner: Place | None = None
    by_receipt: Place | None = None
    robbed: int = 0
    gained: int = 0
    lost: int = 0
    clipped: int = 0
    clipped_most: int = 0
    target: int = 0
    cap: int = 0
    void: bool = False
    rulings: tuple[Ruling, ...] = ()


class AmendmentInfo(msgspec.Struct, frozen=True):
    """A ruling after the fact: who (a viewer id), when, why, and what was changed."""

    segment: str
    why: str
    by: int
    at: int
    changes: dict[str, Any]


class DeskMsg(Down, frozen=True, tag="desk"):
    """What hosts, producers and moderators see besides the public scene.

    `primary` is the action that comes next as a rule, complete and ready to be sent to segment `segment` (empty: the show): the big
    button, and what the autopilot presses. `rounds` has the latest ones that were judged, newest last.
    """

    epoch: int
    seq: int
    at: int
    segment: str
    scene: Scene
    actions: tuple[ActionSpec, ...] = ()
    primary: dict[str, Any] | None = None
    primary_segment: str = ""
    primary_title: str = ""
    rundown: tuple[SegmentInfo, ...] = ()
    people: int = 0
    newest: tuple[Person, ...] = ()
    faults: tuple[Fault, ...] = ()
    state: str = "open"
    playout: PlayoutInfo | None = None
    rounds: tuple[RoundInfo, ...] = ()
    amendments: tuple[AmendmentInfo, ...] = ()
    stage: DeskStage = EMPTY
    costs: tuple[Cost, ...] = ()


class Welcome(Down, frozen=True):
    """Answers `hello`. `now` is show time; `scenes`, `private` and `desk` what this person may see now: the scenes of the last seconds
    and the one before them, oldest first, because their picture is behind."""

    viewer: int
    role: str
    show: ShowInfo
    now: int
    name: str = ""
    scenes: tuple[SceneMsg, ...] = ()
    private: PrivateMsg | None = None
    desk: DeskMsg | None = None


class Got(Down, frozen=True):
    """Receipt: all of this tab's actions up to number `n` are recorded on disk, and will count exactly once. `seq` is where in the log."""

    n: int
    seq: int


class No(Down, frozen=True):
    """Action `n` does not count, and why. With `code` and `why` for the person; sent instead of or after a receipt."""

    n: int
    code: str
    why: str


class Pong(Down, frozen=True):
    """`t0` as it came, `t1` show time of arrival, `t2` of sending (µs)."""

    t0: float
    t1: int
    t2: int


class Named(Down, frozen=True):
    """One's own name, as the show has it now (after joining, renaming, or being renamed)."""

    name: str


class Oops(Down, frozen=True, tag="error"):
    """Something was wrong with what the client said. `fatal`: the link closes now; with `retry`, come back later."""

    code: str
    message: str
    hint: str = ""
    fatal: bool = False
    retry: bool = False


DownMsg = Welcome | SceneMsg | PrivateMsg | DeskMsg | Got | No | Pong | Named | Oops
