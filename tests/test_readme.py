"""What the README shows works as it stands there."""

import re
import subprocess
import sys
from pathlib import Path

README = Path(__file__).parent.parent / "README.md"


def test_the_format_in_the_readme_plays_and_replays() -> None:
    code = re.findall(r"```python\n(.*?)```", README.read_text(), re.DOTALL)
    assert len(code) == 2
    names: dict[str, object] = {"__name__": "loudest"}
    for block in code:
        exec(compile(block, "README.md", "exec", dont_inherit=True), names)
    show = names["rehearsal"].public
    assert [stat.value for block in show.blocks if hasattr(block, "stats") for stat in block.stats] == ["1"]


def test_every_file_that_the_readme_links_to_is_there() -> None:
    links = re.findall(r"\]\(([^)#]+)\)", README.read_text())
    assert links
    assert [link for link in links if "://" not in link and not (README.parent / link).exists()] == []


def test_the_rehearsal_in_the_readme_ends_with_a_report(tmp_path: Path) -> None:
    blocks = re.findall(r"```sh\n(.*?)```", README.read_text(), re.DOTALL)
    (block,) = [block for block in blocks if "oncue rehearse" in block]
    commands = block.replace(".venv/bin", str(Path(sys.executable).parent))
    done = subprocess.run(
        ["bash", "-ec", commands], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "No receipt is lost" in done.stdout
    assert "all" in done.stdout.splitlines()[-1]
    for profile in ("home", "mobile", "sleepers", "trolls"):
        assert re.search(rf"^ *{profile} +\d", done.stdout, re.MULTILINE)
    assert "<svg" in (tmp_path / "report.html").read_text()
