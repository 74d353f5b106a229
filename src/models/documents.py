"""What all documents share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

from bson import ObjectId
from mongoengine import Document, ObjectIdField
from pymongo import ReturnDocument
from pymongo.client_session import ClientSession
from pymongo.collection import Collection

from src.utils.pages import MAX_DEPTH, Page, PageRequest

# An index by its keys, or by its name.
Index = str | Sequence[tuple[str, int]]

MAX_TIME_MS = 2_000
# Of work for which no request waits: less than the driver waits for the server.
MAX_TIME_OF_WORK_MS = 8_000


class BaseDocument(Document):
    """A document whose writes name what they change.

    mongoengine declares the fields and the indexes, validates, and builds the objects. Reads and writes go through
    the driver with an explicit session: mongoengine has no sessions and hides the driver's retry labels.
    """

    # Not strict: a process of the previous release must be able to read what the next one has added.
    meta = {"abstract": True, "auto_create_index": False, "strict": False}

    @classmethod
    def collection(cls) -> Collection[dict[str, Any]]:
        found: Collection[dict[str, Any]] = cls._get_collection()
        return found

    def insert(self, *, session: ClientSession | None) -> Self:
        """Stores this new document.

        Raises:
            pymongo.errors.DuplicateKeyError: a unique index refuses it.
        """
        self.collection().insert_one(self._as_stored(), session=session)
        return self

    @classmethod
    def insert_all(cls, documents: Sequence[Self], *, session: ClientSession) -> None:
        """Stores these new documents in one round trip.

        Raises:
            pymongo.errors.BulkWriteError: a unique index refuses one of them.
        """
        cls.collection().insert_many([document._as_stored() for document in documents], session=session)

    def _as_stored(self) -> dict[str, Any]:
        if self.pk is None:
            self.id = ObjectId()
        self.validate()
        stored: dict[str, Any] = self.to_mongo().to_dict()
        return stored

    @classmethod
    def find_document(cls, query: dict[str, Any], *, session: ClientSession | None = None) -> Self | None:
        return cls._built(cls.collection().find_one(query, session=session))

    @classmethod
    def change(
        cls,
        query: dict[str, Any],
        update: dict[str, Any] | list[dict[str, Any]],
        *,
        session: ClientSession | None,
        array_filters: Sequence[dict[str, Any]] | None = None,
    ) -> Self | None:
        """Returns the one document that matched `query`, as it is after `update`; None if none matched."""
        after = cls.collection().find_one_and_update(
            query, update, return_document=ReturnDocument.AFTER, array_filters=array_filters, session=session
        )
        return cls._built(after)

    @classmethod
    def find_page(
        cls,
        query: dict[str, Any],
        order: list[tuple[str, int]],
        page: PageRequest,
        *,
        projection: dict[str, bool] | None = None,
        index: Index | None = None,
    ) -> Page[Self]:
        """Returns one page of what matches, bounded in time.

        It counts only when the page does not show the total, and at most `MAX_DEPTH`: pages end there. `index` is the
        one that has the order. Where several begin alike, MongoDB tries each of them as deep as the page is, and that
        takes longer than the page.
        """
        found = cls.collection().find(query, projection=projection, hint=index).sort(order).skip(page.skip)
        documents: list[Self] = [cls._from_son(raw) for raw in found.limit(page.size).max_time_ms(MAX_TIME_MS)]
        total = page.total_if_last(len(documents))
        if total is None:
            total = cls.collection().count_documents(query, limit=MAX_DEPTH, maxTimeMS=MAX_TIME_MS)
        return Page(documents, total, page)

    @classmethod
    def _built(cls, raw: dict[str, Any] | None) -> Self | None:
        if raw is None:
            return None
        document: Self = cls._from_son(raw)
        return document


class StoreDocument(BaseDocument):
    """A document that belongs to one store. A lookup on behalf of a caller names the store."""

    meta = {"abstract": True, "auto_create_index": False, "strict": False}

    store_id = ObjectIdField(required=True)
