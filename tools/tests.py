"""All tests: those that bear company side by side, then the others one after the other. Exit code 1 if any fails.

What looks at pixels gets a second try, because a machine that others use as well holds a page up now and then; pytest names each that
needed it.
"""

import subprocess
import sys
from pathlib import Path

PYTEST = str(Path(sys.executable).with_name("pytest"))
RUNS = (
    ("-n", "3", "--dist", "loadfile", "-m", "not alone"),
    ("--reruns", "1", "-m", "alone"),
)


def main() -> int:
    """Both, also when the first fails: one look is to tell all that is wrong."""
    return max(subprocess.run([PYTEST, *words], check=False).returncode for words in RUNS)


if __name__ == "__main__":
    sys.exit(main())
