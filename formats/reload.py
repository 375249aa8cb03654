"""Formats that are being written: loaded anew when their files change, in a version that says of which source it is."""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import os
import sys
import sysconfig
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

from oncue.engine.format import Format
from oncue.engine.versions import DEVELOPED, released

from .web import folder_of

Kind = type[Format[Any, Any]]
Stamp = tuple[int, int]
"""A file's time of change in ns, and its size."""

DIGITS = 8
KEPT = 20
"""So many earlier drafts of a format can still be asked for."""

_INSTALLED = tuple({sysconfig.get_paths()[name] for name in ("purelib", "platlib", "stdlib")})


class Draft:
    """One format whose source is watched: its own file, the modules beside it or below that it imports, and its web component.

    `troubles` is what was wrong with the source when it was loaded last, `kept` are the classes that were good before, by version.
    """

    def __init__(self, point: EntryPoint, load: Callable[[EntryPoint], Kind]) -> None:
        self._point = point
        self._load = load
        own = source(point)
        assert own
        self._own = own
        self._stamps: dict[Path, Stamp | None] = {own: None}
        self.kept: dict[str, Kind] = {}

    @property
    def changed(self) -> bool:
        """Whether some file is another than when it was loaded. One that is not there is on its way: many editors write a new one."""
        return any(
            now and now != was for now, was in ((_stamp(file), was) for file, was in self._stamps.items())
        )

    def load(self) -> Kind:
        """The class as its source is now. Raises whatever importing it does; then all stays as it was."""
        self._stamps = {file: _stamp(file) for file in self._stamps}
        with _anew(set(self._stamps)) as before:
            kind = self._load(self._point)
            mine = {file for name in sys.modules.keys() - before if (file := self._beside(name))}
        self._stamps = {file: _stamp(file) for file in {self._own, *mine, *self._shipped(kind)}}
        kind.version = f"{released(kind.version)}{DEVELOPED}{self._digest()}"
        self.kept = dict([*self.kept.items(), (kind.version, kind)][-KEPT:])
        return kind

    def _beside(self, module: str) -> Path | None:
        file = getattr(sys.modules.get(module), "__file__", None)
        path = Path(file).resolve() if file else None
        return path if path and path.is_relative_to(self._own.parent) and not _installed(path) else None

    def _shipped(self, kind: Kind) -> set[Path]:
        """The files of its web component."""
        place = folder_of(kind)
        found = {place} if place and place.is_file() else set(place.rglob("*")) if place else set()
        return {file.resolve() for file in found if file.is_file()}

    def _digest(self) -> str:
        total = hashlib.sha256()
        for file in sorted(self._stamps):
            total.update(f"{os.path.relpath(file, self._own.parent)}\0".encode() + file.read_bytes())
        return total.hexdigest()[:DIGITS]


def source(point: EntryPoint) -> Path | None:
    """The file of a format that may be changed where it is: one that is named by its path, or of a package that is installed editable.
    None: it is installed for good, or there is none."""
    path = point.value if point.value.endswith(".py") else point.value.rpartition(":")[0]
    if path.endswith(".py"):
        return Path(path).resolve()
    try:
        found = importlib.util.find_spec(path) if path.partition(".")[0] != "oncue" else None
    except (ImportError, ValueError):
        return None
    file = Path(found.origin).resolve() if found and found.origin and found.has_location else None
    return file if file and not _installed(file) else None


def _installed(file: Path) -> bool:
    return any(file.is_relative_to(folder) for folder in _INSTALLED)


def _stamp(file: Path) -> Stamp | None:
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size


@contextmanager
def _anew(files: set[Path]) -> Iterator[set[str]]:
    """Modules of these files are imported again in this block, from their source. Gives the names of all others; when the block fails, all
    is as before."""
    old = {
        name: module
        for name, module in list(sys.modules.items())
        if (file := getattr(module, "__file__", None)) and Path(file).resolve() in files
    }
    for name in old:
        del sys.modules[name]
    before, writes = set(sys.modules), sys.dont_write_bytecode
    sys.dont_write_bytecode = True  # a file that changes twice in a second would be taken for what it was
    importlib.invalidate_caches()
    try:
        yield before
    except BaseException:
        for name in sys.modules.keys() - before:
            del sys.modules[name]
        sys.modules.update(old)
        raise
    finally:
        sys.dont_write_bytecode = writes
