"""Can one viewer read what another has said? Somebody says something else, and nobody else may be able to tell."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from oncue.engine.structs import Action

from .aired import Aired
from .finding import Finding, short
from .leak import FACES
from .other import alike, leaves, others
from .sample import Done, sampled, since
from .sent import Sent, compared, look

SAMPLES = 4
"""Actions of a kind that are said otherwise."""
WAYS = 3
"""In so many ways."""
AFTER = 8
"""What is no secret is looked for in so many messages from there on."""


def overheard(aired: Aired) -> Iterator[Finding]:
    """Secret ballots that can be seen, and words or numbers of one viewer in the private scene of another."""
    told: set[tuple[str, str]] = set()
    for done in sampled(aired, SAMPLES):
        ways = 0
        for instead in _otherwise(aired, done):
            found = _listened(aired, done, instead)
            if found == "refused":
                continue
            ways += 1
            if isinstance(found, Finding) and (found.kind, done.type) not in told:
                told.add((found.kind, done.type))
                yield found
            if ways == WAYS:
                break


def _otherwise(aired: Aired, done: Done) -> Iterator[dict[str, Any]]:
    """The same action with another field."""
    said = done.entry.action
    for pointer, value in leaves({name: field for name, field in said.items() if name != "type"}):
        heard = aired.said(done.segment.spec.id, done.type)
        for other in [*alike(value, heard), *others(value)]:
            instead = msgspec.json.decode(msgspec.json.encode(said))
            _put(instead, pointer.split("/")[1:], other)
            if _fits(instead, done.action):
                yield instead


def _put(data: Any, way: list[str], value: Any) -> None:
    for step in way[:-1]:
        data = data[int(step) if isinstance(data, list) else step]
    data[int(way[-1]) if isinstance(data, list) else way[-1]] = value


def _fits(said: dict[str, Any], action: type[Action]) -> bool:
    try:
        msgspec.convert(said, action)
    except msgspec.ValidationError:
        return False
    return True


def _listened(aired: Aired, done: Done, instead: dict[str, Any]) -> Finding | str | None:
    tape, start = aired.tape, done.move.message
    name, viewer = done.segment.spec.id, done.entry.viewer
    secret = done.action in aired.secrets[start].get(name, ())
    until = aired.until(name, done.action, start) if secret else min(start + AFTER, len(tape.batches))
    batches = tape.edited({(start, done.move.place): [done.written(action=instead)]})
    show, plays = since(aired, done, batches)
    for i in plays:
        if i >= until:
            break
        if i == start and any((no.viewer, no.number) == (viewer, done.entry.number) for no in show.refused):
            return "refused"
        now = look(show, set(aired.sent[i].private))
        if secret and (found := compared(i, aired.sent[i], now, viewer)):
            what = (
                f"what a viewer says by `{done.type}` is a secret, and {FACES[found.face]} tells it: {found.path} is "
                f"{short(found.one)}; had they said {short(instead)} it would be {short(found.other)}. Show what was said only when "
                "`secrets` does not name it any more"
            )
            return Finding("leak", f"{name}/{found.face}", tape.seq(i), what)
        if quoted := _quoted(aired.sent[i], now, done, instead):
            what = (
                f"what one viewer says by `{done.type}` stands in another's private scene: {quoted[0]} is {short(quoted[1])}. Show in it "
                "what is the viewer's own or what all may see; if it is meant for them, let the action name them by their id"
            )
            return Finding("private", f"{name}/private", tape.seq(i), what)
    return None


def _quoted(base: Sent, now: Sent, done: Done, instead: dict[str, Any]) -> tuple[str, Any] | None:
    """Where somebody else's private scene has what was said, and follows when something else is said."""
    said = dict(leaves(done.entry.action))
    for pointer, new in leaves(instead):
        old = said.get(pointer)
        if old == new or not _distinct(old) or not _distinct(new):
            continue
        if _has(msgspec.json.decode(now.public), new):
            continue
        for viewer, seen in base.private.items():
            if viewer == done.entry.viewer or viewer in said.values() or not _says(seen.decode(), old):
                continue
            twin = dict(leaves(msgspec.json.decode(now.private[viewer])))
            for path, value in leaves(msgspec.json.decode(seen)):
                if _says(value, old) and _says(twin.get(path), new):
                    return path, value
    return None


def _distinct(value: Any) -> bool:
    """Whether it would not stand there by chance."""
    if isinstance(value, str):
        return len(value) > 2
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) >= 10


def _says(text: Any, value: Any) -> bool:
    return str(value).casefold() in str(text).casefold()


def _has(drawn: Any, value: Any) -> bool:
    return any(_says(text, value) for _, text in leaves(drawn))
