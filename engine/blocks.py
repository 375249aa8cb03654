"""The vocabulary of scenes.

A scene is a list of blocks. The web client draws every block on every surface: as controls on a phone, as graphics on the overlay and the
big screen. A format says what there is to see, never how.

Text is plain text, never markup. Times are show time in µs. A block with `on` appears only on the named surfaces.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

Surface = Literal["phone", "desk", "overlay", "screen"]
Tone = Literal["plain", "quiet", "good", "bad", "live"]
Verdict = Literal["", "right", "wrong"]


class Send(msgspec.Struct, frozen=True, omit_defaults=True):
    """How a control becomes an action: `{"type": type, **fixed, field: value}`."""

    type: str
    field: str = ""
    fixed: dict[str, Any] = {}


class Block(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="block", tag=str.lower, kw_only=True):
    """Base of all blocks. `id` lets a private scene refer to it (see `Mark`) and keeps the element across updates."""

    id: str = ""
    on: tuple[Surface, ...] = ()


class Heading(Block, frozen=True, kw_only=False):
    """The line that one reads first. `kicker` is the small line above it (`Question 3 of 10`)."""

    text: str
    kicker: str = ""


class Text(Block, frozen=True, kw_only=False):
    """A sentence or two."""

    text: str
    tone: Tone = "plain"


class Image(Block, frozen=True, kw_only=False):
    """A still picture. `alt` says what it shows."""

    src: str
    alt: str


class Option(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing to choose. `share` (0..1) and `count` are present only once they may be seen; `verdict` likewise."""

    label: str
    share: float | None = None
    count: int | None = None
    verdict: Verdict = ""
    image: str = ""


class Choices(Block, frozen=True, kw_only=True):
    """Options to choose from. The value sent is an index into `options`, or a list of them when `most` is over 1.

    `send` is None when nothing can be chosen any more (or is not yet): the same block then shows the outcome.
    `keep` says that a choice, once made, cannot be changed.
    """

    options: tuple[Option, ...]
    send: Send | None = None
    least: int = 1
    most: int = 1
    keep: bool = False


class Rating(Block, frozen=True, kw_only=True):
    """A scale from 1 to `steps`; the value sent is an integer. `average` appears once it may be seen."""

    steps: int = 5
    low: str = ""
    high: str = ""
    send: Send | None = None
    average: float | None = None


class Ranking(Block, frozen=True, kw_only=True):
    """Options to put in order; the value sent is the list of their indices, best first."""

    options: tuple[Option, ...]
    send: Send | None = None


class Field(msgspec.Struct, frozen=True, omit_defaults=True):
    """One input of a form. `kind` is what is typed in it; `most` the longest text or the largest number."""

    name: str
    label: str
    kind: Literal["text", "long", "number", "check"] = "text"
    most: int = 200
    required: bool = True


class Form(Block, frozen=True, kw_only=True):
    """Typed input; the action sent has one field for each input."""

    fields: tuple[Field, ...]
    send: Send | None = None
    button: str = "Send"


class Button(Block, frozen=True, kw_only=True):
    """One action at a tap."""

    label: str
    send: Send
    primary: bool = False


class Countdown(Block, frozen=True, kw_only=True):
    """Time left until `until`; `total` is the whole span, for the ring. Announced at half, ten and five seconds."""

    until: int
    total: int
    label: str = ""


class Bar(msgspec.Struct, frozen=True, omit_defaults=True):
    """One bar: `share` (0..1) is its length, `value` what is written on it."""

    label: str
    value: str
    share: float
    verdict: Verdict = ""


class Bars(Block, frozen=True, kw_only=True):
    """A bar chart, in the order given."""

    bars: tuple[Bar, ...]


class Stat(msgspec.Struct, frozen=True, omit_defaults=True):
    """A figure and what it is."""

    label: str
    value: str
    tone: Tone = "plain"


class Stats(Block, frozen=True, kw_only=True):
    """A few figures side by side: answers in, score, place."""

    stats: tuple[Stat, ...]


class Standing(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line of a leaderboard. `moved` is places won (positive) or lost since the last time it was shown."""

    rank: int
    name: str
    score: int
    viewer: int = 0
    gained: int = 0
    moved: int = 0


class Leaderboard(Block, frozen=True, kw_only=True):
    """The first few, best first; `podium` asks for the festive form of the first three. `players` is how many take part."""

    rows: tuple[Standing, ...]
    players: int = 0
    podium: bool = False


class Word(msgspec.Struct, frozen=True):
    """A word and how often it was said."""

    text: str
    count: int


class Words(Block, frozen=True, kw_only=True):
    """A word cloud."""

    words: tuple[Word, ...]


class Mark(Block, frozen=True, kw_only=True):
    """Private scenes only: what this viewer did in the public block `of`, drawn in that block.

    `value` is what was sent last (an index, a list of them, a number or a text); `verdict` how it was judged, once that may be seen.
    """

    of: str
    value: int | tuple[int, ...] | str | None = None
    verdict: Verdict = ""
    note: str = ""


class Custom(Block, frozen=True, kw_only=True):
    """A web component that the format ships (`Format.web`).

    `element` is the name under which the module exports it; empty: its default export. `props` is handed to it as it is. What it sends
    becomes an action by `send`, whose `field` may be empty when it sends an object of all fields; None: nothing can be sent now. `alt`
    says in words what it shows, for where it cannot be drawn. `ratio` is its width through its height, so that its place is kept while it
    loads; 0: as high as it makes itself. `src` is where its module is, and not for authors to say.
    """

    element: str = ""
    props: dict[str, Any] = {}
    send: Send | None = None
    alt: str = ""
    ratio: float = 0
    src: str = ""


AnyBlock = (
    Heading
    | Text
    | Image
    | Choices
    | Rating
    | Ranking
    | Form
    | Button
    | Countdown
    | Bars
    | Stats
    | Leaderboard
    | Words
    | Mark
    | Custom
)


class Scene(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is to be seen, top to bottom. `mood` tints the surfaces: quiet between things, live while people may act."""

    blocks: tuple[AnyBlock, ...] = ()
    mood: Literal["quiet", "live", "reveal", "final"] = "quiet"


def scene(*blocks: AnyBlock, mood: Literal["quiet", "live", "reveal", "final"] = "quiet") -> Scene:
    """A scene of these blocks."""
    return Scene(blocks, mood)


def located(scene: Scene, src: str) -> Scene:
    """The scene with where its components' module is."""
    if not any(isinstance(block, Custom) and block.src != src for block in scene.blocks):
        return scene
    blocks = [
        msgspec.structs.replace(block, src=src) if isinstance(block, Custom) else block
        for block in scene.blocks
    ]
    return msgspec.structs.replace(scene, blocks=tuple(blocks))
