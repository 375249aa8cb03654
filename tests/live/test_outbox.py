"""Events reach the stream in order, once each, whatever crashes."""

import json
import os
import signal
from typing import Any

from nats.js.api import DeliverPolicy
from patience import PATIENCE_S
from small_show import FAREWELL_S, SHOW, Ask, House, Judge, Tap, until

from oncue.engine.events import Told
from oncue.engine.house import Close, Finish, Join, Kick, Start
from oncue.engine.live import Bus, NatsServer, end
from oncue.engine.live.bus import EVENTS
from oncue.engine.live.outbox import Outbox
from oncue.engine.structs import Role, ShowId

FIRST = ["show.opened", "segment.started", "people.joined"]


async def published(bus: Bus, show: str = SHOW) -> list[dict[str, Any]]:
    """The events that the stream has of a show."""
    reading = await bus.js.subscribe(
        f"show.{show}.event.>", stream=EVENTS, ordered_consumer=True, deliver_policy=DeliverPolicy.ALL
    )
    info = await reading.consumer_info()
    waiting = info.num_pending + info.delivered.consumer_seq
    found = [json.loads((await reading.next_msg(timeout=PATIENCE_S)).data) for _ in range(waiting)]
    await reading.unsubscribe()
    return found


async def all_told(house: House) -> None:
    await until(lambda: not house.owner._outbox.untold)


def kinds(told: list[dict[str, Any]]) -> list[str]:
    return [one["type"].removeprefix("oncue.") for one in told]


async def test_what_happens_is_in_the_stream_in_order(house: House) -> None:
    await house.run()
    await house.open(1)
    await house.host(Ask())
    await house.act(1, Tap())
    await house.host(Judge())
    await house.folded(await house.host(Finish(), ""))
    await all_told(house)
    told = await published(house.bus)
    assert kinds(told) == [*FIRST, "round.opened", "round.judged", "segment.ended", "results.ready"]
    assert told[-1]["data"]["tables"] == [{"name": "taps", "columns": ["viewer", "taps"], "rows": [[1, 1]]}]
    assert [one["sequence"] for one in told] == sorted(one["sequence"] for one in told)


async def test_an_owner_that_begins_again_tells_nothing_twice(house: House) -> None:
    first = await house.run("first")
    await house.open(1)
    await house.folded(await house.host(Finish(), ""))
    await all_told(house)
    before = await published(house.bus)
    await house.end(first)
    await house.run("second")
    await house.folded(await house.host(Start("s2"), ""))
    await all_told(house)
    after = await published(house.bus)
    assert after[: len(before)] == before
    assert kinds(after[len(before) :]) == ["segment.started"]


async def test_an_owner_that_plays_the_log_from_its_start_tells_nothing_twice(house: House) -> None:
    first = await house.run("first")
    await house.open(1)
    await house.folded(await house.host(Finish(), ""))
    await all_told(house)
    before = await published(house.bus)
    await house.end(first)
    await (await house.bus._store()).delete(SHOW)
    await house.run("second")
    await house.folded(await house.host(Start("s2"), ""))
    await all_told(house)
    assert kinds(await published(house.bus)) == [*kinds(before), "segment.started"]


async def test_what_a_snapshot_still_had_to_tell_is_told_once(house: House) -> None:
    told = [Told(f"show.{SHOW}.event.x", f"{SHOW}-{seq}-0", seq, 0, _body(seq)) for seq in range(1, 6)]
    for one in told[:2]:
        await house.bus.append(one.subject, one.body, one.id)
    outbox = Outbox(house.bus, ShowId(SHOW))
    outbox.start(told)
    assert await outbox.empty(PATIENCE_S)
    await outbox.stop()
    assert [one["sequence"] for one in await published(house.bus)] == [
        json.loads(one.body)["sequence"] for one in told
    ]


async def test_events_wait_while_nats_is_away_and_the_show_closes_when_they_are_told(
    server: NatsServer, house: House
) -> None:
    await house.run()
    await house.open(1)
    await house.folded(await house.act(1, Tap()))
    os.kill(server.pid, signal.SIGKILL)
    await house.host(Close(), "")
    await until(lambda: house.kept.over == [SHOW])
    await until(lambda: not house.runners[0][0].owner(SHOW))
    told = kinds(await published(house.bus))
    assert told == [*FIRST, "segment.ended", "results.ready", "show.closed"]


async def test_owners_that_die_one_after_the_other_lose_and_double_nothing(house: House) -> None:
    await house.run("engine-0")
    await house.open(1, 2)
    for number in range(1, 4):
        dying = house.runners[-1]
        for viewer in range(10 * number, 10 * number + 5):
            seq = await house.act(viewer, Join(f"viewer {viewer}"), "")
            seq = await house.act(7, Kick(viewer), "", Role.HOST)
        await end(dying[1], again=FAREWELL_S)  # in the middle of telling
        await house.run(f"engine-{number}")
    await house.folded(seq)
    await all_told(house)
    told = await published(house.bus)
    ids = [one["id"] for one in told]
    assert len(set(ids)) == len(ids)
    for name in ("people.joined", "people.kicked"):
        viewers = [
            v for one in told if one["type"] == f"oncue.{name}" for v in one["data"]["viewers"] if v >= 10
        ]
        assert sorted(viewers) == [10 * n + i for n in range(1, 4) for i in range(5)]


def _body(seq: int) -> bytes:
    return json.dumps({"sequence": f"{seq:016}.000000", "type": "oncue.x"}).encode()
