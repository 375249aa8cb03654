"""What is served of a format's web component, and what is refused when the format is loaded."""

from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from oncue.engine.blocks import Custom
from oncue.engine.errors import FormatError
from oncue.formats import Rehearsal
from oncue.formats.registry import Registry
from oncue.formats.web import MOST_BYTES, web_of

CODE = """
from oncue.formats import *

class Press(Action, frozen=True):
    pass

class Own(Format[State]):
    web = "{web}"
    version = "{version}"
    @on(Press)
    def press(self, state, act, cue): pass
    def public(self, state): return scene(blocks.Custom(alt="mine", src="https://elsewhere.example/x.js"))
"""


def loaded(folder: Path, web: str = "web/own.js", *, version: str = "1", name: str = "own"):
    (folder / "own.py").write_text(CODE.format(web=web, version=version))
    return Registry([EntryPoint(name, f"{folder / 'own.py'}", "oncue.formats")]).format_named(name)


def put(folder: Path, **files: str) -> None:
    for name, text in files.items():
        path = folder / name.replace("__", "/").replace("_dot_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def refused(folder: Path, web: str) -> str:
    with pytest.raises(FormatError) as caught:
        loaded(folder, web)
    assert caught.value.code == "format/broken"
    return caught.value.message


def test_a_folder_of_its_own_is_served_and_nothing_that_is_hidden_or_of_another_kind(tmp_path: Path) -> None:
    put(
        tmp_path,
        web__own_dot_js="1",
        web__art__a_dot_svg="<svg/>",
        web__own_dot_d_dot_ts="",
        web___dot_key_dot_txt="secret",
    )
    (tmp_path / "web" / "away.txt").symlink_to("/etc/hostname")
    web = web_of(loaded(tmp_path))
    assert web is not None
    assert (web.module, sorted(web.files)) == ("own.js", ["art/a.svg", "own.js"])


def test_one_file_beside_the_format_is_served_alone(tmp_path: Path) -> None:
    put(tmp_path, own_dot_js="1", other_dot_js="2")
    web = web_of(loaded(tmp_path, "own.js"))
    assert web is not None
    assert list(web.files) == ["own.js"]


def test_scenes_say_where_the_component_is_and_authors_cannot_say_another_place(tmp_path: Path) -> None:
    put(tmp_path, web__own_dot_js="1")
    kind = loaded(tmp_path, name="my own")
    (block,) = Rehearsal(kind).public.blocks
    assert isinstance(block, Custom)
    web = web_of(kind)
    assert web is not None
    assert block.src == f"/formats/my%20own/{web.hash}/own.js"


def test_the_address_is_another_when_any_file_is(tmp_path: Path) -> None:
    put(tmp_path, web__own_dot_js="1", web__a_dot_css="a")
    before = loaded(tmp_path).web_address
    assert loaded(tmp_path).web_address == before
    put(tmp_path, web__a_dot_css="b")
    assert loaded(tmp_path).web_address != before


def test_a_format_without_a_component_has_no_address(tmp_path: Path) -> None:
    kind = loaded(tmp_path, "")
    (block,) = Rehearsal(kind).public.blocks
    assert isinstance(block, Custom)
    assert block.src == ""


@pytest.mark.parametrize("web", ["../own.js", "/etc/passwd.js", "web/own.py", "web/../../own.js"])
def test_what_is_no_script_beside_the_format_is_refused(tmp_path: Path, web: str) -> None:
    assert "is no JavaScript file" in refused(tmp_path, web)


def test_a_file_that_is_missing_and_too_much_of_everything_are_refused(tmp_path: Path) -> None:
    assert "there is no file web/own.js" in refused(tmp_path, "web/own.js")
    put(tmp_path, web__own_dot_js="1")
    (tmp_path / "web" / "large.png").write_bytes(b"\0" * (MOST_BYTES + 1))
    assert "larger than" in refused(tmp_path, "web/own.js")
