"""The pages: one HTML file for all of them, its assets, and the QR code of a show."""

from __future__ import annotations

import io
from typing import Annotated, Any
from urllib.parse import urlsplit

from fastapi import APIRouter, Path, Request
from fastapi.responses import Response
from starlette.routing import Route

from oncue.engine.structs import ViewerId

from .bundle import Asset, bundle
from .join import find
from .parts import Address, At, Desk, Origin, desk_of, origin_of
from .problems import errors
from .shows import ShowIdPath

__all__ = ["bundle", "router", "routes"]

router = APIRouter()

FOREVER = "public, max-age=31536000, immutable"
"""Vite names assets by their content."""
A_DAY = "public, max-age=86400"
FRAMED = ("j", "overlay", "screen", "replay", "series")
"""Pages that another page of the same origin may frame; nobody may frame the host's console."""
CodePath = Annotated[str, Path(max_length=40, description="the show's code", examples=["QK7XP2"])]


async def page(request: Request) -> Response:
    """Every page is the same file: it reads from its own address what it is."""
    at = desk_of(request)
    response = answered(request, await at.bundle.index(), "no-cache")
    first = request.url.path.strip("/").partition("/")[0]
    response.headers["Content-Security-Policy"] = policy(at, origin_of(request), framed=first in FRAMED)
    return response


async def asset(request: Request) -> Response:
    """A file that the page loads."""
    return answered(request, await desk_of(request).bundle.asset(request.url.path.lstrip("/")), FOREVER)


async def at_root(request: Request) -> Response:
    """A file that browsers look for at the root."""
    return answered(request, await desk_of(request).bundle.asset(request.url.path.lstrip("/")), A_DAY)


routes = [
    *(
        Route(path, page)
        for path in (
            "/",
            "/j/{code}",
            "/host/{show}",
            "/overlay/{code}",
            "/screen/{code}",
            "/replay/{show}",
            "/series/{series}",
        )
    ),
    Route("/assets/{path:path}", asset),
    *(Route(path, at_root) for path in ("/favicon.ico", "/favicon.svg", "/robots.txt")),
]
"""Without FastAPI's own part in it: pages take no parameters, and a hall of phones asks for them at once."""


QR_OK: dict[int | str, dict[str, Any]] = {
    200: {"content": {"image/svg+xml": {"example": '<svg xmlns="http://www.w3.org/2000/svg">…</svg>'}}}
}


@router.get(
    "/j/{code}/qr.svg",
    tags=["join"],
    summary="The QR code of a show, by its code",
    response_class=Response,
    responses={**QR_OK, **errors("show/unknown", "join/too-many", "db/unreachable")},
)
async def qr_by_code(code: CodePath, at: At, who: Address, origin: Origin) -> Response:
    """Of the address at which one joins."""
    card = await find(code, at, who)
    return _qr(f"{origin}/j/{card.code}")


@router.get(
    "/api/shows/{show}/qr.svg",
    tags=["join"],
    summary="The QR code of a show",
    response_class=Response,
    responses={**QR_OK, **errors("show/unknown", "db/unreachable")},
)
async def qr_by_id(show: ShowIdPath, at: At, origin: Origin) -> Response:
    """Of the address at which one joins. Public: it says no more than the show's screen does."""
    card = await at.directory.by_id(show)
    return _qr(f"{origin}/j/{card.code}")


def policy(at: Desk, origin: str, *, framed: bool) -> str:
    """The Content-Security-Policy of a page: its own files, the link, and the relay on whatever port of the same host."""
    here = urlsplit(origin)
    host = f"[{here.hostname}]" if ":" in (here.hostname or "") else here.hostname
    relay = at.services.relay(ViewerId(0))
    elsewhere = urlsplit(relay.url).hostname if relay else None
    connect = [
        "'self'",
        f"ws://{here.netloc}",
        f"wss://{here.netloc}",
        f"https://{host}:*",
        "https://127.0.0.1:*",
    ]
    if elsewhere:
        connect.append(f"https://{f'[{elsewhere}]' if ':' in elsewhere else elsewhere}:*")
    rules = {
        "default-src": "'self'",
        # The player starts its audio worklet and its workers from blobs, and decodes what the browser cannot with WASM.
        "script-src": "'self' blob: 'wasm-unsafe-eval'",
        "worker-src": "'self' blob:",
        "style-src": "'self' 'unsafe-inline'",
        "img-src": "'self' data: blob: https:",
        "media-src": "'self' blob:",
        "connect-src": " ".join(dict.fromkeys(connect)),
        "object-src": "'none'",
        "base-uri": "'none'",
        "form-action": "'self'",
        "frame-ancestors": "'self'" if framed else "'none'",
    }
    return "; ".join(f"{name} {value}" for name, value in rules.items())


def answered(request: Request, asset: Asset, cache: str) -> Response:
    """A file in memory: packed for whoever takes that, and nothing at all for whoever has it."""
    headers = {"Cache-Control": cache, "ETag": asset.tag, "Vary": "Accept-Encoding"}
    if request.headers.get("if-none-match") == asset.tag:
        return Response(status_code=304, headers=headers)
    if asset.packed and "gzip" in request.headers.get("accept-encoding", ""):
        return Response(asset.packed, headers={**headers, "Content-Encoding": "gzip"}, media_type=asset.kind)
    return Response(asset.data, headers=headers, media_type=asset.kind)


def _qr(url: str) -> Response:
    import segno

    out = io.BytesIO()
    # A wide quiet zone and the error correction that survives a projector.
    segno.make(url, error="m", micro=False).save(
        out, kind="svg", scale=8, border=4, dark="#000", light="#fff"
    )
    return Response(out.getvalue(), media_type="image/svg+xml", headers={"Cache-Control": "no-store"})
