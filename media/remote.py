"""How a source plays, as the desk says it, and which moment of it that is at which moment of the show."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import msgspec

from oncue.engine.wire import ProgrammeInfo


class Remote:
    """What a source follows. `state` is replaced as a whole; `over` hears, in the source's thread, that it has come to its end
    (`media`, µs of the source) while it was to play."""

    def __init__(self, state: ProgrammeInfo, over: Callable[[int], None] | None = None) -> None:
        self.state = state
        self.over = over or (lambda _: None)
        self._wake: Callable[[], None] = lambda: None

    def put(self, state: ProgrammeInfo) -> None:
        """From now on like this. From any thread."""
        if state != self.state:
            self.state = state
            self._wake()

    def attach(self, wake: Callable[[], None]) -> None:
        """`wake` is called when there is another state."""
        self._wake = wake


class Line(msgspec.Struct, frozen=True):
    """A straight line through show time and the source's own: at show time `at` (µs) it is at `media` (s), and runs at `rate`."""

    at: int
    media: Fraction
    rate: Fraction

    @classmethod
    def of(cls, state: ProgrammeInfo) -> Line:
        """As it plays, or would."""
        rate = Fraction(state.rate).limit_denominator(1000)
        return cls(state.at, Fraction(state.media, 1_000_000), rate)

    def show(self, media: Fraction) -> int:
        """The show time at which `media` is due."""
        return self.at + round((media - self.media) / self.rate * 1_000_000)

    def source(self, show: int) -> Fraction:
        """The source's moment at a show time."""
        return self.media + Fraction(show - self.at, 1_000_000) * self.rate
