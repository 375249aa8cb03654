"""What a format may know and ask of the stage: `cue.stage`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import msgspec

from .stage import Stage
from .stage_actions import BackToGreen, Gain, Invite, LayoutName, Level, PutLive, TakeOff
from .structs import ViewerId

if TYPE_CHECKING:
    from .cue import Cue


class Layouts(msgspec.Struct, frozen=True, tag_field="type", tag="layouts"):
    """As `Layout`, with viewers for seats (0: the programme)."""

    layout: LayoutName
    main: int | None = None
    order: tuple[int, ...] = ()
    gains: dict[int, Gain] = {}
    duck: Level = 0.25


Wish = Invite | PutLive | BackToGreen | TakeOff | Layouts


class Stages(msgspec.Struct, frozen=True):
    """Effect: the stage is to do this."""

    wish: Wish


class CueStage:
    """The way to the stage, for the handlers of a format.

    What is asked for happens once the handler has returned; what is read is as it was when it began. When one of the things that it asks
    for cannot be (no seat is free, somebody has left), the whole action is refused with the stage's code, such as `stage/full`, and
    none of them happens: where the rest must happen anyway, ask in an action of its own (`cue.after(0, ...)`). To hear who has accepted,
    left or been lost, have a handler for `Staged` (`@on(Staged, by="system")`).
    """

    __slots__ = ("_cue", "_stage")

    def __init__(self, cue: Cue) -> None:
        self._cue = cue
        self._stage = Stage()

    def look_at(self, stage: Stage) -> None:
        """This is the show's stage."""
        self._stage = stage

    def state(self, viewer: int) -> str:
        """How far somebody is: `queue`, `invited`, `check`, `green`, `live`, or empty when they are not on the way."""
        return self._stage.state(viewer)

    @property
    def on_air(self) -> tuple[ViewerId, ...]:
        """Who is live, in the order in which they are laid out."""
        live = self._stage.live
        return tuple(ViewerId(live[seat].viewer) for seat in self._stage.order if seat in live)

    @property
    def waiting(self) -> tuple[ViewerId, ...]:
        """Whose hand is up, in order."""
        return tuple(ViewerId(guest.viewer) for guest in self._stage.queue)

    @property
    def free(self) -> int:
        """How many more people may go live."""
        return max(self._stage.seats - len(self._stage.live), 0)

    def invite(self, viewer: int, topic: str = "", *, live: bool = False) -> None:
        """Ask somebody to come on stage. They have a minute to accept; then their devices are checked. With `live` they are on air as
        soon as they are in the green room and a seat is free."""
        self._wish(Invite(viewer, topic, live))

    def live(self, viewer: int, *, main: bool = False) -> None:
        """Put somebody who is in the green room on air, with `main` into the large place."""
        self._wish(PutLive(viewer, main))

    def green(self, viewer: int) -> None:
        """Take somebody off the air, to the green room."""
        self._wish(BackToGreen(viewer))

    def off(self, viewer: int, *, cut: bool = False) -> None:
        """Somebody's visit to the stage ends; with `cut` not even what is on its way is shown. Who is not there is off already."""
        if self.state(viewer):
            self._wish(TakeOff(viewer, cut))

    def layout(
        self,
        layout: LayoutName,
        *,
        main: int | None = None,
        order: Iterable[int] = (),
        gains: Mapping[int, float] | None = None,
        duck: float = 0.25,
    ) -> None:
        """Lay out who is live: `auto`, `grid`, `spotlight`, `side` or `pip`. `main` is who has the large place (None: the first of the
        `order`), `gains` are levels from 0 to 2, `duck` what the programme's sound is multiplied with while somebody speaks. All by
        viewer; 0 is the programme. It is whole: what is left out is as by default."""
        levels = {viewer: float(gain) for viewer, gain in (gains or {}).items()}
        self._wish(Layouts(layout, main, tuple(order), levels, float(duck)))

    def _wish(self, wish: Wish) -> None:
        self._cue.effects.append(Stages(wish))
