"""Whole evenings for the properties of the engine: a format that does all that a format can do, good or bad, and random logs of it."""

from collections.abc import Iterable
from typing import Any

import msgspec
from hypothesis import strategies as st

from oncue.engine import surfaces
from oncue.engine.house import (
    Add,
    Arrange,
    Ban,
    Finish,
    Hide,
    Join,
    Kick,
    NamePerson,
    Open,
    Remove,
    Rename,
    ShowAgain,
    Start,
)
from oncue.engine.log import NONCE, VERSION, Batch, Entry, Part
from oncue.engine.segment import SegmentSpec
from oncue.engine.show import Show
from oncue.engine.structs import ShowId
from oncue.formats import (
    Action,
    Cue,
    Format,
    Ledger,
    Reject,
    Role,
    Ruling,
    Scene,
    State,
    ViewerId,
    blocks,
    on,
    scene,
    seconds,
)

BEGIN = 1_750_000_000_000_000
NAMES = ("Ada", "ada", "Bob", "Chloé", "  D  ", "", "x" * 30)


class Tap(Action, frozen=True):
    """Count one for me."""


class Spill(Action, frozen=True):
    """Write all over the page, then fail: a refusal or a fault."""

    how: int


class Swap(Action, frozen=True):
    """Put another map in the place of a ledger."""

    how: int


class Note(Action, frozen=True):
    """Write down all that a handler may know."""


class Draw(Action, frozen=True):
    """Two random numbers."""


class Wrong(Action, frozen=True):
    """Put something into the state that does not belong there."""

    how: int


class Begin(Action, frozen=True):
    """A round begins."""

    span: float


class Reply(Action, frozen=True):
    """Answer in the round, or nearly."""

    how: int


class Settle(Action, frozen=True):
    """The round is over."""

    how: int


class Arm(Action, frozen=True):
    """Ring in a while."""

    span: float


class Ring(Action, frozen=True):
    """The while is over."""


class Disarm(Action, frozen=True):
    """Do not ring."""


class Page(State):
    total: int = 0
    notes: list[str] = []
    words: dict[str, int] = {}
    marks: Ledger[int] = msgspec.field(default_factory=Ledger)
    turns: Ledger[tuple[int, ...]] = msgspec.field(default_factory=Ledger)


class Pad(Format[Page]):
    """Everything that a format can do."""

    @on(Tap, by="viewer|host")
    def tap(self, page: Page, act: Tap, cue: Cue) -> None:
        if page.marks.get(cue.by, 0) >= 4:
            raise Reject("four are enough", code="pad/enough")
        page.marks[cue.by] = page.marks.get(cue.by, 0) + 1
        page.turns[cue.by] = (*page.turns.get(cue.by, ()), page.total)
        page.total += 1

    @on(Spill, by="viewer|host")
    def spill(self, page: Page, act: Spill, cue: Cue) -> None:
        page.total += 100
        page.notes.append("spilt")
        page.words["spilt"] = page.words.get("spilt", 0) + 1
        page.marks[cue.by] = 99
        if act.how & 2:
            page.marks.clear()
            page.turns[7] = (7,)
        if act.how & 4:
            page.marks, page.turns = Ledger(), Ledger({5: (5,)})
            page.marks[cue.by] = 98
        if act.how & 8:
            page.notes = []
            page.turns = {}
        if act.how & 16:
            cue.after(seconds(1), Ring())
            cue.emit("spilt", by=cue.by)
        if act.how & 32:
            page.marks = None
        if act.how & 1:
            raise Reject("not like this")
        page.total //= 0

    @on(Swap)
    def swap(self, page: Page, act: Swap, cue: Cue) -> None:
        if act.how % 3 == 0:
            page.marks = Ledger()
        elif act.how % 3 == 1:
            page.marks = {}
        else:
            page.turns.clear()
            page.turns.wipe()
            page.turns[cue.by] = (cue.number,)

    @on(Note)
    def note(self, page: Page, act: Note, cue: Cue) -> None:
        page.notes.append(f"{self.people.name(cue.by)} of {self.people.count}")
        page.notes.append(f"{cue.by} {cue.role} {cue.number} {cue.now} {cue.position}")

    @on(Draw)
    def draw(self, page: Page, act: Draw, cue: Cue) -> None:
        page.notes.append(f"{cue.random.random()} {cue.random.random()}")

    @on(Wrong)
    def wrong(self, page: Page, act: Wrong, cue: Cue) -> None:
        page.total = ("many", 1j, 0, 0)[act.how % 4]

    @on(Begin, by="host")
    def begin(self, page: Page, act: Begin, cue: Cue) -> None:
        cue.open(seconds(act.span), "a round")

    @on(Reply)
    def reply(self, page: Page, act: Reply, cue: Cue) -> None:
        age = cue.age()
        page.turns[cue.by] = (*page.turns.get(cue.by, ()), age)
        if act.how % 5 == 1:
            raise Reject("not like this")
        if act.how % 5 == 2:
            cue.settle()
        if act.how % 5 == 3:
            cue.open(0)
            page.total //= 0
        if act.how % 5 == 4:
            cue.settle()
            cue.settle()

    @on(Settle, by="host")
    def settle(self, page: Page, act: Settle, cue: Cue) -> None:
        cue.settle(None if act.how % 3 == 0 else page.turns if act.how % 3 == 1 else [], void=act.how > 40)

    def rulings(self, page: Page, number: int) -> list[Ruling]:
        return [Ruling(f"{page.total} in round {number}", {"/x": number})]

    @on(Arm, by="host", when=lambda page: len(page.notes) < 20)
    def arm(self, page: Page, act: Arm, cue: Cue) -> None:
        cue.after(seconds(act.span), Ring(), lanes=act.span > 1)
        cue.emit("armed", span=act.span)

    @on(Disarm, by="host")
    def disarm(self, page: Page, act: Disarm, cue: Cue) -> None:
        cue.cancel(Ring)

    @on(Ring, by="clock")
    def ring(self, page: Page, act: Ring, cue: Cue) -> None:
        page.words["rings"] = page.words.get("rings", 0) + 1

    def public(self, page: Page) -> Scene:
        return scene(blocks.Stats(stats=(blocks.Stat("total", str(page.total)),)))

    def private(self, page: Page, viewer: ViewerId) -> Scene:
        return scene(blocks.Stats(stats=(blocks.Stat("mine", str(page.marks.get(viewer, 0))),)))


