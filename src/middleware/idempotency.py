"""`Idempotency-Key` on requests that must not happen twice."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Response, current_app, g, make_response, request

from src.middleware.context import caller, services
from src.middleware.errors import render
from src.services.idempotency import RequestIdentity, StoredAnswer, carrying_out
from src.utils.errors import AlreadyCarriedOut, AppError, BadRequest, IdempotencyKeyReused, Unauthenticated

HEADER = "Idempotency-Key"
REPLAYED = "Idempotent-Replayed"
_KEY = re.compile(r"[\x21-\x7e]{1,255}")
# Answers that say what has been decided; the others may come out differently the next time.
_FINAL = frozenset({200, 201, 404, 409})


def idempotent(view: Callable[..., Any]) -> Callable[..., Any]:
    """Runs `view` once per key of a caller and answers a repetition with the first answer.

    Outermost decorator of a view: it stores the finished response.
    """

    @wraps(view)
    def wrapper(*args: Any, **kwargs: Any) -> Response:
        identity = _identity()
        if identity is None:
            return make_response(current_app.ensure_sync(view)(*args, **kwargs))
        record = hashlib.sha256(f"{_subject()}|{request.endpoint}|{identity.key}".encode()).hexdigest()
        stored = services().idempotency.begin(record, identity.fingerprint)
        if stored is not None:
            return _replay(stored)
        return _run(record, lambda: current_app.ensure_sync(view)(*args, **kwargs))

    return wrapper


def request_identity() -> RequestIdentity | None:
    """Returns the key of this request, for what must stay unique even if this process dies."""
    identity: RequestIdentity | None = g.get("request_identity")
    return identity


def _subject() -> str:
    known = caller()
    if known is None:
        raise Unauthenticated()
    return known.subject


def _identity() -> RequestIdentity | None:
    key = request.headers.get(HEADER)
    if key is None:
        return None
    if not _KEY.fullmatch(key):
        raise BadRequest.for_field(HEADER, "1 to 255 visible ASCII characters.")
    identity = RequestIdentity(key, _fingerprint())
    g.request_identity = identity
    return identity


def _fingerprint() -> str:
    body = request.get_json(silent=True)
    canonical = json.dumps(body, sort_keys=True) if body is not None else request.get_data().hex()
    return hashlib.sha256(f"{request.method} {request.path}\n{canonical}".encode()).hexdigest()


def _run(record: str, view: Callable[[], Any]) -> Response:
    try:
        with carrying_out(record):
            response = make_response(view())
    # Another request owns the key, though its record is gone or has changed hands; this one decides nothing.
    except (IdempotencyKeyReused, AlreadyCarriedOut):
        services().idempotency.abandon(record)
        raise
    except AppError as error:
        response = render(error)
    except BaseException:
        services().idempotency.abandon(record)
        raise
    if response.status_code in _FINAL:
        services().idempotency.finish(record, _answer(response))
    else:
        services().idempotency.abandon(record)
    return response


def _answer(response: Response) -> StoredAnswer:
    return StoredAnswer(response.status_code, response.get_data(as_text=True), response.headers.get("ETag"))


def _replay(stored: StoredAnswer) -> Response:
    response = Response(stored.body, stored.http_status, mimetype="application/json")
    if stored.etag is not None:
        response.headers["ETag"] = stored.etag
    response.headers[REPLAYED] = "true"
    return response
