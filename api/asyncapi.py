"""AsyncAPI 3.0 of what oncue tells the outside, made from the code: `python -m oncue.api.asyncapi` writes docs/asyncapi.json
(`--check`: exit 1 when it is stale)."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
from fastapi import APIRouter

from oncue.engine.events import EVENTS, NAME, SCHEMA, TOGETHER
from oncue.engine.format import Format
from oncue.formats.registry import formats

from .problems import errors

TARGET = Path(__file__).resolve().parents[1] / "docs" / "asyncapi.json"
CLOUD_EVENT = "application/cloudevents+json"
DESCRIPTION = f"""What shows tell the outside, as CloudEvents 1.0 in JSON (structured mode): on NATS (stream `EVENTS`), and by webhook.

An event has the same `id` however often it comes; `sequence` sorts a show's events as they happened. Viewers are told by their ids, never
by name, up to {TOGETHER} in one event. How to listen and to check signatures: docs/events.md."""
HEADERS: dict[str, Any] = {
    "type": "object",
    "required": ["webhook-id", "webhook-timestamp", "webhook-signature"],
    "properties": {
        "webhook-id": {"type": "string", "description": "the event's id"},
        "webhook-timestamp": {"type": "string", "description": "seconds since the Unix epoch"},
        "webhook-signature": {
            "type": "string",
            "description": "`v1,` and base64 of HMAC-SHA256 of `id.timestamp.body`; several with spaces between",
        },
    },
}
SHOW = {"show": {"description": "the show's id", "examples": ["k3v9mq2xta"]}}

EXAMPLE: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {"application/json": {"example": {"asyncapi": "3.0.0", "info": {"title": "oncue events"}}}}
    }
}

Kinds = Mapping[str, type[Format[Any, Any]]]
Doc = dict[str, Any]

router = APIRouter(tags=["node"])


@router.get("/api/asyncapi.json", summary="AsyncAPI of the events", responses={**EXAMPLE, **errors()})
async def asyncapi() -> Doc:
    """Channels, messages and their JSON Schemas, with what the formats that are installed here say that they emit."""
    return document(formats())


def document(kinds: Kinds) -> Doc:
    """The document, with what these formats emit."""
    told = {name: (name, kind) for name, kind in EVENTS.items()}
    for format_name, kind in sorted(kinds.items()):
        told |= {f"format.{format_name}.{name}": (name, data) for name, data in sorted(kind.emits.items())}
    kinds_of_data = [data for _, data in told.values()]
    refs, schemas = msgspec.json.schema_components(kinds_of_data, ref_template="#/components/schemas/{name}")
    messages = {
        _key(kind): _message(kind, data, ref)
        for (kind, (_, data)), ref in zip(told.items(), refs, strict=True)
    }
    messages["formatEvent"] = _any_message()
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "oncue events", "version": "1.0.0", "description": DESCRIPTION},
        "defaultContentType": CLOUD_EVENT,
        "servers": {
            "nats": {"host": "localhost:4222", "protocol": "nats", "description": "the NATS of the nodes"},
            "receiver": {"host": "receiver.example.org", "protocol": "https", "description": "a webhook's URL"},
        },
        "channels": _channels({kind: name for kind, (name, _) in told.items()}),
        "operations": _operations(list(told)),
        "components": {"schemas": {"CloudEvent": _cloud_event(), **dict(sorted(schemas.items()))}, "messages": messages},
    }  # fmt: skip


def _channels(told: dict[str, str]) -> Doc:
    found = {
        _key(kind): _channel(f"show.{{show}}.event.{name}", [_key(kind)], SHOW) for kind, name in told.items()
    }
    name = {"name": {"description": f"what the format calls it: {NAME.pattern}"}}
    found["formatEvent"] = _channel("show.{show}.event.{name}", ["formatEvent"], {**SHOW, **name})
    everything = [*map(_key, told), "formatEvent"]
    found["webhook"] = {
        "address": None,
        "title": "The URL of a webhook",
        "servers": [{"$ref": "#/servers/receiver"}],
        "messages": {key: {"$ref": f"#/components/messages/{key}"} for key in everything},
    }
    return found


def _channel(address: str, messages: list[str], parameters: Doc) -> Doc:
    return {
        "address": address,
        "servers": [{"$ref": "#/servers/nats"}],
        "parameters": parameters,
        "messages": {key: {"$ref": f"#/components/messages/{key}"} for key in messages},
    }


def _operations(told: list[str]) -> Doc:
    keys = [*map(_key, told), "formatEvent"]
    found: Doc = {
        f"tell{key[0].upper()}{key[1:]}": {"action": "send", "channel": {"$ref": f"#/channels/{key}"}}
        for key in keys
    }
    found["deliver"] = {
        "action": "send",
        "channel": {"$ref": "#/channels/webhook"},
        "summary": "Any event, by POST, with the headers of Standard Webhooks",
        "bindings": {"http": {"method": "POST", "bindingVersion": "0.3.0"}},
    }
    return found


def _message(kind: str, data: type[msgspec.Struct], ref: Doc) -> Doc:
    doc = " ".join((data.__doc__ or "").split())
    fixed: Doc = {
        "type": {"const": f"oncue.{kind}"},
        "dataschema": {"const": SCHEMA.format(kind)},
        "data": ref,
    }
    return {
        "name": f"oncue.{kind}",
        "title": kind,
        "summary": doc,
        "contentType": CLOUD_EVENT,
        "headers": HEADERS,
        "payload": _payload(fixed),
    }


def _any_message() -> Doc:
    fixed: Doc = {"type": {"type": "string", "pattern": r"^oncue\.format\."}, "data": {"type": "object"}}
    return {
        "name": "oncue.format",
        "title": "what a format emits",
        "summary": "What a format tells with `cue.emit(name, **data)`: the type is `oncue.format.<format>.<name>`.",
        "contentType": CLOUD_EVENT,
        "headers": HEADERS,
        "payload": _payload(fixed),
    }


def _payload(fixed: Doc) -> Doc:
    return {"allOf": [{"$ref": "#/components/schemas/CloudEvent"}, {"type": "object", "properties": fixed}]}


def _cloud_event() -> Doc:
    text: Doc = {"type": "string"}
    return {
        "type": "object",
        "description": "CloudEvents 1.0, with the extension `sequence`",
        "required": ["specversion", "id", "source", "type", "time", "sequence", "data"],
        "properties": {
            "specversion": {"const": "1.0"},
            "id": {**text, "description": "the same each time it comes", "examples": ["k3v9mq2xta-42-0"]},
            "source": {**text, "format": "uri-reference", "examples": ["/shows/k3v9mq2xta"]},
            "type": {**text, "examples": ["oncue.segment.ended"]},
            "subject": {**text, "description": "the segment", "examples": ["s1"]},
            "time": {**text, "format": "date-time", "description": "show time"},
            "datacontenttype": {"const": "application/json"},
            "dataschema": {**text, "format": "uri"},
            "sequence": {**text, "description": "sorts as the show's log does"},
            "data": {"description": "see the message"},
        },
    }


def _key(kind: str) -> str:
    """`round.judged-again` as `roundJudgedAgain`."""
    first, *more = kind.replace(".", "-").replace("_", "-").split("-")
    return first + "".join(word.capitalize() for word in more)


def written() -> str:
    """docs/asyncapi.json: with oncue's own formats, whatever else is installed."""
    own = {name: kind for name, kind in formats().items() if kind.__module__.startswith("oncue.formats.")}
    return msgspec.json.format(msgspec.json.encode(document(own)), indent=2).decode() + "\n"


def main(arguments: list[str]) -> int:
    """1 when `--check` finds the file stale."""
    from .schema import keep

    stale = "docs/asyncapi.json is stale: run `python -m oncue.api.asyncapi`"
    return keep(TARGET, written(), stale, check="--check" in arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
