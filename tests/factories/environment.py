"""Environments of a process under test."""

from __future__ import annotations

import base64
import secrets

from config.settings import Settings, load

_JWT_KEY, _CIPHER_KEY = (base64.b64encode(secrets.token_bytes(32)).decode() for _ in range(2))


def environment(**overrides: str) -> dict[str, str]:
    """Returns a complete environment; rate limits are out of the way unless a test sets them."""
    return {
        "MINIMALL_ENV": "test",
        "PUBLIC_URL": "http://127.0.0.1:9",
        "MONGODB_URI": "mongodb://127.0.0.1:9/?directConnection=true",
        "MONGODB_DATABASE": "minimall_test",
        "MONGODB_POOL_SIZE": "64",
        "WEB_THREADS": "64",
        "REDIS_URL": "redis://127.0.0.1:9",
        "JWT_KEYS": f"test:{_JWT_KEY}",
        "ENCRYPTION_KEYS": f"test:{_CIPHER_KEY}",
        "TRUSTED_PROXIES": "0",
        "MAX_UNPAID_ORDERS": "10000",
        "LOG_LEVEL": "WARNING",
        **{
            f"RATE_LIMIT_{tier}": "100000 per minute"
            for tier in ("ANONYMOUS", "USER", "LOGIN", "STAFF", "STAFF_LOGIN", "STAFF_ACCOUNT")
        },
        **overrides,
    }


def settings_for(environ: dict[str, str]) -> Settings:
    return load(environ)
