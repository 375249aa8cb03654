"""Brings a checkout to where everything runs: `python3 tools/bootstrap.py [profile]`; needs only Python.

`demo` leaves out what only tests and checks need, `check` what only runs the pages and tests. Each step keeps
the digest of its inputs below .venv/stamps and is skipped while they stay the same.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import found
from pip_settings import uv_environment

ROOT = found.ROOT
VENV = ROOT / ".venv"
PYTHON = found.VENV_BIN / "python"
STAMPS = VENV / "stamps"
WEB = ROOT / "web"
# Fonts, or headings are boxes; libatomic1 is for Playwright's own Node.
BROWSER = ("chromium", "fonts-liberation", "libatomic1")
OLDEST_PYTHON = (3, 11)
PROFILES = ("all", "demo", "check")


def digest(files: Iterable[Path], *more: str) -> str:
    """Names and contents of the files, and the words, as one hash."""
    total = hashlib.sha256("\0".join(more).encode())
    for file in sorted(files):
        total.update(f"\0{file.relative_to(ROOT)}\0".encode() + file.read_bytes())
    return total.hexdigest()


def step(name: str, inputs: str, work: Callable[[], None], *, product: Path) -> None:
    """Does the work unless its product is there and the stamp says that it was made from these inputs."""
    stamp = STAMPS / name
    if product.exists() and stamp.exists() and stamp.read_text() == inputs:
        return
    print(f"setup: {name} …", flush=True)
    begun = time.monotonic()
    work()
    STAMPS.mkdir(parents=True, exist_ok=True)
    stamp.write_text(inputs)
    print(f"setup: {name} took {time.monotonic() - begun:.1f} s", flush=True)


def run(command: list[str | Path], *, env: dict[str, str] | None = None, cwd: Path = ROOT) -> None:
    """Runs a command quietly; what it printed is shown when it fails."""
    done = subprocess.run(
        command,
        check=False,
        env=env,
        cwd=cwd,
        text=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    if done.returncode:
        raise SystemExit(f"{done.stdout}\nsetup: failed: {' '.join(map(str, command))}")


def environment() -> None:
    """Makes .venv with uv in it, by the pip that there is; quicker without a pip in .venv."""
    if VENV.exists() and not runs(PYTHON):
        shutil.rmtree(VENV)
    if (found.VENV_BIN / "uv").exists():
        return
    uv: list[str | Path] = [
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "-c",
        ROOT / "constraints.txt",
        "uv",
    ]
    base = Path(getattr(sys, "_base_executable", sys.executable))
    if runs(base, "-m", "pip", "--version"):
        run([base, "-m", "venv", "--without-pip", VENV])
        run([base, "-m", "pip", "--python", PYTHON, *uv])
    else:
        run([base, "-m", "venv", VENV])
        run([PYTHON, "-m", "pip", *uv])


def runs(*command: str | Path) -> bool:
    """Whether the command exists and ends well."""
    arguments = command if len(command) > 1 else (*command, "-c", "")
    try:
        return (
            subprocess.run(arguments, check=False, capture_output=True, stdin=subprocess.DEVNULL).returncode
            == 0
        )
    except OSError:
        return False


def packages(groups: list[str]) -> None:
    """Installs oncue as links to the checkout, and what it and the groups ask for, by constraints.txt."""
    have = STAMPS / "groups"
    wanted = sorted({*groups, *(have.read_text().split() if have.exists() else [])})
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    asked = [repr(project[table]) for table in ("build-system", "project", "dependency-groups")]
    files = [ROOT / "setup.py", ROOT / "constraints.txt"]

    def work() -> None:
        chosen = [word for group in wanted for word in ("--group", group)]
        env = {**uv_environment(str(PYTHON)), "UV_COMPILE_BYTECODE": "1"}
        uv: list[str | Path] = [found.VENV_BIN / "uv", "pip", "install", "--quiet", "--python", PYTHON]
        run([*uv, "-c", "constraints.txt", "--reinstall-package", "oncue", "-e", ".", *chosen], env=env)
        # Left by the build; on sys.path of `python -m` it would hide the installed entry points.
        shutil.rmtree(ROOT / "oncue.egg-info", ignore_errors=True)
        STAMPS.mkdir(parents=True, exist_ok=True)
        have.write_text(" ".join(wanted))

    step(
        "python packages",
        digest(files, sys.version, *wanted, *asked),
        work,
        product=ROOT / ".editable" / "oncue",
    )


def web(*, pages: bool) -> None:
    """Installs the web packages and, when the pages are wanted, builds their bundle into web/dist."""
    if not (WEB / "package.json").exists():
        print("setup: web/package.json is missing: no pages", flush=True)
        return
    manifests = [file for name in ("package.json", "package-lock.json") if (file := WEB / name).exists()]
    step("web packages", digest(manifests), install_web, product=WEB / "node_modules")
    if pages:
        step("web bundle", digest(web_sources()), lambda: npm("run", "build"), product=WEB / "dist")


def web_sources() -> Iterator[Path]:
    for folder, folders, names in os.walk(WEB):
        folders[:] = set(folders) - {"node_modules", "dist", "tests"}
        yield from (Path(folder, name) for name in names)


def install_web() -> None:
    """A clean install on a fresh checkout; elsewhere npm brings node_modules up to date without emptying it."""
    fresh = (WEB / "package-lock.json").exists() and not (WEB / "node_modules").exists()
    # The lock that is committed names no registry.
    npm("ci" if fresh else "install", "--no-audit", "--no-fund", "--omit-lockfile-registry-resolved")


def npm(*words: str) -> None:
    folder = found.node_folder()
    if folder is None:
        raise SystemExit("setup: no Node.js found, and its wheel brought none")
    run([folder / "npm", *words], env=found.node_environment(folder), cwd=WEB)


def programs() -> None:
    """Installs what is not a Python package and is not found: Chromium, and as root the programs for network namespaces."""
    if not found.chromium() and not debian(*BROWSER):
        print(
            "setup: no Chromium: install it, or name one in ONCUE_CHROMIUM; browser tests need it", flush=True
        )
    missing = found.missing_lab_packages() if os.geteuid() == 0 else []
    try:
        there = not missing or debian(*missing)
    except SystemExit:  # a machine without the network can do without them
        there = False
    if not there:
        print(f"setup: no {' and '.join(missing)}: tests in network namespaces are skipped", flush=True)


def debian(*packages: str) -> bool:
    """Installs Debian's packages; False where one may not, or where there is no apt-get."""
    sudo: list[str | Path] = [] if os.geteuid() == 0 else ["sudo", "-n"]
    if not shutil.which("apt-get") or (sudo and not runs(*sudo, "true")):
        return False
    print(f"setup: {' '.join(packages)} …", flush=True)
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    apt: list[str | Path] = [*sudo, "apt-get", "-q", "-o", "DPkg::Lock::Timeout=300"]
    run([*apt, "update"], env=env)
    run([*apt, "install", "-y", "--no-install-recommends", *packages], env=env)
    return True


