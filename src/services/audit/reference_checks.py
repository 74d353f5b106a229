"""What names something must name what exists, in the same store."""

from __future__ import annotations

from collections.abc import Iterator

from src.models.documents import StoreDocument
from src.models.indexes import DOCUMENTS, missing_indexes
from src.models.jobs import Job
from src.models.orders import Order
from src.models.snapshots import Row
from src.models.staff import Staff
from src.models.stock import StockMove
from src.models.stores import Store
from src.models.users import User
from src.services.audit.dossiers import Dossier
from src.services.audit.scopes import Scope, batches
from src.services.audit.stock_checks import StockBooks


def nothing_is_orphaned(dossier: Dossier) -> Iterator[str]:
    """Asks about what names a document that its store does not have."""
    for name, rows in dossier.parts.items():
        for row in rows:
            yield f"{name} {row['_id']}: its store has no {dossier}"


def orders_belong_to_users(scope: Scope) -> Iterator[str]:
    orders = scope.view.rows(Order, scope.within, ["store_id", "user_id"])
    for batch in batches(orders):
        users = {"_id": {"$in": list({order["user_id"] for order in batch})}}
        stores = {user["_id"]: user["store_id"] for user in scope.view.rows(User, users, ["store_id"])}
        for order in batch:
            if stores.get(order["user_id"]) != order["store_id"]:
                yield f"order {order['_id']}: its store has no user {order['user_id']}"


def moves_belong_to_staff(scope: Scope) -> Iterator[str]:
    staff = {row["_id"]: row["store_id"] for row in scope.view.rows(Staff, scope.within, ["store_id"])}
    moves = {**scope.within, "staff_id": {"$exists": True}}
    for move in scope.view.rows(StockMove, moves, ["store_id", "staff_id"]):
        if staff.get(move["staff_id"]) != move["store_id"]:
            yield f"move {move['_id']}: its store has no staff {move['staff_id']}"


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
