"""The picture's door where UDP is blocked: who comes in, what they get, and connections that do not behave."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import socket
from typing import Any

import moq
import msgspec
import pytest
from guests import Camera, coded, now, rolling
from link.conftest import Stage, until
from picows import WSFrame, WSInvalidStatusError, WSListener, WSMsgType, WSTransport, ws_connect

from oncue.api.admission import Admission
from oncue.api.tcp import TcpDoor, TcpLimits
from oncue.engine.live import RelayCard, ShowCard
from oncue.engine.live.messages import encode
from oncue.engine.structs import Role, ViewerId
from oncue.media import SUBPROTOCOLS, Relay, RelaySettings, SceneTrack, Visit, lite
from oncue.media.qmux import PARAMETERS, read_varint, varint


class House:
    """A relay, and a node that stands beside it for those without UDP."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.kept: list[object] = []
        self.admission = Admission(stage.tokens)
        self.published: asyncio.Queue[Visit] = asyncio.Queue()
        self.card: RelayCard | None = None

    async def open(self, **limits: int) -> None:
        stack, stage = self.stage.stack, self.stage
        self.admission.open(stage.show)
        relay = Relay(self.admission.admit, stage.now, RelaySettings(linger=0.01))
        self.relay = await stack.enter_async_context(relay)
        self.relay.stage(stage.show, self._attend)
        self.card = RelayCard(f"https://127.0.0.1:{relay.address[1]}/", relay.fingerprint)
        self.door = TcpDoor(stage.tokens, lambda: self.card, now=stage.now, limits=TcpLimits(**limits))
        self.door.card(ShowCard(stage.show, "ABCDEF", "Evening"))
        await stage.open(tcp=self.door)
        stack.push_async_callback(self.door.close)

    async def _attend(self, visit: Visit) -> None:
        self.published.put_nowait(visit)
        await asyncio.Event().wait()

    def url(self, token: str = "", *, viewer: int = 0, role: Role = Role.AUDIENCE, scheme: str = "ws") -> str:
        token = token or self.stage.token(role, viewer=viewer)
        return f"{scheme}://127.0.0.1:{self.stage.port}/moq?token={token}"

    async def watch(self, **who: Any) -> moq.Client:
        """A client that is not ours: moq-rs speaks the same over a WebSocket."""
        client = moq.Client(
            self.url(**who), reconnect=False, publish=moq.OriginProducer(), subscribe=moq.OriginProducer()
        )
        return await self.stage.stack.enter_async_context(client)

    async def page(self, *, protocols: str = ", ".join(SUBPROTOCOLS), **who: Any) -> Page:
        """A connection whose every byte the test writes itself."""
        headers = {"Sec-WebSocket-Protocol": protocols}
        _, page = await ws_connect(Page, self.url(**who), extra_headers=headers)
        assert isinstance(page, Page)
        self.stage.stack.push_async_callback(page.leave)
        return page

    async def refused(self, url: str, protocols: str = ", ".join(SUBPROTOCOLS)) -> tuple[int, str]:
        """Status and code of a handshake that fails."""
        with pytest.raises(WSInvalidStatusError) as caught:
            await ws_connect(Page, url, extra_headers={"Sec-WebSocket-Protocol": protocols})
        assert caught.value.response
        return int(caught.value.response.status), json.loads(caught.value.raw_body or b"{}")["code"]