def wanted_groups(profile: str) -> list[str]:
    """The dependency groups: what the profile needs, and wheels of the programs that the machine lacks."""
    groups = ["setup"]
    if profile != "demo":
        groups.append("dev")
    if profile == "all" and found.postgres_folder() is None and "DATABASE_URL_TEST" not in os.environ:
        groups.append("postgres")
    if found.node_folder() is None:
        groups.append("node")
    return groups


def main(profile: str) -> None:
    """The steps of a profile; they run beside each other where they can: npm waits only for a Node from a wheel."""
    if sys.version_info < OLDEST_PYTHON:
        raise SystemExit("oncue needs Python 3.11 or newer")
    if profile not in PROFILES:
        raise SystemExit(f"no such profile: {profile}; there are {', '.join(PROFILES)}")
    environment()
    groups = wanted_groups(profile)
    with ThreadPoolExecutor() as pool:
        pages = partial(web, pages=profile != "check")
        beside = [pool.submit(pages)] if "node" not in groups else []
        beside += [pool.submit(programs)] if profile == "all" else []
        packages(groups)
        if "node" in groups:
            pages()
        for task in beside:
            task.result()


if __name__ == "__main__":
    lock = os.open(ROOT, os.O_RDONLY)
    fcntl.flock(lock, fcntl.LOCK_EX)
    main(sys.argv[1] if len(sys.argv) > 1 else "all")
