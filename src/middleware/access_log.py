"""One log line and one measurement per request."""

from __future__ import annotations

import time

import structlog
from flask import Flask, Response, g, request

from src.utils.metrics import HTTP_REQUESTS

log = structlog.get_logger("access")

# A method is the client's text, and each value makes time series for ever.
_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "DELETE"})
_QUIET = frozenset({"/health", "/readiness", "/metrics"})


def install(app: Flask) -> None:
    app.before_request(_start)
    app.after_request(_finish)


def _start() -> None:
    g.started = time.perf_counter()


def _finish(response: Response) -> Response:
    seconds = time.perf_counter() - g.started
    # The pattern, not the path: ids would make a time series each.
    route = request.url_rule.rule if request.url_rule else "unmatched"
    method = request.method if request.method in _METHODS else "other"
    HTTP_REQUESTS.labels(method, route, response.status_code).observe(seconds)
    if route not in _QUIET:
        log.info(
            "request",
            method=request.method,
            path=request.path,
            route=route,
            status=response.status_code,
            ms=round(seconds * 1000, 1),
            address=request.remote_addr,
        )
    return response
