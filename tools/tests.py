"""All tests: first those that wait more than they work, then those with networks and pages, each in processes side by side. Exit code 1 if
any fails.

What talks to processes, networks and pages in real time gets a second try (`--reruns 1`): a machine that others use as well holds one of
some thousand waits up now and then, and a run that fails for that costs everybody as long again. pytest names each test that needed it:
one that is named often is to be mended. What only reckons gets none.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

PYTEST = str(Path(sys.executable).with_name("pytest"))
TESTS = Path(__file__).parent.parent / "tests"
AGAIN = ("--reruns", "1")


class Group(NamedTuple):
    """Folders and files of tests for one process, and pytest's options."""

    names: tuple[str, ...]
    options: tuple[str, ...] = ()


WAITING = (
    Group(("api", "link", "webhooks"), AGAIN),
    Group(("live", "node"), AGAIN),
    Group(("media", "demo", "rehearsal"), AGAIN),
)
"""What takes about as long; another process has the rest."""
TIMED = ("sync", "seats", "tcp", "replay", "clock", "networks", "webrtc", "watch_party")
"""Of the pages' tests those that look at when something is shown: never two at once."""


def main() -> int:
    """All of them, also when some fail: one look is to tell all that is wrong."""
    there = sorted(path.name for path in TESTS.iterdir() if _holds_tests(path))
    pages = sorted(path.name for path in (TESTS / "browser").glob("test_*.py"))
    timed = [f"test_{name}.py" for name in TIMED]
    known = {"lab", "browser", *(name for group in WAITING for name in group.names)}
    rest = Group(tuple(name for name in there if name not in known))
    others = [name for name in pages if name not in timed]
    watching = (
        Group(tuple(f"browser/{name}" for name in timed), AGAIN),
        Group(("lab", *(f"browser/{name}" for name in others)), AGAIN),
    )
    # A process that was killed has a code below 0.
    return int(any([*_side_by_side((*WAITING, rest)), *_side_by_side(watching)]))


def _holds_tests(path: Path) -> bool:
    return (path.is_dir() and any(path.glob("test_*.py"))) or path.match("test_*.py")


def _side_by_side(groups: tuple[Group, ...]) -> list[int]:
    """Run each group in a process; what it says is shown in one piece once it has ended."""
    running = []
    for group in groups:
        said = tempfile.TemporaryFile()  # noqa: SIM115  # closed when its process has ended
        command = [PYTEST, *group.options, *(str(TESTS / name) for name in group.names)]
        running.append((group, subprocess.Popen(command, stdout=said, stderr=subprocess.STDOUT), said))
    codes = []
    for group, process, said in running:
        codes.append(process.wait())
        with said:
            said.seek(0)
            sys.stdout.write(f"\n{' '.join(group.names)}:\n{said.read().decode(errors='replace')}")
            sys.stdout.flush()
    return codes


if __name__ == "__main__":
    sys.exit(main())
