"""What is written down of webhooks and their deliveries, on SQLite and PostgreSQL alike."""

import asyncio
from typing import Any

import msgspec
import pytest

from oncue.engine.errors import Conflict, Unknown
from oncue.engine.live import hooks as module
from oncue.engine.live.hooks import Attempt, Delivery, Hooks, Webhook
from oncue.engine.live.store import Store


@pytest.fixture
def hooks(store: Store) -> Hooks:
    return Hooks(store)


def webhook(id: str = "wh1", **changed: Any) -> Webhook:
    return Webhook(id=id, url="https://example.org/in", events=["segment.*"], secret="whsec_x", **changed)


def delivery(event: str = "aaaaaaaaaa-1-0", **changed: Any) -> Delivery:
    usual = {
        "webhook": "wh1",
        "show": "aaaaaaaaaa",
        "type": "oncue.segment.ended",
        "sequence": event,
        "body": "{}",
    }
    return Delivery(**{**usual, "event": event, "due_at": 10, "created_at": 10, **changed})


async def test_a_webhook_is_read_as_it_was_written(hooks: Hooks, show: str) -> None:
    await hooks.add(webhook(show=show, created_at=5))
    assert await hooks.one("wh1") == webhook(show=show, created_at=5)
    await hooks.change("wh1", active=False, why="gone")
    (changed,) = await hooks.all()
    assert (changed.active, changed.why) == (False, "gone")
    await hooks.remove("wh1")
    with pytest.raises(Unknown, match="no such webhook"):
        await hooks.one("wh1")


async def test_a_webhook_of_no_show_is_refused(hooks: Hooks) -> None:
    with pytest.raises(Unknown) as no:
        await hooks.add(webhook(show="zzzzzzzzzz"))
    assert no.value.code == "show/unknown"


async def test_there_are_only_so_many_webhooks(hooks: Hooks, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "WEBHOOKS", 1)
    await hooks.add(webhook())
    with pytest.raises(Conflict) as full:
        await hooks.add(webhook("wh2"))
    assert full.value.code == "webhook/too-many"


async def test_a_show_that_is_forgotten_takes_its_webhooks_along(
    hooks: Hooks, store: Store, show: str
) -> None:
    await hooks.add(webhook(show=show))
    await hooks.enqueue([delivery()])
    await hooks.tried(delivery(), Attempt(at=11), "sent")
    await store.remove_show(show)
    assert await hooks.all() == []
    assert await hooks.deliveries("wh1") == []


async def test_an_event_that_comes_again_is_delivered_once(hooks: Hooks) -> None:
    await hooks.add(webhook())
    await hooks.enqueue([delivery(), delivery("aaaaaaaaaa-2-0")])
    await hooks.tried(delivery(), Attempt(at=11, status=200), "sent")
    await hooks.enqueue([delivery(due_at=20)])
    assert [one.state for one in await hooks.deliveries("wh1")] == ["pending", "sent"]
    await hooks.enqueue([delivery(due_at=20)], again=True)
    again, attempts = await hooks.delivery("wh1", "aaaaaaaaaa-1-0")
    assert (again.state, again.tries, again.due_at) == ("pending", 0, 20)
    assert [one.status for one in attempts] == [200]


async def test_what_is_due_comes_by_lanes_in_the_order_of_the_log(hooks: Hooks) -> None:
    await hooks.add(webhook())
    await hooks.add(webhook("wh2", active=False))
    await hooks.enqueue(
        [delivery("b-2"), delivery("b-1"), delivery("c-1", show="other"), delivery("b-0", due_at=99)]
    )
    await hooks.enqueue([delivery("b-1", webhook="wh2")])
    assert sorted(await hooks.lanes(10)) == [("wh1", "aaaaaaaaaa"), ("wh1", "other")]
    assert await hooks.next("wh1", "aaaaaaaaaa", 10) == delivery("b-1")
    assert await hooks.next("wh1", "other", 9) is None
    assert await hooks.soonest() == 10


async def test_of_two_processes_one_has_a_delivery(hooks: Hooks) -> None:
    await hooks.add(webhook())
    await hooks.enqueue([delivery()])
    claims = await asyncio.gather(*(hooks.claim(delivery(), until=100) for _ in range(5)))
    assert sorted(claims) == [False, False, False, False, True]
    assert await hooks.next("wh1", "aaaaaaaaaa", 99) is None
    assert await hooks.next("wh1", "aaaaaaaaaa", 100) == delivery(due_at=100)  # who claimed it has died


async def test_each_attempt_is_kept(hooks: Hooks) -> None:
    await hooks.add(webhook())
    await hooks.enqueue([delivery()])
    failed = Attempt(at=11, status=500, took_ms=7, answer="no")
    await hooks.tried(delivery(), failed, "pending", due_at=50)
    await hooks.failed("wh1", 11)
    await hooks.failed("wh1", 12)
    found, attempts = await hooks.delivery("wh1", "aaaaaaaaaa-1-0")
    assert found == delivery(due_at=50, tries=1)
    assert attempts == [failed]
    assert (await hooks.one("wh1")).failing_since == 11
    timeout = Attempt(at=60, error="no answer")
    await hooks.tried(found, timeout, "dead")
    (dead,) = await hooks.deliveries("wh1", state="dead")
    assert dead == msgspec.structs.replace(found, state="dead", tries=2, due_at=0, ended_at=60)
    assert await hooks.counts() == {"wh1": {"dead": 1}}
    await hooks.retry("wh1", dead.event, 70)
    assert await hooks.next("wh1", "aaaaaaaaaa", 70) == delivery(due_at=70)


async def test_an_attempt_for_a_webhook_that_was_deleted_meanwhile_leaves_nothing(hooks: Hooks) -> None:
    await hooks.tried(delivery(), Attempt(at=11), "sent")
    with pytest.raises(Unknown) as none:
        await hooks.delivery("wh1", "aaaaaaaaaa-1-0")
    assert none.value.code == "webhook/no-delivery"


async def test_what_ended_long_ago_is_forgotten(hooks: Hooks) -> None:
    await hooks.add(webhook())
    for event, state in (("e1", "sent"), ("e2", "dead"), ("e3", "sent"), ("e4", "pending")):
        await hooks.enqueue([delivery(event)])
        await hooks.tried(delivery(event), Attempt(at=50 if event == "e3" else 11), state)
    await hooks.forget(20, 5)
    assert [one.event for one in await hooks.deliveries("wh1")] == ["e4", "e3", "e2"]
