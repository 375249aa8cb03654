"""A format in three versions: the second names the first, the third has lost them and migrates."""

import contextlib
from collections.abc import Callable
from typing import Any, ClassVar

from oncue.formats import (
    Action,
    Cue,
    Format,
    Ledger,
    Reject,
    Row,
    Scene,
    Settings,
    State,
    ViewerId,
    blocks,
    on,
    scene,
    seconds,
)


class Tap(Action, frozen=True):
    """Count one."""


class Arm(Action, frozen=True):
    """Ring in a moment."""


class Ring(Action, frozen=True):
    """The moment has come."""


class Chime(Action, frozen=True):
    """The same, in the words of version 3."""


class Ask(Action, frozen=True):
    """A round begins."""


class Judge(Action, frozen=True):
    """The round is over."""


class Double(Action, frozen=True):
    """Count two: from version 2 on."""


class Limits(Settings, frozen=True):
    most: int = 3


class Bounds(Settings, frozen=True):
    limit: int = 3
    kind: str = "taps"


class Tally(State):
    taps: Ledger[int]
    rings: int = 0
    words: list[str] = []


class Board(State):
    counts: Ledger[float]
    rings: int = 0
    doubled: int = 0


class Count(Format[Tally, Limits]):
    """Version 1: everybody taps, and no more than `most` times."""

    title = "Count"

    @on(Tap, once=False)
    def tap(self, tally: Tally, act: Tap, cue: Cue) -> None:
        if tally.taps.get(cue.by, 0) >= self.settings.most:
            raise Reject("that is enough", code="count/enough")
        with contextlib.suppress(Reject):
            cue.age()
        tally.taps[cue.by] = tally.taps.get(cue.by, 0) + 1
        tally.words.append(f"{cue.random.random():.3f}")

    @on(Arm, by="host")
    def arm(self, tally: Tally, act: Arm, cue: Cue) -> None:
        cue.after(seconds(2), Ring())

    @on(Ring, by="clock")
    def ring(self, tally: Tally, act: Ring, cue: Cue) -> None:
        tally.rings += 1

    @on(Ask, by="host")
    def ask(self, tally: Tally, act: Ask, cue: Cue) -> None:
        cue.open(seconds(5), "Who taps?")

    @on(Judge, by="host")
    def judge(self, tally: Tally, act: Judge, cue: Cue) -> None:
        cue.settle()

    def public(self, tally: Tally) -> Scene:
        return scene(blocks.Stats(stats=(blocks.Stat("taps", str(sum(tally.taps.values()))),)))

    def private(self, tally: Tally, viewer: ViewerId) -> Scene:
        return scene(blocks.Stats(stats=(blocks.Stat("mine", str(tally.taps.get(viewer, 0))),)))

    def results(self, tally: Tally) -> list[Row]:
        return [Row("taps", {"viewer": viewer, "taps": taps}) for viewer, taps in tally.taps.items()]


def migrated(state: dict[str, Any]) -> dict[str, Any]:
    return {
        "counts": {viewer: float(taps) for viewer, taps in state["taps"].items()},
        "rings": state["rings"],
    }


class Count2(Count):
    """Version 2: taps can count double. It still has the first, for shows that began with it."""

    version = "2"
    earlier = (Count,)

    @on(Double, once=False)
    def double(self, tally: Tally, act: Double, cue: Cue) -> None:
        tally.taps[cue.by] = tally.taps.get(cue.by, 0) + 2

    @classmethod
    def migrate(cls, version: str, state: dict[str, Any], /) -> dict[str, Any]:
        return state


class Count3(Format[Board, Bounds]):
    """Version 3: another state, other settings, another name for the clock's action."""

    title = "Count"
    version = "3"
    known: ClassVar[tuple[str, ...]] = ("1", "2")

    @classmethod
    def migrate(cls, version: str, state: dict[str, Any], /) -> dict[str, Any]:
        if version not in cls.known:
            raise Reject(f"version {version} is too old", code="format/version")
        return migrated(state)

    @classmethod
    def migrate_settings(cls, version: str, settings: dict[str, Any], /) -> dict[str, Any]:
        return {"limit": settings["most"]} if "most" in settings else {}

    @classmethod
    def migrate_action(cls, version: str, action: dict[str, Any], /) -> dict[str, Any]:
        return {"type": "chime"} if action == {"type": "ring"} else action

    @on(Tap, once=False)
    def tap(self, board: Board, act: Tap, cue: Cue) -> None:
        if board.counts.get(cue.by, 0) >= self.settings.limit:
            raise Reject("that is enough", code="count/enough")
        with contextlib.suppress(Reject):
            cue.age()
        board.counts[cue.by] = board.counts.get(cue.by, 0.0) + 1

    @on(Double, once=False)
    def double(self, board: Board, act: Double, cue: Cue) -> None:
        board.counts[cue.by] = board.counts.get(cue.by, 0.0) + 2
        board.doubled += 1

    @on(Arm, by="host")
    def arm(self, board: Board, act: Arm, cue: Cue) -> None:
        cue.after(seconds(2), Chime())

    @on(Chime, by="clock")
    def chime(self, board: Board, act: Chime, cue: Cue) -> None:
        board.rings += 1

    @on(Ask, by="host")
    def ask(self, board: Board, act: Ask, cue: Cue) -> None:
        cue.open(seconds(5), "Who taps?")

    @on(Judge, by="host")
    def judge(self, board: Board, act: Judge, cue: Cue) -> None:
        cue.settle()

    def public(self, board: Board) -> Scene:
        return scene(blocks.Stats(stats=(blocks.Stat("taps", f"{sum(board.counts.values()):.0f}"),)))

    def private(self, board: Board, viewer: ViewerId) -> Scene:
        return scene(blocks.Stats(stats=(blocks.Stat("mine", f"{board.counts.get(viewer, 0):.0f}"),)))

    def results(self, board: Board) -> list[Row]:
        return [Row("taps", {"viewer": viewer, "taps": taps}) for viewer, taps in board.counts.items()]


class Unwilling(Count3):
    """Version 4, which cannot go on from version 1."""

    version = "4"
    known = ("3",)


Kind = type[Format[Any, Any]]


def having(*kinds: Kind) -> Callable[[str], Kind]:
    """What `format_named` is where these versions are installed, the newest first."""
    from oncue.engine.errors import FormatError

    def format_named(name: str) -> Kind:
        bare, _, version = name.partition("@")
        found = [kind for kind in kinds if version in ("", kind.version)]
        if not found:
            there = ", ".join(kind.version for kind in kinds)
            raise FormatError(f"{bare} is not here, but {there}", code="format/version", hint="install it")
        return found[0]

    return format_named
