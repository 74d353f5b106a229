"""What names something must name what exists, in the same store."""

from __future__ import annotations

from collections.abc import Iterator

from bson import ObjectId

from src.models.brands import Brand
from src.models.categories import Category
from src.models.documents import BaseDocument, StoreDocument
from src.models.indexes import DOCUMENTS, missing_indexes
from src.models.jobs import Job
from src.models.message_grants import MessageGrant
from src.models.message_sends import MessageSend
from src.models.orders import Order
from src.models.payments import Payment
from src.models.product_codes import ProductCode
from src.models.products import KEPT_STATUSES, Product
from src.models.sessions import LoginSession, TokenAudience
from src.models.snapshots import Row
from src.models.staff import Staff
from src.models.stock_moves import StockMove
from src.models.stores import Store
from src.models.users import User
from src.services.audit.dossiers import Dossier
from src.services.audit.scopes import Scope, batches
from src.services.audit.stock_checks import StockBooks

# What names what, besides what dossiers compare.
_REFERENCES: tuple[tuple[type[BaseDocument], str, type[BaseDocument], Row], ...] = (
    (Order, "user_id", User, {}),
    (StockMove, "staff_id", Staff, {}),
    (LoginSession, "subject_id", User, {"audience": TokenAudience.SHOP.value}),
    (LoginSession, "subject_id", Staff, {"audience": TokenAudience.STAFF.value}),
    (MessageGrant, "user_id", User, {}),
    (MessageSend, "user_id", User, {}),
    (ProductCode, "product_id", Product, {}),
    (Product, "category_id", Category, {"status": {"$in": KEPT_STATUSES}}),
    (Product, "brand_id", Brand, {"status": {"$in": KEPT_STATUSES}}),
)


def nothing_is_orphaned(dossier: Dossier) -> Iterator[str]:
    """Asks about what names a document that its store does not have."""
    for name, rows in dossier.parts.items():
        for row in rows:
            yield f"{name} {row['_id']}: its store has no {dossier}"


def references_stay_in_their_store(scope: Scope) -> Iterator[str]:
    for document, field, named, query in _REFERENCES:
        stored = {"store_id": {"$exists": True}, **scope.within, **query, field: {"$exists": True}}
        for batch in batches(scope.view.rows(document, stored, ["store_id", field])):
            stores = _stores_of(scope, named, {row[field] for row in batch})
            for row in batch:
                if stores.get(row[field]) != row["store_id"]:
                    kind = document.__name__.lower()
                    yield f"{kind} {row['_id']}: its store has no {named.__name__.lower()} {row[field]}"


def payments_are_by_their_buyers(scope: Scope) -> Iterator[str]:
    for batch in batches(scope.view.rows(Payment, scope.within, ["user_id", "openid"])):
        buyers = {"_id": {"$in": list({payment["user_id"] for payment in batch})}}
        openids = {buyer["_id"]: buyer["openid"] for buyer in scope.view.rows(User, buyers, ["openid"])}
        for payment in batch:
            if openids.get(payment["user_id"]) != payment["openid"]:
                yield f"payment {payment['_id']} is to be made by somebody else than user {payment['user_id']}"


def _stores_of(scope: Scope, document: type[BaseDocument], ids: set[ObjectId]) -> dict[ObjectId, ObjectId | None]:
    found = scope.view.rows(document, {"_id": {"$in": list(ids)}}, ["store_id"])
    return {row["_id"]: row.get("store_id") for row in found}


def order_lines_name_skus(dossier: Dossier, books: StockBooks) -> Iterator[str]:
    for line in dossier.of["items"]:
        item: Row = books.items.get(line["sku_id"], {})
        if item.get("product_id") != line["product_id"]:
            yield f"{dossier}: its store has no sku {line['sku_id']} of product {line['product_id']}"


def documents_belong_to_a_store(scope: Scope) -> Iterator[str]:
    store_ids = [row["_id"] for row in scope.view.rows(Store, {}, ["_id"])]
    homeless = {"store_id": {"$nin": store_ids}}
    for document in DOCUMENTS:
        if issubclass(document, StoreDocument):
            for row in scope.view.rows(document, homeless, ["store_id"]):
                yield f"{document._get_collection_name()} {row['_id']} is of the store {row.get('store_id')}"
    for job in scope.view.rows(Job, {"store_id": {"$exists": True, "$nin": store_ids}}, ["store_id"]):
        yield f"job {job['_id']} is of the store {job['store_id']}"


def indexes_are_as_declared(scope: Scope) -> Iterator[str]:
    """Indexes are no part of a snapshot: this is how they are now."""
    for index in missing_indexes():
        yield f"there is no index {index}"
