"""WHEP out of the relay: encoded frames pass through to all peers, with the show time of capture on them."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from fractions import Fraction

import av
import numpy as np
import pytest
from aiortc.rtp import RTCP_PSFB_PLI, RtcpPsfbPacket
from patience import PATIENCE_S
from peers import Viewer, closing, pictures, sounds

from oncue.media import AirSink, Coded, Grant, Publisher, Relay, Rtc, RtcSettings, TestCard, TrackInfo
from oncue.media.bitstream import nal_units
from oncue.media.opus import Opus
from oncue.media.picture import Picture
from oncue.media.whip import OPUS

VIDEO = TrackInfo(name="video", kind="video", codec="avc3.42c014", width=320, height=180)
VP8 = TrackInfo(name="video", kind="video", codec="vp8", width=320, height=180)


def now() -> int:
    return time.time_ns() // 1000


async def nobody(grant: Grant, seat: str, publisher: Publisher) -> None:
    """Nobody publishes here."""


class House:
    """A relay with its WebRTC doors, and a seat on air that tests write frames into. `asked`: somebody wanted a key frame."""

    def __init__(self, relay: Relay, rtc: Rtc) -> None:
        self.relay, self.rtc = relay, rtc
        self.asked = asyncio.Event()

    def air(self, *tracks: TrackInfo, seat: str = "programme") -> AirSink:
        broadcast = self.relay.broadcast("show1", f"stage/{seat}")
        broadcast.announce()
        sink = AirSink(broadcast)
        sink.tracks(tracks)
        return sink

    async def watch(self, viewer: Viewer, number: int = 1, seat: str = "programme") -> None:
        opened = await self.rtc.watch(Grant("show1", number, "audience"), await viewer.offer(), seat)
        await viewer.accept(opened.answer)


@pytest.fixture
async def doors() -> AsyncIterator[Callable[..., Awaitable[House]]]:
    """Opens a house; settings of the doors as arguments."""
    async with AsyncExitStack() as stack:

        async def open_house(**settings: object) -> House:
            relay = await stack.enter_async_context(Relay(lambda _: Grant("show1", 1, "audience"), now))
            chosen = RtcSettings(**{"addresses": ("127.0.0.1",), **settings})
            rtc = Rtc(relay.origin, nobody, now, chosen, lambda show, seat: house.asked.set())
            house = House(relay, await stack.enter_async_context(rtc))
            return house

        yield open_house


def play(sink: AirSink, codec: str = "H264", start: int = 0, count: int = 300) -> asyncio.Task[None]:
    """Writes pictures and sound at their pace, the first picture stamped `start`."""
    coded, began = pictures(codec), start or now()

    async def write() -> None:
        for number in range(count):
            await asyncio.sleep(max(0, (began + number * 33_333 - now()) / 1e6))
            sink.frame("video", Coded(began + number * 33_333, number % 15 == 0, coded[number % len(coded)]))
            if any(track == "audio" for track in sink._tracks):
                for packet in (number * 5 // 3, number * 5 // 3 + 1)[: 1 + (number % 3 != 2)]:
                    stamp = began + packet * 20_000
                    sink.frame("audio", Coded(stamp, True, sounds()[packet]))

    return asyncio.create_task(write())


def stamp_of(timestamp: int, rate: int = 90) -> int:
    """The show time (µs) of an RTP timestamp near now, as players reckon it."""
    ticks = now() * rate // 1000
    ahead = (timestamp - ticks) & 0xFFFFFFFF
    return (ticks + (ahead - (1 << 32) if ahead >> 31 else ahead)) * 1000 // rate


@pytest.mark.parametrize(("codec", "info"), [("H264", VIDEO), ("VP8", VP8)])
async def test_frames_pass_through_as_they_are_from_a_key_frame_on_with_their_capture_times(
    doors, codec, info
):
    house, viewer = await doors(), Viewer()
    assert pictures(codec)
    assert sounds()
    sink, began = house.air(info, OPUS), now()
    playing = play(sink, codec, began)
    async with closing(viewer):
        await house.watch(viewer)
        known = {
            (b"|".join(nal_units(picture)) if codec == "H264" else picture): number
            for number, picture in enumerate(pictures(codec))
        }
        frames = [await viewer.frame() for _ in range(40)]
        parts = [b"|".join(nal_units(one.data)) if codec == "H264" else one.data for one in frames]
        numbers = [known[part] for part in parts]
        assert numbers == list(range(numbers[0], numbers[0] + 40))
        assert numbers[0] % 15 == 0
        for number, frame in zip(numbers, frames, strict=True):
            assert abs(stamp_of(frame.timestamp) - (began + number * 33_333)) <= 12
        heard = {packet: number for number, packet in enumerate(sounds())}
        for _ in range(20):
            packet = await viewer.frame("audio")
            assert abs(stamp_of(packet.timestamp, 48) - (began + heard[packet.data] * 20_000)) <= 21
    playing.cancel()


async def test_one_reading_serves_all_and_ends_when_the_last_has_gone(doors, monkeypatch):
    monkeypatch.setattr("oncue.media.rtc.LINGER_S", 0.5)
    house, viewers = await doors(), [Viewer("video") for _ in range(3)]
    playing = play(house.air(VIDEO))
    async with closing(*viewers):
        for number, viewer in enumerate(viewers):
            await house.watch(viewer, number)
        for viewer in viewers:
            await viewer.frame()
        [reading] = house.rtc._readings.values()
        assert len(reading.fan.viewers) == 3
    async with asyncio.timeout(PATIENCE_S):
        while house.rtc._readings:
            await asyncio.sleep(0.1)
    assert house.rtc.counts.watching == 0
    playing.cancel()


async def test_sender_reports_say_the_show_time_of_capture(doors):
    house, viewer = await doors(), Viewer()
    playing = play(house.air(VIDEO, OPUS))
    told: dict[str, asyncio.Future[tuple[int, int]]] = {}
    for transceiver in viewer.connection.getTransceivers():
        first: asyncio.Future[tuple[int, int]] = asyncio.get_running_loop().create_future()
        told[transceiver.kind] = first
        real = transceiver.receiver._handle_rtcp_packet

        async def heard(packet, real=real, first=first):
            if hasattr(packet, "sender_info") and not first.done():
                info = packet.sender_info
                first.set_result((info.ntp_timestamp, info.rtp_timestamp))
            await real(packet)

        transceiver.receiver._handle_rtcp_packet = heard
    async with closing(viewer):
        await house.watch(viewer)
        async with asyncio.timeout(PATIENCE_S):
            reports = {kind: await first for kind, first in told.items()}
    for kind, (ntp, timestamp) in reports.items():
        at = ((ntp >> 32) - 2_208_988_800) * 1_000_000 + ((ntp & 0xFFFFFFFF) * 1_000_000 >> 32)
        assert abs(stamp_of(timestamp, 90 if kind == "video" else 48) - at) <= 22
    playing.cancel()


async def test_who_loses_a_picture_has_the_source_asked_for_a_key_frame(doors):
    house, viewer = await doors(), Viewer("video")
    playing = play(house.air(VIDEO))
    async with closing(viewer):
        await house.watch(viewer)
        await viewer.frame()
        [transceiver] = viewer.connection.getTransceivers()
        [ssrc] = transceiver.receiver._RTCRtpReceiver__remote_streams
        house.asked.clear()
        [reading] = house.rtc._readings.values()
        reading.fan._asked_at = 0
        pli = RtcpPsfbPacket(fmt=RTCP_PSFB_PLI, ssrc=1, media_ssrc=ssrc)
        await transceiver.receiver._send_rtcp(pli)
        await asyncio.wait_for(house.asked.wait(), PATIENCE_S)
    playing.cancel()


async def test_the_test_picture_plays_and_a_seat_that_comes_later_is_waited_for(doors):
    house, viewer = await doors(), Viewer()
    async with closing(viewer):
        await house.watch(viewer, seat="s1")
        broadcast = house.relay.broadcast("show1", "stage/s1")
        playing = asyncio.create_task(TestCard(Picture(320, 180, 15)).run(broadcast, now))
        first = await viewer.frame()
        assert {unit[0] & 0x1F for unit in nal_units(first.data)} >= {5, 7, 8}
        packets = [(await viewer.frame("audio")).timestamp for _ in range(10)]
        assert {after - before for before, after in itertools.pairwise(packets)} == {1_920}
        playing.cancel()
        await asyncio.gather(playing, return_exceptions=True)


def aac(seconds: float, rate: int = 44_100) -> tuple[TrackInfo, list[bytes]]:
    """A tone of 1 kHz."""
    encoder = av.CodecContext.create("aac", "w")
    encoder.sample_rate, encoder.layout, encoder.format = rate, "stereo", "fltp"
    encoder.time_base = Fraction(1, rate)
    encoder.open()
    coded = []
    for number in range(int(seconds * rate / 1024)):
        phase = np.arange(number * 1024, (number + 1) * 1024) * (2 * np.pi * 1000 / rate)
        frame = av.AudioFrame.from_ndarray(
            np.tile(np.sin(phase).astype(np.float32) / 2, (2, 1)), "fltp", "stereo"
        )
        frame.sample_rate, frame.pts = rate, number * 1024
        coded += [bytes(packet) for packet in encoder.encode(frame)]
    info = TrackInfo(
        name="audio",
        kind="audio",
        codec="mp4a.40.2",
        description=bytes(encoder.extradata),
        rate=rate,
        channels=2,
    )
    return info, coded


def test_aac_becomes_opus_whose_stamps_keep_to_the_samples_through_gaps():
    info, packets = aac(2)
    opus, began = Opus(info), 1_800_000_000_000_000
    made = []
    for number, packet in enumerate(packets):
        gap = 500_000 if number >= 40 else 0
        made += list(opus.put(Coded(began + number * 1024 * 1_000_000 // 44_100 + gap, True, packet)))
    steps = [after.stamp - before.stamp for before, after in itertools.pairwise(made)]
    assert all(step in range(19_999, 20_002) for step in steps if step < 100_000)
    assert len([step for step in steps if step >= 100_000]) == 1
    assert abs(made[0].stamp - began) < 30_000
    assert abs(made[-1].stamp - (began + 2_500_000)) < 120_000
    decoder = av.CodecContext.create("libopus", "r")
    decoder.sample_rate, decoder.layout, decoder.format = 48_000, "stereo", "s16"
    loud = np.concatenate(
        [
            frame.to_ndarray().ravel()
            for one in made[10:30]
            for frame in decoder.decode(av.Packet(one.payload))
        ]
    )
    assert np.abs(loud).max() > 8_000


async def test_a_programme_with_aac_is_heard_by_all_who_watch_by_webrtc(doors):
    house, viewers = await doors(), [Viewer("audio"), Viewer("audio")]
    info, packets = aac(6)
    sink = house.air(info)

    async def write() -> None:
        began = now()
        for number, packet in enumerate(packets):
            at = began + number * 1024 * 1_000_000 // 44_100
            await asyncio.sleep(max(0, (at - now()) / 1e6))
            sink.frame("audio", Coded(at, True, packet))

    playing = asyncio.create_task(write())
    async with closing(*viewers):
        for number, viewer in enumerate(viewers):
            await house.watch(viewer, number)
        same = [[(await viewer.frame("audio")).data for _ in range(30)] for viewer in viewers]
        assert set(same[0]) & set(same[1])
    playing.cancel()
