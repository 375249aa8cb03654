"""A format that is being written is loaded anew when its source changes; what fails leaves the one before."""

import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from oncue.engine.errors import FormatError
from oncue.formats.registry import GROUP, Registry
from oncue.formats.reload import source

SOURCE = """
from oncue.formats import Action, Format, State, blocks, on, scene
{line}

class Clap(Action, frozen=True):
    pass

class Mine(Format[State]):
    title = "{title}"

    @on(Clap)
    def clap(self, state, act, cue): ...

    def public(self, state):
        return scene(blocks.Text({words}))
"""


class Desk:
    """Where somebody writes a format."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "mine.py"
        self.write()
        self.found = Registry([EntryPoint("mine", f"{self.file}:Mine", GROUP)], developing=True)

    def write(self, title: str = "First", *, line: str = "", words: str = '"hello"') -> None:
        self.file.write_text(SOURCE.format(title=title, line=line, words=words))

    def look(self) -> type:
        self.found.look()
        return self.found.format_named("mine")


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_a_source_that_changes_gives_another_class_with_another_version_and_the_one_before_is_still_there(
    desk,
):
    first = desk.look()
    assert first.version.startswith("1+")
    assert desk.look() is first
    desk.write("Other")  # of the same length, and within the same second
    second = desk.look()
    assert (second.title, second.version != first.version) == ("Other", True)
    assert desk.found.format_named(f"mine@{first.version}") is first
    desk.write("First")
    assert desk.look().version == first.version


def test_a_version_that_another_process_has_seen_first_is_looked_for(desk):
    first, there = desk.look(), Desk(desk.file.parent)
    desk.write("Other")
    version = there.look().version
    assert desk.found.format_named(f"mine@{version}").title == "Other"
    assert version != first.version
    with pytest.raises(FormatError) as told:
        desk.found.format_named("mine@1+nothing")
    assert told.value.code == "format/version"


def test_an_edit_that_fails_leaves_the_one_before_and_says_where_until_it_is_mended(desk):
    first = desk.look()
    desk.write(line="def broken(:")
    assert desk.look() is first
    trouble = desk.found.troubles["mine"]
    assert (trouble.code, trouble.hint) == ("format/broken", f"{desk.file}, line 3")
    assert desk.found.broken() == {}
    desk.write("Other")
    assert desk.look().title == "Other"
    assert desk.found.troubles == {}


def test_one_that_is_broken_from_the_start_is_there_once_it_is_mended(desk):
    desk.write(line="import nothing_of_that_name")
    with pytest.raises(FormatError):
        desk.look()
    assert desk.found.troubles.keys() == desk.found.broken().keys() == {"mine"}
    desk.write()
    assert desk.look().title == "First"
    assert desk.found.broken() == {}


def test_a_file_that_is_being_replaced_is_waited_for(desk):
    first = desk.look()
    desk.file.unlink()
    assert desk.look() is first
    assert desk.found.troubles == {}


def test_modules_that_it_imports_from_beside_it_are_watched_as_well(desk, tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    words = tmp_path / "words_of_mine.py"
    words.write_text('HELLO = "one"\n')
    desk.write(line="import words_of_mine", words="words_of_mine.HELLO")
    first = desk.look()
    words.write_text('HELLO = "two"\n')
    second = desk.look()
    assert second is not first
    seen = [kind.public(object.__new__(kind), kind.state()).blocks[0].text for kind in (first, second)]
    assert seen == ["one", "two"]
    words.write_text("HELLO = \n")
    assert desk.look() is second
    assert sys.modules["words_of_mine"].HELLO == "two"
    del sys.modules["words_of_mine"]


def test_its_web_component_is_part_of_its_source(desk):
    module = desk.file.parent / "web" / "mine.js"
    module.parent.mkdir()
    module.write_text("export {};")
    desk.write(line="", words='"hello"')
    desk.file.write_text(
        desk.file.read_text().replace('title = "First"', 'title = "First"\n    web = "web/mine.js"')
    )
    first = desk.look()
    module.write_text("export { };")
    second = desk.look()
    assert second.web_address != first.web_address
    assert second.version != first.version


def test_what_is_installed_for_good_is_not_watched_and_without_the_setting_nothing_is(desk):
    for value in ("oncue.formats.poll:Poll", "json:Mine", "no_such_module:Mine"):
        assert source(EntryPoint("poll", value, GROUP)) is None
    found = Registry([EntryPoint("mine", f"{desk.file}:Mine", GROUP)])
    assert found.format_named("mine").version == "1"
    desk.write("Other")
    found.look()
    assert found.format_named("mine").title == "First"
