"""The handshake on uvicorn's port, frames, and connections that do not behave."""

import asyncio
import json
import socket
from contextlib import closing

import httpx
import pytest
from link.conftest import Stage, until
from picows import WSInvalidStatusError, WSMsgType
from picows.picows import WSCloseCode

from oncue.api.link import Limits

KEY = "dGhlIHNhbXBsZSBub25jZQ=="


@pytest.fixture
async def served(node: Stage) -> Stage:
    """A node whose show has no owner: enough for the socket."""
    await node.open()
    return node


async def refused(stage: Stage, **dial: object) -> tuple[int, str]:
    """Status and code of a handshake that fails."""
    with pytest.raises(WSInvalidStatusError) as caught:
        await stage.dial(**dial)
    assert caught.value.response
    body = caught.value.raw_body or b"{}"
    return int(caught.value.response.status), json.loads(body)["code"]


async def raw(stage: Stage, *lines: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A handshake as it is written here."""
    reader, writer = await asyncio.open_connection("127.0.0.1", stage.port)
    writer.write(
        "\r\n".join(["GET /link HTTP/1.1", f"Host: 127.0.0.1:{stage.port}", *lines, "", ""]).encode()
    )
    return reader, writer


async def test_pages_and_links_share_a_port(served: Stage) -> None:
    async with httpx.AsyncClient() as browser:
        page = await browser.get(f"http://127.0.0.1:{served.port}/")
        assert page.text == "a page"
        phone = await served.dial()
        phone.say("hello", token="")
        assert await phone.over() == 4401
        assert (await browser.get(f"http://127.0.0.1:{served.port}/")).text == "a page"


async def test_there_is_no_websocket_elsewhere(served: Stage) -> None:
    assert await refused(served, path="/other") == (404, "link/path")


async def test_pages_of_others_may_not_connect(node: Stage) -> None:
    await node.open(origins=("https://live.example",))
    assert await refused(node, headers={"Origin": "https://evil.example"}) == (403, "link/origin")
    assert await refused(node, headers={"Origin": "null"}) == (403, "link/origin")
    await node.dial(headers={"Origin": "https://live.example"})
    await node.dial(headers={"Origin": f"http://127.0.0.1:{node.port}"})


async def test_one_address_has_only_so_many_links(node: Stage) -> None:
    await node.open(limits=Limits(links_per_address=2))
    phones = [await node.dial(), await node.dial()]
    assert await refused(node) == (429, "limit/address")
    phones[0].transport.disconnect()
    await until(lambda: len(node.rooms.links) == 1)
    await node.dial()


async def test_behind_a_proxy_the_address_is_the_one_that_the_proxy_saw(node: Stage) -> None:
    await node.open(limits=Limits(links_per_address=1), proxies=1)
    await node.dial(headers={"X-Forwarded-For": "192.0.2.9, 198.51.100.1"})
    await node.dial(headers={"X-Forwarded-For": "192.0.2.9, 198.51.100.2"})
    assert await refused(node, headers={"X-Forwarded-For": "203.0.113.7, 198.51.100.1"}) == (
        429,
        "limit/address",
    )


async def test_the_handshake_of_firefox_is_taken(served: Stage) -> None:
    reader, writer = await raw(
        served,
        "Connection: keep-alive, Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Extensions: permessage-deflate",
        f"Sec-WebSocket-Key: {KEY}",
    )
    answer = (await reader.readuntil(b"\r\n\r\n")).lower()
    assert answer.startswith(b"http/1.1 101 ")
    assert b"permessage-deflate" not in answer
    writer.close()


async def test_a_handshake_with_large_cookies_is_taken(served: Stage) -> None:
    phone = await served.dial(headers={"Cookie": "a" * 12_000})
    phone.say("hello", token="")
    assert await phone.over() == 4401


@pytest.mark.parametrize(
    "line", ["Sec-WebSocket-Version: 3", "Sec-WebSocket-Key: short", "Sec-WebSocket-Key: ü"]
)
async def test_a_handshake_that_is_none_is_refused(served: Stage, line: str) -> None:
    lines = [f"Sec-WebSocket-Key: {KEY}", "Sec-WebSocket-Version: 13"]
    kept = [other for other in lines if other.partition(":")[0] != line.partition(":")[0]]
    reader, writer = await raw(served, "Connection: Upgrade", "Upgrade: websocket", *kept, line)
    assert (await reader.readuntil(b"\r\n")).startswith(b"HTTP/1.1 400 ")
    writer.close()


async def test_a_message_may_come_in_several_frames(stage: Stage) -> None:
    phone = await stage.call()
    phone.send(b'{"op":"ping",', fin=False)
    phone.send(b'"t0":', WSMsgType.CONTINUATION, fin=False)
    phone.send(b"5}", WSMsgType.CONTINUATION)
    assert (await phone.told("pong"))["t0"] == 5


@pytest.mark.parametrize("size", [8193, 60_000])
async def test_a_large_message_is_told_why_and_closes_the_link(stage: Stage, size: int) -> None:
    phone = await stage.call()
    phone.send(b" " * size)
    assert await phone.over() == 1009
    assert phone.heard[-1]["code"] == "input/too-large"


async def test_a_huge_message_closes_the_link_before_it_is_read(stage: Stage) -> None:
    phone = await stage.call()
    phone.send(b" " * 1_000_000)
    await phone.over()
    assert phone.code in (1009, 0)


async def test_many_small_frames_are_not_a_way_around_the_largest_message(stage: Stage) -> None:
    phone = await stage.call()
    phone.send(b" " * 5000, fin=False)
    phone.send(b" " * 5000, WSMsgType.CONTINUATION, fin=False)
    assert await phone.over() == 1009


async def test_binary_frames_are_mistakes(stage: Stage) -> None:
    phone = await stage.call()
    phone.send(b"{}", WSMsgType.BINARY)
    assert (await phone.told("error"))["code"] == "input/binary"
    phone.send(b"{}", WSMsgType.CONTINUATION)
    assert (await phone.told("error"))["code"] == "input/binary"
    for _ in range(9):
        phone.send(b"{}", WSMsgType.BINARY)
    assert await phone.over() == 4400


async def test_a_frame_without_a_mask_breaks_the_protocol(stage: Stage) -> None:
    phone = await stage.call()
    phone.transport.underlying_transport.write(b"\x81\x02{}")
    assert await phone.over() == WSCloseCode.PROTOCOL_ERROR


async def test_the_round_trip_is_measured_by_the_server(stage: Stage) -> None:
    await stage.call()
    (link,) = stage.rooms.links
    await until(lambda: link.rtt > 0)
    assert not link.pinged


async def test_pings_of_the_client_are_answered(stage: Stage) -> None:
    phone = await stage.call()
    assert await phone.transport.measure_roundtrip_time(2)


async def test_a_connection_that_does_not_answer_pings_is_dropped(stage: Stage) -> None:
    phone = await stage.call(enable_auto_pong=False)
    stage.pass_time(21)
    await phone.over()
    assert not phone.code
    await until(lambda: not stage.rooms.links)


async def test_a_client_that_says_goodbye_is_let_go(stage: Stage) -> None:
    phone = await stage.call()
    phone.transport.send_close(WSCloseCode.OK)
    assert await phone.over() == 1000
    await until(lambda: not stage.rooms.links)


async def test_a_client_that_reads_too_slowly_is_closed(node: Stage) -> None:
    await node.open(limits=Limits(unread=20_000, pace=0))
    await node.air()
    await node.own()
    with closing(socket.socket()) as narrow:
        narrow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        narrow.connect(("127.0.0.1", node.port))
        narrow.setblocking(False)
        phone = await node.call(socket_factory=lambda _: narrow)
        phone.transport.underlying_transport.pause_reading()
        (link,) = node.rooms.links
        link.socket._transport.underlying_transport.get_extra_info("socket").setsockopt(
            socket.SOL_SOCKET, socket.SO_SNDBUF, 4096
        )
        while node.rooms.links:
            phone.say("ping", t0=1)
            await asyncio.sleep(0)
        phone.transport.underlying_transport.resume_reading()
        assert await phone.over() == 4408
        assert phone.heard[-1]["code"] == "link/slow"


async def test_uvicorn_that_stops_sends_everybody_away(node: Stage) -> None:
    await node.open()
    await node.air()
    await node.own()
    phone, silent = await node.call(), await node.dial()
    for connection in list(node.server.server_state.connections):
        connection.shutdown()
    assert await phone.over() == 4503
    assert await silent.over() == 4503
    await until(lambda: not node.server.server_state.connections)
    assert await refused(node) == (503, "node/draining")