class Page(WSListener):
    """A page that says what it is told to. `got` are the bytes of each stream, `ends` which of them are whole or reset."""

    def __init__(self) -> None:
        self.got: dict[int, bytes] = {}
        self.ends: dict[int, str] = {}
        self.why = (0, "")
        self.pongs = 0
        self.closed = asyncio.Event()
        self.transport: WSTransport

    def on_ws_connected(self, transport: WSTransport) -> None:
        self.transport = transport

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        self.closed.set()

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type is WSMsgType.BINARY:
            self._read(frame.get_payload_as_bytes())
        elif frame.msg_type is WSMsgType.PONG:
            self.pongs += 1
        elif frame.msg_type is WSMsgType.CLOSE:
            transport.disconnect()

    def _read(self, record: bytes) -> None:
        at = 0
        while at < len(record):
            kind, at = read_varint(record, at)
            count = {PARAMETERS: 1, 0x04: 3, 0x05: 2, 0x0E: 3, 0x0F: 3, 0x11: 2, 0x1C: 3, 0x1D: 2}.get(
                kind, 1
            )
            values = []
            for _ in range(count):
                value, at = read_varint(record, at)
                values.append(value)
            size = values[-1] if kind in (PARAMETERS, 0x0E, 0x0F, 0x1C, 0x1D) else 0
            body, at = record[at : at + size], at + size
            if kind in (0x0E, 0x0F):
                self.got[values[0]] = self.got.get(values[0], b"") + body
            if kind in (0x04, 0x0F):
                self.ends[values[0]] = "reset" if kind == 0x04 else "whole"
            if kind in (0x1C, 0x1D):
                self.why = values[0], body.decode()

    def send(self, data: bytes, kind: WSMsgType = WSMsgType.BINARY) -> None:
        self.transport.send(kind, data)

    def greet(self, *, data: int = 1 << 20, stream: int = 1 << 18, streams: int = 100) -> None:
        """Say what this page takes."""
        values = {4: data, 5: stream, 6: stream, 7: stream, 8: 100, 9: streams}
        body = b"".join(varint(key) + varint(len(varint(n))) + varint(n) for key, n in values.items())
        self.send(varint(PARAMETERS) + varint(len(body)) + body)

    def say(self, stream: int, data: bytes, *, offset: int = 0, end: bool = False) -> None:
        kind = b"\x0f" if end else b"\x0e"
        self.send(kind + varint(stream) + varint(offset) + varint(len(data)) + data)

    def subscribe(
        self, number: int, path: str, track: str, *, priority: int = 60, latency: int = 1000
    ) -> int:
        """Ask for a track on a stream of its own; gives the stream."""
        stream = number * 4
        self.say(stream, lite.subscribe(lite.Subscribe(number, path, track, priority, latency=latency)))
        return stream

    def allow(self, data: int) -> None:
        self.send(varint(0x10) + varint(data))

    @property
    def groups(self) -> dict[tuple[int, int], tuple[int, bytes, str]]:
        """Stream, bytes and end of what came, by subscription and group."""
        found = {}
        for stream, data in self.got.items():
            if stream & 3 == 3 and data[:1] == b"\0":
                size, at = read_varint(data, 1)
                head = lite.read_group_head(data[at : at + size])
                found[head] = stream, data[at + size :], self.ends.get(stream, "")
        return found

    async def leave(self) -> None:
        """Drop the connection."""
        self.transport.disconnect(False)
        await self.closed.wait()

    async def over(self) -> tuple[int, str]:
        """Why the server closes."""
        await self.closed.wait()
        return self.why


@pytest.fixture
async def house(node: Stage) -> House:
    house = House(node)
    await house.open()
    return house


def scenes(house: House) -> SceneTrack:
    track = SceneTrack(house.relay.broadcast(house.stage.show, "scene"))
    house.kept.append(track)
    return track


def scene(seq: int, words: str = "") -> bytes:
    return msgspec.json.encode({"epoch": 1, "seq": seq, "words": words})


class Seat:
    """Somebody on the relay, whose one track is written by the test."""

    def __init__(self, house: House, name: str = "stage/programme") -> None:
        self.path = f"show/{house.stage.show}/{name}"
        self.broadcast = house.relay.broadcast(house.stage.show, name)
        self.track = self.broadcast.publish_track("video", moq.TrackInfo(timescale=1_000_000))
        self.broadcast.announce()

    def close(self) -> None:
        self.track.finish()
        self.broadcast.close()


