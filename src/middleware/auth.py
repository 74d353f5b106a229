"""Who is calling, checked against the policy of the route; a route without a policy is an error."""

from __future__ import annotations

import structlog
from flask import Flask, g, request

from src.middleware.context import caller, services
from src.middleware.policies import Audience, current_policy
from src.services.callers import Shopper, StaffMember
from src.utils.errors import AppError, Forbidden, Unauthenticated
from src.utils.permissions import PERMISSIONS, Permission

_UNIDENTIFIED = frozenset({Audience.REFRESH, Audience.FORM, Audience.SYSTEM})


def install_identification(app: Flask) -> None:
    """Finds out who is calling. A refusal waits until the call has been counted against its address."""
    app.before_request(_identify)


def install_enforcement(app: Flask) -> None:
    app.before_request(_enforce)


def _identify() -> None:
    policy = current_policy()
    if policy is None or policy.audience in _UNIDENTIFIED or request.method == "OPTIONS":
        return
    try:
        g.caller = _authenticate(policy.audience)
        structlog.contextvars.bind_contextvars(caller=g.caller.subject)
    except AppError as refusal:
        # A public route is for everybody, those with an old token too.
        if policy.audience is not Audience.PUBLIC:
            g.refusal = refusal


def _authenticate(audience: Audience) -> Shopper | StaffMember:
    token = _bearer()
    if audience is Audience.STAFF:
        return services().staff.authenticate(token)
    try:
        return services().auth.authenticate(token)
    except Unauthenticated:
        if audience is Audience.SHOPPER:
            raise
        return services().staff.authenticate(token)


def _enforce() -> None:
    if refusal := g.get("refusal"):
        raise refusal
    policy = current_policy()
    if policy is None or policy.permission is None or request.method == "OPTIONS":
        return
    if policy.audience is Audience.EITHER and isinstance(caller(), Shopper):
        return
    if not _has(policy.permission):
        raise Forbidden()


def _has(permission: Permission) -> bool:
    known = caller()
    return isinstance(known, StaffMember) and permission in PERMISSIONS[known.role]


def _bearer() -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Unauthenticated()
    return token
