"""How many bytes of pictures a store and each of its shoppers may have."""

from __future__ import annotations

from collections.abc import Callable

from bson import ObjectId

from src.models.media_usage import WHOLE_STORE, MediaUsage
from src.models.transaction import Session
from src.services.media.uploaders import OF_STAFF, Uploader
from src.utils.errors import MediaQuotaReached


class Quota:
    """Counts in the caller's transactions, so that the limits hold whoever uploads at once.

    `of_store` says how many bytes a store may have.
    """

    def __init__(self, *, of_store: Callable[[ObjectId], int]) -> None:
        self._of_store = of_store

    def take(self, uploader: Uploader, size: int, *, session: Session) -> None:
        """Raises MediaQuotaReached, which must end the transaction, if `size` bytes more are too many."""
        rows = [(WHOLE_STORE, self._of_store(uploader.store_id)), (uploader.holder, uploader.quota)]
        for holder, quota in rows:
            if quota is None:
                continue
            if not MediaUsage.take(uploader.store_id, holder, size, quota=quota, session=session):
                raise MediaQuotaReached({"limit": quota})

    def add(self, store_id: ObjectId, holder: str, size: int, *, session: Session) -> None:
        """Counts bytes that are there anyway; fewer if `size` is negative."""
        MediaUsage.add(store_id, WHOLE_STORE, size, session=session)
        if holder != OF_STAFF:
            MediaUsage.add(store_id, holder, size, session=session)
