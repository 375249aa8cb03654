"""Formats named on the command line: by name, or by the file that they stand in."""

from __future__ import annotations

import os
import re
from pathlib import Path

from oncue.engine.errors import BadInput
from oncue.formats.registry import VARIABLE, format_named

FILE = re.compile(r"(?P<path>.+\.py)(:(?P<kind>\w+))?")


def known(word: str) -> str:
    """The name of a format that can be played. A file (`loudest.py`, `loudest.py:Loudest` where it has several) is called by its own
    name, and from now on known to this process and those that it starts.

    Raises `Unknown` (`format/unknown`), `FormatError` (`format/broken`), and `BadInput` (`format/no-file`).
    """
    if found := FILE.fullmatch(word):
        path = Path(found["path"]).resolve()
        if not path.is_file():
            raise BadInput(
                f"there is no file {found['path']}",
                code="format/no-file",
                hint="a format is named as rundowns have it, or by its .py file",
            )
        if "," in str(path):
            raise BadInput(
                f"{path} has a comma in it",
                code="format/no-file",
                hint="call the file and its folders otherwise",
            )
        called = path.parent.name if path.stem == "__init__" else path.stem
        word = re.sub(r"[^a-z0-9]+", "-", called.lower()).strip("-") or "format"
        value = f"{path}:{found['kind']}" if found["kind"] else str(path)
        os.environ[VARIABLE] = ",".join(filter(None, [os.environ.get(VARIABLE, ""), f"{word}={value}"]))
    format_named(word)
    return word
