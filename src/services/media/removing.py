"""Taking pictures away: first their objects, then what is known of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import timedelta

from bson import ObjectId

from src.models.media_files import MediaFile
from src.models.transaction import Session, Transactions
from src.services.media.object_store import ObjectStore
from src.services.media.quota import Quota
from src.utils.clock import Clock

_LEASE = timedelta(minutes=10)


class Removing:
    """Removes pictures. What it does not finish is due again, and the sweep does."""

    def __init__(self, *, objects: ObjectStore, quota: Quota, transactions: Transactions, clock: Clock) -> None:
        self._objects = objects
        self._quota = quota
        self._transactions = transactions
        self._clock = clock

    def remove(self, file: MediaFile) -> bool:
        """Removes a picture as it was read; returns False if it changed meanwhile, or somebody else removes it.

        Raises:
            StorageDown: its objects may still be there.
        """
        if not file.claim_removal(due_at=self._clock.now() + _LEASE):
            return False
        self._objects.delete(file.keys)
        self._forget(file)
        return True

    def abandon(self, files: Sequence[MediaFile], *, never_put: Collection[ObjectId], later: bool) -> None:
        """Removes those of the pictures that are still arriving; some of them certainly have no object.

        With `later` the sweep removes those that may have one.

        Raises:
            StorageDown: some of their objects may still be there.
        """
        claimed = MediaFile.claim_abandoned([file.id for file in files], due_at=self._clock.now() + _LEASE)
        for file in sorted(claimed, key=lambda file: file.id not in never_put):
            if file.id in never_put:
                self._forget(file)
            elif not later:
                self._objects.delete(file.keys)
                self._forget(file)

    def _forget(self, file: MediaFile) -> None:
        def forget(session: Session) -> None:
            if file.delete_removed(session=session):
                size = file.bytes + file.variant_bytes
                self._quota.add(file.store_id, file.holder, -size, session=session)

        self._transactions.run(forget, contended=[file.store_id])
