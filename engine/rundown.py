"""How a line of the rundown becomes a segment: in the version of its format that it names, or without code where that is not here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from .amend import amended
from .blocks import Heading, Scene, Text, scene
from .cue import Cue
from .errors import FormatError, OncueError, Unknown
from .format import Format, on
from .judge import POLICY
from .segment import PROBLEM, Segment, SegmentSpec
from .structs import Action, Settings, State
from .timers import KeptTimer
from .wire import Fault

if TYPE_CHECKING:
    from .show import Formats, Show

Kind = type[Format[Any, Any]]


def pinned(formats: Formats, name: str, version: str) -> Kind:
    """That version of a format; the installed one without a version. Raises `Unknown` (`format/unknown`) or `FormatError`
    (`format/version`, `format/broken`)."""
    if not version:
        return formats(name)
    try:
        kind = formats(name)
    except OncueError:
        kind = formats(f"{name}@{version}")
    if kind.version != version:
        kind = formats(f"{name}@{version}")
    if kind.version != version:
        raise FormatError(
            f"format {name!r} is not here in version {version}, but in {kind.version}",
            code="format/version",
            hint=f"install the package that has version {version}",
        )
    return kind


def make(show: Show, spec: SegmentSpec) -> Segment:
    """A segment that is not in the rundown yet. Raises `Unknown` and `FormatError`."""
    kind = pinned(show.formats, spec.format, spec.version)
    known = [one for one in show.known if one.segment == spec.id]
    policy = next((one.policy for one in reversed(known) if one.policy), POLICY)
    try:
        running = kind(amended(kind, spec.settings, known), show.crowd)
        segment = Segment(spec, running, show.seed, policy)
    except OncueError:
        raise
    except Exception as error:  # an author may raise anything
        raise FormatError(f"{spec.format} cannot begin: {error}", code="format/fault") from error
    segment.cue.lanes, segment.cue.shift = show.playout.lanes, show.fork.shift
    segment.cue.stage.look_at(show.stage)
    return segment


def stand(show: Show, spec: SegmentSpec) -> Segment:
    """A segment that is not in the rundown yet; without code if its format is not here. Raises `FormatError` as `make`."""
    try:
        pinned(show.formats, spec.format, spec.version)
    except (FormatError, Unknown) as error:
        return vacant(show, spec, error)
    return make(show, spec)


class Gap(msgspec.Struct):
    """What is kept of a segment while the code is missing that plays it: why that is, its state as a snapshot has it, with the names of its
    fields and ledgers, its timers, and the sequence of the first entry that was not played (0: none)."""

    code: str
    why: str
    hint: str = ""
    state: bytes = b""
    names: tuple[str, ...] = ()
    ledgers: tuple[str, ...] = ()
    timers: list[KeptTimer] = []
    unplayed: int = 0


class Nothing(Action, frozen=True):
    """What nobody does."""


class Missing(Format[State]):
    """Stands in the place of a format that is not here: it shows that there is a problem, and plays nothing."""

    gap: Gap

    @on(Nothing, by="system")
    def nothing(self, state: State, act: Nothing, cue: Cue) -> None:
        """There has to be an action."""

    def public(self, state: State, /) -> Scene:
        return PROBLEM

    def desk(self, state: State, /) -> Scene:
        lines = (Text(line, tone="quiet") for line in (self.gap.why, self.gap.hint) if line)
        return scene(Heading("This part of the show cannot be played"), *lines)


def vacant(show: Show, spec: SegmentSpec, error: OncueError) -> Segment:
    """A segment without code: its actions are refused, its scene says that it has a problem, and all else of the show goes on."""
    running = Missing(Settings(), show.crowd)
    running.gap = gap = Gap(error.code, error.message, error.hint)
    segment = Segment(spec, running, show.seed)
    segment.gap = gap
    segment.views["version"] = Fault(spec.id, spec.format, "version", "", error.message[:500], show.now)
    return segment
