"""Identifiers that leave the system."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta, timezone

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_SUFFIX_LENGTH = 13  # 65 random bits
_SHOP_TIME = timezone(timedelta(hours=8))


def new_order_no(now: datetime) -> str:
    """Returns an order number of 27 characters: Beijing time to the second, then 65 random bits.

    It sorts by time, cannot be guessed, and fits WeChat Pay's `out_trade_no` (6–32 of `[0-9A-Za-z_-]`)
    with room for an attempt's suffix.
    """
    suffix = "".join(secrets.choice(_CROCKFORD) for _ in range(_SUFFIX_LENGTH))
    return now.astimezone(_SHOP_TIME).strftime("%Y%m%d%H%M%S") + suffix


def new_secret_id() -> str:
    """Returns 128 random bits as 22 URL-safe characters."""
    return secrets.token_urlsafe(16)