async def announced(client: moq.Client, path: str) -> moq.BroadcastConsumer:
    return await client.announced_broadcast(path)


# Who comes in


async def test_a_token_of_ours_opens_the_door_and_nothing_else_does(house: House) -> None:
    stage = house.stage
    assert await house.refused(house.url("forged")) == (401, "auth/forged")
    assert await house.refused(house.url().partition("?")[0]) == (401, "auth/missing")
    other = stage.tokens.sign(ViewerId(5), "othershow", Role.AUDIENCE)
    assert await house.refused(house.url(other)) == (401, "show/closed")
    for role in (Role.AUDIENCE, Role.GUEST, Role.HOST, Role.PRODUCER, Role.MODERATOR, Role.DISPLAY):
        await house.page(role=role)
    assert house.door.sessions == 6


async def test_an_expired_token_is_refused_and_a_session_ends_with_its_token(house: House) -> None:
    token = house.stage.token()
    page = await house.page(token=token)
    house.stage.ahead = house.admission.admit(token).expires - house.stage.clock.now() + 1
    house.door.tick()
    assert (await page.over())[0] == 401
    assert await house.refused(house.url(token)) == (401, "auth/expired")


async def test_the_subprotocol_is_one_that_we_speak(house: House) -> None:
    assert await house.refused(house.url(), "qmux-00.moq-lite-05, webtransport") == (400, "moq/protocol")
    page = await house.page(protocols="webtransport,qmux-01.moq-lite-05")
    assert page.transport.response.headers["Sec-WebSocket-Protocol"] == "qmux-01.moq-lite-05"


async def test_one_address_has_only_so_many_pictures_and_a_viewer_the_newest_ones(node: Stage) -> None:
    house = House(node)
    await house.open(per_address=3, per_viewer=2)
    first, *_ = [await house.page(viewer=7) for _ in range(3)]
    assert (await first.over())[0] == 409
    await until(lambda: house.door.sessions == 2)
    await house.page()
    assert await house.refused(house.url()) == (429, "limit/address")


async def test_who_is_put_off_goes_and_stays_out(house: House) -> None:
    page, other = await house.page(viewer=7), await house.page(viewer=8)
    house.door.put_off(f"show.{house.stage.show}.out", encode([(7, True)]))
    assert (await page.over())[0] == 403
    assert await house.refused(house.url(viewer=7)) == (401, "show/kicked")
    assert not other.closed.is_set()


async def test_the_end_of_the_show_is_the_end_of_its_sessions(house: House) -> None:
    page = await house.page()
    house.door.card(ShowCard(house.stage.show, "ABCDEF", "Evening", state="closed"))
    assert (await page.over())[0] == 410
    assert await house.refused(house.url()) == (401, "show/closed")


# What they get


async def test_a_viewer_hears_scenes_from_the_latest_on(house: House) -> None:
    track = scenes(house)
    track.put(scene(1, "first"))
    track.put(scene(2, "second"))
    client = await house.watch()
    broadcast = await announced(client, f"show/{house.stage.show}/scene")
    heard = await broadcast.subscribe_json_snapshot("scene", compression=True)
    assert (await anext(heard))["words"] == "second"
    track.put(scene(3, "third"))
    assert (await anext(heard))["words"] == "third"


async def test_frames_come_as_they_were_with_their_stamps_and_a_group_from_its_beginning(
    house: House,
) -> None:
    seat = Seat(house)
    group = seat.track.append_group()
    group.write_frame(b"key", 5_000_000)
    group.write_frame(b"next", 5_033_333)
    client = await house.watch()
    broadcast = await announced(client, seat.path)
    track = await broadcast.subscribe_track("video", moq.Subscription(max_age_us=5_000_000))
    got = await track.recv_group()
    assert got is not None
    group.write_frame(b"large" * 50_000, 4_999_000)
    group.finish()
    frames = [frame async for frame in got]
    assert [(frame.payload, frame.timestamp_us) for frame in frames] == [
        (b"key", 5_000_000),
        (b"next", 5_033_333),
        (b"large" * 50_000, 4_999_000),
    ]
    seat.track.append_group().write_frame(b"later", 6_000_000)
    following = await track.recv_group()
    assert following is not None
    assert following.sequence == got.sequence + 1


