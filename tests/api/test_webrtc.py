"""Signalling of WHIP and WHEP: over HTTP and NATS, to a real relay, with peers by aiortc."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from patience import PATIENCE_S
from peers import Sender, Viewer, closing

from oncue.api.admission import Admission
from oncue.api.signals import Signals
from oncue.engine.structs import Role, ViewerId
from oncue.media import Feed, Grant, Publisher, Relay, Rtc, RtcSettings

NODE = "media-0123456789"
OBS = (Path(__file__).parents[1] / "media" / "offers" / "obs.sdp").read_text()
SDP = {"Content-Type": "application/sdp"}
FRAGMENT = {"Content-Type": "application/trickle-ice-sdpfrag"}


@dataclass
class Studio:
    """The node with the relay: who may publish, and what was published, by viewer or `programme`."""

    world: Any
    relay: Relay
    rtc: Rtc
    admission: Admission
    show: str
    seated: set[int] = field(default_factory=set)
    feeds: dict[object, Feed] = field(default_factory=dict)
    came: asyncio.Event = field(default_factory=asyncio.Event)

    def token(self, viewer: int = 7, role: Role = Role.AUDIENCE) -> str:
        return self.world.services.tokens.sign(ViewerId(viewer), self.show, role)

    def as_(self, viewer: int = 7, role: Role = Role.AUDIENCE) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token(viewer, role)}"}

    async def attend(self, grant: Grant, seat: str, publisher: Publisher) -> None:
        feed = self.feeds.setdefault(seat or grant.viewer, Feed(self.world.clock.now))
        self.came.set()
        await feed.run(publisher)

    async def offer(self, path: str, sdp: str, headers: dict[str, str], **more: Any) -> httpx.Response:
        return await self.world.http.post(path, content=sdp, headers={**SDP, **headers}, **more)

    async def over(self) -> None:
        """Returns once no session is left."""
        async with asyncio.timeout(PATIENCE_S):
            while self.rtc._sessions:
                await asyncio.wait([one.task for one in self.rtc._sessions.values()], timeout=1)


@pytest.fixture
async def studio(world) -> AsyncIterator[Callable[..., Awaitable[Studio]]]:
    """Opens one for a new show; settings of the doors as arguments."""
    async with AsyncExitStack() as stack:

        async def open_studio(**settings: Any) -> Studio:
            show = (await world.show())["id"]
            admission = Admission(world.services.tokens)
            admission.open(show)
            relay = await stack.enter_async_context(Relay(admission.admit, world.clock.now))

            async def attend(grant: Grant, seat: str, publisher: Publisher) -> None:
                await found.attend(grant, seat, publisher)

            chosen = RtcSettings(**{"addresses": ("127.0.0.1",), **settings})
            rtc = await stack.enter_async_context(Rtc(relay.origin, attend, world.clock.now, chosen))
            found = Studio(world, relay, rtc, admission, show)
            signals = Signals(rtc, admission.admit, lambda show, viewer: viewer in found.seated)
            await stack.enter_async_context(signals.answering(world.services.bus, NODE))
            world.services.studio = lambda: NODE
            return found

        yield open_studio


async def test_who_is_seated_publishes_and_ends_the_session(studio):
    house = await studio()
    house.seated.add(7)
    sender = Sender()
    async with closing(sender):
        opened = await house.offer(f"/whip/{house.show}", await sender.offer(), house.as_())
        assert opened.status_code == 201, opened.text
        assert opened.headers["content-type"] == "application/sdp"
        assert opened.headers["etag"].startswith('"')
        place = opened.headers["location"]
        assert place.startswith(f"/whip/{house.show}/")
        await sender.accept(opened.text)
        async with asyncio.timeout(PATIENCE_S):
            await house.came.wait()
            while not house.feeds[7].heard:
                await asyncio.sleep(0.05)
        assert {track.codec[:4] for track in house.feeds[7].info} == {"avc3", "opus"}
        assert (await house.world.http.delete(place, headers=house.as_(8))).status_code == 404
        assert (await house.world.http.delete(place, headers=house.as_())).status_code == 200
        await house.over()
        assert (await house.world.http.delete(place, headers=house.as_())).json()["code"] == "rtc/unknown"


@pytest.mark.parametrize(
    ("role", "seat", "code"),
    [
        (Role.AUDIENCE, "", "stage/not-seated"),
        (Role.AUDIENCE, "programme", "auth/forbidden"),
        (Role.MODERATOR, "programme", "auth/forbidden"),
        (Role.HOST, "s1", "rtc/seat"),
        (Role.HOST, "programme", ""),
        (Role.PRODUCER, "programme", ""),
    ],
)
async def test_a_role_may_publish_only_what_is_its_own(studio, role, seat, code):
    house = await studio()
    params = {"seat": seat} if seat else {}
    said = await house.offer(f"/whip/{house.show}", OBS, house.as_(9, role), params=params)
    assert (said.json()["code"] if said.status_code != 201 else "") == code


async def test_obs_is_answered_in_its_own_order_with_h264_and_opus(studio):
    house = await studio()
    said = await house.offer(f"/whip/{house.show}?seat=programme", OBS, house.as_(9, Role.HOST))
    assert said.status_code == 201, said.text
    answer = said.text
    assert answer.index("m=audio") < answer.index("m=video")
    assert "a=rtpmap:96 H264/90000" in answer
    assert "a=rtpmap:111 opus/48000/2" in answer
    assert answer.count("a=recvonly") == 2
    assert "a=group:BUNDLE 0 1" in answer
    assert " 127.0.0.1 " in answer


async def test_a_token_in_the_address_does_and_stays_in_the_location(studio):
    house = await studio()
    token = house.token(9, Role.HOST)
    said = await house.offer(f"/whip/{house.show}?seat=programme&token={token}", OBS, {})
    assert said.status_code == 201, said.text
    place = said.headers["location"]
    assert place.endswith(f"?token={token}")
    assert (await house.world.http.delete(place)).status_code == 200


@pytest.mark.parametrize(
    ("changed", "status", "code"),
    [
        (lambda sdp: "hello", 400, "rtc/sdp"),
        (lambda sdp: "", 400, "rtc/sdp"),
        (lambda sdp: sdp.replace("a=sendonly", "a=recvonly"), 400, "rtc/sdp"),
        (lambda sdp: sdp.replace("a=ice-ufrag:nxcM\n", ""), 400, "rtc/sdp"),
        (lambda sdp: sdp.replace("a=group:BUNDLE 0 1\n", ""), 400, "rtc/sdp"),
        (
            lambda sdp: "\n".join(line for line in sdp.split("\n") if "fingerprint" not in line),
            400,
            "rtc/sdp",
        ),
        (lambda sdp: sdp + sdp[sdp.index("m=video") :], 400, "rtc/sdp"),
        (lambda sdp: sdp.replace("H264/90000", "H265/90000"), 422, "rtc/codec"),
        (lambda sdp: sdp.replace("packetization-mode=1", "packetization-mode=0"), 422, "rtc/codec"),
        (lambda sdp: sdp + "a=x:" + "y" * 70_000, 413, "input/too-large"),
    ],
)
async def test_what_is_no_offer_gets_a_clear_error(studio, changed, status, code):
    house = await studio()
    said = await house.offer(f"/whip/{house.show}?seat=programme", changed(OBS), house.as_(9, Role.HOST))
    assert (said.status_code, said.json()["code"]) == (status, code), said.text
    assert said.headers["access-control-allow-origin"] == "*"
    assert house.rtc.counts.publishing == 0


async def test_a_body_of_another_type_is_refused(studio):
    house = await studio()
    headers = {**house.as_(9, Role.HOST), "Content-Type": "text/plain"}
    said = await house.offer(f"/whip/{house.show}?seat=programme", OBS, headers)
    assert (said.status_code, said.json()["code"]) == (415, "rtc/content-type")


async def test_without_a_good_token_nothing_is_opened(studio):
    house = await studio()
    assert (await house.offer(f"/whip/{house.show}", OBS, {})).status_code == 401
    other = house.world.services.tokens.sign(ViewerId(3), "another", Role.HOST)
    said = await house.offer(f"/whip/{house.show}", OBS, {"Authorization": f"Bearer {other}"})
    assert said.json()["code"] == "auth/other-show"
    assert (await house.offer(f"/whep/{house.show}/programme", OBS, {})).status_code == 401


async def test_candidates_may_come_later_and_ice_is_not_restarted(studio):
    house = await studio()
    headers = house.as_(9, Role.HOST)
    said = await house.offer(f"/whip/{house.show}?seat=programme", OBS, headers)
    place, etag = said.headers["location"], said.headers["etag"]
    fragment = (
        "a=ice-ufrag:nxcM\r\na=ice-pwd:ezjAjgSSLLvbRhUA1zc6Se\r\nm=audio 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:0\r\n"
        "a=candidate:3 1 UDP 2122317823 127.0.0.1 40000 typ host\r\na=end-of-candidates\r\n"
    )

    async def patch(body: str, **more: str) -> tuple[int, str]:
        given = {**headers, **FRAGMENT, **{name.replace("_", "-"): value for name, value in more.items()}}
        answer = await house.world.http.patch(place, content=body, headers=given)
        return answer.status_code, answer.json()["code"] if answer.status_code >= 400 else ""

    assert await patch(fragment, If_Match=etag) == (204, "")
    assert await patch(fragment) == (428, "rtc/no-etag")
    assert await patch(fragment, If_Match='"other"') == (412, "rtc/etag")
    assert await patch(fragment, If_Match="*") == (422, "rtc/ice-restart")
    assert await patch(fragment.replace("nxcM", "abcd"), If_Match=etag) == (422, "rtc/ice-restart")
    assert await patch("a=candidate:nonsense\r\n", If_Match=etag) == (400, "rtc/fragment")
    said = await house.world.http.patch(place, content=fragment, headers={**headers, **SDP, "If-Match": etag})
    assert said.status_code == 415


async def test_candidates_without_end_are_refused(make_world):
    async with make_world(api_rate=5) as world:
        world.services.studio = lambda: NODE
        show = (await world.show())["id"]
        token = world.services.tokens.sign(ViewerId(7), show, Role.AUDIENCE)
        where, given = f"/whep/{show}/programme/{'x' * 22}~{NODE}", {"Authorization": f"Bearer {token}"}
        said = [(await world.http.delete(where, headers=given)).json()["code"] for _ in range(40)]
        assert said[0] == "rtc/unknown"
        assert said[-1] == "limit/reached"


async def test_anybody_in_the_show_may_watch_and_is_ended_when_kicked(studio):
    house = await studio()
    viewer = Viewer()
    async with closing(viewer):
        said = await house.offer(f"/whep/{house.show}/programme", await viewer.offer(), house.as_(5))
        assert said.status_code == 201, said.text
        await viewer.accept(said.text)
        assert house.rtc.counts.watching == 1
        assert house.rtc.drop(house.show, 5) == 1
        await house.over()


async def test_a_session_ends_with_its_token(studio):
    house = await studio()
    await house.offer(f"/whip/{house.show}?seat=programme", OBS, house.as_(9, Role.HOST))
    assert house.rtc.counts.publishing == 1
    house.world.clock.skip = 30 * 24 * 3600
    await house.over()


async def test_who_sends_nothing_for_half_a_minute_is_ended(studio):
    house = await studio()
    await house.offer(f"/whip/{house.show}?seat=programme", OBS, house.as_(9, Role.HOST))
    house.world.clock.skip = 29
    assert house.rtc.counts.publishing == 1
    house.world.clock.skip = 31
    await house.over()


async def test_of_one_person_the_newest_session_counts(studio):
    house = await studio()
    path = f"/whip/{house.show}?seat=programme"
    first = await house.offer(path, OBS, house.as_(9, Role.HOST))
    second = await house.offer(path, OBS, house.as_(9, Role.HOST))
    assert (first.status_code, second.status_code) == (201, 201)
    async with asyncio.timeout(PATIENCE_S):
        while house.rtc.counts.publishing > 1:
            await asyncio.sleep(0.05)
    headers = house.as_(9, Role.HOST)
    assert (await house.world.http.delete(first.headers["location"], headers=headers)).status_code == 404
    assert (await house.world.http.delete(second.headers["location"], headers=headers)).status_code == 200


async def test_a_full_server_says_so(studio):
    house = await studio(sessions=2)
    path = f"/whip/{house.show}?seat=programme"
    assert (await house.offer(path, OBS, house.as_(9, Role.HOST))).status_code == 201
    assert (await house.offer(path, OBS, house.as_(10, Role.HOST))).status_code == 201
    said = await house.offer(path, OBS, house.as_(11, Role.HOST))
    assert (said.status_code, said.json()["code"]) == (503, "rtc/full")


async def test_viewers_leave_room_for_who_publishes(studio):
    house = await studio(sessions=10)
    path, offer = f"/whep/{house.show}/programme", OBS.replace("sendonly", "recvonly")
    said = [await house.offer(path, offer, house.as_(100 + n)) for n in range(10)]
    assert [one.status_code for one in said] == [201] * 9 + [503]
    whip = await house.offer(f"/whip/{house.show}?seat=programme", OBS, house.as_(9, Role.HOST))
    assert whip.status_code == 201


async def test_pages_of_other_origins_may_ask_and_hear_of_ice_servers(make_world):
    async with make_world(ice_servers="stun:stun.example.org:3478,stun:other.example.org") as world:
        show = (await world.show())["id"]
        said = await world.http.options(f"/whip/{show}", headers={"Origin": "https://elsewhere.example"})
        assert said.status_code == 204
        assert said.headers["access-control-allow-origin"] == "*"
        assert "If-Match" in said.headers["access-control-allow-headers"]
        assert said.headers["accept-post"] == "application/sdp"
        assert said.headers["link"].startswith('<stun:stun.example.org:3478>; rel="ice-server", ')
        assert (await world.http.get(f"/whip/{show}")).status_code == 405


async def test_without_a_media_node_it_is_to_be_tried_again(world):
    show = (await world.show())["id"]
    token = world.services.tokens.sign(ViewerId(9), show, Role.HOST)
    said = await world.http.post(
        f"/whip/{show}?seat=programme", content=OBS, headers={**SDP, "Authorization": f"Bearer {token}"}
    )
    assert (said.status_code, said.json()["code"]) == (503, "rtc/no-node")
