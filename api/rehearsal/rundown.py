"""A show in a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from oncue.engine.errors import BadInput


def read_show(file: Path) -> dict[str, Any]:
    """A show as `POST /api/shows` takes it, or its rundown alone. Raises `BadInput` (`rehearse/no-file`, `rehearse/bad-rundown`); what is
    in it the API checks."""
    if not file.is_file():
        raise BadInput(
            f"there is no file {file}",
            code="rehearse/no-file",
            hint="name a rundown (show.json), a format's file (loudest.py), or a format",
        )
    try:
        written = msgspec.json.decode(file.read_bytes(), type=dict[str, Any] | list[dict[str, Any]])
    except msgspec.DecodeError as error:
        raise BadInput(
            f"{file} is no show: {error}",
            code="rehearse/bad-rundown",
            hint='write {"title": ..., "rundown": [{"format": ..., "settings": {...}}]}',
        ) from error
    return written if isinstance(written, dict) else {"rundown": written}
