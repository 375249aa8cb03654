"""The examples are the manual: each runs, and says what it says."""

import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
SAYS = {
    "01_ten_lines.py": "Heading(text='2 claps'",
    "02_each_their_own.py": "Heading(text='Ada found ",
    "03_against_the_clock.py": "[('Far', 400), ('Near', 500)]",
    "04_on_stage.py": "Heading(text='Near knew it'",
    "05_custom_component.py": "{'name': 'Bob', 'wins': 1}",
}


def test_every_example_is_numbered_and_tried():
    assert sorted(file.name for file in EXAMPLES.glob("*.py")) == sorted(SAYS)


@pytest.mark.parametrize("name", SAYS)
def test_an_example_runs_by_the_line_in_its_docstring(name):
    file = EXAMPLES / name
    assert f"Try it: python examples/{name}\n" in file.read_text()
    done = subprocess.run([sys.executable, "-W", "error", file], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert SAYS[name] in done.stdout
