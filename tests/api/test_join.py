"""Coming into a show, and coming back."""

import pytest

from oncue.api.limits import Limit
from oncue.engine.live import ClockCard, RelayCard
from oncue.engine.structs import Role, ViewerId

DAY = 24 * 3600


async def test_a_viewer_comes_in_with_all_that_the_page_needs(world):
    made = await world.show()
    joined = await world.join(made["code"])
    assert joined["show"] == {"id": made["id"], "code": made["code"], "title": "Friday"}
    assert joined["link"] == "ws://test/link"
    assert joined["relay"] is None
    assert joined["urls"] == {"join": made["join_url"]}
    claims = world.services.tokens.verify(joined["token"], show=made["id"])
    assert (claims.viewer, claims.role) == (joined["viewer"], Role.AUDIENCE)
    assert 0 < joined["viewer"] < 2**53


@pytest.mark.parametrize("typed", ["qk7xp2", " QK7-XP2 ", "0k7xp2", "OK7 XP2"])
async def test_a_code_is_read_as_it_was_meant(world, typed):
    made = await world.show(code="QK7XP2")
    assert (await world.join(typed))["show"]["id"] == made["id"]


@pytest.mark.parametrize("typed", ["", "QK7XP", "QK7XP3", "'; DROP TABLE shows; --", "🎉" * 6, "\u017f" * 6])
async def test_an_unknown_code_is_not_found(world, typed):
    refused = await world.http.post("/api/join", json={"code": typed})
    assert (refused.status_code, refused.json()["code"]) == (404, "show/unknown")


async def test_with_an_earlier_token_one_is_the_same_person(world):
    made = await world.show()
    first = await world.join(made["code"])
    world.clock.skip = 6 * DAY
    again = await world.join(made["code"], token=first["token"])
    assert again["viewer"] == first["viewer"]
    world.clock.skip = 12 * DAY
    assert world.services.tokens.verify(again["token"]).viewer == first["viewer"]


async def test_a_token_that_expired_a_month_ago_still_says_who_one_is_and_later_no_more(world):
    made = await world.show()
    first = await world.join(made["code"])
    world.clock.skip = 36 * DAY
    assert (await world.join(made["code"], token=first["token"]))["viewer"] == first["viewer"]
    world.clock.skip = 38 * DAY
    assert (await world.join(made["code"], token=first["token"]))["viewer"] != first["viewer"]


async def test_a_token_that_cannot_be_used_gives_a_new_identity(world):
    made, other = await world.show(), await world.show()
    elsewhere = await world.join(other["code"])
    for token in ("forged", elsewhere["token"], made["token"], elsewhere["token"][:-2]):
        joined = await world.join(made["code"], token=token)
        assert joined["viewer"] != elsewhere["viewer"]
        assert joined["role"] == "audience"


async def test_a_guest_comes_back_as_a_guest_with_their_name(world):
    made = await world.show()
    link = await world.http.post(
        f"/api/shows/{made['id']}/links", json={"role": "guest", "name": "Kim"}, headers=world.admin
    )
    joined = await world.join(made["code"], token=link.json()["token"])
    assert joined["role"] == "guest"
    assert world.services.tokens.verify(joined["token"]).name == "Kim"


async def test_a_display_sees_and_is_nobody(world):
    made = await world.show()
    screen = await world.join(made["code"], **{"as": "display"})
    assert screen["role"] == "display"
    again = await world.join(made["code"], token=screen["token"], **{"as": "display"})
    assert again["viewer"] == screen["viewer"]
    person = await world.join(made["code"], token=screen["token"])
    assert (person["role"], person["viewer"] == screen["viewer"]) == ("audience", False)
    refused = await world.http.post("/api/join", json={"code": made["code"], "as": "host"})
    assert (refused.status_code, refused.json()["code"]) == (422, "input/invalid")


async def test_a_console_learns_what_its_token_is_good_for(world):
    made = await world.show()
    session = await world.http.get("/api/session", headers=world.as_(made["token"]))
    assert session.status_code == 200
    assert session.json()["role"] == "host"
    assert session.json()["token"] == made["token"]
    assert session.json()["show"]["code"] == made["code"]
    for headers, code in (
        ({}, "auth/missing"),
        (world.as_("x"), "auth/forged"),
        (world.admin, "auth/forged"),
    ):
        refused = await world.http.get("/api/session", headers=headers)
        assert (refused.status_code, refused.json()["code"]) == (401, code)


