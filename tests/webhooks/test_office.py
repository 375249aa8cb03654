"""From the stream to the receiver, whoever sends."""

import asyncio
import json
from collections.abc import Callable

import pytest
from receivers import Clock, Receiver, to

from oncue.api.webhooks.door import Door
from oncue.api.webhooks.feed import wants
from oncue.api.webhooks.office import Office
from oncue.engine.events import SegmentStarted, ShowClosed, event, write
from oncue.engine.live import Bus, end
from oncue.engine.live.hooks import Hooks

A, B = "aaaaaaaaaa", "bbbbbbbbbb"


async def tell(bus: Bus, seq: int, show: str = A) -> None:
    one = (
        event(0, SegmentStarted("s1", "poll", "Lunch"), "s1") if show == A else event(0, ShowClosed("Friday"))
    )
    told = write(show, seq, 0, one, one.data)
    await bus.append(told.subject, told.body, told.id)


@pytest.fixture
def office(bus: Bus, hooks: Hooks, clock: Clock) -> Callable[[str], Office]:
    return lambda node: Office(bus, hooks, Door(private=True, now=clock.now), now=clock.now, node=node)


async def test_what_is_told_while_nobody_sends_and_while_another_takes_over_comes_once(
    bus: Bus, hooks: Hooks, receiver: Receiver, office: Callable[[str], Office]
) -> None:
    await hooks.add(to(receiver.url()))
    await tell(bus, 1)
    first, second = (asyncio.create_task(office(node).run()) for node in ("first", "second"))
    await receiver.got(1)
    await end(first)
    await tell(bus, 2)
    await receiver.got(2)
    await tell(bus, 2)  # by an owner who did not know that it was told
    await tell(bus, 3)
    await receiver.got(3)
    await end(second)
    assert [json.loads(body)["id"] for _, _, body in receiver.heard] == [f"{A}-{seq}-0" for seq in (1, 2, 3)]


async def test_a_consumer_that_hears_an_event_again_sends_it_once(
    bus: Bus, hooks: Hooks, receiver: Receiver, office: Callable[[str], Office]
) -> None:
    await hooks.add(to(receiver.url(), events=["show.closed"]))
    await tell(bus, 1, B)
    sending = asyncio.create_task(office("one").run())
    await receiver.got(1)
    await end(sending)
    await bus.js.delete_consumer("EVENTS", "webhooks")  # as if nothing had been acknowledged
    sending = asyncio.create_task(office("two").run())
    await tell(bus, 2, B)
    await receiver.got(2)
    await end(sending)
    assert [json.loads(body)["id"] for _, _, body in receiver.heard] == [f"{B}-1-0", f"{B}-2-0"]


@pytest.mark.parametrize(
    ("patterns", "kind", "wanted"),
    [
        (["*"], "oncue.show.opened", True),
        (["segment.*"], "oncue.segment.ended", True),
        (["segment.*"], "oncue.round.judged", False),
        (["round.judged"], "oncue.round.judged-again", False),
        (["format.trivia.*"], "oncue.format.trivia.right", True),
        (["results.ready", "show.closed"], "oncue.show.closed", True),
        (["Segment.*"], "oncue.segment.ended", False),
    ],
)
def test_patterns_say_what_is_wanted(patterns: list[str], kind: str, wanted: bool) -> None:
    webhook = to("https://example.org", events=patterns)
    assert wants(webhook, A, kind) is wanted
    assert not wants(to("https://example.org", events=patterns, active=False), A, kind)
    assert not wants(to("https://example.org", events=patterns, show=B), A, kind)


def test_an_event_of_no_segment_has_no_subject() -> None:
    one = event(0, ShowClosed("Friday"))
    assert "subject" not in json.loads(write(A, 1, 0, one, one.data).body)
