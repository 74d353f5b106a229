"""The client's address behind our own reverse proxy."""

from __future__ import annotations

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix


def install(app: Flask, *, hops: int) -> None:
    """Believes exactly `hops` proxies: one too many and a client chooses its own address."""
    if hops:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops)  # type: ignore[method-assign]
