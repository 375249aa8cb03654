"""What the log of a rehearsal, and what viewers have received, tell of the formats."""

from __future__ import annotations

from oncue.engine.show import Formats
from oncue.engine.structs import ShowId
from oncue.formats.checks import Finding, check_log

from .evening import Went
from .ground import Ground
from .received import look_into
from .spool import Spool

SPOIL = ("replay", "state", "random", "clock", "outside", "views")
"""After these the checks of a log look no further: another play would differ anyhow."""


def findings(went: Went, ground: Ground, spool: Spool) -> list[Finding]:
    """Each once. What cannot be looked into is a finding as well."""
    found: list[Finding] = []
    try:
        found += look_into(spool, went.show, ground.formats, went.messages, went.secrets)
        unlike = {one.where.partition("/")[0] for one in found if one.kind == "replay"}
        if went.messages:
            found += _checked(went.show, ground.formats, went.messages, unlike)
    except Exception as error:  # noqa: BLE001  # a format may make anything fail, and the report is to say so
        what = f"this cannot be looked into: {type(error).__name__}: {error}"
        found.append(Finding("replay", "the log", 0, what))
    return list({(one.kind, one.where, one.what): one for one in found}.values())


def _checked(show: str, formats: Formats, log: list[tuple[int, bytes]], unlike: set[str]) -> list[Finding]:
    """What the checks of a log find. Where one part of the rundown has spoilt it, we want to know of the other ones all the same; nothing
    more can be told of those that are `unlike` what was on air."""
    found = check_log(ShowId(show), formats, log)
    if not any(one.kind in SPOIL for one in found):
        return found
    more = check_log(ShowId(show), formats, log, skip=(*SPOIL, "fault", "slow"))
    return [*found, *(one for one in more if one.where.partition("/")[0] not in unlike)]
