"""Security headers of every answer."""

from __future__ import annotations

from flask import Flask, Response, request

from src.middleware.context import caller

_NOTHING_ALLOWED = "default-src 'none'; frame-ancestors 'none'"


def install(app: Flask) -> None:
    app.after_request(_add)


def _add(response: Response) -> Response:
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "no-referrer")
    response.headers.setdefault("Content-Security-Policy", _NOTHING_ALLOWED)
    if caller() is not None or request.method != "GET" or response.status_code >= 400:
        response.headers["Cache-Control"] = "no-store"
    elif "Cache-Control" not in response.headers:
        # What anybody may see still differs by store, language and token, and is never fresh for long.
        response.headers["Cache-Control"] = "no-cache"
        response.vary.update(("Authorization", "X-Store", "Accept-Language"))
    return response
