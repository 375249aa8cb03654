"""The bodies of the routes of series, in and out."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from oncue.api.models import SHOW, Body, Title

ShowId = Annotated[str, StringConstraints(min_length=10, max_length=10, pattern=r"^[a-z2-7]+$")]
Shows = Annotated[list[ShowId], Field(min_length=1, max_length=100)]
Column = Annotated[str, StringConstraints(min_length=1, max_length=80)]
ByWord = Literal["person", "name"]
SHEET = Field("standings", description="the table of the results that counts", examples=["standings"])
SCORE = Field("points", description="its column that is added up", examples=["points"])
BY: Any = Field(
    "person",
    description="`person`: who the host's system says they are, else their name; `name`: that alone",
    examples=["person"],
)


class SeriesBody(Body):
    """Shows that are to have one leaderboard."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"title": "Spring cup", "shows": [SHOW], "public": True}]},
    )
    title: Title
    shows: Shows
    sheet: Column = SHEET
    score: Column = SCORE
    by: ByWord = BY
    public: bool = Field(False, description="whether everybody may see it, on /series/<id>")


class SeriesChange(Body):
    """What is to change; what is left out stays."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"shows": [SHOW, "b2c3d4e5f6"]}]}
    )
    title: Title | None = None
    shows: Shows | None = None
    public: bool | None = None


class SeriesOut(BaseModel):
    """A series. `created` is in µs since the Unix epoch."""

    id: str = Field(examples=["q7m2zk3v9x"])
    title: str = Field(examples=["Spring cup"])
    shows: list[str] = Field(examples=[[SHOW, "b2c3d4e5f6"]])
    sheet: str = SHEET
    score: str = SCORE
    by: ByWord = BY
    public: bool
    created: int = Field(examples=[1763800000000000])


class StandingOut(BaseModel):
    """Somebody's place; who has the same score has the same one."""

    place: int = Field(examples=[1])
    name: str = Field(examples=["Ana"])
    person: str = Field(
        examples=["crm-4711"], description="who they are in the host's system; empty for others"
    )
    score: float = Field(examples=[2950])
    shows: dict[str, float] = Field(
        examples=[{SHOW: 2950}], description="their score in each show that they were in"
    )


class BoardOut(BaseModel):
    """A leaderboard over shows. `players` counts all, `standings` has the first of them."""

    title: str = Field(examples=["Spring cup"])
    shows: list[str] = Field(examples=[[SHOW]])
    players: int = Field(examples=[214])
    standings: list[StandingOut]
