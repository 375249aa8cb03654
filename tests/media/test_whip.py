"""WHIP into a feed: what is encoded arrives as it is, when it was captured, and through losses."""

from __future__ import annotations

import asyncio
import hashlib
import itertools
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from aiortc import RTCPeerConnection, RTCSessionDescription
from aiortc.rtp import RtpPacket
from patience import PATIENCE_S
from peers import GROUP, OPUS_S, RATE, Sender, closing, pictures, sounds

from oncue.engine.errors import BadInput
from oncue.media import AirSink, Coded, Feed, MoqPublisher, TrackInfo
from oncue.media.bitstream import nal_units
from oncue.media.congestion import LEAST, Congestion
from oncue.media.inlet import PATIENCE_S as HELD_S
from oncue.media.inlet import Assembler
from oncue.media.peer import Peer, read_offer
from oncue.media.whip import WhipPublisher

OFFERS = Path(__file__).parent / "offers"


def now() -> int:
    return time.time_ns() // 1000


def of(codec: str, payload: bytes) -> str:
    """What identifies an encoded picture, whatever stands between its parts."""
    parts = nal_units(payload) if codec == "H264" else [payload]
    return hashlib.sha256(b"|".join(parts)).hexdigest()


class Kept:
    """A sink that keeps what it gets."""

    def __init__(self) -> None:
        self.info: tuple[TrackInfo, ...] = ()
        self.frames: dict[str, list[Coded]] = {"video": [], "audio": []}
        self.more = asyncio.Event()

    def tracks(self, tracks: tuple[TrackInfo, ...]) -> None:
        self.info = tracks

    def frame(self, track: str, frame: Coded) -> None:
        self.frames[track].append(frame)
        self.more.set()

    def close(self) -> None:
        self.info = ()

    async def until(self, video: int, audio: int = 0) -> None:
        """Returns once there are so many frames."""
        async with asyncio.timeout(PATIENCE_S):
            while len(self.frames["video"]) < video or len(self.frames["audio"]) < audio:
                self.more.clear()
                await self.more.wait()


@pytest.fixture
async def live() -> AsyncIterator[Callable[..., Awaitable[tuple[Feed, WhipPublisher]]]]:
    """Connects a sender to a feed."""
    async with AsyncExitStack() as stack:

        async def connect(sender: Any, clock: Callable[[], int] = now) -> tuple[Feed, WhipPublisher]:
            sdp = await sender.offer()
            peer = Peer(read_offer(sdp, "sendonly"), sdp, ["127.0.0.1"])
            publisher, feed = WhipPublisher(peer, clock, 4_000_000), Feed(clock)
            await stack.enter_async_context(closing(sender))
            answer = await publisher.answer()
            running = asyncio.create_task(feed.run(publisher))
            stack.push_async_callback(asyncio.wait, [running])
            stack.push_async_callback(peer.close)
            await sender.accept(answer)
            return feed, publisher

        yield connect


@pytest.mark.parametrize("codec", ["H264", "VP8"])
async def test_every_access_unit_arrives_bit_exact_at_a_subscriber_of_the_relay(live, studio, codec):
    house = await studio()
    feed, _ = await live(Sender(codec))
    broadcast = house.relay.broadcast("show1", "stage/ann")
    broadcast.announce()
    feed.add(AirSink(broadcast))
    client = await house.visit("bob")
    seen = await asyncio.wait_for(client.announced_broadcast("show/show1/stage/ann").available(), PATIENCE_S)
    kept, far = Kept(), Feed(now)
    far.add(kept)
    watching = asyncio.create_task(far.run(MoqPublisher(seen)))
    await kept.until(4 * GROUP, 80)
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)

    numbers = {of(codec, picture): number for number, picture in enumerate(pictures(codec))}
    got = [numbers[of(codec, frame.payload)] for frame in kept.frames["video"]]
    assert got == list(range(got[0], got[0] + len(got)))
    packets = {packet: number for number, packet in enumerate(sounds())}
    heard = [packets[frame.payload] for frame in kept.frames["audio"]]
    assert heard == list(range(heard[0], heard[0] + len(heard)))


