"""All documents of a store, whatever they are."""

from __future__ import annotations

from typing import Any

from bson import ObjectId

from src.models.access_tokens import AccessTokenRecord
from src.models.delivery_companies import DeliveryCompanies
from src.models.documents import BaseDocument
from src.models.indexes import DOCUMENTS
from src.models.notifications import Notification
from src.models.stores import Store

# Every kind that names its store. Of the others, the store itself, two by its appid and one by its mchid are a store's.
STORE_DOCUMENTS: tuple[type[BaseDocument], ...] = tuple(
    document for document in DOCUMENTS if "store_id" in document._fields
)
_BY_APPID: tuple[type[BaseDocument], ...] = (AccessTokenRecord, DeliveryCompanies)


def store_row(store_id: ObjectId) -> dict[str, Any]:
    """Returns the store as it is stored."""
    found = Store.collection().find_one({"_id": store_id})
    return found or {}


def delete_some(document: type[BaseDocument], store_id: ObjectId, *, limit: int) -> int:
    """Deletes at most `limit` documents of the store; returns how many."""
    rows = document.collection().find({"store_id": store_id}, {"_id": 1}).limit(limit)
    ids = [row["_id"] for row in rows]
    if not ids:
        return 0
    return document.collection().delete_many({"_id": {"$in": ids}, "store_id": store_id}).deleted_count


def delete_notifications(store: Store, *, limit: int) -> int:
    """Deletes at most `limit` notifications of the store's merchant unless another store has the same one."""
    if _shares(store, "mchid"):
        return 0
    of_merchant = {"_id": {"$gte": f"{store.mchid}:", "$lt": f"{store.mchid};"}}
    ids = [row["_id"] for row in Notification.collection().find(of_merchant, {"_id": 1}).limit(limit)]
    return Notification.collection().delete_many({"_id": {"$in": ids}}).deleted_count


def delete_store(store: Store) -> None:
    """Deletes the store itself, and what is kept for its mini-program unless another store has the same one."""
    if not _shares(store, "appid"):
        for document in _BY_APPID:
            document.collection().delete_one({"_id": store.appid})
    Store.collection().delete_one({"_id": store.id})


def _shares(store: Store, field: str) -> bool:
    """Returns whether another store has the same value there."""
    others = {field: getattr(store, field), "_id": {"$ne": store.id}}
    return Store.collection().count_documents(others, limit=1) == 1
