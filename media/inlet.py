"""RTP in: the encoded frames of one stream as they come, in order, with what was lost asked for again (RFC 3550, 4585, 4588).

aiortc's own receiver decodes all that it gets, in a thread of its own. `Inlet` takes its place in a transceiver: ICE, DTLS, SRTP and the
session descriptions stay aiortc's.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any, NamedTuple

from aiortc.codecs import depayload, is_rtx
from aiortc.rtcrtpparameters import RTCRtpCodecParameters, RTCRtpReceiveParameters
from aiortc.rtcrtpreceiver import StreamStatistics
from aiortc.rtp import (
    RTCP_PSFB_APP,
    RTCP_PSFB_PLI,
    RTCP_RTPFB_NACK,
    AnyRtcpPacket,
    RtcpByePacket,
    RtcpPsfbPacket,
    RtcpReceiverInfo,
    RtcpRrPacket,
    RtcpRtpfbPacket,
    RtcpSrPacket,
    RtpPacket,
    pack_remb_fci,
    unwrap_rtx,
)

from .congestion import Congestion

TURN_S = 0.05
REPORT_S = 1.0
AGAIN_S = 0.06
"""A retransmission that did not come is asked for again after about a round trip."""
ASKED = 8
PATIENCE_S = 0.5
"""So long a hole may hold up what came after it."""
HELD = 1024
"""Packets that wait for one that is missing."""
LARGEST = 2 << 20
"""Bytes of a frame; feeds take less."""
SILENT_S = 2.0
"""A stream that has been silent this long may be replaced by another one."""
PLI_S = 0.3
"""Between two requests for a key frame."""
UNPARSABLE = (ValueError, IndexError)


class Encoded(NamedTuple):
    """A frame as it came: codec (`H264`, `VP8`, `opus`), RTP timestamp, payload."""

    codec: str
    timestamp: int
    payload: bytes


class Hears(NamedTuple):
    """Who is told: of each `frame` that comes whole and in order; of a sender report (`reported`: its NTP and RTP timestamps); that
    another stream has `begun`, whose timestamps begin anywhere."""

    frame: Callable[[Encoded], None]
    reported: Callable[[int, int], None]
    begun: Callable[[], None]


class Hole:
    """A packet that is missing: since when, how often and when last it was asked for (loop time)."""

    __slots__ = ("asked", "last", "since")

    def __init__(self, now: float) -> None:
        self.since = self.last = now
        self.asked = 1


class Assembler:
    """Packets of a picture to whole frames, in order. What can be decoded only with what was lost is left out, up to a key frame.

    `whole` gets each frame's packets. `lost` counts the holes that were given up.
    """

    def __init__(self, whole: Callable[[list[RtpPacket]], None]) -> None:
        self._whole = whole
        self._next: int | None = None
        self._top = 0
        self._waiting: dict[int, RtpPacket] = {}
        self._frame: list[RtpPacket] = []
        self._size = 0
        self.holes: dict[int, Hole] = {}
        self.lost = 0
        self.broken = False

    def put(self, packet: RtpPacket, now: float) -> list[int]:
        """A packet, in whatever order they come. Gives the numbers of packets that are found missing now."""
        number = packet.sequence_number
        if self._next is None:
            self._next = self._top = number
        if (number - self._next) & 0xFFFF >= 0x8000 or number in self._waiting:
            return []
        missing = self._look_for(number, now)
        self.holes.pop(number, None)
        self._waiting[number] = packet
        self._drain()
        return missing

    def turn(self, now: float) -> list[int]:
        """Time passes. Gives the numbers that are to be asked for again."""
        if self.holes and (
            len(self._waiting) > HELD or now - min(hole.since for hole in self.holes.values()) > PATIENCE_S
        ):
            self._give_up()
        again = []
        for number, hole in self.holes.items():
            if now - hole.last >= AGAIN_S and hole.asked < ASKED:
                hole.last, hole.asked = now, hole.asked + 1
                again.append(number)
        return again

    def _look_for(self, number: int, now: float) -> list[int]:
        ahead = (number - self._top) & 0xFFFF
        if ahead >= 0x8000:
            return []
        missing = [(self._top + step) & 0xFFFF for step in range(1, ahead)]
        self._top = number
        if len(missing) > HELD:
            self._waiting.clear()
            self._frame.clear()
            self._size = 0
            self.holes.clear()
            self.broken, self._next = True, number
            return []
        self.holes.update((lost, Hole(now)) for lost in missing)
        return missing

    def _give_up(self) -> None:
        self.lost += 1
        self.broken = True
        self._frame.clear()
        self._size = 0
        self.holes.clear()
        # What comes after the hole begins in the middle of a frame, as a rule: that frame is left out with it.
        assert self._next is not None
        ahead = sorted(self._waiting, key=lambda number: (number - (self._next or 0)) & 0xFFFF)
        for number in ahead:
            packet = self._waiting.pop(number)
            self._next = (number + 1) & 0xFFFF
            if packet.marker:
                break
        for step in range((self._top - self._next + 1) & 0xFFFF if ahead else 0):
            number = (self._next + step) & 0xFFFF
            if number not in self._waiting:
                self.holes[number] = Hole(asyncio.get_running_loop().time())
        self._drain()

    def _drain(self) -> None:
        assert self._next is not None
        while packet := self._waiting.pop(self._next, None):
            self._next = (self._next + 1) & 0xFFFF
            if self._frame and packet.timestamp != self._frame[0].timestamp:
                self._flush()
            if packet.payload:
                self._frame.append(packet)
                self._size += len(packet.payload)
            if self._size > LARGEST:
                self._frame.clear()
                self._size, self.broken = 0, True
            if packet.marker and self._frame:
                self._flush()

    def _flush(self) -> None:
        frame, self._frame, self._size = self._frame, [], 0
        self._whole(frame)


class Inlet:
    """One stream of a peer.

    Has the methods that aiortc calls on an RTCRtpReceiver; of these only `receive` and `stop` do anything by themselves.
    """

    def __init__(
        self,
        kind: str,
        transport: Any,
        hears: Hears,
        congestion: Congestion | None = None,
    ) -> None:
        self.kind = kind
        self.transport = transport
        self.track: Any = None
        self._track: Any = None
        self._enabled = True
        self._hears = hears
        self._congestion = congestion
        self._own = 0
        self._ssrc: int | None = None
        self._heard = 0.0
        self._codecs: dict[int, RTCRtpCodecParameters] = {}
        self._repairs: dict[int, int] = {}
        self._statistics: StreamStatistics | None = None
        self._report: tuple[int, float] | None = None
        self._assembler = Assembler(self._whole)
        self._latest: int | None = None
        self._asked = 0.0
        self._asking: set[asyncio.Task[None]] = set()
        self._task: asyncio.Task[None] | None = None
        self._loop = asyncio.get_running_loop()

    @property
    def lost(self) -> int:
        """How often something was lost for good."""
        return self._assembler.lost

    def setTransport(self, transport: Any) -> None:  # noqa: N802  # aiortc's name
        """aiortc: the stream is bundled with another."""
        self.transport = transport

    def _set_rtcp_ssrc(self, ssrc: int) -> None:
        self._own = ssrc

    def _handle_disconnect(self) -> None:
        """aiortc: the transport is over; the session hears of it too."""

    async def getStats(self) -> dict[str, Any]:  # noqa: N802  # aiortc's name
        """aiortc: no statistics of ours."""
        return {}

    async def receive(self, parameters: RTCRtpReceiveParameters) -> None:
        """aiortc: the connection is there."""
        if self._task:
            return
        self._codecs = {codec.payloadType or 0: codec for codec in parameters.codecs}
        self._repairs = {one.rtx.ssrc: one.ssrc for one in parameters.encodings if one.rtx}
        self.transport._register_rtp_receiver(self, parameters)
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """aiortc: the connection is closed."""
        if self._task:
            self.transport._unregister_rtp_receiver(self)
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def keyframe(self) -> None:
        """Ask for a key frame (RFC 4585, 6.3.1), not more often than each `PLI_S`."""
        now = self._loop.time()
        if self._ssrc is not None and self._task and now - self._asked >= PLI_S:
            self._asked = now
            pli = RtcpPsfbPacket(fmt=RTCP_PSFB_PLI, ssrc=self._own, media_ssrc=self._ssrc)
            asking = asyncio.create_task(self._say(pli))
            self._asking.add(asking)
            asking.add_done_callback(self._asking.discard)

    async def _handle_rtcp_packet(self, packet: AnyRtcpPacket) -> None:
        if isinstance(packet, RtcpSrPacket) and packet.ssrc == self._ssrc:
            info = packet.sender_info
            self._report = (info.ntp_timestamp >> 16 & 0xFFFFFFFF, self._loop.time())
            if info.ntp_timestamp:
                self._hears.reported(info.ntp_timestamp, info.rtp_timestamp)
        elif isinstance(packet, RtcpByePacket) and self._ssrc in packet.sources:
            self._heard = 0.0

    async def _handle_rtp_packet(self, packet: RtpPacket, arrival_time_ms: int) -> None:
        now = self._loop.time()
        codec = self._codecs.get(packet.payload_type)
        if codec is None:
            return
        if is_rtx(codec):
            found = self._repaired(packet, codec)
            if found is None:
                return
            packet, codec = found
        elif not self._ours(packet, codec, now):
            return
        else:
            assert self._statistics
            self._statistics.add(packet)
        self._heard = now
        if self._congestion:
            self._congestion.came(len(packet.payload))
        try:
            # Kept on the packet until its frame is whole.
            packet.payload = depayload(codec, packet.payload) if packet.payload else b""
        except UNPARSABLE:
            packet.payload, self._assembler.broken = b"", True
        if self.kind == "audio":
            self._sound(packet, codec)
        elif missing := self._assembler.put(packet, now):
            await self._nack(missing)

    def _ours(self, packet: RtpPacket, codec: RTCRtpCodecParameters, now: float) -> bool:
        """Whether it is of the stream that is read: the first one, of several layers, until that is silent."""
        if packet.ssrc == self._ssrc:
            return True
        if self._ssrc is not None and now - self._heard < SILENT_S:
            return False
        self._ssrc = packet.ssrc
        self._statistics = StreamStatistics(codec.clockRate)
        holes = self._assembler.lost
        self._assembler = Assembler(self._whole)
        self._assembler.lost = holes
        self._latest = self._report = None
        self._hears.begun()
        return True

    def _repaired(
        self, packet: RtpPacket, codec: RTCRtpCodecParameters
    ) -> tuple[RtpPacket, RTCRtpCodecParameters] | None:
        """The packet that a retransmission (RFC 4588) brings."""
        original = self._repairs.get(packet.ssrc)
        apt = codec.parameters.get("apt")
        if original is None or original != self._ssrc or len(packet.payload) < 2 or not isinstance(apt, int):
            return None
        of = self._codecs.get(apt)
        return (unwrap_rtx(packet, payload_type=apt, ssrc=original), of) if of else None

    def _sound(self, packet: RtpPacket, codec: RTCRtpCodecParameters) -> None:
        number = packet.sequence_number
        if self._latest is not None and not 0 < (number - self._latest) & 0xFFFF < 0x8000:
            return
        self._latest = number
        if packet.payload:
            self._hears.frame(Encoded(codec.name, packet.timestamp, packet.payload))

    def _whole(self, packets: list[RtpPacket]) -> None:
        codec = self._codecs[packets[0].payload_type]
        payload = b"".join(packet.payload for packet in packets)
        self._hears.frame(Encoded(codec.name, packets[0].timestamp, payload))

    @property
    def broken(self) -> bool:
        """Whether frames are missing since it was set to False last."""
        return self._assembler.broken

    @broken.setter
    def broken(self, broken: bool) -> None:
        self._assembler.broken = broken

    async def _run(self) -> None:
        due = self._loop.time()
        while True:
            await asyncio.sleep(TURN_S)
            now = self._loop.time()
            if self.kind == "video" and (again := self._assembler.turn(now)):
                await self._nack(again)
            if self._assembler.broken:
                self.keyframe()
            if now >= due and self._ssrc is not None:
                due = now + REPORT_S
                await self._tell(now)

    async def _tell(self, now: float) -> None:
        assert self._statistics
        assert self._ssrc is not None
        if self._statistics.max_seq is None:
            return
        last, at = self._report or (0, now)
        fraction = self._statistics.fraction_lost
        info = RtcpReceiverInfo(
            ssrc=self._ssrc, fraction_lost=fraction, packets_lost=self._statistics.packets_lost,
            highest_sequence=self._statistics.max_seq, jitter=self._statistics.jitter,
            lsr=last, dlsr=int((now - at) * 65536) & 0xFFFFFFFF if last else 0,
        )  # fmt: skip
        await self._say(RtcpRrPacket(ssrc=self._own, reports=[info]))
        if self._congestion:
            most = self._congestion.reckon(now, fraction / 256)
            fci = pack_remb_fci(most, [self._ssrc])
            await self._say(RtcpPsfbPacket(fmt=RTCP_PSFB_APP, ssrc=self._own, media_ssrc=0, fci=fci))

    async def _nack(self, missing: list[int]) -> None:
        nack = RtcpRtpfbPacket(fmt=RTCP_RTPFB_NACK, ssrc=self._own, media_ssrc=self._ssrc or 0)
        nack.lost = sorted(missing)
        await self._say(nack)

    async def _say(self, packet: AnyRtcpPacket) -> None:
        with contextlib.suppress(ConnectionError):
            await self.transport._send_rtp(bytes(packet))
