"""Archives for the command line: of a file, or of a show on a running node."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import msgspec

from oncue.api.remote import Remote, refusal
from oncue.api.settings import Settings
from oncue.engine.errors import BadInput, Unavailable

from .archive import Archive

CHUNK = 256 * 1024
_WAIT = httpx.Timeout(15, read=None)
"""A node plays a log before it sends it: that takes its time."""


class Carrier(Remote):
    """The host API of a node, for what is large."""

    @classmethod
    def here(cls) -> Carrier:
        """The node that the environment names."""
        return cls(Settings.read(os.environ))

    def export(self, show: str, *, sign: bool, file: Path) -> None:
        """Write the archive of a show to a file. Raises as `ask`."""
        path = f"/api/shows/{show}/log/export"
        self._save(path, {"sign": str(sign).lower()}, file)

    def lines(self, show: str, file: Path) -> None:
        """Write what all may know of a log to a file, one JSON object a line."""
        self._save(f"/api/shows/{show}/log", {}, file)

    def _save(self, path: str, params: dict[str, str], file: Path) -> None:
        try:
            with self._http.stream("GET", path, params=params, timeout=_WAIT) as answer:
                if answer.is_error:
                    answer.read()
                    raise refusal(answer)
                descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
                with os.fdopen(descriptor, "wb") as out:
                    os.fchmod(out.fileno(), 0o600)
                    for data in answer.iter_bytes(CHUNK):
                        out.write(data)
        except httpx.TransportError as error:
            raise _away(error) from error

    def bring(self, file: Path, wanted: str) -> dict[str, Any]:
        """Import an archive; what the node says of it."""
        params = {"as": wanted} if wanted else {}
        try:
            answer = self._http.post("/api/logs", content=_chunks(file), params=params, timeout=_WAIT)
        except httpx.TransportError as error:
            raise _away(error) from error
        if answer.is_error:
            raise refusal(answer)
        return dict(answer.json())


def _chunks(file: Path) -> Iterator[bytes]:
    with file.open("rb") as data:
        while part := data.read(CHUNK):
            yield part


def _away(error: httpx.TransportError) -> Unavailable:
    return Unavailable(f"the node does not answer: {error}", code="show/no-node", hint="run `oncue serve`")


@contextmanager
def opened(word: str) -> Iterator[Archive]:
    """The archive that a word names: a file, else a show of the node by its id or code."""
    path = Path(word)
    if path.is_file():
        yield Archive(path)
        return
    if path.suffix or os.sep in word:
        raise BadInput(
            f"there is no file {word}", code="archive/none", hint="give an archive, or a show's id or code"
        )
    carrier = Carrier.here()
    found = carrier.show(word)
    with tempfile.TemporaryDirectory(prefix="oncue-") as folder:
        file = Path(folder) / f"{found['id']}.oncue"
        carrier.export(found["id"], sign=False, file=file)
        yield Archive(file)


def public_lines(archive: Archive) -> Iterator[dict[str, Any]]:
    """What became of each entry, as the host API tells it."""
    from oncue.api.results import Played

    played = Played(archive.show)
    for seq, data in archive.messages():
        for line in played.lines(seq, data):
            yield msgspec.json.decode(line)