async def test_seats_that_come_and_go_are_told(house: House) -> None:
    client = await house.watch()
    async with client.announced(f"show/{house.stage.show}/stage") as updates:
        seat = Seat(house, "stage/bea")
        update = await anext(updates)
        assert (update.prefix, update.active) == (seat.path, True)
        seat.close()
        update = await anext(updates)
        assert (update.prefix, update.active) == (seat.path, False)


async def test_many_viewers_share_one_subscription(house: House) -> None:
    seat = Seat(house)
    clients = [await house.watch() for _ in range(4)]
    tracks = []
    for client in clients:
        broadcast = await announced(client, seat.path)
        tracks.append(await broadcast.subscribe_track("video", moq.Subscription(max_age_us=5_000_000)))
    seat.track.append_group().write_frame(b"for all", 1)
    for track in tracks:
        group = await track.recv_group()
        assert group is not None
        assert (await anext(aiter(group))).payload == b"for all"
    assert [len(hall.fanout._tracks) for hall in house.door.halls.values()] == [1]
    assert len(house.relay.visits(house.stage.show)) == 1


async def test_what_nobody_announces_is_had_by_who_knows_its_path(house: House) -> None:
    hidden = f"show/{house.stage.show}/room/0123456789abcdef"
    kept = moq.BroadcastProducer()
    track = kept.publish_track("audio")
    track.append_group().write_frame(b"psst", 1)
    dynamic = house.relay.origin(house.stage.show).dynamic(f"show/{house.stage.show}/room")

    async def serve() -> None:
        async for request in dynamic:
            if request.path == hidden:
                request.accept(kept)
            else:
                request.reject(404)

    serving = asyncio.create_task(serve())
    page = await house.page()
    page.greet()
    await until(lambda: bool(house.door.halls[house.stage.show].fanout.paths))
    page.subscribe(0, hidden, "audio")
    page.subscribe(1, hidden + "x", "audio")
    page.subscribe(2, "show/other/scene", "scene")
    await until(lambda: (0, 0) in page.groups and page.groups[0, 0][1].endswith(b"psst"))
    await until(lambda: page.ends.get(4) == page.ends.get(8) == "reset")
    serving.cancel()
    await asyncio.gather(serving, return_exceptions=True)


async def test_who_unsubscribes_gets_nothing_more(house: House) -> None:
    seat = Seat(house)
    page = await house.page()
    page.greet()
    await until(lambda: bool(house.door.halls[house.stage.show].fanout.paths))
    stream = page.subscribe(0, seat.path, "video")
    seat.track.append_group().write_frame(b"one", 1)
    await until(lambda: (0, 0) in page.groups)
    page.send(
        b"\x0f"
        + varint(stream)
        + varint(len(lite.subscribe(lite.Subscribe(0, seat.path, "video", 60, latency=1000))))
        + b"\0"
    )
    await until(lambda: page.ends.get(stream) == "whole")
    assert not next(iter(house.door.halls[house.stage.show].fanout._tracks.values()))[0].takers


async def test_when_the_relay_comes_back_everything_is_announced_anew(house: House) -> None:
    scenes(house).put(scene(1))
    client = await house.watch()
    path = f"show/{house.stage.show}/scene"
    async with client.announced(path) as updates:
        assert (await anext(updates)).active
        house.relay.drop(house.stage.show, house.door._me)
        assert not (await anext(updates)).active
        assert (await anext(updates)).active


# Who does not behave


