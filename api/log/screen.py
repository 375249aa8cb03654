"""A stepper on a terminal."""

from __future__ import annotations

import os
import sys
import termios
import tty
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console, Group
from rich.live import Live
from rich.panel import Panel
from rich.text import Text

from oncue.engine.errors import BadInput
from oncue.engine.player import Player

from .look import plain
from .replaying import go_to
from .stepper import Stepper

KEYS = {
    b"\x1b[C": "right", b"\x1b[D": "left", b"\x1bOC": "right", b"\x1bOD": "left", b"\x1b[H": "home", b"\x1b[F": "end", b"\r": "enter",
    b"\n": "enter", b"\x7f": "backspace", b"\b": "backspace", b"\x1b": "escape",
}  # fmt: skip


def walk(player: Player) -> None:
    """Until `q`. Raises `BadInput` (`replay/no-terminal`) where there is none."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        hint = "use --at SEQ where there is no keyboard"
        raise BadInput("stepping needs a terminal", code="replay/no-terminal", hint=hint)
    since = _since(player)
    stepper = Stepper(player, lambda text: go_to(player, text, since))
    console = Console()
    with (
        _keyboard(),
        Live(_drawn(stepper, console), console=console, screen=True, auto_refresh=False) as live,
    ):
        while not stepper.over:
            for key in _pressed(os.read(sys.stdin.fileno(), 64)):
                stepper.press(key)
            live.update(_drawn(stepper, console), refresh=True)


def _since(player: Player) -> int:
    player.message()
    since = player.show.now
    player.seek(0)
    return since


def _pressed(data: bytes) -> list[str]:
    if data in KEYS:
        return [KEYS[data]]
    return [KEYS.get(letter.encode(), letter) for letter in data.decode(errors="ignore")] or ["q"]


def _drawn(stepper: Stepper, console: Console) -> Group:
    room = max(console.height - 4, 1)
    shown = [plain(line) for line, _ in zip(stepper.lines(), range(room), strict=False)]
    return Group(
        Panel(Text("\n".join(shown)), title=stepper.view, height=room + 2),
        Text(stepper.foot(), style="dim", overflow="ellipsis"),
    )


@contextmanager
def _keyboard() -> Iterator[None]:
    before = termios.tcgetattr(sys.stdin)
    try:
        tty.setcbreak(sys.stdin)
        yield
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)
