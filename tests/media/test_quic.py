"""Clock pings by datagram: who may send them, how fast, and what comes back."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import struct
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta

import pytest
from aioquic.asyncio import QuicConnectionProtocol
from aioquic.asyncio.client import connect
from aioquic.h3.connection import H3_ALPN, H3Connection
from aioquic.h3.events import DatagramReceived, HeadersReceived
from aioquic.quic.configuration import QuicConfiguration
from aioquic.quic.events import ConnectionTerminated, ProtocolNegotiated
from cryptography.hazmat.primitives.asymmetric import ec
from patience import PATIENCE_S
from small_show import until

from oncue.engine.errors import Denied, Unavailable
from oncue.media import ClockDoor, ClockSettings, Grant
from oncue.media.certs import make_certificate

DAY = 24 * 3600 * 1_000_000


class Viewer(QuicConnectionProtocol):
    """A browser's side."""

    def __init__(self, *words, **named) -> None:
        super().__init__(*words, **named)
        self.h3: H3Connection | None = None
        self.status: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self.answers: asyncio.Queue[bytes] = asyncio.Queue()
        self.over = asyncio.Event()

    def quic_event_received(self, event) -> None:
        if isinstance(event, ProtocolNegotiated):
            self.h3 = H3Connection(self._quic, enable_webtransport=True)
        elif isinstance(event, ConnectionTerminated):
            self.over.set()
        for heard in self.h3.handle_event(event) if self.h3 else ():
            if isinstance(heard, HeadersReceived):
                self.status.set_result(int(dict(heard.headers)[b":status"]))
            elif isinstance(heard, DatagramReceived):
                self.answers.put_nowait(heard.data)

    def request(self, path: str, **headers: str) -> None:
        said = {
            "method": "CONNECT",
            "protocol": "webtransport",
            "scheme": "https",
            "authority": "x",
            "path": path,
        }
        self.session = self._quic.get_next_available_stream_id()
        assert self.h3
        self.h3.send_headers(
            self.session,
            [(f":{name}".encode(), value.encode()) for name, value in {**said, **headers}.items()],
        )
        self.transmit()

    def send(self, data: bytes) -> None:
        assert self.h3
        self.h3.send_datagram(self.session, data)
        self.transmit()

    async def ping(self, data: bytes) -> bytes:
        self.send(data)
        return await asyncio.wait_for(self.answers.get(), PATIENCE_S)


class House:
    """A clock, the tokens that it knows, and its viewers."""

    def __init__(self) -> None:
        self.now = 1_800_000_000_000_000
        self.grants = {"ann": Grant("show1", 1, "audience"), "bob": Grant("show1", 2, "audience")}
        self.stack = AsyncExitStack()

    async def open(self, **settings: object) -> ClockDoor:
        self.door = await self.stack.enter_async_context(
            ClockDoor(self.admit, lambda: self.now, ClockSettings(**settings))
        )
        return self.door

    def admit(self, token: str) -> Grant:
        if token not in self.grants:
            raise Denied("nobody knows this token")
        return self.grants[token]

    async def connect(self) -> Viewer:
        configuration = QuicConfiguration(
            alpn_protocols=H3_ALPN, max_datagram_frame_size=1200, verify_mode=ssl.CERT_NONE
        )
        viewer = await self.stack.enter_async_context(
            connect(*self.door.address, configuration=configuration, create_protocol=Viewer)
        )
        assert isinstance(viewer, Viewer)
        return viewer

    async def visit(self, token: str) -> Viewer:
        viewer = await self.connect()
        viewer.request(f"/?token={token}")
        return viewer

    async def enter(self, token: str) -> Viewer:
        viewer = await self.visit(token)
        assert await asyncio.wait_for(viewer.status, PATIENCE_S) == 200
        return viewer


@pytest.fixture
async def house() -> AsyncIterator[House]:
    house = House()
    async with house.stack:
        yield house


async def test_a_ping_comes_back_with_the_show_time_of_its_arrival_and_of_the_answer(house):
    await house.open()
    viewer = await house.enter("ann")
    answer = await viewer.ping(struct.pack("d", 12.5))
    assert struct.unpack(">qq", answer[8:]) == (house.now, house.now)
    assert struct.unpack("d", answer[:8]) == (12.5,)
    assert house.door.counts.answered == 1
    assert house.door.counts.sessions == 1


@pytest.mark.parametrize("token", ["forged", ""])
async def test_a_bad_token_is_refused(house, token):
    await house.open()
    viewer = await house.visit(token)
    assert await asyncio.wait_for(viewer.status, PATIENCE_S) == 401
    assert house.door.counts.sessions == 0
    assert house.door.counts.refused == 1


async def test_an_expired_token_is_refused(house):
    await house.open()
    house.grants["late"] = Grant("show1", 1, "audience", expires=house.now)
    assert await asyncio.wait_for((await house.visit("late")).status, PATIENCE_S) == 401


