"""Which formats there are: entry points of the group `oncue.formats`, each imported when it is first asked for.

`ONCUE_FORMATS` adds more without an installation, for trying things out: `name=file.py`, `name=file.py:Class` or `name=module:Class`,
several with commas. A show keeps the versions that its segments began with, and asks for them as `name@version`: an installed class of that
version, one that it names as `earlier`, or an entry point of that very name, `trivia@1=old_trivia.py:Trivia`.
"""

from __future__ import annotations

import contextlib
import importlib.util
import inspect
import os
import traceback
from collections.abc import Callable, Iterable
from difflib import get_close_matches
from functools import cache
from importlib.metadata import EntryPoint, distribution, entry_points
from pathlib import Path
from types import ModuleType
from typing import Any

from oncue.engine.errors import FormatError, OncueError, Unknown
from oncue.engine.format import Format, earlier

from .reload import Draft, source
from .web import addressed

GROUP = "oncue.formats"
VARIABLE = "ONCUE_FORMATS"
RELOAD = "ONCUE_RELOAD"

Kind = type[Format[Any, Any]]


class Registry:
    """Formats by name. What fails at import is remembered with its error and harms no other."""

    def __init__(
        self,
        near: Iterable[EntryPoint],
        far: Callable[[], Iterable[EntryPoint]] = tuple,
        *,
        developing: bool = False,
    ) -> None:
        """`far` is asked when a name is not among the `near` ones: to look through all that is installed takes a tenth of a second.
        With `developing`, those whose source may change have a version of their own for each source, and `look` loads them anew."""
        self._developing = developing
        self._drafts: dict[str, Draft] = {}
        self._troubles: dict[str, FormatError] = {}
        self._points: dict[str, EntryPoint] = {}
        self._far: Callable[[], Iterable[EntryPoint]] = far
        self._loaded: dict[str, Kind] = {}
        self._broken: dict[str, FormatError] = {}
        self._add(near)

    def _add(self, points: Iterable[EntryPoint]) -> None:
        for point in points:
            taken = self._points.setdefault(point.name, point)
            if taken.value != point.value:
                why = f"{point.value} calls itself {point.name!r}, as {taken.value} does, which came first"
                self._broken[point.value] = FormatError(why, code="format/broken", hint="rename one of them")

    def _look(self) -> None:
        far, self._far = self._far, tuple
        self._add(far())

    @property
    def names(self) -> list[str]:
        """All names, in alphabetical order; a name may turn out to be broken."""
        self._look()
        return sorted(name for name in self._points if "@" not in name)

    def format_named(self, name: str) -> Kind:
        """The format of that name, or that version of it: `trivia`, `trivia@1`. Raises `Unknown` (`format/unknown`), or `FormatError`
        (`format/broken`, `format/version`)."""
        bare, _, version = name.partition("@")
        if not version:
            return self._named(bare)
        found = self._versions(bare)
        if version not in found and bare in self._drafts:
            self.look()  # another process has seen it first
            found = self._versions(bare)
        if version not in found:
            raise self._missing(bare, version)
        return found[version]

    def versions(self, name: str) -> list[str]:
        """Which versions there are of a format that can be used, the installed one first."""
        self._look()
        return list(self._versions(name))

    def _versions(self, name: str) -> dict[str, Kind]:
        found: dict[str, Kind] = {}
        with contextlib.suppress(FormatError, Unknown):
            newest = self._named(name)
            found = {newest.version: newest, **earlier(newest)}
        for point in [point for point in self._points if point.startswith(f"{name}@")]:
            with contextlib.suppress(FormatError):
                old = self._named(point)
                found.setdefault(old.version, old)
        draft = self._drafts.get(name)
        return {**draft.kept, **found} if draft and found else found

    def look(self) -> None:
        """Load those anew whose source has changed. One that fails stays as it was, and is among the `troubles`."""
        for name, draft in list(self._drafts.items()):
            if not draft.changed:
                continue
            try:
                self._loaded[name] = self._ready(name, draft.load())
            except (Exception, SystemExit) as error:  # noqa: BLE001  # an author may write anything
                self._troubles[name] = _reason(name, error)
                if name not in self._loaded:
                    self._broken[name] = self._troubles[name]
            else:
                self._troubles.pop(name, None)
                self._broken.pop(name, None)

    @property
    def troubles(self) -> dict[str, FormatError]:
        """What is wrong with the source of formats as it is now, whether or not they have been good before."""
        return self._troubles

    def _missing(self, name: str, version: str) -> OncueError:
        """Why there is no such version. What is broken is told as such."""
        try:
            self._named(f"{name}@{version}" if f"{name}@{version}" in self._points else name)
        except (FormatError, Unknown) as error:
            return error
        there = ", ".join(self._versions(name))
        return FormatError(
            f"format {name!r} is not here in version {version}, but in {there}",
            code="format/version",
            hint=f"install the package that has version {version}, or name its file: ONCUE_FORMATS={name}@{version}=file.py:Class",
        )

    def _named(self, name: str) -> Kind:
        if name in self._loaded:
            return self._loaded[name]
        if name in self._broken:
            raise self._broken[name]
        if name not in self._points:
            self._look()
        if name not in self._points:
            near = get_close_matches(name, self._points, 1)
            hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(self.names) or 'none'}"
            raise Unknown(f"there is no format {name!r}", code="format/unknown", hint=hint)
        try:
            self._loaded[name] = self._ready(name, self._load(name))
        except (Exception, SystemExit) as error:
            self._broken[name] = _reason(name, error)
            if name in self._drafts:
                self._troubles[name] = self._broken[name]
            raise self._broken[name] from error
        return self._loaded[name]

    def _ready(self, point: str, kind: Kind) -> Kind:
        name, _, version = point.partition("@")
        if version not in ("", kind.version):
            raise TypeError(f"{kind.__name__} has version {kind.version}, not {version}")
        return addressed(name, kind)

    def _load(self, name: str) -> Kind:
        point = self._points[name]
        if not self._developing or "@" in name or source(point) is None:
            return _load(point)
        draft = self._drafts[name] = Draft(point, _load)
        return draft.load()

    def formats(self) -> dict[str, Kind]:
        """All formats that can be used."""
        for name in self.names:
            if name not in self._loaded and name not in self._broken:
                with contextlib.suppress(FormatError):
                    self._named(name)
        return {name: self._loaded[name] for name in self.names if name in self._loaded}

    def broken(self) -> dict[str, FormatError]:
        """Those that cannot be used, and why."""
        self.formats()
        return dict(self._broken)


