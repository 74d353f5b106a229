"""The store is part of every index and unique key of what belongs to one; each exception has its reason."""

from __future__ import annotations

from typing import Any

import mongoengine

from src.models.documents import StoreDocument
from src.models.indexes import DOCUMENTS
from src.models.store_documents import STORE_DOCUMENTS
from src.services.tenants.resealing import SEALED

_SWEEP = "work of all stores that is due"
_EXPIRY = "what is over goes, whose ever it is"
_UNIQUE_EVERYWHERE = "the number or key finds its document before its store is known"
_BY_ID = "an id of ours, which belongs to one store, comes first"

# Collection and the fields of an index that does not begin with the store: why it does not.
ELSEWHERE = {
    "login_sessions expires_at": _EXPIRY,
    "staff_codes expires_at": _EXPIRY,
    "message_sends expires_at": _EXPIRY,
    "search_histories updated_at": _EXPIRY,
    "audit_log created_at": _EXPIRY,
    "media_checks recorded_at": _EXPIRY,
    "imports created_at": _EXPIRY,
    "wechat_messages received_at": _EXPIRY,
    "webhook_deliveries created_at": _EXPIRY,
    "events dispatched_at": _EXPIRY,
    "jobs state finished_at": _EXPIRY,
    "api_keys prefix": _UNIQUE_EVERYWHERE,
    "orders order_no": _UNIQUE_EVERYWHERE,
    "payments out_trade_no": _UNIQUE_EVERYWHERE,
    "payments transaction_id": _UNIQUE_EVERYWHERE,
    "refunds out_refund_no": _UNIQUE_EVERYWHERE,
    "refunds former_nos": _UNIQUE_EVERYWHERE,
    "jobs key": _UNIQUE_EVERYWHERE,
    "products publish_at": _SWEEP,
    "orders status expiry_due_at": _SWEEP,
    "orders status shipped_at": _SWEEP,
    "payments query_due_at": _SWEEP,
    "refunds due_at": _SWEEP,
    "media_files due_at": _SWEEP,
    "media_uploads due_at": _SWEEP,
    "wechat_messages due_at": _SWEEP,
    "events pending _id": _SWEEP,
    "exports state expires_at": _SWEEP,
    "wechat_messages event received_at": _SWEEP,
    "jobs state hint_at": _SWEEP,
    "orders user_id idempotency_key": _BY_ID,
    "orders user_id items.product_id": _BY_ID,
    "payments order_id": _BY_ID,
    "payments order_id status": _BY_ID,
    "refunds user_id idempotency_key": _BY_ID,
    "refunds payment_id": _BY_ID,
    "stock_moves order_id sku_id kind": _BY_ID,
    "stock_moves refund_id sku_id": _BY_ID,
    "events aggregate_id seq": _BY_ID,
    "import_findings import_id check row _id": _BY_ID,
    "import_parts import_id check done position": _BY_ID,
    "text_reviews subject_id kind": _BY_ID,
}
# What belongs to no store, or to each that has the mini-program or the merchant number.
OF_NO_STORE = {
    "stores",
    "platform_keys",
    "schedules",
    "idempotency_records",
    "access_tokens",
    "delivery_companies",
    "wechat_notifications",
}


def test_every_index_begins_with_the_store() -> None:
    found = {
        " ".join([document._get_collection_name(), *(name for name, _ in index["fields"])])
        for document in STORE_DOCUMENTS
        for index in document._meta["index_specs"]
        if index["fields"][0][0] != "store_id"
    }
    assert found == set(ELSEWHERE)


def test_every_document_belongs_to_a_store_or_is_known_not_to() -> None:
    assert {document._get_collection_name() for document in set(DOCUMENTS) - set(STORE_DOCUMENTS)} == OF_NO_STORE
    # Work that belongs to no store is done as jobs too.
    assert {one.__name__ for one in STORE_DOCUMENTS if not issubclass(one, StoreDocument)} == {"Job"}


def test_the_rotation_of_keys_knows_every_sealed_field() -> None:
    declared = {path for document in DOCUMENTS for path in _sealed(document, f"{document._get_collection_name()}.")}
    assert {place.label for place in SEALED} == declared


def _sealed(document: Any, prefix: str) -> set[str]:
    found: set[str] = set()
    for name, field in document._fields.items():
        if name == "sealed" or name.endswith("_sealed"):
            found.add(prefix + name)
        inner = getattr(field, "field", field)
        if isinstance(inner, mongoengine.EmbeddedDocumentField):
            found |= _sealed(inner.document_type, f"{prefix}{name}.")
    return found