async def test_what_is_no_session_is_not_found(house):
    await house.open()
    viewer = await house.connect()
    viewer.request("/", protocol="websocket")
    assert await asyncio.wait_for(viewer.status, PATIENCE_S) == 404


async def test_a_connection_has_one_session(house):
    await house.open()
    viewer = await house.enter("ann")
    viewer.status = asyncio.get_running_loop().create_future()
    viewer.request("/?token=ann")
    assert await asyncio.wait_for(viewer.status, PATIENCE_S) == 429


async def test_pings_of_another_size_are_not_answered_and_too_many_end_the_session(house):
    await house.open(strikes=3)
    viewer = await house.enter("ann")
    viewer.send(b"short")
    assert len(await viewer.ping(b"8 bytes!")) == 24
    for _ in range(3):
        viewer.send(b"x" * 1000)
    await asyncio.wait_for(viewer.over.wait(), PATIENCE_S)
    assert house.door.counts.sessions == 0


async def test_no_more_pings_are_answered_than_the_pace_allows(house):
    await house.open(burst=5)
    viewer = await house.enter("ann")
    for _ in range(20):
        viewer.send(b"8 bytes!")
    [connection] = house.door.connections
    await until(lambda: house.door.counts.answered + connection._strikes == 20)
    assert house.door.counts.answered == 6
    house.now += 40_000
    await until(lambda: viewer.answers.qsize() == 6)
    viewer.send(b"8 bytes!")
    await until(lambda: house.door.counts.answered == 7)


async def test_of_one_viewer_the_newest_sessions_stay(house):
    await house.open(per_viewer=1)
    old = await house.enter("ann")
    new = await house.enter("ann")
    await asyncio.wait_for(old.over.wait(), PATIENCE_S)
    assert len(await new.ping(b"8 bytes!")) == 24
    assert house.door.counts.sessions == 1


async def test_who_is_put_off_and_who_is_in_a_show_that_ends_loses_the_session(house):
    await house.open()
    ann, bob = await house.enter("ann"), await house.enter("bob")
    house.door.drop("show1", 1)
    await asyncio.wait_for(ann.over.wait(), PATIENCE_S)
    assert len(await bob.ping(b"8 bytes!")) == 24
    house.door.close("show1")
    await asyncio.wait_for(bob.over.wait(), PATIENCE_S)
    assert house.door.counts.sessions == 0


async def test_there_are_no_more_connections_than_it_bears(house):
    await house.open(connections=1)
    await house.enter("ann")
    with contextlib.suppress(ConnectionError):  # it may be closed before the hand-shake is through
        await asyncio.wait_for((await house.connect()).over.wait(), PATIENCE_S)
    assert house.door.counts.connections == 1


async def test_who_says_nothing_is_let_go(house):
    await house.open(hello=0.05)
    await asyncio.wait_for((await house.connect()).over.wait(), PATIENCE_S)
    await until(lambda: house.door.counts.connections == 0)


async def test_a_connection_that_ends_is_forgotten(house):
    await house.open()
    viewer = await house.enter("ann")
    viewer.close()
    await until(lambda: house.door.counts.connections == house.door.counts.sessions == 0)


async def test_a_fault_in_the_token_check_refuses_the_session(house, caplog):
    await house.open()
    house.admit = None
    house.door._admit = lambda token: {}[token]
    assert await asyncio.wait_for((await house.visit("ann")).status, PATIENCE_S) == 500
    assert "token check failed" in caplog.text


async def test_the_certificate_is_one_that_browsers_take_by_its_fingerprint(house):
    certificate = make_certificate(("localhost", "127.0.0.1", "::1"), house.now)
    shown = certificate.shown
    assert shown.not_valid_after_utc - shown.not_valid_before_utc <= timedelta(days=14)
    assert isinstance(shown.public_key(), ec.EllipticCurvePublicKey)
    assert isinstance(shown.public_key().curve, ec.SECP256R1)
    assert 12 * DAY < certificate.ends - house.now < 14 * DAY


async def test_the_certificate_is_renewed_before_it_ends_and_sessions_stay(house):
    door = await house.open()
    first, viewer = door.fingerprint, await house.enter("ann")
    house.now += 10 * DAY
    door.look()
    assert door.fingerprint == first
    house.now += 1 * DAY
    door.look()
    assert door.fingerprint != first
    assert len(await viewer.ping(b"8 bytes!")) == 24
    newer = await house.enter("bob")
    assert newer._quic.tls._peer_certificate.fingerprint is not None
    assert newer._quic.tls._peer_certificate == door._certificate.shown


async def test_a_taken_port_is_an_error_with_a_code(house):
    door = await house.open()
    with pytest.raises(Unavailable) as caught:
        await house.open(bind=f"127.0.0.1:{door.address[1]}")
    assert caught.value.code == "media/bind"
