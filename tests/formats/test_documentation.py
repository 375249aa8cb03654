"""The reference for authors says what is: its examples run, and it names all that there is to import and to draw."""

import re
import typing

import found
from newcomer import blocks as written

import oncue.formats
from oncue.engine import blocks
from oncue.engine.cue import Cue
from oncue.engine.stage_cue import CueStage

REFERENCE = found.ROOT / "docs" / "formats.md"


def test_the_examples_of_the_reference_play_and_replay() -> None:
    code = "\n".join(block.text for block in written(REFERENCE) if block.language == "python")
    names: dict[str, object] = {"__name__": "reference", "__file__": str(REFERENCE)}
    exec(compile(code, REFERENCE, "exec", dont_inherit=True), names)
    oncue.formats.Rehearsal(names["WhereIsIt"]).check()  # type: ignore[arg-type]


def test_the_reference_names_every_block_and_all_that_can_be_imported_and_nothing_that_is_not() -> None:
    text = REFERENCE.read_text()
    drawn = {kind.__name__ for kind in typing.get_args(blocks.AnyBlock)}
    assert {name for name in drawn if f"| `{name}(" not in text} == set()
    assert {name for name in oncue.formats.__all__ if f"`{name}" not in text} == set()
    assert {name for name in re.findall(r"\bcue\.(\w+)", text) if not hasattr(Cue, name)} == set()
    assert {name for name in re.findall(r"\bcue\.stage\.(\w+)", text) if not hasattr(CueStage, name)} == set()


def test_every_link_of_the_pages_for_authors_leads_to_a_file() -> None:
    for page in (REFERENCE, found.ROOT / "docs" / "tutorial.md"):
        links = [link for link in re.findall(r"\]\(([^)#]+)\)", page.read_text()) if "://" not in link]
        assert links
        assert [link for link in links if not (page.parent / link).exists()] == []