async def test_a_slow_page_gets_every_scene_and_the_newest_pictures(house: House) -> None:
    seat, track = Seat(house), scenes(house)
    track.put(scene(1))
    page = await house.page()
    page.greet(data=200_000)
    await until(lambda: len(house.door.halls[house.stage.show].fanout.paths) == 2)
    page.subscribe(0, seat.path, "video", latency=0)
    page.subscribe(1, f"show/{house.stage.show}/scene", "scene", priority=100)
    await until(lambda: (1, 0) in page.groups)
    frame = bytes(60_000)
    for number in range(12):
        group = seat.track.append_group()
        group.write_frame(frame, number)
        group.finish()
        track.put(scene(number + 2))
        await until(lambda: (1, number + 1) in page.groups)  # noqa: B023
    session = next(iter(house.door._sockets)).session
    await until(lambda: session.shed > 0)
    assert session.qmux.waiting < 4 * len(frame)
    page.allow(10_000_000)
    await until(lambda: len(page.groups.get((0, 11), (0, b"", ""))[1]) >= len(frame))
    whole = {key for key, (_, data, _) in page.groups.items() if key[0] == 0 and len(data) >= len(frame)}
    assert (0, 11) in whole
    assert len(whole) < 12
    assert len([key for key in page.groups if key[0] == 1]) == 13


async def test_a_page_that_reads_nothing_holds_little_and_is_sent_away(house: House) -> None:
    seat = Seat(house)
    page = await house.page()
    page.greet(data=1 << 40, stream=1 << 40, streams=1 << 20)
    await until(lambda: bool(house.door.halls[house.stage.show].fanout.paths))
    page.subscribe(0, seat.path, "video", latency=600_000)
    seat.track.append_group().write_frame(b"first", 1)
    await until(lambda: (0, 0) in page.groups)
    page.transport.underlying_transport.pause_reading()
    session = next(iter(house.door._sockets)).session
    for number in range(2, 200):
        group = seat.track.append_group()
        for part in range(4):
            group.write_frame(bytes(100_000), number * 10 + part)
        group.finish()
        await asyncio.sleep(0)
        if session.shed:
            break
    await until(lambda: session.shed > 0)
    assert session.qmux.waiting < 2 << 20
    session.tick(session.unblocked + 21)
    assert session.over


@pytest.mark.parametrize(
    "said",
    [
        b"\x0e\x00\x00\x01x",  # a stream before the parameters
        b"\xff" * 40,
        b"",
    ],
)
async def test_garbage_ends_one_session_and_no_other(house: House, said: bytes) -> None:
    other = await house.watch()
    page = await house.page()
    if said:
        page.send(said)
    else:
        page.send(b"hello", WSMsgType.TEXT)
    assert (await page.over())[0] == 400
    scenes(house).put(scene(1))
    await announced(other, f"show/{house.stage.show}/scene")


async def test_a_message_that_is_none_ends_the_session(house: House) -> None:
    page = await house.page()
    page.greet()
    page.say(0, b"\x02\x03abc")
    assert (await page.over())[0] == 400


async def test_streams_that_we_do_not_serve_are_reset(house: House) -> None:
    page = await house.page()
    page.greet()
    for number, kind in enumerate((0, 3, 4, 5, 60)):
        page.say(4 * number, varint(kind) + b"\x01x")
    await until(lambda: [page.ends.get(4 * n) for n in range(5)] == ["reset"] * 5)


async def test_thousands_of_subscriptions_are_refused(house: House) -> None:
    seat = Seat(house)
    page = await house.page()
    page.greet()
    await until(lambda: bool(house.door.halls[house.stage.show].fanout.paths))
    for number in range(100):
        page.subscribe(number, seat.path, "video")
    await until(lambda: list(page.ends.values()).count("reset") == 100 - 64)


