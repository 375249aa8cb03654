"""Where a show's picture comes from."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Protocol

import moq

from oncue.engine.errors import BadInput

from .files import open_file
from .pace import Now
from .picture import Picture, TestCard


class Source(Protocol):
    """Something that plays into a broadcast until it is cancelled."""

    async def run(self, broadcast: moq.BroadcastProducer, now: Now) -> None:
        """Play, stamped in show time by `now`. Owns the broadcast: announces it and closes it at the end."""


async def open_source(spec: str) -> Source:
    """The source that a show names: `test`, `test:640x360@15` (width, height, frames per second), or the path of an MP4 file.

    Raises BadInput with code `media/picture`, `media/unreadable` or `media/unsupported`; its hint says what would do.
    """
    if spec == "test":
        return TestCard()
    if spec.startswith("test:"):
        found = re.fullmatch(r"test:(\d{1,4})x(\d{1,4})@(\d{1,3})", spec)
        if found is None:
            raise BadInput(f"no test picture {spec!r}", code="media/picture", hint="as in test:640x360@15")
        return TestCard(Picture(*(int(number) for number in found.groups())))
    return await asyncio.to_thread(open_file, Path(spec))
