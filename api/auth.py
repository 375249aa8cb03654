"""Who somebody is: signed tokens for roles, and the key of the host API."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from typing import Any

import jwt
import msgspec

from oncue.engine.errors import Denied, Forbidden
from oncue.engine.structs import Micros, Role, ViewerId

from .settings import Settings

ALGORITHM = "HS256"
RENEWABLE_S = 30 * 24 * 3600
"""So long after its end an audience token still says who somebody is, to join again."""
VIEWERS = Role.AUDIENCE | Role.GUEST
STAFF = Role.MODERATOR | Role.PRODUCER | Role.HOST
LONGEST = 2048
"""Letters of a token; ours have about 250."""
ROLES = {role.label: role for role in (*VIEWERS, *STAFF, Role.DISPLAY)}
"""The roles that a token can have, by their words."""


class Claims(msgspec.Struct, frozen=True, kw_only=True):
    """What a token says. `exp` and `iat` are seconds since the Unix epoch, as in RFC 7519; other times are µs."""

    viewer: ViewerId
    show: str
    role: Role
    exp: int
    iat: int
    name: str = ""


class Tokens:
    """Signs and checks tokens (JWT, RFC 7519, HMAC-SHA256), with `now` as the clock (µs)."""

    def __init__(self, secret: bytes, *, settings: Settings, now: Callable[[], Micros]) -> None:
        self._secret = secret
        self._now = now
        self._settings = settings

    def sign(self, viewer: ViewerId, show: str, role: Role, name: str = "") -> str:
        """A token for somebody in a show, good for as long as the settings say for the role."""
        hours = self._settings.host_hours if role & STAFF else self._settings.audience_hours
        iat = self._now() // 1_000_000
        claims: dict[str, Any] = {"sub": str(viewer), "show": show, "role": role.label}
        claims |= {"iat": iat, "exp": iat + hours * 3600}
        return jwt.encode({**claims, "name": name} if name else claims, self._secret, ALGORITHM)

    def viewer_for(self, show: str, person: str) -> ViewerId:
        """The viewer that somebody whom the host's own system knows is in a show: always the same one."""
        drawn = hmac.digest(self._secret, f"viewer/{show}/{person}".encode(), "sha256")
        return ViewerId(int.from_bytes(drawn[:8], "big") % (2**53 - 1000) + 1000)

    def verify(self, token: str, *, show: str = "", roles: Role | None = None, grace_s: int = 0) -> Claims:
        """What a token says, when it is ours, good (or ended less than `grace_s` seconds ago), for this show (empty:
        any) and one of these roles (None: any).

        Raises `Denied` (`auth/missing`, `auth/forged`, `auth/expired`) or `Forbidden` (`auth/other-show`,
        `auth/forbidden`).
        """
        claims = self._claims(token)
        if claims.exp + grace_s <= self._now() // 1_000_000:
            raise Denied("the token has expired", code="auth/expired", hint="join again")
        if show and claims.show != show:
            raise Forbidden("the token is for another show", code="auth/other-show")
        if roles is not None and not claims.role & roles:
            raise Forbidden(f"the role {claims.role.label} may not do this", code="auth/forbidden")
        return claims

    def _claims(self, token: str) -> Claims:
        if not token:
            raise Denied("there is no token", code="auth/missing", hint="send Authorization: Bearer <token>")
        try:
            if len(token) > LONGEST:
                raise ValueError("too long")
            # The end is compared with show time, which a test can set, not with the library's own clock.
            said = jwt.decode(
                token, self._secret, [ALGORITHM], options={"verify_exp": False, "verify_iat": False}
            )
            return Claims(
                viewer=ViewerId(int(said["sub"])),
                show=str(said["show"]),
                role=ROLES[said["role"]],
                exp=int(said["exp"]),
                iat=int(said["iat"]),
                name=str(said.get("name", "")),
            )
        except (jwt.InvalidTokenError, KeyError, TypeError, ValueError) as error:
            raise Denied("the token is not one of ours", code="auth/forged", hint="join again") from error


def is_key(given: str, key: str) -> bool:
    """Whether this is the key, in a time that does not tell how near it comes."""
    return hmac.compare_digest(given.encode(), key.encode())
