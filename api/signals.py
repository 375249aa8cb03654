"""Signalling of WebRTC on the node that has the relay: what the API asks over NATS, done with its sessions."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import msgspec
import structlog
from nats.aio.msg import Msg

from oncue.engine.errors import Forbidden, OncueError, Unknown
from oncue.engine.live import Bus, end
from oncue.engine.live.bus import Gone
from oncue.engine.live.messages import RtcAnswer, RtcAsk, encode, read_rtc_ask
from oncue.engine.structs import Role
from oncue.media import Grant, Opened, Rtc

from .auth import ROLES

log = structlog.get_logger()

OWN, PROGRAMME = "", "programme"
LOOK_S, SEATED = 0.1, 30
"""The orders that seat somebody may come a little later than they do: looked for so often."""
ASKING = 200
"""How many may be answered at once."""

Admit = Callable[[str], Grant]
MayPublish = Callable[[str, int], bool]
"""Whether this viewer of this show is seated, as far as is known here."""


class Signals:
    """Answers `rtc.<node>`."""

    def __init__(self, rtc: Rtc, admit: Admit, may_publish: MayPublish) -> None:
        self._rtc = rtc
        self._admit = admit
        self._may_publish = may_publish
        self._tasks: set[asyncio.Task[None]] = set()
        self._does: dict[str, Callable[[Grant, RtcAsk], Awaitable[RtcAnswer]]] = {
            "publish": self._publish,
            "watch": self._watch,
            "trickle": self._trickle,
            "end": self._end,
        }

    @asynccontextmanager
    async def answering(self, bus: Bus, node: str) -> AsyncIterator[None]:
        """While the block lasts."""

        async def heard(message: Msg) -> None:
            # Each in a task of its own: an answer takes as long as candidates are gathered.
            if len(self._tasks) < ASKING:
                task = asyncio.create_task(self._answer(message))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)

        subscription = await bus.client.subscribe(f"rtc.{node}", cb=heard)
        try:
            yield
        finally:
            with contextlib.suppress(*Gone):
                await subscription.unsubscribe()
            await end(*self._tasks)

    async def _answer(self, message: Msg) -> None:
        try:
            answer = await self.ask(read_rtc_ask(message.data))
        except OncueError as error:
            answer = RtcAnswer(refused=(error.code, error.message, error.hint))
        except msgspec.DecodeError:
            answer = RtcAnswer(refused=("rtc/failed", "the node is of another version", ""))
        except Exception:
            log.exception("signalling failed")
            answer = RtcAnswer(refused=("rtc/failed", "something failed on the node that has the relay", ""))
        with contextlib.suppress(*Gone):
            await message.respond(encode(answer))

    async def ask(self, ask: RtcAsk) -> RtcAnswer:
        """Do it. Raises an OncueError to refuse."""
        grant = self._admit(ask.token)
        if grant.show != ask.show:
            raise Forbidden("the token is for another show", code="auth/other-show")
        return await self._does[ask.do](grant, ask)

    async def _publish(self, grant: Grant, ask: RtcAsk) -> RtcAnswer:
        if ask.seat == PROGRAMME:
            if not ROLES[grant.role] & (Role.HOST | Role.PRODUCER):
                raise Forbidden("the programme is published by a host or producer", code="auth/forbidden")
        elif ask.seat != OWN:
            raise Unknown("one publishes for oneself, or as `programme`", code="rtc/seat")
        else:
            await self._seated(grant)
        return _answer(await self._rtc.publish(grant, ask.body, ask.seat))

    async def _seated(self, grant: Grant) -> None:
        for _ in range(SEATED):
            if self._may_publish(grant.show, grant.viewer):
                return
            await asyncio.sleep(LOOK_S)
        raise Forbidden("you are not on the way to the stage", code="stage/not-seated")

    async def _watch(self, grant: Grant, ask: RtcAsk) -> RtcAnswer:
        return _answer(await self._rtc.watch(grant, ask.body, ask.seat))

    async def _trickle(self, grant: Grant, ask: RtcAsk) -> RtcAnswer:
        await self._rtc.trickle(ask.resource, grant.viewer, ask.etag, ask.body)
        return RtcAnswer(ask.resource)

    async def _end(self, grant: Grant, ask: RtcAsk) -> RtcAnswer:
        self._rtc.hang_up(ask.resource, grant.viewer)
        return RtcAnswer(ask.resource)


def _answer(opened: Opened) -> RtcAnswer:
    return RtcAnswer(opened.resource, opened.etag, opened.answer)
