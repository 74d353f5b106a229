"""What a request body may be, before anything reads it."""

from __future__ import annotations

from flask import Flask, request
from werkzeug.exceptions import LengthRequired, RequestEntityTooLarge, UnsupportedMediaType

from src.middleware.policies import Audience, Policy, current_policy
from src.utils.errors import MultipartExpected

_WITH_BODY = frozenset({"POST", "PUT"})
_MAX_FIELDS_BYTES = 65_536
# werkzeug reads forms in pieces of 64 KiB and holds part of the one before: a limit of one piece refuses good files.
_MAX_FORM_MEMORY = 4 * 65_536


def install_lengths(app: Flask, *, max_body_bytes: int) -> None:
    app.config["MAX_CONTENT_LENGTH"] = max_body_bytes
    app.config["MAX_FORM_MEMORY_SIZE"] = _MAX_FIELDS_BYTES
    app.config["MAX_FORM_PARTS"] = 20
    app.before_request(lambda: _check_length(max_body_bytes))


def install_types(app: Flask) -> None:
    """Refuses bodies of another type than the route's. Whoever may not call learns that first."""
    app.before_request(_check_type)


def _check_length(max_body_bytes: int) -> None:
    # A chunked body would be cut at the limit without an error, so its length must be announced.
    if request.headers.get("Transfer-Encoding"):
        raise LengthRequired()
    policy = current_policy()
    if policy and policy.files:
        request.max_content_length = max_body_bytes = policy.files * policy.file_bytes + _MAX_FIELDS_BYTES
        request.max_form_memory_size = _MAX_FORM_MEMORY
    if (request.content_length or 0) > max_body_bytes:
        raise RequestEntityTooLarge()


def _check_type() -> None:
    policy = current_policy()
    if policy is None or request.method not in _WITH_BODY:
        return
    if policy.files and not _is_plain_form():
        raise MultipartExpected()
    if request.content_length and not policy.files and not _is_plain_json(policy):
        raise UnsupportedMediaType()


def _is_plain_form() -> bool:
    return request.mimetype == "multipart/form-data" and not _is_encoded()


def _is_encoded() -> bool:
    return request.headers.get("Content-Encoding", "identity").lower() != "identity"


def _is_plain_json(policy: Policy) -> bool:
    if policy.audience is Audience.SYSTEM:
        return True
    charset = request.mimetype_params.get("charset", "utf-8").lower()
    return request.mimetype == "application/json" and charset == "utf-8" and not _is_encoded()
