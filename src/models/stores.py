"""Stores: the tenants."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from bson import ObjectId
from mongoengine import (
    BooleanField,
    DateTimeField,
    DictField,
    EmbeddedDocument,
    EmbeddedDocumentField,
    EmbeddedDocumentListField,
    EnumField,
    IntField,
    ListField,
    StringField,
)
from pymongo import ReturnDocument
from pymongo.errors import DuplicateKeyError

from src.models.documents import BaseDocument
from src.models.freight import Freight
from src.models.transaction import Session
from src.utils.pages import Page, PageRequest
from src.utils.store_states import StoreStatus

DEFAULT_CODE_PAGE = "pages/product/index"
DEFAULT_TIME_ZONE = "Asia/Shanghai"


class StoreKeyTaken(Exception):
    """Another store has this code or one of the hosts, or is the default one; nothing was stored."""

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


class StoredCertificate(EmbeddedDocument):
    """A platform certificate of WeChat Pay: the key that checks what it has signed, in PEM text."""

    serial = StringField(required=True)
    public_key = StringField(required=True)
    effective_at = DateTimeField(required=True)
    expires_at = DateTimeField(required=True)


class StoreLimits(EmbeddedDocument):
    """How much a store may have; what is unset is not limited, uploads as the process is set up."""

    max_products = IntField(min_value=0)
    max_staff = IntField(min_value=0)
    max_upload_bytes = IntField(min_value=0)


class Store(BaseDocument):
    """A shop with its own mini-program and merchant number. Fields that end in `_sealed` are encrypted.

    `secrets_changed_at` says when each secret was last given. `version` counts the changes of the settings.
    """

    meta = {
        "collection": "stores",
        "indexes": [
            {"fields": ["code"], "unique": True},
            {"fields": ["hosts"], "unique": True, "partialFilterExpression": {"hosts.0": {"$exists": True}}},
            {"fields": ["is_default"], "unique": True, "partialFilterExpression": {"is_default": True}},
            {"fields": ["wechatpay_public_key_id"]},
            {"fields": ["platform_certificates.serial"]},
            {"fields": ["certificates_due_at"]},
            {"fields": ["mchid"]},
            {"fields": ["usage_due_at"]},
            {"fields": ["figures_due_at"]},
            {"fields": ["confirm_receipt_days"], "partialFilterExpression": {"confirm_receipt_days": {"$gt": 0}}},
        ],
    }

    code = StringField(required=True)
    name = StringField(required=True)
    hosts = ListField(StringField())
    is_default = BooleanField(required=True)
    appid = StringField(required=True)
    app_secret_sealed = StringField(required=True)
    mchid = StringField(required=True)
    merchant_serial = StringField(required=True)
    merchant_private_key_sealed = StringField(required=True)
    api_v3_key_sealed = StringField(required=True)
    wechatpay_public_key_id = StringField()
    wechatpay_public_key = StringField()
    platform_certificates = EmbeddedDocumentListField(StoredCertificate)
    certificates_due_at = DateTimeField()
    upload_shipping = BooleanField(default=True)
    code_page = StringField(default=DEFAULT_CODE_PAGE)
    message_templates = DictField()
    push_token_sealed = StringField()
    push_aes_key_sealed = StringField()
    status = EnumField(StoreStatus, required=True, default=StoreStatus.ACTIVE)
    suspended_at = DateTimeField()
    suspended_reason = StringField()
    order_ttl_minutes = IntField()
    confirm_receipt_days = IntField()
    time_zone = StringField(required=True, default=DEFAULT_TIME_ZONE)
    limits = EmbeddedDocumentField(StoreLimits, required=True, default=StoreLimits)
    freight = EmbeddedDocumentField(Freight, required=True, default=Freight)
    secrets_changed_at = DictField()
    usage_due_at = DateTimeField()
    figures_due_at = DateTimeField()
    version = IntField(required=True, default=0)
    created_at = DateTimeField(required=True)
    updated_at = DateTimeField(required=True)

    @classmethod
    def put(cls, code: str, values: dict[str, Any], now: datetime, *, session: Session | None = None) -> Store:
        """Makes or changes the store with this code.

        Raises:
            pymongo.errors.DuplicateKeyError: another store is the default one or has one of the hosts.
        """
        new = {"created_at": now, "status": StoreStatus.ACTIVE.value}
        stored = cls.collection().find_one_and_update(
            {"code": code},
            {"$set": {**values, "updated_at": now}, "$setOnInsert": new, "$inc": {"version": 1}},
            upsert=True,
            return_document=ReturnDocument.AFTER,
            session=session,
        )
        built = cls._built(stored)
        assert built is not None
        return built

    @classmethod
    def create(cls, code: str, values: dict[str, Any], now: datetime, *, session: Session) -> Store:
        """Makes a new store. Raises StoreKeyTaken."""
        new = {"status": StoreStatus.ACTIVE.value, "version": 1, "created_at": now, "updated_at": now}
        stored = {"_id": ObjectId(), "code": code, **values, **new}
        with _naming_what_is_taken():
            cls.collection().insert_one(stored, session=session)
        made: Store = cls._from_son(stored)
        return made

    def edit(self, values: dict[str, Any], now: datetime, *, session: Session) -> Store | None:
        """Sets only these values; None if the settings have changed since they were read. Raises StoreKeyTaken."""
        # A store that was saved by an earlier release has no version.
        as_read = {"_id": self.id, "version": self.version or None}
        with _naming_what_is_taken():
            return self.change(
                as_read, {"$set": {**values, "updated_at": now}, "$inc": {"version": 1}}, session=session
            )

    def move(self, target: StoreStatus, values: dict[str, Any], *, session: Session | None = None) -> Store | None:
        """Changes the status; None if it has changed since it was read."""
        active = self.status is StoreStatus.ACTIVE
        as_read: Any = {"$in": [StoreStatus.ACTIVE.value, None]} if active else self.status.value
        values = {"status": target.value, **values}
        return self.change({"_id": self.id, "status": as_read}, {"$set": values}, session=session)

    @classmethod
    def find_by_id(cls, store_id: ObjectId, *, session: Session | None = None) -> Store | None:
        return cls.find_document({"_id": store_id}, session=session)

    @classmethod
    def find_by_code(cls, code: str, *, session: Session | None = None) -> Store | None:
        return cls.find_document({"code": code}, session=session)

    @classmethod
    def find_by_host(cls, host: str) -> Store | None:
        # The second condition is the index's own: without it MongoDB would not use the index.
        return cls.find_document({"hosts": host, "hosts.0": {"$exists": True}})

    @classmethod
    def list_by_mchid(cls, mchid: str) -> list[Store]:
        return [cls._from_son(raw) for raw in cls.collection().find({"mchid": mchid})]

    @classmethod
    def list_all(cls) -> list[Store]:
        return [cls._from_son(raw) for raw in cls.collection().find().sort("_id", 1)]

    @classmethod
    def page_of(cls, status: StoreStatus | None, keyword: str, page: PageRequest) -> Page[Store]:
        """Returns the stores with this status whose code or name has the keyword in it, the newest first."""
        query: dict[str, Any] = {}
        if status is not None:
            query["status"] = {"$in": [status.value, *([None] if status is StoreStatus.ACTIVE else [])]}
        if keyword:
            has = {"$regex": re.escape(keyword), "$options": "i"}
            query["$or"] = [{"code": has}, {"name": has}]
        return cls.find_page(query, [("_id", -1)], page)

    @classmethod
    def claim_usage_due(cls, now: datetime, *, next_due_at: datetime, limit: int) -> list[Store]:
        """Returns stores whose usage is to be noted; they are due again at `next_due_at`."""
        due = {"$or": [{"usage_due_at": None}, {"usage_due_at": {"$lte": now}}]}
        found = [cls._from_son(raw) for raw in cls.collection().find(due).limit(limit)]
        cls.collection().update_many(
            {"_id": {"$in": [store.id for store in found]}}, {"$set": {"usage_due_at": next_due_at}}
        )
        return found

    @classmethod
    def claim_figures_due(cls, now: datetime, *, next_due_at: datetime) -> Store | None:
        """Returns the store whose figures have waited longest, if any are due; it is due again at `next_due_at`."""
        due = {"$or": [{"figures_due_at": None}, {"figures_due_at": {"$lte": now}}]}
        values = {"$set": {"figures_due_at": next_due_at}}
        return cls._built(cls.collection().find_one_and_update(due, values, sort=[("figures_due_at", 1)]))

    @classmethod
    def make_figures_due(cls, store_id: ObjectId, now: datetime) -> None:
        cls.collection().update_one({"_id": store_id}, {"$set": {"figures_due_at": now}})

    @classmethod
    def existing(cls, store_ids: Collection[ObjectId]) -> set[ObjectId]:
        """Returns those of the ids that are of stores."""
        found = cls.collection().find({"_id": {"$in": list(store_ids)}}, {"_id": 1}, comment="existing stores")
        return {raw["_id"] for raw in found}

    @classmethod
    def confirm_days_by_store(cls) -> dict[ObjectId, int]:
        """Returns after how many days orders are completed, of the stores that say so."""
        own = {"confirm_receipt_days": {"$gt": 0}}
        return {
            raw["_id"]: raw["confirm_receipt_days"] for raw in cls.collection().find(own, {"confirm_receipt_days": 1})
        }

    @classmethod
    def find_default(cls) -> Store | None:
        return cls.find_document({"is_default": True})

    @classmethod
    def list_by_wechatpay_serial(cls, serial: str) -> list[Store]:
        """Returns the stores for which WeChat Pay signs with this key; several may share one merchant number."""
        query = {"$or": [{"wechatpay_public_key_id": serial}, {"platform_certificates.serial": serial}]}
        return [cls._from_son(raw) for raw in cls.collection().find(query)]

    @classmethod
    def list_with_certificates_due(cls, now: datetime, *, limit: int) -> list[Store]:
        """Returns stores whose platform certificates are to be downloaded, those saved last first."""
        due = {"$or": [{"certificates_due_at": None}, {"certificates_due_at": {"$lte": now}}]}
        found = cls.collection().find(due).sort("updated_at", -1).limit(limit)
        return [cls._from_son(raw) for raw in found]

    @classmethod
    def claim_certificates(cls, mchid: str, *, now: datetime, next_due_at: datetime) -> bool:
        """Returns whether the caller is the one to download; no store of this merchant is due before `next_due_at`."""
        due = {"$or": [{"certificates_due_at": None}, {"certificates_due_at": {"$lte": now}}]}
        result = cls.collection().update_many({"mchid": mchid, **due}, {"$set": {"certificates_due_at": next_due_at}})
        return result.modified_count > 0

    @classmethod
    def put_certificates(cls, mchid: str, certificates: Sequence[StoredCertificate], *, next_due_at: datetime) -> None:
        """Sets the platform certificates of all stores with this merchant number."""
        stored = [certificate.to_mongo().to_dict() for certificate in certificates]
        cls.collection().update_many(
            {"mchid": mchid}, {"$set": {"platform_certificates": stored, "certificates_due_at": next_due_at}}
        )


@contextmanager
def _naming_what_is_taken() -> Iterator[None]:
    try:
        yield
    except DuplicateKeyError as error:
        raise StoreKeyTaken(next(iter((error.details or {})["keyPattern"]))) from error
