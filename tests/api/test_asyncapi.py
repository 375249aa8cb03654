"""The description of the events is whole, true and up to date."""

import json
import re
from typing import Any

import msgspec
import pytest

from oncue.api import asyncapi
from oncue.engine import events
from oncue.engine.blocks import Scene
from oncue.engine.cue import Cue
from oncue.engine.errors import FormatError
from oncue.engine.format import Format, on
from oncue.engine.structs import Action, State
from oncue.formats import Rehearsal
from oncue.formats.registry import formats


class Ring(Action, frozen=True):
    """Ring the bell."""

    times: int = 1


class Rung(msgspec.Struct):
    """The bell was rung."""

    by: int
    times: int


class Bell(Format[State]):
    emits = {"bell-rung": Rung}

    @on(Ring)
    def ring(self, state: State, act: Ring, cue: Cue) -> None:
        cue.emit("bell-rung", by=cue.by, times="often" if act.times > 9 else act.times)

    def public(self, state: State) -> Scene:
        return Scene()


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return asyncapi.document({**formats(), "bell": Bell})


def found(document: dict[str, Any], ref: str) -> Any:
    at: Any = document
    for part in ref.removeprefix("#/").split("/"):
        at = at[part]
    return at


def test_the_document_in_docs_is_up_to_date() -> None:
    assert asyncapi.TARGET.read_text() == asyncapi.written(), "run `python -m oncue.api.asyncapi`"


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    refs = re.findall(r'"\$ref": ?"([^"]+)"', json.dumps(document))
    assert len(refs) > 50
    for ref in refs:
        assert found(document, ref), ref


def test_it_has_what_asyncapi_3_asks_for(document: dict[str, Any]) -> None:
    assert document["asyncapi"] == "3.0.0"
    assert {"title", "version"} <= document["info"].keys()
    for server in document["servers"].values():
        assert {"host", "protocol"} <= server.keys()
    for channel in document["channels"].values():
        assert set(re.findall(r"{(\w+)}", channel["address"] or "")) == set(channel.get("parameters", ()))
    for operation in document["operations"].values():
        assert operation["action"] == "send"
        assert operation["channel"]["$ref"].startswith("#/channels/")


def test_every_event_has_a_channel_of_its_own_and_goes_to_webhooks(document: dict[str, Any]) -> None:
    addresses = {channel["address"] for channel in document["channels"].values()}
    assert addresses >= {f"show.{{show}}.event.{name}" for name in events.EVENTS}
    types = {message["name"] for message in document["components"]["messages"].values()}
    assert types >= {f"oncue.{name}" for name in events.EVENTS}
    assert document["channels"]["webhook"]["messages"].keys() == document["components"]["messages"].keys()


def test_what_a_format_says_that_it_emits_is_described(document: dict[str, Any]) -> None:
    message = document["components"]["messages"]["formatBellBellRung"]
    assert (message["name"], message["summary"]) == ("oncue.format.bell.bell-rung", "The bell was rung.")
    data = message["payload"]["allOf"][1]["properties"]["data"]
    assert found(document, data["$ref"])["properties"] == {
        "by": {"type": "integer"},
        "times": {"type": "integer"},
    }
    assert document["channels"]["formatBellBellRung"]["address"] == "show.{show}.event.bell-rung"


def test_what_a_format_emits_has_to_be_what_it_says() -> None:
    rehearsal = Rehearsal(Bell)
    ada = rehearsal.viewer("Ada")
    ada.does(Ring(2))
    (rung,) = rehearsal.events
    assert (rung.name, rung.data) == ("bell-rung", {"by": ada.id, "times": 2})
    with pytest.raises(FormatError, match="times"):
        ada.does(Ring(10))


def test_a_format_that_names_an_event_wrongly_is_refused_when_it_is_defined() -> None:
    with pytest.raises(FormatError, match="no name for an event"):

        class Loud(Bell):
            emits = {"Bell.Rung": Rung}


async def test_the_host_api_has_it(world) -> None:
    said = (await world.http.get("/api/asyncapi.json")).json()
    assert said == json.loads(json.dumps(asyncapi.document(formats())))
