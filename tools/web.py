"""Runs one script of web/package.json with the Node that is found: `python tools/web.py test`."""

import subprocess
import sys
from pathlib import Path

import found


def main(script: str) -> int:
    """The script's exit code; 0 as well where there is no web/ yet."""
    web = found.ROOT / "web"
    if not (web / "package.json").exists():
        print("web: no package.json")
        return 0
    folder = found.node_folder()
    if folder is None:
        print("web: no Node.js found: run `make setup`")
        return 1
    npm: list[str | Path] = [folder / "npm", "run", "--silent", script]
    return subprocess.run(npm, cwd=web, env=found.node_environment(folder), check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