async def test_sound_and_picture_are_in_step_and_sound_is_exact_to_the_sample(live):
    sender = Sender()
    feed, _ = await live(sender)
    kept = Kept()
    feed.add(kept)
    await kept.until(60, 100)
    numbers = {of("H264", picture): number for number, picture in enumerate(pictures())}
    packets = {packet: number for number, packet in enumerate(sounds())}
    picture = [
        frame.stamp - numbers[of("H264", frame.payload)] * 1_000_000 / RATE for frame in kept.frames["video"]
    ]
    sound = [frame.stamp - packets[frame.payload] * OPUS_S * 1_000_000 for frame in kept.frames["audio"]]
    assert max(picture) - min(picture) < 10_000
    assert abs(picture[-1] - sound[-1]) < 20_000
    assert abs(picture[-1] - sender.start.wall) < 60_000
    audio = [frame.stamp for frame in kept.frames["audio"]]
    steps = [after - before for before, after in itertools.pairwise(audio)]
    assert steps.count(20_000) >= len(steps) - 1


async def test_a_sender_whose_clock_is_wrong_is_stamped_in_show_time(live):
    wrong = 3_600_000_000
    feed, _ = await live(Sender(), lambda: now() - wrong)
    kept = Kept()
    feed.add(kept)
    await kept.until(40, 40)
    late = now() - wrong - max(frame.stamp for frame in kept.frames["video"])
    assert -20_000 < late < 2_000_000


async def test_lost_packets_are_asked_for_and_nothing_is_missing(live, monkeypatch):
    feed, publisher = await live(Sender())
    kept = Kept()
    feed.add(kept)
    [video] = [stream.inlet for stream in publisher._streams if stream.kind == "video"]
    real, count = video._handle_rtp_packet, 0

    async def lossy(packet: RtpPacket, arrival_time_ms: int) -> None:
        nonlocal count
        count += 1
        if count % 20 or packet.payload_type not in {p for p, c in video._codecs.items() if c.name == "H264"}:
            await real(packet, arrival_time_ms)

    monkeypatch.setattr(video, "_handle_rtp_packet", lossy)
    await kept.until(5 * GROUP)
    numbers = {of("H264", picture): number for number, picture in enumerate(pictures())}
    got = [numbers[of("H264", frame.payload)] for frame in kept.frames["video"]]
    assert got == list(range(got[0], got[0] + len(got)))
    assert video.lost == 0


async def test_key_frames_are_asked_for_when_a_sink_comes_and_when_none_comes(live, monkeypatch):
    sender = Sender()
    asked = asyncio.Event()
    for transceiver in sender.connection.getTransceivers():
        monkeypatch.setattr(transceiver.sender, "_send_keyframe", asked.set)
    feed, publisher = await live(sender)
    kept = Kept()
    feed.add(kept)
    await kept.until(1)
    asked.clear()
    for stream in publisher._streams:
        stream.inlet._asked = 0
    feed.keyframe()
    await asyncio.wait_for(asked.wait(), PATIENCE_S)
    asked.clear()
    monkeypatch.setattr("oncue.media.whip.KEY_S", 0.2)
    await asyncio.wait_for(asked.wait(), PATIENCE_S)


async def test_a_camera_that_is_turned_off_is_no_track_until_it_is_on_again(live):
    sender = Sender()
    feed, _ = await live(sender)
    kept = Kept()
    feed.add(kept)
    await kept.until(10, 10)
    sender.connection.getTransceivers()[0].sender._enabled = False
    async with asyncio.timeout(PATIENCE_S):
        while [track.kind for track in feed.info] != ["audio"]:
            await asyncio.sleep(0.05)
    count = len(kept.frames["video"])
    sender.connection.getTransceivers()[0].sender._enabled = True
    await kept.until(count + 5)
    assert [track.kind for track in feed.info] == ["video", "audio"]
    assert kept.frames["video"][count].key


async def test_the_end_of_a_sender_ends_the_run(live):
    sender = Sender()
    feed, publisher = await live(sender)
    kept = Kept()
    feed.add(kept)
    await kept.until(1)
    await sender.connection.close()
    await asyncio.wait_for(publisher.peer.ended.wait(), PATIENCE_S)


async def test_of_a_simulcast_offer_the_first_layer_is_taken(live):
    sdp = (OFFERS / "chromium-simulcast.sdp").read_text()
    peer = Peer(read_offer(sdp, "sendonly"), sdp, ["127.0.0.1"])
    publisher = WhipPublisher(peer, now, 4_000_000)
    answer = await publisher.answer()
    await peer.close()
    assert "a=simulcast" not in answer
    assert "a=rid" not in answer
    assert "m=video" in answer


