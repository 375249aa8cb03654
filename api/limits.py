"""How much one address or one key may ask for, and how large a request may be."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from ipaddress import IPv6Address, ip_address

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from oncue.engine.errors import TooMany
from oncue.engine.structs import Micros, seconds

KEYS = 100_000
"""Keys remembered by a limit; above that those that are at rest are forgotten."""


class Limit:
    """`burst` at once, then `rate` a second, for each key: a leaky bucket in one integer (GCRA, ITU-T I.371)."""

    def __init__(self, rate: float, burst: int, now: Callable[[], Micros]) -> None:
        self._span = seconds(1 / rate)
        self._slack = self._span * (burst - 1)
        self._now = now
        self._due: dict[str, Micros] = {}

    def wait(self, key: str) -> Micros:
        """Takes one, and gives 0; or takes none, and gives the span until one may be taken (µs)."""
        now = self._now()
        due = max(self._due.get(key, 0), now)
        if due - now > self._slack:
            return due - now - self._slack
        if len(self._due) >= KEYS:
            self._due = {other: at for other, at in self._due.items() if at > now}
        self._due[key] = due + self._span
        return 0

    def take(self, key: str, code: str, message: str) -> None:
        """Takes one. Raises `Later` (with this code)."""
        if wait := self.wait(key):
            raise Later(message, code=code, wait=wait)


class Later(TooMany):
    """Too many; after `wait` µs it may be tried again."""

    def __init__(self, message: str, *, code: str, wait: Micros) -> None:
        super().__init__(message, code=code, hint=f"try again in {max(1, -(-wait // 1_000_000))} s")
        self.wait = wait


def address(scope: Scope, proxies: int) -> str:
    """Whom a limit counts for: the address that the outermost of our `proxies` saw; of IPv6 the /64, which one home has."""
    client = scope.get("client")
    found = client[0] if client else ""
    if proxies:
        headers = [value.decode("latin-1") for name, value in scope["headers"] if name == b"x-forwarded-for"]
        hops = [hop.strip() for hop in ",".join(headers).split(",") if hop.strip()]
        found = hops[-proxies] if len(hops) >= proxies else found
    try:
        parsed = ip_address(found)
    except ValueError:
        return found
    if isinstance(parsed, IPv6Address) and not parsed.ipv4_mapped:
        return f"{IPv6Address(int(parsed) >> 64 << 64)}/64"
    return found


class BodyLimit:
    """ASGI: a request body of more than `most` bytes ends with 413 (`input/too-large`); of a path in `larger`, of more than that."""

    def __init__(self, app: ASGIApp, *, most: int, larger: Mapping[str, int] | None = None) -> None:
        self.app = app
        self.most = most
        self.larger = larger or {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        got, most = 0, self.larger.get(scope["path"], self.most)

        async def counted() -> Message:
            nonlocal got
            message = await receive()
            got += len(message.get("body", b""))
            if got > most:
                # FastAPI makes any other error while it reads the body a 400.
                raise HTTPException(413, f"this request's body has at most {most} bytes")
            return message

        await self.app(scope, counted, send)