def formats() -> dict[str, Kind]:
    """All formats that can be used, by name."""
    return _installed().formats()


def format_named(name: str) -> Kind:
    """The format of that name, or that version of it: `trivia`, `trivia@1`. Raises `Unknown` (`format/unknown`), or `FormatError`
    (`format/broken`, `format/version`)."""
    return _installed().format_named(name)


def versions(name: str) -> list[str]:
    """Which versions there are of a format that can be used, the installed one first."""
    return _installed().versions(name)


def look() -> dict[str, FormatError]:
    """Load formats anew whose source has changed (with ONCUE_RELOAD), and say what is wrong with any of them."""
    _installed().look()
    return dict(_installed().troubles)


def broken() -> dict[str, FormatError]:
    """Formats that are installed and cannot be used, and why."""
    return _installed().broken()


@cache
def _installed() -> Registry:
    own = distribution("oncue").entry_points.select(group=GROUP)
    near = [*own, *_named(os.environ.get(VARIABLE, ""))]
    developing = os.environ.get(RELOAD, "").lower() in ("1", "true")
    return Registry(near, lambda: entry_points(group=GROUP), developing=developing)


def _named(words: str) -> Iterable[EntryPoint]:
    for word in filter(None, map(str.strip, words.split(","))):
        name, _, value = word.partition("=")
        yield EntryPoint(name.strip(), value.strip(), GROUP)


def _load(point: EntryPoint) -> Kind:
    path, _, name = point.value.rpartition(":")
    if point.value.endswith(".py"):
        found = _only(_module(Path(point.value)))
    else:
        found = getattr(_module(Path(path)), name) if path.endswith(".py") else point.load()
    if not (inspect.isclass(found) and issubclass(found, Format)) or inspect.isabstract(found):
        raise TypeError(f"{point.value} is not a format: a subclass of Format with a public scene")
    return found


def _only(module: ModuleType) -> Any:
    """The one format of a file that does not say which."""
    found = [
        one
        for one in vars(module).values()
        if inspect.isclass(one) and issubclass(one, Format) and one.__module__ == module.__name__
    ]
    older = {old for one in found for old in earlier(one).values()}
    found = [one for one in found if one not in older]
    if len(found) != 1:
        named = ", ".join(one.__name__ for one in found) or "none"
        raise TypeError(f"it has {len(found)} formats ({named}); name one as file.py:Class")
    return found[0]


def _module(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None or not path.is_file():
        raise FileNotFoundError(f"there is no file {path}")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _reason(name: str, error: BaseException) -> FormatError:
    said = error.message if isinstance(error, FormatError) else f"{type(error).__name__}: {error}"
    where = _place(error)
    return FormatError(
        f"format {name!r} is broken: {said}{where and f' ({where})'}", code="format/broken", hint=where
    )


def _place(error: BaseException) -> str:
    """The author's own file and line: the last that is neither Python's nor the engine's."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{error.filename}, line {error.lineno}"
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if not _foreign(frame.filename)]
    return f"{frames[-1].filename}, line {frames[-1].lineno}" if frames else ""


def _foreign(file: str) -> bool:
    return file.startswith(("<", *_OURS)) or (file.startswith(_PYTHON) and "site-packages" not in file)


_OURS = tuple(str(Path(file).parent) for file in (__file__, inspect.getfile(Format)))
_PYTHON = str(Path(inspect.__file__).parent)
