"""All checks, two at a time: `python tools/check.py [name …]`. Prints the output of those that fail."""

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import found

BIN = found.VENV_BIN
PYTHON = BIN / "python"

# Slow ones first, so that the rest runs beside them.
CHECKS: dict[str, list[str]] = {
    "mypy": [f"{BIN}/mypy"],
    "web-types": [f"{PYTHON}", "tools/web.py", "typecheck"],
    "pyright": [f"{BIN}/pyright", "--warnings"],
    "web-lint": [f"{PYTHON}", "tools/web.py", "lint"],
    "imports": [f"{BIN}/lint-imports", "--no-cache"],
    "format": [f"{BIN}/ruff", "format", "--check"],
    "lint": [f"{BIN}/ruff", "check"],
    "purity": [f"{PYTHON}", "tools/purity.py"],
}
if (found.ROOT / "api" / "schema.py").exists():
    CHECKS["schema"] = [f"{PYTHON}", "-m", "oncue.api.schema", "--check"]


def check(name: str) -> bool:
    """Runs one check; its output is printed when it fails."""
    begun = time.monotonic()
    env = {**os.environ, "PYRIGHT_PYTHON_IGNORE_WARNINGS": "1", "NO_COLOR": "1"}
    done = subprocess.run(
        CHECKS[name],
        cwd=found.ROOT,
        env=env,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    good = done.returncode == 0
    said = "" if good else "\n" + done.stdout.replace(".editable/oncue/", "").rstrip()
    print(f"{'ok  ' if good else 'FAIL'} {name} ({time.monotonic() - begun:.1f} s){said}", flush=True)
    return good


def main(names: list[str]) -> int:
    """1 when any check fails, 2 for a name that is none."""
    if unknown := set(names) - set(CHECKS):
        print(f"no such check: {', '.join(unknown)}; there are {', '.join(CHECKS)}")
        return 2
    with ThreadPoolExecutor(2) as pool:
        return 0 if all(list(pool.map(check, names or CHECKS))) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
