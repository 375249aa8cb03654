"""The page on rehearsals: its examples run, one after the other, and it names every kind of finding."""

import re
import sys
import types
from pathlib import Path

from oncue.formats.checks import KINDS

PAGE = Path(__file__).parents[2] / "docs" / "rehearsal.md"


def test_the_examples_run(tmp_path, monkeypatch):
    code = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    assert len(code) >= 7
    file = tmp_path / "rehearsal_page.py"
    file.write_text("\n".join(code))
    module = types.ModuleType("rehearsal_page")
    monkeypatch.setitem(sys.modules, "rehearsal_page", module)
    exec(compile(file.read_text(), file, "exec", dont_inherit=True), vars(module))


def test_every_kind_of_finding_is_explained():
    assert {kind for kind in KINDS if f"| `{kind}` |" not in PAGE.read_text()} == set()


def test_every_link_leads_to_a_file():
    links = re.findall(r"\]\(([^)#]+)\)", PAGE.read_text())
    assert [link for link in links if "://" not in link and not (PAGE.parent / link).exists()] == []
