"""Which store a request is for: the caller's, else the named one, else the host's, else the default one."""

from __future__ import annotations

import structlog
from flask import Flask, g, request

from src.middleware.context import caller, services
from src.middleware.policies import Audience, current_policy
from src.services.accounts.callers import PlatformOperator
from src.utils.errors import StoreSuspended
from src.utils.store_states import StoreStatus

HEADER = "X-Store"
_OF_NO_STORE = frozenset({Audience.PLATFORM, Audience.SYSTEM})


def install(app: Flask) -> None:
    app.before_request(_resolve)


def _resolve() -> None:
    policy = current_policy()
    if policy is None or policy.audience in _OF_NO_STORE or request.method == "OPTIONS":
        return
    known = caller()
    if known is not None and not isinstance(known, PlatformOperator):
        g.store = services().stores.get(known.store_id)
    elif policy.audience is Audience.PUBLIC:
        host = request.host.partition(":")[0].lower()
        g.store = services().stores.resolve(code=request.headers.get(HEADER), host=host)
    else:
        return  # its token decides, and a refused one must not depend on the store it names
    if g.store.status is not StoreStatus.ACTIVE:
        g.refusal = StoreSuspended()  # like every refusal it waits until the call has been counted
    structlog.contextvars.bind_contextvars(store=g.store.code)
