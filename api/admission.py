"""Who may come to a relay on this node, and where it says that it is: what the studio's relay and its branches have in common."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

from oncue.engine.errors import Denied
from oncue.engine.live.messages import read_put_off
from oncue.media import Grant

from .auth import Tokens
from .settings import EVERYWHERE, Settings


class Admission:
    """Lets people in by their token, into shows that are on, unless they were put off for good."""

    def __init__(self, tokens: Tokens) -> None:
        self._tokens = tokens
        self._on: set[str] = set()
        self._off: set[tuple[str, int]] = set()

    def admit(self, token: str) -> Grant:
        """What the token allows. Raises `Denied` (`auth/…`, `show/kicked`, `show/closed`)."""
        claims = self._tokens.verify(token)
        if (claims.show, claims.viewer) in self._off:
            raise Denied("you were put off this show", code="show/kicked")
        if claims.show not in self._on:
            raise Denied("this show is not on", code="show/closed")
        return Grant(claims.show, claims.viewer, claims.role.label, expires=claims.exp * 1_000_000)

    def open(self, show: str) -> None:
        """The show is on."""
        self._on.add(show)

    def close(self, show: str) -> None:
        """It is over."""
        self._on.discard(show)
        self._off = {one for one in self._off if one[0] != show}

    def ban(self, show: str, viewer: int) -> None:
        """Nobody lets this viewer into this show any more."""
        self._off.add((show, viewer))

    def put_off(self, where: str, data: bytes, *doors: Callable[[str, int], object]) -> None:
        """What came on `show.<id>.out`: who was put off leaves by all of these doors, and some never come back."""
        show = where.split(".")[1]
        for viewer, for_good in read_put_off(data):
            if for_good:
                self.ban(show, viewer)
            for leave in doors:
                leave(show, viewer)


def names(settings: Settings) -> tuple[str, ...]:
    """What browsers may call this machine: for certificates."""
    public = urlsplit(settings.public_url).hostname
    host = () if settings.host in EVERYWHERE else (settings.host,)
    return tuple(dict.fromkeys(("localhost", "127.0.0.1", *host, *((public,) if public else ()))))


def address(settings: Settings, host: str, port: int) -> str:
    """The URL of what listens there."""
    host = urlsplit(settings.public_url).hostname or host
    return f"https://{f'[{host}]' if ':' in host else host}:{port}/"
