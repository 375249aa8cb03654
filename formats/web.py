"""The web component of a format: an ES module beside its file, and what else lies in its folder.

`web = "web/wheel.js"` names the module, from the folder of the format's file; with a folder of its own all of that folder is served, else
the one file. Files are read when the format is loaded. Their address has a hash of all of them in it, so browsers may keep them for ever.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path, PurePosixPath
from types import FunctionType
from typing import Any
from urllib.parse import quote
from weakref import WeakKeyDictionary

import msgspec

from oncue.engine.errors import FormatError
from oncue.engine.format import Format, earlier

MOST_BYTES, MOST_FILES = 8 << 20, 200
"""What a format may ship: it is kept in memory, and a phone has to load it."""
KINDS = {
    ".js": "text/javascript; charset=utf-8", ".mjs": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8", ".json": "application/json", ".wasm": "application/wasm",
    ".svg": "image/svg+xml", ".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".gif": "image/gif",
    ".webp": "image/webp", ".avif": "image/avif", ".woff2": "font/woff2", ".mp3": "audio/mpeg", ".ogg": "audio/ogg",
    ".glb": "model/gltf-binary", ".txt": "text/plain; charset=utf-8",
}  # fmt: skip
"""What is served, and as what; nothing else is."""
ROOT = "/formats/"

Kind = type[Format[Any, Any]]


class Web(msgspec.Struct, frozen=True):
    """What a format ships: files by their paths from its folder, the module among them, and the hash of all."""

    module: str
    files: dict[str, bytes]
    hash: str

    def address(self, name: str) -> str:
        """Where pages find the module of the format `name`."""
        return f"{ROOT}{quote(name, safe='')}/{self.hash}/{quote(self.module)}"


_webs: WeakKeyDictionary[Kind, Web | None] = WeakKeyDictionary()


def web_of(kind: Kind) -> Web | None:
    """What a format ships; None when it has no component. Raises `FormatError` (`format/web`) when it cannot be served."""
    if kind not in _webs:
        _webs[kind] = _read(kind) if kind.web else None
    return _webs[kind]


def addressed(name: str, kind: Kind) -> Kind:
    """The format, whose scenes now say where its component is, and those of its earlier versions likewise."""
    for one in (kind, *earlier(kind).values()):
        if web := web_of(one):
            one.web_address = web.address(name)
    return kind


def folder_of(kind: Kind) -> Path | None:
    """The folder that a format's component is served from, or the one file; None when it has none."""
    if not kind.web:
        return None
    file = _home(kind) / kind.web
    return file.parent if len(PurePosixPath(kind.web).parts) > 1 else file


def content_type(path: str) -> str:
    """The MIME type of a file of a component."""
    return KINDS[PurePosixPath(path).suffix.lower()]


def _read(kind: Kind) -> Web:
    written = PurePosixPath(kind.web)
    if written.is_absolute() or ".." in written.parts or written.suffix not in (".js", ".mjs"):
        raise _wrong(
            kind,
            f"web = {kind.web!r} is no JavaScript file beside the format's",
            'write web = "web/wheel.js"',
        )
    home = _home(kind)
    root = (home / written.parts[0] if len(written.parts) > 1 else home).resolve()
    module = (home / written).resolve()
    if not module.is_file() or root not in module.parents:
        raise _wrong(
            kind,
            f"there is no file {kind.web} in {home}",
            "put it there; a package also needs it in its package data",
        )
    paths = _served(root) if root != home.resolve() else [module]
    files, size = {}, 0
    for path in paths:
        files[path.relative_to(root).as_posix()] = data = path.read_bytes()
        size += len(data)
        if size > MOST_BYTES or len(files) > MOST_FILES:
            limits = f"{MOST_FILES} files and {MOST_BYTES >> 20} MB"
            raise _wrong(kind, f"{root} is larger than {limits}", "serve large things from elsewhere")
    whole = sha256()
    for name, data in sorted(files.items()):
        whole.update(f"{name}\0{len(data)}\0".encode() + data)
    return Web(module.relative_to(root).as_posix(), files, whole.hexdigest()[:16])


def _served(root: Path) -> Iterator[Path]:
    """Files of known types below the folder; nothing hidden, and nothing that a link brings in from elsewhere."""
    for path in sorted(root.rglob("*")):
        hidden = any(part.startswith((".", "__pycache__")) for part in path.relative_to(root).parts)
        inside = root in path.resolve().parents
        if path.suffix.lower() in KINDS and path.is_file() and inside and not hidden:
            yield path


def _home(kind: Kind) -> Path:
    """The folder of the file that says `web`. A file that was loaded by its path is no module that Python knows."""
    owner = next((base for base in kind.__mro__ if "web" in vars(base)), kind)
    functions = [one for one in vars(owner).values() if isinstance(one, FunctionType)]
    known = getattr(sys.modules.get(owner.__module__), "__file__", None)
    file = functions[0].__globals__.get("__file__") if functions else known
    if not file:
        raise _wrong(kind, "its file is not known", "put the class into a file of its own")
    return Path(file).parent


def _wrong(kind: Kind, why: str, hint: str) -> FormatError:
    return FormatError(f"{kind.__name__}: {why}", code="format/web", hint=hint)