def packet(number: int, timestamp: int, *, marker: bool = False) -> RtpPacket:
    return RtpPacket(
        sequence_number=number & 0xFFFF,
        timestamp=timestamp,
        marker=int(marker),
        payload=bytes([number & 0xFF]),
    )


async def test_packets_are_put_in_order_also_where_their_numbers_wrap_around():
    whole: list[list[int]] = []
    assembler = Assembler(lambda frame: whole.append([one.sequence_number for one in frame]))
    first = 0xFFFE
    assembler.put(packet(first, 1), 0)
    assert assembler.put(packet(first + 3, 2, marker=True), 0) == [0xFFFF, 0]
    assert assembler.put(packet(first + 1, 1, marker=True), 0) == []
    assert assembler.put(packet(first + 2, 2), 0) == []
    assert whole == [[0xFFFE, 0xFFFF], [0, 1]]
    assert not assembler.holes


async def test_what_does_not_come_is_asked_for_again_and_then_given_up_up_to_the_next_frame():
    whole: list[int] = []
    assembler = Assembler(lambda frame: whole.append(frame[0].timestamp))
    assembler.put(packet(0, 1, marker=True), 0)
    assert assembler.put(packet(2, 2, marker=True), 0) == [1]
    assembler.put(packet(3, 3, marker=True), 0)
    assert assembler.turn(0.01) == []
    assert assembler.turn(0.07) == [1]
    assert whole == [1]
    assembler.turn(HELD_S + 0.1)
    assert whole == [1, 3]
    assert assembler.broken
    assert assembler.lost == 1


async def test_a_frame_without_end_is_not_kept():
    whole: list[int] = []
    assembler = Assembler(lambda frame: whole.append(len(frame)))
    for number in range(3_000):
        one = packet(number, 1)
        one.payload = bytes(1_200)
        assembler.put(one, 0)
        assert sum(len(one.payload) for one in assembler._frame) <= 2 << 20
    assert assembler.broken
    assembler.put(packet(3_000, 2, marker=True), 0)
    assert whole[-1] == 1


CANDIDATE = "a=candidate:{0} 1 udp 2130706431 10.9.{1}.{2} 9 typ host\r\n"


async def test_an_offer_has_only_so_many_candidates():
    offer = (OFFERS / "obs.sdp").read_text()
    more = "".join(CANDIDATE.format(n, n // 250, n % 250 + 1) for n in range(500))
    with pytest.raises(BadInput) as caught:
        read_offer(offer.rstrip() + "\r\n" + more, "sendonly")
    assert caught.value.code == "rtc/sdp"


async def test_only_so_many_candidates_may_trickle_in():
    sdp = (OFFERS / "obs.sdp").read_text()
    peer = Peer(read_offer(sdp, "sendonly"), sdp, ("127.0.0.1",))
    WhipPublisher(peer, now, 4_000_000)
    await peer.answer()
    with pytest.raises(BadInput) as caught:
        await peer.trickle("".join(CANDIDATE.format(n, n // 250, n % 250 + 1) for n in range(500)))
    await peer.close()
    assert caught.value.code == "rtc/fragment"


def test_the_cap_falls_with_what_is_lost_and_with_queues_and_comes_back():
    cap = Congestion(4_000_000)
    assert cap.reckon(0, 0) == 4_000_000
    cap.came(250_000)
    assert cap.reckon(1, 0.2) == int(4_000_000 * 0.9)
    before = cap.cap
    cap.came(125_000)
    cap.waited(400_000)
    assert cap.reckon(2, 0) == 850_000 < before
    for second in range(3, 100):
        cap.came(125_000)
        cap.reckon(second, 0)
    assert cap.cap == 4_000_000
    for second in range(100, 300):
        cap.came(1_000)
        cap.reckon(second, 0.9)
    assert cap.cap == LEAST


async def test_an_offer_that_only_receives_is_none_to_publish():
    connection = RTCPeerConnection()
    connection.addTransceiver("video", "recvonly")
    offer: RTCSessionDescription = await connection.createOffer()
    await connection.close()
    with pytest.raises(BadInput) as caught:
        read_offer(offer.sdp, "sendonly")
    assert caught.value.code == "rtc/sdp"
