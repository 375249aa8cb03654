"""What a show was at a moment, for a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import msgspec

from oncue.engine.described import Change, changes, describe
from oncue.engine.player import Player, Step
from oncue.engine.structs import Role

NAMES = (
    "text",
    "title",
    "label",
    "name",
    "value",
    "score",
    "place",
    "votes",
    "share",
    "until",
    "src",
    "prompt",
)
LONGEST = 160


def plain(text: str) -> str:
    """A line for a terminal: what viewers write, and what stands in a file of somebody else's, is not to steer it."""
    if text.isprintable():
        return text
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in text)


def scene_lines(scene: dict[str, Any]) -> Iterator[str]:
    """A scene as text: a line for each block and for each thing in it."""
    for block in scene.get("blocks", ()):
        yield f"{block.get('block', '?'):<12} {_words(block)}".rstrip()
        for value in block.values():
            if isinstance(value, list):
                for one in value:
                    yield f"{'':<12} - {_words(one) if isinstance(one, dict) else one}"


def _words(thing: dict[str, Any]) -> str:
    return "  ".join(str(thing[name]) for name in NAMES if thing.get(name) not in (None, "", [], {}))


def clock(at: int) -> str:
    """Show time as people read it, in their own zone."""
    try:
        return datetime.fromtimestamp(at / 1e6, UTC).astimezone().strftime("%H:%M:%S.%f")[:-3]
    except (OverflowError, ValueError, OSError):  # a file may say anything
        return str(at)


def entry_line(step: Step | None) -> str:
    """An entry of the log in one line."""
    if step is None or step.entry is None:
        return "the beginning" if step is None else f"{step.seq}:{step.place}  what is no entry"
    entry = step.entry
    fields = {name: value for name, value in entry.action.items() if name not in ("type", "seed")}
    who = f"{Role(entry.role).label} {entry.viewer or ''}".strip()
    return (
        f"{step.seq}:{step.place}/{step.of}  {clock(entry.at)}  {step.segment or 'show'}  {who}  {entry.action.get('type', '?')} "
        f"{short(fields) if fields else ''}  [{step.outcome}]"
    )


def short(value: Any, most: int = LONGEST) -> str:
    """A value as JSON, cut off when it is long."""
    text = msgspec.json.encode(value).decode()
    return text if len(text) <= most else f"{text[: most - 1]}…"


def state_lines(told: dict[str, Any]) -> Iterator[str]:
    """A description of a show as text: its segments with the fields of their states, its timers."""
    people = sum(1 for one in told["people"].values() if one["name"])
    yield f"{told['title']}  {told['phase']}  {clock(told['now'])}  {people} people  counted {told['counted']}  repeats {told['repeats']}"
    for segment in told["segments"]:
        yield f"{segment['id']}  {segment['format']} {segment['version']}  {segment['phase']}  {segment['title']}"
        for name, value in (segment["state"] or {}).items():
            yield f"    {name:<12} {short(value)}"
    for timer in told["timers"]:
        left = (timer["due"] - told["now"]) / 1e6
        yield f"timer in {left:.3f} s  {timer['segment'] or 'show'}  {short(timer['action'])}"
    if told["stage"]:
        yield f"stage  {short(told['stage'].get('guests', {}))}"


def change_lines(found: list[Change]) -> Iterator[str]:
    """Changes as text."""
    for one in found:
        yield f"{one.where}  {short(one.before, 70)} → {short(one.after, 70)}"


def last_changes(player: Player) -> list[Change]:
    """What the entry that was played last has changed. The player stands where it stood."""
    after = describe(player.show)
    seq, done = player.seq, player.done
    player.back()
    before = describe(player.show)
    player.seek(seq, done)
    return [one for one in changes(before, after) if one.where not in ("/seq", "/now", "/counted")]


def seek_time(player: Player, moment: int) -> None:
    """To the last entry that happened by then (show time, µs)."""
    while not player.over:
        before = player.seq
        player.message()
        if player.show.now > moment:
            player.seek(before)
            while (step := player.step()) and player.show.now <= moment:
                continue
            if step:
                player.back()
            return
