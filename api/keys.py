"""What is secret on a node: set by the environment, or made once and kept in the data folder."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from oncue.engine.errors import BadInput

from .settings import Settings


def signing_secret(settings: Settings) -> bytes:
    """What signs tokens: ONCUE_SECRET, else what is kept in the data folder. Raises `BadInput` (`settings/open`)."""
    return (settings.secret or _kept(settings.folder / "secret")).encode()


def api_key(settings: Settings) -> str:
    """The key of the host API: ONCUE_API_KEY, else what the data folder keeps. Raises `BadInput` (`settings/open`)."""
    return settings.api_key or _kept(settings.folder / "api-key")


def _kept(path: Path) -> str:
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f".{path.name}-{os.getpid()}-{secrets.token_hex(4)}")
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_hex(32))
        try:  # a link appears whole or not at all, and the first of several processes wins
            path.hardlink_to(draft)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    if path.stat().st_mode & 0o007:
        raise BadInput(f"anybody can read {path}", code="settings/open", hint=f"chmod 600 {path}")
    return path.read_text().strip()
