"""WebRTC peers for tests, by aiortc, that send what was encoded before and keep what they get as it comes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from fractions import Fraction
from functools import cache

import av
import numpy as np
from aiortc import MediaStreamTrack, RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.jitterbuffer import JitterBuffer, JitterFrame
from aiortc.rtcrtpsender import RTCRtpSender
from aiortc.rtp import RtcpSrPacket
from patience import PATIENCE_S

from oncue.media.rtptime import ntp_of

RATE, GROUP = 30, 15
OPUS_S = 0.02


@cache
def pictures(codec: str = "H264", count: int = 300, size: tuple[int, int] = (320, 180)) -> tuple[bytes, ...]:
    """Access units of noise that moves, with a key frame each half second."""
    encoder = av.CodecContext.create({"H264": "libx264", "VP8": "libvpx"}[codec], "w")
    encoder.width, encoder.height = size
    encoder.pix_fmt, encoder.time_base, encoder.bit_rate = "yuv420p", Fraction(1, RATE), 600_000
    encoder.gop_size, encoder.max_b_frames = GROUP, 0
    if codec == "H264":
        encoder.options = {"preset": "ultrafast", "tune": "zerolatency", "profile": "baseline"}
    else:
        encoder.options = {"deadline": "realtime", "cpu-used": "8", "lag-in-frames": "0"}
    draw = np.random.default_rng(1)
    noise = draw.integers(0, 255, (size[1], size[0], 3), np.uint8)
    coded = []
    for number in range(count):
        frame = av.VideoFrame.from_ndarray(np.roll(noise, number * 3, axis=1), "rgb24").reformat(
            format="yuv420p"
        )
        frame.pts = number
        coded += [bytes(packet) for packet in encoder.encode(frame)]
    return tuple(coded)


@cache
def sounds(count: int = 500) -> tuple[bytes, ...]:
    """Opus packets of 20 ms: a tone that rises."""
    encoder = av.CodecContext.create("libopus", "w")
    encoder.sample_rate, encoder.layout, encoder.format = 48_000, "stereo", "s16"
    encoder.time_base, encoder.bit_rate = Fraction(1, 48_000), 64_000
    coded: list[bytes] = []
    for number in range(count + 2):
        time = np.arange(number * 960, (number + 1) * 960) / 48_000
        wave = (
            (np.sin(2 * np.pi * (200 + 100 * time) * time) * 8_000).astype(np.int16).repeat(2).reshape(1, -1)
        )
        frame = av.AudioFrame.from_ndarray(wave, "s16", "stereo")
        frame.sample_rate, frame.pts = 48_000, number * 960
        coded += [bytes(packet) for packet in encoder.encode(frame)]
    return tuple(coded[:count])


class Start:
    """When the first frame is due: a moment after the connection stands. `at` in loop time, `wall` in µs since 1970."""

    def __init__(self) -> None:
        self.at = self.wall = 0.0

    def __call__(self) -> float:
        if not self.at:
            self.at, self.wall = asyncio.get_running_loop().time() + 0.2, (time.time() + 0.2) * 1e6
        return self.at


class Coded(MediaStreamTrack):
    """Plays encoded frames at their pace."""

    def __init__(self, kind: str, frames: tuple[bytes, ...], start: Start) -> None:
        self.kind = kind
        super().__init__()
        self._frames, self._start = frames, start
        self.sender: RTCRtpSender | None = None
        self.origin = 0
        self._step = 1 / RATE if kind == "video" else OPUS_S
        self.sent = 0

    async def recv(self) -> av.Packet:
        """The next one, when it is due."""
        number = self.sent
        if number == 1 and self.sender is not None:
            self.origin = self.sender._RTCRtpSender__rtp_timestamp
        due = self._start() + number * self._step
        await asyncio.sleep(max(0, due - asyncio.get_running_loop().time()))
        packet = av.Packet(self._frames[number % len(self._frames)])
        packet.time_base = Fraction(1, 90_000 if self.kind == "video" else 48_000)
        packet.pts = round(number * self._step / packet.time_base)
        self.sent += 1
        return packet


class Sender:
    """Offers pictures and sound, as an encoder does. `start` is when the first frames were due."""

    def __init__(self, codec: str = "H264") -> None:
        self.connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        coded = {"video": pictures(codec), "audio": sounds()}
        self.start = Start()
        self.video = Coded("video", coded["video"], self.start)
        self.audio = Coded("audio", coded["audio"], self.start)
        for track in (self.video, self.audio):
            transceiver = self.connection.addTransceiver(track, "sendonly")
            track.sender = transceiver.sender
            self._report(track, transceiver.sender._send_rtcp)
            if track.kind == "video":
                can = RTCRtpSender.getCapabilities("video").codecs
                transceiver.setCodecPreferences([one for one in can if one.name in (codec, "rtx")])

    def _report(self, track: Coded, send: Callable[[list], Awaitable[None]]) -> None:
        """Sender reports say when a frame was due, as an encoder's do: aiortc's say when it was sent."""

        async def honest(packets: list) -> None:
            for packet in packets:
                if isinstance(packet, RtcpSrPacket) and track.sent > 1:
                    info = packet.sender_info
                    rate = 90_000 if track.kind == "video" else 48_000
                    passed = ((info.rtp_timestamp - track.origin) & 0xFFFFFFFF) / rate
                    info.ntp_timestamp = ntp_of(round(self.start.wall + passed * 1e6))
            await send(packets)

        track.sender._send_rtcp = honest

    async def offer(self) -> str:
        """With candidates."""
        await self.connection.setLocalDescription(await self.connection.createOffer())
        return self.connection.localDescription.sdp

    async def accept(self, answer: str) -> None:
        """Go."""
        await self.connection.setRemoteDescription(RTCSessionDescription(answer, "answer"))


class Kept(JitterBuffer):
    """In place of aiortc's jitter buffer: frames whole, undecoded, with RTP timestamps."""

    def __init__(self) -> None:
        super().__init__(capacity=512, is_video=True)
        self.frames: asyncio.Queue[JitterFrame] = asyncio.Queue()

    def add(self, packet):
        """One packet."""
        asked, frame = super().add(packet)
        if frame:
            self.frames.put_nowait(frame)
        return asked, None


class Viewer:
    """Offers to receive, as a player does; `video` and `audio` hold the frames."""

    def __init__(self, *kinds: str) -> None:
        self.connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self.kept: dict[str, Kept] = {}
        for kind in kinds or ("video", "audio"):
            transceiver = self.connection.addTransceiver(kind, "recvonly")
            self.kept[kind] = transceiver.receiver._RTCRtpReceiver__jitter_buffer = Kept()

    offer = Sender.offer
    accept = Sender.accept

    async def frame(self, kind: str = "video") -> JitterFrame:
        """The next one."""
        async with asyncio.timeout(PATIENCE_S):
            return await self.kept[kind].frames.get()


@asynccontextmanager
async def closing(*peers: Sender | Viewer) -> AsyncIterator[None]:
    """Closes their connections."""
    try:
        yield
    finally:
        for peer in peers:
            await peer.connection.close()
