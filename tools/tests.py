"""All tests: first those that bear company, in processes side by side, then the others one after the other. Exit code 1 if any fails.

What looks at pixels and networks in real time (`ALONE`) gets a second try, because a machine that others use as well holds a page up
now and then; pytest names each that needed it.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

PYTEST = str(Path(sys.executable).with_name("pytest"))
TESTS = Path(__file__).parent.parent / "tests"
ALONE = ("lab", "browser")
ABOUT_EQUAL = (
    ("api", "link"),
    ("live", "node"),
    ("media", "demo", "rehearsal"),
)
"""What some of the processes take; another has the rest. They wait more than they work."""


def main() -> int:
    """All of them, also when some fail: one look is to tell all that is wrong."""
    there = sorted(path.name for path in TESTS.iterdir() if _holds_tests(path))
    known = {name for names in (ALONE, *ABOUT_EQUAL) for name in names}
    groups = (*ABOUT_EQUAL, tuple(name for name in there if name not in known))
    codes = _side_by_side(groups)
    codes.append(subprocess.run([PYTEST, "--reruns", "1", *_paths(ALONE)], check=False).returncode)
    return max(codes)


def _holds_tests(path: Path) -> bool:
    return (path.is_dir() and any(path.glob("test_*.py"))) or path.match("test_*.py")


def _paths(names: tuple[str, ...]) -> list[str]:
    return [str(TESTS / name) for name in names]


def _side_by_side(groups: tuple[tuple[str, ...], ...]) -> list[int]:
    """Run each group in a process; what it says is shown in one piece once it has ended."""
    running = []
    for names in groups:
        said = tempfile.TemporaryFile()  # noqa: SIM115  # closed when its process has ended
        process = subprocess.Popen([PYTEST, *_paths(names)], stdout=said, stderr=subprocess.STDOUT)
        running.append((names, process, said))
    codes = []
    for names, process, said in running:
        codes.append(process.wait())
        with said:
            said.seek(0)
            sys.stdout.write(f"\n{' '.join(names)}:\n{said.read().decode(errors='replace')}")
            sys.stdout.flush()
    return codes


if __name__ == "__main__":
    sys.exit(main())
