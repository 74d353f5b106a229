"""An id for each request, in its log lines and in its answer."""

from __future__ import annotations

import re
import secrets

import structlog
from flask import Flask, Response, g, request

HEADER = "X-Request-Id"
_ACCEPTED = re.compile(r"[A-Za-z0-9._-]{8,64}")


def install(app: Flask) -> None:
    app.before_request(_take_or_mint)
    app.after_request(_echo)


def _take_or_mint() -> None:
    given = request.headers.get(HEADER, "")
    g.request_id = given if _ACCEPTED.fullmatch(given) else secrets.token_hex(16)
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=g.request_id)


def _echo(response: Response) -> Response:
    response.headers[HEADER] = g.request_id
    return response
