"""Webhooks by the host API: what happens in a show reaches a real receiver."""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest
from patience import PATIENCE_S
from receivers import Receiver, receiving

from oncue.api.webhooks.door import Door
from oncue.api.webhooks.office import Office
from oncue.api.webhooks.sending import Sender
from oncue.engine.house import Finish, Start
from oncue.engine.live import ShowClock, end
from oncue.engine.live.hooks import Hooks
from oncue.engine.structs import Role


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as receiver:
        yield receiver


@pytest.fixture
async def out(make_world, bus, store, engine):
    """The host API with an owner of shows, and somebody who sends."""
    async with make_world(webhook_private=True) as world:
        hooks, now = Hooks(store), ShowClock().now
        door = Door(private=True, timeout=PATIENCE_S, now=now)
        sender = Sender(hooks, door, now=now, retries=())
        office = asyncio.create_task(Office(bus, hooks, door, now=now, node="n", sender=sender).run())
        yield world
        await end(office)


async def call(world, method: str, path: str, status: int = 200, **body):
    made = await world.http.request(method, f"/api/webhooks{path}", json=body or None, headers=world.admin)
    assert made.status_code == status, made.text
    return made.json()


async def until(world, path: str, holds):
    while not holds(found := await call(world, "GET", path)):
        await asyncio.sleep(0.01)
    return found


async def played(world, show: str) -> None:
    await world.act(show, "", Start("s1"), 7, Role.HOST)
    await world.act(show, "", Finish(), 7, Role.HOST)


def heard(receiver: Receiver) -> list[str]:
    return [json.loads(body)["type"] for _, _, body in receiver.heard]


async def test_what_happens_in_a_show_reaches_the_receiver_in_order(out, receiver) -> None:
    made = await call(out, "POST", "", 201, url=receiver.url(), events=["segment.*", "results.ready"])
    assert made["secret"].startswith("whsec_")
    assert "secret" not in (await call(out, "GET", f"/{made['id']}"))
    show = await out.show()
    await played(out, show["id"])
    await receiver.got(3)
    assert heard(receiver) == ["oncue.segment.started", "oncue.segment.ended", "oncue.results.ready"]
    event = json.loads(receiver.heard[0][2])
    assert (event["source"], event["subject"]) == (f"/shows/{show['id']}", "s1")
    sent = await until(
        out,
        f"/{made['id']}/deliveries",
        lambda found: len([one for one in found if one["state"] == "sent"]) == 3,
    )
    assert {one["show"] for one in sent} == {show["id"]}


async def test_a_webhook_of_one_show_hears_of_no_other(out, receiver) -> None:
    mine, other = await out.show(), await out.show()
    made = await call(out, "POST", "", 201, url=receiver.url(), events=["segment.started"], show=mine["id"])
    await played(out, other["id"])
    await played(out, mine["id"])
    await receiver.got(1)
    assert [one["show"] for one in await call(out, "GET", f"/{made['id']}/deliveries")] == [mine["id"]]


async def test_what_is_dead_is_listed_with_its_attempts_and_sent_again(out, receiver) -> None:
    receiver.answers = ["500 No|broken", "200 OK"]
    made = await call(out, "POST", "", 201, url=receiver.url(), events=["segment.started"])
    await played(out, (await out.show())["id"])
    (dead,) = await until(out, f"/{made['id']}/deliveries?state=dead", bool)
    where = f"/{made['id']}/deliveries/{dead['event']}"
    more = await call(out, "GET", where)
    assert [(one["status"], one["answer"]) for one in more["attempts"]] == [(500, "broken")]
    assert more["body"]["id"] == dead["event"]
    assert (await call(out, "GET", f"/{made['id']}"))["dead"] == 1
    await call(out, "POST", f"{where}/retry", 202)
    await until(out, where, lambda found: found["state"] == "sent")


async def test_trying_a_webhook_tells_what_came_of_it(out, receiver) -> None:
    made = await call(out, "POST", "", 201, url=receiver.url(), events=["results.*"])
    tried = await call(out, "POST", f"/{made['id']}/test", 202)
    done = await until(
        out, f"/{made['id']}/deliveries/{tried['event']}", lambda found: found["state"] == "sent"
    )
    assert [one["status"] for one in done["attempts"]] == [200]
    assert heard(receiver) == ["oncue.webhook.test"]


async def test_a_paused_webhook_misses_what_a_replay_brings(out, receiver) -> None:
    made = await call(out, "POST", "", 201, url=receiver.url(), events=["segment.*"])
    await call(out, "PATCH", f"/{made['id']}", active=False)
    refused = await call(out, "POST", f"/{made['id']}/test", 409)
    assert refused["code"] == "webhook/paused"
    witness = await call(out, "POST", "", 201, url=receiver.url("/other"), events=["segment.*"])
    show = await out.show()
    await played(out, show["id"])
    await receiver.got(2)
    await call(out, "PATCH", f"/{made['id']}", active=True)
    await call(out, "DELETE", f"/{witness['id']}")
    replayed = await call(out, "POST", f"/{made['id']}/replay", 202, since="2026-01-01T00:00:00Z")
    assert replayed["events"] >= 2
    await until(out, f"/{made['id']}", lambda found: found["pending"] == 0)
    mine = [body for path, _, body in receiver.heard if path == "/in"]
    assert [json.loads(body)["type"] for body in mine if show["id"].encode() in body] == [
        "oncue.segment.started",
        "oncue.segment.ended",
    ]
    for since, least in (("0001-01-01T00:00:00+14:00", 2), ("9999-12-31T23:59:59-14:00", 0)):
        replayed = await call(out, "POST", f"/{made['id']}/replay", 202, since=since)
        assert replayed["events"] >= least
    assert (await call(out, "POST", f"/{made['id']}/replay", 422, since="2026-01-01T00:00:00"))[
        "code"
    ] == "input/invalid"


async def test_a_new_secret_leaves_the_old_one_good_for_a_day(out, receiver) -> None:
    made = await call(out, "POST", "", 201, url=receiver.url(), events=["results.*"])
    new = await call(out, "POST", f"/{made['id']}/secret", 201)
    assert new["secret"] != made["secret"]
    await call(out, "POST", f"/{made['id']}/test", 202)
    await receiver.got(1)
    assert len(receiver.heard[0][1]["webhook-signature"].split()) == 2


async def test_a_webhook_that_cannot_be_is_refused(world) -> None:
    public = "https://1.1.1.1/"
    for body, code in (
        ({"url": "https://127.0.0.1/"}, "webhook/address"),
        ({"url": "http://1.1.1.1/"}, "webhook/address"),
        ({"url": public, "events": []}, "input/invalid"),
        ({"url": public, "events": ["a b"]}, "input/invalid"),
        ({"url": public, "show": "zzzzzzzzzz"}, "show/unknown"),
    ):
        made = await world.http.post("/api/webhooks", json=body, headers=world.admin)
        assert made.json()["code"] == code, body


async def test_webhooks_are_for_the_holder_of_the_api_key_alone(world) -> None:
    show = await world.show()
    for headers in ({}, world.as_(show["token"])):
        for method, path in (("GET", ""), ("POST", ""), ("DELETE", "/wh1"), ("POST", "/wh1/replay")):
            answer = await world.http.request(method, f"/api/webhooks{path}", headers=headers)
            assert answer.status_code == 401
