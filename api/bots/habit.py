"""What a simulated viewer does besides what everybody does."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from oncue.engine.structs import Micros

if TYPE_CHECKING:
    from .bot import Bot
    from .line import Deed


class Habit:
    """One habit of one viewer; a viewer may have several, which are asked one after the other. By itself it changes nothing.

    Who has a habit that is `late` is not waited for when the audience comes in.
    """

    late: ClassVar[bool] = False

    async def comes(self, bot: Bot) -> None:
        """Return when it is time to join."""

    async def lives(self, bot: Bot) -> None:
        """What goes on alongside from then on, until it is cancelled or returns. `bot.line` is there."""

    def presses(self, bot: Bot, after: float, unseen: float) -> float:
        """In how many seconds from now to press what will be seen in `unseen` seconds, and what most would press `after` more."""
        return unseen + after

    def claims(self, bot: Bot, position: Micros, since: Micros) -> Micros:
        """The position to be said with an action, if the true one is `position`, and what is answered was shown `since`. 0: no picture."""
        return position

    def reports(self, bot: Bot, delay: Micros) -> Micros:
        """How far to say that the picture is behind, if it is `delay`."""
        return delay

    def acted(self, bot: Bot, deed: Deed) -> None:
        """Something was done; not called for what is done in here."""
