"""Who is calling, checked against the policy of the route; a route without a policy is an error."""

from __future__ import annotations

import structlog
from flask import Flask, g, request

from src.middleware.context import caller, services
from src.middleware.policies import Audience, Policy, current_policy
from src.services.accounts.callers import Integration, PlatformOperator, Shopper, StaffMember
from src.services.staff.api_keys import KEY_START
from src.utils.errors import AppError, Forbidden, Unauthenticated

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


def _authenticate(audience: Audience) -> Shopper | StaffMember | PlatformOperator:
    token = _bearer()
    if audience is Audience.PLATFORM:
        return services().platform_keys.authenticate(token)
    if token.startswith(KEY_START) and audience is not Audience.SHOPPER:
        return services().staff.api_keys.authenticate(token)
    if audience is Audience.STAFF:
        return services().staff.logins.authenticate(token)
    try:
        return services().auth.authenticate(token)
    except Unauthenticated:
        if audience is Audience.SHOPPER:
            raise
        return services().staff.logins.authenticate(token)


def _enforce() -> None:
    if refusal := g.get("refusal"):
        raise refusal
    policy = current_policy()
    if policy is None or request.method == "OPTIONS":
        return
    if not _may(caller(), policy):
        raise Forbidden()


def _may(known: Shopper | StaffMember | PlatformOperator | None, policy: Policy) -> bool:
    if policy.permission is None:
        # What is for every member is about the own account, which a program has not.
        return policy.audience is not Audience.STAFF or not isinstance(known, Integration)
    if policy.audience is Audience.EITHER and isinstance(known, Shopper):
        return True
    return isinstance(known, StaffMember) and policy.permission in known.permissions


def _bearer() -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Unauthenticated()
    return token
