"""Where a show's picture comes from."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Protocol

import moq
import msgspec

from oncue.engine.errors import BadInput

from .clips import read_clip
from .files import open_file
from .pace import Now
from .picture import Picture, TestCard
from .remote import Remote
from .streams import SCHEMES, StreamSource

LOOP = "?loop"
LONGEST = 255
"""Bytes of a file's name."""
KINDS = (".mp4", ".m4v", ".mov")


class Source(Protocol):
    """Something that plays into a broadcast until it is cancelled. `live` ones only play; `length` in µs, 0: endless or not known."""

    live: bool

    @property
    def length(self) -> int: ...

    async def run(self, broadcast: moq.BroadcastProducer, now: Now, remote: Remote | None = None) -> None:
        """Play as the remote says, stamped in show time by `now`. Owns the broadcast: announces it and closes it at the end."""


class Media(msgspec.Struct, frozen=True):
    """A file of the media folder: its `name` is a source. `length` in µs; `why` it cannot be played, and what to do (empty: it can)."""

    name: str
    length: int = 0
    why: str = ""
    hint: str = ""


async def open_source(spec: str, *, loop: bool = True) -> Source:
    """The source that a show names: `test`, `test:640x360@15` (width, height, frames per second), the address of a live stream (rtsp,
    rtmp, srt, http or https), or the path of an MP4 file, which plays round and round with `loop` or when `?loop` stands behind it.

    It opens whatever it is told to: who may name what is for `named` and the API to say. Raises BadInput with code `media/picture`,
    `media/unreadable` or `media/unsupported`; its hint says what would do.
    """
    if spec == "test":
        return TestCard()
    if spec.startswith("test:"):
        found = re.fullmatch(r"test:(\d{1,4})x(\d{1,4})@(\d{1,3})", spec)
        if found is None:
            raise BadInput(f"no test picture {spec!r}", code="media/picture", hint="as in test:640x360@15")
        return TestCard(Picture(*(int(number) for number in found.groups())))
    if is_stream(spec):
        return StreamSource(spec)
    path = Path(spec.removesuffix(LOOP))
    return await asyncio.to_thread(open_file, path, loop=loop or spec.endswith(LOOP))


def is_stream(spec: str) -> bool:
    """Whether this is the address of a live stream."""
    return spec.partition("://")[0].lower() in SCHEMES and "://" in spec


def named(folder: Path, name: str) -> Path:
    """The file of the media folder with this name, without `?loop`. Raises BadInput (`media/unreadable`): also for what lies elsewhere."""
    name = name.removesuffix(LOOP)
    path = folder / name
    plain = 0 < len(name.encode(errors="replace")) <= LONGEST and Path(name).name == name
    if not plain or name.startswith(".") or not path.is_file():
        raise BadInput(f"there is no film {name[:40]!r} in the media folder", code="media/unreadable")
    if path.resolve().parent != folder.resolve():
        raise BadInput(f"{name!r} lies outside of the media folder", code="media/unreadable")
    return path


_known: dict[tuple[str, int, int], Media] = {}


def list_media(folder: Path) -> list[Media]:
    """The films in the media folder, by name. Looks through each of them once, and again when it has changed."""
    if not folder.is_dir():
        return []
    return [_listed(path) for path in sorted(folder.iterdir()) if path.suffix.lower() in KINDS]


def _listed(path: Path) -> Media:
    try:
        found = path.stat()
    except OSError as error:
        return Media(path.name, why=error.strerror or str(error))
    key = (str(path), found.st_size, found.st_mtime_ns)
    if key not in _known:
        try:
            length = read_clip(named(path.parent, path.name)).length
            _known[key] = Media(path.name, int(length * 1_000_000))
        except BadInput as error:
            _known[key] = Media(path.name, why=error.message, hint=error.hint)
    return _known[key]
