"""The stage over the host API, with a real owner that folds the log."""

import pytest

from oncue.api.auth import ROLES
from oncue.api.room import SHOW_DOOR
from oncue.engine.house import Join
from oncue.engine.stage_actions import AcceptStage, Checked, GiveUp, Publishing, RaiseHand, Sourced, StepUp
from oncue.engine.structs import Role

ANA, BO = 42, 43


class Stage:
    """A show's stage, for its host and two viewers who have joined."""

    def __init__(self, live, made):
        self.live = live
        self.id = made["id"]
        self.path = f"/api/shows/{made['id']}/stage"
        self.host = live.as_(made["token"])

    def as_(self, role, viewer=77):
        return self.live.as_(self.live.services.tokens.sign(viewer, self.id, role))

    async def does(self, viewer, action, role=Role.AUDIENCE):
        await self.live.act(self.id, "", action, viewer, role)

    async def post(self, path, body=None, headers=None, status=200):
        answer = await self.live.http.post(f"{self.path}/{path}", json=body, headers=headers or self.host)
        assert answer.status_code == status, answer.text
        return answer.json()

    async def put(self, path, body, status=200):
        answer = await self.live.http.put(f"{self.path}/{path}", json=body, headers=self.host)
        assert answer.status_code == status, answer.text
        return answer.json()

    async def now(self, headers=None, status=200):
        answer = await self.live.http.get(self.path, headers=headers or self.host)
        assert answer.status_code == status, answer.text
        return answer.json()

    async def ready(self, viewer):
        await self.post(f"{viewer}/invite")
        await self.does(viewer, AcceptStage())
        await self.does(0, Publishing(viewer, True), Role.SYSTEM)
        await self.does(viewer, Checked(True, True, True, "fine"))


@pytest.fixture
async def stage(live):
    stage = Stage(live, await live.show(picture="test"))
    for viewer, name in ((ANA, "Ana"), (BO, "Bo")):
        await stage.does(viewer, Join(name))
    return stage


async def test_somebody_is_brought_from_the_queue_on_air_and_off_again(stage):
    await stage.put("rules", {"hands": True})
    await stage.does(ANA, RaiseHand("About tea"))
    now = await stage.now()
    assert [(one["name"], one["topic"]) for one in now["queue"]] == [("Ana", "About tea")]
    assert (now["waiting"], now["hands"], now["most"], now["rooms"]) == (1, True, 6, {})
    await stage.ready(ANA)
    now = await stage.now()
    assert [(one["state"], one["present"], one["check"]) for one in now["guests"]] == [
        ("green", True, "fine")
    ]
    assert now["rooms"][str(ANA)].startswith(f"show/{stage.id}/room/")
    await stage.post(f"{ANA}/live", {"main": True})
    now = await stage.now()
    assert [seat["seat"] for seat in now["seats"]] == ["programme", "g1"]
    assert now["main"] == "g1"
    await stage.put("layout", {"layout": "pip", "main": "programme", "gains": {"g1": 0.5}})
    assert (await stage.now())["gains"] == {"g1": 0.5}
    await stage.post(f"{ANA}/mute")
    assert not (await stage.now())["seats"][1]["microphone"]
    await stage.post(f"{ANA}/green")
    await stage.post(f"{ANA}/off", {"cut": True})
    now = await stage.now()
    assert (now["guests"], now["rooms"]) == ([], {})


async def test_one_is_put_in_the_place_of_another(stage):
    await stage.ready(ANA)
    await stage.ready(BO)
    await stage.post(f"{ANA}/live")
    await stage.post("swap", {"off": ANA, "on": BO})
    now = await stage.now()
    assert [seat["name"] for seat in now["seats"]] == ["", "Bo"]
    assert {one["name"]: one["state"] for one in now["guests"]} == {"Ana": "green", "Bo": "live"}


async def test_a_host_who_has_stepped_up_talks_to_a_guest(stage):
    await stage.ready(ANA)
    host = stage.as_(Role.HOST, 7)
    refused = await stage.post(f"{ANA}/talk", {"on": True}, host, 409)
    assert refused["code"] == "stage/not-ready"
    await stage.does(7, StepUp("Kim"), Role.HOST)
    await stage.does(7, Checked(True, True, True), Role.HOST)
    await stage.post(f"{ANA}/talk", {"on": True}, host)
    guests = (await stage.now())["guests"]
    assert {one["name"]: one["talkers"] for one in guests} == {"Ana": [7], "Kim": []}


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("99/invite", 404, "viewer/unknown"),
        (f"{ANA}/live", 404, "stage/unknown"),
        (f"{ANA}/off", 404, "stage/unknown"),
        (f"{ANA}/lower", 404, "stage/unknown"),
        ("0/off", 422, "input/invalid"),
    ],
)
async def test_what_the_stage_refuses_is_the_answer(stage, path, status, code):
    assert (await stage.post(path, status=status))["code"] == code


async def test_nobody_is_put_live_without_their_own_key(stage):
    await stage.post(f"{ANA}/invite")
    assert (await stage.post(f"{ANA}/live", status=409))["code"] == "stage/not-ready"


async def test_a_layout_names_seats_that_are_there(stage):
    refused = await stage.put("layout", {"layout": "grid", "main": "g9"}, 409)
    assert refused["code"] == "stage/layout"
    assert (await stage.put("layout", {"layout": "star"}, 422))["code"] == "input/invalid"


async def test_green_rooms_are_told_to_hosts_and_producers_only(stage):
    await stage.now(stage.as_(Role.PRODUCER))
    for role in (Role.MODERATOR, Role.GUEST, Role.AUDIENCE, Role.DISPLAY):
        assert (await stage.now(stage.as_(role), 403))["code"] == "auth/forbidden"


async def test_a_moderator_may_mute_and_take_off_but_not_put_live(stage):
    await stage.ready(ANA)
    moderator = stage.as_(Role.MODERATOR)
    assert (await stage.post(f"{ANA}/live", headers=moderator, status=403))["code"] == "auth/forbidden"
    await stage.post(f"{ANA}/mute", headers=moderator)
    await stage.post(f"{ANA}/off", headers=moderator)


def test_what_only_the_node_or_the_clock_may_say_never_comes_over_a_link():
    for kind in (Publishing, Sourced, GiveUp):
        assert not any(SHOW_DOOR.roles[kind] & role for role in ROLES.values())
    for kind in (RaiseHand, AcceptStage, Checked):
        assert SHOW_DOOR.roles[kind] & Role.AUDIENCE
    assert not SHOW_DOOR.roles[StepUp] & (Role.AUDIENCE | Role.GUEST | Role.MODERATOR | Role.DISPLAY)
