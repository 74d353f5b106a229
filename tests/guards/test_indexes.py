"""The indexes as they are on the server. A new one must be entered here too, and added to running shops."""

from __future__ import annotations

from typing import Any

from flask import Flask

from src.models.connection import database
from src.models.indexes import DOCUMENTS, ensure_indexes, missing_indexes
from src.services.health import Health

MANIFEST = {
    "stores": [
        "code unique",
        "hosts unique partial",
        "is_default unique partial",
        "wechatpay_public_key_id",
        "platform_certificates.serial",
        "certificates_due_at",
        "mchid",
        "figures_due_at",
        "usage_due_at",
        "confirm_receipt_days partial",
    ],
    "store_days": ["store_id day unique"],
    "limit_turns": ["store_id kind unique"],
    "platform_keys": ["prefix unique"],
    "users": ["store_id openid unique", "store_id avatar partial"],
    "login_sessions": ["store_id subject_id", "expires_at ttl=0"],
    "staff": ["store_id username unique"],
    "staff_codes": ["store_id code_hash unique", "store_id username unique", "expires_at ttl=0"],
    "api_keys": ["prefix unique", "store_id slot unique"],
    "products": [
        "store_id status in_stock -created_at -_id price",
        "store_id status in_stock -sales -_id price",
        "store_id status in_stock price -_id",
        "store_id status in_stock -price -_id",
        "store_id status category -created_at -_id",
        "store_id status category_path -created_at -_id price in_stock",
        "store_id status brand_id -created_at -_id price in_stock",
        "store_id status tags -created_at -_id price in_stock",
        "store_id status search_tokens popularity",
        "store_id status pinyin_tokens",
        "store_id status description_tokens",
        "store_id sku_keys unique partial",
        "publish_at partial",
        "store_id images",
        "store_id skus.image",
        "store_id description_pictures partial",
    ],
    "search_histories": ["store_id user_id unique", "store_id -updated_at", "updated_at ttl=15552000"],
    "categories": ["store_id parent_id name unique", "store_id ancestors", "store_id icon"],
    "category_turns": ["store_id unique"],
    "brands": ["store_id name unique", "store_id logo"],
    "purchase_turns": [],
    "stock_items": [
        "store_id product_id",
        "store_id retired -product_id _id",
        "store_id retired follows_shop available _id",
        "store_id retired own_low available _id partial",
    ],
    "stock_moves": [
        "store_id sku_id kind -created_at -seq -_id",
        "store_id kind -created_at -seq -_id",
        "order_id sku_id kind unique partial",
        "refund_id sku_id unique partial",
    ],
    "orders": [
        "order_no unique",
        "user_id idempotency_key unique partial",
        "store_id user_id -created_at -_id",
        "store_id user_id status -created_at -_id",
        "user_id items.product_id",
        "store_id -created_at -_id",
        "store_id created_at user_id",
        "store_id status -created_at -_id",
        "store_id search_keys status -created_at -_id",
        "store_id status -order_no",
        "store_id items.image partial",
        "status expiry_due_at",
        "status shipped_at",
    ],
    "payments": [
        "out_trade_no unique",
        "order_id unique partial",
        "order_id status unique partial",
        "transaction_id unique partial",
        "store_id order_id",
        "query_due_at partial",
        "store_id -_id partial",
        "store_id -_id",
        "store_id status -_id",
        "store_id succeeded_at",
        "store_id status succeeded_at user_id amount_fen",
    ],
    "refunds": [
        "out_refund_no unique",
        "former_nos partial",
        "user_id idempotency_key unique partial",
        "payment_id unique partial",
        "due_at partial",
        "store_id order_id _id",
        "store_id -_id",
        "store_id status -_id",
        "store_id accepted_at",
        "store_id succeeded_at kind amount_fen",
        "store_id images partial",
    ],
    "wechat_notifications": ["outcome due_at", "received_at partial ttl=15552000"],
    "events": ["aggregate_id seq unique", "pending _id partial", "dispatched_at"],
    "audit_log": [
        "store_id -created_at -_id",
        "store_id actor -created_at -_id",
        "store_id action -created_at -_id",
        "store_id actor action -created_at -_id",
        "store_id subject_id -created_at -_id",
        "created_at",
    ],
    "jobs": [
        "key unique",
        "state hint_at",
        "store_id -_id",
        "store_id state -_id",
        "store_id kind -_id",
        "store_id kind state -_id",
        "state finished_at",
    ],
    "schedules": [],
    "delivery_companies": [],
    "product_codes": ["store_id product_id page appid unique"],
    "wechat_messages": [
        "store_id nonce unique partial",
        "due_at partial",
        "event received_at",
        "received_at ttl=7776000",
    ],
    "media_checks": ["store_id subject_id", "recorded_at ttl=15552000"],
    "media_files": ["store_id digest unique partial", "due_at"],
    "media_uploads": ["due_at", "store_id holder due_at"],
    "media_usage": ["store_id holder unique"],
    "imports": ["store_id -_id", "store_id state", "created_at"],
    "import_parts": ["import_id check done position"],
    "import_findings": ["import_id check row _id"],
    "exports": ["store_id state", "state expires_at"],
    "idempotency_records": ["expires_at ttl=0"],
    "daily_figures": ["store_id day unique"],
    "daily_shoppers": ["store_id day unique"],
    "sales_of_days": ["store_id kind day part unique"],
    "hourly_sales": ["store_id day hour unique"],
    "late_changes": ["store_id at"],
    "reconciliations": ["store_id -day unique"],
    "access_tokens": [],
    "message_grants": ["store_id user_id template_id unique"],
    "message_sends": ["expires_at ttl=0"],
    "text_reviews": ["subject_id kind unique partial", "store_id -_id", "store_id status -_id"],
    "webhook_endpoints": ["store_id slot unique"],
    "webhook_deliveries": [
        "store_id endpoint_id -_id",
        "store_id endpoint_id state -_id",
        "created_at",
    ],
}


def test_the_server_has_exactly_the_manifest(app: Flask) -> None:
    names = [document._get_collection_name() for document in DOCUMENTS]
    assert {name: sorted(map(_label, _indexes(name))) for name in names} == {
        name: sorted(labels) for name, labels in MANIFEST.items()
    }


def test_readiness_names_what_is_missing_and_notices_that_it_is_back(app: Flask) -> None:
    orders, health = database()["orders"], Health()
    orders.drop_index([("order_no", 1)])
    try:
        assert health.missing_indexes() == ["orders: [('order_no', 1)]"]
    finally:
        ensure_indexes()
    assert health.missing_indexes() == []
    assert missing_indexes() == []


def _indexes(collection: str) -> list[dict[str, Any]]:
    return [dict(index) for index in database()[collection].list_indexes() if index["name"] != "_id_"]


def _label(index: dict[str, Any]) -> str:
    keys = [name if direction == 1 else f"-{name}" for name, direction in index["key"].items()]
    options = ["unique"] * bool(index.get("unique")) + ["partial"] * ("partialFilterExpression" in index)
    ttl = [f"ttl={index['expireAfterSeconds']}"] if "expireAfterSeconds" in index else []
    return " ".join([*keys, *options, *ttl])
