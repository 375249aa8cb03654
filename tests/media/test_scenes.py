"""Scenes on their way to everybody: the latest, whole, and never an older one."""

from __future__ import annotations

import asyncio
import json

import pytest
from patience import PATIENCE_S

from oncue.engine.errors import BadInput
from oncue.media import TRACK, SceneTrack


def scene(epoch: int, seq: int, **fields: object) -> bytes:
    return json.dumps({"op": "scene", "epoch": epoch, "seq": seq, **fields}).encode()


@pytest.fixture
async def stage(studio):
    """A scene track and a function that gives a new viewer's iterator over it."""
    house = await studio()
    track = SceneTrack(house.relay.broadcast("show1", "scene"))

    async def watch(name: str):
        client = await house.visit(name)
        broadcast = await asyncio.wait_for(
            client.announced_broadcast("show/show1/scene").available(), PATIENCE_S
        )
        return await broadcast.subscribe_json_snapshot(TRACK, compression=True)

    return track, watch


async def test_each_change_reaches_a_viewer_whole(stage):
    track, watch = stage
    track.put(scene(1, 1, text="one", rows=[1, 2, 3]))
    seen = await watch("ann")
    assert await anext(seen) == {"op": "scene", "epoch": 1, "seq": 1, "text": "one", "rows": [1, 2, 3]}
    track.put(scene(1, 2, rows=[1, 2], when=None))
    assert await anext(seen) == {"op": "scene", "epoch": 1, "seq": 2, "rows": [1, 2], "when": None}


async def test_who_comes_late_gets_the_latest_scene_at_once(stage):
    track, watch = stage
    for seq in range(200):
        track.put(scene(1, seq, text="x" * seq))
    assert await anext(await watch("ann")) == {"op": "scene", "epoch": 1, "seq": 199, "text": "x" * 199}


@pytest.mark.parametrize("older", [(1, 99), (2, 4)])
async def test_an_older_scene_is_ignored(stage, older):
    track, watch = stage
    assert track.put(scene(2, 5, text="now"))
    assert not track.put(scene(*older, text="then"))
    assert (await anext(await watch("ann")))["text"] == "now"


async def test_a_new_owner_may_begin_with_a_lower_sequence(stage):
    track, watch = stage
    track.put(scene(1, 500))
    assert track.put(scene(2, 3, text="after the take-over"))
    assert (await anext(await watch("ann")))["text"] == "after the take-over"


@pytest.mark.parametrize(
    "document", [b"", b"{}", b"[1]", b'{"epoch":1,"seq":"2"}', b'{"epoch":1,"seq":2', b"\xff"]
)
async def test_what_is_not_a_scene_is_an_error_and_changes_nothing(stage, document):
    track, watch = stage
    track.put(scene(1, 1, text="still here"))
    with pytest.raises(BadInput) as caught:
        track.put(document)
    assert caught.value.code == "media/scene"
    assert (await anext(await watch("ann")))["text"] == "still here"


async def test_the_end_of_a_track_ends_it_for_all(stage):
    track, watch = stage
    track.put(scene(1, 1))
    seen = await watch("ann")
    assert (await anext(seen))["seq"] == 1
    track.close()
    with pytest.raises(StopAsyncIteration):
        await asyncio.wait_for(anext(seen), PATIENCE_S)
