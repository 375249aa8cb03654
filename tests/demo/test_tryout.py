"""Formats named on the command line, by their name or their file."""

import os
from pathlib import Path

import found
import pytest

from oncue.api import tryout
from oncue.api.bots.demo import DemoOptions
from oncue.api.bots.script import script
from oncue.engine.errors import OncueError
from oncue.formats import registry

CLAPS = (found.ROOT / "examples" / "01_ten_lines.py").read_text()


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch):
    """As in a process of its own."""
    monkeypatch.setenv("ONCUE_FORMATS", "")
    registry._installed.cache_clear()
    yield
    registry._installed.cache_clear()


def code_of(word: str) -> str:
    with pytest.raises(OncueError) as caught:
        tryout.known(word)
    return caught.value.code


@pytest.mark.parametrize(
    ("file", "name"), [("Loud Claps.py", "loud-claps"), ("claps/__init__.py", "claps"), ("拍手.py", "format")]
)
def test_a_file_is_known_by_its_own_name_here_and_in_what_is_started(
    tmp_path: Path, file: str, name: str
) -> None:
    path = tmp_path / file
    path.parent.mkdir(exist_ok=True)
    path.write_text(CLAPS)
    assert tryout.known(str(path)) == name
    assert os.environ["ONCUE_FORMATS"] == f"{name}={path}"
    assert registry.format_named(name).__name__ == "Applause"


def test_of_a_file_with_several_formats_one_is_named(tmp_path: Path) -> None:
    path = tmp_path / "two.py"
    path.write_text(f"{CLAPS}\n\nclass Other(Applause, Format[Hall]):\n    pass\n")
    assert code_of(str(path)) == "format/broken"
    registry._installed.cache_clear()
    os.environ["ONCUE_FORMATS"] = ""
    assert tryout.known(f"{path}:Other") == "two"


def test_what_is_not_there_and_what_cannot_be_is_said(tmp_path: Path) -> None:
    assert code_of("nobody") == "format/unknown"
    assert code_of("nobody.py") == "format/no-file"
    (tmp_path / "a,b.py").write_text(CLAPS)
    assert code_of(str(tmp_path / "a,b.py")) == "format/no-file"
    registry._installed.cache_clear()
    (tmp_path / "bad.py").write_text("1 / 0")
    assert code_of(str(tmp_path / "bad.py")) == "format/broken"


def test_a_demo_plays_the_format_the_show_or_its_own_part_of_it() -> None:
    plan = script(0)
    assert DemoOptions(format="nearest").made(plan)["rundown"] == [{"format": "nearest"}]
    assert [line["format"] for line in DemoOptions(format="trivia").made(plan)["rundown"]] == ["trivia"]
    friday = {"title": "Friday", "picture": "film.mp4", "rundown": [{"format": "poll"}]}
    assert DemoOptions(show=friday).made(plan) == friday
    assert DemoOptions(show=friday, picture="other.mp4").made(plan) == {**friday, "picture": "other.mp4"}
