"""Doing something in a show over the host API: into the log, and waiting for what the fold says of it."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import Callable

import msgspec

from oncue.engine.errors import OncueError, Reject, Unavailable
from oncue.engine.live import Answer, Ask, Bus, Intake, News, subject
from oncue.engine.live.messages import encode, read_answer
from oncue.engine.log import NONCE, Entry
from oncue.engine.structs import Action, Micros, Role, ViewerId

PATIENCE_S = 5.0
LOOK_S = 0.5
AGAIN_S = 0.05

_news = msgspec.msgpack.Decoder(News)


class Done(msgspec.Struct, frozen=True):
    """An action that counts: its sequence in the log, and its number."""

    seq: int
    number: int


class Waiting:
    """One action on its way. `number` is 0 until it is drawn, `seq` until it is on disk."""

    def __init__(self, viewer: ViewerId) -> None:
        self.viewer = viewer
        self.number = 0
        self.seq = 0
        self.folded = 0
        self.refused: OncueError | None = None
        self.done = asyncio.Event()

    def recorded(self, seq: int) -> None:
        """It is on disk."""
        self.seq = seq
        self._look()

    def heard(self, _: str, data: bytes) -> None:
        """News of the show's owner."""
        news = _news.decode(data)
        for refusal in news.refused:
            if (refusal.viewer, refusal.number) == (self.viewer, self.number):
                self.refused = Reject(refusal.why, code=refusal.code)
        self.reached(news.seq)

    def reached(self, seq: int) -> None:
        """The log is folded up to here."""
        self.folded = max(self.folded, seq)
        self._look()

    def _look(self) -> None:
        if self.refused or (self.seq and self.folded >= self.seq):
            self.done.set()


class Acting:
    """Acts on behalf of callers of the host API, and asks shows' owners."""

    def __init__(self, bus: Bus, intake: Intake, *, now: Callable[[], Micros]) -> None:
        self._bus = bus
        self._intake = intake
        self._now = now
        self._next = secrets.randbits(32) * NONCE

    async def act(self, show: str, segment: str, action: Action, by: tuple[ViewerId, Role]) -> Done:
        """Record an action and wait until it was played.

        Raises what the fold refuses it with (`Reject` with the fold's code), `TooMany` (`intake/full`) or `Unavailable`
        (`show/slow`) when nobody has played it in time; it will count all the same.
        """
        viewer, role = by
        waiting = Waiting(viewer)
        # On one connection NATS knows of the subscription before the action can reach the show's owner.
        news = await self._bus.subscribe(subject(show, "news"), waiting.heard)
        try:
            async with asyncio.timeout(PATIENCE_S):
                await self._owned(show)
                # Nothing may come between drawing a number and putting it in: the fold takes one that comes late for a
                # repeat.
                self._next += 1
                waiting.number = self._next
                entry = Entry(viewer, waiting.number, int(role), self._now(), 0, 0, 0, action)
                self._intake.put(show, segment, entry, waiting.recorded)
                await self._played(show, waiting)
        except TimeoutError as error:
            raise _late(waiting) from error
        finally:
            await news.unsubscribe()
        if waiting.refused:
            raise waiting.refused
        return Done(waiting.seq, waiting.number)

    async def ask(self, show: str, ask: Ask) -> Answer:
        """Ask a show's owner, for as long as one may be on its way. Raises `Unavailable` (`bus/no-answer`)."""
        until = asyncio.get_running_loop().time() + PATIENCE_S
        while True:
            try:
                return await self._ask(show, ask)
            except Unavailable:
                if asyncio.get_running_loop().time() >= until:
                    raise
                await asyncio.sleep(AGAIN_S)

    async def _ask(self, show: str, ask: Ask) -> Answer:
        answer = read_answer(await self._bus.request(subject(show, "ask"), encode(ask)))
        if answer.state == "new":
            raise Unavailable("the show's owner has not read its log yet", code="bus/no-answer")
        return answer

    async def _owned(self, show: str) -> None:
        """Wait for an owner: one that is about to begin plays what it finds without telling what it refused."""
        await self.ask(show, Ask())

    async def _played(self, show: str, waiting: Waiting) -> None:
        while not waiting.done.is_set():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_S):
                    await waiting.done.wait()
                    return
            with contextlib.suppress(
                Unavailable
            ):  # the owner may have changed, and tells nothing of what it found
                waiting.reached((await self._ask(show, Ask())).seq)


def _late(waiting: Waiting) -> Unavailable:
    if not waiting.number:
        return Unavailable("nobody runs the show now", code="bus/no-answer", hint="try again in a moment")
    hint = "do not send it again: it is recorded, and will be played"
    return Unavailable("nobody has played this yet", code="show/slow", hint=hint)
