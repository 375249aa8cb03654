"""Whether viewers were sent what the show says that they may see, and nothing else: every byte that came over the network is held
against what playing the log gives."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from oncue.engine import surfaces
from oncue.engine.show import Formats, Show
from oncue.engine.structs import ShowId, ViewerId
from oncue.formats.checks import Finding
from oncue.formats.checks.sent import differ
from oncue.formats.checks.tape import Tape

from .spool import Spool

ALLOWED = ("scene", "private", "welcome", "named", "got", "no", "pong", "error")
"""Messages that a viewer may be sent."""
TOKEN = re.compile(rb"eyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]{10,}")
MOST = 20
"""So many findings are enough."""

Document = dict[str, Any]
Due = dict[int, list[tuple[int, Document]]]
"""By the sequence that they reflect: whose scene it is (0: everybody's), and the scene."""

_plain = msgspec.json.Decoder(dict[str, Any]).decode


def look_into(
    spool: Spool, show: str, formats: Formats, log: list[tuple[int, bytes]], secrets: Mapping[str, str]
) -> list[Finding]:
    """What is wrong with what was received. Without a log only secrets are looked for."""
    found: list[Finding] = []
    due: Due = {}
    secret = {what: word.encode() for what, word in secrets.items()}
    tape: Tape | None = None
    if log:
        tape = Tape(ShowId(show), formats, log)
        secret["the seed of the show's randomness"] = tape.end.seed.encode()
    names: dict[int, set[str]] = {}
    for viewer, frame in spool.frames():
        found += _secrets(frame, secret)
        found += _sorted(viewer, frame, due, names)
    if tape and not tape.end.amendments:
        found += _compared(tape, due, names)
    return list({(one.where, one.what): one for one in found}.values())[:MOST]


def _secrets(frame: bytes, secrets: Mapping[str, bytes]) -> Iterator[Finding]:
    """Words that nobody must be sent."""
    for what, word in secrets.items():
        if word and word in frame:
            yield _leak(frame, f"{what} was sent to a viewer")
    if TOKEN.search(frame):
        yield _leak(frame, "a token was sent to a viewer")


def _leak(frame: bytes, what: str) -> Finding:
    kind = frame[:40].decode(errors="replace")
    return Finding("leak", "the link", 0, f"{what}, in a message that begins {kind!r}")


def _sorted(viewer: int, frame: bytes, due: Due, names: dict[int, set[str]]) -> Iterator[Finding]:
    """Put the scenes in a frame where they are looked for."""
    said = _plain(frame)
    op = said.get("op")
    if op not in ALLOWED:
        yield Finding("leak", "the link", 0, f"a viewer was sent a message {op!r}, which is for others")
    elif op == "scene":
        due.setdefault(said["seq"], []).append((0, said))
    elif op == "private":
        due.setdefault(said["seq"], []).append((viewer, said))
    elif op == "named":
        names.setdefault(viewer, set()).add(said["name"])
    elif op == "welcome":
        for scene in said.get("scenes", ()):
            due.setdefault(scene["seq"], []).append((0, scene))
        if private := said.get("private"):
            due.setdefault(private["seq"], []).append((viewer, private))
        if name := said.get("name"):
            names.setdefault(viewer, set()).add(name)
        if said.get("desk"):
            yield Finding("leak", "the link", 0, "a viewer was welcomed with the host's desk")


def _compared(tape: Tape, due: Due, names: Mapping[int, set[str]]) -> Iterator[Finding]:
    """Hold scenes against what the show has at the same place of the log."""
    show = tape.new()
    called: dict[int, set[str]] = {}
    for place in tape.folded(show):
        for viewer, document in due.pop(show.seq, ()):
            yield from _unlike(show, viewer, document)
        for one in tape.batches[place][1].parts:
            if not one.segment:
                for person in show.crowd.by_id.values():
                    called.setdefault(person.id, set()).add(person.name)
    for viewer, heard in names.items():
        if heard - called.get(viewer, set()):
            yield Finding(
                "private", "the link", 0, f"a viewer was told a name that never was theirs: {heard}"
            )
    for seq in list(due)[:3]:
        yield Finding(
            "replay", "the link", seq, "a scene was sent that reflects a place which the log has not"
        )


def _unlike(show: Show, viewer: int, document: Document) -> Iterator[Finding]:
    epoch = document["epoch"]
    drawn = surfaces.private(show, epoch, ViewerId(viewer)) if viewer else surfaces.public(show, epoch)
    expected = _plain(msgspec.json.encode(drawn))
    if expected == document:
        return
    path, may, was = differ(expected, document)
    whose = "private" if viewer else "public"
    yield Finding(
        "replay",
        f"{document.get('segment', '')}/{whose}",
        show.seq,
        f"viewers were sent {_short(was)} in {path}, where the log gives {_short(may)}:"
        " what is drawn hangs on more than state and settings, or the server sent what it must not",
    )


def _short(value: Any, most: int = 80) -> str:
    text = repr(value)
    return text if len(text) <= most else f"{text[: most - 1]}…"
