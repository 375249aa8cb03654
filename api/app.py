"""The HTTP side of a node: pages and host API. The link is not here: see socket.py."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.responses import Response
from fastapi.routing import APIRoute
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from oncue.engine.errors import Unavailable

from . import (
    asyncapi,
    components,
    fairness,
    join,
    pages,
    recordings,
    results,
    rundown,
    shows,
    sources,
    stage,
    upgrades,
    webrtc,
)
from .acting import Acting
from .bundle import found_bundle
from .directory import Directory
from .keys import api_key
from .layers import Figures, Requests
from .limits import BodyLimit, Limit
from .log import routes as log
from .models import Health
from .parts import Admin, At, Desk, Services
from .problems import Problem, errors, handle_errors
from .series import routes as series
from .webhooks import routes as webhooks

__all__ = ["Services", "create_app"]

DESCRIPTION = """Runs live shows in which the audience takes part.

Make a show with the API key, pass its links on, and run it from the console or from here. What people do in a show goes
over the link (WebSocket `/link`), not over this API. Every error is `{"code", "message", "hint"}`; codes are stable.
"""
MISSES_PER_S, MISSES = 5, 300
"""Wrong codes, keys and tokens from one address."""

router = APIRouter(tags=["node"])


def create_app(services: Services) -> FastAPI:
    """The ASGI app of an API process. The services are its maker's to open and to close."""
    desk = make_desk(services)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        desk.directory.start()
        yield
        await desk.directory.stop()

    app = FastAPI(
        title="oncue",
        version=_version(),
        description=DESCRIPTION,
        lifespan=lifespan,
        openapi_url="/api/openapi.json",
        docs_url=None,  # its page comes from another host, which a page's policy forbids
        redoc_url=None,
        generate_unique_id_function=_operation,
        redirect_slashes=False,
    )
    app.state.desk = desk
    app.openapi = lambda: _described(app)  # type: ignore[method-assign]  # the documented way to change it
    for part in (
        join,
        shows,
        rundown,
        upgrades,
        stage,
        results,
        log,
        fairness,
        sources,
        recordings,
        webhooks,
        series,
        asyncapi,
        pages,
    ):
        app.include_router(part.router)
    app.include_router(router)
    app.router.routes[:0] = [*pages.routes, *components.routes, *webrtc.routes]
    handle_errors(app)
    settings = services.settings
    app.add_middleware(BodyLimit, most=settings.body_bytes, larger={"/api/logs": settings.archive_bytes})
    app.add_middleware(Requests, figures=desk.figures, secure=settings.public_url.startswith("https"))
    return app


def make_desk(services: Services) -> Desk:
    """What the routes work with."""
    settings, now = services.settings, services.now
    figures = Figures()
    if rooms := services.rooms:
        figures.gauge("oncue_links", "Links that are open", lambda: len(rooms.links))
        figures.playouts(lambda: {show: room.in_step() for show, room in rooms.rooms.items()})
    if agreement := services.agreement:
        meaning = "How far this node's clock is from the one that it agrees with the least"
        figures.gauge("oncue_clock_disagreement_seconds", meaning, lambda: agreement.worst / 1e6)
    return Desk(
        services=services,
        key=api_key(settings),
        directory=Directory(services.bus, services.store),
        acting=Acting(services.bus, services.intake, now=now),
        joins=Limit(settings.join_rate, settings.join_burst, now),
        misses=Limit(MISSES_PER_S, MISSES, now),
        calls=Limit(settings.api_rate, settings.api_rate * 4, now),
        comers={},
        figures=figures,
        bundle=found_bundle(),
    )


@router.get(
    "/healthz",
    summary="Whether this node can work",
    responses={503: {"model": Health, "description": "NATS or the database cannot be reached"}, **errors()},
)
async def healthz(at: At, response: Response) -> Health:
    """200 while NATS and the database answer; 503 tells a load balancer to look elsewhere."""
    nats = "ok" if at.services.bus.client.is_connected else "cannot be reached"
    try:
        await at.services.store.ping()
        database = "ok"
    except Unavailable:
        database = "cannot be reached"
    well = (nats, database) == ("ok", "ok")
    response.status_code = 200 if well else 503
    return Health(status="ok" if well else "failing", nats=nats, database=database)


@router.get(
    "/metrics",
    summary="Figures for Prometheus",
    response_class=Response,
    responses={200: {"content": {"text/plain": {"example": "oncue_links 214.0\n"}}}, **errors(*shows.KEY)},
)
async def metrics(at: At, _: Admin) -> Response:
    """With the API key, as `bearer_token` in the scrape's configuration."""
    return Response(generate_latest(at.figures.registry), media_type=CONTENT_TYPE_LATEST)


def _described(app: FastAPI) -> dict[str, Any]:
    """OpenAPI as FastAPI makes it, with our own problems where it puts its own."""
    made = FastAPI.openapi(app)
    for operations in made["paths"].values():
        for operation in operations.values():
            answers = operation["responses"]
            if "HTTPValidationError" in str(answers.get("422")):
                del answers["422"]
                _add(answers, "input/invalid")
            if "requestBody" in operation:
                _add(answers, "input/malformed", "input/too-large")
            operation["responses"] = dict(sorted(answers.items()))
    schemas = made["components"]["schemas"]
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    schemas["Problem"] = Problem.model_json_schema()
    return made


def _add(answers: dict[str, Any], *codes: str) -> None:
    for status, answer in errors(*codes).items():
        answers.setdefault(str(status), answer)


def _operation(route: APIRoute) -> str:
    return route.name.replace("_", "-")


def _version() -> str:
    try:
        return version("oncue")
    except PackageNotFoundError:
        return "0"
