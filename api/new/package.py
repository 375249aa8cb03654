"""Writes the package: the files of templates/ with the names put in."""

from __future__ import annotations

import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path, PurePath

from oncue.engine.errors import Conflict, Unavailable

from .words import Words

TEMPLATES = Path(__file__).with_name("templates")
ENDING = ".tmpl"
"""What templates end in, so that no tool takes them for what they become."""
SECTION = re.compile(r"\{\{([#^])(\w+)\}\}\n?(.*?)\{\{/\2\}\}\n?", re.DOTALL)
"""As in Mustache: `{{#component}}…{{/component}}` stays with a component, `{{^component}}…` without."""


def write(words: Words, folder: Path, *, component: bool) -> list[PurePath]:
    """Write all files into `folder`, which must not be there or be empty; gives their paths in it. All appear at once, or none.

    Raises `Conflict` (`new/exists`), and `Unavailable` (`new/cannot-write`) where the folder cannot be made.
    """
    if folder.is_symlink() or (folder.exists() and (not folder.is_dir() or any(folder.iterdir()))):
        raise Conflict(
            f"{folder} is there already", code="new/exists", hint="nothing was written; take --into elsewhere"
        )
    files = dict(_files(words, component=component))
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{words.name}-", dir=folder.parent) as made:
            for path, text in files.items():
                target = Path(made, words.name, path)
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(text, encoding="utf-8")
            Path(made, words.name).rename(folder)
    except OSError as error:
        raise Unavailable(
            f"{folder} cannot be written: {error.strerror or error}",
            code="new/cannot-write",
            hint="take --into a folder of yours",
        ) from error
    return sorted(files)


def next_steps(words: Words, folder: Path) -> list[str]:
    """The three commands that come next, as they work in this shell."""
    within = "" if _on_path() else f"{Path(sys.executable).parent}/"
    return [
        f"cd {folder} && {within}{installer()} install -e .",
        f"{within}pytest",
        f"{within}oncue demo --format {words.name}",
    ]


def installer() -> str:
    """Which of the two installs packages here."""
    return "pip" if find_spec("pip") else "uv pip"


def _on_path() -> bool:
    """Whether a command of this environment is found by its name."""
    found = shutil.which("oncue")
    return found is not None and Path(found).parent == Path(sys.executable).parent


def _files(words: Words, *, component: bool) -> Iterator[tuple[PurePath, str]]:
    kind = _apart(words.kind)
    values = {"name": words.name, "module": words.module, "class": kind, "title": words.title}
    values |= {"pip": installer(), "names": _listed(["Ask", "Board", "Close", "Guess", "Reveal", kind])}
    for part in ("format", "component")[: 1 + component]:
        for file in sorted((TEMPLATES / part).rglob(f"*{ENDING}")):
            path = (
                str(file.relative_to(TEMPLATES / part)).removesuffix(ENDING).replace("MODULE", words.module)
            )
            path = path.replace("gitignore", ".gitignore")
            yield PurePath(path), fill(file.read_text(encoding="utf-8"), values, component=component)


def _apart(kind: str) -> str:
    """A class of ours, or one that the file imports, keeps its name."""
    text = (TEMPLATES / "format" / "src" / "MODULE" / f"__init__.py{ENDING}").read_text(encoding="utf-8")
    return f"{kind}Format" if re.search(rf"\b{kind}\b", text) else kind


def _listed(names: list[str]) -> str:
    """In the order that import sorters want: what looks like a constant comes first."""
    return ", ".join(sorted(names, key=lambda name: (not name.isupper(), name.lower())))


def fill(text: str, values: dict[str, str], *, component: bool) -> str:
    """A template's text with sections taken or left, and the names put in."""
    kept = SECTION.sub(lambda found: found[3] if (found[1] == "#") == component else "", text)
    return re.sub(r"\{\{(\w+)\}\}", lambda found: values[found[1]], kept)
