"""What the OpenAPI document says about every operation: parameters, headers, failures, examples."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from apispec.core import Components
from flask_smorest.spec.plugins import FlaskPlugin

from src.controllers.envelopes import ErrorEnvelope
from src.controllers.failures import Failure, failure_of, http_failure
from src.controllers.openapi_forms import form_of
from src.middleware.idempotency import HEADER as IDEMPOTENCY_HEADER
from src.middleware.idempotency import REPLAYED as REPLAYED_HEADER
from src.middleware.policies import Audience, Policy, RateTier
from src.middleware.request_id import HEADER as REQUEST_ID_HEADER
from src.middleware.store import HEADER as STORE_HEADER
from src.services.staff.api_keys import SCOPES
from src.utils.api_names import camel_case
from src.utils.errors import (
    AlreadyCarriedOut,
    AppError,
    BadRequest,
    Forbidden,
    IdempotencyKeyReused,
    NotFound,
    RateLimited,
    RequestInProgress,
    StoreSuspended,
    TokenExpired,
    Unauthenticated,
    Unavailable,
)

PARAMETERS: dict[str, dict[str, Any]] = {
    "Store": {
        "name": STORE_HEADER,
        "schema": {"type": "string", "pattern": "^[a-z0-9][a-z0-9-]{0,31}$"},
        "description": "Code of the store; without it the host name's, else the default one. A token's store wins.",
    },
    "Language": {
        "name": "Accept-Language",
        "schema": {"type": "string"},
        "description": "`en` for English messages; Chinese otherwise.",
    },
    "IdempotencyKey": {
        "name": IDEMPOTENCY_HEADER,
        "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
        "description": "Made and kept by the client before it sends; the same key and body get the same answer, and "
        "are carried out once. The same key with another body is refused (409).",
    },
    "IfMatch": {
        "name": "If-Match",
        "schema": {"type": "string", "maxLength": 255},
        "description": "The ETag of what was read: if it has been edited since, nothing changes (409). Without it the "
        "given fields change, whoever has changed others meanwhile.",
    },
}

_SECONDS = {"type": "integer", "minimum": 0}
HEADERS: dict[str, dict[str, Any]] = {
    "RequestId": {
        "schema": {"type": "string", "pattern": "^[A-Za-z0-9._-]{8,64}$"},
        "required": True,
        "description": "The caller's, or a new one; in each log line of this request.",
    },
    "RetryAfter": {"schema": _SECONDS, "required": True, "description": "Seconds to wait before trying again."},
    "RetryAfterAnswer": {"schema": _SECONDS, "description": "With code 40905: when the answer may be there."},
    "RateLimitLimit": {"schema": {"type": "integer", "minimum": 1}, "description": "Requests per window."},
    "RateLimitRemaining": {"schema": {"type": "integer", "minimum": 0}, "description": "Requests left in it."},
    "RateLimitReset": {"schema": _SECONDS, "description": "Seconds until the next window."},
    "ProductVersion": {
        "schema": {"type": "string", "pattern": '^"[0-9]+"$'},
        "required": True,
        "description": "The version, for If-Match.",
    },
    "WwwAuthenticate": {"schema": {"const": "Bearer"}, "required": True, "description": "How to authenticate."},
    "IdempotentReplayed": {
        "schema": {"const": "true"},
        "description": "Present when this is the stored answer of an earlier request with the same key.",
    },
}
_RATE_LIMIT_HEADERS = {
    "RateLimit-Limit": "RateLimitLimit",
    "RateLimit-Remaining": "RateLimitRemaining",
    "RateLimit-Reset": "RateLimitReset",
}

SECURITY_SCHEMES = {
    name: {"type": "http", "scheme": "bearer", "bearerFormat": form}
    for name, form in (
        ("shopperToken", "JWT"),
        ("staffToken", "JWT"),
        ("apiKey", "mk_<prefix>_<secret>"),
        ("platformKey", "pk_<prefix>_<secret>"),
    )
}
_SECURITY: dict[Audience, list[dict[str, list[str]]]] = {
    Audience.REFRESH: [],
    Audience.PUBLIC: [{}, {"shopperToken": []}, {"staffToken": []}],
    Audience.SHOPPER: [{"shopperToken": []}],
    Audience.STAFF: [{"staffToken": []}],
    Audience.PLATFORM: [{"platformKey": []}],
    Audience.EITHER: [{"shopperToken": []}, {"staffToken": []}],
}


@dataclass(frozen=True)
class Operation:
    """What a view adds to what holds for all: a name for ever, and how it may fail."""

    id: str
    failures: tuple[type[AppError], ...]
    idempotent: bool
    conditional: bool = False


class CamelCasePaths(FlaskPlugin):
    """Parameters of paths are written like all names of the API."""

    @staticmethod
    def flaskpath2openapi(path: str) -> str:
        template: str = FlaskPlugin.flaskpath2openapi(path)
        return re.sub(r"{(\w+)}", lambda found: f"{{{camel_case(found[1])}}}", template)

    def rule_to_params(self, rule: Any) -> list[dict[str, Any]]:
        return [{**parameter, "name": camel_case(parameter["name"])} for parameter in super().rule_to_params(rule)]


def complete(doc: dict[str, Any], operation: Operation, policy: Policy, *, components: Components) -> dict[str, Any]:
    """Returns `doc`, which has the view's own arguments and answers, with what middleware and policy do to them."""
    parameters = doc.get("parameters", [])
    # Where a view takes arguments, flask-smorest names a response that is not ours.
    declared = {status: response for status, response in doc["responses"].items() if isinstance(response, dict)}
    for response in declared.values():
        response.setdefault("headers", {}).update(_headers_of_success(operation, policy))
    body = {"requestBody": form_of(policy.files)} if policy.files and "requestBody" not in doc else {}
    takes_body = "requestBody" in {**doc, **body}
    failures = _failures(operation, policy, takes_query=bool(parameters), takes_body=takes_body)
    failing = {status: _component(of_status, components) for status, of_status in _by_status(failures).items()}
    responses = {**failing, **declared}
    return {
        **doc,
        **body,
        "operationId": operation.id,
        "security": _security(policy),
        "parameters": [*parameters, *_parameters(operation, policy)],
        "responses": {str(status): responses[status] for status in sorted(responses)},
    }


