"""Making, listing and closing shows, and links into them."""

import asyncio

import pytest

from oncue.engine.errors import Unavailable
from oncue.engine.house import Close
from oncue.engine.live import ShowCard, cards, put_card, read_log
from oncue.engine.live.store import ShowRow
from oncue.engine.log import decode_batch
from oncue.engine.structs import Role


async def test_a_new_show_has_links_for_everybody(world):
    made = await world.show()
    assert made["join_url"] == f"http://test/j/{made['code']}"
    assert made["host_url"] == f"http://test/host/{made['id']}#token={made['token']}"
    assert made["screen_url"].endswith(f"/screen/{made['code']}")
    assert made["overlay_url"].endswith(f"/overlay/{made['code']}")
    claims = world.services.tokens.verify(made["token"], show=made["id"])
    assert claims.role.label == "host"


async def test_a_new_show_is_in_the_log_and_on_the_shelf_of_cards(world):
    made = await world.show(picture="test")
    messages = [data async for _, data in read_log(world.services.bus, made["id"])]
    assert [part.segment for part in decode_batch(messages[0]).parts] == [""]
    card = next(card for card in await cards(world.services.bus) if card.id == made["id"])
    assert (card.code, card.title, card.picture, card.state) == (made["code"], "Friday", "test", "open")


async def test_links_name_the_public_url_when_there_is_one(make_world, settings):
    async with make_world(public_url="https://live.example.org/") as world:
        made = await world.show()
        assert made["join_url"] == f"https://live.example.org/j/{made['code']}"
        joined = await world.join(made["code"])
        assert joined["link"] == "wss://live.example.org/link"


async def test_a_wanted_code_is_given_and_a_taken_one_is_not(world):
    made = await world.show(code="abc-234")
    assert made["code"] == "ABC234"
    again = await world.http.post("/api/shows", json={"title": "t", "code": "ABC234"}, headers=world.admin)
    assert (again.status_code, again.json()["code"]) == (409, "show/code-taken")
    bad = await world.http.post("/api/shows", json={"title": "t", "code": "AB"}, headers=world.admin)
    assert (bad.status_code, bad.json()["code"]) == (422, "input/invalid")


@pytest.mark.parametrize(
    ("body", "code", "named"),
    [
        ({"title": ""}, "input/invalid", "title"),
        ({"title": "t", "rundwon": []}, "input/invalid", "rundwon"),
        ({"title": "t\nu"}, "input/invalid", "title"),
        ({"title": "t", "rundown": [{"format": "nope"}]}, "format/unknown", "rundown[0]"),
        (
            {"title": "t", "rundown": [{"format": "poll", "settings": {"question": 5}}]},
            "settings/bad",
            "$.question",
        ),
        ({"title": "t", "picture": "/nowhere/film.mp4"}, "picture/unknown", "video file"),
    ],
)
async def test_a_rundown_that_makes_no_sense_is_refused_by_name(world, body, code, named):
    refused = await world.http.post("/api/shows", json=body, headers=world.admin)
    assert refused.json()["code"] == code
    assert named in refused.json()["message"]
    assert await world.services.store.list_shows() == []


async def test_a_body_that_is_no_json_is_refused(world):
    json = {"Content-Type": "application/json"}
    refused = await world.http.post("/api/shows", content=b"{", headers=world.admin | json)
    assert (refused.status_code, refused.json()["code"]) == (400, "input/malformed")
    untold = await world.http.post("/api/shows", content=b"{}", headers=world.admin)
    assert (untold.status_code, untold.json()["hint"]) == (422, "send Content-Type: application/json")


async def test_a_show_that_cannot_be_logged_leaves_no_row_behind(world, monkeypatch):
    async def away(*_):
        raise Unavailable("away", code="nats/unreachable")

    monkeypatch.setattr(world.services.intake, "record", away)
    failed = await world.http.post("/api/shows", json={"title": "t"}, headers=world.admin)
    assert (failed.status_code, failed.json()["code"]) == (503, "nats/unreachable")
    assert await world.services.store.list_shows() == []


async def test_shows_are_listed_for_the_key_holder_only(world):
    made = await world.show()
    listed = (await world.http.get("/api/shows", headers=world.admin)).json()
    assert [show["id"] for show in listed] == [made["id"]]
    refused = await world.http.get("/api/shows", headers=world.as_(made["token"]))
    assert (refused.status_code, refused.json()["code"]) == (401, "auth/forged")
    closed = await world.http.get("/api/shows", params={"state": "closed"}, headers=world.admin)
    assert closed.json() == []


