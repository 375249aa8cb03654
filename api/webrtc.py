"""WHIP (RFC 9725) and WHEP (draft-ietf-wish-whep) over HTTP: who offers, gets an answer; the node that has the relay has the session.

| method and path | what happens |
|---|---|
| `POST /whip/{show}` | publish: camera and sound of somebody on the way to the stage |
| `POST /whip/{show}?seat=programme` | the same by a host or producer, in place of the show's own source |
| `POST /whep/{show}/{seat}` | watch a seat, or `programme` |
| `PATCH` on the answer's `Location` | more ICE candidates |
| `DELETE` there | the end |

The token is a bearer token, or `?token=` where a client can send no header; then `Location` has it as well.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from oncue.engine.errors import BadInput, Denied, Forbidden, OncueError, Unavailable, Unknown
from oncue.engine.live.messages import RtcAnswer, RtcAsk, encode, read_rtc_answer

from .auth import Claims
from .limits import address
from .parts import Desk, desk_of
from .problems import answer

SDP, FRAGMENT = "application/sdp", "application/trickle-ice-sdpfrag"
MOST = 64 * 1024
"""Letters of a session description; Chromium's with all codecs has some 8,000."""
PATIENCE_S = 10.0
SEAT = re.compile(r"[A-Za-z0-9_-]{1,40}")
SHOW = re.compile(r"[a-z0-9]{1,40}")
RESOURCE = re.compile(r"([A-Za-z0-9_-]{22})~([a-z0-9-]{1,40})")
"""A session and the node that has it."""
ANYWHERE = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "Location, ETag, Link, Retry-After, Accept-Post, Accept-Patch",
}
"""Who has a token may use it from any page: it is not sent by itself, as a cookie is."""
PREFLIGHT = {
    "Access-Control-Allow-Methods": "POST, PATCH, DELETE, OPTIONS",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, If-Match",
    "Access-Control-Max-Age": "86400",
    "Accept-Post": SDP,
    "Accept-Patch": FRAGMENT,
}

Endpoint = Callable[[Request], Awaitable[Response]]


def anywhere(endpoint: Endpoint) -> Endpoint:
    """An endpoint that pages of any origin may use, and whose errors they may read."""

    async def open_endpoint(request: Request) -> Response:
        try:
            response = await endpoint(request)
        except OncueError as error:
            response = answer(error)
        response.headers.update(ANYWHERE)
        return response

    return open_endpoint


async def publish(request: Request) -> Response:
    """An offer to publish."""
    return await _open(request, "publish", request.query_params.get("seat", ""))


async def watch(request: Request) -> Response:
    """An offer to watch."""
    seat = request.path_params["seat"]
    if not SEAT.fullmatch(seat):
        raise Unknown("there is no such seat", code="rtc/seat")
    return await _open(request, "watch", seat)


async def trickle(request: Request) -> Response:
    """More candidates."""
    etag = request.headers.get("if-match", "")
    if not etag:
        raise BadInput("If-Match is missing", code="rtc/no-etag", hint="send the ETag of the answer")
    body = await _body(request, FRAGMENT)
    await _on_session(request, "trickle", etag=etag, body=body)
    return Response(status_code=204)


async def end(request: Request) -> Response:
    """No more."""
    await _on_session(request, "end")
    return Response(status_code=200)


async def preflight(request: Request) -> Response:
    """What may be asked, and the ICE servers to use."""
    return Response(status_code=204, headers={**PREFLIGHT, **_servers(desk_of(request))})


routes = [
    Route("/whip/{show}", anywhere(publish), methods=["POST"]),
    Route("/whep/{show}/{seat}", anywhere(watch), methods=["POST"]),
    *(
        Route(path, anywhere(endpoint), methods=[method])
        for path in ("/whip/{show}/{resource}", "/whep/{show}/{seat}/{resource}")
        for endpoint, method in ((trickle, "PATCH"), (end, "DELETE"))
    ),
    *(
        Route(path, anywhere(preflight), methods=["OPTIONS"])
        for path in (
            "/whip/{show}",
            "/whep/{show}/{seat}",
            "/whip/{show}/{resource}",
            "/whep/{show}/{seat}/{resource}",
        )
    ),
]
"""Without FastAPI's own part in them: they speak SDP, not JSON."""


async def _open(request: Request, do: str, seat: str) -> Response:
    at = desk_of(request)
    show = _show(request)
    token, claims = _who(request, show)
    at.calls.take(f"{claims.viewer}", "limit/reached", "too many requests")
    body = await _body(request, SDP)
    node = at.services.studio()
    if node is None:
        raise Unavailable("no media node can be reached", code="rtc/no-node", hint="try again in a moment")
    said = await _ask(at, node, RtcAsk(do, show, token, seat, body=body))
    place = f"{request.url.path.rstrip('/')}/{said.resource}~{node}"
    if "token" in request.query_params:
        place += f"?token={quote(token)}"
    headers = {"Location": place, "ETag": said.etag, "Accept-Patch": FRAGMENT, **_servers(at)}
    return Response(said.body, 201, headers, SDP)


async def _on_session(request: Request, do: str, *, etag: str = "", body: str = "") -> None:
    at, show = desk_of(request), _show(request)
    token, claims = _who(request, show)
    at.calls.take(f"{claims.viewer}", "limit/reached", "too many requests")
    found = RESOURCE.fullmatch(request.path_params["resource"])
    if found is None:
        raise Unknown("there is no such session", code="rtc/unknown")
    try:
        await _ask(at, found[2], RtcAsk(do, show, token, resource=found[1], etag=etag, body=body))
    except Unavailable as error:
        # The node is gone, and the session with it.
        raise Unknown("there is no such session any more", code="rtc/unknown") from error


async def _ask(at: Desk, node: str, ask: RtcAsk) -> RtcAnswer:
    said = read_rtc_answer(await at.services.bus.request(f"rtc.{node}", encode(ask), timeout=PATIENCE_S))
    if said.refused:
        code, message, hint = said.refused
        raise OncueError(message, code=code, hint=hint)
    return said


def _show(request: Request) -> str:
    show: str = request.path_params["show"]
    if not SHOW.fullmatch(show):
        raise Unknown("there is no such show", code="show/unknown")
    return show


def _who(request: Request, show: str) -> tuple[str, Claims]:
    at = desk_of(request)
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    token = given.strip() if scheme.lower() == "bearer" else request.query_params.get("token", "")
    try:
        return token, at.services.tokens.verify(token, show=show)
    except Forbidden:
        raise
    except Denied:
        who = address(request.scope, at.services.settings.proxies)
        at.misses.take(who, "limit/reached", "too many wrong tokens")
        raise


async def _body(request: Request, kind: str) -> str:
    given = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if given != kind:
        raise BadInput(f"the body is not {kind}", code="rtc/content-type", hint=f"send Content-Type: {kind}")
    body = await request.body()
    if len(body) > MOST:
        raise BadInput(f"more than {MOST} bytes", code="input/too-large")
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        raise BadInput("the body is not text", code="rtc/sdp") from error


def _servers(at: Desk) -> dict[str, str]:
    """RFC 9725, section 4.6."""
    servers = [url.strip() for url in at.services.settings.ice_servers.split(",") if url.strip()]
    return {"Link": ", ".join(f'<{url}>; rel="ice-server"' for url in servers)} if servers else {}
