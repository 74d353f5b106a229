"""The order in which a request passes the middleware."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Flask

from config.settings import Settings
from src.middleware import access_log, api_calls, auth, errors, headers, limits, proxy, rate_limit, request_id, store
from src.middleware.policies import Policy
from src.utils.strict_json import StrictJSONProvider


def install(app: Flask, settings: Settings, policies: Mapping[str, Policy]) -> None:
    """`policies`: blueprint name to its rule; a route of any other blueprint is an error."""
    app.extensions["minimall-policies"] = dict(policies)
    app.json = StrictJSONProvider(app)
    errors.install(app)
    proxy.install(app, hops=settings.trusted_proxies)
    headers.install(app)
    access_log.install(app)
    request_id.install(app)
    api_calls.install(app)
    limits.install_lengths(app, max_body_bytes=settings.max_body_bytes)
    auth.install_identification(app)
    store.install(app)
    rate_limit.install(app, settings)
    auth.install_enforcement(app)
    limits.install_types(app)