async def test_a_session_of_a_show_that_is_gone_is_not_found(world):
    token = world.services.tokens.sign(ViewerId(7), "zzzzzzzzzz", Role.HOST)
    refused = await world.http.get("/api/session", headers=world.as_(token))
    assert (refused.status_code, refused.json()["code"]) == (404, "show/unknown")


@pytest.mark.parametrize(
    ("asked", "told", "given"),
    [
        ("http://192.168.1.5:8080", "https://127.0.0.1:4443", "https://192.168.1.5:4443/?token="),
        ("http://localhost:8080", "https://0.0.0.0:4443/", "https://127.0.0.1:4443/?token="),
        ("http://[2001:db8::1]:8080", "https://127.0.0.1:4443", "https://[2001:db8::1]:4443/?token="),
        ("http://live.example.org", "https://relay.example.org/in", "https://relay.example.org/in?token="),
    ],
)
async def test_the_relay_is_named_as_the_caller_can_reach_it(world, asked, told, given):
    world.relay = RelayCard(told, "ab" * 32)
    made = await world.show()
    joined = (await world.http.post(f"{asked}/api/join", json={"code": made["code"]})).json()
    assert joined["relay"] == {"url": given + joined["token"], "fingerprint": "ab" * 32}
    assert joined["clock"] is None


async def test_clock_pings_by_datagram_go_where_the_caller_finds_the_relay(world):
    clock = ClockCard("https://0.0.0.0:4444/", "cd" * 32)
    world.relay = RelayCard("https://0.0.0.0:4443/", "ab" * 32, clock)
    made = await world.show()
    joined = (await world.http.post("/api/join", json={"code": made["code"]})).json()
    beside = joined["relay"]["url"].replace(":4443/", ":4444/")
    assert joined["clock"] == {"url": beside, "fingerprint": "cd" * 32}


async def test_too_many_joins_from_one_address_are_told_when_to_come_back(make_world):
    async with make_world(join_burst=3, join_rate=1) as world:
        made = await world.show()
        for _ in range(3):
            await world.join(made["code"])
        refused = await world.http.post("/api/join", json={"code": made["code"]})
        assert (refused.status_code, refused.json()["code"]) == (429, "join/too-many")
        assert refused.headers["retry-after"] == "1"
        world.clock.skip = 1
        await world.join(made["code"])


async def test_whoever_tries_codes_is_slowed_down_long_before_those_who_know_one(world):
    made = await world.show()
    world.desk.misses = Limit(1, 5, world.clock.now)
    statuses = [(await world.http.post("/api/join", json={"code": "ZZZZZZ"})).status_code for _ in range(7)]
    assert statuses == [404] * 5 + [429] * 2
    await world.join(made["code"])


async def test_a_show_takes_no_more_people_than_it_may(make_world):
    async with make_world(people=2) as world:
        made = await world.show()
        first = await world.join(made["code"])
        await world.join(made["code"])
        full = await world.http.post("/api/join", json={"code": made["code"]})
        assert (full.status_code, full.json()["code"]) == (429, "show/full")
        assert (await world.join(made["code"], token=first["token"]))["viewer"] == first["viewer"]


async def test_behind_a_proxy_each_viewer_has_a_limit_of_their_own(make_world):
    async with make_world(join_burst=1, join_rate=1, proxies=1) as world:
        made = await world.show()
        for address in ("203.0.113.1", "203.0.113.2"):
            headers = {"X-Forwarded-For": f"6.6.6.6, {address}", "X-Forwarded-Proto": "https"}
            joined = await world.http.post("/api/join", json={"code": made["code"]}, headers=headers)
            assert joined.status_code == 200
            assert joined.json()["link"] == "wss://test/link"
        headers = {"X-Forwarded-For": "7.7.7.7, 203.0.113.2"}
        refused = await world.http.post("/api/join", json={"code": made["code"]}, headers=headers)
        assert refused.status_code == 429


async def test_a_show_made_on_another_node_is_found_by_its_code(make_world):
    async with make_world() as one, make_world() as other:
        made = await one.show()
        assert (await other.join(made["code"]))["show"]["id"] == made["id"]
