"""RTP out: encoded frames, packetized once for all, to one peer (RFC 3550, 3711 by aiortc; 4585, 4588; 8285).

aiortc's own sender begins its timestamps anywhere and reports when it sent. `Outlet` takes its place in a transceiver: its timestamps are
the show time of capture (µs times the clock rate, modulo 2**32), and so are the NTP times of its sender reports. A player knows from each
frame's timestamp which moment of the show it is.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import Callable
from struct import pack
from typing import Any, NamedTuple

from aiortc.codecs import is_rtx
from aiortc.rtcrtpparameters import RTCRtpSendParameters
from aiortc.rtp import (
    RTCP_PSFB_FIR,
    RTCP_PSFB_PLI,
    RTCP_RTPFB_NACK,
    AnyRtcpPacket,
    RtcpByePacket,
    RtcpPsfbPacket,
    RtcpRrPacket,
    RtcpRtpfbPacket,
    RtcpSdesPacket,
    RtcpSenderInfo,
    RtcpSourceInfo,
    RtcpSrPacket,
)

from oncue.engine.structs import Micros

from .rtptime import ntp_of

MID = "urn:ietf:params:rtp-hdrext:sdes:mid"
HISTORY = 1024
"""Packets that can be sent again: some four seconds of 2 Mbit/s."""
REPORT_S = 1.0
REPAIRS = 400
"""Packets sent again in a second at most: who loses more is not helped by it."""


class Shipment(NamedTuple):
    """A frame for all peers: when it was captured, its codec (`h264`, `vp8`, `opus`), its RTP payloads, whether it stands for itself."""

    kind: str
    codec: str
    stamp: Micros
    key: bool
    payloads: list[bytes]


class _Sent(NamedTuple):
    """A packet as it was sent: payload type with marker, timestamp, payload."""

    type: int
    timestamp: int
    payload: bytes


class Outlet:
    """One stream to a peer. `asked` is called when it wants a key frame.

    Has the methods that aiortc calls on an RTCRtpSender; of these only `send` and `stop` do anything by themselves.
    """

    def __init__(self, kind: str, transport: Any, stream: str, asked: Callable[[], None]) -> None:
        self.kind = kind
        self.transport = transport
        self.track = None
        self._ssrc, self._rtx_ssrc = secrets.randbits(32), secrets.randbits(32)
        self._stream_id, self._track_id = stream, f"{stream}-{kind}"
        self._enabled = True
        self._asked = asked
        self._rate = 90 if kind == "video" else 48
        self._types: dict[str, int] = {}
        self._repairs: dict[int, int] = {}
        self._extension = b""
        self._number, self._repair = secrets.randbits(15), secrets.randbits(15)
        self._sent: dict[int, _Sent] = {}
        self._packets = self._bytes = 0
        self._last: Micros = 0
        self._cname = ""
        self._allowed = REPAIRS
        self._task: asyncio.Task[None] | None = None
        self.lost = 0.0

    def setTransport(self, transport: Any) -> None:  # noqa: N802  # aiortc's name
        """aiortc: the stream is bundled with another."""
        self.transport = transport

    def replaceTrack(self, track: Any) -> None:  # noqa: N802  # aiortc's name
        """aiortc: there is no track."""

    async def getStats(self) -> dict[str, Any]:  # noqa: N802  # aiortc's name
        """aiortc: no statistics of ours."""
        return {}

    async def send(self, parameters: RTCRtpSendParameters) -> None:
        """aiortc: the connection is there."""
        if self._task:
            return
        for codec in parameters.codecs:
            if is_rtx(codec):
                self._repairs[int(codec.parameters["apt"] or 0)] = codec.payloadType or 0
            else:
                self._types.setdefault(codec.name.lower(), codec.payloadType or 0)
        ids = [one.id for one in parameters.headerExtensions if one.uri == MID]
        self._extension = _one_byte(ids[0], parameters.muxId.encode()) if ids and parameters.muxId else b""
        self._cname = parameters.rtcp.cname or ""
        self.transport._register_rtp_sender(self, parameters)
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """aiortc: the connection is closed."""
        if self._task:
            self.transport._unregister_rtp_sender(self)
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            await self._say(RtcpByePacket(sources=[self._ssrc]))

    def takes(self, codec: str) -> bool:
        """Whether the peer has agreed to get this."""
        return codec in self._types

    async def ship(self, shipment: Shipment) -> None:
        """Send a frame, if the peer takes its codec. Raises ConnectionError when the peer is gone."""
        kind = self._types.get(shipment.codec)
        if kind is None or self._task is None:
            return
        timestamp = self._ticks(shipment.stamp)
        last = len(shipment.payloads) - 1
        for index, payload in enumerate(shipment.payloads):
            sent = _Sent(kind | 0x80 if index == last else kind, timestamp, payload)
            self._sent[self._number & (HISTORY - 1)] = sent
            await self._put(sent, self._number, self._ssrc)
            self._number = (self._number + 1) & 0xFFFF
            self._bytes += len(payload)
        self._packets += last + 1
        self._last = max(self._last, shipment.stamp)

    def _ticks(self, stamp: Micros) -> int:
        return (stamp * self._rate + 500) // 1000 & 0xFFFFFFFF

    async def _put(self, packet: _Sent, number: int, ssrc: int) -> None:
        head = pack("!BBHII", 0x90 if self._extension else 0x80, packet.type, number, packet.timestamp, ssrc)
        await self.transport._send_rtp(head + self._extension + packet.payload)

    async def _handle_rtcp_packet(self, packet: AnyRtcpPacket) -> None:
        if isinstance(packet, RtcpRtpfbPacket) and packet.fmt == RTCP_RTPFB_NACK:
            for number in packet.lost:
                await self._again(number)
        elif isinstance(packet, RtcpPsfbPacket) and packet.fmt in (RTCP_PSFB_FIR, RTCP_PSFB_PLI):
            self._asked()
        elif isinstance(packet, (RtcpRrPacket, RtcpSrPacket)):
            for report in packet.reports:
                if report.ssrc == self._ssrc:
                    self.lost = report.fraction_lost / 256

    async def _again(self, number: int) -> None:
        sent = self._sent.get(number & (HISTORY - 1))
        if sent is None or (self._number - number) & 0xFFFF > HISTORY or self._allowed <= 0:
            return
        self._allowed -= 1
        repair = self._repairs.get(sent.type & 0x7F)
        with contextlib.suppress(ConnectionError):
            if repair is None:
                await self._put(sent, number, self._ssrc)
                return
            again = _Sent(repair | sent.type & 0x80, sent.timestamp, pack("!H", number) + sent.payload)
            self._repair = (self._repair + 1) & 0xFFFF
            await self._put(again, self._repair, self._rtx_ssrc)

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(REPORT_S if self._last else REPORT_S / 10)
            self._allowed = REPAIRS
            if self._last:
                info = RtcpSenderInfo(
                    ntp_timestamp=ntp_of(self._last), rtp_timestamp=self._ticks(self._last),
                    packet_count=self._packets & 0xFFFFFFFF, octet_count=self._bytes & 0xFFFFFFFF,
                )  # fmt: skip
                name = RtcpSourceInfo(ssrc=self._ssrc, items=[(1, self._cname.encode())])
                await self._say(RtcpSrPacket(ssrc=self._ssrc, sender_info=info), RtcpSdesPacket([name]))

    async def _say(self, *packets: AnyRtcpPacket) -> None:
        with contextlib.suppress(ConnectionError):
            await self.transport._send_rtp(b"".join(bytes(packet) for packet in packets))


def _one_byte(number: int, value: bytes) -> bytes:
    """A header extension with one-byte header (RFC 8285, section 4.2)."""
    element = bytes([number << 4 | len(value) - 1]) + value
    element += bytes(-len(element) % 4)
    return pack("!HH", 0xBEDE, len(element) // 4) + element
