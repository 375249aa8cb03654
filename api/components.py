"""Web components of formats, served from memory: `/formats/<format>/<hash>/<file>`.

An address with the right hash never changes its content. Another hash is that of another version, as a recording of last year names it,
or a node that has a newer one: the answer is where the file is now.
"""

from __future__ import annotations

import asyncio
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from oncue.engine.errors import FormatError, Unknown
from oncue.formats.registry import format_named, versions
from oncue.formats.web import ROOT, Web, content_type, web_of

from .bundle import Asset, packed
from .pages import FOREVER, answered

POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
"""For a file that somebody opens by itself, such as an SVG; what a page loads has the page's."""
KEPT = 200
"""So many files that were asked for stay packed: a hall of phones comes at once."""

_assets: dict[tuple[str, str, str], Asset] = {}


async def component(request: Request) -> Response:
    """A file of a format's component. Raises `Unknown` (`format/no-component`, `http/not-found`)."""
    name, wanted, path = (request.path_params[part] for part in ("name", "hash", "path"))
    name = name.partition("@")[0]  # a file has one address, so that nobody has it packed again under others
    found: Asset | str | None = _assets.get((name, wanted, path))
    if found is None:
        found = await asyncio.to_thread(_asset, name, wanted, path)
    if isinstance(found, str):
        return Response(status_code=307, headers={"Location": found, "Cache-Control": "no-store"})
    response = answered(request, found, FOREVER)
    response.headers["Content-Security-Policy"] = POLICY
    return response


def _asset(name: str, wanted: str, path: str) -> Asset | str:
    """The file, or where it is now."""
    web = _web(name, wanted)
    data = web.files.get(path)
    if data is None:
        raise Unknown(f"format {name!r} has no file {path}", code="http/not-found")
    if web.hash != wanted:
        return f"{ROOT}{quote(name, safe='')}/{web.hash}/{quote(path)}"
    while len(_assets) >= KEPT:
        _assets.pop(next(iter(_assets)), None)
    _assets[name, wanted, path] = asset = packed(data, content_type(path))
    return asset


def _web(name: str, wanted: str) -> Web:
    """What has that hash among the versions of a format; else what its newest has."""
    try:
        newest = web_of(format_named(name))
        if newest and newest.hash == wanted:
            return newest
        for version in versions(name):
            web = web_of(format_named(f"{name}@{version}"))
            if web and web.hash == wanted:
                return web
    except (FormatError, Unknown):
        newest = None
    if newest is None:
        raise Unknown(
            f"there is no format {name!r} with a component",
            code="format/no-component",
            hint="see /api/formats",
        )
    return newest


routes = [Route(f"{ROOT}{{name}}/{{hash}}/{{path:path}}", component)]
