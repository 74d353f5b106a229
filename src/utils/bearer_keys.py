"""Keys that programs bear: `<start><prefix>_<secret>`. The prefix finds a key; of the rest a hash is kept."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass

_PREFIX_BYTES = 6
_SECRET_BYTES = 32


@dataclass(frozen=True)
class BearerKey:
    """A new key, and what is stored of it."""

    key: str
    prefix: str
    key_hash: str


def new_key(start: str) -> BearerKey:
    prefix = f"{start}{secrets.token_hex(_PREFIX_BYTES)}"
    key = f"{prefix}_{secrets.token_urlsafe(_SECRET_BYTES)}"
    return BearerKey(key, prefix, _hash(key))


def prefix_of(key: str, start: str) -> str:
    """Returns by what a key that begins like `start` is found."""
    return key[: len(start) + 2 * _PREFIX_BYTES]


def has_hash(key: str, key_hash: str) -> bool:
    """Returns whether the stored hash is that of this key; how long it takes tells nothing of the hash."""
    return hmac.compare_digest(key_hash, _hash(key))


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