async def test_a_host_sees_their_own_show_and_no_other(world):
    mine, other = await world.show(), await world.show()
    seen = await world.http.get(f"/api/shows/{mine['id']}", headers=world.as_(mine["token"]))
    assert seen.json()["join_url"] == mine["join_url"]
    refused = await world.http.get(f"/api/shows/{other['id']}", headers=world.as_(mine["token"]))
    assert (refused.status_code, refused.json()["code"]) == (403, "auth/other-show")
    unknown = await world.http.get("/api/shows/zzzzzzzzzz", headers=world.admin)
    assert (unknown.status_code, unknown.json()["code"]) == (404, "show/unknown")


@pytest.mark.parametrize(
    ("token", "status", "code"),
    [("", 401, "auth/missing"), ("x.y.z", 401, "auth/forged"), ("é", 401, "auth/forged")],
)
async def test_nobody_gets_in_without_a_token_of_ours(world, token, status, code):
    headers = {"Authorization": f"Bearer {token}".encode()} if token else {}
    refused = await world.http.get("/api/shows/aaaaaaaaaa", headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (status, code)
    assert refused.headers["WWW-Authenticate"] == "Bearer"


async def test_a_host_token_ends_after_a_day(world):
    made = await world.show()
    world.clock.skip = 24 * 3600 + 1
    refused = await world.http.get(f"/api/shows/{made['id']}", headers=world.as_(made["token"]))
    assert (refused.status_code, refused.json()["code"]) == (401, "auth/expired")


async def test_an_audience_token_runs_nothing(world):
    made = await world.show()
    viewer = await world.join(made["code"])
    refused = await world.http.get(f"/api/shows/{made['id']}/rundown", headers=world.as_(viewer["token"]))
    assert (refused.status_code, refused.json()["code"]) == (403, "auth/forbidden")


@pytest.mark.parametrize(
    ("role", "page"),
    [("host", "host"), ("moderator", "host"), ("producer", "host"), ("guest", "j"), ("display", "screen")],
)
async def test_a_link_carries_its_role(world, role, page):
    made = await world.show()
    headers = world.as_(made["token"])
    link = await world.http.post(
        f"/api/shows/{made['id']}/links", json={"role": role, "name": "Kim"}, headers=headers
    )
    assert link.status_code == 201
    assert link.json()["url"].startswith(f"http://test/{page}/")
    claims = world.services.tokens.verify(link.json()["token"], show=made["id"])
    assert (claims.role.label, claims.name) == (role, "Kim")


async def test_a_producer_cannot_make_hosts(world):
    made = await world.show()
    path = f"/api/shows/{made['id']}/links"
    producer = (await world.http.post(path, json={"role": "producer"}, headers=world.admin)).json()["token"]
    refused = await world.http.post(path, json={"role": "host"}, headers=world.as_(producer))
    assert refused.json()["code"] == "auth/forbidden"
    allowed = await world.http.post(path, json={"role": "guest"}, headers=world.as_(producer))
    assert allowed.status_code == 201


async def test_a_closed_show_lets_nobody_in_and_its_code_is_free(live):
    made = await live.show(code="ABC234")
    for _ in range(2):
        closed = await live.http.delete(f"/api/shows/{made['id']}", headers=live.as_(made["token"]))
        assert (closed.status_code, closed.json()["state"]) == (200, "closed")
    gone = await live.http.post("/api/join", json={"code": "ABC234"})
    assert (gone.status_code, gone.json()["code"]) == (410, "show/closed")
    link = await live.http.post(f"/api/shows/{made['id']}/links", json={"role": "guest"}, headers=live.admin)
    assert (link.status_code, link.json()["code"]) == (410, "show/closed")
    again = await live.show(code="ABC234")
    assert (await live.join("ABC234"))["show"]["id"] == again["id"]


async def test_formats_come_with_the_schemas_of_their_settings_and_actions(world):
    formats = {one["name"]: one for one in (await world.http.get("/api/formats")).json()}
    poll = formats["poll"]
    assert "question" in str(poll["settings"])
    assert poll["actions"]
    assert all(action["by"] and action["schema"] for action in poll["actions"])
    assert not any(role in ("clock", "system") for action in poll["actions"] for role in action["by"])


async def test_a_show_that_ended_while_no_api_was_there_is_noted_as_closed(make_world, bus, store):
    await store.add_show(ShowRow(id="aaaaaaaaaa", code="ABC234", title="t"))
    await put_card(bus, ShowCard("aaaaaaaaaa", "ABC234", "t", "", "closed"))
    async with make_world():
        while (await store.show("aaaaaaaaaa")).state == "open":
            await asyncio.sleep(0)


async def test_a_show_that_ends_on_the_link_is_noted_as_closed(live):
    made = await live.show()
    await live.act(made["id"], "", Close(), 7, Role.HOST)
    while (await live.services.store.show(made["id"])).state == "open":
        await asyncio.sleep(0)
    gone = await live.http.post("/api/join", json={"code": made["code"]})
    assert (gone.status_code, gone.json()["code"]) == (410, "show/closed")
