"""Runs one measurement: `make bench NAME=engine`. The last line is one JSON object.

A bench is a file beside this one whose `main()`, plain or a coroutine function, returns its figures by name;
what it prints on the way comes before them. It finds the arguments that follow its name in sys.argv.
"""

import asyncio
import importlib
import json
import sys
from pathlib import Path

HERE = Path(__file__).parent


def names() -> list[str]:
    """The benches there are."""
    return sorted(file.stem for file in HERE.glob("*.py") if not file.stem.startswith("_"))


def main(arguments: list[str]) -> int:
    """0 after a measurement or the list of them, 2 for a name that is none."""
    if not arguments or arguments[0] not in names():
        print(f"make bench NAME=…: one of {', '.join(names()) or 'none yet'}")
        return 2 if arguments else 0
    name, sys.argv = arguments[0], arguments
    # So that benches find each other and the tests' servers, as the tests do.
    sys.path[:0] = [str(HERE.parent), str(HERE.parent.parent / "tools")]
    figures = importlib.import_module(f"bench.{name}").main()
    if asyncio.iscoroutine(figures):
        figures = asyncio.run(figures)
    print(json.dumps(figures), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
