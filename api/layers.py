"""What every request goes through: an id, a log line, figures, headers that keep pages safe, and a last net for errors."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Callable, Iterable, Mapping

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from oncue.engine.errors import OncueError
from oncue.engine.wire import PlayoutInfo

from .problems import answer

log = structlog.get_logger()

GIVEN = re.compile(rb"[A-Za-z0-9._-]{1,64}")
"""A request id that a proxy gave and that may be passed on."""
SAFE = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=(self), display-capture=(self), geolocation=(), payment=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}
HSTS = "max-age=31536000"
POLICY = "default-src 'none'; frame-ancestors 'none'"
"""For answers that are no pages."""
BUCKETS = (0.001, 0.005, 0.02, 0.1, 0.5, 2, 10)


class Figures:
    """What /metrics tells."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        names = ["method", "route", "status"]
        self.requests = Counter("oncue_requests", "HTTP requests", names, registry=self.registry)
        self.seconds = Histogram(
            "oncue_request_seconds", "Time to answer", ["route"], registry=self.registry, buckets=BUCKETS
        )
        self.joins = Counter("oncue_joins", "People let in", ["known"], registry=self.registry)

    def gauge(self, name: str, meaning: str, read: Callable[[], float]) -> None:
        """A figure that is read when it is asked for."""
        Gauge(name, meaning, registry=self.registry).set_function(read)

    def playouts(self, read: Callable[[], Mapping[str, PlayoutInfo]]) -> None:
        """How well the viewers of each show are in step who have their link here."""
        self.registry.register(_Playouts(read))


class _Playouts(Collector):
    """Reads when it is asked; a show that nobody is in any more is not named any more."""

    def __init__(self, read: Callable[[], Mapping[str, PlayoutInfo]]) -> None:
        self._read = read

    def collect(self) -> Iterable[GaugeMetricFamily]:
        """For prometheus_client."""
        target = GaugeMetricFamily(
            "oncue_target_seconds", "Delay that all pictures are to have", labels=["show"]
        )
        viewers = GaugeMetricFamily("oncue_viewers", "Viewers by lane", labels=["show", "lane"])
        needs = GaugeMetricFamily(
            "oncue_need_seconds", "Delay that pictures would need", labels=["show", "quantile"]
        )
        doors = GaugeMetricFamily(
            "oncue_doors", "Viewers by the way of their picture", labels=["show", "door"]
        )
        error = GaugeMetricFamily("oncue_clock_error_seconds", "What clocks may be wrong by", labels=["show"])
        for show, told in self._read().items():
            target.add_metric([show], told.target / 1e6)
            for lane in ("in_step", "late", "beyond", "blind"):
                viewers.add_metric([show, lane], getattr(told, lane))
            for quantile, need in (("0.5", told.need_p50), ("0.95", told.need_p95), ("1", told.need_most)):
                needs.add_metric([show, quantile], need / 1e6)
            for door, count in told.doors.items():
                doors.add_metric([show, door], count)
            error.add_metric([show], told.error_p95 / 1e6)
        return target, viewers, needs, doors, error


class Requests:
    """ASGI: gives each request an id, logs and counts it, adds safe headers, and answers what nobody else caught."""

    def __init__(self, app: ASGIApp, *, figures: Figures, secure: bool) -> None:
        self.app = app
        self._figures = figures
        self._headers = {**SAFE, "Strict-Transport-Security": HSTS} if secure else SAFE

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began, status = time.perf_counter(), 0
        given = dict(scope["headers"]).get(b"x-request-id", b"")
        request_id = given.decode() if GIVEN.fullmatch(given) else secrets.token_hex(8)

        async def dressed(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers[name] = value
                headers["X-Request-Id"] = request_id
                headers.setdefault("Content-Security-Policy", POLICY)
            await send(message)

        with structlog.contextvars.bound_contextvars(request=request_id):
            try:
                await self.app(scope, receive, dressed)
            except Exception:
                log.exception("a request failed", path=scope["path"])
                if status:
                    raise
                failed = OncueError(
                    "something failed here", code="node/failed", hint=f"request id {request_id}"
                )
                await answer(failed)(scope, receive, dressed)
            finally:
                self._note(scope, status, time.perf_counter() - began)

    def _note(self, scope: Scope, status: int, took: float) -> None:
        route = getattr(scope.get("route"), "path", "other")
        self._figures.requests.labels(scope["method"], route, str(status)).inc()
        self._figures.seconds.labels(route).observe(took)
        # A hall joins at once, and pages are asked for all the time: what is done to shows is what one looks for later.
        level = log.warning if status >= 500 else log.info if route.startswith("/api/shows") else log.debug
        level("request", method=scope["method"], path=scope["path"], status=status, ms=round(took * 1000, 1))
