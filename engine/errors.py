"""The tree of errors.

OncueError          anything that oncue says no to, or that went wrong
├── Reject          somebody may not do this, now; the show goes on
├── FormatError     a format's author erred; raised when the class is defined or a setting is read
├── BadInput        what came from outside is malformed, oversized or of the wrong type
├── Denied          no token, or one that does not allow this
├── Unknown         no such show, segment, format or code
├── Conflict        the thing is not in a state that allows this
├── TooMany         a limit on rate, size or number was reached
└── Unavailable     a part that is needed cannot be reached now; try again
"""

from __future__ import annotations

from typing import ClassVar


class OncueError(Exception):
    """Base of all errors that people see.

    `code` is stable and for programs (`segment/closed`), `message` says what was wrong, `hint` what to do, `status` is the HTTP status.
    """

    status: ClassVar[int] = 500
    default: ClassVar[str] = "oncue/error"

    def __init__(self, message: str, *, code: str | None = None, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.code = code or self.default
        self.hint = hint

    def as_dict(self) -> dict[str, str]:
        """`{"code", "message", "hint"}`, the shape of every error on every wire."""
        return {"code": self.code, "message": self.message, "hint": self.hint}


class Reject(OncueError):
    """Raised by a handler: the one who acted may not do this now. Leaves no trace in the state; they hear why."""

    status = 409
    default = "action/refused"


class FormatError(OncueError):
    """A format, its settings or its registration is wrong. Raised at import or when a rundown is read, never in a show."""

    status = 422
    default = "format/error"


class BadInput(OncueError):
    """A message, body, setting or file that cannot be understood."""

    status = 400
    default = "input/bad"


class Denied(OncueError):
    """Missing, forged or expired token, or a role that may not do this (`auth/forbidden`, 403)."""

    status = 401
    default = "auth/denied"


class Forbidden(Denied):
    """The token is good; its role may not do this."""

    status = 403
    default = "auth/forbidden"


class Unknown(OncueError):
    """No such thing."""

    status = 404
    default = "oncue/unknown"


class Conflict(OncueError):
    """It exists, but not in a state that allows this."""

    status = 409
    default = "oncue/conflict"


class TooMany(OncueError):
    """A limit on rate, size or number."""

    status = 429
    default = "limit/reached"


class Unavailable(OncueError):
    """A needed part cannot be reached at the moment."""

    status = 503
    default = "oncue/unavailable"
