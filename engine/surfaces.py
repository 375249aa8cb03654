"""What a show looks like now: the messages for everybody, for one viewer and for the desk. Pure views of the state."""

from __future__ import annotations

from typing import Any

import msgspec

from . import stage_views
from .blocks import Heading, Leaderboard, Scene, Text, scene
from .format import Route, actions
from .house import Finish, Start
from .pacing import Audience, report
from .segment import Segment
from .show import Show
from .strikes import FAULTS
from .structs import Action, Role, ViewerId
from .versions import offered
from .wire import (
    ActionSpec,
    AmendmentInfo,
    Cost,
    DeskMsg,
    Person,
    PrivateMsg,
    RoundInfo,
    SceneMsg,
    SegmentInfo,
)

ROUNDS = 20
"""How many of the latest rounds are reported on the desk."""
NEWEST = 50
"""How many of the people are listed on the desk, the latest to join first."""

_forms: dict[type[Action], dict[str, Any]] = {}


def public(show: Show, epoch: int) -> SceneMsg:
    """What everybody sees."""
    segment = show.segment
    drawn = (
        between(show)
        if segment is None
        else segment.view("public", lambda: named(show, segment.format.public(segment.state)), show.now)
    )
    return SceneMsg(
        epoch=epoch,
        seq=show.seq,
        at=show.changed_at,
        segment=show.live,
        format=segment.spec.format if segment else "",
        title=segment.spec.title if segment else show.title,
        scene=drawn,
        people=show.crowd.count,
        target=show.playout.target,
        last=show.playout.last,
        stage=stage_views.public(show),
        version=segment.spec.version if segment else "1",
    )


def private(show: Show, epoch: int, viewer: ViewerId) -> PrivateMsg:
    """What one viewer sees besides."""
    segment = show.segment
    drawn = (
        segment.view("private", lambda: named(show, segment.format.private(segment.state, viewer)), show.now)
        if segment
        else Scene()
    )
    return PrivateMsg(
        epoch, show.seq, show.changed_at, show.live, drawn, stage=stage_views.mine(show, viewer)
    )


def desk(
    show: Show, epoch: int, *, audience: Audience | None = None, costs: tuple[Cost, ...] = ()
) -> DeskMsg:
    """What hosts, producers and moderators see besides; `audience` is how the viewers' pictures fare, `costs` is what the formats'
    handlers and views take."""
    segment = show.segment
    drawn = (
        segment.view("desk", lambda: named(show, segment.format.desk(segment.state)), show.now)
        if segment
        else Scene()
    )
    primary, where, title = _primary(show, segment)
    faults = [fault for s in show.segments.values() for fault in (*s.faults, *s.views.values())]
    return DeskMsg(
        epoch=epoch,
        seq=show.seq,
        at=show.changed_at,
        segment=show.live,
        scene=drawn,
        actions=tuple(_spec(route, segment) for route in actions(segment.routes, Role.HOST))
        if segment
        else (),
        primary=msgspec.to_builtins(primary) if primary else None,
        primary_segment=where,
        primary_title=title,
        rundown=tuple(_line(show, segment) for segment in show.segments.values()),
        people=show.crowd.count,
        newest=tuple(Person(p.id, p.name, p.state) for p in reversed(show.crowd.newest(NEWEST))),
        faults=tuple(sorted(faults, key=lambda fault: fault.at)[-20:]),
        state=show.phase,
        playout=report(show.playout, audience or Audience()),
        rounds=reports(show)[-ROUNDS:],
        amendments=tuple(
            AmendmentInfo(one.segment, one.why, one.by, one.at, one.changes) for one in show.amendments
        ),
        stage=stage_views.desk(show),
        costs=costs,
    )


def _line(show: Show, segment: Segment) -> SegmentInfo:
    spec, problem = segment.spec, segment.gap.why if segment.gap else segment.suspended
    return SegmentInfo(
        spec.id, spec.format, spec.title, segment.phase, spec.version, offered(show, segment), problem,
        bool(segment.suspended),
    )  # fmt: skip


def reports(show: Show) -> tuple[RoundInfo, ...]:
    """Of all rounds that were judged, oldest first."""
    found = [one for segment in show.segments.values() for one in segment.reports]
    return tuple(sorted(found, key=lambda one: one.opened))


def between(show: Show) -> Scene:
    """What is to be seen while no segment is live."""
    if show.phase == "closed":
        return scene(
            Heading("That was it. Thank you for being here!", kicker=show.title, id="lobby"), mood="final"
        )
    if any(segment.phase == "done" for segment in show.segments.values()):
        return scene(
            Heading("Stay with us", kicker=show.title, id="lobby"),
            Text("The next part begins in a moment.", tone="quiet"),
        )
    return scene(
        Heading(show.title, kicker="Welcome", id="lobby"), Text("We begin in a moment.", tone="quiet")
    )


def named(show: Show, drawn: Scene | None) -> Scene | None:
    """The scene with names put to those lines of its leaderboards that have none."""
    if not isinstance(drawn, Scene) or Leaderboard not in map(type, drawn.blocks):
        return drawn
    return msgspec.structs.replace(drawn, blocks=tuple(_named(show, block) for block in drawn.blocks))


def _named(show: Show, block: Any) -> Any:
    if not isinstance(block, Leaderboard):
        return block
    name = show.crowd.name
    rows = [
        row if row.name else msgspec.structs.replace(row, name=name(ViewerId(row.viewer)))
        for row in block.rows
    ]
    return msgspec.structs.replace(block, rows=tuple(rows))


def _primary(show: Show, segment: Segment | None) -> tuple[Action | None, str, str]:
    if show.phase != "open":
        return None, "", ""
    if segment is not None:
        act = segment.next(show.now)
        if act is not None:
            return act, segment.spec.id, segment.routes[type(act)].title
    ready = next((s for s in show.segments.values() if s.phase == "ready" and not s.gap), None)
    if ready is not None:
        return Start(ready.spec.id), "", f"Start: {ready.spec.title}"
    return (Finish(), "", "Finish") if segment is not None else (None, "", "")


def _spec(route: Route, segment: Segment) -> ActionSpec:
    if route.action not in _forms:
        _forms[route.action] = _form(route.action)
    try:
        ready = route.when is None or bool(route.when(segment.state))
    except FAULTS:
        ready = True
    ready = ready and not segment.suspended
    return ActionSpec(route.type, route.title, route.doc, _forms[route.action], ready)


def _form(action: type[Action]) -> dict[str, Any]:
    """The JSON Schema of an action's own fields, references resolved, without its tag."""
    (own,), parts = msgspec.json.schema_components((action,), ref_template="{name}")
    schema = parts[own["$ref"]] if "$ref" in own else own
    properties = {name: field for name, field in schema["properties"].items() if name != "type"}
    required = [name for name in schema.get("required", ()) if name != "type"]
    return {"type": "object", "properties": properties, "required": required}
