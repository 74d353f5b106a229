"""How many bytes of pictures a store's staff, all its shoppers and each of them may have."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from bson import ObjectId

from src.models.media_usage import OF_SHOPPERS, OF_STAFF, MediaUsage
from src.models.transaction import Session
from src.services.media.uploaders import Uploader
from src.utils.errors import MediaQuotaReached

# All shoppers together may have this part of what the staff may have, besides it: they never take the staff's room.
_PART_OF_SHOPPERS = 4


class Quota:
    """Counts in the caller's transactions, so that the limits hold whoever uploads at once.

    `of_store` says how many bytes the staff of a store may have.
    """

    def __init__(self, *, of_store: Callable[[ObjectId], int]) -> None:
        self._of_store = of_store

    def take(self, uploader: Uploader, size: int, *, session: Session) -> None:
        """Raises MediaQuotaReached, which must end the transaction, if `size` bytes more are too many."""
        for holder, quota in self._limits(uploader):
            if not MediaUsage.take(uploader.store_id, holder, size, quota=quota, session=session):
                raise MediaQuotaReached({"limit": quota})

    def _limits(self, uploader: Uploader) -> Iterator[tuple[str, int]]:
        whole = self._of_store(uploader.store_id)
        if uploader.quota is None:
            yield OF_STAFF, whole
        else:
            yield OF_SHOPPERS, whole // _PART_OF_SHOPPERS
            yield uploader.holder, uploader.quota

    def add(self, store_id: ObjectId, holder: str, size: int, *, session: Session) -> None:
        """Counts bytes that are there anyway; fewer if `size` is negative."""
        for counted in [OF_STAFF] if holder == OF_STAFF else [OF_SHOPPERS, holder]:
            MediaUsage.add(store_id, counted, size, session=session)
