"""What a new format is called, in each of the places where it has a name."""

from __future__ import annotations

import keyword
import re
import sys
from importlib.metadata import entry_points
from importlib.util import find_spec

import msgspec

from oncue.engine.errors import BadInput, Conflict

NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
MOST = 30
TAKEN = ("src", "test", "tests", "web")
"""Names of modules that would be mistaken for folders of the package."""


class Words(msgspec.Struct, frozen=True):
    """`name` in rundowns, `module` in Python, `kind` of the class, `title` for people."""

    name: str
    module: str
    kind: str
    title: str

    @classmethod
    def of(cls, name: str) -> Words:
        """Raises `BadInput` (`new/bad-name`) for what is no name, and `Conflict` (`new/taken`) when there is a format or a module of it."""
        if not NAME.fullmatch(name) or len(name) > MOST:
            raise BadInput(
                f"{name!r} is no name of a format", code="new/bad-name", hint=f"{_rule(name)}, as in tap-it"
            )
        module = name.replace("-", "_")
        if keyword.iskeyword(module) or module in sys.stdlib_module_names or module in TAKEN:
            raise BadInput(
                f"{name!r} means something else in Python", code="new/bad-name", hint=f"try {name}-show"
            )
        _free(name, module)
        parts = name.split("-")
        kind = "".join(part[:1].upper() + part[1:] for part in parts)
        return cls(name, module, kind, " ".join(parts).capitalize())


def _rule(name: str) -> str:
    """What is wrong with it, as what to do."""
    if len(name) > MOST:
        return f"take at most {MOST} characters"
    tidy = re.sub(r"[^a-z0-9]+", "-", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", name).lower()).strip(
        "-0123456789"
    )
    return f"try {tidy}" if NAME.fullmatch(tidy) else "begin with a letter; then a-z, 0-9 and single hyphens"


def _free(name: str, module: str) -> None:
    hint = f"try my-{name}, or uninstall what has the name"
    if any(point.name == name for point in entry_points(group="oncue.formats")):
        raise Conflict(f"there is a format {name!r} already", code="new/taken", hint=hint)
    if find_spec(module) is not None:
        raise Conflict(f"there is a Python module {module!r} already", code="new/taken", hint=hint)
