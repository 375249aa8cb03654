"""A host has a running segment go on in another version of its format."""

import pytest

from oncue.formats import registry

RUNDOWN = [{"format": "count@1", "title": "Count", "settings": {"most": 5}}, {"format": "count"}]


@pytest.fixture
def installed(monkeypatch):
    """A format in version 2, which has version 1, and an odd one in a version 4 that cannot take over."""
    monkeypatch.setenv("ONCUE_FORMATS", "count=counting:Count2, count@4=counting:Unwilling")
    registry._installed.cache_clear()
    yield
    registry._installed.cache_clear()


@pytest.fixture
async def show(installed, live):
    made = await live.http.post("/api/shows", json={"title": "Count", "rundown": RUNDOWN}, headers=live.admin)
    assert made.status_code == 201, made.text
    return f"/api/shows/{made.json()['id']}"


async def test_the_rundown_says_which_version_runs_and_which_could(live, show):
    rundown = (await live.http.get(f"{show}/rundown", headers=live.admin)).json()
    assert [(line["format"], line["version"], line["upgrade"]) for line in rundown["segments"]] == [
        ("count", "1", "2"),
        ("count", "2", ""),
    ]
    formats = {one["name"]: one for one in (await live.http.get("/api/formats")).json()}
    assert (formats["count"]["version"], formats["count"]["earlier"]) == ("2", ["1", "4"])


async def test_what_a_host_upgrades_takes_the_actions_of_the_new_version(live, show):
    act = {"json": {"type": "double"}, "headers": live.admin}
    await live.http.post(f"{show}/segments/s1/start", headers=live.admin)
    refused = await live.http.post(f"{show}/segments/s1/actions", **act)
    assert (refused.status_code, refused.json()["code"]) == (422, "input/bad-action")
    line = (await live.http.post(f"{show}/segments/s1/upgrade", headers=live.admin)).json()
    assert (line["version"], line["upgrade"], line["state"]) == ("2", "", "live")
    told = await live.http.post(f"{show}/segments/s1/actions", **act)
    assert told.json()["code"] == "auth/forbidden"  # it is known now, and not for hosts


async def test_what_cannot_be_is_refused_with_the_reason_and_nothing_changes(live, show):
    async def refused(segment: str, **query: str) -> tuple[int, str, str]:
        answer = await live.http.post(f"{show}/segments/{segment}/upgrade", params=query, headers=live.admin)
        return answer.status_code, answer.json()["code"], answer.json()["message"]

    assert await refused("s1", version="4") == (
        422,
        "format/version",
        "count 4 cannot go on from version 1: version 1 is too old",
    )
    status, code, why = await refused("s1", version="9")
    assert (status, code) == (422, "format/version")
    assert "not here in version 9, but in 2, 1, 4" in why
    assert (await refused("s2"))[1] == "format/version"
    assert (await refused("s7"))[:2] == (404, "segment/unknown")
    rundown = (await live.http.get(f"{show}/rundown", headers=live.admin)).json()
    assert [line["version"] for line in rundown["segments"]] == ["1", "2"]
    stranger = await live.http.post(f"{show}/segments/s1/upgrade")
    assert stranger.status_code == 401
