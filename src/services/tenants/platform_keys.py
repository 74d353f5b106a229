"""Platform keys: how the stores are administered."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import timedelta

import structlog
from bson import ObjectId

from src.models.platform_keys import PlatformKey
from src.services.accounts.callers import PlatformOperator
from src.utils.clock import Clock
from src.utils.errors import Unauthenticated

log = structlog.get_logger(__name__)

KEY_START = "pk_"
_USE_NOTED_EVERY = timedelta(minutes=1)
_PREFIX_BYTES = 6
_PREFIX_LENGTH = len(KEY_START) + 2 * _PREFIX_BYTES


@dataclass(frozen=True)
class IssuedPlatformKey:
    """A key, for the only time that it is shown."""

    stored: PlatformKey
    key: str


class PlatformKeys:
    """Makes, lists and revokes keys, and knows their bearers. A key reads `pk_<prefix>_<secret>`."""

    def __init__(self, *, clock: Clock) -> None:
        self._clock = clock

    def create(self, name: str) -> IssuedPlatformKey:
        prefix = f"{KEY_START}{secrets.token_hex(_PREFIX_BYTES)}"
        key = f"{prefix}_{secrets.token_urlsafe(32)}"
        stored = PlatformKey(id=ObjectId(), name=name, prefix=prefix, key_hash=_hash(key), created_at=self._clock.now())
        stored.insert(session=None)
        log.info("platform_key_made", key_id=str(stored.id), prefix=prefix, name=name)
        return IssuedPlatformKey(stored, key)

    def list_all(self) -> list[PlatformKey]:
        return PlatformKey.list_all()

    def revoke(self, prefix: str) -> bool:
        """Has the key refused at its next call; returns whether there was one."""
        removed = PlatformKey.remove(prefix)
        if removed:
            log.info("platform_key_revoked", prefix=prefix)
        return removed

    def authenticate(self, key: str) -> PlatformOperator:
        """Raises Unauthenticated: not a key of ours, or revoked."""
        stored = PlatformKey.find_by_prefix(key[:_PREFIX_LENGTH])
        if stored is None or not hmac.compare_digest(stored.key_hash, _hash(key)):
            raise Unauthenticated()
        stored.note_use(self._clock.now(), at_most_every=_USE_NOTED_EVERY)
        return PlatformOperator(stored.id)


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
