"""What `oncue new format` says to names that cannot be, and to folders that are there already."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from oncue.api.new import app
from oncue.api.new.package import write
from oncue.api.new.words import Words
from oncue.engine.errors import OncueError


def code_of(name: str) -> tuple[str, str]:
    with pytest.raises(OncueError) as caught:
        Words.of(name)
    return caught.value.code, caught.value.hint


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("My Show!", "try my-show,"),
        ("TapIt", "try tap-it,"),
        ("1st", "try st,"),
        ("tap_it", "try tap-it,"),
        ("-", "begin with a letter"),
        ("", "begin with a letter"),
        ("a" * 31, "take at most 30 characters"),
        ("../../etc", "try etc,"),
        ("class", "try class-show"),
        ("json", "try json-show"),
        ("tests", "try tests-show"),
    ],
)
def test_a_name_that_cannot_be_is_refused_with_one_that_can(name: str, hint: str) -> None:
    code, said = code_of(name)
    assert code == "new/bad-name"
    assert said.startswith(hint)


def test_a_name_that_a_format_or_a_package_has_is_refused() -> None:
    assert code_of("trivia")[0] == "new/taken"
    assert code_of("msgspec")[0] == "new/taken"


def test_a_name_is_written_as_each_place_wants_it() -> None:
    assert Words.of("tap-the-picture") == Words(
        "tap-the-picture", "tap_the_picture", "TapThePicture", "Tap the picture"
    )


@pytest.mark.parametrize("name", ["board", "guess", "literal", "a1"])
def test_a_class_never_has_the_name_of_another_in_its_file(tmp_path: Path, name: str) -> None:
    write(Words.of(name), tmp_path / name, component=False)
    code = (tmp_path / name / "src" / name / "__init__.py").read_text()
    classes = [line.split()[1].partition("(")[0] for line in code.splitlines() if line.startswith("class ")]
    assert len(set(classes)) == len(classes)
    compile(code, name, "exec")


def test_nothing_is_overwritten_and_nothing_is_left_half_done(tmp_path: Path) -> None:
    words, folder = Words.of("nearest"), tmp_path / "nearest"
    folder.mkdir()
    write(words, folder, component=False)  # an empty folder is nobody's
    before = {file: file.read_bytes() for file in folder.rglob("*") if file.is_file()}
    for taken in (folder, folder / "README.md"):
        with pytest.raises(OncueError, match="there already") as caught:
            write(words, taken, component=True)
        assert caught.value.code == "new/exists"
    assert {file: file.read_bytes() for file in folder.rglob("*") if file.is_file()} == before
    with pytest.raises(OncueError) as caught:
        write(words, folder / "README.md" / "nearest", component=False)
    assert caught.value.code == "new/cannot-write"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["nearest"]


def test_it_says_what_it_wrote_and_the_three_commands_that_come_next(tmp_path: Path) -> None:
    said = CliRunner().invoke(app, ["format", "nearest", "--into", str(tmp_path), "--component"])
    assert said.exit_code == 0
    *files, _, _, enter, test, play = [line.strip() for line in said.stdout.splitlines()]
    assert {f"{tmp_path}/nearest/{path}" for path in ("pyproject.toml", "src/nearest/web/dial.js")} <= set(
        files
    )
    assert enter.startswith(f"cd {tmp_path}/nearest && ")
    assert enter.endswith("install -e .")
    assert test.endswith("pytest")
    assert play.endswith("oncue demo --format nearest")


def test_the_readme_of_a_new_format_has_settings_that_fit(tmp_path: Path) -> None:
    folder = tmp_path / "nearest"
    write(Words.of("nearest"), folder, component=False)
    lines = (folder / "README.md").read_text().splitlines()
    segment = json.loads(lines[lines.index("```json") + 1])
    assert set(segment["settings"]) <= {"question", "answer", "most", "seconds"}
