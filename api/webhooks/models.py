"""The bodies of webhooks' routes, in and out. Times are in µs since the Unix epoch."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from oncue.api.models import SHOW, Body, Maybe

URL = "https://crm.example.org/oncue"
ID = "wh7q2mzk3v9x"
EVENT = f"{SHOW}-42-0"
Pattern = Annotated[str, StringConstraints(min_length=1, max_length=120, pattern=r"^[a-zA-Z0-9.*_-]+$")]
Patterns = Annotated[list[Pattern], Field(min_length=1, max_length=40)]
Url = Annotated[str, StringConstraints(strip_whitespace=True, min_length=8, max_length=2000)]
WHAT = "types without `oncue.`, in which `*` stands for anything: `segment.*`, `format.trivia.*`, `*`"


class WebhookBody(Body):
    """Whom to tell what."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"url": URL, "events": ["segment.*", "results.*"]}]}
    )
    url: Url = Field(description="https only; it has to lead to a public address")
    events: Patterns = Field(default_factory=lambda: ["*"], description=WHAT)
    show: str = Field("", max_length=40, description="only of this show; else of all")
    description: Maybe = Field("", description="for people")


class WebhookChange(Body):
    """What is to change; what is left out stays."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"active": True}]})
    url: Url | None = None
    events: Patterns | None = Field(None, description=WHAT)
    description: Maybe | None = None
    active: bool | None = Field(None, description="false: nothing is queued or sent until it is true again")


class WebhookOut(BaseModel):
    """A webhook. `why` says why it is not active, `failing_since` when the first attempt failed after the last that went well (0: none)."""

    id: str = Field(examples=[ID])
    url: str = Field(examples=[URL])
    events: list[str] = Field(examples=[["segment.*", "results.*"]])
    show: str = Field(examples=[""])
    description: str = Field(examples=["our CRM"])
    active: bool
    why: str = Field(examples=[""])
    failing_since: int = Field(examples=[0])
    created: int = Field(examples=[1763800000000000])
    pending: int = Field(examples=[0], description="deliveries that are under way")
    dead: int = Field(examples=[0], description="deliveries that were given up")


class WebhookMade(WebhookOut):
    """A new webhook; nobody is told the secret again."""

    secret: str = Field(examples=["whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"])


class Secret(BaseModel):
    """A webhook's new secret. The one before signs as well until `old_until`."""

    secret: str = Field(examples=["whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"])
    old_until: int = Field(examples=[1763886400000000])


class AttemptOut(BaseModel):
    """What came of an attempt: the HTTP status (0: no answer, `error` says why) and the first kB of the answer."""

    at: int = Field(examples=[1763800000000000])
    status: int = Field(examples=[503])
    took_ms: int = Field(examples=[87])
    error: str = Field(examples=[""])
    answer: str = Field(examples=["try again later"])


class DeliveryOut(BaseModel):
    """An event on its way to a webhook: `pending` (tried again at `due`), `sent`, or `dead` (tried often enough)."""

    event: str = Field(examples=[EVENT], description="the event's id, which is `webhook-id` as well")
    show: str = Field(examples=[SHOW])
    type: str = Field(examples=["oncue.segment.ended"])
    state: Literal["pending", "sent", "dead"] = Field(examples=["dead"])
    tries: int = Field(examples=[11])
    due: int = Field(examples=[0])
    created: int = Field(examples=[1763800000000000])
    ended: int = Field(examples=[1763900000000000])


class DeliveryMore(DeliveryOut):
    """A delivery with what was sent and what came of it, oldest attempt first."""

    body: dict[str, Any] = Field(
        examples=[{"specversion": "1.0", "id": EVENT, "type": "oncue.segment.ended"}]
    )
    attempts: list[AttemptOut]


class ReplayBody(Body):
    """From when on."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"since": "2026-03-01T20:00:00Z"}]}
    )
    since: datetime = Field(description="RFC 3339, with a time zone; events are kept for seven days")


class Replayed(BaseModel):
    """How many events set out again. At most 10,000 do: with `more` go on from `until`."""

    events: int = Field(examples=[17])
    more: bool
    until: str = Field(examples=["2026-03-01T22:00:00Z"], description="the time of the last of them")
