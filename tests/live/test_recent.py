"""Whoever comes now finds the scene that belongs to their picture, as near as the bytes allow."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from oncue.engine.live.recent import BETWEEN, MOST, SPAN, Recent, Seen
from oncue.engine.structs import seconds

moments = st.lists(
    st.tuples(st.integers(1, seconds(2)), st.sampled_from(["s1", "s2"])), min_size=1, max_size=60
)


def played(moments: list[tuple[int, str]], size: int = 8) -> tuple[Recent, list[tuple[int, str, bytes]]]:
    """Scenes after so many µs each, and all of them as (at, segment, data)."""
    recent, at, all_scenes = Recent(), seconds(1000), []
    for i, (after, segment) in enumerate(moments):
        at += after
        data = i.to_bytes(size, "big")
        recent.add(Seen(1, i, at, segment), data)
        all_scenes.append((at, segment, data))
    return recent, all_scenes


@given(moments, st.integers(0, seconds(3)))
def test_a_picture_of_the_last_seconds_finds_a_scene_like_its_own_that_is_hardly_older(moments, later):
    recent, scenes = played(moments)
    at_of = {data: (at, segment) for at, segment, data in scenes}
    now = scenes[-1][0] + later
    kept = [at_of[data] for data in recent.since(now)]
    assert kept[-1] == scenes[-1][:2]
    assert kept == sorted(kept)
    for at, segment, _ in scenes:
        if at >= max(now - SPAN, scenes[0][0]):
            shown = max(one for one in kept if one[0] <= at)
            assert at - shown[0] < BETWEEN
            assert shown[1] == segment


@given(moments, st.integers(MOST // 20, MOST * 2))
def test_they_are_bounded_in_bytes_and_the_newest_is_always_there(moments, size):
    recent, scenes = played(moments, size)
    kept = recent.since(scenes[-1][0])
    assert kept[-1] == scenes[-1][2]
    assert len(kept) == 1 or sum(map(len, kept)) <= MOST


def test_after_a_while_only_what_is_to_be_seen_now_is_left():
    recent, scenes = played([(seconds(1), "s1")] * 20)
    assert recent.since(scenes[-1][0] + 2 * SPAN) == [scenes[-1][2]]
    assert Recent().since(0) == []


def test_a_scene_in_which_somebody_comes_on_stage_is_kept_however_fast_others_follow():
    recent, stages = Recent(), [b"", b"", b'{"seats":[{"seat":"g1"}]}', b"", b""]
    for i, stage in enumerate(stages):
        recent.add(Seen(1, i, seconds(1000) + i, "s1", stage=msgspec.Raw(stage)), bytes([i]))
    assert recent.since(seconds(1000)) == [b"\0", b"\1", b"\2", b"\3", b"\4"]