async def test_who_asks_for_tracks_without_end_has_the_relay_asked_for_few_of_them(house: House) -> None:
    seat = Seat(house)
    page = await house.page()
    page.greet()
    fanout = house.door.halls[house.stage.show].fanout
    await until(lambda: bool(fanout.paths))
    asked = [lite.sized(lite.text(seat.path), lite.text(f"no{n}")) for n in range(2_000)]
    whole = varint(lite.Bidi.TRACK) + b"".join(asked)
    for at in range(0, len(whole), 8_000):
        page.say(0, whole[at : at + 8_000], offset=at)
    await until(lambda: page.ends.get(0) == "reset")
    assert len(fanout._tracks) <= 300
    page.subscribe(1, f"show/{house.stage.show}/stage/nobody", "video")
    page.subscribe(2, f"show/{house.stage.show}/stage/{'x' * 500}", "video")
    await until(lambda: page.ends.get(4) == page.ends.get(8) == "reset")


async def test_who_sends_more_than_a_viewer_needs_to_is_cut(house: House) -> None:
    page = await house.page()
    page.greet()
    session = next(iter(house.door._sockets)).session
    await until(lambda: session.qmux.ready)
    begun = session.heard
    session.tick(begun)
    for _ in range(150):
        page.send(varint(0x14) + varint(0) + bytes(10_000))
    await until(lambda: session.received >= 1_500_000 or session.over)
    session.tick(begun + 5)
    assert (await page.over())[0] == 429


async def test_pings_count_and_are_not_answered_to_who_does_not_read(house: House) -> None:
    page = await house.page()
    page.greet()
    session = next(iter(house.door._sockets)).session
    await until(lambda: session.qmux.ready)
    begun = session.heard
    session.tick(begun)
    session.block(True)
    for _ in range(15_000):
        page.send(bytes(100), WSMsgType.PING)
    await until(lambda: session.received >= 1_500_000)
    assert not page.pongs
    session.block(False)
    session.tick(begun + 5)
    assert (await page.over())[0] == 429


async def test_a_page_that_is_silent_is_asked_and_then_sent_away(house: House) -> None:
    page = await house.page()
    page.greet()
    session = next(iter(house.door._sockets)).session
    await until(lambda: session.qmux.ready)
    session.tick(session.heard + 5)
    session.tick(session.heard + 21)
    assert (await page.over())[0] == 408


async def test_a_connection_that_is_cut_leaves_nothing(house: House) -> None:
    page = await house.page()
    page.greet()
    page.transport.underlying_transport.get_extra_info("socket").setsockopt(
        socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0"
    )
    page.transport.disconnect(False)
    await until(lambda: not house.door.sessions)
    hall = house.door.halls[house.stage.show]
    assert not hall.sockets
    assert not hall.fanout.listeners


# Who publishes


def units(frame: bytes) -> list[bytes]:
    """The NAL units of H.264 in Annex B, whose start codes moq-rs writes anew."""
    return [unit for unit in re.split(rb"\x00\x00\x00?\x01", frame) if unit]


async def test_a_guest_publishes_by_the_same_session(house: House) -> None:
    client = moq.Client(
        house.url(viewer=7, role=Role.GUEST),
        reconnect=False,
        publish=moq.OriginProducer(),
        subscribe=moq.OriginProducer(),
    )
    await house.stage.stack.enter_async_context(client)
    path = f"show/{house.stage.show}/own/7"
    camera = Camera(client, path)
    async with rolling(camera):
        visit = await house.published.get()
        assert visit.grant.viewer == 7
        theirs = await visit.private.consume().announced_broadcast(path)
        async for catalog in await theirs.subscribe_catalog():
            if catalog.video and catalog.audio:
                break
        [(name, picture)] = catalog.video.items()
        frames = await theirs.subscribe_media(name, picture, moq.Subscription(max_age_us=5_000_000))
        first = await anext(frames)
        assert first.keyframe
        assert units(first.payload)[-1] == units(coded()[0])[-1]
        assert abs(first.timestamp_us - now()) < 10_000_000
        assert units((await anext(frames)).payload)[-1] in [units(frame)[-1] for frame in coded()]
        [(name, sound)] = catalog.audio.items()
        packets = await theirs.subscribe_media(name, sound, moq.Subscription(max_age_us=5_000_000))
        assert (await anext(packets)).payload.startswith(b"sound ")
        scenes(house).put(scene(1))
        await announced(client, f"show/{house.stage.show}/scene")
    camera.close()
    await until(lambda: not house.relay.visits(house.stage.show)[1:])


