"""Can viewers know what they should not? The evening is played again with another secret, and nobody may be able to tell.

Noninterference (Goguen and Meseguer, Security Policies and Security Models, 1982): what is sent does not depend on what is still a secret.
What a host may rule about a round is a secret until it is settled; a format names others by `secrets`.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import accumulate
from typing import Any

import msgspec

from oncue.engine.errors import OncueError
from oncue.engine.segment import Segment
from oncue.engine.structs import Action

from .aired import Aired, Ruled
from .finding import Finding, short
from .other import below, changed, other_settings
from .sent import Unlike, unlike
from .tape import Changes

TURNS = 2
"""Other values for each secret setting."""
MESSAGES, ENTRIES = 10_000, 200_000
"""The most to play, in all plays together: a long evening is played with some of the rulings only."""
FACES = {
    "public": "the public scene",
    "private": "a viewer's private scene",
    "refusal": "what a viewer was told",
    "event": "a public event",
}


class Secret(msgspec.Struct):
    """Other settings of a segment, which nobody may be able to tell from the real ones before the message `until`."""

    segment: str
    title: str
    changes: Changes
    until: int


def leaks(aired: Aired) -> Iterator[Finding]:
    """Right answers, and all else that is a secret for a while."""
    yield from _offered(aired)
    secrets = [*_ruled(aired), *_named(aired)]
    for secret in _some(aired, secrets):
        if found := _seen(aired, secret):
            yield _told(aired, secret, found)


def _some(aired: Aired, secrets: list[Secret]) -> list[Secret]:
    """All, or as many as can be played in a reasonable time, evenly."""
    before = [0, *accumulate(map(len, aired.tape.places))]
    messages = sum(secret.until for secret in secrets)
    entries = sum(before[secret.until] for secret in secrets)
    return secrets[:: max(1, -(-messages // MESSAGES), -(-entries // ENTRIES))]


def _settings(segment: Segment) -> dict[str, Any]:
    settings: dict[str, Any] = msgspec.to_builtins(segment.format.settings)
    return settings


def _ruled(aired: Aired) -> Iterator[Secret]:
    for ruled in aired.rounds:
        segment = aired.show.segments[ruled.segment]
        for ruling in ruled.rulings:
            if changed(segment.kind, _settings(segment), ruling.changes) is not None:
                title = f"“{ruling.title}” in round {ruled.number}"
                yield Secret(ruled.segment, title, ruling.changes, ruled.until)


def _named(aired: Aired) -> Iterator[Secret]:
    """Secret settings, all together that are secrets until the same message: in a first play each with its first other value, and so on."""
    for name, segment in aired.show.segments.items():
        named = {one for secrets in aired.secrets for one in secrets.get(name, ()) if isinstance(one, str)}
        ends: dict[int, list[str]] = {}
        for pointer in sorted(named):
            until = aired.until(name, pointer)
            ends.setdefault(until, []).extend(below(segment.kind, _settings(segment), pointer))
        for until, pointers in ends.items():
            yield from _together(segment, pointers, until, aired.said(name))


def _together(segment: Segment, pointers: list[str], until: int, said: list[Any]) -> Iterator[Secret]:
    settings, name = _settings(segment), segment.spec.id
    values = {one: list(other_settings(segment.kind, settings, one, said)) for one in dict.fromkeys(pointers)}
    for turn in range(TURNS):
        changes = {
            one: found[min(turn, len(found) - 1)]
            for one, found in values.items()
            if found and turn < max(1, len(found))
        }
        if changed(segment.kind, settings, changes) is not None:
            yield Secret(name, "", changes, until)
        else:  # they do not go together
            for pointer, value in changes.items():
                yield Secret(name, "", {pointer: value}, until)


def _seen(aired: Aired, secret: Secret) -> Unlike | None:
    show = aired.tape.new({secret.segment: secret.changes})
    return unlike(aired.tape, aired.sent, show, range(secret.until))


def _told(aired: Aired, secret: Secret, found: Unlike) -> Finding:
    changes, found = _least(aired, secret, found)
    face = FACES[found.face]
    which = secret.title or ", ".join(f"`{pointer}`" for pointer in changes)
    instead = ", ".join(f"`{pointer}` {short(value, 30)}" for pointer, value in changes.items())
    what = (
        f"viewers could tell {which} too early. After `{last_action(aired, found.message)}`, {found.path or 'it'} in {face} is "
        f"{short(found.one)}; with {instead} it would be {short(found.other)}. Show nothing that depends on it before "
    )
    when = "the round is settled" if secret.title else "`secrets` does not name it any more"
    return Finding("leak", f"{secret.segment}/{found.face}", aired.tape.seq(found.message), f"{what}{when}")


def _least(aired: Aired, secret: Secret, found: Unlike) -> tuple[Changes, Unlike]:
    """One change that is enough to be seen, if there is one."""
    if len(secret.changes) > 1 and not secret.title:
        for pointer, value in secret.changes.items():
            one = Secret(secret.segment, "", {pointer: value}, secret.until)
            if seen := _seen(aired, one):
                return one.changes, seen
    return secret.changes, found


def _offered(aired: Aired) -> Iterator[Finding]:
    """Rulings that a host is offered and that `amend` does not allow."""
    for ruled in aired.rounds:
        segment = aired.show.segments[ruled.segment]
        for ruling in ruled.rulings:
            if why := _forbidden(segment, ruled, ruling.changes):
                what = (
                    f"`rulings` offers “{ruling.title}”, which `amend` refuses: {why}. Let both say the same"
                )
                yield Finding("fault", f"{ruled.segment}/rulings", aired.tape.seq(ruled.until), what)


def _forbidden(segment: Segment, ruled: Ruled, changes: Changes) -> str:
    after = changed(segment.kind, _settings(segment), changes)
    if after is None:
        return ""
    try:
        segment.kind.amend(segment.format.settings, after)
    except OncueError as no:
        return no.message
    except Exception as error:  # noqa: BLE001  # an author may raise anything
        return str(error)
    return ""


def last_action(aired: Aired, message: int) -> str:
    """The type of the last action in a message."""
    moves = aired.tape.places[message]
    return moves[-1].type if moves else "?"


def is_secret(aired: Aired, message: int, segment: str, action: type[Action]) -> bool:
    """Whether nobody else may know what was said by this action then."""
    return action in aired.secrets[message].get(segment, ())
