"""Running a show over the host API, with a real owner that folds the log."""

import asyncio

import httpx
import pytest

from oncue.engine.house import Join
from oncue.formats.poll import Vote


@pytest.fixture
async def show(live):
    """A show with two polls, and its host's header."""
    made = await live.show(rundown=[live.poll, {**live.poll, "title": "Dinner"}])
    return made | {"headers": live.as_(made["token"]), "path": f"/api/shows/{made['id']}"}


async def test_the_rundown_is_as_it_was_made(live, show):
    rundown = (await live.http.get(f"{show['path']}/rundown", headers=show["headers"])).json()
    assert rundown["state"] == "open"
    assert [(line["id"], line["title"], line["state"]) for line in rundown["segments"]] == [
        ("s1", "Lunch", "ready"),
        ("s2", "Dinner", "ready"),
    ]
    assert rundown["segments"][0]["settings"]["options"] == ["Pizza", "Soup"]


async def test_a_segment_is_started_and_finished(live, show):
    started = await live.http.post(f"{show['path']}/segments/s1/start", headers=show["headers"])
    assert started.status_code == 200, started.text
    assert started.json()["seq"] > 0
    states = await states_of(live, show)
    assert states == {"s1": "live", "s2": "ready"}
    finished = await live.http.post(f"{show['path']}/segments/s1/finish", headers=show["headers"])
    assert finished.status_code == 200
    assert await states_of(live, show) == {"s1": "done", "s2": "ready"}


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("segments/s9/start", 404, "segment/unknown"),
        ("segments/s9/finish", 404, "segment/unknown"),
        ("segments/s1/finish", 409, "segment/none-live"),
    ],
)
async def test_what_the_show_refuses_is_the_answer(live, show, path, status, code):
    refused = await live.http.post(f"{show['path']}/{path}", headers=show["headers"])
    assert (refused.status_code, refused.json()["code"]) == (status, code)
    assert refused.json()["message"]


async def test_a_segment_is_started_once(live, show):
    for status in (200, 409):
        started = await live.http.post(f"{show['path']}/segments/s1/start", headers=show["headers"])
        assert started.status_code == status
    assert started.json()["code"] == "segment/done"


async def test_the_rundown_is_put_in_another_order(live, show):
    arranged = await live.http.put(
        f"{show['path']}/rundown", json={"order": ["s2", "s1"]}, headers=show["headers"]
    )
    assert [line["id"] for line in arranged.json()["segments"]] == ["s2", "s1"]
    refused = await live.http.put(f"{show['path']}/rundown", json={"order": ["s2"]}, headers=show["headers"])
    assert (refused.status_code, refused.json()["code"]) == (409, "rundown/incomplete")


async def test_a_segment_is_added_and_removed(live, show):
    added = await live.http.post(
        f"{show['path']}/segments", json=live.poll | {"title": "Later"}, headers=show["headers"]
    )
    assert added.status_code == 201
    assert (added.json()["id"], added.json()["title"], added.json()["settings"]) == (
        "s3",
        "Later",
        live.poll["settings"],
    )
    removed = await live.http.delete(f"{show['path']}/segments/s3", headers=show["headers"])
    assert removed.status_code == 200
    assert await states_of(live, show) == {"s1": "ready", "s2": "ready"}
    bad = await live.http.post(f"{show['path']}/segments", json={"format": "poll"}, headers=show["headers"])
    assert (bad.status_code, bad.json()["code"]) == (422, "settings/bad")


async def test_a_host_acts_in_a_segment_and_hears_when_that_is_refused(live, show):
    path = f"{show['path']}/segments/s1/actions"
    closed = await live.http.post(path, json={"type": "open"}, headers=show["headers"])
    assert (closed.status_code, closed.json()["code"]) == (409, "segment/closed")
    await live.http.post(f"{show['path']}/segments/s1/start", headers=show["headers"])
    opened = await live.http.post(path, json={"type": "open"}, headers=show["headers"])
    assert opened.status_code == 200, opened.text
    again = await live.http.post(path, json={"type": "open"}, headers=show["headers"])
    assert (again.status_code, again.json()["code"]) == (409, "action/not-now")


