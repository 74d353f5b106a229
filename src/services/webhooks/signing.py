"""Signatures by which a receiver knows that a delivery is ours."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from datetime import datetime

_PREFIX = "mmwh_"


def new_secret() -> str:
    """Returns a secret of 256 random bits; the prefix is for tools that search for leaked ones."""
    return _PREFIX + secrets.token_urlsafe(32)


def signature(body: bytes, keys: Sequence[str], *, at: datetime) -> str:
    """Returns `t=<unix seconds>,v1=<hex>`, with one `v1` per secret, in their order.

    Each `v1` is the HMAC-SHA256 of `<t>.<body>` under the secret as it was shown, in UTF-8.
    """
    timestamp = str(int(at.timestamp()))
    signed = timestamp.encode() + b"." + body
    digests = [hmac.new(key.encode(), signed, hashlib.sha256).hexdigest() for key in keys]
    return ",".join([f"t={timestamp}", *(f"v1={digest}" for digest in digests)])
