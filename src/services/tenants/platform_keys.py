"""Platform keys: how the stores are administered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import structlog
from bson import ObjectId

from src.models.platform_keys import PlatformKey
from src.services.accounts.callers import PlatformOperator
from src.utils.bearer_keys import has_hash, new_key, prefix_of
from src.utils.clock import Clock
from src.utils.errors import Unauthenticated

log = structlog.get_logger(__name__)

KEY_START = "pk_"
_USE_NOTED_EVERY = timedelta(minutes=1)


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
        made, now = new_key(KEY_START), self._clock.now()
        stored = PlatformKey(id=ObjectId(), name=name, prefix=made.prefix, key_hash=made.key_hash, created_at=now)
        stored.insert(session=None)
        log.info("platform_key_made", key_id=str(stored.id), prefix=made.prefix, name=name)
        return IssuedPlatformKey(stored, made.key)

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
        stored = PlatformKey.find_by_prefix(prefix_of(key, KEY_START))
        if stored is None or not has_hash(key, stored.key_hash):
            raise Unauthenticated()
        stored.note_use(self._clock.now(), at_most_every=_USE_NOTED_EVERY)
        return PlatformOperator(stored.id)