@pytest.mark.parametrize(
    "body",
    [{"type": "nonsense"}, {"type": "open", "extra": 1}, {"type": "vote", "choice": "x"}, {}, {"type": 5}],
)
async def test_an_action_that_is_none_never_reaches_the_log(live, show, body):
    path = f"{show['path']}/segments/s1/actions"
    refused = await live.http.post(path, json=body, headers=show["headers"])
    assert (refused.status_code, refused.json()["code"]) == (422, "input/bad-action")
    unknown = await live.http.post(f"{show['path']}/segments/s9/actions", json=body, headers=show["headers"])
    assert (unknown.status_code, unknown.json()["code"]) == (404, "segment/unknown")


async def test_a_host_does_not_vote_for_others(live, show):
    await live.http.post(f"{show['path']}/segments/s1/start", headers=show["headers"])
    path = f"{show['path']}/segments/s1/actions"
    refused = await live.http.post(path, json={"type": "vote", "choice": 0}, headers=show["headers"])
    assert (refused.status_code, refused.json()["code"]) == (403, "auth/forbidden")


async def test_a_moderator_hides_people_and_starts_nothing(live, show):
    await live.act(show["id"], "", Join("Ana"), 42)
    link = await live.http.post(f"{show['path']}/links", json={"role": "moderator"}, headers=show["headers"])
    headers = live.as_(link.json()["token"])
    hidden = await live.http.post(
        f"{show['path']}/actions", json={"type": "hide", "viewer": 42}, headers=headers
    )
    assert hidden.status_code == 200
    unknown = await live.http.post(
        f"{show['path']}/actions", json={"type": "kick", "viewer": 43}, headers=headers
    )
    assert (unknown.status_code, unknown.json()["code"]) == (404, "viewer/unknown")
    refused = await live.http.post(
        f"{show['path']}/actions", json={"type": "start", "segment": "s1"}, headers=headers
    )
    assert (refused.status_code, refused.json()["code"]) == (403, "auth/forbidden")
    refused = await live.http.post(f"{show['path']}/segments/s1/start", headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (403, "auth/forbidden")


async def test_many_calls_at_once_each_get_their_own_answer(live, show):
    names = [{"format": "poll", "title": f"Poll {i}", "settings": live.poll["settings"]} for i in range(12)]
    calls = [live.http.post(f"{show['path']}/segments", json=body, headers=show["headers"]) for body in names]
    refused = [
        live.http.post(f"{show['path']}/segments/s9{i}/start", headers=show["headers"]) for i in range(6)
    ]
    answers: list[httpx.Response] = await asyncio.gather(*calls, *refused)
    assert [answer.status_code for answer in answers] == [201] * 12 + [404] * 6
    assert len({answer.json()["id"] for answer in answers[:12]}) == 12
    assert {answer.json()["title"] for answer in answers[:12]} == {body["title"] for body in names}


async def test_nothing_is_done_in_a_closed_show(live, show):
    await live.http.delete(show["path"], headers=show["headers"])
    refused = await live.http.post(f"{show['path']}/segments/s1/start", headers=show["headers"])
    assert (refused.status_code, refused.json()["code"]) == (410, "show/closed")
    rundown = (await live.http.get(f"{show['path']}/rundown", headers=show["headers"])).json()
    assert rundown["state"] == "closed"
    assert [line["id"] for line in rundown["segments"]] == ["s1", "s2"]


async def test_without_an_owner_a_call_says_so(world, monkeypatch):
    monkeypatch.setattr("oncue.api.acting.PATIENCE_S", 0.2)
    made = await world.show()
    headers = world.as_(made["token"])
    for call in (
        world.http.post(f"/api/shows/{made['id']}/segments/s1/start", headers=headers),
        world.http.get(f"/api/shows/{made['id']}/rundown", headers=headers),
    ):
        away = await call
        assert (away.status_code, away.json()["code"]) == (503, "bus/no-answer")


async def states_of(live, show) -> dict[str, str]:
    rundown = await live.http.get(f"{show['path']}/rundown", headers=show["headers"])
    return {line["id"]: line["state"] for line in rundown.json()["segments"]}


async def test_a_vote_of_a_viewer_counts_between_a_hosts_calls(live, show):
    await live.http.post(f"{show['path']}/segments/s1/start", headers=show["headers"])
    await live.http.post(
        f"{show['path']}/segments/s1/actions", json={"type": "open"}, headers=show["headers"]
    )
    await live.act(show["id"], "", Join("Ana"), 42)
    await live.act(show["id"], "s1", Vote(1), 42)
    results = await live.http.get(f"{show['path']}/segments/s1/results", headers=show["headers"])
    assert "Soup" in str(results.json()["sheets"])
    assert (await live.http.get(f"{show['path']}/rundown", headers=show["headers"])).json()["people"] == 1