def formats(name: str) -> type[Format[Any, Any]]:
    return Pad


class Evening:
    """A show that writes its log while it goes; `log` has one encoded entry after the other, with the segment it is for."""

    def __init__(self) -> None:
        self.show = Show(ShowId("evening234"), formats)
        self.log: list[tuple[str, bytes]] = []
        self.now = BEGIN
        self.numbers: dict[int, int] = {}
        rundown = (SegmentSpec("s1", "pad", "Pad"), SegmentSpec("s2", "pad", "Another"))
        self.put(
            "", Entry(0, 0, int(Role.SYSTEM), self.now, 0, 0, 0, Open("Evening", "EVENNG", "seed", rundown))
        )

    def put(self, segment: str, entry: Entry[Any] | bytes) -> None:
        raw = entry if isinstance(entry, bytes) else msgspec.msgpack.encode(entry)
        self.log.append((segment, raw))
        self.show.fold(batch([(segment, raw)]), len(self.log))

    def act(
        self, viewer: int, action: Action, *, tab: int = 1, segment: str | None = None, late: int = 0
    ) -> None:
        """An action of a viewer (1 is the host), from one of their tabs; `late` is how far their picture is behind."""
        key = viewer * 100 + tab
        self.numbers[key] = self.numbers.get(key, key * NONCE) + 1
        role = Role.HOST if viewer == 1 else Role.AUDIENCE
        where = self.show.live if segment is None else segment
        self.put(
            where, Entry(viewer, self.numbers[key], int(role), self.now, self.now - late, late, 0, action)
        )

    def fire(self) -> None:
        """What is due happens."""
        while (due := self.show.due) is not None and due[0] <= self.now:
            timer = self.show.timers[due[1]]
            self.put(timer.segment, Entry(0, due[1], int(Role.CLOCK), due[0], 0, 0, 0, timer.action))

    def move(self, kind: str, viewer: int, n: int) -> None:
        """One thing that somebody does."""
        if kind in HOUSE:
            self.act(1 if kind in STAFF else viewer, HOUSE[kind](viewer, n), tab=n % 3, segment="")
        elif kind in DOES:
            if kind in ("arm", "disarm", "begin", "settle") and n % 4:
                viewer = 1
            self.act(viewer, DOES[kind](n), tab=1 + n % 2 * (n % 5 == 0), late=n * 37_000)
        elif kind == "elsewhere":
            self.act(viewer, Tap(), segment=("s1", "s2", "s9")[n % 3])
        elif kind == "wait":
            self.now += n * 90_000
            self.fire()
        elif kind == "backwards":
            self.now -= n * 10_000
        elif kind == "resend":
            self.put(*self.log[n % len(self.log)])
        elif kind == "forged":
            self.put(self.show.live, Entry(0, n, int(Role.CLOCK), self.now, 0, 0, 0, Ring()))
        elif kind == "odd":
            self.put(
                self.show.live,
                Entry(viewer, viewer * 100 * NONCE + n, n, self.now, n - 3, n - 9, n - 5, Note()),
            )
        else:
            self.put(("", "s1", "s9")[n % 3], ODD[n % len(ODD)])


