"""Going through a log by keys. Knows nothing of terminals: keys come in, lines go out."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from oncue.engine.described import describe
from oncue.engine.errors import BadInput
from oncue.engine.player import Player, Step
from oncue.engine.structs import Role

from .look import change_lines, entry_line, last_changes, scene_lines, state_lines

CUE = int(Role.HOST | Role.PRODUCER | Role.MODERATOR | Role.CLOCK | Role.SYSTEM)
"""Whose entries are cues: what the evening turns on, and a fork begins at."""
VIEWS = {"s": "state", "v": "scene", "d": "changes", "p": "people"}
HELP = "→ n next   ← b back   c cue   m message   g go to   / search   s state  v scene  d changes  p people   q quit"


class Stepper:
    """Where somebody stands in a log, and what they look at. `typed` is what they have typed so far, after `asked`."""

    def __init__(self, player: Player, go_to: Callable[[str], None]) -> None:
        self.player = player
        self.view = "scene"
        self.asked = ""
        self.typed = ""
        self.said = ""
        self.over = False
        self.last: Step | None = None
        self._go_to = go_to
        self._sought = ""

    def press(self, key: str) -> None:
        """A key: a letter, or `right`, `left`, `enter`, `escape`, `backspace`, `home`, `end`."""
        self.said = ""
        if self.asked:
            self._type(key)
        elif key in VIEWS:
            self.view = VIEWS[key]
        else:
            self._move(key)

    def _move(self, key: str) -> None:
        moves: dict[str, Callable[[], None]] = {
            "right": self._next, "n": self._next, " ": self._next, "left": self._back, "b": self._back,
            "c": lambda: self._until(_is_cue, "no cue follows"), "m": self._message, "home": self._first, "end": self._end,
            "g": lambda: self._ask("g"), "/": lambda: self._ask("/"), "q": self._quit, "escape": self._quit,
        }  # fmt: skip
        if key in moves:
            moves[key]()

    def _next(self) -> None:
        step = self.player.step()
        if step:
            self.last = step
        else:
            self.said = "this is the end of the log"

    def _back(self) -> None:
        if not self.player.seq:
            self.said = "this is the beginning"
            return
        self.player.back()
        self._refresh()

    def _refresh(self) -> None:
        """Play the last entry once more, to tell of it."""
        self.last = None
        if self.player.seq:
            self.player.back()
            self.last = self.player.step()

    def _until(self, wanted: Callable[[Step], bool], otherwise: str) -> None:
        while step := self.player.step():
            self.last = step
            if wanted(step):
                return
        self.said = otherwise

    def _message(self) -> None:
        if self.player.message():
            self._refresh()
        else:
            self.said = "this is the end of the log"

    def _first(self) -> None:
        self.player.seek(0)
        self.last = None

    def _end(self) -> None:
        while self.player.message():
            pass
        self._refresh()

    def _quit(self) -> None:
        self.over = True

    def _ask(self, what: str) -> None:
        self.asked, self.typed = what, ""

    def _type(self, key: str) -> None:
        if key == "enter":
            asked, self.asked = self.asked, ""
            self._answer(asked, self.typed.strip())
        elif key == "escape":
            self.asked = ""
        elif key == "backspace":
            self.typed = self.typed[:-1]
        elif len(key) == 1:
            self.typed += key

    def _answer(self, asked: str, text: str) -> None:
        if asked == "/":
            self._sought = text or self._sought
            self._until(self._is_sought, f"nothing more of {self._sought!r}")
            return
        try:
            self._go_to(text)
        except BadInput as error:
            self.said = error.message
            return
        self._refresh()

    def _is_sought(self, step: Step) -> bool:
        """By the viewer's id or name, the type of the action, the segment, or the outcome."""
        entry, word = step.entry, self._sought.casefold()
        if entry is None:
            return False
        person = self.player.show.crowd.by_id.get(entry.viewer)
        name = person.name.casefold() if person else ""
        return word in (str(entry.viewer), str(entry.action.get("type")), step.segment, step.outcome) or bool(
            name and word == name
        )

    def lines(self) -> Iterator[str]:
        """What there is to see."""
        yield entry_line(self.last)
        yield ""
        if self.view == "changes":
            yield from change_lines(last_changes(self.player)) if self.last else ()
            return
        told = describe(self.player.show)
        if self.view == "scene":
            yield from scene_lines(told["scene"])
        elif self.view == "people":
            yield from (
                f"{viewer:<18} {one['name']}  {one['mark']}".rstrip()
                for viewer, one in told["people"].items()
            )
        else:
            yield from state_lines(told)

    def foot(self) -> str:
        """The last line: what is asked, what there is to say, or what can be pressed."""
        if self.asked:
            return f"{'go to' if self.asked == 'g' else 'search'}: {self.typed}_"
        return self.said or HELP


def _is_cue(step: Step) -> bool:
    return step.entry is not None and bool(step.entry.role & CUE)
