"""How often somebody may call: by user where one is known, else by address; shared through Redis."""

from __future__ import annotations

import hashlib
import ipaddress

from flask import Flask, Response, current_app, request
from flask_limiter import ApplicationLimit, Limiter
from flask_limiter.constants import HeaderNames

from config.settings import Settings
from src.middleware.context import caller, store
from src.middleware.policies import RateTier, current_policy
from src.services.accounts.callers import PlatformOperator, StaffMember
from src.utils.errors import ErrorCode

_REDIS_TIMEOUT_S = 0.2
_RESET = "RateLimit-Reset"


def install(app: Flask, settings: Settings) -> None:
    """Counts requests per caller, and wrong passwords and codes per staff account as well.

    With Redis down each process counts for itself until it is back: never an error, never no limit.
    """
    per_caller = ApplicationLimit(lambda: _limit(settings), key_function=_caller_key, exempt_when=_is_unlimited)
    per_account = ApplicationLimit(
        settings.rate_limit_staff_account,
        key_function=_account_key,
        scope="account",
        exempt_when=lambda: _username() is None,
        deduct_when=_was_wrong_password,
    )
    per_second_factor = ApplicationLimit(
        settings.rate_limit_staff_login,
        key_function=_account_key,
        scope="second factor",
        exempt_when=lambda: _username() is None,
        deduct_when=_was_wrong_code,
    )
    app.after_request(_say_when_to_retry)  # runs after the limiter's own
    Limiter(
        key_func=_caller_key,
        application_limits=[per_caller, per_account, per_second_factor],
        storage_uri=settings.redis_url,
        storage_options={"socket_timeout": _REDIS_TIMEOUT_S, "socket_connect_timeout": _REDIS_TIMEOUT_S},  # type: ignore[dict-item]
        request_identifier=lambda: request.endpoint or "unmatched",  # without one, a request would not be counted
        strategy="fixed-window",
        key_prefix="minimall",
        in_memory_fallback_enabled=True,
        # Of the requests that learn together that Redis is gone, one changes over to memory; the others would fail.
        swallow_errors=True,
        headers_enabled=True,
        header_name_mapping={
            HeaderNames.LIMIT: "RateLimit-Limit",
            HeaderNames.REMAINING: "RateLimit-Remaining",
            # Both are written, this one last: RESET is a moment, RETRY_AFTER is seconds, as the header should be.
            HeaderNames.RESET: _RESET,
            HeaderNames.RETRY_AFTER: _RESET,
        },
        app=app,
    )


def redis_answers() -> bool:
    """Returns whether the shared counters can be reached now."""
    (limiter,) = current_app.extensions["limiter"]
    return bool(limiter.storage.check())


def _tier() -> RateTier:
    policy = current_policy()
    return policy.rate if policy else RateTier.DEFAULT


def _is_unlimited() -> bool:
    return _tier() is RateTier.UNLIMITED


def _limit(settings: Settings) -> str:
    by_tier = {
        RateTier.LOGIN: settings.rate_limit_login,
        RateTier.STAFF_LOGIN: settings.rate_limit_staff_login,
        RateTier.PROOF: settings.rate_limit_staff_login,
    }
    if limit := by_tier.get(_tier()):
        return limit
    known = caller()
    if known is None:
        return settings.rate_limit_anonymous
    works = isinstance(known, StaffMember | PlatformOperator)
    return settings.rate_limit_staff if works else settings.rate_limit_user


def _caller_key() -> str:
    known = None if _tier() in (RateTier.LOGIN, RateTier.STAFF_LOGIN) else caller()
    return f"{_tier()}:{known.subject if known else _network()}"


def _network() -> str:
    """Returns the client's address; of IPv6 the /64, since one client owns all of it.

    Callers whose address is not one (a proxy wrote something else) share one allowance.
    """
    try:
        address = ipaddress.ip_address(request.remote_addr or "127.0.0.1")
    except ValueError:
        return "unknown"
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    return str(address.ipv4_mapped or ipaddress.ip_network((address, 64), strict=False))


def _username() -> str | None:
    """Returns the staff account that somebody wants to log in to; None on every other route."""
    is_login = _tier() is RateTier.STAFF_LOGIN and request.method == "POST"
    body = request.get_json(silent=True) if is_login else None
    username = body.get("username") if isinstance(body, dict) else None
    return username if isinstance(username, str) else None


def _account_key() -> str:
    return hashlib.sha256(f"{store().id}:{_username()}".encode()).hexdigest()


def _was_wrong_password(response: Response) -> bool:
    return response.status_code == 401


def _was_wrong_code(response: Response) -> bool:
    # Six digits: whoever has the password must not get to try many of them.
    return response.status_code == 401 and response.get_json()["code"] == ErrorCode.SECOND_FACTOR_INVALID


def _say_when_to_retry(response: Response) -> Response:
    if response.status_code == 429 and _RESET in response.headers:
        response.headers.setdefault("Retry-After", response.headers[_RESET])
    return response
