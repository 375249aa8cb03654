"""Writes constraints.txt: exact versions of what pyproject.toml asks for, for all platforms, no index."""

import subprocess
import sys
import tomllib

import found
from pip_settings import uv_environment

PROJECT = found.ROOT / "pyproject.toml"


def main(arguments: list[str]) -> int:
    """Runs uv's resolver; versions in the file stay unless `--upgrade` is among the arguments."""
    groups = tomllib.loads(PROJECT.read_text())["dependency-groups"]
    chosen = [word for group in groups for word in ("--group", group)]
    target = [
        "--universal",
        "--python-version",
        "3.11",
        "--no-annotate",
        "--no-header",
        "-o",
        "constraints.txt",
    ]
    command = [found.VENV_BIN / "uv", "pip", "compile", "--quiet", PROJECT.name, *chosen, *target, *arguments]
    return subprocess.run(command, cwd=found.ROOT, env=uv_environment(), check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
