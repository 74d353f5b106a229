"""How much a store may have."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

from bson import ObjectId

from src.models.limit_turns import LimitTurn
from src.models.transaction import Session
from src.services.stores.stores import Stores
from src.utils.errors import StoreLimitReached


class Limit(StrEnum):
    """What is counted."""

    PRODUCTS = "products"
    STAFF = "staff"


class StoreLimits:
    """Refuses what would be one too many. A changed limit holds within `STALE_FOR_S` seconds."""

    def __init__(self, *, stores: Stores, upload_bytes: int) -> None:
        self._stores = stores
        self._upload_bytes = upload_bytes

    def require_room(
        self, store_id: ObjectId, limit: Limit, used: Callable[[Session], int], *, adding: int = 1, session: Session
    ) -> None:
        """Lets the caller's transaction add so many, however many transactions do at once.

        `used` counts what there is, within the transaction and before anything is added.

        Raises:
            StoreLimitReached, which must end the transaction.
        """
        most = self._most(store_id, limit)
        if most is None:
            return
        LimitTurn.take(store_id, limit.value, session=session)
        if used(session) + adding > most:
            raise StoreLimitReached({"of": limit.value, "limit": most})

    def upload_bytes(self, store_id: ObjectId) -> int:
        """Returns how many bytes of pictures the store may have."""
        own = self._stores.get(store_id).limits.max_upload_bytes
        return self._upload_bytes if own is None else int(own)

    def _most(self, store_id: ObjectId, limit: Limit) -> int | None:
        limits = self._stores.get(store_id).limits
        most: int | None = limits.max_products if limit is Limit.PRODUCTS else limits.max_staff
        return most
