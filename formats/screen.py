"""What somebody in a rehearsal has on their screen, and what is sent when they press something on it: the same as the page would send."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeVar

import msgspec

from oncue.engine import blocks
from oncue.engine.blocks import AnyBlock, Block, Scene, Send

B = TypeVar("B", bound=Block)
Sent = dict[str, Any]
"""An action as it goes over the link: `{"type": "answer", "choice": 2}`."""


class NotThere(AssertionError):
    """What was looked for, or pressed, is not on the screen; the message says what is."""


class Screen(Scene, frozen=True):
    """A scene with eyes: blocks are found by what they are, and by what stands in them."""

    def all(self, kind: type[B], text: str = "") -> list[B]:
        """All blocks of a kind, from top to bottom; with `text`, those in which it stands."""
        return [one for one in self.blocks if isinstance(one, kind) and text in " ".join(words(one))]

    def find(self, kind: type[B], text: str = "") -> B:
        """The first block of a kind; with `text`, in which it stands. Raises `NotThere`."""
        found = self.all(kind, text)
        if not found:
            with_text = f" with {text!r}" if text else ""
            raise NotThere(
                f"there is no {kind.__name__}{with_text} on the screen, but {self.said or 'nothing'}"
            )
        return found[0]

    @property
    def texts(self) -> list[str]:
        """All that one can read, from top to bottom: headings, labels, figures, names."""
        return [word for block in self.blocks for word in words(block)]

    def says(self, text: str) -> bool:
        """Whether this stands somewhere on the screen."""
        return any(text in line for line in self.texts)

    @property
    def said(self) -> str:
        """Blocks and what stands in them, as one line to be read."""
        return ", ".join(f"{type(one).__name__}({' | '.join(words(one))})" for one in self.blocks)

    @property
    def controls(self) -> list[str]:
        """The labels of all that can be pressed now."""
        return [label for block in self.blocks for label in labels(block)]

    def press(self, *pressed: str, fields: dict[str, Any]) -> Sent:
        """What the page sends when these are pressed: a button, options, steps of a rating, a ranking's options in their order, a form's
        button with its `fields`. Raises `NotThere`."""
        for block in self.blocks:
            sent = _pressed(block, pressed, fields)
            if sent is not None:
                return sent
        what = ", ".join(map(repr, pressed))
        raise NotThere(
            f"{what} cannot be pressed now; what can be: {', '.join(map(repr, self.controls)) or 'nothing'}"
        )

    def on(self, surface: blocks.Surface) -> Screen:
        """What of it is shown on a surface."""
        return Screen(tuple([one for one in self.blocks if not one.on or surface in one.on]), self.mood)


def words(block: AnyBlock | Block) -> list[str]:
    """What can be read in a block."""
    return list(_words(msgspec.to_builtins(block)))


_UNREAD = (
    "block",
    "id",
    "on",
    "send",
    "tone",
    "verdict",
    "mood",
    "of",
    "src",
    "image",
    "kind",
    "element",
    "name",
)


def _words(data: Any, key: str = "") -> Iterator[str]:
    if isinstance(data, dict):
        for name, value in data.items():
            if name not in _UNREAD or (name == "name" and "rank" in data):
                yield from _words(value, name)
    elif isinstance(data, (list, tuple)):
        for value in data:
            yield from _words(value, key)
    elif data is not None and data != "" and not isinstance(data, bool):
        yield str(data)


def labels(block: AnyBlock) -> list[str]:
    """What can be pressed in a block."""
    if isinstance(block, blocks.Button):
        return [block.label]
    if isinstance(block, (blocks.Choices, blocks.Ranking)) and block.send:
        return [option.label for option in block.options]
    if isinstance(block, blocks.Rating) and block.send:
        return [str(step) for step in range(1, block.steps + 1)]
    return [block.button] if isinstance(block, blocks.Form) and block.send else []


def _pressed(block: AnyBlock, pressed: tuple[str, ...], fields: dict[str, Any]) -> Sent | None:
    known = labels(block)
    if not pressed or any(label not in known for label in pressed):
        return None
    places = [known.index(label) for label in pressed]
    if isinstance(block, blocks.Button):
        return _sent(block.send, None)
    if isinstance(block, blocks.Choices):
        return _chosen(block, places)
    if isinstance(block, blocks.Ranking):
        return _ranked(block, places)
    if isinstance(block, blocks.Rating):
        return _sent(block.send, places[0] + 1)
    return _filled(block, fields) if isinstance(block, blocks.Form) else None


def _sent(send: Send | None, value: Any) -> Sent:
    """`{"type": type, **fixed, field: value}`, as `actionOf` of the page has it."""
    assert send
    return {"type": send.type, **send.fixed, **({send.field: value} if send.field else {})}


def _chosen(block: blocks.Choices, places: list[int]) -> Sent:
    if not (block.least if block.most > 1 else 1) <= len(places) <= block.most:
        few = f"{block.least} to {block.most}" if block.most > 1 else "one"
        raise NotThere(f"{len(places)} options are pressed, but {few} can be sent")
    return _sent(block.send, places if block.most > 1 else places[0])


def _ranked(block: blocks.Ranking, places: list[int]) -> Sent:
    if sorted(places) != list(range(len(block.options))):
        raise NotThere("a ranking has every option once: press all of them, best first")
    return _sent(block.send, places)


def _filled(block: blocks.Form, fields: dict[str, Any]) -> Sent:
    assert block.send
    known = {field.name: field for field in block.fields}
    if unknown := fields.keys() - known.keys():
        raise NotThere(f"the form has no field {min(unknown)!r}, but {', '.join(known)}")
    typed: Sent = {}
    for name, field in known.items():
        empty: Any = {"check": False, "number": 0}.get(field.kind, "")
        if name not in fields and field.required and field.kind != "check":
            raise NotThere(f"the form cannot be sent without {name!r}")
        value = fields.get(name, empty)
        if isinstance(value, str) and len(value) > field.most:
            raise NotThere(f"no more than {field.most} characters can be typed into {name!r}")
        typed[name] = value
    return {"type": block.send.type, **block.send.fixed, **typed}
