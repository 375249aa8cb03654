"""What a host may rule about a show over the API, after the fact and before: amendments and the dial."""

from typing import Any

import pytest

from oncue.engine.structs import Role

QUESTION = {"kind": "choice", "text": "What?", "options": ["Pizza", "Soup"], "right": 0}
TRIVIA = {"format": "trivia", "title": "Round one", "settings": {"questions": [QUESTION]}}


@pytest.fixture
async def playing(live):
    """A show with a round of trivia that is live, and a poll that is not."""
    made = await live.show(rundown=[TRIVIA, live.poll])
    show = made | {"headers": live.as_(made["token"]), "path": f"/api/shows/{made['id']}"}
    await live.http.post(f"{show['path']}/segments/s1/start", headers=show["headers"])
    return show


def amendment(**changed: Any) -> dict[str, Any]:
    usual = {"type": "amend", "segment": "s1", "changes": {"/questions/0/right": 1}, "why": "A slip"}
    return usual | changed


@pytest.mark.parametrize(
    ("changed", "status", "code"),
    [
        ({"segment": "s9"}, 404, "segment/unknown"),
        ({"segment": "s2", "changes": {"/options/0": "Stew"}}, 409, "amend/not-live"),
        ({"changes": {}}, 409, "amend/empty"),
        ({"changes": {"/questions/1/right": 1}}, 409, "amend/pointer"),
        ({"changes": {"questions": []}}, 409, "amend/pointer"),
        ({"changes": {"/questions/0/right": "Soup"}}, 422, "settings/bad"),
        ({"changes": {"/questions/0/text": "Who?"}}, 409, "trivia/amend"),
        ({"why": ""}, 422, "input/bad-action"),
        ({"why": "x" * 201}, 422, "input/bad-action"),
        ({"changes": ["right"]}, 422, "input/bad-action"),
        ({"policy": {"lane": "long"}}, 422, "input/bad-action"),
    ],
)
async def test_an_amendment_that_cannot_be_is_refused_with_a_reason(live, playing, changed, status, code):
    answer = await live.http.post(
        f"{playing['path']}/actions", json=amendment(**changed), headers=playing["headers"]
    )
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.json()["message"]


async def test_a_format_that_allows_no_amendment_says_so(live, playing):
    await live.http.post(f"{playing['path']}/segments/s2/start", headers=playing["headers"])
    changed = amendment(segment="s2", changes={"/question": "Who?"})
    answer = await live.http.post(f"{playing['path']}/actions", json=changed, headers=playing["headers"])
    assert (answer.status_code, answer.json()["code"]) == (409, "amend/impossible")


async def test_only_a_host_rules(live, playing):
    moderator = live.services.tokens.sign(7, playing["id"], Role.MODERATOR)
    for body in (amendment(), {"type": "dial", "share": 1.0}):
        answer = await live.http.post(f"{playing['path']}/actions", json=body, headers=live.as_(moderator))
        assert (answer.status_code, answer.json()["code"]) == (403, "auth/forbidden")


async def test_the_dial_is_turned_and_read(live, playing):
    dial = {"type": "dial", "share": 0.5, "fixed": 800_000}
    turned = await live.http.post(f"{playing['path']}/actions", json=dial, headers=playing["headers"])
    assert turned.status_code == 200
    read = await live.http.get(f"{playing['path']}/playout", headers=playing["headers"])
    assert (read.json()["share"], read.json()["fixed"], read.json()["in_step"]) == (0.5, 800_000, 0)


@pytest.mark.parametrize(
    "dial", [{"share": 0.4}, {"share": 1.1}, {"fixed": -1}, {"fixed": 5_000_001}, {"speed": 1}]
)
async def test_a_dial_is_not_turned_beyond_its_ends(live, playing, dial):
    body = {"type": "dial", **dial}
    answer = await live.http.post(f"{playing['path']}/actions", json=body, headers=playing["headers"])
    assert (answer.status_code, answer.json()["code"]) == (422, "input/bad-action")


async def test_a_show_that_is_over_has_no_playout(live, playing):
    await live.http.delete(playing["path"], headers=playing["headers"])
    answer = await live.http.get(f"{playing['path']}/playout", headers=playing["headers"])
    assert (answer.status_code, answer.json()["code"]) == (410, "show/closed")


async def test_what_only_the_clock_and_the_owner_do_is_not_for_hosts(live, playing):
    pace = {"type": "pace", "target": 1, "last": 1}
    answer = await live.http.post(f"{playing['path']}/actions", json=pace, headers=playing["headers"])
    assert (answer.status_code, answer.json()["code"]) == (403, "auth/forbidden")
