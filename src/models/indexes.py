"""Indexes as declared in the documents, made by a command and checked by readiness."""

from __future__ import annotations

from typing import Any

from src.models.access_tokens import AccessTokenRecord
from src.models.api_keys import ApiKey
from src.models.audit_log import AuditLogEntry
from src.models.brands import Brand
from src.models.categories import Category, CategoryTurn
from src.models.connection import database
from src.models.daily_figures import DailyFigures
from src.models.daily_sales import DailySales
from src.models.daily_shoppers import DailyShoppers
from src.models.delivery_companies import DeliveryCompanies
from src.models.documents import BaseDocument
from src.models.events import Event
from src.models.exports import Export
from src.models.hourly_sales import HourlySales
from src.models.idempotency import IdempotencyRecord
from src.models.import_findings import ImportFinding
from src.models.import_parts import ImportPart
from src.models.imports import Import
from src.models.jobs import Job
from src.models.late_changes import LateChange
from src.models.limit_turns import LimitTurn
from src.models.media_checks import MediaCheck
from src.models.media_files import MediaFile
from src.models.media_uploads import MediaUpload
from src.models.media_usage import MediaUsage
from src.models.message_grants import MessageGrant
from src.models.message_sends import MessageSend
from src.models.notifications import Notification
from src.models.orders import Order
from src.models.payments import Payment
from src.models.platform_keys import PlatformKey
from src.models.product_codes import ProductCode
from src.models.products import Product
from src.models.purchases import PurchaseTurn
from src.models.pushed_messages import PushedMessage
from src.models.reconciliations import Reconciliation
from src.models.refunds import Refund
from src.models.schedules import Schedule
from src.models.search_histories import SearchHistory
from src.models.sessions import LoginSession
from src.models.staff import Staff
from src.models.staff_codes import StaffCode
from src.models.stock import StockItem
from src.models.stock_moves import StockMove
from src.models.store_days import StoreDay
from src.models.stores import Store
from src.models.text_reviews import TextReview
from src.models.users import User
from src.models.webhook_deliveries import WebhookDelivery
from src.models.webhooks import WebhookEndpoint

DOCUMENTS: tuple[type[BaseDocument], ...] = (
    Store,
    StoreDay,
    LimitTurn,
    PlatformKey,
    User,
    LoginSession,
    Staff,
    StaffCode,
    ApiKey,
    Category,
    CategoryTurn,
    Brand,
    Product,
    PurchaseTurn,
    StockItem,
    StockMove,
    Order,
    Payment,
    Refund,
    Reconciliation,
    DailyFigures,
    DailyShoppers,
    DailySales,
    HourlySales,
    LateChange,
    Notification,
    DeliveryCompanies,
    ProductCode,
    PushedMessage,
    MediaCheck,
    MediaFile,
    MediaUpload,
    MediaUsage,
    Import,
    ImportPart,
    ImportFinding,
    Export,
    Event,
    Job,
    Schedule,
    IdempotencyRecord,
    AccessTokenRecord,
    TextReview,
    MessageGrant,
    MessageSend,
    SearchHistory,
    AuditLogEntry,
    WebhookEndpoint,
    WebhookDelivery,
)
_COMPARED_OPTIONS = ("unique", "partialFilterExpression", "expireAfterSeconds")


def ensure_indexes() -> None:
    """Creates each collection and each declared index that is missing.

    Raises:
        pymongo.errors.OperationFailure: an index of that name or key exists with other options.
    """
    existing = set(database().list_collection_names())
    for document in DOCUMENTS:
        name = document._get_collection_name()
        if name not in existing:
            database().create_collection(name)
        document.ensure_indexes()


def missing_indexes() -> list[str]:
    """Returns `collection: keys` of each declared index that is absent or has other options."""
    missing = []
    for document in DOCUMENTS:
        existing = _existing(document)
        missing += [
            f"{document._get_collection_name()}: {index['key']}"
            for index in _declared(document)
            if index not in existing
        ]
    return missing


def _declared(document: type[BaseDocument]) -> list[dict[str, Any]]:
    specs: list[dict[str, Any]] = document._meta["index_specs"]
    return [_comparable(spec["fields"], spec) for spec in specs]


def _existing(document: type[BaseDocument]) -> list[dict[str, Any]]:
    found = document.collection().list_indexes()
    return [_comparable(list(index["key"].items()), index) for index in found]


def _comparable(key: list[tuple[str, int]], options: Any) -> dict[str, Any]:
    kept = {name: options[name] for name in _COMPARED_OPTIONS if options.get(name) not in (None, False)}
    if "partialFilterExpression" in kept:
        kept["partialFilterExpression"] = dict(kept["partialFilterExpression"])
    return {"key": [(name, int(direction)) for name, direction in key], **kept}
