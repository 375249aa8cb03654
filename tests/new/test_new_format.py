"""`oncue new format` writes what works at once: tests, types and style of what it wrote are asked here."""

import subprocess
import sys
from pathlib import Path

import pytest

from oncue.api.new.package import write
from oncue.api.new.words import Words

BIN = Path(sys.executable).parent


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        words, cwd=folder, capture_output=True, text=True, check=False, env={"PATH": str(BIN)}
    )


@pytest.mark.parametrize(("name", "component"), [("nearest", False), ("tap-the-picture", True)])
def test_a_new_format_passes_its_own_tests_at_once(tmp_path: Path, name: str, component: bool) -> None:
    folder = tmp_path / name
    files = write(Words.of(name), folder, component=component)
    assert not [file for file in files if "{{" in (folder / file).read_text()]
    for command in (["pytest", "-q"], ["ruff", "check"], ["ruff", "format", "--check"]):
        done = run(folder, *command)
        assert done.returncode == 0, done.stdout + done.stderr
    assert (folder / "src" / name.replace("-", "_") / "py.typed").exists()
