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
    the picture comes (`moq`, `none`), `frames` how many it has shown so far, `offset` and `error` its clock estimate in µs."""

    delay: int
    door: str = "none"
    frames: int = 0
    error: int = 0


UpMsg = Hello | Act | Ping | Report


class Down(msgspec.Struct, frozen=True, tag_field="op", tag=str.lower, omit_defaults=True):
    """Base of what a client hears."""


class ShowInfo(msgspec.Struct, frozen=True):
    """The show, as anyone in it may know it."""

    id: str
    code: str
    title: str


class SceneMsg(Down, frozen=True, tag="scene"):
    """What everybody sees. Shown when the viewer's position reaches `at`. `seq` is the log sequence that it reflects; a message with
    a lower (epoch, seq) than the last is dropped. `people` is how many have joined."""

    epoch: int
    seq: int
    at: int
    segment: str
    format: str
    title: str
    scene: Scene
    people: int = 0


class PrivateMsg(Down, frozen=True, tag="private"):
    """What only this viewer sees, drawn with the public scene of the same segment. An empty scene takes it away."""

    epoch: int
    seq: int
    at: int
    segment: str
    scene: Scene


class ActionSpec(msgspec.Struct, frozen=True, omit_defaults=True):
    """A button of the host: the action type, its words, its form (JSON Schema of the fields; no properties: none needed), and whether
    it may be pressed now."""

    type: str
    title: str
    doc: str
    schema: dict[str, Any]
    ready: bool = True


class SegmentInfo(msgspec.Struct, frozen=True, omit_defaults=True):
    """A line of the rundown. `state` is `ready`, `live` or `done`."""

    id: str
    format: str
    title: str
    state: str


class Fault(msgspec.Struct, frozen=True):
    """A handler that raised what is not `Reject`: what the host is told."""

    segment: str
    format: str
    action: str
    where: str
    message: str
    at: int


class Person(msgspec.Struct, frozen=True, omit_defaults=True):
    """Somebody in the show, for the host: `state` is ``, `hidden`, `kicked` or `banned`."""

    viewer: int
    name: str
    state: str = ""


class DeskMsg(Down, frozen=True, tag="desk"):
    """What hosts, producers and moderators see besides the public scene.

    `primary` is the action that comes next as a rule, complete and ready to be sent to segment `segment` (empty: the show): the big
    button, and what the autopilot presses. `health` has figures for the status line.
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


class Welcome(Down, frozen=True):
    """Answers `hello`. `now` is show time; `scene`, `private` and `desk` what this person may see now."""

    viewer: int
    role: str
    show: ShowInfo
    now: int
    name: str = ""
    scene: SceneMsg | None = None
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
