"""Deleting a store with all that is in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import chain

from bson import ObjectId

from src.models.documents import BaseDocument
from src.models.exports import Export
from src.models.imports import Import
from src.models.media_files import MediaFile
from src.models.media_uploads import MediaUpload
from src.models.notifications import Notification
from src.models.payments import Payment
from src.models.refunds import Refund
from src.models.store_documents import STORE_DOCUMENTS, delete_notifications, delete_some, delete_store
from src.models.stores import Store
from src.services.media.object_store import ObjectStore, StorageDown
from src.services.stores.stores import STALE_FOR_S, Stores
from src.utils.clock import Clock
from src.utils.store_states import StoreStatus

_AT_ONCE = 1_000
# A process may admit calls for so long after the suspension; then they need some seconds to end.
_CALLS_END_AFTER = timedelta(seconds=STALE_FOR_S + 55)

# Told of progress: the collection, and how many documents of it are gone.
Progress = Callable[[str, int], None]


class NotDeletable(Exception):
    """The store must stay for now; the text says why."""


class StoreDeletion:
    """Deletes stores. What broke off is taken up by doing it again."""

    def __init__(self, *, stores: Stores, sweep: Callable[[int], int], objects: ObjectStore, clock: Clock) -> None:
        self._stores = stores
        self._sweep = sweep
        self._objects = objects
        self._clock = clock

    def delete(self, code: str, progress: Progress) -> None:
        """Deletes the store. From the first moment it cannot be resumed any more.

        Raises:
            NotFound: there is no such store. NotDeletable: it is active, was suspended just now, money is under way,
            or the store of pictures and files does not answer: then the rest of the store is there still.
        """
        store = self._stores.current(code)
        self._begin(store)
        self._delete_pictures(store.id, progress)
        self._delete_files(store.id)
        while any(self._delete_all(document, store.id, progress) for document in STORE_DOCUMENTS):
            pass  # what was running may have written behind our back: until a round finds nothing
        while deleted := delete_notifications(store, limit=_AT_ONCE):
            progress(Notification._get_collection_name(), deleted)
        delete_store(store)
        self._stores.forget()

    def _begin(self, store: Store) -> None:
        if store.status is StoreStatus.ACTIVE:
            raise NotDeletable("the store is active; suspend it first")
        if store.suspended_at is None or store.suspended_at + _CALLS_END_AFTER > self._clock.now():
            raise NotDeletable("the store was suspended just now; try again in a minute")
        for reason in _money_under_way(store.id):
            raise NotDeletable(reason)
        if store.status is StoreStatus.SUSPENDED and store.move(StoreStatus.DELETING, {}) is None:
            raise NotDeletable("the store has been resumed")
        self._stores.forget()

    def _delete_pictures(self, store_id: ObjectId, progress: Progress) -> None:
        now = self._clock.now()
        MediaFile.remove_all(store_id, now)
        MediaUpload.end_all(store_id, now)
        while left := _pictures(store_id):
            self._sweep(_AT_ONCE)
            remaining = _pictures(store_id)
            if remaining >= left:
                raise NotDeletable(f"{left} pictures cannot be removed now; do it again later")
            progress(MediaFile._get_collection_name(), left - remaining)

    def _delete_files(self, store_id: ObjectId) -> None:
        """Deletes the files of imports and exports; a worker that still writes one finds out, and cleans up itself."""
        try:
            for keys in chain(Import.object_keys_of(store_id), Export.object_keys_of(store_id)):
                self._objects.delete(keys)
        except StorageDown as error:
            raise NotDeletable("files of imports and exports cannot be removed now; do it again later") from error

    @staticmethod
    def _delete_all(document: type[BaseDocument], store_id: ObjectId, progress: Progress) -> int:
        gone = 0
        if document in (MediaFile, MediaUpload):
            return gone
        while deleted := delete_some(document, store_id, limit=_AT_ONCE):
            gone += deleted
            progress(document._get_collection_name(), deleted)
        return gone


def _pictures(store_id: ObjectId) -> int:
    return sum(document.collection().count_documents({"store_id": store_id}) for document in (MediaFile, MediaUpload))


def _money_under_way(store_id: ObjectId) -> Iterator[str]:
    if Payment.any_under_way(store_id):
        yield "a payment is under way or held; wait for its end, or decide on it"
    if Refund.any_under_way(store_id):
        yield "a refund is under way; wait for its end"
