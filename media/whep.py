"""WHEP (draft-ietf-wish-whep): a broadcast for players that only speak WebRTC. Read once, packetized once, for all of them."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from fractions import Fraction

import av
from aiortc.codecs.h264 import H264Encoder
from aiortc.codecs.vpx import Vp8Encoder

from oncue.engine.structs import Micros

from .feed import Coded, TrackInfo
from .opus import Opus
from .outlet import Outlet, Shipment
from .peer import CODECS, Peer

log = logging.getLogger(__name__)

GROUP = 600
"""Frames since the last key frame that are kept for who comes in between."""
BEHIND = 1_200
"""Shipments that may wait for a peer that catches up."""
GULP, BREATH_S = 24, 0.004
"""Packets that who catches up gets at once, and the pause after them: 6,000 a second."""
ASK_S = 1.0
HEIGHT = 720
"""Of several renditions the largest up to this."""
MICROS = Fraction(1, 1_000_000)


class WhepViewer:
    """A player. `asked` is called when it wants a key frame."""

    def __init__(self, peer: Peer, asked: Callable[[], None]) -> None:
        self.peer = peer
        self._asked = asked
        self._backlog: deque[Shipment] | None = None
        self._last: dict[str, Micros] = {}
        self._outlets = {media.kind: self._give(index) for index, media in enumerate(peer.offer.media)}
        self._task: asyncio.Task[None] | None = None

    async def answer(self) -> str:
        """The answer to the offer. Raises BadInput."""
        return await self.peer.answer()

    def begin(self, group: list[Shipment]) -> None:
        """Catch up with the group that is under way, then go on live."""
        self._backlog = deque(group)
        self._task = asyncio.create_task(self._catch_up())

    async def ship(self, shipment: Shipment) -> None:
        """The next frame."""
        if self._backlog is None:
            await self._ship(shipment)
        elif len(self._backlog) < BEHIND:
            self._backlog.append(shipment)
        else:
            self.peer.ended.set()

    def stop(self) -> None:
        """Send no more."""
        if self._task:
            self._task.cancel()

    def _give(self, index: int) -> Outlet:
        media = self.peer.offer.media[index]
        transceiver = self.peer.take(media, "sendonly", CODECS[media.kind])
        outlet = Outlet(media.kind, transceiver.receiver.transport, "oncue", self._asked)
        return self.peer.send(transceiver, outlet)

    async def _catch_up(self) -> None:
        packets = 0
        while self._backlog:
            shipment = self._backlog.popleft()
            await self._ship(shipment)
            packets += len(shipment.payloads)
            if packets >= GULP:
                packets = 0
                await asyncio.sleep(BREATH_S)
        self._backlog = None

    async def _ship(self, shipment: Shipment) -> None:
        outlet = self._outlets.get(shipment.kind)
        # What was in the group may be on its way as well.
        if outlet and shipment.stamp > self._last.get(shipment.kind, 0):
            self._last[shipment.kind] = shipment.stamp
            try:
                await outlet.ship(shipment)
            except ConnectionError:
                self.peer.ended.set()


class Fan:
    """A sink that gives what it gets to all viewers. `asked` is called when one of them wants a key frame, once a second at most."""

    def __init__(self, asked: Callable[[], None]) -> None:
        self.viewers: set[WhepViewer] = set()
        self._asked = asked
        self._asked_at = 0.0
        self._group: list[Shipment] = []
        self._video: TrackInfo | None = None
        self._audio: TrackInfo | None = None
        self._opus: Opus | None = None
        self._vp8 = Vp8Encoder()
        self._queue: asyncio.Queue[Shipment] = asyncio.Queue()
        self._task = asyncio.create_task(self._run())

    def add(self, viewer: WhepViewer) -> None:
        """It is connected: it gets the group that is under way, and all that comes."""
        self.viewers.add(viewer)
        viewer.begin(list(self._group))
        if not self._group:
            self.keyframe()

    def drop(self, viewer: WhepViewer) -> None:
        """It gets no more."""
        self.viewers.discard(viewer)

    def keyframe(self) -> None:
        """Somebody needs one."""
        now = asyncio.get_running_loop().time()
        if now - self._asked_at > ASK_S:
            self._asked_at = now
            self._asked()

    def tracks(self, tracks: tuple[TrackInfo, ...]) -> None:
        """Of several pictures the best that is not too large."""
        videos = sorted((one for one in tracks if one.kind == "video"), key=lambda one: one.height)
        fitting = [one for one in videos if one.height <= HEIGHT] or videos[:1]
        audio = next((one for one in tracks if one.kind == "audio"), None)
        self._video = fitting[-1] if fitting else None
        self._group.clear()
        if audio != self._audio:
            self._audio = audio
            self._opus = Opus(audio) if audio and audio.codec.startswith("mp4a") else None

    def frame(self, track: str, frame: Coded) -> None:
        """Packetized here, sent by the fan's own task."""
        if self._video and track == self._video.name:
            self._picture(self._video, frame)
        elif self._audio and track == self._audio.name:
            for packet in self._opus.put(frame) if self._opus else (frame,):
                self._queue.put_nowait(Shipment("audio", "opus", packet.stamp, True, [packet.payload]))

    def close(self) -> None:
        """There is no more."""
        self._task.cancel()

    def _picture(self, info: TrackInfo, frame: Coded) -> None:
        vp8 = info.codec.startswith("vp8")
        packet = av.Packet(frame.payload)
        packet.pts, packet.time_base = 0, MICROS
        payloads, _ = (self._vp8 if vp8 else H264Encoder()).pack(packet)
        shipment = Shipment("video", "vp8" if vp8 else "h264", frame.stamp, frame.key, payloads)
        if frame.key:
            self._group.clear()
        if frame.key or self._group:
            self._group.append(shipment)
        if len(self._group) > GROUP:
            self._group.clear()
        self._queue.put_nowait(shipment)

    async def _run(self) -> None:
        while True:
            shipment = await self._queue.get()
            for viewer in tuple(self.viewers):
                await viewer.ship(shipment)
