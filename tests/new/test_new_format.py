"""`oncue new format` writes what works at once: tests, types and style of what it wrote are asked here."""

import os
import subprocess
import sys
from pathlib import Path

import found
import pytest

from oncue.api.new.package import write
from oncue.api.new.words import Words

BIN = Path(sys.executable).parent

TSC = (
    str(found.ROOT / "web" / "node_modules" / ".bin" / "tsc"), "--noEmit", "--allowJs", "--checkJs", "--strict",
    "--target", "es2022", "--module", "esnext", "--moduleResolution", "bundler", "--lib", "es2023,dom,dom.iterable",
)  # fmt: skip
"""As an editor asks where a file begins with `// @ts-check`."""


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        words,
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": f"{BIN}:{os.environ['PATH']}"},
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


def test_a_new_format_is_typed_and_its_component_too(tmp_path: Path) -> None:
    folder = tmp_path / "turn-it"
    write(Words.of("turn-it"), folder, component=True)
    done = run(folder, "mypy", "--cache-dir", str(found.ROOT / ".mypy_cache" / "new"))
    assert done.returncode == 0, done.stdout + done.stderr
    web = folder / "src" / "turn_it" / "web"
    assert (web / "oncue.d.ts").read_text() == (found.ROOT / "docs" / "oncue.d.ts").read_text()
    done = run(folder, *TSC, str(web / "dial.js"), str(found.ROOT / "examples" / "05_wheel.js"))
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_tests_of_a_new_format_find_a_leak_that_is_put_in(tmp_path: Path) -> None:
    folder = tmp_path / "nearest"
    write(Words.of("nearest"), folder, component=False)
    code = folder / "src" / "nearest" / "__init__.py"
    sound = code.read_text()
    leaky = sound.replace('kicker="Nearest"', 'kicker=f"Nearest of {rules.answer % 7}"')
    assert leaky != sound
    code.write_text(leaky)
    done = run(folder, "pytest", "-q", "-x")
    assert done.returncode == 1
    assert "/answer" in done.stdout
