"""What the README shows works as it stands there."""

import re
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
