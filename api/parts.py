"""What the routes work with, and who calls them."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from typing import Annotated

import msgspec
from fastapi import Depends, Query, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from oncue.engine.errors import Denied, Forbidden
from oncue.engine.live import Agreement, Bus, Intake, RelayCard
from oncue.engine.live.series import Series
from oncue.engine.live.store import Store
from oncue.engine.structs import Micros, Role, ViewerId

from .acting import Acting
from .auth import Tokens, is_key
from .bundle import Bundle
from .directory import Directory
from .layers import Figures
from .limits import Limit, address
from .rooms import Rooms
from .series.board import Standing
from .settings import Settings

KEY_HOLDER = ViewerId(1)
"""The viewer id under which the log has what was done with the API key; drawn ids are that low once in 2**53."""
HOST = re.compile(r"[A-Za-z0-9.-]+(:[0-9]+)?|\[[0-9a-fA-F:]+\](:[0-9]+)?")
"""A Host header that may be repeated in links and policies."""


class Services(msgspec.Struct, kw_only=True):
    """What an API process has: made by whoever composes it, used by the routes. `now` is show time in µs; `relay` gives
    where a viewer finds the picture, `studio` the node that has the shows' pictures, or None while no relay runs; `rooms` and
    `agreement` are there for the figures."""

    settings: Settings
    bus: Bus
    intake: Intake
    store: Store
    tokens: Tokens
    now: Callable[[], Micros]
    relay: Callable[[ViewerId], RelayCard | None]
    studio: Callable[[], str | None] = lambda: None
    rooms: Rooms | None = None
    agreement: Agreement | None = None


class Desk(msgspec.Struct, kw_only=True):
    """The services, and what the app itself makes of them. `key` is the API key; `comers` counts new people by show; `replays` lets one log
    be played at a time, `reckons` one public board be reckoned; `boards` has those that were, by series."""

    services: Services
    key: str
    directory: Directory
    acting: Acting
    joins: Limit
    misses: Limit
    calls: Limit
    comers: dict[str, int]
    figures: Figures
    bundle: Bundle
    replays: asyncio.Semaphore = msgspec.field(default_factory=lambda: asyncio.Semaphore(1))
    reckons: asyncio.Semaphore = msgspec.field(default_factory=lambda: asyncio.Semaphore(1))
    boards: dict[str, tuple[Series, float, list[Standing]]] = msgspec.field(default_factory=dict)


class Caller(msgspec.Struct, frozen=True):
    """Who calls a route: the holder of the API key (`show` is empty), or of a token."""

    viewer: ViewerId
    role: Role
    show: str = ""


_bearer = HTTPBearer(auto_error=False, description="The API key, or a host's token.")
Bearer = Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]


# Dependencies are coroutines because FastAPI runs plain functions in threads.


async def desk(request: Request) -> Desk:
    """The app's parts, for a route."""
    return desk_of(request)


async def origin(request: Request) -> str:
    """`scheme://host` under which the caller knows this server, unless the settings say it for all."""
    return origin_of(request)


async def caller_address(request: Request) -> str:
    """Whom limits count for where there is no key."""
    return _address(request)


async def admin(request: Request, bearer: Bearer) -> Caller:
    """Somebody with the API key."""
    at, given = desk_of(request), bearer.credentials if bearer else ""
    if not given:
        raise Denied("there is no API key", code="auth/missing", hint="send Authorization: Bearer <key>")
    if not is_key(given, at.key):
        at.misses.take(_address(request), "limit/reached", "too many wrong keys")
        raise Denied("the API key is not ours", code="auth/forged")
    return _key_holder(at)


async def host(request: Request, show: str, bearer: Bearer) -> Caller:
    """Somebody who may run this show: its host or producer, or somebody with the API key."""
    return _staff(request, show, bearer, Role.HOST | Role.PRODUCER)


async def host_by_link(
    request: Request,
    show: str,
    bearer: Bearer,
    token: Annotated[
        str, Query(max_length=2048, description="a host's token, for links that send no headers")
    ] = "",
) -> Caller:
    """As `host`; a token may also stand in the address, so that a browser downloads what no page could hold."""
    given = bearer or (HTTPAuthorizationCredentials(scheme="Bearer", credentials=token) if token else None)
    return _staff(request, show, given, Role.HOST | Role.PRODUCER)


async def staff(request: Request, bearer: Bearer) -> Caller:
    """The host or producer of any show, or somebody with the API key."""
    return _staff(request, "", bearer, Role.HOST | Role.PRODUCER)


async def moderator(request: Request, show: str, bearer: Bearer) -> Caller:
    """Somebody who may moderate this show, or run it."""
    return _staff(request, show, bearer, Role.HOST | Role.PRODUCER | Role.MODERATOR)


def desk_of(request: Request) -> Desk:
    """The app's parts, for a route that is none of FastAPI's."""
    found: Desk = request.app.state.desk
    return found


def origin_of(request: Request) -> str:
    """As `origin`, for a route that is none of FastAPI's."""
    settings = desk_of(request).services.settings
    if settings.public_url or not HOST.fullmatch(request.url.netloc):
        return settings.base_url
    scheme = request.url.scheme
    if settings.proxies:
        given = request.headers.get("x-forwarded-proto", scheme).split(",")[0].strip()
        scheme = given if given in ("http", "https") else scheme
    return f"{scheme}://{request.url.netloc}"


def _address(request: Request) -> str:
    return address(request.scope, desk_of(request).services.settings.proxies)


def _key_holder(at: Desk) -> Caller:
    at.calls.take("key", "limit/reached", "too many requests")
    return Caller(KEY_HOLDER, Role.HOST)


def _staff(request: Request, show: str, bearer: HTTPAuthorizationCredentials | None, roles: Role) -> Caller:
    at, given = desk_of(request), bearer.credentials if bearer else ""
    if given and is_key(given, at.key):
        return _key_holder(at)
    try:
        claims = at.services.tokens.verify(given, show=show, roles=roles)
    except Forbidden:
        raise
    except Denied:
        at.misses.take(_address(request), "limit/reached", "too many wrong tokens")
        raise
    at.calls.take(f"{claims.viewer}", "limit/reached", "too many requests")
    return Caller(claims.viewer, claims.role, show)


At = Annotated[Desk, Depends(desk)]
Origin = Annotated[str, Depends(origin)]
Address = Annotated[str, Depends(caller_address)]
Admin = Annotated[Caller, Depends(admin)]
Host = Annotated[Caller, Depends(host)]
HostByLink = Annotated[Caller, Depends(host_by_link)]
Staff = Annotated[Caller, Depends(staff)]
Moderator = Annotated[Caller, Depends(moderator)]
