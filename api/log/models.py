"""The bodies of the log's part of the host API."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from oncue.api.models import SHOW, Body, Made, Maybe

OLD = "p7w2hx5qnd"


class ForkBody(Body):
    """From where on, and how the new show is called."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"at": "812", "title": "What if the other one was right"}]},
    )
    at: str = Field(
        max_length=40,
        description="after which message of the log: `812`, or `812:3` for its third entry",
        examples=["812"],
    )
    title: Maybe = Field("", description="else that of the old show")
    code: str = Field("", max_length=20, description="a code of your own; else one is drawn")


class ForkOut(Made):
    """A new show that goes on from a moment of another one."""

    of: str = Field(examples=[OLD], description="the show that it was forked from")
    seq: int = Field(examples=[812], description="its log has that one's up to this message")
    people: int = Field(examples=[214], description="who is in it, with what they have scored")


class ImportOut(BaseModel):
    """A show that was imported."""

    id: str = Field(examples=[SHOW])
    code: str = Field(examples=["QK7XP2"])
    title: str = Field(examples=["Friday quiz"])
    state: str = Field(examples=["closed"])
    of: str = Field(examples=[OLD], description="the id that it had where it was exported")
    messages: int = Field(examples=[18214])
    entries: int = Field(examples=[90412])
    new: bool = Field(description="false: it was imported before")
    same: bool | None = Field(
        examples=[True],
        description="whether it plays to the state that the archive names; null if that names none",
    )
    host_url: str = Field(examples=[f"https://live.example.org/host/{SHOW}#token=eyJhbGciOi"])
    token: str = Field(examples=["eyJhbGciOi"])


class KeyOut(BaseModel):
    """Whose signature archives of this node have: an Ed25519 public key, in base64."""

    algorithm: str = Field(examples=["Ed25519"])
    key: str = Field(examples=["11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="])


class StateOut(BaseModel):
    """All of a show at a moment, by names: docs/log.md. Not its seed."""

    model_config = ConfigDict(extra="allow")
    show: str = Field(examples=[SHOW])
    title: str = Field(examples=["Friday quiz"])
    phase: str = Field(examples=["open"])
    seq: int = Field(examples=[812])
    now: int = Field(examples=[1763800000000000], description="show time, µs")
    segments: list[dict[str, Any]] = Field(
        examples=[[{"id": "s1", "format": "poll", "phase": "live", "state": {"phase": "open"}}]]
    )
