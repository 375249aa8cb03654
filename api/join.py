"""The public door: into a show by its code, with no account."""

from __future__ import annotations

from urllib.parse import urlsplit, urlunsplit

from fastapi import APIRouter

from oncue.engine.errors import Conflict, Denied, TooMany, Unknown
from oncue.engine.live import ClockCard, RelayCard, ShowCard
from oncue.engine.structs import Role, ViewerId

from .auth import RENEWABLE_S, VIEWERS, Claims
from .ids import new_viewer, read_code
from .models import ClockDoor, JoinBody, Joined, Relay, ShowIn, Urls
from .parts import Address, At, Bearer, Desk, Origin
from .problems import errors
from .settings import EVERYWHERE, LOCAL

router = APIRouter(tags=["join"])


@router.post(
    "/api/join",
    summary="Join a show by its code",
    responses=errors("show/unknown", "show/closed", "show/full", "join/too-many", "db/unreachable"),
)
async def join(body: JoinBody, at: At, who: Address, origin: Origin) -> Joined:
    """Gives an identity in the show, as a signed token, and where its link and its picture are.

    With an earlier token of the same show one stays the same person, also for 30 days after the token has expired; so does one with a
    token of the show that this one was forked from. A token that cannot be used is ignored: one gets a new identity.
    """
    at.joins.take(who, "join/too-many", "too many people join from your network at once")
    card = await find(body.code, at, who)
    if card.state != "open":
        raise Conflict("the show is over", code="show/closed")
    role = Role.DISPLAY if body.as_ == "display" else Role.AUDIENCE
    known = _known(body.token, (card.id, *card.of), role, at)
    if known is None:
        _count(card.id, at)
    at.figures.joins.labels("yes" if known else "no").inc()
    viewer, role = (known.viewer, known.role) if known else (new_viewer(), role)
    token = at.services.tokens.sign(viewer, card.id, role, known.name if known else "")
    return joined(at, card, token, viewer, role, origin)


@router.get(
    "/api/session",
    summary="What a token is good for",
    responses=errors(
        "auth/missing", "auth/forged", "auth/expired", "show/unknown", "limit/reached", "db/unreachable"
    ),
)
async def session(at: At, bearer: Bearer, who: Address, origin: Origin) -> Joined:
    """The same as joining gives, for a token that one has already: a host's or moderator's from their link."""
    try:
        claims = at.services.tokens.verify(bearer.credentials if bearer else "")
    except Denied:
        at.misses.take(who, "limit/reached", "too many wrong tokens")
        raise
    card = await at.directory.by_id(claims.show)
    assert bearer
    return joined(at, card, bearer.credentials, claims.viewer, claims.role, origin)


def joined(at: Desk, card: ShowCard, token: str, viewer: ViewerId, role: Role, origin: str) -> Joined:
    """The answer to whoever comes into a show."""
    relay = at.services.relay(viewer)
    clock = relay.clock if relay else None
    return Joined(
        token=token,
        viewer=viewer,
        role=role.label,
        show=ShowIn(id=card.id, code=card.code, title=card.title),
        link=f"ws{origin.removeprefix('http')}/link",
        relay=Relay(url=relay_url(relay, origin, token), fingerprint=relay.fingerprint) if relay else None,
        clock=ClockDoor(url=relay_url(clock, origin, token), fingerprint=clock.fingerprint)
        if clock
        else None,
        urls=Urls(join=f"{origin}/j/{card.code}"),
    )


def relay_url(relay: RelayCard | ClockCard, origin: str, token: str) -> str:
    """Where this caller finds the relay or the clock: what is this machine for the relay has the page's host for others."""
    url, page = urlsplit(relay.url), urlsplit(origin).hostname or ""
    netloc = url.netloc
    if url.hostname in (*EVERYWHERE, *LOCAL):
        # A browser may look for `localhost` at ::1, where nothing listens.
        host = "127.0.0.1" if page == "localhost" else f"[{page}]" if ":" in page else page
        netloc = f"{host}:{url.port}" if url.port else host
    return urlunsplit((url.scheme, netloc, url.path or "/", f"token={token}", ""))


async def find(code: str, at: Desk, who: str) -> ShowCard:
    """The show with this code. Raises `Unknown` (`show/unknown`), and `Later` for an address that tries too many."""
    try:
        return await at.directory.by_code(read_code(code))
    except Unknown:
        at.misses.take(who, "join/too-many", "too many codes that are none")
        raise


def _known(token: str, shows: tuple[str, ...], role: Role, at: Desk) -> Claims | None:
    roles = Role.DISPLAY if role == Role.DISPLAY else VIEWERS
    try:
        claims = at.services.tokens.verify(token, roles=roles, grace_s=RENEWABLE_S) if token else None
    except Denied:
        return None
    return claims if claims and claims.show in shows else None


def _count(show: str, at: Desk) -> None:
    comers = at.comers.get(show, 0)
    if comers >= at.services.settings.people:
        raise TooMany("the show is full", code="show/full")
    at.comers[show] = comers + 1