@pytest.mark.parametrize(
    "catalog",
    [
        b"{",
        b'{"video": 5}',
        b'{"video": {"renditions": {"v": {"codec": "vp8", "description": "zz"}}}}',
        b'{"x": ' + b"[" * 5_000 + b"]" * 5_000 + b"}",
    ],
)
async def test_a_guest_whose_catalog_is_none_is_sent_away(house: House, catalog: bytes) -> None:
    page = await house.page(viewer=7)
    page.greet()
    await until(lambda: 1 in page.got)
    page.say(1, lite.announce_ok(5, 1) + lite.announced("", active=True))
    await house.published.get()
    await until(lambda: 5 in page.got)
    page.say(2, lite.group_head(0, 0) + lite.frame(catalog, 0, 0))
    assert (await page.over())[0] == 400


async def test_who_announces_without_end_is_sent_away(house: House) -> None:
    page = await house.page(viewer=7)
    page.greet()
    await until(lambda: 1 in page.got)
    told = lite.announced("", active=False)
    page.say(1, lite.announce_ok(5, 0) + told * 200)
    assert (await page.over())[0] == 400


async def test_what_cannot_be_a_picture_ends_the_session_with_words(house: House) -> None:
    page = await house.page(viewer=7)
    page.greet()
    await until(lambda: 1 in page.got)
    page.say(1, lite.announce_ok(5, 1) + lite.announced("", active=True))
    await house.published.get()
    await until(lambda: 5 in page.got)
    catalog = (
        b'{"video": {"renditions": {"v": {"codec": "vp8", "codedWidth": 99999999999, "codedHeight": 1}}}}'
    )
    page.say(2, lite.group_head(0, 0) + lite.frame(catalog, 0, 0))
    await until(lambda: 9 in page.got)
    frame = varint(now()) + b"\x10\x02\x00\x9d\x01\x2a\x40\x01\xf0\x00" + bytes(10)
    page.say(6, lite.group_head(1, 0) + lite.frame(frame, 0, 0))
    assert (await page.over())[0] == 400


async def test_what_the_relay_does_not_take_ends_the_session(house: House) -> None:
    async def refuse(visit: Visit) -> None:
        visit.end(403)

    house.relay.stage(house.stage.show, refuse)
    origin = moq.OriginProducer()
    broadcast = origin.create_broadcast(f"show/{house.stage.show}/own/7")
    broadcast.publish_track("video")
    broadcast.announce()
    client = moq.Client(house.url(viewer=7), reconnect=False, publish=origin, subscribe=moq.OriginProducer())
    await house.stage.stack.enter_async_context(client)
    assert client.session
    with contextlib.suppress(moq.Error):
        await client.session.closed()
    await until(lambda: not house.door.sessions)


async def test_nobody_publishes_under_another_name(house: House) -> None:
    origin = moq.OriginProducer()
    for name in ("own/8", "stage/programme", "scene"):
        broadcast = origin.create_broadcast(f"show/{house.stage.show}/{name}")
        broadcast.publish_track("video")
        broadcast.announce()
    client = moq.Client(house.url(viewer=7), reconnect=False, publish=origin, subscribe=moq.OriginProducer())
    await house.stage.stack.enter_async_context(client)
    scenes(house).put(scene(1))
    await announced(client, f"show/{house.stage.show}/scene")
    assert house.published.empty()
    assert house.door.sessions == 1