HOUSE: dict[str, Any] = {
    "join": lambda viewer, n: Join(NAMES[n % len(NAMES)] if n % 2 else f"viewer {viewer}"),
    "rename": lambda viewer, n: Rename(NAMES[n % len(NAMES)]),
    "name-person": lambda viewer, n: NamePerson(viewer, NAMES[n % len(NAMES)]),
    "start": lambda viewer, n: Start(f"s{n % 4}"),
    "finish": lambda viewer, n: Finish(),
    "add": lambda viewer, n: Add("pad", settings={} if n % 2 else {"what": 1}),
    "arrange": lambda viewer, n: Arrange(("s2", "s1") if n % 2 else ("s1",)),
    "remove": lambda viewer, n: Remove(f"s{n % 4}"),
    "hide": lambda viewer, n: Hide(viewer),
    "show-again": lambda viewer, n: ShowAgain(viewer),
    "kick": lambda viewer, n: Kick(viewer),
    "ban": lambda viewer, n: Ban(viewer),
}
STAFF = HOUSE.keys() - {"join", "rename"}
DOES: dict[str, Any] = {
    "tap": lambda n: Tap(),
    "spill": Spill,
    "swap": Swap,
    "note": lambda n: Note(),
    "draw": lambda n: Draw(),
    "wrong": Wrong,
    "begin": lambda n: Begin(n / 10),
    "reply": Reply,
    "settle": Settle,
    "arm": lambda n: Arm(n / 20),
    "disarm": lambda n: Disarm(),
    "ring": lambda n: Ring(),
}
ODD = [
    msgspec.msgpack.encode(odd)
    for odd in (
        5,
        None,
        [],
        {},
        [1, 2, 3],
        ["a", 1, 1, 1, 1, 1, {"type": "tap"}],
        [2, 1, 1, BEGIN, 0, 0, {"type": "what"}],
    )
]

_often = [
    "tap",
    "tap",
    "tap",
    "begin",
    "reply",
    "reply",
    "settle",
    "note",
    "draw",
    "wait",
    "wait",
    "arm",
    "join",
    "spill",
]
_rarely = [*DOES, *HOUSE, "elsewhere", "backwards", "resend", "forged", "odd", "malformed"]


def moves(*, without: Iterable[str] = (), most: int = 60) -> st.SearchStrategy[list[tuple[str, int, int]]]:
    """What happens on an evening: what, by whom, and a number that says how."""
    kinds = [kind for kind in [*_often, *_rarely] if kind not in without]
    return st.lists(
        st.tuples(st.sampled_from(kinds), st.integers(1, 6), st.integers(0, 63)),
        min_size=most // 3,
        max_size=most,
    )


def played(happens: list[tuple[str, int, int]]) -> Evening:
    """The evening on which that happens, with some people in it from the start."""
    evening = begun()
    for kind, viewer, n in happens:
        evening.move(kind, viewer, n)
    return evening


def begun() -> Evening:
    evening = Evening()
    for viewer in (2, 3, 4):
        evening.act(viewer, Join(f"viewer {viewer}"), segment="")
    evening.act(1, Start("s1"), segment="")
    return evening


def batch(entries: list[tuple[str, bytes]]) -> Batch:
    """Encoded entries as one message of the log."""
    parts: list[tuple[str, list[msgspec.Raw]]] = []
    for segment, raw in entries:
        if not parts or parts[-1][0] != segment:
            parts.append((segment, []))
        parts[-1][1].append(msgspec.Raw(raw))
    packed = [Part(segment, msgspec.Raw(msgspec.msgpack.encode(raws))) for segment, raws in parts]
    return Batch(VERSION, "node", 1, packed)


def folded(entries: list[tuple[str, bytes]], cuts: Iterable[int] = ()) -> Show:
    """A show that gets these entries in batches of these sizes, and the rest in one."""
    show, at = Show(ShowId("evening234"), formats), 0
    for seq, size in enumerate([*cuts, len(entries)], 1):
        show.fold(batch(entries[at : at + size]), seq)
        at += size
    return show


def scenes(show: Show, *viewers: int) -> list[bytes]:
    """What these people see."""
    seen = [surfaces.public(show, 1).scene, surfaces.desk(show, 1).scene]
    return [
        msgspec.json.encode(one)
        for one in (*seen, *(surfaces.private(show, 1, ViewerId(v)).scene for v in viewers))
    ]
