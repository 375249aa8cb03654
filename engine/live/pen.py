"""What an owner writes into the log of its show by itself: what it has decided, and the timers that ring."""

from __future__ import annotations

from collections.abc import Callable

from oncue.engine.live.bus import Bus, subject
from oncue.engine.log import VERSION, Batch, Entry, Part, encode_batch, encode_entries
from oncue.engine.structs import Action, Micros, Role, ShowId
from oncue.engine.timers import Timer


class Pen:
    """Of one owner. `epoch` is the owner's (0: it has not begun): what it has decided counts until the log says that a newer one has
    begun."""

    def __init__(self, bus: Bus, show: ShowId, now: Callable[[], Micros]) -> None:
        self.epoch = 0
        self._bus = bus
        self._show = show
        self._now = now
        self._counted = 0
        self._rung: set[int] = set()

    async def decide(
        self, what: str, action: Action, *, number: int | None = None, at: Micros | None = None
    ) -> int:
        """Write down something that this owner has decided by itself; its sequence in the log. `what` and `number` (without one they are
        counted) name it: another owner who decides the same writes it as well, and what counts is who owns the show."""
        if number is None:
            self._counted += 1
            number = self._counted
        entry = Entry(0, number, int(Role.SYSTEM), self._now() if at is None else at, 0, 0, 0, action)
        return await self._write(f"{what}-{self.epoch}", "", entry, self.epoch)

    async def ring(self, timers: dict[int, Timer]) -> None:
        """Write down which of these timers are due, each once. An owner of the same show writes the same message."""
        now = self._now()
        self._rung &= timers.keys()
        for number, timer in sorted(timers.items(), key=lambda item: (item[1].due, item[0])):
            if timer.due <= now and number not in self._rung:
                self._rung.add(number)
                entry = Entry(0, number, int(Role.CLOCK), timer.due, 0, 0, 0, timer.action)
                await self._write("timer", timer.segment, entry)

    def rings(self, timers: dict[int, Timer]) -> Micros | None:
        """When the next of these timers is due that was not written down."""
        return min((timer.due for number, timer in timers.items() if number not in self._rung), default=None)

    async def _write(self, what: str, segment: str, entry: Entry[Action], epoch: int = 0) -> int:
        part = Part(segment, encode_entries([entry]))
        batch = Batch(VERSION, f"{self._show}-{what}", entry.number, [part], epoch)
        return await self._bus.append(subject(self._show, "log"), encode_batch(batch), batch.message_id)