def _security(policy: Policy) -> list[dict[str, list[str]]]:
    if policy.rate not in (RateTier.DEFAULT, RateTier.PROOF):
        return []
    keys: list[dict[str, list[str]]] = [{"apiKey": []}] if policy.permission in SCOPES else []
    return [*_SECURITY[policy.audience], *keys]


def _by_status(failures: Iterator[Failure]) -> dict[int, list[Failure]]:
    grouped: dict[int, list[Failure]] = {}
    for failure in failures:
        grouped.setdefault(failure.status, []).append(failure)
    return grouped


def _component(failures: list[Failure], components: Components) -> str:
    """Returns the name of the response that all operations share which fail in just these ways."""
    name = "Or".join(failure.name for failure in failures)
    if name not in components.responses:
        components.response(name, failure_response(failures))
    return name


def failure_response(failures: list[Failure]) -> dict[str, Any]:
    """Returns the response of one status, with each code it can carry."""
    status = failures[0].status
    headers = {REQUEST_ID_HEADER: "RequestId"}
    if status == 401:
        headers["WWW-Authenticate"] = "WwwAuthenticate"
    if status == 429:
        headers |= {"Retry-After": "RetryAfter", **_RATE_LIMIT_HEADERS}
    if status == 503:
        headers["Retry-After"] = "RetryAfter"
    if RequestInProgress.code in [failure.code for failure in failures]:
        headers["Retry-After"] = "RetryAfterAnswer"
    return {
        "description": "\n".join(f"- `{failure.code}` {failure.english}" for failure in failures),
        "headers": headers,
        "content": {
            "application/json": {
                "schema": ErrorEnvelope,
                "examples": {failure.name: {"value": failure.envelope} for failure in failures},
            }
        },
    }


def _failures(operation: Operation, policy: Policy, *, takes_query: bool, takes_body: bool) -> Iterator[Failure]:
    """Yields each failure once, the general ones of a status first."""
    if takes_query or takes_body:
        yield failure_of(BadRequest)
    yield from map(http_failure, (400, 411, 413, 500))
    if takes_body and not policy.files and policy.audience is not Audience.SYSTEM:
        yield http_failure(415)
    designed = {*_general(operation, policy), *operation.failures}
    yield from map(failure_of, sorted(designed, key=lambda error: (error.code, error.__name__)))


def _general(operation: Operation, policy: Policy) -> Iterator[type[AppError]]:
    yield Unavailable
    if policy.audience is not Audience.SYSTEM:
        yield RateLimited
    if policy.audience is Audience.PUBLIC:
        yield NotFound
    if policy.audience in (Audience.SHOPPER, Audience.STAFF, Audience.EITHER):
        yield from (Unauthenticated, TokenExpired)
    if policy.audience is Audience.PLATFORM:
        yield Unauthenticated
    if policy.audience not in (Audience.PLATFORM, Audience.FORM, Audience.SYSTEM):
        yield StoreSuspended
    if policy.permission is not None or policy.audience is Audience.STAFF:
        yield Forbidden
    if operation.idempotent:
        yield from (IdempotencyKeyReused, RequestInProgress)
    if operation.idempotent and policy.audience is Audience.STAFF:
        yield AlreadyCarriedOut


def _parameters(operation: Operation, policy: Policy) -> Iterator[str]:
    """Yields the names of shared parameters."""
    if operation.idempotent:
        yield "IdempotencyKey"
    if operation.conditional:
        yield "IfMatch"
    if policy.audience is Audience.PUBLIC:
        yield "Store"
    yield "Language"


def _headers_of_success(operation: Operation, policy: Policy) -> dict[str, str]:
    headers = {REQUEST_ID_HEADER: "RequestId"}
    if policy.audience is not Audience.SYSTEM:
        headers |= _RATE_LIMIT_HEADERS
    if operation.idempotent:
        headers[REPLAYED_HEADER] = "IdempotentReplayed"
    return headers
