"""What a newcomer does who follows a page of the documentation: its commands and its code, in order, in an environment of their own."""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from pip_settings import uv_environment

BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
SCRIPTS = {
    "oncue": "from oncue.api.cli import main; main()",
    "pytest": "import pytest; raise SystemExit(pytest.main())",
    "mypy": "from mypy.__main__ import console_entry; console_entry()",
}
"""Those of our commands that are Python: they have to run in the newcomer's environment, not in ours."""


@dataclass(frozen=True)
class Block:
    """A code block of a page: in which language, and what it says."""

    language: str
    text: str


def blocks(page: Path) -> list[Block]:
    """All code blocks of a page, in order."""
    return [Block(*found) for found in BLOCK.findall(page.read_text())]


def environment(folder: Path) -> dict[str, str]:
    """A virtual environment with all that ours has, and into which more can be installed. Gives the variables for its shell.

    What ours has is linked: a copy would take a minute.
    """
    home, ours = folder / "venv", Path(sys.prefix)
    subprocess.run([sys._base_executable, "-m", "venv", "--without-pip", home], check=True)  # type: ignore[attr-defined]
    packages = Path("lib", f"python{sys.version_info.major}.{sys.version_info.minor}", "site-packages")
    for source in (ours / packages).iterdir():
        target = home / packages / source.name
        if source.suffix == ".dist-info":  # uv looks at no links for what is installed
            shutil.copytree(source, target)
        else:
            target.symlink_to(source)
    for source in (ours / "bin").iterdir():
        target = home / "bin" / source.name
        if source.name in SCRIPTS:
            target.write_text(f"#!{home}/bin/python\n{SCRIPTS[source.name]}\n")
            target.chmod(0o755)
        elif not target.exists():
            target.symlink_to(source)
    kept = {
        name: value for name, value in uv_environment().items() if not name.startswith(("ONCUE_", "PYTHON"))
    }
    path = f"{home / 'bin'}{os.pathsep}{kept['PATH']}"
    return {**kept, "PATH": path, "VIRTUAL_ENV": str(home), "ONCUE_PORT": "0", "ONCUE_RELAY_PORT": "0"}


def apply(text: str, folder: Path) -> None:
    """Make a change that a page shows as a diff: where the lines of context stand, those with a plus come in.

    Each part begins with `@@` and words for people; its context must be there exactly once.
    """
    file = folder / re.findall(r"^\+\+\+ b/(.+)$", text, re.MULTILINE)[0]
    code = file.read_text()
    for part in re.split(r"^@@.*\n", text, flags=re.MULTILINE)[1:]:
        lines = part.splitlines(keepends=True)
        before = "".join(line[1:] for line in lines if line[0] in " -")
        after = "".join(line[1:] for line in lines if line[0] in " +")
        assert code.count(before) == 1, f"{file.name} has this {code.count(before)} times:\n{before}"
        code = code.replace(before, after)
    file.write_text(code)
