"""The built pages in memory."""

from __future__ import annotations

import asyncio
import gzip
import mimetypes
from hashlib import sha256
from pathlib import Path

import msgspec

from oncue.engine.errors import Unavailable, Unknown

SHRINKS = ("text/", "application/javascript", "application/json", "application/wasm", "image/svg+xml")
NOT_BUILT = b"""<!doctype html><meta charset="utf-8"><title>oncue</title>
<p>The pages are not built: run <code>make setup</code>.</p>"""


def bundle() -> Path:
    """The folder of the built pages: in the wheel beside this file, in a checkout web/dist. Raises `Unavailable`
    (`pages/not-built`)."""
    here = Path(__file__).resolve().parent
    for folder in (here / "web", here.parent / "web" / "dist"):
        if (folder / "index.html").is_file():
            return folder
    raise Unavailable("the pages are not built", code="pages/not-built", hint="run `make setup`")


class Asset(msgspec.Struct, frozen=True):
    """A file of the bundle in memory, plain and packed (empty: packing gains nothing)."""

    data: bytes
    packed: bytes
    kind: str
    tag: str


class Bundle:
    """The built pages. Files are read and packed once, when they are first asked for: a hall of phones comes at once."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder.resolve() if folder else None
        self._assets: dict[str, Asset] = {}
        self._reading: dict[str, asyncio.Task[Asset]] = {}

    async def asset(self, name: str) -> Asset:
        """A file below the bundle's folder. Raises `Unknown` (`http/not-found`)."""
        if name not in self._assets:
            path = self._path(name)
            if name not in self._reading:
                self._reading[name] = asyncio.create_task(asyncio.to_thread(_read, path))
            self._assets[name] = await asyncio.shield(self._reading[name])
            self._reading.pop(name, None)
        return self._assets[name]

    async def index(self) -> Asset:
        """The one HTML file; without a bundle, a page that says so."""
        if self._folder is None:
            return Asset(NOT_BUILT, b"", "text/html; charset=utf-8", "not-built")
        return await self.asset("index.html")

    def _path(self, name: str) -> Path:
        path = (self._folder / name).resolve() if self._folder else None
        if path is None or self._folder not in path.parents or not path.is_file():
            raise Unknown(f"there is no file {name}", code="http/not-found")
        return path


def found_bundle() -> Bundle:
    """The bundle that is installed, or one that says that there is none."""
    try:
        return Bundle(bundle())
    except Unavailable:
        return Bundle(None)


def _read(path: Path) -> Asset:
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    kind = "application/javascript" if kind == "text/javascript" else kind
    full = f"{kind}; charset=utf-8" if kind.startswith(("text/", "application/javascript")) else kind
    return packed(path.read_bytes(), full)


def packed(data: bytes, kind: str) -> Asset:
    """A file of this MIME type, packed if that makes it smaller."""
    small = gzip.compress(data, 6, mtime=0) if kind.startswith(SHRINKS) and len(data) > 1000 else b""
    return Asset(data, small, kind, f'"{sha256(data).hexdigest()[:20]}"')
