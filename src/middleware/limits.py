"""What a request body may be, before anything reads it."""

from __future__ import annotations

from flask import Flask, request
from werkzeug.exceptions import LengthRequired, RequestEntityTooLarge, UnsupportedMediaType

from src.middleware.policies import Audience, current_policy

_WITH_BODY = frozenset({"POST", "PUT"})


def install(app: Flask, *, max_body_bytes: int) -> None:
    app.config["MAX_CONTENT_LENGTH"] = max_body_bytes
    app.config["MAX_FORM_MEMORY_SIZE"] = 65_536
    app.config["MAX_FORM_PARTS"] = 20
    app.before_request(lambda: _check_body(max_body_bytes))


def _check_body(max_body_bytes: int) -> None:
    # A chunked body would be cut at the limit without an error, so its length must be announced.
    if request.headers.get("Transfer-Encoding"):
        raise LengthRequired()
    length = request.content_length or 0
    if length > max_body_bytes:
        raise RequestEntityTooLarge()
    if length and request.method in _WITH_BODY and not _is_plain_json():
        raise UnsupportedMediaType()


def _is_plain_json() -> bool:
    policy = current_policy()
    if policy is None or policy.audience is Audience.SYSTEM:
        return True
    charset = request.mimetype_params.get("charset", "utf-8").lower()
    encoded = request.headers.get("Content-Encoding", "identity").lower() != "identity"
    return request.mimetype == "application/json" and charset == "utf-8" and not encoded
